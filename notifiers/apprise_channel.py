"""Alerts by whatever else people carry: SMS, chat, pagers, through the package Apprise.

Apprise is an optional extra and is loaded at the first use. It makes its own
connections with another HTTP library, so the guard's promises do not hold here;
decision 0010 lists what takes their place and what nothing does.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from notifiers import render, wording
from notifiers.base import Alert, Receipt, Target
from notifiers.guard import Guard
from notifiers.limits import Budget
from scheduler.errors import (
    ConfigError,
    InvalidHoldError,
    PermanentDeliveryError,
    TransientDeliveryError,
)

if TYPE_CHECKING:
    from apprise import AppriseAsset, AppriseResult, NotifyBase

TIMEOUT_S = 15.0
CONNECT_S = 5.0
READ_S = 10.0
AT_ONCE = 64
"""Sends under way, those included that were given up and still hang."""
HANGING = 4
"""How many sends of one channel may hang before further ones are not begun."""

SCHEMES = frozenset(
    {
        *("bulksms", "clicksend", "msgbird", "plivo", "sinch", "sns", "telnyx", "twilio", "vonage"),
        *("gchat", "slack", "webex", "workflows", "wxteams"),
        *("ilert", "opsgenie", "pagerduty", "pover", "signl4", "splunk", "squadcast", "victorops"),
    }
)
"""Services at addresses of their own, which the URL cannot choose; and Microsoft's
workflows, whose host is judged as a webhook's is."""

NEVER = frozenset(
    {
        # They act on this machine: its desktop, its log, what is plugged into it.
        *("blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"),
        # They read files that the URL names.
        *("fcm", "vapid"),
        # They pass everything on, and would get round the list.
        *("apprise", "apprises"),
        # `email` does it better; this way reads key files and takes a second host.
        *("mailto", "mailtos"),
    }
)
"""Refused whatever is configured."""

_OPTIONS = frozenset(
    {
        # These weaken the line, or take decisions that are Holdclock's.
        *("cto", "redirect", "retry", "rto", "store", "verify", "wait"),
        # These read files of this machine, or fetch from wherever they say.
        *("attach", "image_url", "keyfile", "pem", "pgp", "pgpkey", "subfile", "template"),
    }
)
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)
_OPTION = re.compile(r"[?&;]\W*(\w+)\s*=")
# The only place where Apprise tells what a service answered.
_ANSWERED = re.compile(r"\berror=([1-5]\d\d)\b")
_GONE = 410


class AppriseNotifier:
    """Hands alerts to Apprise, one receiver each.

    Args:
        guard: Judges the host of services whose URL names one.
        schemes: Which services may be used, by the first part of their URLs.
        timeout_s: After which an attempt counts as failed. Its thread cannot be
            stopped: it ends with Apprise's own time-outs, and may still deliver.

    Raises:
        ConfigError: One of the schemes is never allowed.
    """

    kind = "apprise"

    def __init__(
        self, guard: Guard, *, schemes: Collection[str] = SCHEMES, timeout_s: float = TIMEOUT_S
    ) -> None:
        wanted = frozenset(scheme.lower() for scheme in schemes)
        if barred := sorted(wanted & NEVER):
            raise ConfigError(
                [f"APPRISE_SCHEMES: {', '.join(barred)} cannot be allowed (decision 0010)"]
            )
        self._guard = guard
        self._schemes = wanted
        self._timeout_s = timeout_s
        self._hanging: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    def check_url(self, url: str) -> None:
        """Refuse a URL that no delivery could use, when somebody adds it.

        Raises:
            InvalidHoldError: With `field` ``url``; the URL itself is not repeated.
            ConfigError: The extra is not installed.
        """
        if not is_installed():
            raise ConfigError([_NOT_INSTALLED])
        self._service(url)

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Hand an alert over; see `Notifier.send`."""
        if not is_installed():
            raise PermanentDeliveryError(_NOT_INSTALLED)
        try:
            service = self._service(target.address)
        except InvalidHoldError as exc:
            raise PermanentDeliveryError(f"apprise: {exc}") from exc
        # From here on: at the first use, loading the package takes seconds.
        budget = Budget(self._timeout_s, 0)
        self._check_host(service, budget)
        result = self._within(budget, target.channel_id, lambda: _notify(service, alert))
        if not result:
            raise _failure(result)
        # Apprise tells that a service took it, not in which words.
        return Receipt(status=None, answer="", duration_ms=budget.spent_ms())

    def close(self) -> None:
        """Do nothing: Apprise keeps no connection."""

    def _service(self, url: str) -> NotifyBase:
        scheme = _SCHEME.match(url)
        if scheme is None:
            raise _bad_url("it does not begin with the name of a service, as slack://")
        if scheme[1].lower() not in self._schemes:
            allowed = ", ".join(sorted(self._schemes))
            raise _bad_url(f"{scheme[1].lower()} is not allowed; use {allowed} (APPRISE_SCHEMES)")
        if options := _options(url) & _OPTIONS:
            raise _bad_url(f"it sets {', '.join(sorted(options))}, which is Holdclock's to decide")
        return _instance(url)

    def _check_host(self, service: NotifyBase, budget: Budget) -> None:
        """Judge where a service's own host leads, as far as that can be known beforehand."""
        if not _names_a_host(service):
            return
        host, port, is_plain = str(service.host), service.port, not service.secure
        self._guard.check_host(
            host,
            port or (80 if is_plain else 443),
            is_plain=is_plain,
            timeout_s=min(CONNECT_S, budget.left_s()),
        )

    def _within(
        self, budget: Budget, channel_id: str, notify: Callable[[], AppriseResult]
    ) -> AppriseResult:
        """Run an attempt in a thread of its own and leave it when its time is up."""
        if self._hanging[channel_id] >= HANGING:
            raise TransientDeliveryError(f"apprise: {HANGING} earlier attempts still hang")
        if not self._slots.acquire(timeout=max(0.0, budget.left_s())):
            raise TransientDeliveryError(f"apprise: {AT_ONCE} attempts are under way")
        answer: Future[AppriseResult] = Future()
        # A daemon: a service that never answers must not keep a stopping process.
        threading.Thread(
            target=self._run, args=(answer, notify), name="apprise", daemon=True
        ).start()
        try:
            return answer.result(max(0.0, budget.left_s()))
        except TimeoutError as exc:
            self._give_up(answer, channel_id)
            raise TransientDeliveryError(f"apprise: no end after {self._timeout_s:g} s") from exc

    def _run(self, answer: Future[AppriseResult], notify: Callable[[], AppriseResult]) -> None:
        try:
            answer.set_result(notify())
        except Exception as exc:  # noqa: BLE001 (passed on to the thread that waits)
            # By its type only: the text of a plug-in's error can hold its URL.
            answer.set_exception(TransientDeliveryError(f"apprise: failed, {type(exc).__name__}"))
        finally:
            self._slots.release()

    def _give_up(self, answer: Future[AppriseResult], channel_id: str) -> None:
        with self._lock:
            self._hanging[channel_id] += 1

        def ended(_: Future[AppriseResult]) -> None:
            with self._lock:
                self._hanging[channel_id] -= 1

        answer.add_done_callback(ended)


