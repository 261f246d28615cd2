"""Errors become words on standard error and an exit code: here, and nowhere else.

0 done · 1 refused or failed · 2 the command line itself was wrong (Typer's own).
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from scheduler import errors

logger = logging.getLogger(__name__)

REFUSED = 1
_OURS = Path(errors.__file__).parent
_SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class GuardedGroup(TyperGroup):
    """The root of all commands: whatever goes wrong below it is told in plain words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        with told_plainly():
            return super().invoke(ctx)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn every error into words for the user; no traceback reaches them."""
    try:
        yield
    except (typer.TyperException, typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:
        _reader_left()
    except errors.ConfigError as exc:
        _refuse(exc.problems)
    except errors.InvalidHoldError as exc:
        _refuse(exc.by_field.values() or (str(exc),))
    except (errors.HoldError, errors.StoreError, errors.DeliveryError) as exc:
        _refuse((str(exc),))
    except Exception as exc:  # noqa: BLE001 -- a fault of ours must not end in a traceback
        _refuse((_fault(exc),))


def _refuse(problems: Any) -> NoReturn:
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(REFUSED)


def _reader_left() -> NoReturn:
    """End quietly: `| head` has seen enough, which is no failure."""
    # What is still in the buffer would raise again when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit


def _fault(exc: Exception) -> str:
    """Say that the fault is ours, where it is, and nothing that the error itself quotes."""
    reference = "".join(secrets.choice(_SPEAKABLE) for _ in range(6))
    if logging.getLogger().handlers:
        logger.error(
            "A command failed",
            exc_info=exc,
            extra={"action": "command_failed", "reference": reference},
        )
    frames = traceback.extract_tb(exc.__traceback__)
    # Where our own code was: a line in a library's depths tells nobody anything.
    ours = [
        frame
        for frame in frames
        if _OURS in Path(frame.filename).parents and frame.filename != __file__
    ]
    last = (ours or frames)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"This could not be done: an unexpected {type(exc).__name__} at {place}. "
        f"Look at the record before trying again; reference {reference}."
    )
