"""A database from its address: postgresql://user:password@host:port/name or sqlite:////path."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.settings.environment import Nonsense

ENGINES = {"sqlite": "trail.backends.sqlite3", "postgresql": "trail.backends.postgresql"}

# Without these, tasks are lost to locks; with them, none. Foreign keys are Django's own default.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
}


def from_url(url: str) -> dict[str, Any]:
    """Django's settings for the database at this address."""
    parts = _split(url)
    if parts.scheme == "sqlite":
        return sqlite(_sqlite_path(parts))
    if parts.scheme in ("postgresql", "postgres"):
        return _postgresql(parts)
    raise Nonsense(
        f"ASSAY_DATABASE_URL: expected postgresql:// or sqlite://, got {parts.scheme or 'no'}://"
    )


def sqlite(path: Path) -> dict[str, Any]:
    """A SQLite file, set up for several writers."""
    return {"ENGINE": ENGINES["sqlite"], "NAME": path, "OPTIONS": dict(SQLITE_OPTIONS)}


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here, because reading is what refuses it
    except ValueError:
        raise Nonsense("ASSAY_DATABASE_URL: its host or port cannot be read") from None
    return parts


def _sqlite_path(parts: SplitResult) -> Path:
    path = Path(unquote(parts.path).removeprefix("/"))
    if parts.netloc or not path.is_absolute():
        raise Nonsense(
            "ASSAY_DATABASE_URL: expected sqlite:// and an absolute path after a third slash,"
            " such as sqlite:////var/lib/assay/assay.sqlite3"
        )
    return path


def _postgresql(parts: SplitResult) -> dict[str, Any]:
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise Nonsense("ASSAY_DATABASE_URL: names no database after the host")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": ENGINES["postgresql"],
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": options.pop("port", "") or parts.port or "",
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
