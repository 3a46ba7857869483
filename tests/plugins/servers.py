"""Brings up the real servers the tests need, before Django reads its settings.

One Redis always, one PostgreSQL with `--database postgresql`; both are shared by the workers
of pytest-xdist, each of which has its own test database and its own number in Redis. Whatever
the shell says of ASSAY_… is left aside, so that a test run is the same everywhere.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator

import pytest

from tests.plugins import postgresql, redis_server
from tests.plugins.processes import Unavailable

WORKER = "PYTEST_XDIST_WORKER"
SOCKET = "TEST_REDIS_SOCKET"
DATABASES = ("sqlite", "postgresql")
KEPT = {"ASSAY_REFERENCE_DATA"}
USES_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}

_endings: list[Callable[[], None]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which database, and which tests."""
    group = parser.getgroup("assay")
    group.addoption(
        "--database",
        choices=DATABASES,
        default=os.environ.get("ASSAY_TEST_DATABASE", "sqlite"),
        help="the database the tests run on (or ASSAY_TEST_DATABASE)",
    )
    group.addoption(
        "--only-database",
        action="store_true",
        help="leave out the tests that touch no database",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start what is needed and say so in the environment, which the settings then read."""
    try:
        _prepare(early_config.known_args_namespace.database)
        yield
    except BaseException as fault:
        _end()
        if isinstance(fault, Unavailable):
            raise pytest.UsageError(str(fault)) from fault
        raise


def pytest_unconfigure() -> None:
    """Stop what we started."""
    _end()


def pytest_report_header(config: pytest.Config) -> str:
    """Say in the closing lines' company what the tests ran on."""
    return f"database: {config.option.database}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database, or about none."""
    chosen = config.option.database
    others = {name for name in DATABASES if name != chosen}
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        about_other = any(item.get_closest_marker(name) for name in others)
        too_far = config.option.only_database and not _touches_database(item)
        (left if about_other or too_far else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their number: a test's name stays the same and can be printed."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Where this worker's part of the real Redis is."""
    return os.environ["ASSAY_REDIS_URL"]


def _touches_database(item: pytest.Item) -> bool:
    return bool(
        item.get_closest_marker("django_db")
        or USES_DATABASE.intersection(getattr(item, "fixturenames", ()))
    )


def _prepare(database: str) -> None:
    if not _is_worker():
        _clear_environment()
        _start_servers(database)
    _name_redis()
    _make_data_dir()


def _clear_environment() -> None:
    for name in list(os.environ):
        if name.startswith("ASSAY_") and name not in KEPT:
            del os.environ[name]


def _start_servers(database: str) -> None:
    redis = redis_server.start()
    _endings.append(redis.stop)
    os.environ[SOCKET] = str(redis.socket)
    if database == "postgresql":
        server = postgresql.start()
        _endings.append(server.stop)
        address = f"postgresql://{postgresql.USER}@/assay?host={server.socket_folder}"
        os.environ["ASSAY_DATABASE_URL"] = address


def _name_redis() -> None:
    number = int(os.environ.get(WORKER, "gw0").removeprefix("gw"))
    os.environ["ASSAY_REDIS_URL"] = f"unix://{os.environ[SOCKET]}?db={number}"


def _make_data_dir() -> None:
    folder = tempfile.mkdtemp(prefix="assay-data-")
    _endings.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["ASSAY_DATA_DIR"] = folder


def _is_worker() -> bool:
    return WORKER in os.environ


def _end() -> None:
    while _endings:
        _endings.pop()()
