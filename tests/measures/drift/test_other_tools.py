"""The same rows give the same numbers as the tools people compare us with.

Expected values came from the tools themselves, each in an environment of its own, on the rows
`drawn` makes: Evidently 0.7.23 (numpy 2.4.6, pandas 2.3.3) by ``DataDriftPreset(...)`` and
NannyML 0.13.1 (pandas 3.1.1) by ``UnivariateDriftCalculator(chunk_number=1)``, exact.
"""

import numpy as np
import pyarrow as pa
import pytest

from measures.drift.baselines import count_both
from measures.drift.columns import compare_counts, compare_exactly
from measures.drift.conventions import DOANE_OF_REFERENCE, STURGES_OF_BOTH
from measures.drift.homogeneity import fit_to_reference, homogeneity
from measures.drift.stability import aligned
from measures.reduce.categories import reduce_categories

NUMBERS = ["gauss", "skewed", "whole", "few", "holes"]
CATEGORIES = ["colour", "two"]
COLOURS = np.array(["amber", "blue", "coral", "dun", "ecru", "fawn"])


def drawn(rows, seed, shift):
    """Columns of many shapes: continuous, whole, of few values, with holes, categories."""
    stream = np.random.RandomState(seed)
    gauss = stream.normal(0.3 * shift, 1 + 0.2 * shift, rows)
    skewed = stream.lognormal(0.2 * shift, 0.8, rows)
    whole = stream.poisson(12 + 2 * shift, rows).astype(float) * 3
    few = stream.randint(0, 8, rows).astype(float)
    few[stream.random_sample(rows) < 0.1 * shift] = 9.0
    holes = stream.normal(0.1 * shift, 1, rows)
    holes[stream.random_sample(rows) < 0.05 + 0.05 * shift] = np.nan
    weights = np.array([[5, 4, 3, 2, 1, 0], [4, 4, 3, 3, 0, 1]])[shift] / 15
    colour = COLOURS[stream.choice(6, rows, p=weights)]
    two = np.where(stream.random_sample(rows) < 0.4 + 0.1 * shift, "yes", "no")
    numbers = {"gauss": gauss, "skewed": skewed, "whole": whole, "few": few, "holes": holes}
    return pa.table(numbers | {"colour": colour, "two": two})


@pytest.fixture(scope="module")
def sides():
    return drawn(3_000, 7, 0), drawn(2_000, 8, 1)


def equal(value):
    return pytest.approx(value, rel=1e-12, abs=1e-13)


EVIDENTLY_DEFAULT = {
    "gauss": 0.3733699369846814,
    "skewed": 0.23899228935489772,
    "whole": 0.5346861960838452,
    "few": 0.2451193554367366,
    "holes": 0.06708974849174558,
    "colour": 0.2259622041039787,
    "two": 0.0852768474457168,
}
EVIDENTLY_PSI = {
    "gauss": 0.19367054884434695,
    "skewed": 0.04718965182027665,
    "whole": 0.2776686281570528,
    "few": 0.6075928787097623,
    "holes": 0.026968512156132975,
    "colour": 0.8844518475793313,
    "two": 0.058325059130366494,
}
EVIDENTLY_JENSEN_SHANNON = {
    "gauss": 0.15000433809921132,
    "skewed": 0.07627581464022334,
    "whole": 0.18281908088955043,
    "few": 0.17875122444773076,
    "holes": 0.059121597813997305,
    "colour": 0.2259622041039787,
    "two": 0.0852768474457168,
}


def test_the_default_preset_of_evidently(sides):
    found = compare_exactly(*sides, NUMBERS, CATEGORIES, None, STURGES_OF_BOTH)
    normed = {name: each.wasserstein.normed for name, each in found.numbers.items()}
    of_categories = {
        name: each.distances.jensen_shannon.value for name, each in found.categories.items()
    }
    assert normed | of_categories == equal(EVIDENTLY_DEFAULT)


