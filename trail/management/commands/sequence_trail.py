"""Number, hash and sign what is committed; once, or for as long as it runs."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from trail.services.sequencing import sequence

PAUSE_S = 0.2
log = logging.getLogger("assay.trail")


class Command(BaseCommand):
    """`manage.py sequence_trail [--forever]`. Several may run: they take turns."""

    help = "Number and hash committed happenings, and sign a checkpoint over them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Once is the default."""
        parser.add_argument("--forever", action="store_true", help="every 200 ms, until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sequence; with --forever, through lost connections too."""
        if not options["forever"]:
            self.stdout.write(f"{sequence()} entries")
            return
        while True:
            _sequence_once_more()
            time.sleep(PAUSE_S)


def _sequence_once_more() -> None:
    try:
        sequence()
    except DatabaseError as error:
        log.warning("sequencing again in a moment: %s", error)
        connection.close()
