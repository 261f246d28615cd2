from __future__ import annotations

import io
import json
import logging
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from config import log_setup
from config.fields import LogFormat, LogLevel

logger = logging.getLogger("scheduler.test_log_setup")


def set_up(log_format: LogFormat, level: LogLevel = LogLevel.INFO) -> io.StringIO:
    stream = io.StringIO()
    log_setup.set_up_logging(log_format, level, stream=stream)
    return stream


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_with(message: str) -> None:
    sesame = "local-variable-content"
    raise ValueError(f"{message} ({len(sesame)})")


def test_a_record_is_one_json_line_with_its_extra_fields() -> None:
    stream = set_up(LogFormat.JSON)

    logger.info("Reminder due", extra={"action": "reminder_due", "hold_id": "7Q3KM4", "lead_s": 60})

    (record,) = records(stream)
    at = datetime.fromisoformat(record.pop("at"))
    assert at.tzinfo == UTC
    assert record == {
        "level": "info",
        "logger": "scheduler.test_log_setup",
        "message": "Reminder due",
        "action": "reminder_due",
        "hold_id": "7Q3KM4",
        "lead_s": 60,
    }


def test_the_instant_is_the_records_own() -> None:
    stream = set_up(LogFormat.JSON)
    record = logger.makeRecord(logger.name, logging.INFO, "f", 1, "Late writer", (), None)
    record.created = 1_772_000_000.125

    logger.handle(record)

    assert records(stream)[0]["at"] == "2026-02-25T06:13:20.125Z"


def test_a_text_record_is_one_line_with_its_extra_fields() -> None:
    stream = set_up(LogFormat.TEXT)

    logger.warning("Hold %s is late", "7Q3KM4", extra={"action": "late"})

    (line,) = stream.getvalue().splitlines()
    assert "[warning] Hold 7Q3KM4 is late [scheduler.test_log_setup] action=late" in line


def test_extra_fields_cannot_replace_the_records_own() -> None:
    stream = set_up(LogFormat.JSON)
    spoof = {"event": "spoof", "level": "spoof", "logger": "spoof", "at": "spoof"}

    logger.info("True", extra=spoof)

    assert "spoof" not in stream.getvalue()
    assert records(stream)[0]["message"] == "True"


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_line_break_in_a_value_does_not_start_a_record(log_format: LogFormat) -> None:
    stream = set_up(log_format)

    logger.info("First\n%s", "second\u2028third", extra={"note": "a\r\nb\x1b[31m"})

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_an_exception_stays_inside_its_json_record() -> None:
    stream = set_up(LogFormat.JSON)

    try:
        fail_with("broken")
    except ValueError:
        logger.exception("It failed")

    (record,) = records(stream)
    assert record["exception"].startswith("Traceback")
    assert record["exception"].endswith("ValueError: broken (22)")


@pytest.mark.parametrize("log_format", LogFormat)
def test_an_exception_shows_neither_local_variables_nor_secrets(log_format: LogFormat) -> None:
    stream = set_up(log_format)
    leaks = (
        "jo.doe@example.gov A123456789 A-12345678 hc_live_ab12cd34_Zz-9_x whsec_AbC+/= "
        "postgresql://clerk:hunter2@db/holds"
    )

    try:
        fail_with("\n" + leaks)
    except ValueError:
        logger.exception("To %s", leaks, extra={"nested": {"list": [leaks]}, "thing": {leaks}})

    text = stream.getvalue()
    for secret in ("jo.doe", "12345678", "Zz-9_x", "AbC+/=", "hunter2"):
        assert secret not in text
    assert "sesame" not in text.replace("len(sesame)", "")
    assert "db/holds" in text
    assert log_format is LogFormat.TEXT or len(records(stream)) == 1


def test_any_value_can_be_logged_as_json() -> None:
    stream = set_up(LogFormat.JSON)
    odd = {
        "instant": datetime(2026, 3, 9, 17, tzinfo=UTC),
        "huge": 2**80,
        "nan": float("nan"),
        "keys": {1: "one", None: "none"},
        "surrogate": "\ud800",
        "bytes": b"\xff",
        "nothing": None,
        "truth": True,
        "ratio": 0.5,
    }

    logger.info("Odd", extra=odd)

    (record,) = records(stream)
    assert record["instant"] == "2026-03-09 17:00:00+00:00"
    assert record["huge"] == 2**80
    assert record["nan"] == "nan"
    assert record["keys"] == {"1": "one", "None": "none"}
    assert (record["nothing"], record["truth"], record["ratio"]) == (None, True, 0.5)


@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "mail.log", "anything.else"])
def test_libraries_are_heard_from_warning_upwards_even_at_debug(library: str) -> None:
    logging.getLogger("mail.log").setLevel(logging.DEBUG)
    stream = set_up(LogFormat.JSON, LogLevel.DEBUG)

    logging.getLogger(library).debug("GET https://example.gov/?token=1")
    logging.getLogger(library).info("GET https://example.gov/?token=1")
    logging.getLogger(library).warning("Slow")
    logger.debug("Ours")

    assert [record["message"] for record in records(stream)] == ["Slow", "Ours"]


def test_the_level_holds_for_ours_and_raises_the_libraries() -> None:
    stream = set_up(LogFormat.JSON, LogLevel.ERROR)

    for each in (logger, logging.getLogger("httpx")):
        each.warning("Not this")
        each.error("This")

    assert [record["message"] for record in records(stream)] == ["This", "This"]


def test_access_lines_of_the_web_server_are_left_out() -> None:
    """Their paths hold calendar and acknowledgement tokens."""
    stream = set_up(LogFormat.JSON, LogLevel.DEBUG)

    logging.getLogger("uvicorn.access").info("GET /calendar/token.ics")
    logging.getLogger("uvicorn.error").info("Started")

    assert [record["message"] for record in records(stream)] == ["Started"]


def test_setting_up_twice_writes_once_and_leaves_other_handlers_alone() -> None:
    others = logging.getLogger().handlers[:]
    first = set_up(LogFormat.JSON)
    second = set_up(LogFormat.TEXT)

    logger.info("Once")

    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1
    assert set(others) < set(logging.getLogger().handlers)


def test_a_python_warning_becomes_a_record() -> None:
    stream = set_up(LogFormat.JSON)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("Old ways", stacklevel=1)

    (record,) = records(stream)
    assert record["logger"] == "py.warnings"
    assert "Old ways" in record["message"]
