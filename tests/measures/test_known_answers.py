"""Published tables give their published numbers, and nothing rounds before it is compared."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pytest

from measures.certificate import certify_groups
from measures.drift.stability import inner_edges, population_stability_index
from measures.fairness import kernel
from measures.fairness.groups import gaps
from measures.intervals.bootstrap import Drawing
from measures.profile import columns as profile
from measures.reduce.cells import reduce_cells
from measures.reduce.columns import duplicate_rows
from measures.reduce.histogram import reduce_histograms
from measures.reduce.quantiles import reduce_quantiles

ADULT = [
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation",
    "relationship", "race", "sex", "capital_gain", "capital_loss", "hours_per_week", "country",
    "income",
]  # fmt: skip


@pytest.fixture
def published(reference_data):
    return json.loads((reference_data / "reference_values.json").read_text())


@pytest.fixture
def german(reference_data, stored):
    read = pv.read_csv(reference_data / "german_credit.csv")
    return stored(
        {
            "good": pc.equal(read["credit"], 1).cast(pa.int64()),
            "over_25": pc.greater(read["age"], 25),
            "female": pc.is_in(read["personal_status"], pa.array(["A92", "A95"])),
        }
    )


@pytest.fixture
def adult(reference_data, stored):
    with gzip.open(reference_data / "adult_train.data.gz") as lines:
        read = pv.read_csv(
            lines,
            read_options=pv.ReadOptions(column_names=ADULT),
            convert_options=pv.ConvertOptions(null_values=["?", " ?"], strings_can_be_null=True),
        )
    trimmed = {
        name: pc.utf8_trim_whitespace(read[name]) if pa.types.is_string(read[name].type)
        else read[name]
        for name in ADULT
    }  # fmt: skip
    high = pc.starts_with(trimmed["income"], ">50K").cast(pa.int64())
    return stored(pa.table(trimmed | {"high": high}))


def test_german_credits_age_ratio_stays_below_four_fifths(german, published):
    cells = reduce_cells(german, ["over_25"], label="good", prediction="good")
    ratio = float(kernel.gaps(kernel.evaluate(cells.counts)).selection_rate_ratio)
    assert ratio == (110 / 190) / (590 / 810)  # to the last bit
    assert ratio == pytest.approx(published["german_credit"]["impact_ratio_age_le25"], abs=5e-7)
    assert ratio < 0.80
    found = gaps(cells, Drawing())[0]
    assert found.value == ratio
    assert found.interval.low < 0.80 < found.interval.high
    assert certify_groups(cells).largest_difference <= 1e-12


def test_german_credits_ratio_of_women_to_men(german, published):
    cells = reduce_cells(german, ["female"], label="good", prediction="good")
    ratio = float(kernel.gaps(kernel.evaluate(cells.counts)).selection_rate_ratio)
    assert ratio == (201 / 310) / (499 / 690)  # the published one divides rounded rates
    assert ratio == pytest.approx(published["german_credit"]["impact_ratio_female"], abs=1e-6)


def test_adults_groups_have_their_published_counts(adult, published):
    expected = published["adult_train"]
    cells = reduce_cells(adult, ["sex", "race"], label="high", prediction="high")
    assert cells.rows == expected["n"]
    for feature in ("sex", "race"):
        single = cells.over([feature])
        counted = {
            group: [int(selected), int(n)]
            for (group,), selected, n in zip(
                single.groups, single.counts[:, 1, 1], single.sizes, strict=True
            )
        }
        assert counted == {group: each[:2] for group, each in expected[feature].items()}
    apart = kernel.gaps(kernel.evaluate(cells.over(["sex"]).counts))
    assert apart.selection_rate_ratio == pytest.approx(expected["impact_ratio_female"], abs=5e-7)
    assert certify_groups(cells).largest_difference <= 1e-12


def test_adults_profile_has_its_published_counts(adult, published):
    expected = published["adult_train"]
    columns = {each.column.name: each for each in profile.describe(adult)}
    missing = {
        name: each.column.counts.missing
        for name, each in columns.items()
        if each.column.counts.missing
    }
    assert missing == expected["missing_by_col"]
    assert duplicate_rows(adult) == expected["duplicates"]
    ages = adult.select("age").to_pyarrow()["age"].to_numpy()
    assert columns["age"].mean == pytest.approx(ages.mean(), rel=1e-14)
    assert columns["age"].deviation == pytest.approx(ages.std(ddof=1), rel=1e-13)
    assert columns["age"].histogram.counts.sum() == expected["n"]


def test_adults_age_drifts_as_published_when_only_the_young_are_left(adult, published):
    edges = reduce_quantiles(adult, ["age"], np.arange(11) / 10)["age"]
    assert inner_edges(edges) == published["psi"]["edges_age"]
    young = adult.filter(adult["age"] < 35)
    before, after = (
        reduce_histograms(side, {"age": edges})["age"].everything() for side in (adult, young)
    )
    found = population_stability_index(before, after, Drawing(100))
    assert found.value == pytest.approx(published["psi"]["adult_age_train_vs_under35"], abs=5e-7)


def test_fairlearns_worked_example_with_a_control_feature(reference_data, stored, published):
    expected = published["fairlearn_toy_control"]
    table = stored(pv.read_csv(reference_data / "fairlearn_toy_control.csv"))
    cells = reduce_cells(table, ["control", "sensitive"], label="y_true", prediction="y_pred")
    accuracy = kernel.evaluate(cells.counts).rates[:, kernel.position("accuracy")]
    named = {"|".join(group): each for group, each in zip(cells.groups, accuracy, strict=True)}
    assert named == pytest.approx(expected["by_group"], abs=1e-6)
