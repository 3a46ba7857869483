"""Fairlearn's own intervals come out equal, not close."""

import warnings

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame

from measures.certificate import FAIRLEARN
from measures.fairness import kernel
from measures.intervals import as_fairlearn
from measures.intervals.as_fairlearn import fairlearn_intervals

ROWS, QUANTILES = 400, [0.025, 0.5, 0.975]


def _rows():
    drawn = np.random.RandomState(3)
    # (d, y) is so rare that some resamples lack it, (d, x) never occurs
    first = drawn.choice(["a", "b", "c"], ROWS).astype(object)
    second = drawn.choice(["x", "y"], ROWS).astype(object)
    first[:2], second[:2] = "d", "y"
    label = drawn.randint(0, 2, ROWS)
    prediction = (drawn.rand(ROWS) < 0.3 + 0.3 * label).astype(int)
    return label, prediction, pd.DataFrame({"f": first, "s": second})


@pytest.fixture(
    scope="module",
    params=[(int, kernel.METRICS), (np.random.RandomState, ("true_positive_rate",))],
    ids=["number", "stream"],
)
def both(request):
    label, prediction, features = _rows()
    kind, metrics = request.param

    def state():
        return kind(42)

    with warnings.catch_warnings():  # scikit-learn's and numpy's, about groups this small
        warnings.simplefilter("ignore")
        theirs = MetricFrame(
            metrics={name: FAIRLEARN[name] for name in metrics},
            y_true=label, y_pred=prediction, sensitive_features=features,
            n_boot=20, ci_quantiles=QUANTILES, random_state=state(),
        )  # fmt: skip
    levels = pd.MultiIndex.from_product([sorted(set(features[name])) for name in features])
    group = levels.get_indexer(pd.MultiIndex.from_frame(features))
    asked = {"n_boot": 20, "ci_quantiles": QUANTILES, "random_state": state(), "metrics": metrics}
    return theirs, fairlearn_intervals(label, prediction, group, **asked), levels


def test_intervals_of_groups_are_equal(both):
    theirs, ours, levels = both
    expected = np.stack([each.reindex(levels).to_numpy(float) for each in theirs.by_group_ci])
    np.testing.assert_array_equal(ours.by_group, expected)
    assert np.isnan(ours.by_group[:, 6]).all()  # (d, x)
    assert not np.isnan(ours.by_group[:, :6]).any()


def test_intervals_of_everybody_and_of_disparities_are_equal(both):
    theirs, ours, _ = both
    expected = {
        "overall": theirs.overall_ci,
        "group_min": theirs.group_min_ci(),
        "group_max": theirs.group_max_ci(),
        "difference": theirs.difference_ci(),
        "ratio": theirs.ratio_ci(),
        "difference_to_overall": theirs.difference_ci(method="to_overall"),
        "ratio_to_overall": theirs.ratio_ci(method="to_overall"),
    }
    for name, series in expected.items():
        values = np.stack([each[list(ours.metrics)].to_numpy(float) for each in series])
        np.testing.assert_array_equal(getattr(ours, name), values, err_msg=name)
        assert np.isfinite(values).all(), name


def test_drawing_in_pieces_does_not_change_the_stream(monkeypatch):
    label, prediction, features = _rows()
    group = features["f"].factorize()[0]
    asked = {"n_boot": 5, "ci_quantiles": [0.1, 0.9], "random_state": 1}
    whole = fairlearn_intervals(label, prediction, group, **asked)
    monkeypatch.setattr(as_fairlearn, "_ROWS_AT_ONCE", 37)
    again = fairlearn_intervals(label, prediction, group, **asked)
    np.testing.assert_array_equal(again.by_group, whole.by_group)


def test_metrics_can_be_chosen():
    label, prediction, features = _rows()
    found = fairlearn_intervals(
        label == 1, prediction == 1, features["f"].factorize()[0],
        n_boot=3, ci_quantiles=[0.5], random_state=1, metrics=["f1", "accuracy"],
    )  # fmt: skip
    assert (found.metrics, found.by_group.shape) == (("f1", "accuracy"), (1, 4, 2))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label": [0, 1]}, "one label, prediction and group per person"),
        ({"label": [0, 2, 1]}, "only 0 and 1 in labels"),
        ({"prediction": [0, 0.5, 1]}, "only 0 and 1 in predictions"),
        ({"group": [0, -1, 0]}, "groups numbered from 0"),
        ({"group": [0.0, 1.0, 0.0]}, "groups numbered from 0"),
        ({"n_boot": 0}, "n_boot must be at least 1"),
        ({"ci_quantiles": [0.0]}, "strictly between 0 and 1"),
        ({"ci_quantiles": []}, "strictly between 0 and 1"),
    ],
)
def test_what_fairlearn_would_not_take_is_refused(changed, message):
    asked = {
        "label": [0, 1, 1], "prediction": [0, 1, 0], "group": [0, 1, 0],
        "n_boot": 2, "ci_quantiles": [0.5], "random_state": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        fairlearn_intervals(**(asked | changed))
