import warnings

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import sem, t
from sklearn import metrics as reference

from measures.reduce.residual_bins import quantile_edges, reduce_residual_bins
from measures.reduce.residuals import reduce_residuals
from measures.regression.bins import residual_bins
from measures.regression.median import median_absolute_error
from measures.regression.performance import METHODS, mean_prediction, mean_target, performance

COLUMNS = {"target": "y", "prediction": "p"}

AUTHORITY = {
    "mean_absolute_error": reference.mean_absolute_error,
    "mean_squared_error": reference.mean_squared_error,
    "root_mean_squared_error": reference.root_mean_squared_error,
    "r2": reference.r2_score,
    "explained_variance": reference.explained_variance_score,
    "mean_absolute_percentage_error": reference.mean_absolute_percentage_error,
    "pinball_loss_0.1": lambda y, p: reference.mean_pinball_loss(y, p, alpha=0.1),
    "pinball_loss_0.9": lambda y, p: reference.mean_pinball_loss(y, p, alpha=0.9),
}


def _people(rows: int, seed: int = 4, centre: float = 0.0) -> dict:
    drawn = np.random.RandomState(seed)
    y = drawn.lognormal(1, 1, rows) + centre
    p = y + drawn.standard_normal(rows) * 0.7 + 0.2
    return {"g": drawn.choice(["a", "b", "c"], rows), "y": y, "p": p}


def _by_name(figures):
    return {figure.name: figure for figure in figures}


def _everybody(stored, y, p, **kwargs):
    sums = reduce_residuals(stored({"y": y, "p": p}), [], **COLUMNS)
    return _by_name(performance(sums, **kwargs)[()])


@pytest.mark.parametrize("centre", [0.0, 1e4, -300.0])
def test_every_regression_figure_is_scikit_learns_in_every_group(stored, centre):
    people = _people(6_000, centre=centre)
    table = stored(people)
    sums = reduce_residuals(table, ["g"], **COLUMNS)
    medians = median_absolute_error(table, sums, **COLUMNS)
    for (group,), figures in performance(sums, quantiles=[0.1, 0.9]).items():
        y, p = (people[name][people["g"] == group] for name in "yp")
        for name, figure in _by_name(figures).items():
            expected = AUTHORITY[name](y, p) if name in AUTHORITY else np.mean(p - y)
            assert figure.value == pytest.approx(expected, rel=1e-12), name
            assert figure.n == len(y)
            assert figure.interval.low < figure.value < figure.interval.high
        assert medians[(group,)].value == reference.median_absolute_error(y, p)


def test_regression_figures_by_hand(stored):
    found = _everybody(stored, [1.0, 2.0, 4.0, 5.0], [2.0, 2.0, 2.0, 6.0], quantiles=[0.25])
    assert {name: figure.value for name, figure in found.items()} == {
        "mean_error": 0.0,
        "mean_absolute_error": 1.0,
        "mean_squared_error": 1.5,
        "root_mean_squared_error": pytest.approx(1.5**0.5),
        "r2": pytest.approx(1 - 6 / 10),
        "explained_variance": pytest.approx(1 - 6 / 10),
        "mean_absolute_percentage_error": pytest.approx((1 + 0 + 0.5 + 0.2) / 4),
        # targets above the prediction by 2, below it by 1 and 1
        "pinball_loss_0.25": (0.25 * 2 + 0.75 * 2) / 4,
    }


def test_means_carry_students_interval_and_the_root_that_of_the_delta_method(stored):
    e = np.array([1.0, 2.0, 4.0, -3.0, 0.5, 2.5])
    found = _everybody(stored, np.arange(6.0), np.arange(6.0) + e)
    samples = {"mean_error": e, "mean_absolute_error": abs(e), "mean_squared_error": e * e}
    for name, x in samples.items():
        low, high = t.interval(0.95, 5, loc=x.mean(), scale=sem(x))
        least = low if name == "mean_error" else max(0.0, low)
        assert found[name].interval == pytest.approx((least, high))
    root = found["root_mean_squared_error"]
    reach = (found["mean_squared_error"].interval.high - np.mean(e**2)) / (2 * root.value)
    assert root.interval == pytest.approx((root.value - reach, root.value + reach))


