"""Prepare a snapshot by a recipe: cleaned, categorised, divided, and every step on record.

The same snapshot, recipe and seed give the same bytes.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from audits.jobs import parquet
from audits.jobs.contract import Job, Outcome, Refused, Tell
from audits.jobs.reading import header
from audits.jobs.recipe_steps import Record, carry_out
from measures.measured import Measured
from models_registry.rules import recipe

Parts = dict[str, pa.Table]


def work(job: Job, tell: Tell) -> Outcome:
    """Inputs: "snapshot". Facts: "steps". Spec: seed. Products: one per part."""
    steps = _steps(job)
    table = parquet.without_nan(parquet.read(job.inputs["snapshot"]))
    parts, records = _carry_out(table, steps, job.spec["seed"], tell)
    for part in parts.values():
        header.check_names(part.column_names, [])
    products = tuple(parquet.write(part, name, job.folder) for name, part in parts.items())
    return Outcome(_measures(parts), _details(parts, records, job.spec["seed"]), products)


def _steps(job: Job) -> Sequence[recipe.Step]:
    try:
        return recipe.parse(job.facts["steps"])
    except ValueError as odd:
        raise Refused(f"the recipe cannot be read: {odd}") from odd


def _carry_out(
    table: pa.Table, steps: Sequence[recipe.Step], seed: int, tell: Tell
) -> tuple[Parts, list[Record]]:
    parts: Parts = {}
    records: list[Record] = []
    for after, record in carry_out(table, steps, seed):
        parts = after
        records.append(record)
        tell(len(records) / (len(steps) + 1), f"{record.step}: {record.rows_after} rows")
    return parts, records


def _measures(parts: Parts) -> tuple[Measured, ...]:
    return tuple(
        Measured("rows", part.num_rows, None, None, part.num_rows, "rows", {"part": name})
        for name, part in parts.items()
    )


def _details(parts: Parts, records: list[Record], seed: int) -> dict[str, Any]:
    described = {
        name: {"rows": part.num_rows, "columns": parquet.describe(part)}
        for name, part in parts.items()
    }
    return {"parts": described, "steps": [record._asdict() for record in records], "seed": seed}
