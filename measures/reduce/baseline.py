"""Columns counted over fixed bins: kept with an approval, so that only new rows are scanned.

It holds counts, never rows; it is plain JSON when stored, and its digest says whether the one
read back is the one that was approved.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from measures.reduce.arrow_rows import THREADS, Source
from measures.reduce.categories import CategoryCounts, category_counts, reduce_categories
from measures.reduce.histogram import Histogram, reduce_histograms
from measures.reduce.statistic import check_same, digest_of, frozen

#: Version of the stored form.
_FORM = 1


@dataclass(frozen=True, eq=False)
class Baseline:
    """Counts per column: numbers between edges, categories by value, missing values beside.

    `few` names the columns among `categories` that are numbers of few distinct values.
    """

    numbers: Mapping[str, Histogram]
    categories: Mapping[str, CategoryCounts]
    few: tuple[str, ...] = ()

    def __add__(self, other: "Baseline") -> "Baseline":
        check_same("numbers", sorted(self.numbers), sorted(other.numbers))
        check_same("categories", sorted(self.categories), sorted(other.categories))
        return Baseline(
            {name: each + other.numbers[name] for name, each in self.numbers.items()},
            {name: each + other.categories[name] for name, each in self.categories.items()},
            self.few,
        )

    def digest(self) -> str:
        """SHA-256 over the digests of all columns, in order of their names."""
        numbers = [[name, self.numbers[name].digest()] for name in sorted(self.numbers)]
        categories = [[name, self.categories[name].digest()] for name in sorted(self.categories)]
        return digest_of("baseline", numbers, categories, sorted(self.few))

    def count(self, source: Source, *, threads: int = THREADS) -> "Baseline":
        """Other rows, counted over these bins.

        Parameters
        ----------
        source : ibis.Table, pyarrow.Table, Path or sequence of Path
            Rows with at least these columns.
        threads : int, default 2
            Columns read at once, where the source allows it.

        Raises
        ------
        TooManyLevels
            If a category has too many distinct values.
        """
        edges = {name: each.edges for name, each in self.numbers.items()}
        return Baseline(
            reduce_histograms(source, edges, threads=threads),
            reduce_categories(source, list(self.categories), threads=threads),
            self.few,
        )

    def as_json(self) -> str:
        """The stored form; `from_json` gives the same baseline back, bit for bit."""
        numbers = {name: _plain(each) for name, each in sorted(self.numbers.items())}
        categories = {
            name: {"values": each.as_dict(), "missing": each.missing}
            for name, each in sorted(self.categories.items())
        }
        held = {
            "form": _FORM,
            "numbers": numbers,
            "categories": categories,
            "few": sorted(self.few),
            "digest": self.digest(),
        }
        return json.dumps(held, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Baseline:
    """Read a stored baseline.

    Raises
    ------
    ValueError
        If it is of another form, or its digest does not fit what it holds.
    """
    held = json.loads(text)
    if held.get("form") != _FORM:
        raise ValueError(f"expected a baseline of form {_FORM}, got {held.get('form')}")
    read = Baseline(
        {name: _histogram(each) for name, each in held["numbers"].items()},
        {
            name: category_counts(each["values"], each["missing"])
            for name, each in held["categories"].items()
        },
        tuple(held["few"]),
    )
    if read.digest() != held["digest"]:
        raise ValueError(f"expected a baseline of digest {held['digest']}, got {read.digest()}")
    return read


def _plain(histogram: Histogram) -> dict[str, Any]:
    beside = {name: getattr(histogram, name) for name in ("below", "above", "missing")}
    return {"edges": list(histogram.edges), "counts": histogram.counts.tolist()} | beside


def _histogram(held: dict[str, Any]) -> Histogram:
    counts = frozen(np.array(held["counts"], dtype=np.int64))
    return Histogram(tuple(held["edges"]), counts, held["below"], held["above"], held["missing"])
