"""HTML for reports: everything is escaped unless it was made here.

`Html` is text known to be safe. The functions take plain text and `Html` alike, and escape the
first; there is no other way into a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Html = SafeString

#: Characters that turn the direction of what follows are shown by name: a group's label must not
#: make "n = 19" read "91 = n".
TURNING = {code: f"[U+{code:04X}]" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def raw(markup: str) -> Html:
    """Markup made by this program, not text from outside."""
    return mark_safe(markup)


def join(parts: Iterable[Any]) -> Html:
    """Pieces one after another."""
    return raw("".join(conditional_escape(part) for part in parts))


def section(title: str, *body: Any, note: str = "") -> Html:
    """A titled part of the page; nothing where there is no body."""
    inside = join(body)
    if not inside:
        return raw("")
    said = format_html('<p class="soft">{}</p>', note) if note else ""
    return format_html("<section><h2>{}</h2>{}{}</section>", title, said, inside)


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str = "",
    numeric: Sequence[int] = (),
    kind: str = "",
) -> Html:
    """A table whose first column names the row; nothing where there are no rows."""
    drawn = [_row(row, numeric) for row in rows]
    if not drawn:
        return raw("")
    head = join(
        format_html('<th scope="col"{}>{}</th>', _right(place, numeric), said)
        for place, said in enumerate(heads)
    )
    named = format_html("<caption>{}</caption>", caption) if caption else ""
    return format_html(
        '<div class="scroll"><table{}>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        format_html(' class="{}"', kind) if kind else "",
        named,
        head,
        join(drawn),
    )


def _row(row: Sequence[Any], numeric: Sequence[int]) -> Html:
    first = format_html('<th scope="row"{}>{}</th>', _right(0, numeric), row[0])
    rest = (
        format_html("<td{}>{}</td>", _right(place, numeric), cell)
        for place, cell in enumerate(row[1:], start=1)
    )
    return format_html("<tr>{}{}</tr>", first, join(rest))


def _right(place: int, numeric: Sequence[int]) -> Html:
    return raw(' class="r"' if place in numeric else "")


def facts(pairs: Iterable[tuple[str, Any]]) -> Html:
    """Labels and what is so."""
    said = [(label, value) for label, value in pairs if value not in (None, "")]
    if not said:
        return raw("")
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", said))


def key_figures(pairs: Iterable[tuple[Any, str]]) -> Html:
    """The few numbers to see first."""
    drawn = format_html_join("", "<div><b>{}</b><span>{}</span></div>", pairs)
    return format_html('<div class="key">{}</div>', drawn) if drawn else raw("")


def warning(title: str, said: Any) -> Html:
    """Something a reader must know before relying on the numbers."""
    return format_html('<div class="warn" role="note"><b>{}</b> {}</div>', title, said)


def figure_of(drawing: Html, caption: str) -> Html:
    """A drawing and what it shows."""
    return format_html("<figure>{}<figcaption>{}</figcaption></figure>", drawing, caption)


def fold(title: str, body: Any) -> Html:
    """Something for those who look closer."""
    return format_html("<details><summary>{}</summary>{}</details>", title, body)


def on_screen_only(body: Any, *, instead: str) -> Html:
    """Something too long for paper; a printed report says where it stands."""
    return format_html(
        '<div class="on-screen">{}</div><p class="on-paper soft">{}</p>', body, instead
    )


def tree(value: Any) -> Any:
    """Any stored details as nested lists of facts; rows of one shape as a table."""
    if isinstance(value, Mapping):
        return facts((str(key), tree(inside)) for key, inside in value.items())
    if isinstance(value, list) and (heads := _heads(value)):
        return _shortened(heads, value)
    if isinstance(value, list) and any(isinstance(one, (Mapping, list)) for one in value):
        return join(tree(one) for one in value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "yes" if value is True else "no" if value is False else str(value)


#: Rows of one table of stored details that are shown.
_MOST_ROWS = 200


def _heads(value: list[Any]) -> list[str]:
    """The keys that all of several mappings share, if they hold nothing but plain values."""
    rows = [one for one in value if isinstance(one, Mapping)]
    if len(rows) < 2 or len(rows) < len(value) or len({tuple(one) for one in rows}) > 1:
        return []
    held = [said for one in rows for said in one.values()]
    return [] if any(_nested(said) for said in held) else [str(key) for key in rows[0]]


def _nested(said: Any) -> bool:
    parts = said if isinstance(said, list) else [said]
    return any(isinstance(one, (Mapping, list)) for one in parts)


def _shortened(heads: Sequence[str], value: list[Mapping[str, Any]]) -> Html:
    shown = [["" if said is None else tree(said) for said in one.values()] for one in value]
    more = len(shown) - _MOST_ROWS
    rest = format_html("<p>{} more rows stand in the evidence.</p>", f"{more:,}")
    return join([table(heads, shown[:_MOST_ROWS]), rest if more > 0 else ""])


def format_count(value: Any) -> str:
    """A count with its thousands apart; what is not a count as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)
