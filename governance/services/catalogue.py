"""The catalogue: frameworks, their requirements, controls and evidence kinds, from YAML.

Loaded after every migration from `governance/catalogue/*.yaml`; loading again brings the rows
in step with the files and removes nothing. Own words, not legal advice: `basis` says how sure
each citation is.
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.db import transaction
from django.db.models import Model

from governance import events
from governance.models import Control, Framework, Requirement
from trail import services as trail

FOLDER = Path(__file__).resolve().parent.parent / "catalogue"
LOADER = "system:install"
Row = TypeVar("Row", bound=Model)


def load_after_migrating(**signal: Any) -> None:
    """Called by Django after `migrate`."""
    load()


@transaction.atomic
def load() -> list[Framework]:
    """Bring the rows in step with the files, and say which frameworks have changed."""
    return [framework for document in _documents() for framework in _load(document)]


@cache
def evidence_kinds() -> dict[str, str]:
    """The titles of the evidence kinds there are, by their names."""
    return {k["id"]: k["title"] for d in _documents() for k in d.get("evidence_kinds", [])}


def _documents() -> list[dict[str, Any]]:
    paths = sorted(FOLDER.glob("*.yaml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def _load(document: dict[str, Any]) -> list[Framework]:
    controls = {written["id"]: _control(written) for written in document.get("controls", [])}
    changed = []
    for written in document.get("frameworks", []):
        framework, differs = _framework(written)
        requirements = [_requirement(framework, r, controls) for r in written["requirements"]]
        if differs or any(requirements):
            changed.append(framework)
            detail = {"framework": framework.slug, "version": framework.version}
            trail.record(events.FRAMEWORK_LOADED, by=LOADER, subject=framework, detail=detail)
    return changed


def _control(written: dict[str, Any]) -> Control:
    control, _ = _bring(
        Control,
        {"slug": written["id"].lower()},
        {
            "title": written["title"],
            "text": written["text"],
            "evidence_kinds": written["evidence"],
        },
    )
    return control


def _framework(written: dict[str, Any]) -> tuple[Framework, bool]:
    return _bring(
        Framework,
        {"slug": written["id"]},
        {
            "title": written["title"],
            "version": written["version"],
            "jurisdiction": written["jurisdiction"],
            "text": written["status"],
        },
    )


def _requirement(
    framework: Framework, written: dict[str, Any], controls: dict[str, Control]
) -> bool:
    """Bring one requirement in step; whether it differed."""
    asked = written["evidence"]
    requirement, differs = _bring(
        Requirement,
        {"framework": framework, "slug": written["id"].split("/")[1].replace(".", "-")},
        {
            "title": written["title"],
            "text": written["text"],
            "citation": written["ref"],
            "basis": written["basis"],
            "scope": written["scope"],
            "evidence_kinds": asked["automatic"] + asked["sign_off"],
        },
    )
    wanted = {controls[name] for name in written["controls"]}
    if set(requirement.controls.all()) != wanted:
        requirement.controls.set(wanted)
        differs = True
    return differs


def _bring(model: type[Row], key: dict[str, Any], wanted: dict[str, Any]) -> tuple[Row, bool]:
    """The row as the file says it, written only where it differs."""
    row = model._default_manager.filter(**key).first()
    if row is None:
        return model._default_manager.create(**key, **wanted), True
    differing = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, wanted[name])
    if differing:
        row.save(update_fields=differing)
    return row, bool(differing)
