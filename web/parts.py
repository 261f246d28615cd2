"""What the web application is made of: the use cases, handed to it by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduler.accounts.api_keys import ApiKeys
from scheduler.accounts.sessions import Sessions
from scheduler.accounts.users import Users
from scheduler.administration import Administration
from scheduler.amendments import Amendments
from scheduler.answering import Answers
from scheduler.domain.policy_book import PolicyBook
from scheduler.event_log import EventLog
from scheduler.health import Check
from scheduler.registry import Registry
from scheduler.replies import Replies
from scheduler.reports import Reports
from scheduler.views import Views
from web.rate_limits import RateLimits


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that routes read and record through.

    Attributes:
        base_url: Where browsers reach the application.
        views: The whole record; routes read it as `views.seen_by(actor)` only.
        event_log: The same.
        is_alive: For `/livez`.
        what_is_ill: For `/readyz`.
    """

    base_url: str
    registry: Registry
    views: Views
    event_log: EventLog
    reports: Reports
    administration: Administration
    amendments: Amendments
    answers: Answers
    api_keys: ApiKeys
    users: Users
    sessions: Sessions
    book: PolicyBook
    replies: Replies
    is_alive: Callable[[], bool]
    what_is_ill: Callable[[], Sequence[Check]]
    rate_limits: RateLimits
