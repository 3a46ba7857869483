"""Dividing rows into named parts: random, even within strata, the same for the same seed.

Equal rows go to the same part, so that no row of one part is known from another. It cannot
see rows that are about the same person and yet differ.
"""

import numpy as np
import pyarrow as pa

from audits.jobs.contract import Refused
from audits.jobs.recipe_steps.done import check_columns
from audits.jobs.recipe_steps.shape import first_equal_rows
from models_registry.rules import recipe

Parts = dict[str, pa.Table]


def split(table: pa.Table, step: recipe.Split, seed: int) -> tuple[Parts, str]:
    """The parts, and what is to be said about them. Raises Refused if one would be empty."""
    check_columns(table, step.stratify)
    firsts = first_equal_rows(table, [])
    leaders = np.unique(firsts)
    part_of = np.full(table.num_rows, -1)
    part_of[leaders] = _assign(_strata(table, step.stratify)[leaders], step, seed)
    part_of = part_of[firsts]
    parts: Parts = {
        name: table.take(pa.array(np.flatnonzero(part_of == at)))
        for at, name in enumerate(step.parts)
    }
    _check_not_empty(parts)
    return parts, _note(parts, len(firsts) - len(leaders))


def shared_rows(parts: Parts) -> int:
    """How many rows of the parts are equal to a row of another part."""
    whole = pa.concat_tables(parts.values())
    part_of = np.repeat(np.arange(len(parts)), [part.num_rows for part in parts.values()])
    firsts = first_equal_rows(whole, [])
    return int(np.sum(part_of != part_of[firsts]))


def _strata(table: pa.Table, columns: list[str]) -> np.ndarray:
    if not columns:
        return np.zeros(table.num_rows, dtype=np.int64)
    return first_equal_rows(table, columns)


def _assign(strata: np.ndarray, step: recipe.Split, seed: int) -> np.ndarray:
    """A part for each row: within each stratum at random, by the shares."""
    draw = np.random.default_rng(seed)
    shares = np.array(list(step.parts.values()))
    assigned = np.empty(len(strata), dtype=np.int64)
    for stratum in np.unique(strata):
        rows = draw.permutation(np.flatnonzero(strata == stratum))
        assigned[rows] = np.repeat(np.arange(len(shares)), _sizes(len(rows), shares))
    return assigned


def _sizes(rows: int, shares: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to the shares, by largest remainder."""
    exact = shares * rows
    sizes = np.floor(exact).astype(np.int64)
    order = np.argsort(sizes - exact, kind="stable")
    sizes[order[: rows - sizes.sum()]] += 1
    return sizes


def _check_not_empty(parts: Parts) -> None:
    for name, part in parts.items():
        if not part.num_rows:
            raise Refused(f"expected rows in every part, but {name} would have none")


def _note(parts: Parts, equal: int) -> str:
    sizes = ", ".join(f"{name}: {part.num_rows}" for name, part in parts.items())
    if shared := shared_rows(parts):
        raise Refused(f"expected no row in two parts, but {shared} rows are")
    return f"{sizes}; {equal} rows equal to others kept together; no row in two parts"
