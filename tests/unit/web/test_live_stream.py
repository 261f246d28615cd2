from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.types import Message

from scheduler.domain.actors import Actor, Role
from scheduler.news import Item
from web.live import stream
from web.live.stream import Fan, Reader

OAK = Actor("key:A", Role.FACILITY, frozenset({"OAK"}))


def items(count: int, facility: str = "OAK", first: int = 0) -> list[Item]:
    return [Item(f"event-{first + n}", "call_logged", f"H{n}", facility) for n in range(count)]


async def still() -> Reader:
    return Reader(OAK, OAK.facility_codes)


async def settle() -> None:
    """Let the loop do what was put into it from outside."""
    for _ in range(3):
        await asyncio.sleep(0)


async def _all(messages: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in messages]


def followed(tell: Callable[[Fan], None], last_event_id: str | None = None) -> list[bytes]:
    """Return what a stream of OAK sends once it is told something; it ends by itself."""

    async def run() -> list[bytes]:
        fan = Fan()
        fan.bind()
        if last_event_id is not None:
            fan.happened(items(3))
            await settle()
        reader = Reader(OAK, OAK.facility_codes)
        messages = stream._Follower(fan, reader, still, last_event_id).messages()
        sent = [await anext(messages)]
        tell(fan)
        await settle()
        following = asyncio.create_task(_all(messages))
        await settle()
        fan.ended()
        return sent + await asyncio.wait_for(following, 5)

    return asyncio.run(run())


def test_what_happens_at_one_moment_is_sent_in_one_piece_without_what_is_not_theirs() -> None:
    def tell(fan: Fan) -> None:
        fan.happened([*items(2), *items(2, "ELM", 10)])

    _, piece = followed(tell)

    assert piece.count(b"event: hold\n") == 2
    assert b"ELM" not in piece


def test_what_is_not_theirs_sends_nothing() -> None:
    assert len(followed(lambda fan: fan.happened(items(500, "ELM")))) == 1


def test_a_burst_is_one_message_that_tells_to_look_at_everything() -> None:
    _, piece = followed(lambda fan: fan.happened(items(stream.TOLD_AT_ONCE + 1)))

    assert piece == b"id: event-100\nevent: changed\ndata: {}\n\n"


def test_a_reader_that_fell_behind_what_is_kept_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(followed(lambda fan: fan.happened(items(stream.KEPT + 1)))) == 1


def test_a_reader_goes_on_after_the_last_event_it_knows() -> None:
    _, piece = followed(lambda fan: None, last_event_id="event-1")

    assert piece.startswith(b"id: event-2\n")
    assert piece.count(b"event: ") == 1


def test_a_reader_that_takes_nothing_is_let_go_and_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "SLOW_AFTER_S", 0.01)

    async def run() -> dict[str, int]:
        fan = Fan()
        fan.bind()
        follower = stream._Follower(fan, Reader(OAK, OAK.facility_codes), still, None)
        answer = stream._Stream(fan, "key:A", follower)
        never = asyncio.Event()

        async def receive() -> Message:
            await never.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                assert fan.open == {"key:A": 1}
                await never.wait()

        called: Awaitable[None] = answer({"type": "http", "asgi": {}}, receive, send)
        await asyncio.wait_for(called, 5)
        return fan.open

    assert asyncio.run(run()) == {}


def test_a_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.0)

    assert followed(lambda fan: None)[1] == b":\n\n"
