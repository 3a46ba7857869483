"""What a constraint of the database says, as a sentence: its name is one."""

import re

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, UniqueConstraint

CHECK = re.compile(r"CHECK constraint failed: (\w+)")
INDEX = re.compile(r"UNIQUE constraint failed: index '(\w+)'")
COLUMNS = re.compile(r"UNIQUE constraint failed: ([\w., ]+)")


def sentence(error: IntegrityError) -> str:
    """Why the database refused, without the rows it shows in its own message."""
    name = _named(error)
    if name:
        return f"this would break a rule: {_spelled(name)}"
    if "FOREIGN KEY" in str(error).upper():
        return "this refers to something that is not there, or something still refers to it"
    if found := COLUMNS.search(str(error)):
        return f"there is one with the same {_last_words(found[1])} already"
    return "this would break a rule of the database"


def _named(error: IntegrityError) -> str:
    """The constraint's name, as PostgreSQL or SQLite gives it; "" if it is not one of ours."""
    text = str(error)
    diagnosed = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    found = CHECK.search(text) or INDEX.search(text)
    name = diagnosed or (found[1] if found else "") or _by_columns(text)
    return name if name in _known() else ""


def _by_columns(text: str) -> str:
    found = COLUMNS.search(text)
    columns = tuple(part.strip() for part in found[1].split(",")) if found else ()
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and _columns(model, constraint) == columns:
                return constraint.name
    return ""


def _columns(model: type[Model], constraint: UniqueConstraint) -> tuple[str, ...]:
    table = model._meta.db_table
    fields = (model._meta.get_field(name) for name in constraint.fields)
    return tuple(f"{table}.{getattr(field, 'column', '')}" for field in fields)


def _known() -> set[str]:
    return {
        constraint.name for model in apps.get_models() for constraint in model._meta.constraints
    }


def _spelled(name: str) -> str:
    """The name without its app: `people_a_role_is_granted_once` → "a role is granted once"."""
    for app in sorted((config.label for config in apps.get_app_configs()), key=len, reverse=True):
        name = name.removeprefix(f"{app}_")
    return name.replace("_", " ")


def _last_words(columns: str) -> str:
    return " and ".join(part.rsplit(".", 1)[-1].replace("_", " ") for part in columns.split(","))
