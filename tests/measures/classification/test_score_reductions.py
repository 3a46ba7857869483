import itertools
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics

from measures.intervals.delong import roc_auc
from measures.reduce.grouped_scores import reduce_grouped_scores
from measures.reduce.guard import TooManyLevels
from measures.reduce.score_bins import reduce_score_bins
from measures.reduce.scores import reduce_scores, reduce_weighted_scores
from measures.reduce.statistic import NotMergeable


def _people(rows: int = 4_000, seed: int = 5) -> pa.Table:
    drawn = np.random.RandomState(seed)
    scores = drawn.beta(2, 3, rows).round(3)
    return pa.table(
        {
            "sex": drawn.choice(np.array(["f", "m", None], dtype=object), rows),
            "age": drawn.choice([1.0, 2.5, np.nan], rows),
            "s": scores,
            "y": (drawn.rand(rows) < scores).astype(np.int8),
            "w": drawn.lognormal(0, 2, rows),
        }
    )


def _grouped(table, features=("sex", "age")):
    return reduce_grouped_scores(table, features, score="s", label="y")


def _binned(table, features=("sex", "age")):
    return reduce_score_bins(table, features, score="s", label="y")


def test_every_group_has_the_counts_and_the_auc_of_its_rows(stored):
    people = _people()
    grouped = _grouped(stored(people))
    sex = np.array(people["sex"].fill_null("(missing)").to_pylist())
    age = np.array([{1.0: "1", 2.5: "2.5"}.get(a, "(missing)") for a in people["age"].to_pylist()])
    held = sorted(itertools.product(set(sex), set(age)))
    assert grouped.groups == tuple(held)
    for group, scores in zip(grouped.groups, grouped.scores, strict=True):
        mine = (sex == group[0]) & (age == group[1])
        labels, given = people["y"].to_numpy()[mine], people["s"].to_numpy()[mine]
        distinct, counts = np.unique(given, return_counts=True)
        np.testing.assert_array_equal(scores.scores, distinct)
        np.testing.assert_array_equal(scores.totals, counts)
        assert int(scores.positives.sum()) == labels.sum()
        assert roc_auc(scores).value == pytest.approx(
            metrics.roc_auc_score(labels, given), abs=1e-12
        )


@pytest.mark.parametrize("reduced", [_grouped, _binned])
def test_scores_by_group_do_not_depend_on_order_threads_or_parts(stored, reduced):
    people = _people()
    shuffled = people.take(np.random.RandomState(3).permutation(len(people)))
    digests = {
        reduced(stored(rows, threads=n)).digest() for rows in (people, shuffled) for n in (1, 3)
    }
    parts = reduced(stored(people[2_500:])) + reduced(stored(people[:2_500]))
    assert digests == {parts.digest()}
    by_sex = reduced(stored(people), ["sex"])
    assert parts.over(["sex"]).digest() == by_sex.digest()
    with pytest.raises(NotMergeable, match="the same features"):
        parts + by_sex


def test_everybody_is_the_ungrouped_reduction(stored):
    table = stored(_people())
    together = reduce_scores(table, score="s", label="y")
    assert _grouped(table).everybody().digest() == together.digest()
    alone = reduce_grouped_scores(table, [], score="s", label="y")
    assert (alone.groups, alone.scores[0].digest()) == (((),), together.digest())


def test_a_table_without_rows_has_no_groups(stored):
    table = stored(_people()[:0])
    assert (_grouped(table).groups, _grouped(table).everybody().rows) == ((), 0)
    assert (_binned(table).groups, _binned(table).rows) == ((), 0)


@pytest.mark.parametrize("kind", [pa.int8(), pa.float64(), pa.bool_(), pa.string()])
def test_labels_are_read_whatever_their_type(stored, kind):
    labels = pa.array([0, 1, 1]).cast(pa.int64()).cast(kind if kind != pa.bool_() else pa.bool_())
    found = reduce_scores(stored({"s": [0.5, 0.5, 0.7], "y": labels}), score="s", label="y")
    assert (found.negatives.tolist(), found.positives.tolist()) == ([1, 0], [1, 1])


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (
            pa.array([0, 1, -1, 3, 3]),
            r"3 in 2 rows, -1 in 1 rows: in 3 rows, the first: y=-1, s=0\.1, w=1\.0; y=3",
        ),
        (
            pa.array([0, 1, 1, 0, None]),
            r"missing in 1 rows: in 1 rows, the first: y=missing, s=0\.2",
        ),
        (pa.array([0.0, 1, 1, 0.5, float("nan")]), r"0\.5 in 1 rows, nan in 1 rows: in 2 rows"),
        (pa.array(["0", "1", "yes", "1", "0"]), r"yes in 1 rows: in 1 rows, the first: y=yes"),
    ],
)
def test_odd_labels_are_refused_with_their_count_and_values(stored, labels, said):
    table = stored({"s": [0.1, 0.1, 0.1, 0.1, 0.2], "y": labels, "w": [1.0] * 5})
    for reduce in (reduce_scores, lambda *a, **k: reduce_grouped_scores(a[0], [], **k)):
        with pytest.raises(ValueError, match=f"expected only 0 and 1 in 'y', got also {said}"):
            reduce(table, score="s", label="y")
    with pytest.raises(ValueError, match=f"got also {said}"):
        reduce_score_bins(table, [], score="s", label="y")
    with pytest.raises(ValueError, match=f"got also {said}"):
        reduce_weighted_scores(table, score="s", label="y", weight="w")


