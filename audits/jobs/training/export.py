"""A fitted pipeline as files that can be loaded without running what is inside: skops, ONNX.

Both are read back at once. The skops file must name only types that skops itself trusts, and
the ONNX model must answer like the pipeline on every training row.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import skops.io
from onnx import GraphProto
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from audits.jobs import scoring
from audits.jobs.contract import Refused
from audits.jobs.training.inputs import Inputs

#: ONNX computes in float32; larger differences than this are not rounding.
LARGEST_DIFFERENCE = 1e-4

#: The ONNX operator sets written: supported by every onnxruntime of the last years.
OPSETS = {"": 18, "ai.onnx.ml": 3}

#: Types that skops leaves to the reader to trust: the array type an imputer was fitted on, and
#: scikit-learn's own tree of a boosted ensemble. Both hold plain values only.
TRUSTED = frozenset(
    {"numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"}
)

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def to_skops(pipeline: Pipeline, path: Path) -> None:
    """Write the pipeline as skops; refuse one that holds any other than trusted types."""
    skops.io.dump(pipeline, path, compression=zipfile.ZIP_DEFLATED)
    _same_bytes_every_time(path)
    if untrusted := sorted(set(skops.io.get_untrusted_types(file=path)) - TRUSTED):
        raise Refused(f"expected only trusted types in the model, got {', '.join(untrusted)}")


def to_onnx_file(pipeline: Pipeline, inputs: Inputs, path: Path) -> None:
    """Write the pipeline as ONNX, with one input per feature, named as the feature is."""
    kinds = {"number": FloatTensorType, "category": StringTensorType}
    types = [(f["name"], kinds[f["type"]]([None, 1])) for f in inputs.features]
    model = to_onnx(
        pipeline,
        initial_types=types,
        options={id(pipeline): {"zipmap": False}},
        target_opset=OPSETS,
        name="pipeline",
    )
    _name_inputs(model.graph, [name for name, _ in types])
    path.write_bytes(model.SerializeToString(deterministic=True))


def largest_difference(
    pipeline: Pipeline, inputs: Inputs, path: Path, table: pa.Table, signature: Mapping[str, Any]
) -> float:
    """How far the ONNX scores lie from the pipeline's on these rows; raises Refused if far."""
    exported = scoring.score(scoring.load(path), table, signature)
    trained = pipeline.predict_proba(inputs.frame)[:, 1]
    difference = float(np.max(np.abs(exported - trained)))
    if not difference <= LARGEST_DIFFERENCE:
        raise Refused(
            f"expected the exported model to answer within {LARGEST_DIFFERENCE} of the trained"
            f" one, but it differs by {difference}"
        )
    return difference


def _name_inputs(graph: GraphProto, names: Sequence[str]) -> None:
    """Give each input its feature's name again: skl2onnx writes identifiers, and keeps some.

    Any other tensor of such a name gives way.
    """
    inputs = {given.name: name for given, name in zip(graph.input, names, strict=True)}
    others = {name: f"assay:{name}" for name in names if name not in inputs}
    called = others | inputs
    for value in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        value.name = called.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [called.get(name, name) for name in node.input]
        node.output[:] = [called.get(name, name) for name in node.output]


def _same_bytes_every_time(path: Path) -> None:
    """Rewrite the archive with counted names, fixed dates and order: same model, same digest.

    skops numbers its nodes and files by memory address, which is another at every run.
    """
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members.pop("schema.json").decode()
    numbers = {address: str(at) for at, address in enumerate(_addresses(schema))}
    renamed = {_renumbered(name, numbers): content for name, content in members.items()}
    renamed["schema.json"] = _renumbered(schema, numbers).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(renamed):
            archive.writestr(_entry(name), renamed[name])


def _addresses(schema: str) -> list[str]:
    """The memory addresses in the schema, each once, in order of appearance."""
    found = re.findall(r'"__id__": (\d+)|"file": "(\d+)\.', schema)
    return list(dict.fromkeys(identity or file for identity, file in found))


def _renumbered(text: str, numbers: Mapping[str, str]) -> str:
    """The text with each address where skops writes one replaced by its number."""
    pattern = r'(?<="__id__": )\d+|(?<="file": ")\d+(?=\.)|^\d+(?=\.\w+$)'
    return re.sub(pattern, lambda found: numbers[found.group()], text)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
