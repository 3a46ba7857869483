"""Forms of the desk: what a person fills in, handed to one service call as keyword arguments.

They check that an answer can be read. Whether it may be given is for the service to say.
"""

import json
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class DeskForm(forms.Form):
    """A form that knows who fills it in and about which object, if any."""

    #: Said above the fields: what will happen.
    intro = ""
    #: On the button.
    submit = "Save"
    #: Fields whose answer is good as it is for most: under "More options".
    folded: ClassVar[frozenset[str]] = frozenset()
    #: Fields by what the service calls them, where that is another name.
    named_otherwise: ClassVar[dict[str, str]] = {}

    def __init__(
        self, *args: Any, request: HttpRequest, desk: Any, obj: Model | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.refused_beside: list[Any] = []
        self.request, self.desk, self.obj = request, desk, obj
        self.prepare()
        for name, field in self.fields.items():
            self._choose_the_only_one(name, field)
            field.widget.attrs.setdefault("class", "ds-input")

    def _choose_the_only_one(self, name: str, field: forms.Field) -> None:
        """Where one thing must be chosen and there is one, it is chosen."""
        single = isinstance(field, forms.ModelChoiceField) and not isinstance(
            field, forms.ModelMultipleChoiceField
        )
        if single and field.required and not self.initial.get(name):
            offered = list(field.queryset[:2])  # type: ignore[attr-defined]
            if len(offered) == 1:
                self.initial[name] = field.prepare_value(offered[0])

    def prepare(self) -> None:
        """Narrow the choices to what this person may see; subclasses say how."""

    @property
    def always_shown(self) -> list[forms.BoundField]:
        """What everybody answers."""
        return [field for field in self.visible_fields() if field.name not in self.folded]

    @property
    def folded_away(self) -> list[forms.BoundField]:
        """What few change."""
        return [field for field in self.visible_fields() if field.name in self.folded]

    @property
    def folded_names(self) -> str:
        """What is there to be found under "More options"."""
        return ", ".join(str(field.label).lower() for field in self.folded_away)

    @property
    def is_folded_wrong(self) -> bool:
        """Whether a fault would be out of sight."""
        return any(field.errors for field in self.folded_away)

    def refuse(self, refusal: Any) -> None:
        """Say what the service refused: at the fields it names, the rest above all of them."""
        rest = []
        for part in refusal.errors:
            key = str(part.get("key", "")).partition(".")[0]
            field, said = self.named_otherwise.get(key, key), str(part.get("message", ""))
            if said and field in self.fields:
                self.add_error(field, said.removeprefix(f"{part['key']}: "))
            else:
                rest.append(part)
        if rest or not refusal.errors:
            self.add_error(None, refusal.message)
        #: What no field can say, nor the sentence above has said.
        self.refused_beside = [
            part for part in rest if str(part.get("message") or "-") not in refusal.message
        ]

    def within(self, queryset: QuerySet[Any], team_path: str) -> QuerySet[Any]:
        """Only the rows of teams this person sees."""
        teams = self.desk.admin_site.visible_teams(self.request)
        return queryset.filter(**{f"{team_path}__in": teams})


class DateField(forms.DateField):
    """A day, picked in the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class JsonField(forms.CharField):
    """A JSON document, typed or pasted."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return {}
        try:
            return json.loads(text)
        except json.JSONDecodeError as fault:
            raise forms.ValidationError(
                f"This is not JSON: {fault.msg} at line {fault.lineno}, column {fault.colno}."
            ) from None


class WordsField(forms.CharField):
    """A few words with commas between, given on as a list."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return [word.strip() for word in (text or "").split(",") if word.strip()]


class PasswordField(forms.CharField):
    """The password again: it is how a decision is signed."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("label", "Your password, as your signature")
        shown = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        super().__init__(strip=False, widget=shown, **more)


class TextField(forms.CharField):
    """Text of several lines."""

    def __init__(self, *, lines: int = 4, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": lines}), **more)
