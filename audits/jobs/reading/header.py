"""The names of the columns, checked before a single row is read."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from audits.jobs.contract import Refused

#: More columns than this are taken for a mistake (a transposed table, an embedding).
MOST_COLUMNS = 2_000

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

#: Names that begin so are Assay's own, beside those of the file.
RESERVED = "assay:"

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def of_csv(path: Path, delimiter: str) -> list[str]:
    """The first row of a CSV file. Raises Refused if it is no header."""
    names = _first_row(path, delimiter)
    _check_delimiter(names, delimiter)
    if all(_NUMBER.fullmatch(name) for name in names):
        shown = ", ".join(names[:5])
        raise Refused(f"expected a header with the columns' names in the first row, got {shown}")
    return names


def check_names(names: Sequence[str], required: Sequence[str]) -> None:
    """Raises Refused for too many, unnamed, repeated, reserved or missing columns."""
    if len(names) > MOST_COLUMNS:
        raise Refused(f"expected at most {MOST_COLUMNS} columns, got {len(names)}")
    if "" in names:
        raise Refused(
            f"expected a name for every column, but column {names.index('') + 1} has none"
        )
    _check_characters(names)
    _check_once(names)
    if missing := [name for name in required if name not in names]:
        raise Refused(
            f"expected the columns {', '.join(required)}; missing {', '.join(missing)},"
            f" got {_shortened(names)}"
        )


def _check_characters(names: Sequence[str]) -> None:
    for number, name in enumerate(names, start=1):
        if "\0" in name:
            raise Refused(f"expected text in the name of column {number}, got a NUL in {name!r}")
        if name.lower().startswith(RESERVED):
            raise Refused(f"expected no column name that begins with {RESERVED!r}, got {name!r}")


def _check_once(names: Sequence[str]) -> None:
    """Names that differ only in case are one name to a database."""
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise Refused(f"expected each column once, but {', '.join(repeated)} occurs more than once")
    counted = Counter(name.lower() for name in names)
    if alike := [name for name in names if counted[name.lower()] > 1]:
        raise Refused(f"expected names that differ in more than case, got {_shortened(alike)}")


def _first_row(path: Path, delimiter: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            rows: Iterator[list[str]] = csv.reader(text, delimiter=delimiter)
            return next(row for row in rows if row)
    except StopIteration:
        raise Refused("expected a header and rows, but the file is empty") from None
    except UnicodeDecodeError:
        return []  # said better, with its place, by the check of the whole text
    except csv.Error as odd:
        raise Refused(f"the header cannot be read: {odd}") from odd


def _check_delimiter(names: Sequence[str], delimiter: str) -> None:
    if len(names) != 1:
        return
    found = [other for other in DELIMITERS if other != delimiter and other in names[0]]
    if found:
        raise Refused(
            f"expected columns separated by a {DELIMITERS[delimiter]}, but the header is one"
            f" column with a {DELIMITERS[found[0]]} in it: {names[0][:100]}"
        )


def _shortened(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return shown if len(names) <= 20 else f"{shown} and {len(names) - 20} more"
