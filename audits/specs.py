"""What each kind of run must be told. A spec is read here and nowhere else.

Unknown keys are refused, not ignored: a misspelt option that silently does nothing would make
two different requests look the same. Light on purpose, for web processes import it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from audits.errors import UnknownKind
from audits.states import RunKind
from people.errors import Malformed

SPEC_VERSION = 1
DEFAULT_SEED = 20261123
MAX_ROWS_IN_A_REQUEST = 10_000

Id = Annotated[int, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: Integers that every JSON reader, and RFC 8785, keeps exactly; a larger one becomes a float.
Whole = Annotated[int, Field(gt=-(2**53), lt=2**53)]
Scalar = str | Whole | float | bool | None


class Spec(BaseModel):
    """What every spec shares: no unknown keys, no silent conversions, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Ingest(Spec):
    """A file that was uploaded becomes a snapshot, predictions or outcomes."""

    into: Annotated[
        dict[Literal["dataset", "predictions", "outcomes"], Id],
        Field(min_length=1, max_length=1),
    ]
    upload: Digest
    filename: Name
    format: Literal["csv", "parquet"]
    delimiter: Literal[",", ";", "\t", "|"] = ","
    null_values: list[str] = ["", "NA", "NaN", "nan", "null", "NULL"]


class Profile(Spec):
    """Describe a snapshot."""

    snapshot: Id
    target: Name | None = None
    quasi_identifiers: Annotated[list[Name], Field(max_length=20)] = []
    sensitive_attribute: Name | None = None

    @model_validator(mode="after")
    def _sensitive_attribute_is_apart(self) -> "Profile":
        named = self.quasi_identifiers
        if repeated := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"quasi_identifiers must not repeat, got {', '.join(repeated)} twice")
        if self.sensitive_attribute is None:
            return self
        if not named:
            raise ValueError("sensitive_attribute needs quasi_identifiers: name at least one")
        if self.sensitive_attribute in named:
            raise ValueError(
                f"sensitive_attribute must not be a quasi-identifier: {self.sensitive_attribute!r}"
            )
        return self


class Prepare(Spec):
    """Carry out a recipe on a snapshot."""

    snapshot: Id
    recipe: Id
    seed: Seed = DEFAULT_SEED


class Mitigation(Spec):
    """A Fairlearn reduction: needs the sensitive feature in training, not in prediction."""

    method: Literal["grid_search"]
    constraint: Literal["demographic_parity", "equalized_odds"]
    sensitive: Name
    grid_size: Annotated[int, Field(ge=2, le=500)] = 30


class Train(Spec):
    """Fit a pipeline on a snapshot."""

    model: Id
    snapshot: Id
    target: Name
    favourable: Scalar = 1
    features: Annotated[list[Name], Field(min_length=1, max_length=2_000)]
    estimator: Literal["logistic_regression", "hist_gradient_boosting"]
    parameters: dict[str, Scalar] = {}
    mitigation: Mitigation | None = None
    seed: Seed = DEFAULT_SEED
    note: Annotated[str, Field(max_length=2_000)] = ""

    @model_validator(mode="after")
    def _inputs_are_inputs(self) -> "Train":
        if self.target in self.features:
            raise ValueError(f"features must not contain the target {self.target!r}")
        if repeated := sorted({f for f in self.features if self.features.count(f) > 1}):
            raise ValueError(f"features must not repeat, got {', '.join(repeated)} twice")
        return self


class Resampled(Spec):
    """What every spec with resampled intervals shares."""

    resamples: Annotated[int, Field(ge=100, le=20_000)] = 1000
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    seed: Seed = DEFAULT_SEED


class Validate(Resampled):
    """Measure a version's performance on a held-out snapshot."""

    version: Id
    snapshot: Id
    threshold: Share = 0.5
    slices: Annotated[list[Name], Field(max_length=5)] = []

    @model_validator(mode="after")
    def _slices_differ(self) -> "Validate":
        if repeated := sorted({name for name in self.slices if self.slices.count(name) > 1}):
            raise ValueError(f"slices must not repeat, got {', '.join(repeated)} twice")
        return self


