"""What a run is about: the thing its spec names, found, visible and fit for that kind.

One function per kind. Each raises UnknownSubject for what does not exist or may not be seen
(which of the two is not said), and a sentence of its own for what cannot be combined.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model

from audits import specs
from audits.errors import GateClosed, NotIndependent, SensitiveInput, UnknownSubject
from audits.services import baselines
from audits.states import RunKind
from governance.services import gate
from models_registry.models import (
    Dataset,
    Deployment,
    Lineage,
    ModelVersion,
    OutcomeBatch,
    PredictionBatch,
    Recipe,
    RegisteredModel,
    Snapshot,
)
from people.errors import Malformed
from people.models import Team, User
from people.services import roles

#: Where each thing keeps its team, as a lookup.
TEAM_OF: Mapping[type[Model], str] = {
    Dataset: "team",
    Snapshot: "dataset__team",
    Recipe: "team",
    RegisteredModel: "use_case__team",
    ModelVersion: "registered_model__use_case__team",
    Deployment: "registered_model__use_case__team",
    PredictionBatch: "deployment__registered_model__use_case__team",
    OutcomeBatch: "deployment__registered_model__use_case__team",
}
#: What else the names of these things are made of.
LABELLED_BY: Mapping[type[Model], tuple[str, ...]] = {
    ModelVersion: ("training_snapshot",),
    Deployment: ("environment", "version__registered_model"),
}
Row = TypeVar("Row", bound=Model)


class Subject(NamedTuple):
    """What a run is about, and whose it is."""

    type: str
    id: int
    label: str
    digest: str
    team: Team


#: Types of columns that cannot weigh anybody.
_NO_NUMBERS = frozenset({"text", "boolean", "date", "timestamp"})


def find(kind: RunKind, spec: Any, *, by: User) -> Subject:
    """The subject of such a run, every other thing the spec names having been found too."""
    return FINDERS[kind](spec, by)


def visible(model: type[Row], pk: int, by: User) -> Row:
    """The row, if this person may see it; raises UnknownSubject."""
    lookup = TEAM_OF[model]
    rows = model._default_manager.select_related(lookup, *LABELLED_BY.get(model, ()))
    found = rows.filter(pk=pk, **{f"{lookup}__in": roles.visible_teams(by)}).first()
    if found is None:
        noun = str(model._meta.verbose_name)
        raise UnknownSubject(
            f"there is no {noun} {pk} that {by} may see", errors=[{"key": noun, "message": str(pk)}]
        )
    return found


def _of_dataset(dataset: Dataset) -> Subject:
    return Subject("dataset", dataset.pk, str(dataset), "", dataset.team)


def _of_snapshot(snapshot: Snapshot) -> Subject:
    return Subject("snapshot", snapshot.pk, str(snapshot), snapshot.digest, snapshot.dataset.team)


def _of_version(version: ModelVersion) -> Subject:
    team = version.registered_model.use_case.team
    return Subject("model_version", version.pk, str(version), version.manifest_digest, team)


def _of_deployment(deployment: Deployment) -> Subject:
    team = deployment.registered_model.use_case.team
    digest = deployment.version.manifest_digest
    return Subject("deployment", deployment.pk, str(deployment), digest, team)


def _ingest(spec: specs.Ingest, by: User) -> Subject:
    ((into, pk),) = spec.into.items()
    if into == "dataset":
        return _of_dataset(visible(Dataset, pk, by))
    return _of_deployment(visible(Deployment, pk, by))


def _profile(spec: specs.Profile, by: User) -> Subject:
    snapshot = visible(Snapshot, spec.snapshot, by)
    check_has_columns(
        snapshot,
        target=[spec.target] if spec.target else [],
        quasi_identifiers=spec.quasi_identifiers,
        sensitive_attribute=[spec.sensitive_attribute] if spec.sensitive_attribute else [],
    )
    return _of_snapshot(snapshot)


def _prepare(spec: specs.Prepare, by: User) -> Subject:
    visible(Recipe, spec.recipe, by)
    return _of_snapshot(visible(Snapshot, spec.snapshot, by))


def _train(spec: specs.Train, by: User) -> Subject:
    model = visible(RegisteredModel, spec.model, by)
    snapshot = visible(Snapshot, spec.snapshot, by)
    check_has_columns(snapshot, target=[spec.target], features=spec.features)
    _check_no_sensitive_input(snapshot, spec)
    if spec.mitigation:
        check_has_columns(snapshot, mitigation=[spec.mitigation.sensitive])
    return Subject("registered_model", model.pk, str(model), "", model.use_case.team)


def check_has_columns(snapshot: Snapshot, **asked: Iterable[str]) -> None:
    """Every name asked for is a column of the snapshot; raises Malformed, naming the others.

    `asked` are the names by the key of the spec they stand under.
    """
    held = [column["name"] for column in snapshot.columns]
    absent = [(key, name) for key, names in asked.items() for name in names if name not in held]
    if absent:
        named = ", ".join(dict.fromkeys(repr(name) for _, name in absent))
        raise Malformed(
            f"{snapshot} has no column {named}; it has {', '.join(held)}",
            errors=[
                {"key": key, "message": f"no column {name!r} in {snapshot}"}
                for key, name in dict.fromkeys(absent)
            ],
        )


def _check_no_sensitive_input(snapshot: Snapshot, spec: specs.Train) -> None:
    sensitive = set(snapshot.dataset.sensitive_features)
    if used := [name for name in spec.features if name in sensitive]:
        raise SensitiveInput(
            f"features must not contain sensitive features of {snapshot.dataset}, "
            f"got {', '.join(used)}",
            errors=[{"key": "features", "message": f"{name} is sensitive"} for name in used],
        )


def _check(spec: specs.Validate | specs.Fairness | specs.Explain, by: User) -> Subject:
    version = visible(ModelVersion, spec.version, by)
    snapshot = visible(Snapshot, spec.snapshot, by)
    _check_independent(version, snapshot)
    if isinstance(spec, specs.Validate):
        check_has_columns(snapshot, slices=spec.slices)
    elif isinstance(spec, specs.Fairness):
        _check_compared(snapshot, spec)
    else:
        _check_inputs(version, spec.sensitive)
    return _of_version(version)


def _check_compared(snapshot: Snapshot, spec: specs.Fairness) -> None:
    """The snapshot has what is compared, and numbers to weigh it by."""
    check_has_columns(
        snapshot,
        sensitive=spec.sensitive,
        intersections=[name for names in spec.intersections for name in names],
        control=spec.control,
        weight=[spec.weight] if spec.weight else [],
    )
    kinds = {column["name"]: column["type"] for column in snapshot.columns}
    if spec.weight and kinds[spec.weight] in _NO_NUMBERS:
        said = f"weight: expected a column of numbers, {spec.weight!r} holds {kinds[spec.weight]}"
        raise Malformed(said, errors=[{"key": "weight", "message": said}])


def _check_inputs(version: ModelVersion, sensitive: Iterable[str]) -> None:
    """What is to be changed alone is an input of the version; raises Malformed."""
    inputs = [feature["name"] for feature in version.manifest["signature"]["features"]]
    if absent := [name for name in sensitive if name not in inputs]:
        said = (
            f"sensitive: expected inputs of {version} ({', '.join(inputs)}),"
            f" got {', '.join(map(repr, absent))}"
        )
        raise Malformed(said, errors=[{"key": "sensitive", "message": said}])


def _check_independent(version: ModelVersion, snapshot: Snapshot) -> None:
    """A version is not measured on the rows it was trained on, nor on a whole that held them."""
    trained_on = version.training_snapshot
    if trained_on and _may_share_rows(trained_on, snapshot):
        raise NotIndependent(
            f"{version} was trained on rows of {snapshot}; give a snapshot it has not seen",
            errors=[
                {
                    "key": "snapshot",
                    "message": "holds rows the version was trained on; give one it has not seen",
                }
            ],
        )


def _may_share_rows(one: Snapshot, other: Snapshot) -> bool:
    """Whether one came from the other, or both from one whole other than as parts of one split."""
    if one.digest == other.digest:
        return True
    of_one, of_other = (_reach(row.pk, "child_id", "parent_id") for row in (one, other))
    if one.pk in of_other or other.pk in of_one:
        return True
    return bool(of_one & of_other) and not _split_apart(of_one - of_other, of_other - of_one)


def _split_apart(of_one: set[int], of_other: set[int]) -> bool:
    """Whether a run made a snapshot of each: the parts of one split have no row in common."""
    runs = Snapshot.objects.exclude(made_by="").values_list("made_by", flat=True)
    return bool(set(runs.filter(pk__in=of_one)) & set(runs.filter(pk__in=of_other)))


def _reach(start: int, here: str, there: str) -> set[int]:
    seen, edge = {start}, {start}
    while edge:
        steps = Lineage.objects.filter(**{f"{here}__in": edge}).values_list(there, flat=True)
        edge = set(steps) - seen
        seen |= edge
    return seen


def _predict(spec: specs.Predict, by: User) -> Subject:
    deployment = visible(Deployment, spec.deployment, by)
    if spec.snapshot is not None:
        visible(Snapshot, spec.snapshot, by)
    check_gate(deployment)
    return _of_deployment(deployment)


def check_gate(deployment: Deployment) -> None:
    """The deployment may answer now; raises GateClosed with the gate's own reason."""
    if deployment.ended_at is not None:
        raise GateClosed(f"{deployment} is {deployment.state}; only a live deployment answers")
    digest = deployment.version.manifest_digest
    answer = gate.ask(digest, deployment.environment.name)
    if not answer.allowed:
        raise GateClosed(f"{deployment} may not answer: {answer.why}")


