"""Steps that change values: codes, ranges, types, labels, categories."""

import pyarrow as pa
import pyarrow.compute as pc

from audits.jobs.contract import Refused
from audits.jobs.parquet import kind
from audits.jobs.recipe_steps.done import Done, check_columns, column, with_column
from models_registry.rules import recipe

MISSING = "(missing)"

_ARROW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
}


def set_missing(table: pa.Table, step: recipe.SetMissing) -> Done:
    """Codes become missing."""
    changed, notes = 0, []
    for name, codes in step.columns.items():
        values = column(table, name)
        coded = _is_one_of(name, values, codes)
        table = with_column(table, name, _missing_where(values, coded))
        count = _count(coded)
        changed += count
        notes.append(f"{name}: {count}")
    return Done(table, changed, ", ".join(notes))


def keep_range(table: pa.Table, step: recipe.KeepRange) -> Done:
    """Values outside the range become missing, or their rows go."""
    values = column(table, step.column)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise Refused(f"expected {step.column} to be numbers, but it is {kind(values.type)}")
    outside = _outside(values, step)
    if step.otherwise == "drop_row":
        return Done(table.filter(pc.invert(outside)), 0, f"{_count(outside)} rows outside")
    changed = with_column(table, step.column, _missing_where(values, outside))
    return Done(changed, _count(outside), f"{_count(outside)} values outside")


def cast(table: pa.Table, step: recipe.Cast) -> Done:
    """Columns change their type; a value that has no counterpart is refused."""
    changed = 0
    for name, wanted in step.columns.items():
        values = column(table, name)
        if values.type != _ARROW[wanted]:
            changed += len(values) - values.null_count
            table = with_column(table, name, _cast(name, values, wanted))
    return Done(table, changed)


def derive_category(table: pa.Table, step: recipe.DeriveCategory) -> Done:
    """One category from indicator columns; the first that is 1 gives its label."""
    check_columns(table, step.indicators)
    flags = {name: _flag(name, table.column(name)) for name in step.indicators}
    unknown = _any([pc.is_null(flag) for flag in flags.values()])
    known = [pc.cast(pc.fill_null(flag, False), pa.int64()) for flag in flags.values()]
    several = pc.greater(_total(known), 1)
    labels = pc.if_else(unknown, pa.scalar(MISSING), pa.scalar(step.default))
    for name, label in reversed(step.indicators.items()):
        labels = pc.if_else(pc.fill_null(flags[name], False), pa.scalar(label), labels)
    note = f"{_tally(labels)}; {_count(several)} rows with more than one indicator"
    return Done(with_column(table, step.column, labels), table.num_rows, note)


def relabel(table: pa.Table, step: recipe.Relabel) -> Done:
    """Values become labels; one without a label is refused."""
    values = column(table, step.column)
    texts = as_text(values)
    for value in pc.unique(texts).to_pylist():
        if value is not None and value not in step.labels:
            raise Refused(
                f"expected {step.column} to be one of {', '.join(step.labels)}; got {value}"
            )
    names = [step.labels.get(text, step.missing) for text in texts.to_pylist()]
    labels = pa.chunked_array([pa.array(names, pa.string())])
    return Done(with_column(table, step.column, labels), table.num_rows, _tally(labels))


def as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as text; whole numbers without a point (1.0 is "1"), booleans as "1" and "0"."""
    if pa.types.is_boolean(values.type):
        values = pc.cast(values, pa.int8())
    if pa.types.is_floating(values.type) and pc.all(pc.equal(values, pc.floor(values))).as_py():
        values = pc.cast(values, pa.int64(), safe=False)
    return pc.cast(values, pa.string())


def _is_one_of(name: str, values: pa.ChunkedArray, codes: list[recipe.Scalar]) -> pa.ChunkedArray:
    try:
        return pc.is_in(values, value_set=pa.array(codes).cast(values.type))
    except (pa.ArrowException, TypeError):
        pass  # no value of the column's type equals the code, unless as a number
    try:
        return pc.is_in(pc.cast(values, pa.float64()), value_set=pa.array(codes, pa.float64()))
    except (pa.ArrowException, TypeError) as odd:
        raise Refused(
            f"expected codes like the values of {name} ({kind(values.type)}), got {codes}"
        ) from odd


def _missing_where(values: pa.ChunkedArray, mask: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(mask, pa.scalar(None, values.type), values)


def _outside(values: pa.ChunkedArray, step: recipe.KeepRange) -> pa.ChunkedArray:
    """True where a value lies outside; a missing value lies nowhere."""
    numbers = pc.cast(values, pa.float64())
    below = [pc.less(numbers, step.low)] if step.low is not None else []
    above = [pc.greater(numbers, step.high)] if step.high is not None else []
    return _any([pc.fill_null(mask, False) for mask in (*below, *above)])


def _cast(name: str, values: pa.ChunkedArray, wanted: str) -> pa.ChunkedArray:
    if wanted == "text":
        return as_text(values)
    try:
        return pc.cast(values, _ARROW[wanted])
    except pa.ArrowException as odd:
        raise Refused(f"expected every value of {name} to be {wanted}: {odd}") from odd


def _flag(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """An indicator as true, false or missing; raises Refused on anything but 0 and 1."""
    texts = as_text(values)
    for text in pc.unique(texts).to_pylist():
        if text not in ("0", "1", None):
            raise Refused(f"expected the indicator {name} to be 0 or 1, got {text}")
    return pc.equal(texts, "1")


def _any(masks: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    combined = masks[0]
    for mask in masks[1:]:
        combined = pc.or_(combined, mask)
    return combined


def _total(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    total = columns[0]
    for values in columns[1:]:
        total = pc.add(total, values)
    return total


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def _tally(labels: pa.ChunkedArray) -> str:
    counted = pc.value_counts(labels).to_pylist()
    pairs = sorted((str(pair["values"]), pair["counts"]) for pair in counted)
    return ", ".join(f"{label}: {count}" for label, count in pairs)
