import pytest

from audits import specs
from audits.errors import UnknownKind
from audits.states import RunKind
from people.errors import Malformed

TRAIN = {
    "model": 1,
    "snapshot": 2,
    "target": "approve",
    "features": ["income"],
    "estimator": "logistic_regression",
}


def test_an_unknown_kind_is_refused_and_the_kinds_there_are_are_named():
    with pytest.raises(UnknownKind, match=r"ingest, profile, prepare, train.*got 'bake'"):
        specs.read_kind("bake")


def test_every_kind_has_a_spec():
    assert set(specs.SPECS) == set(RunKind)


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(Malformed, match="unknown key 'limit'") as refused:
        specs.read(RunKind.VALIDATE, {"version": 1, "snapshot": 2, "limit": 0.5})
    assert [error["key"] for error in refused.value.errors] == ["limit"]


def test_every_fault_is_named_at_once():
    with pytest.raises(Malformed) as refused:
        specs.read(RunKind.TRAIN, {"model": "1", "snapshot": 2, "estimator": "magic"})
    named = {error["key"] for error in refused.value.errors}
    assert named == {"model", "target", "features", "estimator"}


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("validate", {"version": 1, "snapshot": 2, "threshold": 1.5}, "expected less than 1, got"),
        ("validate", {"version": 1, "snapshot": 2, "resamples": True}, "resamples: expected a who"),
        ("validate", {"version": -1, "snapshot": 2}, "version: expected more than 0, got -1"),
        ("fairness", {"version": 1, "snapshot": 2, "sensitive": []}, "at least 1 of them, got"),
        ("fairness", {"version": 1, "snapshot": 2, "sensitive": ["a x b"]}, "' x ' in their names"),
        ("train", TRAIN | {"features": ["approve"]}, "must not contain the target"),
        ("train", TRAIN | {"features": ["a", "b", "a"]}, "must not repeat, got a"),
        ("train", TRAIN | {"parameters": {"C": float("nan")}}, "finite"),
        ("train", TRAIN | {"seed": 2**32}, "seed"),
        ("train", TRAIN | {"mitigation": {"method": "magic"}}, "mitigation.method"),
        ("predict", {"deployment": 1}, "either rows or a snapshot"),
        ("predict", {"deployment": 1, "rows": [{"a": 1}], "snapshot": 3}, "not both"),
        ("predict", {"deployment": 1, "rows": [{"a": [1]}]}, "rows"),
        ("monitor", {"deployment": 1, "reference": 1, "batches": []}, "batches"),
        (
            "ingest",
            {"into": {"dataset": 1, "outcomes": 1}, "upload": "ab" * 32, "filename": "a.csv",
             "format": "csv"},
            "into",
        ),
        (
            "ingest",
            {"into": {"dataset": 1}, "upload": "../../etc/passwd", "filename": "a",
             "format": "csv"},
            "upload",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(kind, spec, expected):
    with pytest.raises(Malformed, match=expected):
        specs.read(RunKind(kind), spec)


def test_a_fault_between_keys_is_told_at_the_one_to_change():
    spec = {"version": 1, "snapshot": 2, "sensitive": ["race"], "control": ["race"]}
    with pytest.raises(Malformed) as refused:
        specs.read(RunKind.FAIRNESS, spec)
    assert [error["key"] for error in refused.value.errors] == ["control"]


def test_defaults_are_written_out_so_that_the_spec_is_complete():
    read = specs.read(RunKind.TRAIN, TRAIN).model_dump(mode="json")
    assert read["seed"] == 20261123
    assert read["mitigation"] is None
    assert read["favourable"] == 1
