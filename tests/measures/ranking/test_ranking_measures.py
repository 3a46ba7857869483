from itertools import pairwise, permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from measures.ranking.measures import (
    average_precision,
    dcg,
    discounts_per_item,
    hit,
    ndcg,
    precision,
    reciprocal_rank,
)
from measures.reduce.ranked import Ranked, query_scores, reduce_ranked
from measures.reduce.statistic import NotMergeable

COLUMNS = {"query": "q", "score": "s", "relevance": "r"}


def _items(queries: int, seed: int = 6) -> pa.Table:
    """Queries of 2 to 12 items, many tied, relevance 0 to 4; each has a relevant item."""
    drawn = np.random.RandomState(seed)
    sizes = drawn.randint(2, 13, queries)
    rows = sizes.sum()
    relevance = drawn.randint(0, 5, rows)
    relevance[np.cumsum(sizes) - 1] = 1
    return pa.table(
        {
            "q": np.repeat(np.arange(queries), sizes),
            "s": drawn.randint(0, 6, rows) / 5,
            "r": relevance,
            "g": drawn.choice(["a", "b"], rows),
        }
    )


def _lists(items: pa.Table):
    """By query name, its relevances and scores."""
    frame = {name: items[name].to_numpy() for name in "qsr"}
    return {
        str(query): (frame["r"][frame["q"] == query], frame["s"][frame["q"] == query])
        for query in np.unique(frame["q"])
    }


def _one(*queries) -> Ranked:
    """Rankings from lists of (score, relevance), as the reduction would sort them."""
    pairs = [sorted(query, key=lambda pair: (-pair[0], -pair[1])) for query in queries]
    flat = np.array([pair for query in pairs for pair in query], dtype=np.float64)
    starts = np.cumsum([0, *map(len, pairs)])
    names = tuple(f"{i:04}" for i in range(len(pairs)))
    return Ranked(names, starts, flat[:, 0], flat[:, 1], ("",), np.zeros(len(flat), dtype=int))


@pytest.mark.parametrize("k", [None, 1, 3, 10])
def test_ndcg_and_dcg_are_scikit_learns_ties_included(stored, k):
    items = _items(300)
    ranked = reduce_ranked(stored(items), **COLUMNS)
    gain, share = dcg(ranked, k=k), ndcg(ranked, k=k)
    for place, (query, (relevance, score)) in enumerate(sorted(_lists(items).items())):
        assert gain.queries[place] == query
        expected = reference.dcg_score([relevance], [score], k=k)
        assert gain.values[place] == pytest.approx(expected, rel=1e-12)
        expected = reference.ndcg_score([relevance], [score], k=k)
        assert share.values[place] == pytest.approx(expected, rel=1e-12)


def test_exponential_gains_are_linear_ones_of_two_to_the_relevance_minus_one(stored):
    items = _items(100)
    found = ndcg(reduce_ranked(stored(items), **COLUMNS), k=5, gains="exponential")
    for place, (_, (relevance, score)) in enumerate(sorted(_lists(items).items())):
        expected = reference.ndcg_score([2.0**relevance - 1], [score], k=5)
        assert found.values[place] == pytest.approx(expected, rel=1e-12)


def test_the_published_example_of_ndcg_comes_out():
    # relevances 3, 2, 3, 0, 1, 2 in the order shown: Wikipedia, "Discounted cumulative gain"
    ranked = _one([(-i, r) for i, r in enumerate([3, 2, 3, 0, 1, 2])])
    assert dcg(ranked).values == pytest.approx([6.861], abs=5e-4)
    ideal = dcg(_one([(-i, r) for i, r in enumerate([3, 3, 2, 2, 1, 0])])).values
    assert ndcg(ranked).values == pytest.approx(dcg(ranked).values / ideal)


def _orders(query):
    """Every order of the items in which none precedes one of a higher score."""
    for order in permutations(sorted(query, reverse=True)):
        if all(one[0] >= other[0] for one, other in pairwise(order)):
            yield [relevance >= 1 for _, relevance in order]


def _expected(measure, query) -> float:
    return float(np.mean([measure(order) for order in _orders(query)]))


def _mean_precision(order) -> float:
    return float(np.mean([np.mean(order[: i + 1]) for i, held in enumerate(order) if held]))


queries = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 1.0])),
    min_size=1,
    max_size=6,
).filter(lambda query: any(relevance for _, relevance in query))


@given(st.lists(queries, min_size=1, max_size=4), st.integers(1, 7))
def test_where_scores_tie_the_value_is_the_mean_over_all_orders(several, k):
    ranked = _one(*several)
    by_order = {
        reciprocal_rank(ranked): lambda order: 1 / (order.index(True) + 1),
        precision(ranked, k=k): lambda order: sum(order[:k]) / k,
        hit(ranked, k=k): lambda order: float(any(order[:k])),
        average_precision(ranked): _mean_precision,
    }
    for found, measure in by_order.items():
        expected = [_expected(measure, query) for query in several]
        assert found.values == pytest.approx(expected, rel=1e-10), found.measure


def test_average_precision_without_ties_is_scikit_learns():
    drawn = np.random.RandomState(1)
    score, relevance = drawn.permutation(200), drawn.randint(0, 2, 200)
    found = average_precision(_one(list(zip(score, relevance, strict=True)))).values
    assert found == pytest.approx([reference.average_precision_score(relevance, score)])


