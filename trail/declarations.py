"""What is captured: one decision for every model, declared in each app's `capture.py`."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Field, Model

from trail.errors import NotDeclared


@dataclass(frozen=True)
class Governed:
    """Every row change of this model is captured, except in the columns left out.

    `person` names the column whose user the payload is about: it is encrypted under that
    user's key, so that erasing the person erases it.
    """

    model: str
    leave_out: tuple[str, ...] = ()
    person: str = ""

    @property
    def model_class(self) -> type[Model]:
        """The model itself."""
        return apps.get_model(self.model)

    @property
    def label(self) -> str:
        """How entries name it: ``app.model``, lower case."""
        return self.model.lower()

    def fields(self) -> list[Field]:
        """The captured columns, in the order of the model."""
        meta = self.model_class._meta
        unknown = set(self.leave_out) - {field.name for field in meta.local_concrete_fields}
        if unknown:
            raise NotDeclared(f"{self.model} has no field {', '.join(sorted(unknown))}")
        return [field for field in meta.local_concrete_fields if field.name not in self.leave_out]


@dataclass(frozen=True)
class Exempt:
    """Row changes of this model are not captured, and why."""

    model: str
    because: str


Decision = Governed | Exempt
_decisions: dict[str, Decision] = {}


def declare(*decisions: Decision) -> None:
    """Say for each model whether its rows are captured. Saying it again replaces it."""
    for decision in decisions:
        _decisions[decision.model.lower()] = decision


def governed() -> Iterator[Governed]:
    """All captured models, by name."""
    for _, decision in sorted(_decisions.items()):
        if isinstance(decision, Governed):
            yield decision


def decision_for(model: type[Model]) -> Decision | None:
    """What was decided about a model, if anything was."""
    return _decisions.get(model._meta.label_lower)


def person_column(label: str) -> str:
    """The column that names the person a table's payloads are about, or nothing."""
    decision = _decisions.get(label)
    if not isinstance(decision, Governed) or not decision.person:
        return ""
    fields = decision.model_class._meta.local_concrete_fields
    return next(str(field.column) for field in fields if field.name == decision.person)