def _jackknifed(figure, y, p) -> float:
    """Standard error of a figure by leaving out one row at a time."""
    n = len(y)
    without = ~np.eye(n, dtype=bool)
    left = np.array([figure(y[kept], p[kept]) for kept in without])
    return float(np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2)))


@pytest.mark.parametrize("name", ["r2", "explained_variance", "pinball_loss_0.9"])
def test_delta_intervals_are_as_wide_as_the_jackknifes(stored, name):
    y, noise = np.random.RandomState(9).standard_normal((2, 800))
    p = y * 0.9 + np.abs(noise)
    figure = _everybody(stored, y, p, quantiles=[0.9])[name]
    expected = 2 * 1.963 * _jackknifed(AUTHORITY[name], y, p)
    assert figure.interval.high - figure.interval.low == pytest.approx(expected, rel=0.03)


def test_the_interval_of_r2_covers_its_true_value_as_often_as_promised(stored):
    drawn = np.random.RandomState(17)
    samples, n = 400, 250
    y = drawn.standard_normal((samples, n)) * 2
    p = 0.75 * y + drawn.standard_normal((samples, n)) * 0.5 + 0.3
    groups = np.repeat(np.arange(samples), n)
    sums = reduce_residuals(stored({"g": groups, "y": y.ravel(), "p": p.ravel()}), ["g"], **COLUMNS)
    truth = 1 - (0.0625 * 4 + 0.25 + 0.09) / 4
    intervals = [_by_name(held)["r2"].interval for held in performance(sums).values()]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / samples))


def test_r2_of_a_constant_target_and_a_relative_error_to_zero_are_undefined(stored):
    found = _everybody(stored, [0.0, 0.0, 0.0], [1.0, 2.0, 4.0])
    assert found["r2"][1:4] == found["explained_variance"][1:4] == (None, None, 3)
    assert found["mean_absolute_percentage_error"][1:4] == (None, None, 0)
    assert found["mean_absolute_error"].value == pytest.approx(7 / 3)


def test_a_constant_group_far_from_the_centre_is_still_constant(stored):
    columns = {"g": ["a"] * 5 + ["b"] * 2, "y": [0.1] * 5 + [0.0, 1e3], "p": np.arange(7.0)}
    sums = reduce_residuals(stored(columns), ["g"], **COLUMNS)
    assert _by_name(performance(sums)[("a",)])["r2"].value is None


def test_rows_whose_target_is_zero_are_left_out_of_the_percentage_and_its_count(stored):
    found = _everybody(stored, [0.0, 2.0, -4.0], [5.0, 3.0, -3.0])
    assert found["mean_absolute_percentage_error"].value == pytest.approx(0.375)
    assert found["mean_absolute_percentage_error"].n == 2


@pytest.mark.parametrize(
    ("y", "p"),
    [([1.0], [2.0]), ([0.1, 0.2, 0.7], [0.1, 0.2, 0.7]), ([1.0, 5.0, 9.0], [2.0, 6.0, 10.0])],
)
def test_one_row_or_equal_errors_prove_nothing_so_there_is_no_interval(stored, y, p):
    found = _everybody(stored, y, p)
    for name in ("mean_error", "mean_absolute_error", "root_mean_squared_error"):
        assert found[name].value == pytest.approx(p[0] - y[0])
        assert found[name].interval is None


def test_the_interval_of_the_median_error_runs_between_order_statistics(stored):
    # for n = 20 at 95 % the 6th and the 15th: Conover (1999), Practical Nonparametric Statistics
    table = stored({"y": np.zeros(20), "p": np.arange(1.0, 21.0) * np.tile([-1, 1], 10)})
    sums = reduce_residuals(table, [], **COLUMNS)
    figure = median_absolute_error(table, sums, **COLUMNS)[()]
    assert figure.value == 10.5
    assert figure.interval == pytest.approx((6.0, 15.0), rel=1e-12)


def test_five_people_are_too_few_for_an_interval_of_the_median_error(stored):
    table = stored({"g": ["a"] * 5 + [None], "y": np.zeros(6), "p": np.arange(6.0)})
    sums = reduce_residuals(table, ["g"], **COLUMNS)
    found = median_absolute_error(table, sums, **COLUMNS)
    assert found[("a",)][1:4] == (2.0, None, 5)
    assert found[("(missing)",)][1:4] == (5.0, None, 1)


