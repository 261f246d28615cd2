"""Where a hold stands, in the words, signs and order of every page.

State is a word, a shape and a colour, in that order. What is past the limit is
`stop`, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.domain import board, instants
from scheduler.domain.board import NEAR
from scheduler.domain.clock_duties import CONFIRMATION_WAIT
from scheduler.domain.explanation import Explanation
from scheduler.domain.hold import Outcome, Status
from scheduler.open_holds import OpenHold
from scheduler.views import HoldView
from web.voice import ENGLISH, Voice, marked

NO_AUTHORITY = marked("NO AUTHORITY ON RECORD: {papers}")
PAPERS = {
    "served": marked("NOT SERVED"),
    "warrant": marked("NO WARRANT"),
    "judicial_order": marked("NO JUDICIAL ORDER"),
}
NOT_YET = {
    "served": marked("Not served"),
    "warrant": marked("No warrant"),
    "judicial_order": marked("No judicial order"),
}
LACKS = {
    board.Lack.NOTICE: ("notice", marked("No notice")),
    board.Lack.NOTICE_OVERDUE: ("notice", marked("Notice overdue")),
    board.Lack.ANSWER: ("bell", marked("Not acknowledged")),
    board.Lack.CONFIRMATION: ("assumed", marked("Start not confirmed")),
}
"""Sign and words of what a hold lacks; papers are named one by one."""
GROUPS = {
    board.Group.PAST: marked("Past the limit"),
    board.Group.RUNNING: marked("Clock running"),
    board.Group.LAPSED: marked("Lapsed"),
    board.Group.NOT_STARTED: marked("Clock not started"),
}
ASSUMED = marked("Clock started on the expected time, not confirmed.")
UNCONFIRMED = marked("Clock started on the expected time, not confirmed. Confirm or correct.")
CONFIRM = marked(
    "Release expected now: confirm or correct. Without an answer by {by} the clock starts from "
    "{at}."
)
SERVED_LATE = marked("Serving late does not lengthen the window.")
NO_OUTCOME = marked("No transfer or release is on record.")
OUTCOMES = {
    Status.TRANSFERRED: marked("Transferred"),
    Status.RELEASED: marked("Released"),
    Status.CANCELLED: marked("Cancelled by the agency"),
    Status.DECLINED: marked("Declined by the jail"),
    Status.SUPERSEDED: marked("Superseded by a newer detainer"),
    Status.OTHER_CUSTODY: marked("Moved to other custody"),
    Status.DIED: marked("Closed: the person died"),
    Status.ESCAPED: marked("Closed: the person escaped"),
}


STATES = {
    Status.LODGED: marked("Clock not started"),
    Status.RUNNING: marked("Clock running"),
    Status.EXPIRED: marked("Past the limit"),
    Status.LAPSED: marked("Lapsed"),
    **OUTCOMES,
}
"""Every state in few words."""


def outcomes(voice: Voice) -> list[tuple[str, str]]:
    """Return every outcome there is, with its words, to choose from."""
    return [(each.value, voice.say(OUTCOMES[Status(each.value)])) for each in Outcome]


@dataclass(frozen=True)
class Limit:
    """A limit with its name: `Deadline`, `Ceiling: plan to this`."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Tag:
    """Something that is missing, or done: its sign, and its words."""

    sign: str
    text: str
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What is read first.

    Attributes:
        look: Of the box, and of its sign: `stop`, `near`, `day`, `ceil`, `run`,
            `lodged`, `lapsed`, `done`.
        big: The one line that must be understood at 3 a.m.
        limits: The instants behind it.
        also: Sentences that belong to it.
    """

    look: str
    big: str
    limits: tuple[Limit, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Box:
    """A limit that has not passed, with its reason.

    Attributes:
        look: Of the box and its sign.
        name: Of the limit.
        to: What its countdown counts to, a key of `voice.FORMS`; empty where it has passed.
        reason: The policy it comes from, and its sum.
    """

    look: str
    name: str
    to: str
    at: datetime
    reason: str


def boxes(view: HoldView, explained: Explanation, voice: Voice) -> tuple[Box, ...]:
    """Return the limits that are still to come, each with its reason; what is next comes first.

    There are none where no clock runs, and none where authority is over.
    """
    hold, now = view.hold, view.now
    deadline_at, ceiling_at = hold.deadline_at, hold.ceiling_at
    if hold.outcome is not None or view.status is Status.LAPSED:
        return ()
    if deadline_at is None or ceiling_at is None or deadline_at <= now:
        return ()
    near = board.look_of(deadline_at - now)
    if ceiling_at == deadline_at:
        name, why = voice.say("Deadline"), explained.policy.sentence
        return (Box(look=near, name=name, to="left", at=deadline_at, reason=why),)
    deadline = Box(
        look=near,
        name=voice.say("Deadline under this hold's policy"),
        to="deadline",
        at=deadline_at,
        reason=explained.policy.sentence,
    )
    by = [each for each in explained.checked if each.deadline_at == ceiling_at]
    is_passed = ceiling_at <= now
    ceiling = Box(
        look="ceil" if is_passed else board.look_of(ceiling_at - now),
        name=voice.say("CEILING PASSED") if is_passed else voice.say("Ceiling: plan to this"),
        to="" if is_passed else "ceiling",
        at=ceiling_at,
        reason=" ".join(each.sentence for each in by),
    )
    return (deadline, ceiling) if is_passed else (ceiling, deadline)


def lead(view: HoldView, voice: Voice = ENGLISH) -> Lead:
    """Say where a hold stands at the instant it was read."""
    hold, say = view.hold, voice.say
    if hold.outcome is not None:
        return _closed(view, voice)
    if view.status is Status.LAPSED and hold.lapsed_at is not None:
        return Lead(
            look="lapsed",
            big=say("LAPSED"),
            limits=(Limit(say("Authority under the detainer ended"), hold.lapsed_at),),
            also=(say("Local custody goes on."),),
        )
    if hold.deadline_at is None or hold.ceiling_at is None:
        return _not_started(view, voice)
    if hold.deadline_at <= view.now:
        return Lead(
            look="stop",
            big=voice.counted("left", hold.deadline_at, view.now),
            limits=(Limit(say("Authority to hold ended"), hold.deadline_at),),
            also=(say(NO_OUTCOME),),
        )
    return _running(view.now, hold.ceiling_at, hold.deadline_at, voice)


def _closed(view: HoldView, voice: Voice) -> Lead:
    at, late = view.hold.outcome_at, view.over_detention_minutes
    limits = () if at is None else (Limit(voice.say("On record"), at),)
    gone = voice.duration(timedelta(minutes=late))
    also = (voice.say("{t} after the deadline.", t=gone),) if late else ()
    return Lead(look="done", big=voice.say(OUTCOMES[view.status]), limits=limits, also=also)


def _not_started(view: HoldView, voice: Voice) -> Lead:
    say = voice.say
    if not view.rules.policy.has_clock:
        title = view.rules.policy.title
        also = (say("{policy}. Only notice and outcomes apply.", policy=title),)
        return Lead(look="lodged", big=say("No clock"), also=also)
    expected = view.hold.expected_release_at
    if expected is None:
        return Lead(
            look="lodged", big=say("Clock not started"), also=(say("No release is on record."),)
        )
    return Lead(
        look="lodged",
        big=say("Clock not started"),
        limits=(Limit(say("Release expected"), expected),),
        also=(say("A forecast, not a deadline: it is confirmed when it comes."),),
    )


def _running(now: datetime, ceiling_at: datetime, deadline_at: datetime, voice: Voice) -> Lead:
    deadline = Limit(voice.say("Deadline"), deadline_at)
    if ceiling_at == deadline_at:
        big = voice.counted("left", deadline_at, now)
        return Lead(look=board.look_of(deadline_at - now), big=big, limits=(deadline,))
    if ceiling_at > now:
        limits = (Limit(voice.say("Ceiling: plan to this"), ceiling_at), deadline)
        big = voice.counted("ceiling", ceiling_at, now)
        return Lead(look=board.look_of(ceiling_at - now), big=big, limits=limits)
    is_near = deadline_at - now <= NEAR
    return Lead(
        look="near" if is_near else "ceil",
        big=voice.counted("deadline", deadline_at, now),
        limits=(deadline, Limit(voice.say("CEILING PASSED"), ceiling_at)),
    )


class Ask(NamedTuple):
    """What the jail is asked to confirm.

    Attributes:
        text: The question.
        at: UTC, the release that was expected.
    """

    text: str
    at: datetime


def confirmation(view: HoldView, voice: Voice) -> Ask | None:
    """Return the question whether a release came as expected, or None where none is open."""
    hold, zone = view.hold, view.facility.timezone
    at = hold.expected_release_at
    if hold.outcome is not None or hold.would_release_at is not None or at is None:
        return None
    if hold.assumed:
        return Ask(voice.say(UNCONFIRMED), at)
    if hold.confirmation_asked_at is None:
        return None
    by = voice.clock(at + CONFIRMATION_WAIT, zone, view.now)
    return Ask(voice.say(CONFIRM, by=by, at=voice.clock(at, zone, view.now)), at)


def missing(view: HoldView, voice: Voice = ENGLISH) -> Iterator[Tag]:
    """Say what a running clock lacks, and what nobody has confirmed."""
    hold = view.hold
    if hold.outcome is not None or hold.started_at is None:
        return
    if view.papers_missing:
        yield Tag("missing", no_authority(view, voice), "auth")
    if hold.assumed:
        yield Tag("assumed", voice.say(ASSUMED))


def no_authority(view: HoldView, voice: Voice) -> str:
    """Say in capitals which papers a running clock lacks."""
    papers = ", ".join(voice.say(PAPERS[paper]) for paper in view.papers_missing)
    return voice.say(NO_AUTHORITY, papers=papers)


def tags(each: OpenHold, voice: Voice) -> Iterator[Tag]:
    """Say what an open hold lacks, a tag each, and what is done where nothing is missing."""
    view, say = each.view, voice.say
    if each.place.look is board.Look.CEILING_PASSED:
        yield Tag("ceil", say("Ceiling passed"), "ceil")
    for lack in each.lacks:
        if lack is board.Lack.NO_AUTHORITY:
            yield Tag("missing", no_authority(view, voice), "auth")
        elif lack is board.Lack.PAPERS:
            for paper in view.papers_missing:
                yield Tag("missing", say(NOT_YET[paper]))
        else:
            sign, words = LACKS[lack]
            yield Tag(sign, say(words))
    yield from _done(view, voice)


def _done(view: HoldView, voice: Voice) -> Iterator[Tag]:
    hold, zone = view.hold, view.facility.timezone
    if hold.notice_given_at is not None:
        yield Tag("done", voice.say("Notice given"), "quiet")
    if hold.arrival_at is not None and hold.arrival_at > view.now:
        at = voice.clock(hold.arrival_at, zone, view.now)
        yield Tag("done", voice.say("Agents due {at}", at=at), "quiet")
    elif hold.acknowledged_at is not None:
        yield Tag("done", voice.say("Acknowledged"), "quiet")
    if hold.started_at is None and hold.served_at is not None:
        day = voice.day(hold.served_at.astimezone(instants.zone_of(zone)).date())
        yield Tag("done", voice.say("Served {day}", day=day), "quiet")
