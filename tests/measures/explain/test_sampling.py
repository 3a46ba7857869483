import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from measures.explain import sampling
from measures.explain.sampling import canonical_order, scored

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(allow_nan=False, width=32)),
        st.one_of(st.none(), st.sampled_from("abc")),
        st.integers(-3, 3),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def _table(rows):
    types = (pa.float64(), pa.string(), pa.int32(), pa.bool_())
    return pa.table(
        {
            name: pa.array(list(values), kind)
            for name, kind, values in zip("xyzw", types, zip(*rows, strict=True), strict=True)
        }
    )


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_table_changes_nothing(rows, shuffler):
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    one, other = _table(rows), _table(shuffled)
    ours = one.take(pa.array(canonical_order(one, seed=1)))
    assert ours.equals(other.take(pa.array(canonical_order(other, seed=1))))


@given(ROWS)
def test_every_row_is_in_the_order_once(rows):
    assert sorted(canonical_order(_table(rows), seed=3)) == list(range(len(rows)))


def test_another_seed_gives_another_order():
    table = pa.table({"x": range(50)})
    assert list(canonical_order(table, seed=1)) != list(canonical_order(table, seed=2))


def test_a_dictionary_is_ordered_as_the_text_it_stands_for():
    text = pa.array(["b", None, "a", "c", "b"])
    plain, coded = pa.table({"x": text}), pa.table({"x": text.dictionary_encode()})
    assert list(canonical_order(plain, seed=1)) == list(canonical_order(coded, seed=1))


def test_equal_rows_are_sampled_one_by_one_not_all_or_none():
    table = pa.table({"x": [0] * 600 + [1] * 400})
    drawn = [int((canonical_order(table, seed=seed)[:100] < 600).sum()) for seed in range(60)]
    assert 55 < np.mean(drawn) < 65
    assert np.std(drawn) < 8  # hypergeometric: 4.6


def test_every_row_is_as_likely_to_be_in_the_sample():
    table = pa.table({"x": range(20)})
    chosen = np.concatenate([canonical_order(table, seed=seed)[:5] for seed in range(400)])
    assert chisquare(np.bincount(chosen, minlength=20)).pvalue > 0.001


def test_every_prefix_holds_each_stratum_in_its_share():
    strata = np.array([1] * 30 + [0] * 270)
    order = canonical_order(pa.table({"x": np.arange(300.0)}), seed=5, strata=strata)
    for n in (10, 50, 100, 200):
        assert abs(strata[order[:n]].sum() - n / 10) <= 1


def test_strata_must_be_as_many_as_rows():
    with pytest.raises(ValueError, match="expected a stratum for 2 rows, got 3"):
        canonical_order(pa.table({"x": [1, 2]}), seed=1, strata=np.zeros(3))


def test_a_model_is_asked_a_bounded_number_of_rows_at_a_time(monkeypatch):
    monkeypatch.setattr(sampling, "ROWS_PER_CALL", 4)
    asked = []

    def score(table):
        asked.append(table.num_rows)
        return table["x"].to_numpy()

    assert list(scored(score, pa.table({"x": np.arange(10.0)}))) == list(range(10))
    assert asked == [4, 4, 2]


def test_scores_that_are_missing_are_refused_with_the_first_rows():
    given = np.array([1, np.nan, 2, np.inf])
    with pytest.raises(ValueError, match="got nan and the like in 2 rows: row 2, 4"):
        scored(lambda table: given, pa.table({"x": range(4)}))


def test_one_score_per_row_is_expected():
    with pytest.raises(ValueError, match=r"expected 4 scores, one per row, got shape \(3,\)"):
        scored(lambda table: np.zeros(3), pa.table({"x": range(4)}))
