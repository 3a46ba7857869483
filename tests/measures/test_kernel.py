import json
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from measures.certificate import FAIRLEARN, CertificateFailed, _agreement, certify_groups
from measures.fairness import kernel
from measures.fairness.control import evaluate_within, gaps_within
from measures.fairness.groups import all_gaps, gaps, split_by_size
from measures.intervals.bootstrap import Drawing
from measures.reduce.cells import Cells, check_product, reduce_cells
from measures.reduce.guard import TooManyLevels
from measures.reduce.weights import decimal_text


def _cells(counts: np.ndarray, features: tuple[str, ...] = ("g",)) -> Cells:
    groups = tuple((chr(ord("a") + i),) * len(features) for i in range(len(counts)))
    return Cells(features, groups, counts)


def _rows(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    held = np.argwhere(counts > 0)
    rows = np.repeat(held, counts[tuple(held.T)], axis=0)
    return rows[:, 0], rows[:, 1], rows[:, 2]


populations = arrays(
    np.int64, st.tuples(st.integers(2, 5), st.just(2), st.just(2)), elements=st.integers(0, 9)
).filter(lambda counts: (counts.sum(axis=(1, 2)) > 0).all())


@given(populations)
@settings(max_examples=10)
def test_disparities_agree_with_fairlearn_on_the_rows_themselves(counts):
    group, label, prediction = _rows(counts)
    asked = {"y_true": label, "y_pred": prediction, "sensitive_features": group}
    found = kernel.gaps(kernel.evaluate(counts))
    expected = [
        fairlearn.demographic_parity_ratio(**asked),
        fairlearn.demographic_parity_difference(**asked),
        fairlearn.equalized_odds_difference(**asked),
        fairlearn.equal_opportunity_difference(**asked),
    ]
    _same(np.array(found), expected)


@given(populations)
@settings(max_examples=6)
def test_every_named_disparity_agrees_with_fairlearn_on_the_rows_themselves(counts):
    group, label, prediction = _rows(counts)
    asked = {"y_true": label, "y_pred": prediction, "sensitive_features": group}
    found = kernel.all_gaps(kernel.evaluate(counts))
    for method, suffix in (("between_groups", ""), ("to_overall", "_to_overall")):
        for form in ("difference", "ratio"):
            for name in ("demographic_parity", "equalized_odds", "equal_opportunity"):
                expected = getattr(fairlearn, f"{name}_{form}")(**asked, method=method)
                _same(found[f"{name}_{form}{suffix}"], expected)
            expected = getattr(fairlearn, f"equalized_odds_{form}")(
                **asked, method=method, agg="mean"
            )
            _same(found[f"equalized_odds_mean_{form}{suffix}"], expected)
    for name in ("accuracy_score_group_min", "zero_one_loss_group_max", "f1_score_group_min"):
        expected = getattr(fairlearn, name)(**asked)
        _same(found[name.replace("_score", "")], expected)


def _same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12, equal_nan=True)


def test_joining_two_metrics_treats_undefined_ones_as_fairlearn_does():
    # the false positive rates are 0/0 in every group, so their ratio is undefined
    counts = np.array([[[4, 0], [1, 3]], [[4, 0], [2, 2]]])
    found = kernel.all_gaps(kernel.evaluate(counts))
    assert np.isnan(found["false_positive_rate_ratio"])
    assert found["equalized_odds_ratio"] == found["equal_opportunity_ratio"] == 0.5 / 0.75
    assert found["equalized_odds_mean_ratio"] == 0.5 / 0.75
    # and here the true positive rates are: Fairlearn's worst case is then undefined
    turned = kernel.all_gaps(kernel.evaluate(counts[:, ::-1, ::-1][:, :, ::-1]))
    assert np.isnan(turned["true_positive_rate_ratio"])
    assert np.isnan(turned["equalized_odds_ratio"])


@given(populations)
@settings(max_examples=6)
def test_the_certificate_holds_for_any_population(counts):
    certificate = certify_groups(_cells(counts))
    assert certificate.largest_difference <= 1e-12
    assert certificate.compared == (len(counts) + 7) * len(kernel.METRICS)


