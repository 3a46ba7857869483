import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pytest

from measures.fairness.proportions import Share
from measures.fairness.significance import (
    against_reference,
    four_fifths,
    reference_group,
    selections,
)
from measures.reduce.cells import Cells, reduce_cells


@pytest.fixture
def published(reference_data):
    return json.loads((reference_data / "reference_values.json").read_text())


def _cells(selected: dict[str, tuple[int, int]]) -> Cells:
    """Cells of the label only: selected and people by group."""
    names = sorted(selected)
    counts = np.zeros((len(names), 2, 2), np.int64)
    for i, name in enumerate(names):
        x, n = selected[name]
        counts[i, 0] = n - x, x
    return Cells(("g",), tuple((name,) for name in names), counts)


def test_berkeleys_admissions_have_their_published_numbers(published):
    expected = published["ucb_admissions"]
    cells = _cells({sex: tuple(expected[sex][:2]) for sex in ("female", "male")})
    found = against_reference(cells)
    (female,) = found.others
    assert found.reference.group == "male"
    assert female.standing.rate == pytest.approx(expected["female"][2], abs=5e-7)
    assert female.impact_ratio == pytest.approx(expected["impact_ratio_female"], abs=5e-6)
    assert female.z.statistic == pytest.approx(expected["z_female_vs_male"][0], abs=5e-5)
    assert female.ratio_interval == pytest.approx(expected["rr_ci95_katz"], abs=5e-5)
    assert 0 < female.fisher_p < 1e-20
    assert female.four_fifths == (True, True, False)


def test_the_guidelines_example_has_its_published_numbers(published):
    expected = published["ugesp_qa12"]
    cells = _cells({group: tuple(expected[group][:2]) for group in ("white", "black")})
    (black,) = against_reference(cells).others
    assert black.impact_ratio == expected["impact_ratio"]
    assert black.z.statistic == pytest.approx(expected["z"][0], abs=5e-5)
    assert black.z.p == pytest.approx(expected["z"][1], abs=5e-9)
    assert black.fisher_p == pytest.approx(expected["fisher_p"], abs=5e-9)
    assert black.ratio_interval == pytest.approx(expected["rr_ci95_katz"], abs=5e-5)
    assert black.difference == pytest.approx(-0.3)
    assert black.deviation.expected == 20
    assert black.deviation.suspect
    assert not black.four_fifths.numbers_too_small


def test_german_credits_ages_stay_below_four_fifths_unrounded(reference_data, stored, published):
    read = pv.read_csv(reference_data / "german_credit.csv")
    table = stored(
        {
            "good": pc.equal(read["credit"], 1).cast(pa.int64()),
            "over_25": pc.greater(read["age"], 25),
            "female": pc.is_in(read["personal_status"], pa.array(["A92", "A95"])),
        }
    )
    cells = reduce_cells(table, ["over_25", "female"], label="good", prediction="good")
    expected = published["german_credit"]
    (young,) = against_reference(cells.over(["over_25"])).others
    assert young.impact_ratio == (110 / 190) / (590 / 810)
    assert young.impact_ratio == pytest.approx(expected["impact_ratio_age_le25"], abs=5e-7)
    assert young.difference == pytest.approx(expected["mean_difference_age_le25"], abs=5e-7)
    assert young.z.statistic == pytest.approx(expected["z_age_le25"][0], abs=5e-5)
    assert young.z.p == pytest.approx(expected["z_age_le25"][1], abs=5e-9)
    assert young.four_fifths.below
    assert young.four_fifths.significant
    (female,) = against_reference(cells.over(["female"])).others
    # the published ratio divides rounded rates
    assert female.impact_ratio == pytest.approx(expected["impact_ratio_female"], abs=1e-6)
    assert female.difference == pytest.approx(expected["mean_difference_female"], abs=5e-7)
    assert female.z.statistic == pytest.approx(expected["z_female_vs_male"][0], abs=5e-5)
    assert female.z.p == pytest.approx(expected["z_female_vs_male"][1], abs=5e-9)
    assert female.four_fifths.below is False
    assert female.four_fifths.smaller_but_significant


def test_adults_sexes_and_races_have_their_published_numbers(published):
    expected = published["adult_train"]
    sexes = {group: tuple(each[:2]) for group, each in expected["sex"].items()}
    (female,) = against_reference(_cells(sexes)).others
    assert female.impact_ratio == pytest.approx(expected["impact_ratio_female"], abs=5e-7)
    assert female.z.statistic == pytest.approx(expected["z"][0], abs=5e-5)
    assert -female.difference == pytest.approx(expected["difference_male_minus_female"], abs=5e-7)
    races = {group: tuple(each[:2]) for group, each in expected["race"].items()}
    found = against_reference(_cells(races))
    assert found.reference.group == "Asian-Pac-Islander"
    for each in found.others:
        assert each.standing.rate == pytest.approx(
            expected["race"][each.standing.group][2], abs=5e-7
        )
        assert each.four_fifths.below == (each.standing.group != "White")


def test_exactly_four_fifths_is_not_below():
    assert (1 / 3) / (5 / 12) < 0.8  # in floats, but one third is four fifths of five twelfths
    assert four_fifths(Share(1, 3), Share(5, 12)).below is False
    assert four_fifths(Share(1199, 2500), Share(3, 5)).below is True


def test_one_person_flips_a_small_difference():
    # 3 of 20 against 16 of 80: with one selection moved it is 4 of 20 against 15 of 80
    found = four_fifths(Share(3, 20), Share(16, 80))
    assert found == (True, False, True)
    assert found.numbers_too_small
    # 3 of 24 against 16 of 80: moved, 4 of 24 is still less than 15 of 80
    assert four_fifths(Share(3, 24), Share(16, 80)).one_person_flips is False


def test_nobody_selected_leaves_the_ratio_undefined():
    found = against_reference(_cells({"a": (0, 10), "b": (0, 20)}))
    assert found.reference.group == "b"  # the larger
    (a,) = found.others
    assert a.impact_ratio is None
    assert a.ratio_interval is None
    assert a.z == (None, None)
    assert a.four_fifths.below is None
    assert not a.four_fifths.numbers_too_small


def test_the_reference_is_the_highest_then_the_larger_then_the_first():
    rates = {"d": Share(2, 4), "c": Share(3, 6), "b": Share(3, 6), "a": Share(1, 6)}
    assert reference_group(rates) == "b"
    del rates["b"]
    assert reference_group(rates) == "c"


def test_a_reference_may_be_chosen_and_must_exist():
    cells = _cells({"a": (9, 10), "b": (5, 10)})
    found = against_reference(cells, "b")
    assert found.reference.group == "b"
    assert found.others[0].impact_ratio == 0.9 / 0.5
    assert found.others[0].four_fifths.below is False
    with pytest.raises(ValueError, match="expected a reference among a, b, got 'c'"):
        against_reference(cells, "c")


def test_groups_without_people_are_named_and_not_compared():
    found = against_reference(_cells({"a": (9, 10), "b": (5, 10), "c": (0, 0)}))
    assert found.empty == ["c"]
    assert [each.standing.group for each in found.others] == ["b"]


def test_weighted_people_are_refused(stored):
    table = stored({"g": ["a", "b"], "y": [0, 1], "p": [1, 0], "w": [0.5, 2.0]})
    cells = reduce_cells(table, ["g"], label="y", prediction="p", weight="w")
    with pytest.raises(ValueError, match="without weights"):
        selections(cells)
