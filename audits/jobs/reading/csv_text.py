"""A CSV file as a typed table."""

import codecs
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from audits.jobs.contract import Refused
from audits.jobs.reading import column_types, header

#: Always missing, whatever else the caller names.
ALWAYS_MISSING = ("", "NaN", "nan")

_CHUNK = 1 << 20


def read(path: Path, *, delimiter: str, null_values: list[str], required: list[str]) -> pa.Table:
    """Rows with a type for each column. Raises Refused with what is wrong, and where."""
    _check_text(path)
    names = header.of_csv(path, delimiter)
    stripped = [name.strip() for name in names]
    header.check_names(stripped, required)
    texts = _texts(path, names, delimiter, null_values).rename_columns(stripped)
    if not texts.num_rows:
        raise Refused("expected rows below the header, got none")
    columns = [column_types.typed(name, texts.column(name)) for name in stripped]
    return pa.table(columns, names=stripped)


def _check_text(path: Path) -> None:
    """The whole file is UTF-8, or the first line that is not is named."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as odd:
                line += odd.object.count(b"\n", 0, odd.start)
                byte = odd.object[odd.start]
                raise Refused(
                    f"expected text in UTF-8, got the byte 0x{byte:02x} in line {line}"
                ) from odd
            line += chunk.count(b"\n")


def _texts(path: Path, names: list[str], delimiter: str, null_values: list[str]) -> pa.Table:
    """Every column as text, missing where nothing or a code for it stands."""
    ragged: list[csv.InvalidRow] = []

    def remember(row: csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    try:
        return csv.read_csv(
            path,
            # one thread: rows are numbered only then
            csv.ReadOptions(use_threads=False),
            csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=remember
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[*ALWAYS_MISSING, *null_values],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as odd:
        raise _refusal(odd, ragged) from odd


def _refusal(odd: Exception, ragged: list[csv.InvalidRow]) -> Refused:
    if not ragged:
        return Refused(f"expected CSV rows, but they cannot be read: {odd}")
    row = ragged[0]
    # numbered from the header, which is 1
    place = f"row {row.number - 1}" if row.number else "a row"
    return Refused(
        f"expected {row.expected_columns} values in every row, but {place} has"
        f" {row.actual_columns}: {row.text[:100]}"
    )
