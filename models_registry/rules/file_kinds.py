"""What a file is, by its first bytes, whatever its name says.

Only CSV text and Parquet are taken as data. It cannot tell good CSV from bad; that is
found out when the rows are read.
"""

import re
from typing import Literal

Format = Literal["csv", "parquet"]

#: How many of the first bytes `kind_of` wants to see.
HEAD = 8192

ACCEPTED: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "parquet": "parquet",
    "pq": "parquet",
}

CSV, PARQUET, PICKLE, EMPTY = "CSV text", "Parquet", "a Python pickle", "empty"

#: What a file of each format is, as `kind_of` says it.
KINDS: dict[Format, str] = {"csv": CSV, "parquet": PARQUET}

_MAGIC = (
    (b"PAR1", PARQUET),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ\x00", "xz-compressed"),
    (b"\x28\xb5\x2f\xfd", "zstandard-compressed"),
    (b"\x78\x01", "zlib-compressed, as joblib writes pickles"),
    (b"\x78\x9c", "zlib-compressed, as joblib writes pickles"),
    (b"\x78\xda", "zlib-compressed, as joblib writes pickles"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office document"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe", "text in UTF-16, not UTF-8"),
    (b"\xfe\xff", "text in UTF-16, not UTF-8"),
)
_TEXT_PICKLE = re.compile(rb"\A(\(|[\]}]|c[\w.]+\n[\w.]+\n)")


def kind_of(head: bytes, tail: bytes) -> str:
    """What the file is, in words, by its first bytes (up to `HEAD`) and its last."""
    if not head:
        return EMPTY
    if _is_pickle(head, tail):
        return PICKLE
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _kind_of_text(head)


def format_of(name: str) -> Format | None:
    """The format a file's name promises; None if it promises something else, or nothing."""
    return ACCEPTED.get(name.rpartition(".")[2].lower()) if "." in name else None


def _is_pickle(head: bytes, tail: bytes) -> bool:
    binary = head[0] == 0x80 and len(head) > 1 and 2 <= head[1] <= 5
    return binary or (tail.endswith(b".") and bool(_TEXT_PICKLE.match(head)))


def _kind_of_text(head: bytes) -> str:
    if b"\x00" in head:
        return "binary"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"<": "HTML or XML", b"{": "JSON", b"[": "JSON"}.get(start, CSV)
