import numpy as np
import pyarrow as pa
import pytest

from measures.robustness.extremes import out_of_range
from measures.robustness.noise import each_missing, under_missing, under_noise
from measures.robustness.perturbation import moved, noisy, otherwise, unseen, without
from measures.robustness.response import Model, baseline
from measures.robustness.sensitivity import feature_sensitivity


class NoValue(Exception):
    pass


@pytest.fixture
def rows():
    drawn = np.random.RandomState(3)
    return pa.table(
        {
            "income": drawn.randn(2_000),
            "age": drawn.randint(18, 80, 2_000),
            "housing": pa.array(drawn.choice(["own", "rent", "free"], 2_000)).dictionary_encode(),
            "member": drawn.rand(2_000) < 0.5,
        }
    )


def _score(table):
    own = np.array([each == "own" for each in table["housing"].to_pylist()])
    return table["income"].to_numpy() + 0.5 * own


def _base(rows, score=_score, **given):
    return baseline(Model(score, 0.0, (NoValue,)), rows, seed=4, **given)


def _complete(table):
    if any(column.null_count for column in table.columns):
        raise NoValue("expected every value")
    return _score(table)


def test_noise_is_of_the_stated_size(rows):
    (found,) = under_noise(_base(rows), levels=[0.1], features=["income"])
    spread = np.std(rows["income"].to_numpy(), ddof=1)
    # mean of |normal| is √(2/π) of its deviation
    low, high = found.absolute_change.interval
    assert low < 0.1 * spread * np.sqrt(2 / np.pi) < high
    assert found.change == "noise 0.1"
    assert 0 < found.flipped.value < 0.1


def test_more_noise_flips_more_and_costs_performance(rows):
    labels = (_score(rows) > 0).astype(int)
    found = under_noise(_base(rows, labels=labels), levels=[0.05, 0.25, 1.0])
    flips = [each.flipped.value for each in found]
    assert flips == sorted(flips)
    assert flips[0] < flips[-1]
    losses = [each.performance.worsening for each in found]
    assert 0 < losses[0] < losses[1] < losses[2]
    assert found[2].performance.interval.low > 0


def test_a_share_of_categories_is_replaced_by_others_that_occur():
    column = pa.chunked_array([pa.array(["a", "b", "c", None] * 1_000).dictionary_encode()])
    changed = noisy(column, 0.2, np.random.RandomState(1))
    assert changed.type == column.type
    pairs = list(zip(column.to_pylist(), changed.to_pylist(), strict=True))
    assert sum(old != new for old, new in pairs) / 3_000 == pytest.approx(0.2, abs=0.03)
    assert {new for old, new in pairs if old is None} == {None}
    of_a = [new for old, new in pairs if old == "a" and new != "a"]
    assert of_a.count("b") / len(of_a) == pytest.approx(0.5, abs=0.12)


def test_a_category_alone_stays_and_booleans_turn():
    everybody = np.ones(2, dtype=bool)
    frozen = np.random.RandomState(1)
    alone = pa.chunked_array([["x", "x"]])
    assert otherwise(alone, everybody, frozen).to_pylist() == ["x", "x"]
    flags = pa.chunked_array([[True, False]])
    assert otherwise(flags, everybody, frozen).to_pylist() == [False, True]


def test_whole_numbers_stay_whole_and_missing_ones_missing():
    ages = pa.chunked_array([pa.array([30, None, 50], pa.int8())])
    assert moved(ages, 100.4).to_pylist() == [130, None, 150]
    numbers = pa.chunked_array([pa.array([1.5, None])])
    assert moved(numbers, 1).to_pylist() == [2.5, None]


def test_values_go_missing_at_the_stated_rate_and_refusals_are_counted(rows):
    (found,) = under_missing(_base(rows, _complete), rates=[0.1], features=["income", "age"])
    assert found.refused.interval.low < 1 - 0.9**2 < found.refused.interval.high
    assert found.refusal == "expected every value"
    assert found.flipped.cases == 0
    assert found.flipped.n == 2_000 - found.refused.cases


