"""How the numbers were got: interval method, confidence, seed, agreement with the authority."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join

from audits.reports.markup import Html, facts, join, raw, section
from desk.meanings import MEANINGS, name_of

#: Whose name stays one in the middle of a sentence.
_PEOPLE = (
    "Brier", "Cramér", "Fisher", "Gini", "Hosmer", "Jensen", "Kolmogorov", "Mantel", "Matthews",
    "Pearson", "Wasserstein", "Youden",
)  # fmt: skip

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
    known = facts(
        (label, _told(key, details[key])) for key, label in _LABELS.items() if key in details
    )
    return section("How it was measured", known, _agreement(details.get("certificate")))


def _told(key: str, value: Any) -> Any:
    if key.startswith("interval_method") and isinstance(value, Mapping):
        return _by_method(value)
    return _said(value)


def _by_method(methods: Mapping[str, Any]) -> Html:
    """Each method once, with the figures it is used for."""
    used: dict[str, list[str]] = {}
    for name, method in methods.items():
        used.setdefault(_said(method), []).append(_figure(name))
    lines = ((method, ", ".join(names)) for method, names in used.items())
    drawn = format_html_join("", '<li>{} <span class="soft">for {}</span></li>', lines)
    return format_html("<ul>{}</ul>", drawn)


def _figure(name: str) -> str:
    said = name_of(name) if name in MEANINGS else name.replace("_", " ")
    is_name = said[:2].isupper() or said.startswith(_PEOPLE)
    return said if is_name else f"{said[:1].lower()}{said[1:]}"


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
