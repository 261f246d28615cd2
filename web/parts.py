"""What the web application is made of: the use cases, handed to it by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.accounts.api_keys import ApiKeys
from scheduler.accounts.calendar_feeds import CalendarFeeds
from scheduler.accounts.invitations import Invitations
from scheduler.accounts.kept_forms import KeptForms
from scheduler.accounts.own_account import OwnAccount
from scheduler.accounts.refusals import Refusals
from scheduler.accounts.sessions import Sessions
from scheduler.accounts.sign_in import SignIn
from scheduler.accounts.users import Users
from scheduler.accounts.walls import Walls
from scheduler.administration import Administration
from scheduler.amendments import Amendments
from scheduler.answering import Answers
from scheduler.channel_tests import Tested
from scheduler.deadline_query import Answer
from scheduler.directory_views import DirectoryViews
from scheduler.domain.actors import Actor
from scheduler.domain.policy_book import PolicyBook
from scheduler.event_log import EventLog
from scheduler.health import Check, Condition
from scheduler.kept_holidays import KeptHolidays
from scheduler.news import News
from scheduler.open_holds import OpenHolds
from scheduler.papers.desk import Papers
from scheduler.registry import Registry
from scheduler.replies import Replies
from scheduler.reports import Reports
from scheduler.rotation import Rotation
from scheduler.subjects import Subjects
from scheduler.views import Views
from web.auth.oidc import ProviderSignIn
from web.rate_limits import RateLimits
from web.source import Network


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that routes read and record through.

    Attributes:
        base_url: Where browsers reach the application.
        views: The whole record; routes read it as `views.seen_by(actor)` only.
        open_holds: The same, as a board reads it.
        event_log: The same.
        news: What just happened, for boards; closed by whoever serves them.
        deadline: When a policy's window would end: pure calculation.
        directory: The same, read as `directory.seen_by(actor)` only; so `holidays`.
        order_test: Lets the worker try a channel; returns the delivery's id.
        tests_of: What became of a channel's last test messages.
        resend: Lets the worker send a delivery again.
        trusted_proxies: Whose word counts for where a request comes from.
        provider: People may sign in through it; None without one.
        sign_in_help: Who helps with signing in.
        pace: How many of the holds' seconds pass in one of the world's.
        is_silent: Says of a time without a look, by the holds' clock, that no worker runs.
        is_alive: For `/livez`.
        what_is_ill: For `/readyz`.
        condition: For the page that tells how the house is.
    """

    base_url: str
    registry: Registry
    views: Views
    open_holds: OpenHolds
    event_log: EventLog
    news: News
    reports: Reports
    administration: Administration
    directory: DirectoryViews
    rotation: Rotation
    order_test: Callable[[Actor, str], str]
    tests_of: Callable[[Actor, str], Sequence[Tested]]
    resend: Callable[[Actor, str], None]
    amendments: Amendments
    holidays: KeptHolidays
    answers: Answers
    api_keys: ApiKeys
    calendar_feeds: CalendarFeeds
    walls: Walls
    users: Users
    sessions: Sessions
    sign_in: SignIn
    own_account: OwnAccount
    invitations: Invitations
    refusals: Refusals
    kept_forms: KeptForms
    book: PolicyBook
    replies: Replies
    subjects: Subjects
    papers: Papers
    deadline: Callable[[Mapping[str, str]], Answer]
    pace: float
    is_silent: Callable[[timedelta], bool]
    is_alive: Callable[[], bool]
    what_is_ill: Callable[[], Sequence[Check]]
    condition: Callable[[], Condition]
    rate_limits: RateLimits
    provider: ProviderSignIn | None
    trusted_proxies: Sequence[Network]
    sign_in_help: str | None
