"""How well an ordering puts first what matters, one value for each query.

Promises: where scores tie, the value is the mean over all orders of the tied items, so it
depends on nothing but scores and relevance; NDCG is scikit-learn's. No loop runs over queries.
A query without a relevant item has no value (NaN): nothing could have been put first.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from measures.reduce.ranked import QueryScores, Ranked, query_scores


class _Blocks(NamedTuple):
    """Blocks of tied items, in order; each of shape (n_blocks,).

    `query` is the place of the query, `before` how many items of it rank above the block,
    `size` how many tie in it, `starts` where it begins among all items.
    """

    query: np.ndarray
    before: np.ndarray
    size: np.ndarray
    starts: np.ndarray


def dcg(ranked: Ranked, *, k: int | None = None, gains: str = "linear") -> QueryScores:
    """Discounted cumulative gain of each query.

    Parameters
    ----------
    ranked : Ranked
        Items by query.
    k : int, optional
        Only the first k ranks count; all by default.
    gains : {"linear", "exponential"}
        An item of relevance r gains r (Järvelin and Kekäläinen; scikit-learn) or 2ʳ − 1
        (Burges et al.). At rank i it is divided by log₂(1 + i).

    Returns
    -------
    QueryScores
        At least 0, in units of gain; 0 where nothing is relevant.

    Raises
    ------
    ValueError
        If k is below 1, or the gains have another name or pass the largest float.

    References
    ----------
    K. Järvelin, J. Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques", ACM
    Trans. Inf. Syst. 20(4), 422-446. C. Burges et al. (2005), "Learning to rank using gradient
    descent", ICML. Ties: F. McSherry, M. Najork (2008), "Computing information retrieval
    performance measures efficiently in the presence of tied scores", ECIR.
    """
    name = f"dcg_{gains}{_cutoff(k)}"
    return query_scores(name, ranked.queries, _dcg(ranked, _gains(ranked, gains), k))


def ndcg(ranked: Ranked, *, k: int | None = None, gains: str = "linear") -> QueryScores:
    """Discounted cumulative gain over that of the best possible order, of each query.

    Parameters, errors and references are those of `dcg`.

    Returns
    -------
    QueryScores
        Fractions in [0, 1]; NaN where nothing is relevant (scikit-learn gives 0.0).
    """
    name, gained = f"ndcg_{gains}{_cutoff(k)}", _gains(ranked, gains)
    best = gained[np.lexsort((-gained, ranked.query))]
    discount = _discounts(ranked, k)[_ranks(ranked)]
    ideal = _per_query(ranked, best * discount)
    found = _divided(_dcg(ranked, gained, k), ideal)
    return query_scores(name, ranked.queries, found)


def reciprocal_rank(ranked: Ranked, *, relevant_from: float = 1.0) -> QueryScores:
    """One over the rank of the first relevant item; its mean over queries is the MRR.

    Parameters
    ----------
    ranked : Ranked
        Items by query.
    relevant_from : float, default 1
        An item is relevant from this relevance on; above 0.

    Returns
    -------
    QueryScores
        Fractions in (0, 1]; NaN where nothing is relevant.

    Raises
    ------
    ValueError
        If `relevant_from` is not above 0.

    References
    ----------
    E. M. Voorhees (1999), "The TREC-8 question answering track report", TREC-8. Ties as in
    McSherry and Najork (2008).
    """
    relevant = _relevant(ranked, relevant_from)
    blocks = _blocks(ranked)
    hits = _per_block(blocks, relevant)
    first = (hits > 0) & (_earlier(blocks, hits) == 0)
    block = np.repeat(np.arange(len(hits)), blocks.size)
    item = np.flatnonzero(first[block])
    held = block[item]
    chance = _first_among(item - blocks.starts[held], blocks.size[held], hits[held])
    share = chance / (blocks.before[held] + item - blocks.starts[held] + 1)
    found = _added(ranked, ranked.query[item], share)
    found[_per_query(ranked, relevant) == 0] = np.nan
    return query_scores("reciprocal_rank", ranked.queries, found)


def precision(ranked: Ranked, *, k: int, relevant_from: float = 1.0) -> QueryScores:
    """Share of the first k ranks that hold a relevant item.

    Parameters
    ----------
    ranked : Ranked
        Items by query.
    k : int
        At least 1. A query of fewer items leaves ranks empty, which count as not relevant.
    relevant_from : float, default 1
        An item is relevant from this relevance on; above 0.

    Returns
    -------
    QueryScores
        Fractions in [0, 1]; NaN where nothing is relevant.

    Raises
    ------
    ValueError
        If k is below 1 or `relevant_from` not above 0.

    References
    ----------
    C. D. Manning, P. Raghavan, H. Schütze (2008), "Introduction to Information Retrieval",
    section 8.4.
    """
    relevant, blocks = _relevant(ranked, relevant_from), _blocks(ranked)
    share = _per_block(blocks, relevant) * _slots(blocks, k) / blocks.size
    found = _added(ranked, blocks.query, share) / k
    found[_per_query(ranked, relevant) == 0] = np.nan
    return query_scores(f"precision{_cutoff(k)}", ranked.queries, found)


def hit(ranked: Ranked, *, k: int, relevant_from: float = 1.0) -> QueryScores:
    """Whether the first k ranks hold a relevant item; its mean over queries is the hit rate.

    Parameters and errors are those of `precision`.

    Returns
    -------
    QueryScores
        0 or 1, or between where ties leave it open; NaN where nothing is relevant.

    References
    ----------
    M. Deshpande, G. Karypis (2004), "Item-based top-N recommendation algorithms", ACM Trans.
    Inf. Syst. 22(1), 143-177. Ties as in McSherry and Najork (2008).
    """
    relevant, blocks = _relevant(ranked, relevant_from), _blocks(ranked)
    hits, slots = _per_block(blocks, relevant), _slots(blocks, k)
    # the chance that none of the slots of a block is given to one of its relevant items
    others = blocks.size - hits
    possible = others >= slots
    log_missed = _log_ways(np.maximum(others, slots), slots) - _log_ways(blocks.size, slots)
    missed = np.where(hits * slots > 0, np.where(possible, np.exp(log_missed), 0.0), 1.0)
    found = 1 - np.multiply.reduceat(missed, _first_blocks(ranked, blocks))
    found[_per_query(ranked, relevant) == 0] = np.nan
    return query_scores(f"hit{_cutoff(k)}", ranked.queries, found)


def average_precision(ranked: Ranked, *, relevant_from: float = 1.0) -> QueryScores:
    """Mean, over the relevant items, of the precision at their rank; averaged it is the MAP.

    Parameters
    ----------
    ranked : Ranked
        Items by query.
    relevant_from : float, default 1
        An item is relevant from this relevance on; above 0.

    Returns
    -------
    QueryScores
        Fractions in (0, 1]; NaN where nothing is relevant. Without ties scikit-learn's
        ``average_precision_score``, which treats tied items as shown at once.

    Raises
    ------
    ValueError
        If `relevant_from` is not above 0.

    References
    ----------
    Manning, Raghavan, Schütze (2008), section 8.4. Ties as in McSherry and Najork (2008).
    """
    relevant, blocks = _relevant(ranked, relevant_from), _blocks(ranked)
    hits = _per_block(blocks, relevant)
    above = _earlier(blocks, hits)
    block = np.repeat(np.arange(len(hits)), blocks.size)
    place = np.arange(len(relevant)) - blocks.starts[block]  # from 0 within the block
    size, own = blocks.size[block], hits[block]
    so_far = above[block] + 1 + place * (own - 1) / np.maximum(size - 1, 1)
    share = own / size * so_far / (blocks.before[block] + place + 1)
    found = _divided(_per_query(ranked, share), _per_query(ranked, relevant))
    return query_scores("average_precision", ranked.queries, found)


def discounts_per_item(ranked: Ranked) -> np.ndarray:
    """1/log₂(1 + rank) of each item, the mean over the ranks of those it ties with."""
    blocks = _blocks(ranked)
    total = np.concatenate([[0.0], np.cumsum(_discounts(ranked, None))])
    mean = (total[blocks.before + blocks.size] - total[blocks.before]) / blocks.size
    return np.repeat(mean, blocks.size)


def _gains(ranked: Ranked, gains: str) -> np.ndarray:
    if gains == "linear":
        return ranked.relevance
    if gains != "exponential":
        raise ValueError(f"expected gains 'linear' or 'exponential', got {gains!r}")
    if len(ranked.relevance) and ranked.relevance.max() > 1000:
        raise ValueError(
            f"expected relevance of at most 1000 for exponential gains,"
            f" got {ranked.relevance.max()}"
        )
    return np.exp2(ranked.relevance) - 1


def _dcg(ranked: Ranked, gained: np.ndarray, k: int | None) -> np.ndarray:
    blocks = _blocks(ranked)
    total = np.concatenate([[0.0], np.cumsum(_discounts(ranked, k))])
    discount = total[blocks.before + blocks.size] - total[blocks.before]
    share = _per_block(blocks, gained) / blocks.size * discount
    return _added(ranked, blocks.query, share)


def _discounts(ranked: Ranked, k: int | None) -> np.ndarray:
    """By rank from 0, as long as the longest query; 0 from k on."""
    longest = int(np.diff(ranked.starts).max(initial=0))
    discount = 1 / np.log2(np.arange(longest) + 2)
    if k is not None:
        discount[k:] = 0.0
    return discount


def _ranks(ranked: Ranked) -> np.ndarray:
    """Each item's place in its query, from 0, tied ones in any order."""
    return np.arange(len(ranked.scores)) - np.repeat(ranked.starts[:-1], np.diff(ranked.starts))


