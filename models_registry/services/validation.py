"""A row is checked field by field before it is written; what is wrong is said per field."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from people.errors import LostUpdate, Malformed


def check_fields(row: models.Model) -> None:
    """Raises Malformed listing every field that does not hold what it must."""
    references = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude=references)
    except ValidationError as invalid:
        errors = [
            {"field": field, "message": " ".join(messages)}
            for field, messages in invalid.message_dict.items()
        ]
        sentence = "; ".join(f"{error['field']}: {error['message']}" for error in errors)
        raise Malformed(sentence, errors) from invalid


def check_words(field: str, words: Any) -> None:
    """Raises Malformed unless it is a list of different, non-empty texts."""
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise malformed(field, f"expected {field} to be a list of texts, got {words!r}")
    if len(set(words)) < len(words):
        raise malformed(field, f"expected each of {field} once, got {', '.join(words)}")


def change(row: Any, changes: Mapping[str, Any], *, revision: int, allowed: Sequence[str]) -> None:
    """Set fields of a row that still is at `revision`, and count the change; it is not saved.

    Raises LostUpdate, or Malformed naming the first field that cannot be changed.
    """
    _check_revision(row, revision)
    _check_known(changes, allowed)
    for field, value in changes.items():
        setattr(row, field, value)
    row.revision += 1


def _check_known(changes: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for field in changes:
        if field not in allowed:
            raise malformed(field, f"expected one of {', '.join(allowed)}; got {field}")


def _check_revision(row: Any, revision: int) -> None:
    if row.revision != revision:
        raise LostUpdate(
            f"{row} was changed in between: expected revision {revision}, it is at {row.revision}"
        )


def malformed(field: str, message: str) -> Malformed:
    """The error for one field."""
    return Malformed(message, [{"field": field, "message": message}])


def free_slug(model: type[models.Model], name: str) -> str:
    """A slug for the name that no other row has."""
    base = slugify(name)[:190] or model._meta.model_name or "row"
    pattern = rf"^{re.escape(base)}(-\d+)?$"
    taken = set(model._default_manager.filter(slug__regex=pattern).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)


def next_number(rows: models.QuerySet[Any]) -> int:
    """One more than the highest number among the rows."""
    return (rows.aggregate(highest=models.Max("number"))["highest"] or 0) + 1
