"""`holdclock deadline`: pure arithmetic, without a database and without secrets."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from scheduler.commands import output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.holidays import HolidayBook
    from scheduler.domain.legal_calendar import LegalCalendar
    from scheduler.domain.policy_book import PolicyBook


class Law(NamedTuple):
    """Policies and holidays on record."""

    book: PolicyBook
    holidays: HolidayBook

    @property
    def calendar_for(self) -> Callable[[str], LegalCalendar]:
        """Makes the calendar of a zone, with the dates kept everywhere."""
        return self.holidays.calendar


def deadline(
    *,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The policy.")] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="When the policy's clock starts; without an offset it is local to the zone.",
        ),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The facility's zone, by its IANA name.")
    ] = None,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch",
            help='Answer {"policy", "from", "timezone"} a line from standard input, in order.',
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Work out when a policy's window ends. Nothing is read but policies and holidays."""
    given = (policy, from_, timezone)
    if batch:
        if any(given):
            raise typer.BadParameter("--batch takes its questions from standard input alone")
        _answer_lines()
        return
    if not all(given):
        raise typer.BadParameter("give --policy, --from and --timezone, or --batch")
    _answer_one({"policy": policy, "from": from_, "timezone": timezone}, as_json_=as_json)


def _answer_lines() -> None:
    from scheduler.deadline_query import batch_answers

    law = read_law()
    write = sys.stdout.write
    for answer in batch_answers(
        sys.stdin.buffer, law.book, law.holidays.federal, calendar_for=law.calendar_for
    ):
        write(f"{answer}\n")
        # Whoever asks line by line waits for this one before asking the next.
        sys.stdout.flush()


def _answer_one(query: dict[str, str | None], *, as_json_: bool) -> None:
    from scheduler.deadline_query import deadline_answer
    from scheduler.errors import InvalidHoldError

    law = read_law()
    answer = deadline_answer(
        query, law.book, law.holidays.federal, calendar_for=law.calendar_for, local_time=True
    )
    if "error" in answer:
        raise InvalidHoldError(str(answer["error"]))
    if as_json_:
        output.as_json(answer)
    else:
        _show(answer, str(query["timezone"]))


def _show(answer: dict[str, Any], zone: str) -> None:
    from scheduler.commands.explanation_words import STEP_HEADINGS
    from scheduler.domain.instants import local_text, parse_instant

    def told(name: str) -> str | None:
        text = answer[name]
        if text is None:
            return None
        return local_text(parse_instant(text, None, fold="refuse").instant, zone, year=True)

    ceiling = told("ceiling_at")
    if ceiling is not None and answer["ceiling_policy"] != answer["policy"]:
        ceiling = f"{ceiling}, by {answer['ceiling_policy']}: plan to this"
    output.fields(
        [
            ("Policy", f"{answer['policy']}, version {answer['policy_version']}"),
            ("Source", f"{answer['source']}, mark {answer['mark']}"),
            ("Clock starts", told("starts_at") or "no clock"),
            ("Authority ends", told("deadline_at")),
            ("Ceiling", ceiling),
        ]
    )
    rows = [
        (step["from_local"], step["to_local"], step["why"], step["counted"], step["total"])
        for step in answer["steps"]
    ]
    if rows:
        output.table(STEP_HEADINGS, rows)
    for warning in answer["warnings"]:
        output.line(f"Note: {warning}")


def read_law() -> Law:
    """Read policies and holidays, the administrator's own among them.

    Raises:
        ConfigError: With everything that is wrong in settings and files.
    """
    from config.holidays import load_holidays
    from config.policies import load_policies

    policies_file = holidays_file = None
    # Reading settings costs a quarter of a second, and there are none to read.
    if any(name.startswith("HOLDCLOCK_") for name in os.environ):
        from config.settings import load_store_settings

        settings = load_store_settings(os.environ)
        policies_file, holidays_file = settings.policies_file, settings.holidays_file
    book = load_policies(policies_file)
    return Law(book, load_holidays(holidays_file, policies=frozenset(book)))
