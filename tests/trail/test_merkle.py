"""The tree against RFC 6962's published values, an independent definition, and itself."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trail.log import merkle, proofs
from trail.log.tiles import WIDTH, TileGrowth

# certificate-transparency's reference leaves and roots, used by every implementation since.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243",
        "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def node_at(hashes: list[bytes]):
    def at(level: int, number: int) -> bytes:
        return merkle.root_of(hashes[number << level : (number + 1) << level])

    return at


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_published(size):
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    assert merkle.root_of(hashes).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.root([]).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@given(st.lists(st.binary(max_size=8), max_size=120))
def test_growth_leaf_by_leaf_gives_the_root_of_the_definition(leaves):
    assert merkle.root_of(map(merkle.leaf_hash, leaves)) == tree_hash(leaves)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_inclusion_proof_leads_to_the_root_and_no_changed_one_does(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    hashes = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    root, proof = merkle.root_of(hashes), proofs.inclusion_proof(index, size, node_at(hashes))
    assert proofs.root_from_inclusion(hashes[index], index, size, proof) == root
    if proof:
        broken = _flipped(data, proof)
        assert proofs.root_from_inclusion(hashes[index], index, size, broken) != root
        with pytest.raises(proofs.BadProof):
            proofs.root_from_inclusion(hashes[index], index, size, proof[:-1])
    with pytest.raises(proofs.BadProof):
        proofs.root_from_inclusion(hashes[index], index, size, [*proof, root])


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_consistency_proof_holds_and_no_changed_one_does(data):
    second = data.draw(st.integers(1, 300))
    first = data.draw(st.integers(1, second))
    hashes = [merkle.leaf_hash(str(n).encode()) for n in range(second)]
    old, new = merkle.root_of(hashes[:first]), merkle.root_of(hashes)
    proof = proofs.consistency_proof(first, second, node_at(hashes))
    proofs.check_consistency(first, second, old, new, proof)
    for wrong in ([_flipped(data, proof)] if proof else []) + [[*proof, new]]:
        with pytest.raises(proofs.BadProof):
            proofs.check_consistency(first, second, old, new, wrong)


def test_proofs_of_every_size_up_to_80_hold():
    hashes = [merkle.leaf_hash(str(n).encode()) for n in range(80)]
    roots = [merkle.root_of(hashes[:size]) for size in range(81)]
    at = node_at(hashes)
    for size in range(1, 81):
        for index in range(size):
            proof = proofs.inclusion_proof(index, size, at)
            assert proofs.root_from_inclusion(hashes[index], index, size, proof) == roots[size]
            path = proofs.consistency_proof(index + 1, size, at)
            proofs.check_consistency(index + 1, size, roots[index + 1], roots[size], path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4)])
def test_a_proof_outside_the_tree_is_refused(index, size):
    with pytest.raises(proofs.BadProof):
        proofs.root_from_inclusion(bytes(32), index, size, [])


def test_a_short_hash_in_a_proof_is_refused():
    with pytest.raises(proofs.BadProof, match="32 bytes"):
        proofs.root_from_inclusion(bytes(32), 0, 2, [bytes(31)])


def test_tiles_grown_in_any_portions_are_the_same():
    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(3 * WIDTH + 17)]
    at_once = list(TileGrowth().grow(leaves))
    growth = TileGrowth()
    assert [
        t for n in range(0, len(leaves), 100) for t in growth.grow(leaves[n : n + 100])
    ] == at_once
    assert [(t.level, t.number, t.width) for t in at_once] == [
        (0, 0, 256), (1, 0, 1), (0, 1, 256), (1, 0, 2), (0, 2, 256), (1, 0, 3),
    ]  # fmt: skip
    assert at_once[3].hashes[32:] == merkle.root_of(leaves[WIDTH : 2 * WIDTH])


def test_a_tile_of_level_one_closes_into_level_two():
    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(WIDTH * WIDTH)]
    last = list(TileGrowth().grow(leaves))[-1]
    assert (last.level, last.number, last.width) == (2, 0, 1)
    assert last.hashes == merkle.root_of(leaves)


def _flipped(data, proof):
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(proof[at])
    changed[bit // 8] ^= 1 << bit % 8
    return [*proof[:at], bytes(changed), *proof[at + 1 :]]