def test_the_median_is_refused_where_the_table_is_not_that_of_the_sums(stored):
    sums = reduce_residuals(stored({"g": ["a"], "y": [1.0], "p": [1.0]}), ["g"], **COLUMNS)
    other = stored({"g": ["b"], "y": [1.0], "p": [1.0]})
    with pytest.raises(ValueError, match=r"expected people in every group .* got none in"):
        median_absolute_error(other, sums, **COLUMNS)


def test_bins_say_where_the_model_errs_and_which_way(stored):
    people = _people(3_000)
    people["p"] = people["p"] + np.where(people["p"] > 4, 1.5, 0.0)
    table = stored(people)
    edges = quantile_edges(table, "p", 5)
    sums = reduce_residual_bins(table, ["g"], **COLUMNS, by="p", edges=edges)
    found = residual_bins(sums, edges)
    assert len(found) == 15
    assert sum(held.n for held in found) == 3_000
    for held in found:
        within = (people["g"] == held.group[0]) & (held.low <= people["p"])
        y, p = (people[name][within & (people["p"] < held.high)] for name in "yp")
        assert held.n == len(y)
        assert held.error.value == pytest.approx(np.mean(p - y), rel=1e-11)
        assert held.spread == pytest.approx(np.std(p - y, ddof=1), rel=1e-11)
        assert (held.mean_prediction, held.mean_target) == pytest.approx((p.mean(), y.mean()))
    worst = max(found, key=lambda held: held.error.value)
    assert worst.low == edges[-1]
    assert worst.error.interval.low > 1


def test_bins_of_other_edges_or_of_none_are_refused(stored):
    table = stored({"y": [0.0, 1.0], "p": [1.0, 2.0]})
    binned = reduce_residual_bins(table, [], **COLUMNS, by="p", edges=[1.5, 2.0])
    with pytest.raises(ValueError, match="other edges"):
        residual_bins(binned, [1.5])
    with pytest.raises(ValueError, match="last feature"):
        residual_bins(binned.over(()), [1.5])


def test_a_quantile_outside_zero_and_one_is_refused(stored):
    sums = reduce_residuals(stored({"y": [0.0], "p": [1.0]}), [], **COLUMNS)
    with pytest.raises(ValueError, match=r"strictly between 0 and 1, got \[1.0\]"):
        performance(sums, quantiles=[0.5, 1.0])


def test_mean_target_and_prediction_are_the_columns_means(stored):
    people = _people(500, centre=1e6)
    sums = reduce_residuals(stored(people), [], **COLUMNS)
    assert mean_target(sums, 0) == pytest.approx(people["y"].mean(), rel=1e-14)
    assert mean_prediction(sums, 0) == pytest.approx(people["p"].mean(), rel=1e-14)


def test_every_regression_figure_says_how_its_interval_is_found(stored):
    found = _everybody(stored, [1.0, 2.0], [1.0, 4.0], quantiles=[0.5])
    names = {name.removesuffix("_0.5") for name in found}
    assert names | {"median_absolute_error"} == set(METHODS)


def test_diabetes_regressed_on_all_its_features_has_the_published_fit(stored):
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LinearRegression

    # the data of Efron and others (2004), Ann. Statist. 32(2); R's lm prints R² 0.5177
    x, y = load_diabetes(return_X_y=True)
    p = LinearRegression().fit(x, y).predict(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = _by_name(
            performance(reduce_residuals(stored(pa.table({"y": y, "p": p})), [], **COLUMNS))[()]
        )
    assert found["r2"].value == pytest.approx(0.5177, abs=5e-5)
    assert found["mean_error"].value == pytest.approx(0.0, abs=1e-10)


def test_errors_too_small_beside_the_tables_largest_have_a_value_but_no_interval(stored):
    e = np.random.RandomState(3).standard_normal(200)
    columns = {"g": ["big", "tiny"] * 100, "y": np.zeros(200), "p": e * np.tile([1.0, 1e-8], 100)}
    sums = reduce_residuals(stored(columns), ["g"], **COLUMNS)
    found = _by_name(performance(sums)[("tiny",)])
    squared = found["mean_squared_error"]
    assert squared.value == pytest.approx(np.mean(columns["p"][1::2] ** 2), rel=1e-10)
    assert squared.interval is found["root_mean_squared_error"].interval is None
    assert found["mean_absolute_error"].interval is not None
