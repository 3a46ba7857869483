import json
import logging

import pytest
import structlog

from config.logging import configured


@pytest.fixture
def lines(capsys):
    before = logging.root.handlers[:], logging.root.level
    yield lambda: capsys.readouterr().err.strip().splitlines()
    configured("text", "WARNING")
    logging.root.handlers[:], logging.root.level = before


def test_a_line_is_one_json_object_with_what_is_known(lines):
    configured("json", "INFO")
    with structlog.contextvars.bound_contextvars(request_id="r-1", actor="user:7"):
        structlog.get_logger("assay").info("done", rows=3)
        logging.getLogger("plain").warning("said %s", "so")
    first, second = (json.loads(line) for line in lines())
    assert (first["event"], first["rows"], first["request_id"]) == ("done", 3, "r-1")
    assert (second["event"], second["actor"], second["level"]) == ("said so", "user:7", "warning")


def test_what_went_wrong_stays_on_one_line(lines):
    configured("json", "INFO")
    try:
        raise RuntimeError("no")
    except RuntimeError:
        logging.getLogger("plain").exception("failed")
    (line,) = lines()
    assert "RuntimeError: no" in json.loads(line)["exception"]


def test_what_went_wrong_shows_no_values(lines):
    configured("text", "INFO")
    password = "a guarded " + "secret"
    try:
        raise RuntimeError(len(password))
    except RuntimeError:
        logging.getLogger("plain").exception("failed")
    told = "\n".join(lines())
    assert ("RuntimeError: 16" in told, "guarded secret" in told) == (True, False)


def test_what_is_less_severe_is_left_out(lines):
    configured("text", "ERROR")
    logging.getLogger("plain").warning("left out")
    assert lines() == []
