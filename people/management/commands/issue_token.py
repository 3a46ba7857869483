"""Issue an API token from the machine's command line."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people.errors import AssayError
from people.models import User
from people.services import tokens
from people.states import Scope
from trail import services as trail


class Command(BaseCommand):
    """Prints the token, and nothing else, to standard output."""

    help = "Issue a scoped, expiring API token and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, what for, how long."""
        parser.add_argument("username")
        parser.add_argument(
            "--scopes",
            default=Scope.READ.value,
            help=f"comma-separated, among {', '.join(Scope.values)}",
        )
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--label", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue it, as the system: whoever is on the machine may."""
        holder = User.objects.filter(username=options["username"]).first()
        if holder is None:
            raise CommandError(f"there is no account {options['username']!r}")
        try:
            issued = self._issue(holder, options)
        except AssayError as refused:
            raise CommandError(refused.message) from refused
        self.stderr.write(f"Valid until {issued.token.expires_at:%Y-%m-%d}; shown this once.")
        self.stdout.write(issued.secret)

    def _issue(self, holder: User, options: dict[str, Any]) -> tokens.IssuedToken:
        with trail.acting(by="system:cli", source="cli"):
            return tokens.issue(
                holder=holder,
                by="system:cli",
                label=options["label"],
                scopes=[word.strip() for word in options["scopes"].split(",") if word.strip()],
                valid_for=timedelta(days=options["days"]),
            )
