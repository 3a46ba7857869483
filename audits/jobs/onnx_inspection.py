"""An ONNX file is read as a description before it is loaded as a program.

Promises: only standard operators, no bytes from other files, no more than a stated size.
It cannot promise that the model is any good.
"""

from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from audits.jobs.contract import Refused

LARGEST_MODEL_BYTES = 256 * 1024 * 1024
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})


def inspect(path: Path) -> onnx.ModelProto:
    """The model's description; raises Refused when it should not be loaded."""
    _check_size(path)
    model = _read(path)
    if not model.graph.node:
        raise Refused("expected an ONNX model, but the file holds no ONNX graph")
    if foreign := sorted(set(_foreign_operators(model))):
        raise Refused(f"expected standard ONNX operators only, got {', '.join(foreign)}")
    if external := sorted(_external_tensors(model.graph)):
        raise Refused(f"expected all weights in the file, but {external[0]} points outside it")
    return model


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_MODEL_BYTES:
        raise Refused(f"expected an ONNX model of at most {LARGEST_MODEL_BYTES} bytes, got {size}")


def _read(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load_model(str(path), load_external_data=False)
    except DecodeError as broken:
        raise Refused("expected an ONNX model, but the file cannot be read as one") from broken


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and every graph inside its nodes (branches of If, bodies of Loop)."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from _graphs(inner)


def _foreign_operators(model: onnx.ModelProto) -> Iterator[str]:
    nodes = [node for graph in _graphs(model.graph) for node in graph.node]
    nodes += [node for function in model.functions for node in function.node]
    for node in nodes:
        if node.domain not in STANDARD_DOMAINS:
            yield f"{node.domain}.{node.op_type}"


def _external_tensors(root: onnx.GraphProto) -> Iterator[str]:
    for graph in _graphs(root):
        attributes = [attribute for node in graph.node for attribute in node.attribute]
        tensors = [*graph.initializer, *(attribute.t for attribute in attributes)]
        for tensor in tensors:
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                yield tensor.name or "a tensor"
