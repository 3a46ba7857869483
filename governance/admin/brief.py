"""The brief: all a decider needs about a request, gathered once and in few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html

from desk import related
from desk.badges import Tone, badge, state_badge
from desk.figures import Figure, datum, figure, rounded, span
from desk.meanings import name_of
from desk.page import Fact, code, digest, link, prose
from desk.shown import page_of, when
from governance.admin.shown import (
    Rates,
    RuleShown,
    evidence_link,
    figures_of,
    rates_by_group,
    rules_shown,
)
from governance.models import ApprovalRequest, Evidence, Waiver
from governance.services import changes, judgement, subjects
from governance.services.judgement import ApprovalNeed
from governance.states import RequestState
from models_registry.models import Deployment, ModelVersion, UseCase
from models_registry.states import DeploymentState

_BLOCKED = (
    "Nobody can approve it as it is. Evidence can be brought, a waiver proposed, or the request "
    "rejected or withdrawn."
)
_KEY_FIGURES = ("roc_auc", "accuracy", "selection_rate", "brier")


@dataclass(frozen=True)
class Change:
    """One thing that differs from the version that is live."""

    where: str
    what: str
    old: str
    new: str


@dataclass
class Brief:
    """What the approval page shows."""

    facts: list[Fact] = field(default_factory=list)
    key_figures: list[tuple[Any, str, str]] = field(default_factory=list)
    rates: list[Rates] = field(default_factory=list)
    measured_on: str = ""
    rules: list[RuleShown] = field(default_factory=list)
    needs: list[ApprovalNeed] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    evidence: list[tuple[Any, Any, Any, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    live: ModelVersion | None = None
    document: Any = ""

    @property
    def unmet(self) -> list[RuleShown]:
        """The rules that stand in the way."""
        return [rule for rule in self.rules if not rule.passes]

    @property
    def still_needed(self) -> list[ApprovalNeed]:
        """The approvals not yet given."""
        return [need for need in self.needs if not need.is_filled]


def of(request: ApprovalRequest) -> Brief:
    """Gather it, for whatever kind of subject the request is about."""
    considered = judgement.consider(request)
    brief = Brief(
        rules=rules_shown(considered.judgement.rules),
        needs=considered.judgement.approvals,
        waivers=_waivers(request),
        evidence=_evidence(considered.evidence),
    )
    subject = subjects.row(request.subject_type, request.subject_id)
    if isinstance(subject, ModelVersion):
        _about_version(brief, request, considered.evidence)
    elif isinstance(subject, Waiver):
        brief.facts = waiver_facts(subject)
    else:
        brief.facts = [Fact("Drafted", f"{when(subject.created_at)} by {subject.created_by}")]
        brief.document = code(getattr(subject, "text", ""))
    brief.facts.append(Fact("Digest it is bound to", digest(request.subject_digest), wide=True))
    return brief


def _evidence(considered: Sequence[Evidence]) -> list[tuple[Any, Any, Any, Any]]:
    """Each piece by its kind, the report that shows it, and what the newest review said."""
    ids = [one.pk for one in considered]
    rows = Evidence.objects.filter(pk__in=ids).prefetch_related("reviews__reviewer")
    held = list(rows.defer("measures", "details").order_by("kind"))
    reports = related.links_about(held)
    return [(evidence_link(one), reports.get(one.pk, "—"), *_review(one)) for one in held]


def _review(evidence: Evidence) -> tuple[Any, Any]:
    """What the newest review said, and who said it."""
    reviews = sorted(evidence.reviews.all(), key=lambda one: one.pk)
    if not reviews:
        return badge("Not reviewed", Tone.CARE), ""
    last = reviews[-1]
    return state_badge(last.verdict, last.get_verdict_display()), last.reviewer


def _waivers(request: ApprovalRequest) -> list[Waiver]:
    alike = Waiver.objects.filter(
        subject_type=request.subject_type,
        subject_id=request.subject_id,
        environment=request.environment,
    )
    return list(alike.select_related("proposed_by"))


def _about_version(brief: Brief, request: ApprovalRequest, evidence: Sequence[Evidence]) -> None:
    version = ModelVersion.objects.select_related(
        "registered_model__use_case__team", "training_snapshot__dataset", "recipe", "created_by"
    ).get(pk=request.subject_id)
    kinds = {one.kind: one for one in evidence}
    performance = figures_of(kinds.get("validation_run"))
    fairness = kinds.get("fairness_audit")
    brief.facts = _version_facts(version)
    brief.key_figures = [_key(one) for one in _firsts(performance)]
    least = int((fairness.details if fairness else {}).get("min_group_size") or 0)
    brief.rates = rates_by_group(figures_of(fairness), least)
    brief.measured_on = _measured_on(performance, kinds)
    brief.live = _live(version, request.environment)
    if brief.live is not None and brief.live.pk != version.pk:
        brief.changes = _changes(brief.live, version)


def _version_facts(version: ModelVersion) -> list[Fact]:
    model, trained, recipe = version.registered_model, version.training_snapshot, version.recipe
    use_case, manifest = model.use_case, version.manifest
    features = (manifest.get("signature") or {}).get("features") or []
    return [
        Fact("Model version", link(page_of(version), version)),
        Fact("Use case", link(page_of(use_case), use_case)),
        Fact("Risk", _risk(use_case)),
        Fact("Made by", f"{version.created_by}, {when(version.created_at)}"),
        Fact("Purpose", use_case.purpose, wide=True),
        Fact("Trained on", _trained_on(version) if trained else "—"),
        Fact("Recipe", link(page_of(recipe), recipe) if recipe else "—"),
        Fact("Estimator", _estimator(manifest)),
        Fact("Mitigation", _mitigation(manifest.get("mitigation"))),
        Fact(
            f"{len(features)} features",
            prose(", ".join(str(f.get("name")) for f in features)),
            wide=True,
        ),
        Fact("Note", version.note, wide=True),
    ]


def _risk(use_case: UseCase) -> Any:
    tier = state_badge(use_case.risk_tier, f"{use_case.get_risk_tier_display()} risk")
    return format_html("{} {}", tier, use_case.get_domain_display())


def _trained_on(version: ModelVersion) -> Any:
    trained = version.training_snapshot
    assert trained is not None
    return link(page_of(trained), f"{trained}, {trained.rows:,} rows")


def _estimator(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("estimator") or "—").replace("_", " ")


def _mitigation(said: Any) -> str:
    if not isinstance(said, Mapping):
        return "none"
    method = str(said.get("method", "")).replace("_", " ")
    aim = str(said.get("constraint", "")).replace("_", " ")
    return f"{method} towards {aim} by {said.get('sensitive', '')}"


def _firsts(figures: Sequence[Figure]) -> list[Figure]:
    found = {one.name: one for one in figures if not one.slice}
    return [found[name] for name in _KEY_FIGURES if name in found]


def _key(one: Figure) -> tuple[Any, str, str]:
    return datum(one.value, one.name), name_of(one.name), span(one.low, one.high, one.name)


def _measured_on(figures: Sequence[Figure], kinds: Mapping[str, Evidence]) -> str:
    if not figures or "validation_run" not in kinds:
        return ""
    details = kinds["validation_run"].details
    sure = f", intervals at {details['confidence']} confidence" if "confidence" in details else ""
    return f"on {max(one.n for one in figures):,} held-out rows{sure}"


def _live(version: ModelVersion, environment: str) -> ModelVersion | None:
    found = Deployment.objects.filter(
        registered_model=version.registered_model_id,
        environment__name=environment,
        state=DeploymentState.LIVE,
    )
    deployment = found.select_related("version__registered_model").first()
    return deployment.version if deployment else None


def _changes(old: ModelVersion, new: ModelVersion) -> list[Change]:
    record = changes.record(old, new)
    listed = [
        Change(heading, str(one["what"]), _short(one["old"]), _short(one["new"]))
        for heading, found in record.manifest.items()
        for one in found
    ]
    listed += [
        Change("results", name_of(one.measure), _value(one.old), _value(one.new))
        for one in record.results
        if one.feature == "" and one.old != one.new
    ]
    return listed


def _value(measure: Mapping[str, Any] | None) -> str:
    if measure is None:
        return "not measured"
    one = figure(measure)
    sure = f" ({span(one.low, one.high, one.name)})" if one.low is not None else ""
    return f"{rounded(one.value, one.name)}{sure}"


def _short(value: Any) -> str:
    text = str(value) if value is not None else "—"
    return text if len(text) <= 80 else f"{text[:77]}…"


def waiver_facts(waiver: Waiver) -> list[Fact]:
    """What a waiver says."""
    return [
        Fact("Rule", waiver.rule),
        Fact("For", waiver.subject_label),
        Fact("In", waiver.environment),
        Fact("Ends", when(waiver.ends_at)),
        Fact("Proposed", f"{when(waiver.proposed_at)} by {waiver.proposed_by}"),
        Fact("Why", prose(waiver.reason), wide=True),
        Fact("What is done instead", prose(waiver.compensating_measures), wide=True),
    ]


def headline(request: ApprovalRequest, brief: Brief) -> tuple[Tone, str, str]:
    """The colour, the sentence and the next step, at the top of the page."""
    if request.state != RequestState.OPEN:
        told = {"approved": Tone.GOOD, "rejected": Tone.BAD}.get(request.state, Tone.QUIET)
        return told, f"{request.get_state_display()} {when(request.closed_at)}", ""
    if brief.unmet:
        many = len(brief.unmet)
        return (
            Tone.BAD,
            f"{many} of {len(brief.rules)} rules stand{'s' if many == 1 else ''} in the way",
            _BLOCKED,
        )
    waiting = "; ".join(
        f"{need.needed - need.given} {need.role}{'s' if need.needed - need.given > 1 else ''}"
        for need in brief.still_needed
    )
    met = f"All {len(brief.rules)} rules are met" if brief.rules else "No rule on evidence applies"
    return Tone.GOOD, met, f"Still to decide: {waiting}." if waiting else ""
