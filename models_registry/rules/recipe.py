"""The steps a recipe may declare, as typed schemas that refuse unknown keys.

A step is a JSON object named by its `step`; `audits.jobs.prepare` carries them out in order.
What is not declared does not happen.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Columns = Annotated[list[Column], Field(min_length=1)]
Scalar = bool | int | float | str

#: The parts a split may name, as snapshots know them.
PartName = Literal["train", "test", "later"]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SetMissing(_Step):
    """Codes that stand for "not known" become missing: `{"gdlin": [666]}`."""

    step: Literal["set_missing"]
    columns: Annotated[
        dict[Column, Annotated[list[Scalar], Field(min_length=1)]], Field(min_length=1)
    ]


class KeepRange(_Step):
    """Values of a column outside [low, high] become missing, or their rows are dropped."""

    step: Literal["keep_range"]
    column: Column
    low: float | None = None
    high: float | None = None
    otherwise: Literal["missing", "drop_row"] = "missing"

    @model_validator(mode="after")
    def _has_a_bound(self) -> "KeepRange":
        if self.low is None and self.high is None:
            raise ValueError("expected low, high or both, got neither")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"expected low at most high, got {self.low} and {self.high}")
        return self


class Cast(_Step):
    """Columns become integers, numbers, text or booleans; what cannot is refused."""

    step: Literal["cast"]
    columns: Annotated[
        dict[Column, Literal["integer", "number", "text", "boolean"]], Field(min_length=1)
    ]


class DeriveCategory(_Step):
    """One category from 0/1 indicator columns; the first that is 1 gives its label.

    Where none is 1 the row gets `default`, or "(missing)" if one of them is missing.
    """

    step: Literal["derive_category"]
    column: Column
    indicators: Annotated[dict[Column, str], Field(min_length=1)]
    default: str = "other"


class Relabel(_Step):
    """Values of a column become labels: `{"1": "male", "0": "female"}`; missing gets its own."""

    step: Literal["relabel"]
    column: Column
    labels: Annotated[dict[str, str], Field(min_length=1)]
    missing: str | None = "(missing)"


class DropDuplicates(_Step):
    """Of rows that are equal in `columns` (all, if none are named) the first stays."""

    step: Literal["drop_duplicates"]
    columns: list[Column] = []


class DropRowsMissing(_Step):
    """Rows in which any of these columns is missing are dropped."""

    step: Literal["drop_rows_missing"]
    columns: Columns


class DropColumns(_Step):
    """These columns are dropped."""

    step: Literal["drop_columns"]
    columns: Columns


class SelectColumns(_Step):
    """Only these columns stay, in this order."""

    step: Literal["select_columns"]
    columns: Columns


class Impute(_Step):
    """Missing values are filled; where a split is declared, fitted on the training part only."""

    step: Literal["impute"]
    columns: Annotated[
        dict[Column, Literal["median", "mean", "most_frequent"]], Field(min_length=1)
    ]


class Split(_Step):
    """Rows are divided at random into named parts, evenly within the strata."""

    step: Literal["split"]
    parts: Annotated[dict[PartName, Annotated[float, Field(gt=0, lt=1)]], Field(min_length=2)]
    stratify: list[Column] = []

    @model_validator(mode="after")
    def _adds_up(self) -> "Split":
        if abs(sum(self.parts.values()) - 1) > 1e-9:
            raise ValueError(f"expected shares that add up to 1, got {sum(self.parts.values())}")
        if "train" not in self.parts:
            raise ValueError(f"expected a part named train, got {', '.join(self.parts)}")
        return self


Step = Annotated[
    SetMissing
    | KeepRange
    | Cast
    | DeriveCategory
    | Relabel
    | DropDuplicates
    | DropRowsMissing
    | DropColumns
    | SelectColumns
    | Impute
    | Split,
    Field(discriminator="step"),
]

_STEPS: TypeAdapter[list[Step]] = TypeAdapter(list[Step])

#: Steps that may follow a split: they are fitted on the training part and applied to all.
AFTER_SPLIT = (Impute,)


def parse(steps: Any) -> Sequence[Step]:
    """The steps, typed. Raises ValueError naming the step and what was expected."""
    try:
        parsed = _STEPS.validate_python(steps, strict=False)
    except ValidationError as refused:
        raise ValueError(
            "; ".join(_sentence(dict(error)) for error in refused.errors())
        ) from refused
    if not parsed:
        raise ValueError("expected at least one step, got none")
    _check_order(parsed)
    return parsed


def canonical(steps: Any) -> list[dict[str, Any]]:
    """The steps as JSON with every default written out, so that equal recipes are equal bytes."""
    return [step.model_dump(mode="json") for step in parse(steps)]


def _check_order(steps: Sequence[Step]) -> None:
    splits = [at for at, step in enumerate(steps) if isinstance(step, Split)]
    if len(splits) > 1:
        raise ValueError(f"expected at most one split, got {len(splits)}")
    for at, step in enumerate(steps[splits[0] + 1 :] if splits else ()):
        if not isinstance(step, AFTER_SPLIT):
            place = splits[0] + at + 2
            raise ValueError(f"step {place}: expected only impute after a split, got {step.step}")


def _sentence(error: dict[str, Any]) -> str:
    place, *path = error["loc"] or ("",)
    where = f"step {place + 1}" if isinstance(place, int) else "steps"
    inside = ".".join(str(part) for part in path)
    return f"{where}{f' ({inside})' if inside else ''}: {error['msg']}"
