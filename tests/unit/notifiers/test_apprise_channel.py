from __future__ import annotations

import sys

import pytest

from notifiers.apprise_channel import NEVER, SCHEMES, AppriseNotifier, is_installed
from notifiers.guard import Guard
from scheduler.errors import ConfigError, InvalidHoldError, PermanentDeliveryError
from tests.support import alerts
from tests.support.alerts import DEADLINE, REMINDER

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
PAGER = "pagerduty://A1BRTD4JD@TIiajkdnlazkcOXrIdevi7F/node01.local/drive"


def notifier(*schemes: str) -> AppriseNotifier:
    return AppriseNotifier(Guard(), schemes=schemes or SCHEMES)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(SLACK, id="chat"),
        pytest.param(PAGER, id="pager"),
        pytest.param(f"{SLACK}?format=text&footer=no", id="harmless options"),
        pytest.param(SLACK.replace("slack", "SLACK"), id="capital letters"),
        pytest.param(
            "workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944438d68119179a10a64/"
            "KODuebWbDGYFr0z0eu",
            id="a host of its own",
        ),
    ],
)
def test_url_of_a_service_on_the_list_is_taken(url: str) -> None:
    notifier().check_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("", "does not begin", id="nothing"),
        pytest.param("no service", "does not begin", id="no scheme"),
        pytest.param("json://10.0.0.1/", "json is not allowed", id="not on the list"),
        pytest.param("file:///etc/passwd", "file is not allowed", id="a file"),
        pytest.param("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/x", "https", id="https"),
        pytest.param("slack://x", "cannot read it", id="unreadable"),
        pytest.param(f"{SLACK}/#one/#two", "2 receivers", id="two receivers"),
        pytest.param(f"{SLACK}?verify=no", "sets verify", id="no verification"),
        pytest.param(f"{SLACK}?%76erify=no", "sets verify", id="no verification, disguised"),
        pytest.param(f"{SLACK}?VERIFY=no", "sets verify", id="no verification, in capitals"),
        pytest.param(f"{SLACK}?a=b&redirect=yes", "sets redirect", id="redirects"),
        pytest.param(f"{SLACK}?retry=5", "sets retry", id="retries"),
        pytest.param(f"{SLACK}?rto=600", "sets rto", id="long time-outs"),
        pytest.param(f"{SLACK}?template=/etc/passwd", "sets template", id="a file as template"),
        pytest.param(f"{SLACK}?a=b?template=/etc/passwd", "template", id="a second question mark"),
        pytest.param(
            f"{SLACK}?template=http://10.0.0.1/", "sets template", id="a fetched template"
        ),
    ],
)
def test_url_that_is_not_safe_or_cannot_work_is_refused(url: str, why: str) -> None:
    with pytest.raises(InvalidHoldError, match=why) as caught:
        notifier().check_url(url)

    assert caught.value.field == "url"
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in str(caught.value)


def test_list_comes_from_the_configuration() -> None:
    notifier("json").check_url("json://hooks.example.gov/")

    with pytest.raises(InvalidHoldError, match="slack is not allowed"):
        notifier("json").check_url(SLACK)


@pytest.mark.parametrize("scheme", sorted(NEVER))
def test_scheme_that_reads_or_acts_on_this_machine_cannot_be_configured(scheme: str) -> None:
    with pytest.raises(ConfigError, match=scheme):
        notifier("slack", scheme.upper())


def test_list_holds_nothing_that_is_never_allowed() -> None:
    assert not SCHEMES & NEVER


def test_refused_url_is_permanent_at_the_delivery_too() -> None:
    with pytest.raises(PermanentDeliveryError, match="template"):
        notifier().send(REMINDER, alerts.apprise(f"{SLACK}?template=/etc/passwd"), now=DEADLINE)


def test_missing_extra_is_named_when_a_channel_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    assert not is_installed()
    with pytest.raises(ConfigError, match=r"holdclock\[apprise\]"):
        notifier().check_url(SLACK)


def test_missing_extra_is_permanent_at_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(PermanentDeliveryError, match=r"holdclock\[apprise\]"):
        notifier().send(REMINDER, alerts.apprise(SLACK), now=DEADLINE)


def test_url_is_shown_nowhere() -> None:
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in repr(alerts.apprise(SLACK))