def _relevant(ranked: Ranked, relevant_from: float) -> np.ndarray:
    if not relevant_from > 0:
        raise ValueError(f"relevant_from must be above 0, got {relevant_from}")
    return (ranked.relevance >= relevant_from).astype(np.float64)


def _blocks(ranked: Ranked) -> _Blocks:
    bounds = ranked.blocks()
    starts, size = bounds[:-1], np.diff(bounds)
    query = np.searchsorted(ranked.starts, starts, side="right") - 1
    return _Blocks(query, starts - ranked.starts[query], size, starts)


def _first_blocks(ranked: Ranked, blocks: _Blocks) -> np.ndarray:
    """The place of each query's first block."""
    return np.searchsorted(blocks.starts, ranked.starts[:-1])


def _per_block(blocks: _Blocks, values: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, blocks.starts) if len(values) else values


def _added(ranked: Ranked, query: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum of values per query, each given with the place of its query."""
    return np.bincount(query, values, len(ranked.queries)).astype(np.float64)


def _per_query(ranked: Ranked, values: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, ranked.starts[:-1]) if len(values) else values


def _earlier(blocks: _Blocks, counts: np.ndarray) -> np.ndarray:
    """Sum of whole-number counts over the earlier blocks of the same query."""
    before = np.cumsum(counts) - counts
    firsts = np.flatnonzero(blocks.before == 0)
    return before - before[firsts][blocks.query]


def _slots(blocks: _Blocks, k: int) -> np.ndarray:
    """How many of the first k ranks each block fills."""
    _cutoff(k)
    return np.clip(k - blocks.before, 0, blocks.size)


def _first_among(place: np.ndarray, size: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Chance that of `size` items in random order the first of `hits` is at `place`, from 0."""
    left = size - place - 1
    ways = _log_ways(np.maximum(left, hits - 1), hits - 1) - _log_ways(size, hits)
    return np.where(left >= hits - 1, np.exp(ways), 0.0)


def _log_ways(total: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Natural logarithm of the binomial coefficient."""
    return gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)


def _divided(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    undefined = np.full(numerators.shape, np.nan)
    return np.divide(numerators, denominators, out=undefined, where=denominators > 0)


def _cutoff(k: int | None) -> str:
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return "" if k is None else f"_at_{k}"