def test_odd_scores_are_refused_with_their_count_and_values(stored):
    scores = pa.array([0.5, float("nan"), None, float("inf"), float("inf"), 2.0])
    table = stored({"s": scores, "y": [0, 1, 0, 1, 0, 1]})
    said = "expected finite numbers in 's', got inf in 2 rows, missing or NaN in 2 rows: in 4 rows"
    with pytest.raises(ValueError, match=said):
        reduce_scores(table, score="s", label="y")
    with pytest.raises(ValueError, match=said):
        reduce_grouped_scores(table, ["y"], score="s", label="y")
    with pytest.raises(ValueError, match=r"within \[0, 1\] in 's', got 5 rows of others"):
        reduce_score_bins(table, [], score="s", label="y")


def test_too_many_groups_or_scores_are_refused(stored):
    table = stored({"zip": list("abcdef"), "s": np.arange(6) / 10, "y": [0, 1] * 3})
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'zip'"):
        reduce_grouped_scores(table, ["zip"], score="s", label="y", most_groups=5)
    with pytest.raises(TooManyLevels, match="at most 5 groups, but 'zip'"):
        reduce_score_bins(table, ["zip"], score="s", label="y", most_groups=5)
    with pytest.raises(ValueError, match="at most 5 pairs of group and score"):
        reduce_grouped_scores(table, ["zip"], score="s", label="y", most_entries=5)


def test_bins_hold_their_lower_edge_and_sums_are_exact(stored):
    edges = np.arange(9) / 8
    scores = np.concatenate([edges, np.nextafter(edges[1:], 0), [0.1] * 10])
    table = stored({"s": scores, "y": np.ones(len(scores), dtype=int)})
    bins = reduce_score_bins(table, [], score="s", label="y", bins=8)
    expected, _ = np.histogram(scores, edges)
    assert bins.counts[0, :, 1].tolist() == expected.tolist()
    totals = [scores[np.clip((scores * 8).astype(int), 0, 7) == place].sum() for place in range(8)]
    np.testing.assert_allclose(bins.sums[0, :, 1], totals, atol=1e-15, rtol=1e-15)
    exact = sum((Fraction(score) for score in scores[scores < 1 / 8]), Fraction(0))
    assert Fraction(int(bins.upper[0, 0, 1]), 2**30) + Fraction(
        int(bins.lower[0, 0, 1]), 2**60
    ) == pytest.approx(exact, abs=len(scores) * 2.0**-60)
    with pytest.raises(ValueError, match="expected a power of two as the number of bins, got 10"):
        reduce_score_bins(table, [], score="s", label="y", bins=10)


def test_weights_add_up_exactly_in_any_order(stored):
    people = _people()
    whole, first, second = (
        reduce_weighted_scores(stored(part), score="s", label="y", weight="w")
        for part in (people, people[:900], people[900:])
    )
    assert (second + first).digest() == whole.digest()
    assert whole.rows == len(people)
    for label in (0, 1):
        mine = people["w"].to_numpy()[people["y"].to_numpy() == label]
        assert float(whole.total[:, label].sum()) == pytest.approx(mine.sum(), rel=1e-13)
        assert float(whole.squares[:, label].sum()) == pytest.approx((mine**2).sum(), rel=1e-13)


@pytest.mark.parametrize("odd", [-1.0, float("nan"), float("inf"), None])
def test_odd_weights_are_refused(stored, odd):
    table = stored({"s": [0.5, 0.6, 0.7], "y": [0, 1, 1], "w": pa.array([0.0, odd, odd])})
    with pytest.raises(
        ValueError, match="expected finite weights of at least 0 in 'w', got others in 2 rows"
    ):
        reduce_weighted_scores(table, score="s", label="y", weight="w")