def _monitor(spec: specs.Monitor, by: User) -> Subject:
    deployment = visible(Deployment, spec.deployment, by)
    _check_reference(deployment, spec, by)
    batches: list[PredictionBatch | OutcomeBatch] = []
    batches += [visible(PredictionBatch, pk, by) for pk in spec.batches]
    batches += [visible(OutcomeBatch, pk, by) for pk in spec.outcomes]
    for batch in batches:
        if batch.deployment_id != deployment.pk:
            raise Malformed(f"expected batches of {deployment}, got {batch} ({batch.pk})")
    return _of_deployment(deployment)


def _check_reference(deployment: Deployment, spec: specs.Monitor, by: User) -> None:
    if spec.reference is not None:
        visible(Snapshot, spec.reference, by)
    elif baselines.of(deployment) is None:
        raise Malformed(
            f"expected a reference snapshot: no validation with counts of its rows was approved"
            f" with {deployment}"
        )


FINDERS: Mapping[RunKind, Callable[[Any, User], Subject]] = {
    RunKind.INGEST: _ingest,
    RunKind.PROFILE: _profile,
    RunKind.PREPARE: _prepare,
    RunKind.TRAIN: _train,
    RunKind.VALIDATE: _check,
    RunKind.FAIRNESS: _check,
    RunKind.EXPLAIN: _check,
    RunKind.PREDICT: _predict,
    RunKind.MONITOR: _monitor,
}
