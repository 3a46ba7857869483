"""From the text of a YAML document to plain values, refusing everything ambiguous.

Only mappings, sequences and plain scalars are read. Anchors, aliases and tags are refused (so
a small document cannot unfold into a huge one), a key may be given once, and a number is kept
as the Decimal that was written: 0.80 is never a binary fraction.
"""

import re
from decimal import Decimal
from typing import Any

import yaml
from yaml import events, nodes

from governance.rules.faults import Unreadable

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
_TRUTH = {"true": True, "false": False}


def read(text: str) -> Any:
    """The document's values. Raises Unreadable."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Unreadable(("", f"a policy has at most {MAX_BYTES} bytes, this one has {size}"))
    try:
        _refuse_shortcuts(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(("", f"this is not a YAML document: {_oneline(error)}")) from error
    if not isinstance(root, nodes.MappingNode):
        raise Unreadable(("", "a policy is a YAML mapping of keys to values"))
    return _value(root, "")


def _refuse_shortcuts(text: str) -> None:
    """Refuse anchors, aliases, tags, a second document and deep nesting, before composing."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        documents += isinstance(event, events.DocumentStartEvent)
        depth += isinstance(event, events.CollectionStartEvent)
        depth -= isinstance(event, events.CollectionEndEvent)
        if fault := _shortcut(event, depth, documents):
            line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
            raise Unreadable((line, fault))


def _shortcut(event: events.Event, depth: int, documents: int) -> str:
    if isinstance(event, events.NodeEvent) and event.anchor is not None:
        return "anchors and aliases (& and *) are not read in a policy"
    if (tag := getattr(event, "tag", None)) is not None:
        return f"tags are not read in a policy, got {tag}"
    if depth > MAX_DEPTH:
        return f"a policy nests at most {MAX_DEPTH} levels deep"
    return "a policy is one YAML document, this is a second" if documents > 1 else ""


def _value(node: nodes.Node, place: str) -> Any:
    if isinstance(node, nodes.MappingNode):
        return _mapping(node, place)
    if isinstance(node, nodes.SequenceNode):
        return [_value(item, f"{place}/{i}") for i, item in enumerate(node.value)]
    return _scalar(node, place)


def _mapping(node: nodes.MappingNode, place: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, nodes.ScalarNode):
            raise Unreadable((place, "a key is a word"))
        if key.value in values:
            raise Unreadable((f"{place}/{key.value}", "this key is given twice"))
        values[key.value] = _value(value, f"{place}/{key.value}")
    return values


def _scalar(node: nodes.Node, place: str) -> Any:
    kind, text = node.tag.removeprefix(_TAG), node.value
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if kind == "int" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "float" and _DECIMAL.fullmatch(text):
        return Decimal(text)
    if kind in {"int", "float"}:
        raise Unreadable((place, f"a number is written like 0.80 or 12, got {text}"))
    return text


def _oneline(error: Exception) -> str:
    return " ".join(str(error).split())
