"""Small ONNX models that can be seen through, and people to explain them on.

Each takes income and debt (numbers), sex and region (text), and answers with a probability.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper

from audits.jobs.contract import Job

TYPES = {"income": "number", "debt": "number", "sex": "category", "region": "category"}

SIGNATURE = {
    "features": [{"name": name, "type": kind} for name, kind in TYPES.items()],
    "target": "approve", "favourable": 1,
}  # fmt: skip

SPEC = {"repeats": 4, "rows": 1000, "seed": 7}


def people(rows: int = 1000, seed: int = 5) -> pa.Table:
    """Made-up people: incomes of whole thousands, half of them above 50."""
    drawn = np.random.RandomState(seed)
    income = drawn.permutation(np.arange(rows) % 101).astype(float)
    return pa.table(
        {
            "income": income,
            "debt": drawn.randint(0, 41, rows).astype(float),
            "sex": drawn.choice(np.array(["female", "male"], dtype=object), rows),
            "region": drawn.choice(np.array(["north", "south"], dtype=object), rows),
            "approve": ((income > 50) ^ (drawn.rand(rows) < 0.1)).astype(np.int64),
        }
    )


def only_income() -> list[onnx.NodeProto]:
    """Steadily more with income; NaN, and so no answer, where it is missing."""
    return [
        _number("fifty", 50), _number("ten", 10),
        helper.make_node("Sub", ["income", "fifty"], ["over"]),
        helper.make_node("Div", ["over", "ten"], ["far"]),
        helper.make_node("Sigmoid", ["far"], ["score"]),
    ]  # fmt: skip


def income_and_debt() -> list[onnx.NodeProto]:
    """Steadily more with the sum of both."""
    return [
        _number("hundred", 100), _number("ten", 10),
        helper.make_node("Add", ["income", "debt"], ["both"]),
        helper.make_node("Sub", ["both", "hundred"], ["over"]),
        helper.make_node("Div", ["over", "ten"], ["far"]),
        helper.make_node("Sigmoid", ["far"], ["score"]),
    ]  # fmt: skip


def small_tree() -> list[onnx.NodeProto]:
    """0.2 up to an income of 50; above it 0.9, or 0.6 with a debt above 20."""
    return [
        *(_number(name, said) for name, said in _LEAVES.items()),
        helper.make_node("Greater", ["income", "fifty"], ["rich"]),
        helper.make_node("Greater", ["debt", "twenty"], ["indebted"]),
        helper.make_node("Where", ["indebted", "some", "most"], ["of_rich"]),
        helper.make_node("Where", ["rich", "of_rich", "least"], ["score"]),
    ]


_LEAVES = {"fifty": 50, "twenty": 20, "least": 0.2, "some": 0.6, "most": 0.9}


def by_sex() -> list[onnx.NodeProto]:
    """0.7 for men, 0.3 for everybody else, and nothing but that."""
    keys = {"keys_strings": ["male"], "values_floats": [0.7], "default_float": 0.3}
    return [helper.make_node("LabelEncoder", ["sex"], ["score"], domain="ai.onnx.ml", **keys)]


def known_regions_only() -> list[onnx.NodeProto]:
    """0.2 in the north, 0.8 in the south, an error elsewhere and where the region is missing."""
    known: dict[str, Any] = {"cats_strings": ["north", "south"], "zeros": 0}
    return [
        helper.make_node("OneHotEncoder", ["region"], ["hot"], domain="ai.onnx.ml", **known),
        helper.make_node("Constant", [], ["worth"], value_floats=[0.2, 0.8]),
        helper.make_node("Mul", ["hot", "worth"], ["worths"]),
        helper.make_node("Constant", [], ["axes"], value_ints=[2]),
        helper.make_node("ReduceSum", ["worths", "axes"], ["score"], keepdims=0),
    ]


def always_the_same() -> list[onnx.NodeProto]:
    """0.4 for everybody."""
    return [
        _number("nothing", 0), _number("score_of_all", 0.4),
        helper.make_node("IsNaN", ["debt"], ["unknown"]),
        helper.make_node("Where", ["unknown", "score_of_all", "score_of_all"], ["one"]),
        helper.make_node("Add", ["one", "nothing"], ["score"]),
    ]  # fmt: skip


def job(folder: Path, nodes: list[onnx.NodeProto], table: pa.Table, **changes: Any) -> Job:
    """A job that explains the model on these people; keywords change its spec."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder / "model.onnx", nodes)
    pq.write_table(table, folder / "snapshot.parquet")
    inputs = {name: str(folder / file) for name, file in _FILES.items()}
    facts = {"signature": SIGNATURE, "sensitive_features": ["age"]}
    return Job("explain", SPEC | changes, inputs, facts, folder / "products")


_FILES = {"model": "model.onnx", "snapshot": "snapshot.parquet"}


def _number(name: str, said: float) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value_float=float(said))


def _save(path: Path, nodes: list[onnx.NodeProto]) -> None:
    both = [
        _number("one_in_all", 1),
        helper.make_node("Sub", ["one_in_all", "score"], ["other"]),
        helper.make_node("Concat", ["other", "score"], ["probabilities"], axis=1),
    ]
    held = {"number": TensorProto.FLOAT, "category": TensorProto.STRING}
    given = [
        helper.make_tensor_value_info(name, held[kind], [None, 1]) for name, kind in TYPES.items()
    ]
    answer = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])
    graph = helper.make_graph([*nodes, *both], "known", given, [answer])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))
