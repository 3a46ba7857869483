"""An import contract: an app is entered from outside only through its doors.

`lint-imports` loads it as a contract type; see `[tool.importlinter]` in pyproject.toml.
"""

from typing import Any, NamedTuple

import grimp
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel


class Entry(NamedTuple):
    """One import that goes into an app past its doors."""

    importer: str
    imported: str


class DoorsContract(Contract):
    """Each app's modules are its own, except those behind the named doors.

    `config` puts the house together, so it may use a few doors more. `also` lists imports
    that are allowed by name.
    """

    type_name = "doors"

    apps = fields.ListField(subfield=fields.StringField())
    doors = fields.ListField(subfield=fields.StringField())
    more_doors_for_config = fields.ListField(subfield=fields.StringField())
    also = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import that crosses from one package into an app."""
        contract_utils.remove_ignored_imports_and_report(
            graph=graph,
            ignore_imports=self.also,  # type: ignore[arg-type]
            unmatched_alerting=AlertLevel.NONE,
        )
        broken = sorted(self._past_the_doors(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import, and the doors."""
        for entry in check.metadata["broken"]:
            output.print_error(f"{entry.importer} enters {entry.imported}", bold=False)
        output.print_error(f"The doors of an app are: {', '.join(self.doors)}.", bold=False)  # type: ignore[arg-type]

    def _past_the_doors(self, graph: grimp.ImportGraph) -> set[Entry]:
        return {
            Entry(importer, imported)
            for imported in graph.modules
            if _top(imported) in self.apps  # type: ignore[operator]
            for importer in graph.find_modules_that_directly_import(imported)
            if not self._is_open(importer, imported)
        }

    def _is_open(self, importer: str, imported: str) -> bool:
        more: Any = self.more_doors_for_config if _top(importer) == "config" else []
        doors = [*self.doors, *more]  # type: ignore[misc]
        rooms = imported.split(".")[1:2]
        return _top(importer) == _top(imported) or not rooms or rooms[0] in doors


def _top(module: str) -> str:
    return module.split(".")[0]