def test_rankings_by_hand():
    ranked = _one([(3, 0), (2, 1), (1, 1)], [(1, 1)], [(9, 0), (8, 0)])
    assert reciprocal_rank(ranked).values.tolist()[:2] == [0.5, 1.0]
    assert precision(ranked, k=2).values.tolist()[:2] == [0.5, 0.5]
    assert hit(ranked, k=1).values.tolist()[:2] == [0.0, 1.0]
    assert average_precision(ranked).values[:2] == pytest.approx([(1 / 2 + 2 / 3) / 2, 1.0])
    assert discounts_per_item(ranked)[:3] == pytest.approx([1.0, 1 / np.log2(3), 0.5])


def test_a_query_without_a_relevant_item_has_no_value():
    ranked = _one([(1, 0), (0, 0)], [(1, 1)])
    several = (
        ndcg(ranked),
        reciprocal_rank(ranked),
        precision(ranked, k=1),
        hit(ranked, k=1),
        average_precision(ranked),
    )
    for found in several:
        assert np.isnan(found.values).tolist() == [True, False], found.measure
    assert dcg(ranked).values.tolist() == [0.0, 1.0]


def test_relevance_counts_from_where_it_is_said_to():
    ranked = _one([(2, 1), (1, 3)])
    assert reciprocal_rank(ranked).values == 1.0
    assert reciprocal_rank(ranked, relevant_from=2.0).values == 0.5


def _values(items, stored):
    ranked = reduce_ranked(stored(items), **COLUMNS, group="g")
    found = [ndcg(ranked), average_precision(ranked), hit(ranked, k=3)]
    return [each.digest() for each in found], ranked.group.tolist()


def test_the_order_of_the_rows_changes_no_ranking(stored):
    items = _items(400)
    shuffled = items.take(np.random.RandomState(3).permutation(len(items)))
    assert _values(items, stored) == _values(shuffled, stored)


def test_the_values_of_parts_add_to_those_of_the_whole(stored):
    items = _items(50)
    whole = ndcg(reduce_ranked(stored(items), **COLUMNS))
    numbers = items["q"].to_numpy()
    parts = [
        ndcg(reduce_ranked(stored(items.filter(pa.array(mask))), **COLUMNS))
        for mask in (numbers % 3 == 0, numbers % 3 != 0)
    ]
    assert (parts[0] + parts[1]).digest() == (parts[1] + parts[0]).digest() == whole.digest()


def test_a_query_in_two_parts_or_two_measures_are_not_added():
    one, other = _one([(1, 1)]), _one([(1, 1)], [(1, 0)])
    with pytest.raises(NotMergeable, match="got '0000' in both"):
        ndcg(one) + ndcg(other)
    with pytest.raises(NotMergeable, match="expected the same measure"):
        ndcg(one) + dcg(other)


@pytest.mark.parametrize(
    ("column", "odd", "says"),
    [
        ("q", None, "expected a query in every row of 'q', got 1 missing"),
        ("s", float("nan"), r"in 's' and 'r', got .* in 1 rows: s=nan, r=1.0"),
        ("r", float("inf"), r"in 's' and 'r', got .* in 1 rows: s=0.5, r=inf"),
        ("r", -1.0, "expected relevance of at least 0 in 'r', got 1 below, the lowest -1.0"),
    ],
)
def test_items_that_cannot_be_ranked_are_refused(stored, column, odd, says):
    columns = {"q": ["x", "x"], "s": [1.0, 0.5], "r": [0.0, 1.0]}
    columns[column] = [columns[column][0], odd]
    with pytest.raises(ValueError, match=says):
        reduce_ranked(stored(columns), **COLUMNS)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda ranked: ndcg(ranked, k=0), "k must be at least 1, got 0"),
        (lambda ranked: hit(ranked, k=0), "k must be at least 1, got 0"),
        (lambda ranked: ndcg(ranked, gains="steep"), "'linear' or 'exponential', got 'steep'"),
        (lambda ranked: dcg(ranked, gains="exponential"), "at most 1000 for exponential"),
        (lambda ranked: precision(ranked, k=1, relevant_from=0), "relevant_from must be above"),
        (lambda ranked: query_scores("x", ("a",), np.ones(1), np.zeros(1)), "weights above 0"),
    ],
)
def test_measures_of_rankings_refuse_what_they_cannot_mean(call, says):
    with pytest.raises(ValueError, match=says):
        call(_one([(1.0, 2000.0), (0.0, 1.0)]))


@pytest.mark.parametrize(
    "names",
    [
        pa.array([2.0, 10.0, 2.0]),
        pa.array([2, 10, 2], pa.int8()),
        pa.array(["2", "10", "2"]).dictionary_encode(),
    ],
)
def test_queries_are_named_by_the_text_of_their_value(stored, names):
    ranked = reduce_ranked(stored({"q": names, "s": [1.0, 0.0, 3.0], "r": [0, 1, 1]}), **COLUMNS)
    assert ranked.queries == ("10", "2")
    assert ranked.scores.tolist() == [0.0, 3.0, 1.0]


def test_an_empty_table_has_no_query_and_no_value(stored):
    ranked = reduce_ranked(stored(_items(2)[:0]), **COLUMNS)
    several = (ndcg(ranked), reciprocal_rank(ranked), hit(ranked, k=2), average_precision(ranked))
    assert [len(found.values) for found in several] == [0, 0, 0, 0]
