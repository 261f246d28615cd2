"""Every error ends in words and an exit code, never in a traceback."""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from scheduler import errors
from scheduler.commands import refusals
from scheduler.errors import Phrase

NAMES_A_PERSON = "Ana Prueba"


def told(raising: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit) as ended, refusals.told_plainly():
        raising()
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidHoldError("at: 'x' is refused; write a time"),
        errors.HoldNotFoundError("hold 'X': there is no such hold"),
        errors.HoldStateError("hold X: it was closed; correct it"),
        errors.ConflictError("hold X: version 1 is stale", hold_id="X"),
        errors.NotAllowedError("cli:x may not"),
        errors.PolicyError("policy p: no table"),
        errors.ConfigError(["SECRET_KEY: is missing"]),
        errors.StoreError("database: there is no file"),
        errors.TransientDeliveryError("webhook: not delivered"),
        errors.PermanentDeliveryError("webhook: gone"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_is_told_in_its_own_words(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(raising(error), capsys) == f"{error}\n"


def test_no_error_type_of_the_tree_is_left_out() -> None:
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]

    handled = (errors.HoldError, errors.ConfigError, errors.StoreError, errors.DeliveryError)

    # What errors carry is no error.
    found = [each for each in (getattr(errors, name) for name in names) if each is not Phrase]
    assert all(issubclass(each, handled) for each in found)


def test_every_problem_of_the_settings_is_on_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = errors.ConfigError(["SECRET_KEY: is missing", "BASE_URL: is wrong"])

    assert told(raising(error), capsys).splitlines() == list(error.problems)


def test_every_wrong_field_is_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.InvalidHoldError("both", by_field={"at": "at: wrong", "ref": "ref: missing"})

    assert told(raising(error), capsys).splitlines() == ["at: wrong", "ref: missing"]


def test_fault_of_ours_is_one_line_with_a_reference_and_quotes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(raising(KeyError(NAMES_A_PERSON)), capsys)

    assert len(said.splitlines()) == 1
    assert "unexpected KeyError at test_cli_refusals.py:" in said
    assert "reference " in said
    assert NAMES_A_PERSON not in said


def test_fault_of_ours_is_logged_under_the_same_reference(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        said = told(raising(KeyError("x")), capsys)

    (record,) = caplog.records
    assert record.__dict__["action"] == "command_failed"
    assert f"reference {record.__dict__['reference']}." in said


@pytest.mark.parametrize("error", [typer.Exit(3), typer.Abort(), typer.BadParameter("x")])
def test_typers_own_signals_pass(error: Exception) -> None:
    with pytest.raises(type(error)), refusals.told_plainly():
        raise error
