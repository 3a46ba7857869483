"""A training run gives the same model for the same input, and never a sensitive input."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io
from fairlearn.metrics import demographic_parity_difference

from audits.jobs import scoring, train
from audits.jobs.contract import Job, Outcome, Refused

# the exporter's and Fairlearn's own, of which our code can mend none; the exporter turns
# numpy's warnings about its conversions into errors when warnings are errors
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

FEATURES = ["income", "debt", "region"]


def applications(rows: int = 400) -> pa.Table:
    """Made-up applications in which a group's income is lower, so that rates differ."""
    random = np.random.RandomState(7)
    group = random.choice(["a", "b"], size=rows)
    income = random.normal(50, 10, rows) - 4 * (group == "b")
    debt = random.normal(20, 5, rows)
    approve = (income - debt + random.normal(0, 10, rows) > 27).astype(int)
    holes = pa.array([None if at % 17 == 0 else value for at, value in enumerate(income)])
    region = pa.array(
        [None if at % 29 == 0 else "north" if at % 2 else "south" for at in range(rows)]
    )
    return pa.table(
        {"income": holes, "debt": debt, "region": region, "group": group, "approve": approve}
    )


def trained(table: pa.Table, folder: Path, **changes: object) -> Outcome:
    """Train on a table, with the defaults of a spec unless changed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "snapshot.parquet"
    pq.write_table(table, path)
    spec = {
        "features": FEATURES, "target": "approve", "favourable": 1,
        "estimator": "logistic_regression", "parameters": {}, "mitigation": None, "seed": 1,
    } | changes  # fmt: skip
    facts = {"sensitive_features": ["group"]}
    return train.work(Job("train", spec, {"snapshot": str(path)}, facts, folder), lambda *_: None)


def digests(outcome: Outcome) -> list[str]:
    return [hashlib.sha256(product.path.read_bytes()).hexdigest() for product in outcome.products]


GRID = {
    "method": "grid_search", "constraint": "demographic_parity", "sensitive": "group",
    "grid_size": 12,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{}, {"estimator": "hist_gradient_boosting"}, {"mitigation": GRID}],
    ids=["logistic", "boosting", "mitigated"],
)
def test_the_same_input_gives_the_same_bytes(tmp_path, changes):
    first = trained(applications(), tmp_path / "first", **changes)
    second = trained(applications(), tmp_path / "second", **changes)
    assert digests(first) == digests(second)
    assert json.dumps(first.details) == json.dumps(second.details)


@pytest.mark.parametrize("estimator", ["logistic_regression", "hist_gradient_boosting"])
def test_the_onnx_model_answers_like_the_skops_model(tmp_path, estimator):
    outcome = trained(applications(), tmp_path, estimator=estimator)
    skops_path, onnx_path = (product.path for product in outcome.products)
    trusted = skops.io.get_untrusted_types(file=skops_path)
    pipeline = skops.io.load(skops_path, trusted=trusted)
    table, signature = applications(), outcome.details["signature"]
    columns = {f["name"]: scoring.model_input(table, f)[:, 0] for f in signature["features"]}
    frame = pa.table({name: pa.array(values) for name, values in columns.items()}).to_pandas()
    exported = scoring.score(scoring.load(onnx_path), table, signature)
    assert exported == pytest.approx(pipeline.predict_proba(frame)[:, 1], abs=1e-4)


ODD_NAMES = [
    "annual income",
    "annual_income",
    "debt-to-income (%)",
    "1st",
    "label",
    "probabilities",
]


def test_a_feature_keeps_its_name_whatever_is_in_it(tmp_path):
    table = applications()
    for number, name in enumerate(ODD_NAMES):
        drawn = np.random.RandomState(number).normal(0, 1, table.num_rows)
        table = table.append_column(name, pa.array(drawn))
    outcome = trained(table, tmp_path, features=[*ODD_NAMES, "region"])
    model = scoring.load(tmp_path / "model.onnx")
    assert set(model.inputs) == {*ODD_NAMES, "region"}
    assert outcome.details["onnx_largest_difference"] < 1e-5


def test_the_smoke_predictions_are_repeated_by_the_exported_model(tmp_path):
    outcome = trained(applications(), tmp_path)
    smoke, signature = outcome.details["smoke"], outcome.details["signature"]
    rows = pa.Table.from_pylist(smoke["inputs"])
    again = scoring.score(scoring.load(outcome.products[1].path), rows, signature)
    assert again == pytest.approx(smoke["scores"], abs=1e-4)


def test_mitigation_makes_the_gap_smaller_and_needs_no_group_to_predict(tmp_path):
    table = applications(1000)
    gaps = []
    for name, mitigation in (("plain", None), ("mitigated", GRID)):
        outcome = trained(table, tmp_path / name, mitigation=mitigation)
        signature = outcome.details["signature"]
        assert "group" not in [feature["name"] for feature in signature["features"]]
        scores = scoring.score(scoring.load(outcome.products[1].path), table, signature)
        gaps.append(
            demographic_parity_difference(
                table["approve"].to_pylist(), scores >= 0.5,
                sensitive_features=table["group"].to_pylist(),
            )
        )  # fmt: skip
    assert gaps[1] < 0.75 * gaps[0]


def test_every_point_of_the_grid_is_in_the_record(tmp_path):
    details = trained(applications(), tmp_path, mitigation=GRID).details
    chosen = details["mitigation"]["chosen"]
    by_number = {point["number"]: point for point in details["mitigation_grid"]}
    best = max(point["accuracy"] for point in by_number.values())
    close = [p for p in by_number.values() if p["accuracy"] >= best - 0.05]
    assert by_number[chosen]["disparity"] == min(point["disparity"] for point in close)


def test_the_signature_names_the_two_classes_of_the_target(tmp_path):
    table = applications()
    at = table.column_names.index("approve")
    words = pa.array(["good" if value else "bad" for value in table["approve"].to_pylist()])
    outcome = trained(table.set_column(at, "approve", words), tmp_path, favourable="good")
    assert outcome.details["signature"]["classes"] == ["bad", "good"]


def one_class() -> pa.Table:
    table = applications()
    at = table.column_names.index("approve")
    return table.set_column(at, "approve", pa.array([1] * table.num_rows))


def target_with_holes() -> pa.Table:
    table = applications()
    at = table.column_names.index("approve")
    return table.set_column(at, "approve", pa.array([None, *table["approve"].to_pylist()[1:]]))


@pytest.mark.parametrize(
    ("table", "changes", "sentence"),
    [
        (applications(), {"features": [*FEATURES, "approve"]}, "'approve' is among them"),
        (applications(), {"features": [*FEATURES, "group"]}, "group are declared sensitive"),
        (applications(), {"features": [*FEATURES, "height"]}, "expected the columns height"),
        (one_class(), {}, "expected two classes in the target 'approve', got 1: 1"),
        (target_with_holes(), {}, "but 1 of 400 have none"),
        (applications(), {"favourable": "yes"}, "favourable outcome 'yes' among the values"),
        (applications().slice(0, 0), {}, "the snapshot has none"),
        (applications(), {"parameters": {"depth": 3}}, "got depth"),
        (applications(), {"parameters": {"C": -1}}, "the estimator refused"),
        (applications(), {"mitigation": GRID | {"sensitive": "age"}}, "expected the columns age"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(tmp_path, table, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        trained(table, tmp_path, **changes)


def test_a_single_group_cannot_be_mitigated_between(tmp_path):
    table = applications()
    alone = table.filter(pa.compute.equal(table["group"], "a"))
    with pytest.raises(Refused, match="expected at least two groups in 'group'"):
        trained(alone, tmp_path, mitigation=GRID)
