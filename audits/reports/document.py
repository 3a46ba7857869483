"""The whole report: head, first sentence, parts, every number, method, digests.

The same evidence, note and images give the same bytes. Numbers are shown as filed; a report
assesses and never says that a model is good enough: that is decided by people, on policy.
"""

import base64
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.utils.html import format_html

from audits.reports import method, tables
from audits.reports.kinds import KINDS, Kind
from audits.reports.markup import (
    TURNING,
    Html,
    facts,
    figure_of,
    fold,
    join,
    on_screen_only,
    raw,
    section,
    tree,
)
from audits.reports.style import STYLE
from desk.figures import figure
from governance.models import Evidence

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><main>{main}</main></body></html>
"""


def draw(evidence: Evidence, *, checkpoint_note: str, images: Mapping[str, str]) -> str:
    """One standalone HTML document that shows the evidence.

    `images` are SVG documents by name, drawn when the evidence was made; `checkpoint_note`
    is the newest signed checkpoint of the trail at that time.
    """
    kind = KINDS.get(evidence.kind) or _unknown(evidence.kind)
    figures = [figure(measure) for measure in evidence.measures]
    main = join(
        [
            _head(evidence, kind.title, kind.lead(figures, evidence.details)),
            kind.body(figures, _undrawn(evidence.details, images)),
            section("Plots", *(_picture(name, images[name]) for name in sorted(images))),
            method.notes(evidence.details),
            on_screen_only(
                join(
                    [
                        fold(
                            f"Every number, as filed ({len(figures)})", tables.everything(figures)
                        ),
                        fold("Everything else that was recorded", tree(evidence.details)),
                    ]
                ),
                instead=f"All {len(figures)} numbers as filed, and whatever else was recorded,"
                " stand in this report's file and in the evidence, under the digests below.",
            ),
            _foot(evidence, checkpoint_note),
        ]
    )
    title = format_html("{} of {}", kind.title, evidence.subject_label)
    return _PAGE.format(title=title, style=STYLE, main=main).translate(TURNING)


#: Details that are not drawn again where a picture of them was made with the evidence.
_PICTURED = {"roc": "roc.svg", "reliability": "calibration.svg"}


def _undrawn(details: Mapping[str, Any], images: Mapping[str, str]) -> dict[str, Any]:
    return {key: said for key, said in details.items() if _PICTURED.get(key) not in images}


def _unknown(word: str) -> Kind:
    """Evidence from outside may be of a kind that has no telling of its own."""
    return Kind(
        word.replace("_", " ").capitalize(),
        lambda figures, details: f"{len(figures)} numbers were filed about this subject.",
        lambda figures, details: raw(""),
    )


def _head(evidence: Evidence, title: str, lead: str) -> Html:
    return format_html(
        '<header><p class="kind">{}</p><h1>{}</h1><p class="lead">{}</p>'
        '<p class="soft">Measured {} UTC by {}.</p></header>',
        title,
        evidence.subject_label,
        lead,
        evidence.effective_from.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
        evidence.produced_by.replace(":", " "),
    )


#: What a picture shows, by the name its run gave it.
_CAPTIONS = {
    "roc": "ROC curve: share of favourable outcomes found against false alarms, at every threshold",
    "calibration": "Calibration: share of favourable outcomes among people who score alike",
}


def _picture(name: str, svg: str) -> Html:
    """An image as data, so that its own styles stay inside it."""
    held = base64.b64encode(svg.encode()).decode()
    plain = name.removesuffix(".svg").replace("_", " ").replace("-", " ")
    said = _CAPTIONS.get(plain, plain)
    drawn = format_html('<img alt="{}" src="data:image/svg+xml;base64,{}">', said, raw(held))
    return figure_of(drawn, said)


def _foot(evidence: Evidence, checkpoint_note: str) -> Html:
    digests = facts(
        [
            ("Evidence", _code(evidence.digest)),
            ("Subject", f"{evidence.subject_type.replace('_', ' ')} {evidence.subject_label}"),
            ("Subject digest", _code(evidence.subject_digest)),
            *(
                (f"Attachment {one.get('name', '')}", _code(one.get("digest", "")))
                for one in evidence.attachments
            ),
        ]
    )
    note: Any = format_html("<pre>{}</pre>", checkpoint_note) if checkpoint_note else "none yet"
    return format_html(
        "<footer><h2>What this rests on</h2>{}<p>Newest checkpoint of the trail:</p>{}"
        '<p class="soft">This report shows what was measured and how sure that is. It does not '
        "decide.</p></footer>",
        digests,
        note,
    )


def _code(text: str) -> Html:
    return format_html("<code>{}</code>", text)
