"""What the pages and the interface work with, taken from an opened house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from config.claim_rules import load_claim_rules
from config.settings import Settings
from notifiers.mail_message import check_address
from scheduler import channel_tests, health, resending, wiring
from scheduler.accounts.counters import Counters, SettledCounters
from scheduler.accounts.vouching import Vouching
from scheduler.clock import Clock, SystemClock
from scheduler.commands.people import people
from scheduler.deadline_query import deadline
from scheduler.health import Check
from scheduler.news import News
from scheduler.reports import Reports
from scheduler.rotation import Rotation
from scheduler.silence import is_silent
from scheduler.subjects import Subjects
from scheduler.wiring import House
from web.auth.flow import Flows
from web.auth.oidc import RETURN, ProviderSignIn
from web.auth.provider import Provider, Registration
from web.parts import Parts
from web.rate_limits import RateLimits


def parts(
    house: House,
    settings: Settings,
    *,
    is_alive: Callable[[], bool],
    what_is_ill: Callable[[], Sequence[Check]],
    people_clock: Clock | None = None,
) -> Parts:
    """Return the parts of the web application.

    Args:
        house: Opened.
        settings: With keys.
        is_alive: Says that this process looks at its deadlines, or has none to look at.
        what_is_ill: Says what keeps it from serving.
        people_clock: Sessions, codes and limits run by it, where the holds' is a fast one.
    """
    clock = people_clock or house.clock
    who = people(house, settings, clock=clock)
    return Parts(
        base_url=settings.base_url,
        registry=house.registry,
        views=wiring.build_views(house),
        open_holds=wiring.build_open_holds(house),
        event_log=house.event_log,
        news=_news(house),
        reports=Reports(house.database, house.clock),
        administration=house.administration,
        directory=house.directory,
        rotation=Rotation(house.database, house.clock, cipher=house.webhook_cipher),
        order_test=partial(channel_tests.order, house.database, house.clock),
        tests_of=partial(channel_tests.results, house.database),
        resend=partial(resending.resend, house.database, house.clock),
        amendments=house.amendments,
        holidays=house.holidays,
        answers=wiring.build_answers(house, settings),
        api_keys=who.api_keys,
        calendar_feeds=who.calendar_feeds,
        walls=who.walls,
        users=who.users,
        sessions=who.sessions,
        sign_in=who.sign_in,
        own_account=who.own_account,
        invitations=who.invitations,
        refusals=who.refusals,
        kept_forms=who.kept_forms,
        trusted_proxies=settings.trusted_proxies,
        sign_in_help=settings.sign_in_help,
        book=house.law.book,
        replies=wiring.build_replies(house, settings),
        papers=wiring.build_papers(house),
        subjects=Subjects(house.database, house.clock, house.person_cipher),
        deadline=lambda query: deadline(query, house.law.book, house.law.holidays.calendar),
        pace=1 / house.clock.real_seconds(1),
        is_silent=partial(is_silent, house.clock),
        is_alive=is_alive,
        what_is_ill=what_is_ill,
        condition=partial(health.condition, house.database, house.clock),
        rate_limits=_rate_limits(house, settings, clock),
        provider=_provider(house, settings, clock),
    )


def _news(house: House) -> News:
    news = News(house.database, house.clock, SystemClock())
    recorder = house.recorder
    others = recorder.on_commit

    def wake() -> None:
        others()
        news.wake()

    recorder.on_commit = wake
    return news


def _provider(house: House, settings: Settings, clock: Clock) -> ProviderSignIn | None:
    if settings.oidc_issuer is None or settings.oidc_roles is None:
        return None
    registration = Registration(
        settings.oidc_issuer,
        settings.oidc_client_id or "",
        settings.oidc_client_secret,
        settings.base_url + RETURN,
    )
    return ProviderSignIn(
        provider=Provider(registration, wiring.build_fetch(settings), clock),
        flows=Flows(settings.secret_key, clock),
        rules=load_claim_rules(settings.oidc_roles),
        vouching=Vouching(house.database, clock, lambda text: check_address(text, field="email")),
    )


def _rate_limits(house: House, settings: Settings, clock: Clock) -> RateLimits:
    return RateLimits(
        Counters(house.database, clock),
        SettledCounters(house.database, clock, SystemClock()),
        clock,
        api_per_minute=settings.api_requests_per_minute,
    )
