import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, mean_prediction
from scipy import stats
from sklearn import metrics as sk

from measures.fairness.regression_parity import FIGURES, distances, figures, gaps
from measures.intervals.bootstrap import Drawing
from measures.reduce.residuals import reduce_residuals
from measures.reduce.unlabelled_scores import reduce_unlabelled_scores


def _columns(n: int = 600, seed: int = 1) -> dict[str, np.ndarray]:
    frozen = np.random.RandomState(seed)
    group = frozen.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    target = 50_000 + 10_000 * frozen.randn(n) + 4_000 * (group == "a")
    return {"g": group, "y": target, "p": target * 0.8 + 9_000 + 5_000 * frozen.randn(n)}


@pytest.fixture
def sums(stored):
    return reduce_residuals(stored(_columns()), ["g"], target="y", prediction="p")


def _bias(y_true, y_pred):
    return float(np.mean(y_pred - y_true))


EXPECTED = dict(
    zip(
        FIGURES,
        (
            mean_prediction,
            _bias,
            sk.mean_absolute_error,
            sk.mean_squared_error,
            sk.root_mean_squared_error,
            sk.r2_score,
        ),
        strict=True,
    )
)


def test_figures_and_gaps_agree_with_fairlearn(sums):
    columns = pd.DataFrame(_columns())
    frame = MetricFrame(
        metrics=EXPECTED, y_true=columns.y, y_pred=columns.p, sensitive_features=columns.g
    )
    found = figures(sums)
    for each in found:
        assert each.value == pytest.approx(frame.by_group.loc[each.group, each.metric], rel=1e-11)
        assert each.people == (columns.g == each.group).sum()
    differences, ratios = frame.difference(), frame.ratio()
    for gap in gaps(found, Drawing(100)):
        assert gap.difference == pytest.approx(differences[gap.metric], rel=1e-9)
        assert gap.people == columns.g.value_counts().min()
        if gap.metric != "mean_error":
            assert gap.ratio == pytest.approx(ratios[gap.metric], rel=1e-11)


def test_standard_errors_of_means_are_those_of_the_rows(sums):
    columns = pd.DataFrame(_columns())
    by_row = {
        "mean_prediction": columns.p,
        "mean_error": columns.p - columns.y,
        "mean_absolute_error": (columns.p - columns.y).abs(),
        "mean_squared_error": (columns.p - columns.y) ** 2,
    }
    for each in figures(sums):
        if each.metric not in by_row:
            continue
        rows = by_row[each.metric][columns.g == each.group]
        assert each.standard_error == pytest.approx(rows.sem(), rel=1e-9)
        expected = stats.t.interval(0.95, len(rows) - 1, rows.mean(), rows.sem())
        assert each.interval == pytest.approx(expected, rel=1e-9)


def test_standard_errors_of_r2_and_rmse_are_those_of_resampled_rows(sums):
    columns = pd.DataFrame(_columns())
    own = columns[columns.g == "a"].to_numpy()[:, 1:].astype(float)
    frozen = np.random.RandomState(7)
    drawn = own[frozen.randint(0, len(own), (2_000, len(own)))]
    y, p = drawn[..., 0], drawn[..., 1]
    squares = ((p - y) ** 2).mean(axis=1)
    found = {each.metric: each for each in figures(sums) if each.group == "a"}
    assert found["r2"].standard_error == pytest.approx((1 - squares / y.var(axis=1)).std(), rel=0.1)
    assert found["root_mean_squared_error"].standard_error == pytest.approx(
        np.sqrt(squares).std(), rel=0.1
    )


def test_the_standard_error_of_r2_counts_what_each_person_moves(stored):
    frozen = np.random.RandomState(11)
    target = frozen.exponential(3.0, 80) + 20  # skewed: mean and middle of the range differ
    predicted = target * 0.7 + frozen.randn(80) * 2 + 5
    table = stored({"g": ["a"] * 80, "y": target, "p": predicted})
    sums = reduce_residuals(table, ["g"], target="y", prediction="p")
    errors, away = (predicted - target) ** 2, (target - target.mean()) ** 2
    moved = (errors.mean() / away.mean() * away - errors) / away.mean()
    found = {each.metric: each for each in figures(sums)}["r2"]
    assert found.standard_error == pytest.approx(moved.std(ddof=1) / np.sqrt(80), rel=1e-9)


def test_intervals_of_gaps_hold_the_gap_and_are_as_wide_as_resampled_rows_say(sums):
    found = {gap.metric: gap for gap in gaps(figures(sums), Drawing(2_000))}
    for gap in found.values():
        assert gap.difference_interval.low <= gap.difference <= gap.difference_interval.high
    columns = pd.DataFrame(_columns())
    frozen, drawn = np.random.RandomState(3), []
    for _ in range(600):
        again = columns.iloc[frozen.randint(0, len(columns), len(columns))]
        means = again.p.groupby(again.g).mean()
        drawn.append(means.max() - means.min())
    low, high = found["mean_prediction"].difference_interval
    expected = np.quantile(drawn, [0.025, 0.975])
    assert high - low == pytest.approx(expected[1] - expected[0], rel=0.15)


def test_what_does_not_exist_is_none(stored):
    table = stored({"g": ["a", "a", "b"], "y": [3.0, 3.0, 5.0], "p": [2.0, 3.5, 5.0]})
    found = {(f.group, f.metric): f for f in figures(reduce_residuals(
        table, ["g"], target="y", prediction="p"
    ))}  # fmt: skip
    assert found["a", "r2"].value is None  # all targets are equal
    assert found["a", "mean_error"].value == -0.25
    assert found["b", "mean_error"][2:5] == (0.0, None, None)  # one person
    apart = {gap.metric: gap for gap in gaps(list(found.values()), Drawing(10))}
    assert apart["r2"].difference is None
    assert apart["mean_error"].difference == 0.25
    assert apart["mean_error"].difference_interval is None
    assert apart["mean_error"].ratio is None  # not of one sign


def test_perfect_predictions_have_no_error_and_an_r2_of_one(stored):
    table = stored({"g": ["a"] * 4, "y": [1.0, 2.0, 3.0, 4.0], "p": [1.0, 2.0, 3.0, 4.0]})
    found = {f.metric: f for f in figures(reduce_residuals(
        table, ["g"], target="y", prediction="p"
    ))}  # fmt: skip
    assert found["r2"][2:5] == (1.0, 0.0, (1.0, 1.0))
    assert found["root_mean_squared_error"][2:5] == (0.0, 0.0, (0.0, 0.0))
    assert found["mean_prediction"].value == 2.5


def test_distances_are_kolmogorov_and_smirnovs(stored):
    columns = _columns(500)
    columns["p"] = np.round(columns["p"], -3)
    found = distances(reduce_unlabelled_scores(stored(columns), ["g"], score="p"))
    for each in found:
        own = columns["g"] == each.group
        expected = stats.ks_2samp(columns["p"][own], columns["p"][~own], method="asymp")
        assert each.to_others == pytest.approx(expected.statistic)
        assert each.to_all == pytest.approx(each.to_others * (~own).mean())
        n, m = own.sum(), (~own).sum()
        assert each.p == pytest.approx(
            stats.kstwobign.sf(np.sqrt(n * m / (n + m)) * expected.statistic)
        )


def test_a_group_of_everybody_has_nobody_to_differ_from(stored):
    (found,) = distances(reduce_unlabelled_scores(stored(_columns(50)), [], score="p"))
    assert (found.to_others, found.to_all, found.p) == (None, 0.0, None)