def test_the_certificate_holds_for_intersections_with_empty_combinations():
    groups = (("a", "x"), ("a", "y"), ("b", "x"))  # nobody is (b, y)
    cells = Cells(("g", "h"), groups, np.arange(1, 13).reshape(3, 2, 2))
    assert certify_groups(cells).largest_difference <= 1e-12


@pytest.mark.parametrize("name", ["y_true", "y_pred", "selection_rate", "", 'it\'s "odd"'])
def test_the_certificate_holds_whatever_a_feature_is_called(name):
    counts = np.arange(1, 9).reshape(2, 2, 2)
    assert certify_groups(_cells(counts, (name,))).largest_difference <= 1e-12


def _weighted(rows: int = 250, seed: int = 6) -> tuple[Cells, pd.DataFrame]:
    """People with weights, in groups of two sensitive and two control features, some empty."""
    drawn = np.random.RandomState(seed)
    people = pd.DataFrame(
        {name: drawn.choice(["u", "v", "z"], rows, p=[0.5, 0.4, 0.1]) for name in "abcd"}
    )
    people["w"] = drawn.lognormal(0, 1, rows)
    people["y"], people["p"] = drawn.randint(0, 2, (2, rows))
    listed = [
        {"group": list(each[:4]), "label": each.y, "prediction": each.p, "n": len(held)}
        | {"w": decimal_text(sum(map(Fraction, held["w"]))), "w2": "1"}
        for each, held in (
            (rows_.iloc[0][["a", "b", "c", "d", "y", "p"]], rows_)
            for _, rows_ in people.groupby(["a", "b", "c", "d", "y", "p"])
        )
    ]
    return Cells.read("abcd", listed), people