class Fairness(Resampled):
    """Compare a version between groups on a held-out snapshot."""

    version: Id
    snapshot: Id
    sensitive: Annotated[list[Name], Field(min_length=1, max_length=20)]
    intersections: list[Annotated[list[Name], Field(min_length=2, max_length=4)]] = []
    threshold: Share = 0.5
    min_group_size: Annotated[int, Field(ge=1)] = 30
    interval: Literal["percentile", "bca"] = "percentile"
    control: Annotated[list[Name], Field(max_length=3)] = []
    weight: Name | None = None

    @model_validator(mode="after")
    def _each_column_has_one_part(self) -> "Fairness":
        compared = {*self.sensitive, *(name for names in self.intersections for name in names)}
        if both := [name for name in self.control if name in compared]:
            raise ValueError(
                f"control must not name a feature that is compared, got {', '.join(both)}"
            )
        if crossing := [name for name in [*compared, *self.control] if " x " in name]:
            raise ValueError(
                "sensitive and control features must not have ' x ' in their names, which"
                f" joins those of an intersection, got {crossing[0]!r}"
            )
        if self.weight in {*compared, *self.control}:
            raise ValueError(
                f"weight must not name a sensitive or control feature, got {self.weight}"
            )
        return self


class Explain(Spec):
    """Say what a version rests on."""

    version: Id
    snapshot: Id
    repeats: Annotated[int, Field(ge=2, le=100)] = 10
    rows: Annotated[int, Field(ge=50, le=100_000)] = 2000
    seed: Seed = DEFAULT_SEED
    threshold: Share = 0.5
    standard_error: Annotated[float, Field(gt=0, lt=0.5)] = 0.005
    sensitive: Annotated[list[Name], Field(max_length=20)] = []


class Predict(Spec):
    """Ask a live deployment."""

    deployment: Id
    rows: Annotated[
        list[dict[str, Scalar]] | None,
        Field(min_length=1, max_length=MAX_ROWS_IN_A_REQUEST),
    ] = None
    snapshot: Id | None = None

    @model_validator(mode="after")
    def _one_source_of_rows(self) -> "Predict":
        if (self.rows is None) == (self.snapshot is None):
            raise ValueError("give either rows or a snapshot, not both and not neither")
        return self


class Monitor(Resampled):
    """Compare what a deployment answered with what it was approved on.

    Without a reference snapshot: with the counts of the validation that was approved.
    """

    deployment: Id
    reference: Id | None = None
    batches: Annotated[list[Id], Field(min_length=1)]
    outcomes: list[Id] = []
    sensitive: list[Name] = []
    domain_classifier: bool = False


SPECS: Mapping[RunKind, type[Spec]] = {
    RunKind.INGEST: Ingest,
    RunKind.PROFILE: Profile,
    RunKind.PREPARE: Prepare,
    RunKind.TRAIN: Train,
    RunKind.VALIDATE: Validate,
    RunKind.FAIRNESS: Fairness,
    RunKind.EXPLAIN: Explain,
    RunKind.PREDICT: Predict,
    RunKind.MONITOR: Monitor,
}


def read_kind(kind: str) -> RunKind:
    """The kind as a word; raises UnknownKind, naming the ones there are."""
    if kind not in RunKind.values:
        raise UnknownKind(
            f"expected a kind of run ({', '.join(RunKind.values)}), got {kind!r}",
            errors=[{"key": "kind", "message": f"one of {', '.join(RunKind.values)}"}],
        )
    return RunKind(kind)


def read(kind: RunKind, given: Mapping[str, Any]) -> Spec:
    """The spec of a run of that kind; raises Malformed, naming each key that is wrong."""
    model = SPECS[kind]
    try:
        return model.model_validate(given)
    except ValidationError as invalid:
        faults = [_fault(kind, dict(error), model) for error in invalid.errors()]
        sentence = "; ".join(fault["message"] for fault in faults)
        raise Malformed(f"not a valid {kind} spec: {sentence}", errors=faults) from None


def _fault(kind: RunKind, error: dict[str, Any], model: type[Spec]) -> dict[str, Any]:
    key = ".".join(str(place) for place in error["loc"]) or "spec"
    if error["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields)
        return {"key": key, "message": f"unknown key {key!r}; a {kind} spec has {known}"}
    if error["type"] == "missing":
        return {"key": key, "message": f"{key} is missing"}
    expected = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":  # its first word is the key that is wrong
        first = expected.partition(" ")[0]
        return {"key": first if first in model.model_fields else key, "message": expected}
    if error["type"] in _EXPECTED:
        bounds = {name: _short_number(bound) for name, bound in error.get("ctx", {}).items()}
        expected = _EXPECTED[error["type"]].format(**bounds)
    return {"key": key, "message": f"{key}: {expected}, got {_short(error['input'])}"}


#: What was expected, by the kind of fault that pydantic finds.
_EXPECTED = {
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "too_short": "expected at least {min_length} of them",
    "too_long": "expected at most {max_length} of them",
    "string_too_short": "expected at least {min_length} character",
    "string_too_long": "expected at most {max_length} characters",
    "literal_error": "expected {expected}",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "string_type": "expected text",
    "list_type": "expected a list",
    "dict_type": "expected an object",
}


def _short_number(bound: Any) -> Any:
    """1 for 1.0."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _short(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:77]}…"
