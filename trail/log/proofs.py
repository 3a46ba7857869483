"""Proofs that an entry is in a tree, and that a tree grew from another (RFC 9162, 2.1.3, 2.1.4).

Making one asks `node_at(level, number)` for the root of the complete subtree of 2**level leaves
that is `number`-th from the left. Checking one needs nothing but the proof.
"""

from collections.abc import Callable, Sequence

from trail.log.merkle import node_hash

NodeAt = Callable[[int, int], bytes]


class BadProof(ValueError):
    """The proof does not show what it claims."""


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root of `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"index must be within [0, {size - 1}], got {index}")
    return _path(index, 0, size, node_at)


def consistency_proof(first: int, second: int, node_at: NodeAt) -> list[bytes]:
    """The hashes that show a tree of `second` leaves to begin with one of `first`."""
    if not 0 < first <= second:
        raise ValueError(f"first must be within [1, {second}], got {first}")
    return _subproof(first, 0, second, True, node_at)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to. Raises BadProof if its shape is wrong."""
    _check_hashes(proof, leaf)
    if not 0 <= index < size:
        raise BadProof(f"index must be within [0, {size - 1}], got {index}")
    at, last, total = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            total = node_hash(sibling, total)
            at, last = _past_right_edge(at, last)
        else:
            total = node_hash(total, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return total


def check_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise BadProof unless the proof shows the second tree to begin with the first."""
    _check_hashes(proof, first_root, second_root)
    if not 0 < first <= second:
        raise BadProof(f"first must be within [1, {second}], got {first}")
    if first == second:
        if proof or first_root != second_root:
            raise BadProof("trees of one size must have one root and need no proof")
        return
    if _roots_from_consistency(first, second, first_root, proof) != (first_root, second_root):
        raise BadProof("the proof leads to other roots")


def _roots_from_consistency(
    first: int, second: int, first_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        raise BadProof("the proof is empty")
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            at, last = _past_right_edge(at, last)
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return old, new


def _past_right_edge(at: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a subtree at the right edge has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _check_hashes(*hashes: bytes | Sequence[bytes]) -> None:
    for held in hashes:
        for one in [held] if isinstance(held, bytes) else held:
            if len(one) != 32:
                raise BadProof(f"a hash has 32 bytes, got {len(one)}")


def _path(index: int, start: int, end: int, node_at: NodeAt) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _left_size(end - start)
    if index < middle:
        return [*_path(index, start, middle, node_at), _range_hash(middle, end, node_at)]
    return [*_path(index, middle, end, node_at), _range_hash(start, middle, node_at)]


def _subproof(first: int, start: int, end: int, whole: bool, node_at: NodeAt) -> list[bytes]:
    if first == end:
        return [] if whole else [_range_hash(start, end, node_at)]
    middle = start + _left_size(end - start)
    if first <= middle:
        return [
            *_subproof(first, start, middle, whole, node_at),
            _range_hash(middle, end, node_at),
        ]
    return [
        *_subproof(first, middle, end, False, node_at),
        _range_hash(start, middle, node_at),
    ]


def _left_size(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(start: int, end: int, node_at: NodeAt) -> bytes:
    size = end - start
    if size & (size - 1) == 0:
        return node_at(size.bit_length() - 1, start // size)
    middle = start + _left_size(size)
    return node_hash(_range_hash(start, middle, node_at), _range_hash(middle, end, node_at))