def test_each_feature_missing_for_everybody_says_which_the_model_needs(rows):
    found = {each.change: each for each in each_missing(_base(rows))}
    assert found["income missing"].refused.value == 1  # its score is NaN
    assert found["age missing"].flipped.cases == 0
    assert found["housing missing"].score_change.value == pytest.approx(-1 / 6, abs=0.03)


def test_missing_keeps_the_type():
    coded = pa.chunked_array([pa.array(["a", "b"]).dictionary_encode()])
    changed = without(coded, np.array([True, False]))
    assert changed.type == coded.type
    assert changed.to_pylist() == [None, "b"]


def test_numbers_out_of_their_range_and_categories_never_seen(rows):
    asked = {}

    def score(table):
        asked.setdefault(len(asked), table.slice(0, 1).to_pylist()[0])
        return _score(table)

    found = out_of_range(_base(rows, score), ranges={"income": (-2.0, 3.0)}, factor=2.0)
    assert [each.change for each in found] == [
        "income above range",
        "income below range",
        "age above range",
        "age below range",
        "housing unseen",
    ]
    ages = rows["age"].to_numpy()
    reach = 2 * (ages.max() - ages.min())
    assert (asked[1]["income"], asked[2]["income"]) == (13.0, -12.0)
    assert (asked[3]["age"], asked[4]["age"]) == (ages.max() + reach, ages.min() - reach)
    assert asked[5]["housing"] == "(unseen)"
    assert found[0].flipped.value == pytest.approx((_score(rows) < 0).mean())
    assert found[0].to_unfavourable.cases == 0


def test_a_name_that_occurs_is_not_unseen():
    assert unseen(pa.chunked_array([["(unseen)", "a"]])) == "(unseen)*"


def test_a_step_of_a_linear_feature_moves_the_score_by_its_weight(rows):
    income, age, housing, member = feature_sensitivity(_base(rows), deviations=0.5)
    step = 0.5 * np.std(rows["income"].to_numpy(), ddof=1)
    assert income.step == pytest.approx(step)
    assert income.absolute_change.value == pytest.approx(step)
    assert income.slope.interval == pytest.approx((step, step))
    near = np.abs(_score(rows))
    assert income.flipped.value == pytest.approx((near <= step).mean(), abs=0.001)
    assert (age.absolute_change.value, age.flipped.cases, member.flipped.cases) == (0, 0, 0)
    assert (housing.step, housing.slope) == (None, None)
    # of three equally frequent, "own" always changes and each other becomes "own" half the time
    assert housing.absolute_change.value == pytest.approx(0.5 * 2 / 3, abs=0.02)


def test_the_order_of_the_rows_changes_nothing(rows):
    backwards = rows.take(pa.array(np.arange(2_000)[::-1]))
    one, other = (_base(each) for each in (rows, backwards))
    assert under_noise(one) == under_noise(other)
    assert feature_sensitivity(one) == feature_sensitivity(other)
    assert under_missing(one, features=["housing"]) == under_missing(other, features=["housing"])


def test_another_seed_draws_other_noise(rows):
    other = baseline(Model(_score, 0.0), rows, seed=5)
    assert under_noise(_base(rows)) != under_noise(other)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda base: under_noise(base, levels=[0]), "levels of noise must be above 0, got 0"),
        (lambda base: under_missing(base, rates=[1.5]), r"must be within \(0, 1\], got 1.5"),
        (lambda base: out_of_range(base, factor=0), "factor must be above 0, got 0"),
        (lambda base: feature_sensitivity(base, deviations=0), "deviations must be above 0, got 0"),
        (lambda base: under_noise(base, features=["z"]), "but z is not among income, age"),
        (
            lambda base: out_of_range(base, ranges={"age": (2, 1)}),
            "expected a range of 'age' from low to high, got 2 to 1",
        ),
    ],
)
def test_what_cannot_be_tried_is_refused(rows, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(_base(rows))
