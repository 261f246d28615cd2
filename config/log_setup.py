"""Sets up the standard library's logging once, at start-up; one line a record.

Code logs through ``logging.getLogger(__name__)``: the message is a sentence for
people, ``extra={"action": ..., "hold_id": ...}`` is for machines. The event log
in the database is the evidence; this stream is not.
"""

from __future__ import annotations

import logging
import math
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from config.fields import LogFormat, LogLevel

_HANDLER_NAME = "holdclock"
# Only these may speak below WARNING. What a library says at INFO or DEBUG is
# written for its authors: httpx logs whole addresses, a mail library logs recipients.
_OWN_LOGGERS = ("scheduler", "notifiers", "config", "web", "uvicorn.error")
# These set a level of their own, or are told to by their callers; the root's would not reach them.
_HUSHED_LOGGERS = (
    "alembic",
    "httpx",
    "httpcore",
    "mail.log",
    "sqlalchemy.engine",
    "sqlalchemy.pool",
    # Its lines hold the paths asked for, and with them calendar and acknowledgement tokens.
    "uvicorn.access",
    "apscheduler",
)
CONFIGURED_LOGGERS = _OWN_LOGGERS + _HUSHED_LOGGERS
"""Every logger, besides the root, whose level `set_up_logging` sets."""

_TOKEN = re.compile(r"\b(hc_live_|whsec_)[A-Za-z0-9_+/=-]+")
_CREDENTIALS = re.compile(r"://[^\s/@]+@")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_A_NUMBER = re.compile(r"\bA[-# ]?\d{8,9}\b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def set_up_logging(log_format: LogFormat, level: LogLevel, *, stream: TextIO | None = None) -> None:
    """Send every record to `stream`; calling again replaces what was set up before.

    Args:
        log_format: Lines for people, or one JSON object a line.
        level: The least important record of ours; libraries stay at WARNING or above.
        stream: Standard error if not given: standard output belongs to a command's answer.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.name = _HANDLER_NAME
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    for old in [known for known in root.handlers if known.name == _HANDLER_NAME]:
        root.removeHandler(old)
    root.addHandler(handler)
    _set_levels(getattr(logging, level.name))
    logging.captureWarnings(capture=True)


def _set_levels(own: int) -> None:
    others = max(own, logging.WARNING)
    logging.getLogger().setLevel(others)
    for name in _OWN_LOGGERS:
        logging.getLogger(name).setLevel(own)
    for name in _HUSHED_LOGGERS:
        logging.getLogger(name).setLevel(others)


def _formatter(log_format: LogFormat) -> logging.Formatter:
    as_json: list[Processor] = [_describe_exception, structlog.processors.JSONRenderer()]
    as_text: list[Processor] = [
        structlog.dev.ConsoleRenderer(
            colors=False,
            pad_event_to=0,
            pad_level=False,
            sort_keys=False,
            timestamp_key="at",
            event_key="message",
            # Not structlog's default, which prints local variables: keys and names among them.
            exception_formatter=structlog.dev.plain_traceback,
        ),
        _mask_line,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _keep_message,
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _frame,
        ],
        processors=as_json if log_format is LogFormat.JSON else as_text,
    )


def _keep_message(_logger: WrappedLogger, _name: str, fields: EventDict) -> EventDict:
    # Before `extra` is added: "event" may be overwritten there, "message" may not.
    return {**fields, "message": fields["event"]}


def _frame(_logger: WrappedLogger, _name: str, fields: EventDict) -> EventDict:
    """Put the record's own fields first, and make every value safe to write."""
    record: logging.LogRecord = fields["_record"]
    # The record's instant, not the moment of writing.
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    own = {
        "at": at.replace("+00:00", "Z"),
        "level": fields["level"],
        "logger": fields["logger"],
        "message": _plain(fields["message"]),
    }
    left_out = {*own, "event", "exc_info", "_record", "_from_structlog"}
    extra = {key: _plain(value) for key, value in fields.items() if key not in left_out}
    exception = {"exc_info": fields["exc_info"]} if fields.get("exc_info") else {}
    return {**own, **extra, **exception}


def _plain(value: object) -> object:
    """Return `value` as JSON knows it: whatever is logged, writing it cannot fail."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _one_line(_mask(str(value)))


def _one_line(text: str) -> str:
    # A line break in a value could pass for a record of its own.
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _describe_exception(logger: WrappedLogger, name: str, fields: EventDict) -> EventDict:
    described = structlog.processors.format_exc_info(logger, name, fields)
    if "exception" in described:
        described["exception"] = _mask(described["exception"])
    return described


def _mask_line(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    # The exception's text is only there once the line is written. `line` is text by now,
    # whatever structlog's type of a processor says.
    return _mask(str(line))


def _mask(text: str) -> str:
    """Hide what must never be logged, should a value or an exception bring it along."""
    text = _TOKEN.sub(r"\1***", text)
    text = _CREDENTIALS.sub("://***@", text)
    text = _ADDRESS.sub("***@***", text)
    return _A_NUMBER.sub("A***", text)
