"""Acts: what a person can do from a page, each one call into a service."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

from desk.forms import DeskForm


class Act(NamedTuple):
    """Something a person can do from a page: a form, and the one service call it makes.

    `carry_out(obj, by, answers)` makes the call; if it returns a saved object of a
    registered model the person is taken there. `offered` says whether to show the button.
    """

    name: str
    label: str
    form: type[DeskForm]
    carry_out: Callable[[Any, Any, dict[str, Any]], Any]
    offered: Callable[[HttpRequest, Any], bool] = lambda request, obj: True
    icon: str = ""
    main: bool = False
    done: str = "Done."
