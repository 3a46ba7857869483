"""How the numbers were got: interval method, confidence, seed, agreement with the authority."""

from collections.abc import Mapping
from typing import Any

from audits.reports.markup import Html, facts, join, raw, section

_LABELS = {
    "interval_method": "Intervals",
    "interval_methods": "Intervals",
    "confidence": "Confidence",
    "resamples": "Resamples",
    "seed": "Seed",
    "threshold": "Decision threshold",
    "min_group_size": "Smallest group that is judged",
    "repeats": "Repeats",
    "libraries": "Libraries",
}


def notes(details: Mapping[str, Any]) -> Html:
    """What somebody needs to compute the same numbers again."""
    known = facts((label, _said(details[key])) for key, label in _LABELS.items() if key in details)
    return section("How it was measured", known, _agreement(details.get("certificate")))


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key.replace('_', ' ')}: {_said(said)}" for key, said in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _agreement(certificate: Any) -> Html:
    if not isinstance(certificate, Mapping):
        return raw("")
    asked = [
        ("Checked against", certificate.get("authority")),
        ("Numbers compared", certificate.get("compared")),
        ("Largest difference", certificate.get("largest_difference")),
        ("Difference allowed", certificate.get("tolerance")),
    ]
    known = {"authority", "compared", "largest_difference", "tolerance"}
    more = [
        (key.replace("_", " ").capitalize(), _said(said))
        for key, said in certificate.items()
        if key not in known
    ]
    told = raw("<h3>Agreement with the reference implementation</h3>")
    return join([told, facts([*asked, *more])])
