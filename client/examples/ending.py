"""The end of the story: what the auditor reads, and one page that sums it all up."""

from collections.abc import Iterator
from typing import Any

import loanapp
from cast import Story, require
from telling import chapter, done, figure, table

# in this order the trail must tell the story
MILESTONES = (
    ("registry.use_case.created", "owner"),
    ("registry.dataset.created", "steward"),
    ("governance.policy.drafted", "steward"),
    ("governance.request.approved", "approver1"),
    ("governance.request.refused", "validator"),
    ("governance.request.withdrawn", "owner"),
    ("governance.certificate.issued", "approver2"),
    ("registry.deployment.started", "owner"),
    ("registry.feedback.filed", "validator"),
)
# these go with others that are shown
QUIET = (
    "audits.report.accepted",
    "audits.report.drafted",
    "people.signature.made",
    "registry.upload.taken",
)
SHOWN = (
    "roc_auc",
    "accuracy",
    "balanced_accuracy",
    "selection_rate",
    "brier",
    "expected_calibration_error",
)
GROUP_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
GAPS = ("selection_rate_ratio", "equalized_odds_difference")


def read_trail(story: Story) -> list[dict[str, Any]]:
    """Every entry, oldest first; print what people and services did, and check the order."""
    entries = list(story.cast.auditor.every("trail/entries", page_size=200, ordering="index"))
    require([e["index"] for e in entries] == list(range(len(entries))), "no entry is missing")
    told = [entry for entry in entries if not entry["event"].startswith("trail.row.")]
    deeds = [entry for entry in told if entry["event"] not in QUIET and _by_a_person(entry)]
    table(("entry", "at", "who", "what", "about"), map(_line, deeds))
    _check_order(story, told)
    return entries


def changes(story: Story) -> None:
    """What differs between the two versions."""
    manifest = story["change"]["manifest"]
    done(f"differs in: {', '.join(sorted(name for name, what in manifest.items() if what))}")


def coverage(story: Story) -> None:
    """How much of the framework the evidence answers."""
    answers = [answer for asked in story["coverage"] for answer in asked["answers"]]
    held = sum(answer["verdict"] == "met" for answer in answers)
    require(held, "evidence held answers something the framework asks for")
    done(f"US fair lending: {len(story['coverage'])} requirements ask for {len(answers)} pieces of")
    done(f"evidence; {held} are held and accepted, {len(answers) - held} are for people to bring")


def tell(story: Story) -> None:
    """The summary."""
    for part in (_registered, _validated, _fair, _ruled, _decided, _running, _proven):
        part(story)


def _registered(story: Story) -> None:
    chapter("Summary: registered")
    rows = [
        ("use case", story["use_case"]["name"], f"risk tier {story['use_case']['risk_tier']}"),
        ("dataset", story["dataset"]["name"], f"{story['raw']['rows']} rows"),
        *(_snapshot(story, part) for part in ("raw", "train", "test", "later")),
        *(_version(story, name) for name in ("v1", "v2")),
    ]
    table(("what", "which", "known by"), rows)


def _snapshot(story: Story, part: str) -> tuple[str, str, str]:
    seen = story[part]
    return ("snapshot", f"{part}, {seen['rows']} rows", f"sha256:{seen['digest'][:16]}")


def _version(story: Story, name: str) -> tuple[str, str, str]:
    seen = story[name]
    called = f"{story['model']['name']}, version {seen['number']}"
    return ("model version", called, f"sha256:{seen['manifest_digest'][:16]}")


def _validated(story: Story) -> None:
    chapter("Validation on the held-out part, with 95 % intervals")
    first, second = (_by_name(story[f"{name} validate"]) for name in ("v1", "v2"))
    rows = [(name, first[name], second[name]) for name in SHOWN]
    told = [(name, figure(old), figure(new), old["n"]) for name, old, new in rows]
    table(("measure", "version 1", "version 2", "n"), told)
    cost = float(first["roc_auc"]["value"]) - float(second["roc_auc"]["value"])
    share = float(second["selection_rate"]["value"])
    done(f"Version 2 ranks applicants less well by {cost:.3f}, and approves {share:.0%} of them.")


def _by_name(evidence: dict[str, Any]) -> dict[str, Any]:
    return {measure["name"]: measure for measure in evidence["measures"] if not measure["slice"]}


