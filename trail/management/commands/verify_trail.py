"""Verify the trail. Exit status 0: it stands; 1: something is wrong, and where; 2: misuse."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from trail.services.verifying import Verification, verify_and_record


class Command(BaseCommand):
    """`manage.py verify_trail [--json]`."""

    help = "Read the whole trail again and say what is not as it was written, and where."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One choice: for people or for programs."""
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, say what was found, and leave with 0 or 1."""
        found = verify_and_record()
        self.stdout.write(json.dumps(asdict(found), indent=1) if options["json"] else _told(found))
        if not found.ok:
            sys.exit(1)


def _told(found: Verification) -> str:
    if found.ok:
        return (
            f"The trail verifies: {found.size} entries, root {found.root} ({found.seconds:.1f} s)"
        )
    count = "1 fault" if len(found.faults) == 1 else f"{len(found.faults)} faults"
    return "\n".join([f"The trail does not verify, {count}:", *(f"  {f}" for f in found.faults)])