@pytest.mark.parametrize("exactly", [True, False])
def test_the_stability_index_and_jensen_shannon_distance_of_evidently(sides, exactly):
    if exactly:
        found = compare_exactly(*sides, NUMBERS, CATEGORIES, None, STURGES_OF_BOTH)
    else:
        counted = count_both(*sides, NUMBERS, CATEGORIES, STURGES_OF_BOTH)
        found = compare_counts(*counted, None, STURGES_OF_BOTH)
        assert set(found.categories) == {"few", "colour", "two"}  # by value, where few
    each = {**found.numbers, **found.categories}
    index = {name: one.distances.population_stability_index.value for name, one in each.items()}
    assert index == equal(EVIDENTLY_PSI)
    distance = {name: one.distances.jensen_shannon.value for name, one in each.items()}
    assert distance == equal(EVIDENTLY_JENSEN_SHANNON)


def test_the_p_values_of_evidently(sides):
    found = compare_exactly(*sides, NUMBERS, [], None).numbers
    assert {name: each.kolmogorov_smirnov.p_value for name, each in found.items()} == equal(
        {
            "gauss": 9.893694025132333e-24,
            "skewed": 1.14854454236718e-09,
            "whole": 1.589087791315695e-41,
            "few": 6.2912663308470684e-09,
            "holes": 0.05388673437303254,
        }
    )
    two = aligned(*(reduce_categories(side, ["two"])["two"].as_dict() for side in sides))[1:]
    assert fit_to_reference(*two).p_value == equal(4.311633298416705e-28)


NANNYML = {
    ("few", "smirnov"): 0.09016666666666667,
    ("few", "jensen_shannon"): 0.2147021012821857,
    ("few", "wasserstein"): 0.5516666666666666,
    ("few", "hellinger"): 0.21319972037307913,
    ("gauss", "smirnov"): 0.14916666666666667,
    ("gauss", "jensen_shannon"): 0.18139316360143845,
    ("gauss", "wasserstein"): 0.37113439739509063,
    ("gauss", "hellinger"): 0.15588893841701496,
    ("holes", "smirnov"): 0.04042990077386887,
    ("holes", "jensen_shannon"): 0.060261268340093106,
    ("holes", "wasserstein"): 0.06702059718214914,
    ("holes", "hellinger"): 0.051773998842346035,
    ("skewed", "smirnov"): 0.094,
    ("skewed", "jensen_shannon"): 0.10179641507644052,
    ("skewed", "wasserstein"): 0.2901360142958089,
    ("skewed", "hellinger"): 0.08661495326591968,
    ("whole", "smirnov"): 0.19783333333333333,
    ("whole", "jensen_shannon"): 0.22289257053571893,
    ("whole", "wasserstein"): 5.674000000000001,
    ("whole", "hellinger"): 0.1882273734097813,
    ("colour", "jensen_shannon"): 0.2714082668880663,
    ("colour", "chi2"): 384.5446892215147,
    ("colour", "l_infinity"): 0.07966666666666666,
    ("colour", "hellinger"): 0.2662251901847668,
    ("two", "jensen_shannon"): 0.10242793241771397,
    ("two", "chi2"): 69.53260646025605,
    ("two", "l_infinity"): 0.11983333333333329,
    ("two", "hellinger"): 0.08533095524402957,
}


def test_every_statistic_of_nannyml(sides):
    found = compare_exactly(*sides, NUMBERS, CATEGORIES, None, DOANE_OF_REFERENCE)
    ours = {}
    for name, number in found.numbers.items():
        ours[name, "smirnov"] = number.kolmogorov_smirnov.value
        ours[name, "wasserstein"] = number.wasserstein.value
    for name in CATEGORIES:
        held = aligned(*(reduce_categories(side, [name])[name].as_dict() for side in sides))
        ours[name, "chi2"] = homogeneity(*held[1:], correction=True).statistic
        ours[name, "l_infinity"] = found.categories[name].distances.l_infinity.value
    for name, each in {**found.numbers, **found.categories}.items():
        ours[name, "jensen_shannon"] = each.distances.jensen_shannon.value
        ours[name, "hellinger"] = each.distances.hellinger.value
    assert ours == equal(NANNYML)