def _fair(story: Story) -> None:
    for number, name in enumerate(("v1", "v2"), start=1):
        chapter(f"Version {number} by group, with 95 % intervals")
        measures = story[f"{name} fairness"]["measures"]
        table(("feature", "group", "n", *GROUP_RATES), _groups(measures))
        table(("feature", "smallest n", *GAPS), _gaps(measures))


def _groups(measures: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for measure in measures:
        if "group" in measure["slice"]:
            place = (measure["slice"]["feature"], measure["slice"]["group"])
            found.setdefault(place, {})[measure["name"]] = measure
    for (feature, group), rates in found.items():
        if " x " in feature:  # the gaps tell of intersections; their many groups are in the report
            continue
        selected = rates["selection_rate"]
        yield (feature, group, selected["n"], *(figure(rates[rate]) for rate in GROUP_RATES))


def _gaps(measures: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    gaps = {
        (m["slice"].get("feature"), m["name"]): m for m in measures if "group" not in m["slice"]
    }
    for feature in dict.fromkeys(feature for feature, _ in gaps):
        found = [gaps[feature, name] for name in GAPS]
        yield (feature, found[0]["n"], *map(figure, found))


def _ruled(story: Story) -> None:
    chapter("Policy credit-production, rule by rule")
    refused = {rule["key"]: rule["verdict"] for rule in story["refusal"]}
    rules = story["request"]["rules"]
    rows = [(r["key"], refused.get(r["key"], "met"), r["verdict"], _number(r)) for r in rules]
    table(("rule", "version 1", "version 2", "what version 2 showed"), rows)
    for waiver in story["waivers"]:
        done(f"{waiver['rule']} is waived until {waiver['ends_at'][:10]}: {waiver['reason']}")


def _number(rule: dict[str, Any]) -> str:
    return f"{figure(rule)}, bound {rule['bound']}" if rule["value"] is not None else rule["why"]


def _decided(story: Story) -> None:
    chapter("Decisions on version 2, each signed")
    decisions = story["request"]["decisions"]
    require(len(decisions) == len(loanapp.REASONS), "three people decided")
    rows = [
        (d["decided_by_name"], d["role"], d["kind"], d["decided_at"][:19], d["reason"])
        for d in decisions
    ]
    table(("who", "as", "said", "at", "because"), rows)


def _running(story: Story) -> None:
    chapter("In production")
    certificate, answer = story["certificate"], story["answer"]
    done(
        f"certificate  sha256:{certificate['digest'][:32]}, until {certificate['expires_at'][:10]}"
    )
    done(f"             signed by key {certificate['key_id']}: {certificate['signature'][:32]}…")
    verdict = "approve" if answer["prediction"] else "deny"
    done(f"prediction   {answer['prediction_id']}: {float(answer['score']):.3f}, {verdict}")
    _window(story["window"]["measures"])


def _window(measures: list[dict[str, Any]]) -> None:
    done("monitoring window against the held-out part:")
    kept = ("roc_auc", "accuracy", "selection_rate", "selection_rate_ratio")
    drifts = [m for m in measures if m["name"] == "population_stability_index"]
    worst = sorted(drifts, key=lambda measure: float(measure["value"]), reverse=True)[:3]
    rows = [m for m in measures if m["name"] in kept] + worst
    about = [(m["name"], m["slice"].get("feature", "all rows"), figure(m), m["n"]) for m in rows]
    table(("measure", "of", "value", "n"), about)


def _proven(story: Story) -> None:
    chapter("The trail")
    verified = story["verified"]
    by_people = sum(not entry["event"].startswith("trail.row") for entry in story["trail"])
    done(f"{verified['size']} entries, {by_people} of them deeds, the others rows as they changed")
    done(f"root {verified['root']}")
    done("verified: every entry, artifact and snapshot is as it was written")


def _by_a_person(entry: dict[str, Any]) -> bool:
    return entry["actor"].startswith("user:")


def _line(entry: dict[str, Any]) -> tuple[Any, ...]:
    what = (
        entry["event"]
        if entry["outcome"] == "success"
        else f"{entry['event']} ({entry['outcome']})"
    )
    about = f"{entry['subject_type'].split('.')[-1]} {entry['subject_id'][:12]}"
    return (entry["index"], entry["occurred_at"][11:19], entry["actor_name"], what, about)


def _check_order(story: Story, told: list[dict[str, Any]]) -> None:
    """The milestones come one after the other, each by whom it should be."""
    deeds = iter((entry["event"], entry["actor_name"]) for entry in told)
    for event, who in MILESTONES:
        found = (event, story.names[who]) in deeds
        require(found, f"the trail tells, in order, of {event} by {who}")