_NOT_INSTALLED = (
    "apprise: it is not installed; bring in the extra holdclock[apprise], with "
    "`./dev setup apprise` or an image built for it (docs/alerts.md), or use another kind of channel"
)


def is_installed() -> bool:
    """Say whether the extra is there."""
    _keep_quiet()
    try:
        import apprise  # noqa: F401 (whether it can be had is the question)
    except ImportError:
        return False
    return True


def _options(url: str) -> frozenset[str]:
    # Wherever one could stand, however it is written: what Apprise would read as
    # an option must not depend on two parsers agreeing.
    return frozenset(_OPTION.findall(unquote(unquote(url)).lower()))


def _instance(url: str) -> NotifyBase:
    import apprise

    service = apprise.Apprise.instantiate(url, asset=_asset())
    if service is None:
        raise _bad_url("the service it names cannot read it; see the service's page at Apprise")
    # One that took the alert while another failed would get it again with every attempt.
    if len(service) != 1:
        raise _bad_url(f"it names {len(service)} receivers; add one channel for each")
    if service.redirects or not service.verify_certificate:
        raise _bad_url("it weakens the line")
    service.socket_connect_timeout = CONNECT_S
    service.socket_read_timeout = READ_S
    return service


def _asset() -> AppriseAsset:
    import apprise

    return apprise.AppriseAsset(
        app_id="Holdclock",
        app_desc="Holdclock alerts",
        # In the calling thread, since Apprise's own pool would let a few services
        # that hang hold up all others; and no time-out there, since this one counts.
        async_mode=False,
        service_timeout=0,
        http_redirects=False,
        # Nothing of an alert on disk, and no keys made for it.
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        pgp_autogen=False,
        pem_autogen=False,
    )


def _keep_quiet() -> None:
    # Their lines hold hosts and paths, and for most services these are the password.
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def _names_a_host(service: NotifyBase) -> bool:
    templates: tuple[str, ...] = service.templates
    return any("{host}" in template for template in templates)


def _notify(service: NotifyBase, alert: Alert) -> AppriseResult:
    import apprise

    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    return sender.notify(
        title=render.subject(alert),
        body=render.message(alert),
        notify_type=_urgency(alert),
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
    )


def _urgency(alert: Alert) -> str:
    if wording.is_past_limit(alert):
        return "failure"
    return "warning" if alert.type in ("hold.reminder", "hold.escalated") else "info"


def _failure(result: AppriseResult) -> TransientDeliveryError | PermanentDeliveryError:
    """Class a failure: Apprise says yes or no, and the status in a log line at most."""
    said = " ".join(entry.message for entry in result.logs())
    found = _ANSWERED.findall(said)
    if not found:
        return TransientDeliveryError("apprise: the service did not take it")
    status = int(found[-1])
    # As with webhooks: what a person may mend meanwhile is tried again.
    error = PermanentDeliveryError if status == _GONE else TransientDeliveryError
    return error(f"apprise: the service answered {status}", status=status)


def _bad_url(why: str) -> InvalidHoldError:
    return InvalidHoldError(f"url: {why}", field="url")
