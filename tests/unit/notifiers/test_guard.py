from __future__ import annotations

import threading

import httpcore
import pytest

from notifiers.guard import Guard, RefusedError
from notifiers.resolver import LookupTimeoutError, Resolver
from scheduler.errors import InvalidHoldError


def answering(*found: str) -> Guard:
    return Guard(allowed_networks=["10.20.0.0/16"], lookup=lambda *_: list(found))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.gov/a/b?c=d",
        "https://hooks.example.gov:8443/",
        "https://93.184.215.14/",
        "https://[2606:4700::1111]:443/",
    ],
)
def test_ordinary_https_url_is_taken(url: str) -> None:
    Guard().check_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("http://hooks.example.gov/", "scheme", id="plain http"),
        pytest.param("ftp://hooks.example.gov/", "scheme", id="another scheme"),
        pytest.param("hooks.example.gov", "scheme", id="no scheme"),
        pytest.param("https:///path", "no host", id="no host"),
        pytest.param("https://user@hooks.example.gov/", "user name", id="user"),
        pytest.param("https://user:word@hooks.example.gov/", "user name", id="user and password"),
        pytest.param("https://@hooks.example.gov/", "user name", id="empty user"),
        pytest.param("https://hooks.example.gov:22/", "port", id="another service's port"),
        pytest.param("https://hooks.example.gov:80/", "port", id="http's port for https"),
        pytest.param("https://hooks.example.gov:0/", "port", id="port nought"),
        pytest.param("https://hooks.example.gov:99999/", "read", id="no port at all"),
        pytest.param("https://hooks.example.gov/a b", "ASCII", id="a space"),
        pytest.param("https://hooks.example.gov/\r\nx: y", "ASCII", id="a line break"),
        pytest.param("https://hooks.example.gov\\@10.0.0.1/", "ASCII", id="a backslash"),
        pytest.param("https://höoks.example.gov/", "ASCII", id="not ASCII"),
        pytest.param("https://127.0.0.1/", "public", id="loopback"),
        pytest.param("https://2130706433/", "public", id="loopback as one number"),
        pytest.param("https://0x7f.1/", "public", id="loopback in hexadecimal"),
        pytest.param("https://017700000001/", "public", id="loopback in octal"),
        pytest.param("https://[::ffff:10.0.0.1]/", "public", id="mapped"),
        pytest.param("https://169.254.169.254/latest/", "metadata", id="metadata"),
        pytest.param("https://[fd00:ec2::254]/", "metadata", id="metadata in IPv6"),
    ],
)
def test_url_that_no_delivery_could_use_is_refused(url: str, why: str) -> None:
    with pytest.raises(InvalidHoldError, match=why) as caught:
        Guard().check_url(url)

    assert caught.value.field == "url"


def test_refusal_of_a_url_does_not_repeat_its_path() -> None:
    with pytest.raises(InvalidHoldError) as caught:
        Guard().check_url("http://hooks.example.gov/services/T0/secret-part")

    assert "secret-part" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.20.0.5/hook",
        "http://10.20.0.5:9080/hook",
        "https://10.20.0.5:9080/hook",
        "http://alerts.inside.example/hook",
    ],
)
def test_own_network_may_use_plain_http_and_configured_ports(url: str) -> None:
    Guard(allowed_networks=["10.20.0.0/16"], allowed_ports=[9080]).check_url(url)


def test_plain_http_to_another_address_is_refused_though_an_own_network_is_configured() -> None:
    with pytest.raises(InvalidHoldError, match="use https"):
        Guard(allowed_networks=["10.20.0.0/16"]).check_url("http://93.184.215.14/")


def test_name_with_a_public_answer_may_be_reached() -> None:
    guard = answering("93.184.215.14", "2606:4700::1111")

    found = guard.addresses("hooks.example.gov", 443, is_plain=False, timeout_s=1)

    assert found == ["93.184.215.14", "2606:4700::1111"]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(["127.0.0.1"], id="loopback"),
        pytest.param(["93.184.215.14", "10.0.0.1"], id="one bad answer of two"),
        pytest.param(["169.254.169.254"], id="metadata"),
        pytest.param(["::ffff:192.168.0.1"], id="mapped"),
    ],
)
def test_name_with_a_bad_answer_is_refused(answers: list[str]) -> None:
    with pytest.raises(RefusedError):
        answering(*answers).addresses("hooks.example.gov", 443, is_plain=False, timeout_s=1)


def test_name_is_judged_again_when_its_answer_has_changed() -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    guard = Guard(lookup=lambda *_: answers.pop(0))
    guard.addresses("hooks.example.gov", 443, is_plain=False, timeout_s=1)

    with pytest.raises(RefusedError, match=r"127\.0\.0\.1"):
        guard.addresses("hooks.example.gov", 443, is_plain=False, timeout_s=1)


def test_plain_http_to_a_public_answer_is_refused() -> None:
    with pytest.raises(RefusedError, match="use https"):
        answering("93.184.215.14").addresses("alerts.example.gov", 80, is_plain=True, timeout_s=1)


def test_port_is_judged_at_the_connection_too() -> None:
    with pytest.raises(RefusedError, match="port 22"):
        answering("93.184.215.14").addresses("a.example.gov", 22, is_plain=False, timeout_s=1)


def test_name_without_an_answer_is_a_failure_to_connect() -> None:
    with pytest.raises(httpcore.ConnectError, match="no address"):
        answering().addresses("hooks.example.gov", 443, is_plain=False, timeout_s=1)


def test_name_that_cannot_exist_is_a_failure_to_connect() -> None:
    guard = Guard()

    with pytest.raises(httpcore.ConnectError):
        guard.addresses(f"{'a' * 64}.example.gov", 443, is_plain=False, timeout_s=1)


def test_silent_name_server_is_left_at_the_deadline() -> None:
    silence = threading.Event()

    def lookup(host: str, port: int) -> list[str]:
        silence.wait()
        return []

    guard = Guard(lookup=lookup)

    with pytest.raises(httpcore.ConnectTimeout):
        guard.addresses("hooks.example.gov", 443, is_plain=False, timeout_s=0.05)

    silence.set()


def test_lookups_that_hang_are_bounded() -> None:
    silence = threading.Event()
    started: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        started.append(host)
        silence.wait()
        return ["93.184.215.14"]

    resolver = Resolver(lookup, at_once=2)
    for name in ("a", "b", "c"):
        with pytest.raises(LookupTimeoutError):
            resolver.addresses(name, 443, timeout_s=0.02)

    assert started == ["a", "b"]
    silence.set()
    assert resolver.addresses("d", 443, timeout_s=5) == ["93.184.215.14"]
