"""Carrying out a recipe: every step in order, each with a record of what it did.

Where a split is declared, missing values are filled after it, learned from the training part:
figures learned from rows that are held out would leak into what is judged on them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from audits.jobs.contract import Refused
from audits.jobs.recipe_steps import filling, shape, splitting, values
from audits.jobs.recipe_steps.done import Done
from models_registry.rules import recipe

Parts = dict[str, pa.Table]

#: What the one part is called where there is no split.
WHOLE = "prepared"


class Record(NamedTuple):
    """What one step did."""

    step: str
    rows_before: int
    rows_after: int
    changed: int
    note: str


_STEPS: Mapping[type, Callable[[pa.Table, Any], Done]] = {
    recipe.SetMissing: values.set_missing,
    recipe.KeepRange: values.keep_range,
    recipe.Cast: values.cast,
    recipe.DeriveCategory: values.derive_category,
    recipe.Relabel: values.relabel,
    recipe.DropDuplicates: shape.drop_duplicates,
    recipe.DropRowsMissing: shape.drop_rows_missing,
    recipe.DropColumns: shape.drop_columns,
    recipe.SelectColumns: shape.select_columns,
}


def carry_out(
    table: pa.Table, steps: Sequence[recipe.Step], seed: int
) -> Iterator[tuple[Parts, Record]]:
    """After each step the parts as they are and the record. Raises Refused naming the step."""
    parts: Parts = {WHOLE: table}
    for number, step in enumerate(_in_order(steps), start=1):
        before = _rows(parts)
        try:
            parts, changed, note = _do(parts, step, seed)
        except Refused as refused:
            raise Refused(f"step {number}, {step.step}: {refused}") from refused
        if not _rows(parts):
            raise Refused(f"step {number}, {step.step}: no row is left of {before}")
        yield parts, Record(step.step, before, _rows(parts), changed, note)


def _in_order(steps: Sequence[recipe.Step]) -> list[recipe.Step]:
    """Filling comes after the split, if there is one."""
    if not any(isinstance(step, recipe.Split) for step in steps):
        return list(steps)
    return sorted(steps, key=lambda step: isinstance(step, recipe.Impute))


def _do(parts: Parts, step: recipe.Step, seed: int) -> tuple[Parts, int, str]:
    if isinstance(step, recipe.Impute):
        return _impute(parts, step)
    (whole,) = parts.values()
    if isinstance(step, recipe.Split):
        parts, note = splitting.split(whole, step, seed)
        return parts, 0, note
    done = _STEPS[type(step)](whole, step)
    return {WHOLE: done.table}, done.changed, done.note


def _impute(parts: Parts, step: recipe.Impute) -> tuple[Parts, int, str]:
    source = "train" if "train" in parts else WHOLE
    fitted = filling.fit(parts[source], step)
    filled = {name: filling.fill(part, fitted) for name, part in parts.items()}
    changed = sum(count for _, count in filled.values())
    note = f"fitted on the {parts[source].num_rows} rows of {source}: {filling.in_words(fitted)}"
    return {name: table for name, (table, _) in filled.items()}, changed, note


def _rows(parts: Parts) -> int:
    return sum(part.num_rows for part in parts.values())
