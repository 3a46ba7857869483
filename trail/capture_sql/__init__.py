"""The row triggers and guards, generated from the declarations for SQLite and PostgreSQL."""

from trail.capture_sql.installation import (
    dialect,
    differences,
    install,
    not_laid_out,
    remove,
)

__all__ = ["dialect", "differences", "install", "not_laid_out", "remove"]
