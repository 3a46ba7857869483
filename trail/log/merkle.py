"""The Merkle tree of RFC 6962: hashes, growth, root.

The right edge is a list of the roots of complete subtrees, largest first: what a tree of any
size needs to grow, and no more than 64 hashes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(envelope: bytes) -> bytes:
    """Hash of one entry's bytes."""
    return sha256(b"\x00" + envelope).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def append(edge: list[bytes], size: int, leaf: bytes) -> None:
    """Grow a tree of `size` leaves, held as its edge, by one leaf."""
    while size & 1:
        leaf = sha256(b"\x01" + edge.pop() + leaf).digest()
        size >>= 1
    edge.append(leaf)


def root(edge: Sequence[bytes]) -> bytes:
    """The root of the tree with this edge."""
    if not edge:
        return EMPTY_ROOT
    total = edge[-1]
    for subtree in reversed(edge[:-1]):
        total = node_hash(subtree, total)
    return total


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    edge: list[bytes] = []
    for size, leaf in enumerate(leaves):
        append(edge, size, leaf)
    return root(edge)


def split(edge: bytes) -> list[bytes]:
    """An edge as it is stored, as a list."""
    return [edge[at : at + 32] for at in range(0, len(edge), 32)]