@pytest.mark.parametrize("control", [[], ["c"], ["d", "c"]])
def test_metrics_of_weighted_people_within_controls_are_fairlearns_on_the_rows(control):
    cells, people = _weighted()
    cells = cells.over(["a", *control])
    metrics = [name for name in kernel.METRICS if name != "count"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = fairlearn.MetricFrame(
            metrics={name: FAIRLEARN[name] for name in metrics} | {"count": fairlearn.count},
            y_true=people["y"],
            y_pred=people["p"],
            sensitive_features=people[["a"]],
            control_features=people[control] if control else None,
            sample_params={name: {"sample_weight": people["w"]} for name in metrics},
        )
    answers = {
        "difference": frame.difference(),
        "ratio": frame.ratio(),
        "difference_to_overall": frame.difference(method="to_overall"),
        "ratio_to_overall": frame.ratio(method="to_overall"),
        "group_max": frame.group_max(),
    }
    for each in evaluate_within(cells, control):
        for group, rates in zip(each.groups, each.evaluation.rates, strict=True):
            _same(rates, _row(frame.by_group, each.level + group))
        _same(each.evaluation.overall, _row(frame.overall, each.level))
        for name, answer in answers.items():
            _same(getattr(each.disparities, name), _row(answer, each.level))


def _row(answer, level):
    found = answer.loc[level if len(level) > 1 else level[0]] if level else answer
    return found[list(kernel.METRICS)].to_numpy(float)


@pytest.mark.parametrize("control", [[], ["c"], ["d", "c"]])
def test_the_certificate_holds_with_weights_and_control_features(control):
    cells, _ = _weighted()
    cells = cells.over(["a", "b", *control][-3:])  # sensitive and control features together
    certificate = certify_groups(cells, control=control)
    levels = len({group[-len(control) :] for group in cells.groups}) if control else 1
    assert certificate.compared == (len(cells.groups) + 7 * levels) * len(kernel.METRICS)


def test_the_certificate_asks_only_for_the_metrics_wanted():
    cells = _cells(np.arange(1, 9).reshape(2, 2, 2))
    assert certify_groups(cells, metrics=["f1", "count"]).compared == (2 + 7) * 2


def test_the_certificate_counts_people_and_not_cells(monkeypatch):
    cells = _cells(np.arange(1, 9).reshape(2, 2, 2))
    monkeypatch.setattr("measures.certificate._people", lambda y_true, y_pred, people: len(people))
    with pytest.raises(CertificateFailed):
        certify_groups(cells, metrics=["count"])


def test_nobody_cannot_be_certified():
    with pytest.raises(ValueError, match="at least one person with a weight"):
        certify_groups(_cells(np.zeros((2, 2, 2), dtype=np.int64)))


def test_a_certificate_fails_on_a_small_difference():
    ours, theirs = {"rate": np.array([0.5])}, {"rate": np.array([0.5 + 1e-11])}
    with pytest.raises(CertificateFailed, match="rate: expected fairlearn's values within 1e-12"):
        _agreement("fairlearn", ours, theirs)


def test_a_certificate_fails_where_only_one_side_is_undefined():
    ours, theirs = {"rate": np.array([0.0])}, {"rate": np.array([np.nan])}
    with pytest.raises(CertificateFailed, match="undefined"):
        _agreement("fairlearn", ours, theirs)


def test_a_group_without_positives_has_a_true_positive_rate_of_zero_and_is_flagged():
    counts = np.array([[[5, 5], [0, 0]], [[5, 5], [4, 6]]])
    evaluation = kernel.evaluate(counts)
    place = kernel.position("true_positive_rate")
    assert evaluation.rates[:, place].tolist() == [0.0, 0.6]
    assert evaluation.defined[:, place].tolist() == [False, True]


def test_an_empty_group_is_left_out_of_the_comparison():
    counts = np.array([[[0, 0], [0, 0]], [[5, 5], [5, 5]], [[2, 6], [2, 6]]])
    evaluation = kernel.evaluate(counts)
    assert np.isnan(evaluation.rates[0]).all()
    assert kernel.gaps(evaluation).selection_rate_ratio == 0.5 / 0.75


def test_resamples_are_evaluated_as_if_each_were_alone():
    counts = np.random.RandomState(1).randint(0, 20, (7, 3, 2, 2))
    together = kernel.evaluate(counts)
    alone = [kernel.evaluate(each) for each in counts]
    np.testing.assert_array_equal(together.rates, [each.rates for each in alone])
    np.testing.assert_array_equal(together.overall, [each.overall for each in alone])


def test_fairlearns_worked_example_has_its_published_values(stored, reference_data):
    toy = pd.read_csv(reference_data / "fairlearn_toy.csv")
    table = stored(toy.to_dict("list"))
    cells = reduce_cells(table, ["sf", "sf2"], label="y_true", prediction="y_pred")
    evaluation = kernel.evaluate(cells.over(["sf"]).counts)
    found = kernel.gaps(evaluation)
    at = [
        kernel.position(name)
        for name in ("true_positive_rate", "false_positive_rate", "selection_rate")
    ]
    assert evaluation.overall[at] == pytest.approx([0.5, 0.666667, 0.555556], abs=1e-6)
    assert evaluation.rates[:, at] == pytest.approx(
        np.array([[0.5, 1.0, 0.75], [0.6, 0.0, 0.5], [0.4, 0.666667, 0.5]]), abs=1e-6
    )
    assert found == pytest.approx((0.666667, 0.25, 1.0, 0.2), abs=1e-6)
    assert evaluation.of("count").tolist() == [4, 6, 8]
    every = kernel.all_gaps(evaluation)
    published = {
        "true_positive_rate": (0.2, 0.666667, 0.1, 0.8),
        "false_positive_rate": (1.0, 0.0, 0.666667, 0.0),
        "selection_rate": (0.25, 0.666667, 0.194444, 0.740741),
    }
    for metric, values in published.items():
        forms = kernel.Disparities._fields[:4]
        assert [every[f"{metric}_{form}"] for form in forms] == pytest.approx(values, abs=1e-6)
    assert every["equalized_odds_ratio"] == 0
    recalls = kernel.evaluate(cells.counts).rates[:, at[0]]
    assert recalls == pytest.approx([0, 1, 0.666667, 0.5, 0.5, 0], abs=1e-6)
    assert certify_groups(cells).largest_difference <= 1e-12


def test_a_product_of_too_many_levels_is_refused_by_name():
    cells = Cells(("g", "h"), (("a", "x"), ("b", "y"), ("c", "y")), np.ones((3, 2, 2), int))
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'g' has too many"):
        check_product(cells, 5)


def test_fairlearns_worked_example_with_a_control_feature_has_its_published_differences(
    stored, reference_data
):
    toy = pd.read_csv(reference_data / "fairlearn_toy_control.csv")
    expected = json.loads((reference_data / "reference_values.json").read_text())
    published = expected["fairlearn_toy_control"]
    table = stored(toy.to_dict("list"))
    cells = reduce_cells(table, ["sensitive", "control"], label="y_true", prediction="y_pred")
    within = evaluate_within(cells, ["control"], ["accuracy"])
    overall = {each.level[0]: each.evaluation.overall[0] for each in within}
    difference = {each.level[0]: each.disparities.difference[0] for each in within}
    by_group = {
        f"{each.level[0]}|{group[0]}": rate
        for each in within
        for group, rate in zip(each.groups, each.evaluation.of("accuracy"), strict=True)
    }
    assert overall == pytest.approx(published["overall"], abs=1e-6)
    assert difference == pytest.approx(published["difference"], abs=1e-6)
    assert by_group == pytest.approx(published["by_group"], abs=1e-6)
    assert certify_groups(cells, control=["control"]).largest_difference <= 1e-12


def test_gaps_within_levels_are_those_of_each_levels_people():
    counts = np.random.RandomState(3).randint(1, 30, (5, 2, 2))
    groups = (("d1", "f"), ("d1", "m"), ("d2", "f"), ("d2", "m"), ("d3", "f"))
    found = gaps_within(Cells(("d", "s"), groups, counts), ["d"], Drawing(50))
    alone = gaps(Cells(("s",), (("f",), ("m",)), counts[2:4]), Drawing(50))
    assert [each.gap for each in found if each.level == "d2"] == alone
    assert {each.people for each in found if each.level == "d2"} == {counts[2:4].sum()}
    assert not any(each.gap.defined for each in found if each.level == "d3")  # one group


def test_control_features_must_be_there_and_leave_something_to_compare():
    cells = _cells(np.ones((2, 2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match="got also \\['h'\\]"):
        evaluate_within(cells, ["h"])
    with pytest.raises(ValueError, match="expected a sensitive feature beside"):
        evaluate_within(cells, ["g"])


def test_small_groups_are_named_and_the_others_compared():
    counts = np.array([np.full((2, 2), 5), np.full((2, 2), 1), np.full((2, 2), 2)])
    split = split_by_size(_cells(counts), 8)
    assert split.compared.groups == (("a",), ("c",))
    assert split.small == [("b", 4, 2)]
    assert split.compared.rows + sum(group.people for group in split.small) == counts.sum()
    with pytest.raises(ValueError, match="at least 0, got -1"):
        split_by_size(_cells(counts), -1)


def test_all_gaps_have_intervals_and_the_default_ones_are_among_them():
    cells = _cells(np.random.RandomState(2).randint(5, 40, (3, 2, 2)))
    every = {gap.name: gap for gap in all_gaps(cells, Drawing(60))}
    assert set(every) == set(kernel.DISPARITIES)
    assert [every[gap.name] for gap in gaps(cells, Drawing(60))] == gaps(cells, Drawing(60))
    assert every["demographic_parity_ratio"].interval == every["selection_rate_ratio"].interval
    few = all_gaps(cells, Drawing(60), names=["f1_group_min"])
    assert few == [every["f1_group_min"]]


def test_balanced_accuracy_is_of_the_labels_that_occur_and_flagged_where_one_does_not():
    counts = np.array([[[6, 2], [1, 3]], [[6, 2], [0, 0]]])
    evaluation = kernel.evaluate(counts, ["balanced_accuracy"])
    assert evaluation.rates[:, 0].tolist() == [0.75, 0.75]
    assert evaluation.defined[:, 0].tolist() == [True, False]


def test_metrics_are_known_by_their_other_names_and_unknown_ones_refused():
    assert kernel.position("recall") == kernel.position("true_positive_rate")
    assert kernel.position("mean_prediction") == kernel.position("selection_rate")
    with pytest.raises(ValueError, match="got 'gini'"):
        kernel.evaluate(np.ones((2, 2, 2)), ["gini"])
