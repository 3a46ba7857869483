"""The one reader of the environment: every setting, its type and its default.

A value that makes no sense is refused with a sentence that names its variable. Nothing else in
Assay reads the environment.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

PREFIX = "ASSAY_"
ROOT = Path(__file__).resolve().parents[2]

Words = Annotated[list[str], NoDecode]


class Nonsense(SystemExit):
    """The environment says something that cannot be meant; Assay does not start."""


class Environment(BaseSettings):
    """What an operator may set, each as `ASSAY_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    secret_key: SecretStr | None = Field(
        None, min_length=50, description="Signs sessions and forms; 50 characters or more."
    )
    allowed_hosts: Words = Field(
        [], description="Host names this Assay answers to, separated by commas."
    )
    trusted_origins: Words = Field(
        [], description="Origins whose forms are taken, such as https://assay.example.org."
    )
    database_url: SecretStr | None = Field(
        None, description="postgresql://user:password@host/name or sqlite:////path/to/file."
    )
    data_dir: Path = Field(
        ROOT / ".assay", description="Folder of all local state: database, bytes, keys, broker."
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Broker: redis://, rediss:// or unix://; default a socket in the data folder.",
    )
    keys_dir: Path | None = Field(
        None, description="Folder of the signing keys, `<purpose>.key`; `keys` in the data folder."
    )
    keys: dict[str, SecretStr] = Field(
        {}, description='Signing keys instead of a folder: {"purpose": "64 hexadecimal digits"}.'
    )
    origin: str = Field(
        "assay.local/trail", pattern=r"^[^\s+]+$", description="Name of this trail in checkpoints."
    )
    blobs_dir: Path | None = Field(
        None, description="Folder of artifacts, snapshots, reports; `blobs` in the data folder."
    )
    blobs_backend: str = Field(
        "", description="Dotted path of another Django storage for them, such as an S3 one."
    )
    blobs_options: dict[str, Any] = Field({}, description="That storage's options, as JSON.")
    max_upload_bytes: int = Field(1 << 30, ge=1024, description="Largest file taken, in bytes.")
    https: bool = Field(
        True, description="Production only: demand HTTPS, with secure cookies and HSTS."
    )
    proxies: int = Field(
        0, ge=0, le=10, description="Reverse proxies in front that set X-Forwarded-For and -Proto."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe line that is logged."
    )
    log_format: Literal["json", "text"] | None = Field(
        None, description="One JSON object a line, or text for people (the default in development)."
    )
    token_max_days: int = Field(
        365, ge=1, le=3650, description="Longest validity an API token may be given, in days."
    )
    sign_in_failures: int = Field(
        10,
        ge=3,
        le=1000,
        description="Wrong passwords taken per account and address in 15 minutes.",
    )
    sign_in_minutes: int = Field(
        480, ge=5, le=20160, description="Minutes after which a session of the desk ends."
    )
    worker_memory_bytes: int = Field(
        4 << 30, ge=256 << 20, description="Memory one run may use, in bytes."
    )
    worker_seconds: int = Field(3600, ge=10, description="Time one run may take, in seconds.")
    worker_concurrency: int = Field(
        2, ge=1, le=256, description="Runs one worker carries out at a time."
    )
    work_dir: Path | None = Field(
        None, description="Folder of runs at work and what they spill; `work` in the data folder."
    )
    engine_memory_bytes: int = Field(
        512 << 20, ge=64 << 20, description="Memory counting rows may use within a run, in bytes."
    )
    engine_threads: int = Field(
        2, ge=1, le=256, description="Threads that count rows within a run."
    )
    engine_spill_bytes: int = Field(
        8 << 30, ge=1 << 20, description="Disk for what that memory cannot hold, in bytes."
    )
    lease_seconds: int = Field(
        30, ge=3, description="Seconds without a sign of life after which a run is taken up again."
    )
    sequence_after_commit: bool | None = Field(
        None, description="Number the trail in the writer's process; by default on SQLite only."
    )
    code_revision: str = Field(
        "", max_length=64, description="Revision of the code, written into what runs produce."
    )

    @field_validator("allowed_hosts", "trusted_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("trusted_origins")
    @classmethod
    def _have_schemes(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not origin.startswith(("https://", "http://")):
                raise ValueError(f"an origin starts with https:// or http://, got {origin!r}")
        return origins

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        schemes = ("redis://", "rediss://", "unix://")
        if value and not value.get_secret_value().startswith(schemes):
            raise ValueError(f"expected an address that starts with {', '.join(schemes)}")
        return value

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for purpose, key in keys.items():
            if not _is_hex(key.get_secret_value(), 64):
                raise ValueError(f"the key for {purpose!r} must be 64 hexadecimal digits")
        return keys

    @field_validator("data_dir", "keys_dir", "blobs_dir", "work_dir")
    @classmethod
    def _are_absolute(cls, place: Path | None) -> Path | None:
        if place is not None and not place.is_absolute():
            raise ValueError(f"expected an absolute path, got {str(place)!r}")
        return place

    @property
    def signing_keys_dir(self) -> Path:
        """Where signing keys lie unless they are given."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def broker_url(self) -> str:
        """Where the broker listens."""
        if self.redis_url:
            return self.redis_url.get_secret_value()
        return f"unix://{self.data_dir / 'redis' / 'redis.sock'}"


def read(environ: Mapping[str, str] | None = None) -> Environment:
    """The environment, read and checked; Nonsense names each variable that is wrong."""
    _refuse_misspelt(os.environ if environ is None else environ)
    try:
        return Environment()
    except ValidationError as wrong:
        raise Nonsense("\n".join(_sentence(error) for error in wrong.errors())) from None
    except SettingsError as wrong:  # names the field, and no value
        raise Nonsense(f"{_named_in(str(wrong))}: expected JSON on one line") from None


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    known = [PREFIX + name.upper() for name in Environment.model_fields]
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known:
            continue
        if meant := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
            raise Nonsense(f"{name} is not a setting; did you mean {meant[0]}?")


def _named_in(message: str) -> str:
    names = (PREFIX + name.upper() for name in Environment.model_fields if f'"{name}"' in message)
    return next(names, f"{PREFIX}…")


def _sentence(error: Any) -> str:
    name = str(error["loc"][0]).upper().removeprefix(PREFIX)
    return f"{PREFIX}{name}: {error['msg'].removeprefix('Value error, ')}"


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and all(sign in "0123456789abcdef" for sign in text.lower())
