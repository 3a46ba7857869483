"""PostgreSQL: the context is a setting that ends with its transaction."""

from django.db.backends.postgresql import base

from trail.backends.capturing import CapturingConnection


class DatabaseWrapper(CapturingConnection, base.DatabaseWrapper):
    """Django's PostgreSQL connection, telling the triggers who acts."""

    def tell(self, said: str) -> bool:
        """Set it for this transaction only."""
        self.connection.execute("SELECT set_config('assay.context', %s, true)", [said])
        return True

    def mark_sequencing(self, *, on: bool) -> None:
        """Set it for this transaction only."""
        said = "on" if on else "off"
        self.connection.execute("SELECT set_config('assay.sequencing', %s, true)", [said])
