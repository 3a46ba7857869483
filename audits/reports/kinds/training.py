"""Training: what was fitted, on what, with which parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from audits.reports import tables
from audits.reports.markup import Html, facts, format_count, join, raw, section, table, tree
from desk.figures import Figure, number, rounded


def lead(figures: Sequence[Figure], details: Mapping[str, Any]) -> str:
    """One sentence: the estimator, the rows, and whether a mitigation was used."""
    estimator = str(details.get("estimator") or "a model").replace("_", " ")
    rows = format_count(details.get("training_rows"))
    mitigation = details.get("mitigation")
    how = ""
    if isinstance(mitigation, Mapping):
        method = str(mitigation.get("method", "a mitigation")).replace("_", " ")
        aim = str(mitigation.get("constraint", "")).replace("_", " ")
        how = f", with a {method} towards {aim} by {mitigation.get('sensitive', '')}"
    return f"A {estimator} was fitted on {rows} rows{how}. Figures on training rows flatter."


def body(figures: Sequence[Figure], details: Mapping[str, Any]) -> Html:
    """Signature, parameters, figures on the training rows, the mitigation's candidates."""
    signature = details.get("signature")
    inputs = signature.get("features", []) if isinstance(signature, Mapping) else []
    return join(
        [
            section("What was fitted", _facts(details)),
            section(
                "Inputs",
                table(
                    ["Input", "Type"],
                    [
                        [one.get("name", ""), one.get("type", "")]
                        for one in inputs
                        if isinstance(one, Mapping)
                    ],
                ),
            ),
            section("On the training rows", tables.with_intervals(tables.of_all_rows(figures))),
            section("Candidates of the mitigation", grid(details.get("mitigation_grid"))),
        ]
    )


def _facts(details: Mapping[str, Any]) -> Html:
    signature = details.get("signature")
    held = signature if isinstance(signature, Mapping) else {}
    return facts(
        [
            ("Estimator", str(details.get("estimator", "")).replace("_", " ")),
            ("Parameters", tree(details.get("parameters") or {})),
            ("Predicts", held.get("target", "")),
            ("Favourable outcome", held.get("favourable", "")),
            ("Answers", held.get("output", "")),
            ("Rows", format_count(details.get("training_rows"))),
            ("Libraries", tree(details.get("libraries") or {})),
        ]
    )


def grid(candidates: Any) -> Html:
    """The models a grid search weighed, and which it took."""
    listed = [one for one in candidates or [] if isinstance(one, Mapping)]
    if not listed:
        return raw("")
    heads = list(listed[0])
    rows = [[_cell(one.get(head)) for head in heads] for one in listed]
    named = [head.replace("_", " ").capitalize() for head in heads]
    return table(named, rows, numeric=range(1, len(heads)))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "taken" if value else ""
    read = number(value)
    return rounded(read) if read is not None else str(value if value is not None else "")
