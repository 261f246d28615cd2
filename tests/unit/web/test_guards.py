"""Headers, sizes, origins and faults, whatever the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from fastapi import FastAPI, Request

from scheduler.health import Check
from tests.support.browser import ORIGIN, Browser
from web import guards, probes, problems
from web.rendering import Pages

SECRET = "a-token-that-nobody-may-log"


def app(*, is_alive: bool = True, ill: Sequence[Check] = (), is_https: bool = True) -> FastAPI:
    """A small application behind the same guards."""
    made, pages = FastAPI(), Pages()

    @made.post("/form")
    async def form(request: Request) -> dict[str, int]:
        guards.require_own_form(request, ORIGIN)
        return {"length": len(await request.body())}

    @made.get("/broken/{token}")
    def broken(token: str) -> None:
        raise RuntimeError("a fault of ours")

    made.include_router(probes.routes(is_alive=lambda: is_alive, what_is_ill=lambda: ill))
    problems.add_handlers(made, pages)
    made.add_middleware(problems.Faults, pages=pages)
    made.add_middleware(guards.BodyLimit, refuse=problems.page(pages, 413))
    made.add_middleware(guards.SecurityHeaders, is_https=is_https)
    return made


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/livez", 200),
        ("GET", "/nothing", 404),
        ("GET", "/form", 405),
        ("POST", "/form", 200),
        ("GET", f"/broken/{SECRET}", 500),
    ],
)
def test_every_answer_carries_every_header(method: str, url: str, status: int) -> None:
    answer = Browser(app()).request(method, url)

    assert answer.status_code == status
    assert answer.headers.items() >= {name.lower(): text for name, text in (
        guards.HEADERS | guards.HTTPS_ONLY).items()}.items()  # fmt: skip


def test_policy_allows_what_is_our_own_and_nothing_else() -> None:
    policy = Browser(app()).get("/livez").headers["content-security-policy"]

    assert policy.split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]


def test_browsers_are_not_told_to_insist_on_https_where_there_is_none() -> None:
    answer = Browser(app(is_https=False)).get("/livez")

    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("size", "status"), [(guards.BODY_LIMIT, 200), (guards.BODY_LIMIT + 1, 413)]
)
def test_body_is_taken_up_to_64_kib(size: int, status: int) -> None:
    answer = Browser(app()).request("POST", "/form", content=b"x" * size)

    assert answer.status_code == status
    assert "content-security-policy" in answer.headers


def test_body_without_a_length_is_counted_as_it_comes() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(guards.BODY_LIMIT // 1024 + 1):
            yield b"x" * 1024

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app())
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.post("/form", content=pieces())

    answer = asyncio.run(send())

    assert answer.status_code == 413
    assert "At most 64 KiB are taken" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="says nothing"),
        pytest.param({"sec-fetch-site": "same-origin", "origin": "null"}, 200, id="our page"),
        pytest.param({"sec-fetch-site": "none"}, 200, id="typed by hand"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a neighbour"),
        pytest.param({"sec-fetch-site": "cross-site", "origin": ORIGIN}, 403, id="contradicting"),
        pytest.param({"origin": ORIGIN}, 200, id="own origin"),
        pytest.param({"origin": "null"}, 200, id="an old browser on our page"),
        pytest.param({"origin": "https://evil.example"}, 403, id="another origin"),
    ],
)
def test_form_of_another_site_is_refused(headers: dict[str, str], status: int) -> None:
    assert Browser(app()).post("/form", headers=headers).status_code == status


def test_fault_of_ours_is_a_plain_page_with_a_reference_and_the_log_has_no_path(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = Browser(app()).get(f"/broken/{SECRET}")

    (record,) = caplog.records
    assert record.__dict__["action"] == "page_failed"
    assert (
        f"Nothing was recorded. Try again; reference {record.__dict__['reference']}." in answer.text
    )
    assert "RuntimeError" not in answer.text
    assert "a fault of ours" in caplog.text
    assert SECRET not in caplog.text


# Probes.


def test_process_that_looks_is_alive() -> None:
    assert Browser(app()).get("/livez").json() == {"status": "alive"}
    assert Browser(app()).request("HEAD", "/livez").status_code == 200


def test_deadline_thread_that_does_not_look_is_a_problem() -> None:
    answer = Browser(app(is_alive=False)).get("/livez")

    assert (answer.status_code, answer.headers["content-type"]) == (503, problems.MEDIA_TYPE)
    assert answer.json()["title"] == "The deadline thread does not look"


def test_what_is_ill_is_named_with_its_mend_and_without_what_was_found() -> None:
    ill = [Check("set aside", "holds that could not be carried on: 7Q3KM4", "watch by hand")]

    answer = Browser(app(ill=ill)).get("/readyz")

    assert (answer.status_code, answer.headers["content-type"]) == (503, problems.MEDIA_TYPE)
    assert answer.json()["failing"] == [{"name": "set aside", "mend": "watch by hand"}]
    assert "7Q3KM4" not in answer.text


def test_whatever_is_well_is_ready() -> None:
    assert Browser(app()).get("/readyz").json() == {"status": "ready"}
