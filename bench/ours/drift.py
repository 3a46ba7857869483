"""Drift of twenty columns between two Parquet files, in the peers' own conventions."""

from pathlib import Path

from bench import data
from measures.drift.baselines import count_both
from measures.drift.columns import Comparison, compare_counts, compare_exactly
from measures.drift.conventions import DOANE_OF_REFERENCE, STURGES_OF_BOTH
from measures.intervals.bootstrap import Drawing

NUMBERS = [f"number_{i}" for i in range(data.NUMBERS)]
CATEGORIES = [f"category_{i}" for i in range(data.CATEGORIES)]


def exact(reference: str | Path, current: str | Path) -> dict[str, float]:
    """Evidently's choice: normed Wasserstein of numbers, Jensen-Shannon of categories."""
    sides = Path(reference), Path(current)
    found = compare_exactly(*sides, NUMBERS, CATEGORIES, None, STURGES_OF_BOTH)
    normed = {name: each.wasserstein for name, each in found.numbers.items()}
    return {name: each.normed for name, each in normed.items() if each} | {
        name: each.distances.jensen_shannon.value for name, each in found.categories.items()
    }


def exact_with_intervals(reference: str | Path, current: str | Path) -> Comparison:
    """The same with 1,000 resamples, which no peer offers."""
    sides = Path(reference), Path(current)
    return compare_exactly(*sides, NUMBERS, CATEGORIES, Drawing(1_000), STURGES_OF_BOTH)


def stability(reference: str | Path, current: str | Path) -> dict[str, float]:
    """The population stability index of every column, on Evidently's bins."""
    sides = count_both(Path(reference), Path(current), NUMBERS, CATEGORIES, STURGES_OF_BOTH)
    found = compare_counts(*sides, None, STURGES_OF_BOTH)
    return {
        name: each.distances.population_stability_index.value
        for name, each in (found.numbers | found.categories).items()
    }


def three_statistics(reference: str | Path, current: str | Path) -> dict[str, float]:
    """NannyML's: Kolmogorov-Smirnov, Wasserstein, and Jensen-Shannon on its bins."""
    sides = Path(reference), Path(current)
    found = compare_exactly(*sides, NUMBERS, CATEGORIES, None, DOANE_OF_REFERENCE)
    told = {
        f"jensen_shannon {name}": each.distances.jensen_shannon.value
        for name, each in (found.numbers | found.categories).items()
    }
    for name, each in found.numbers.items():
        if each.kolmogorov_smirnov and each.wasserstein:
            told[f"kolmogorov_smirnov {name}"] = each.kolmogorov_smirnov.value
            told[f"wasserstein {name}"] = each.wasserstein.value
    return told
