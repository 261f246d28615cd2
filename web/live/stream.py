"""The live stream of boards: what just happened, as server-sent events.

One thread of the process looks for what is new (`scheduler.news`) and hands it to the
event loop, where every stream takes from one list what its reader may see. Nothing is
asked of the database for a stream but, once a minute, whether it may go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from scheduler.domain.actors import Actor
from scheduler.errors import NotSignedInError
from scheduler.news import Item, News, Sight
from web import problem_json
from web.identity import Follows, identity_of
from web.parts import Parts

logger = logging.getLogger(__name__)

PATH: Final = "/stream"
MEDIA_TYPE: Final = "text/event-stream"
RETRY_MS: Final = 3000
"""How long a browser waits before it connects again."""
HEARTBEAT_S: Final = 15.0
CHECK_EVERY_S: Final = 60.0
"""How long a stream may outlive its session or key, if nobody says that they ended."""
CHECK_AT_MOST_EVERY_S: Final = 2.0
SLOW_AFTER_S: Final = 10.0
"""A reader that takes nothing for so long is let go."""
KEPT: Final = 10_000
"""What happened last: for readers that come back, and for those that are slow."""
TOLD_AT_ONCE: Final = 100
"""Of more a reader is told that much has changed, to look at all of it."""
STREAMS: Final = 500
STREAMS_OF_ONE: Final = 50
"""Of one key or account."""
BUSY: Final = 503
HEADERS: Final = {
    # A proxy that gathers an answer before it passes it on would show nothing for hours.
    "X-Accel-Buffering": "no",
}
BEAT: Final = b":\n\n"


class Entry(NamedTuple):
    """What is told: to those who see the facility, or to everybody."""

    event_id: str | None
    facility_code: str | None
    message: bytes


class Reader(NamedTuple):
    """Whose stream it is, and what they see."""

    actor: Actor
    sight: Sight

    def sees(self, entry: Entry) -> bool:
        """Say whether something is told to them."""
        return (
            self.sight is None or entry.facility_code is None or entry.facility_code in self.sight
        )


class Fan:
    """Hands what happened to every stream of the process. Lives in one event loop.

    A `scheduler.news.Watcher`: its methods of that name may be called from any thread.
    """

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        """Set, and replaced by a new one, whenever there is something to look at."""
        self.is_over = False
        self.sight_edition = 0
        self.worker_runs: bool | None = None
        self.open: dict[str, int] = {}
        """How many streams everybody has."""
        self.end = 0
        """The number of the next entry."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Work in the loop that this is called in."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self.changed = loop, asyncio.Event()

    # Told by the thread that looks.

    def happened(self, items: Sequence[Item]) -> None:
        entries = [_entry(item) for item in items]
        self._soon(lambda: self._add(entries))

    def sight_may_have_changed(self) -> None:
        self._soon(self._doubt)

    def worker(self, *, runs: bool) -> None:
        self._soon(lambda: self._note_worker(runs=runs))

    def ended(self) -> None:
        self._soon(self._end)

    def _soon(self, act: Callable[[], None]) -> None:
        if self._loop is not None:
            # A loop that is closed has no streams.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(act)

    # In the loop.

    def since(self, place: int) -> list[Entry] | None:
        """Return the entries from a place on, or None if some of them are gone."""
        count = self.end - place
        if count > len(self._entries):
            return None
        return list(islice(reversed(self._entries), count))[::-1]

    def after(self, event_id: str) -> int | None:
        """Return the place after an event, or None if it is not kept."""
        for back, entry in enumerate(reversed(self._entries)):
            if entry.event_id == event_id:
                return self.end - back
        return None

    def _add(self, entries: Sequence[Entry]) -> None:
        self._entries.extend(entries)
        self.end += len(entries)
        self._ring()

    def _doubt(self) -> None:
        self.sight_edition += 1
        self._ring()

    def _note_worker(self, *, runs: bool) -> None:
        self.worker_runs = runs
        self._add([Entry(None, None, _worker_message(runs=runs))])

    def _end(self) -> None:
        self.is_over = True
        self._ring()

    def _ring(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


def routes(parts: Parts) -> APIRouter:
    """Return the route of the stream."""
    router = APIRouter()
    fan, news = Fan(), parts.news

    # Not in the schema: it has no end, and what reads the schema would wait for one.
    @router.get(PATH, include_in_schema=False)
    async def stream(request: Request, caller: Follows) -> Response:
        """Tell what happens to the holds that the caller may see, from now on."""
        fan.bind()
        sight = await run_in_threadpool(_begin, news, fan, caller.actor)
        reader = Reader(caller.actor, sight)

        async def still() -> Reader | None:
            return await run_in_threadpool(_still, request, news)

        follower = _Follower(fan, reader, still, request.headers.get("last-event-id"))
        return _Stream(fan, caller.actor.name, follower)

    return router


def _begin(news: News, fan: Fan, actor: Actor) -> Sight:
    news.tell(fan)
    return news.sight(actor)


def _still(request: Request, news: News) -> Reader | None:
    """Return who reads as it is now, or None if they may not any more."""
    try:
        actor = identity_of(request).still(request).actor
        return Reader(actor, news.sight(actor))
    except NotSignedInError:
        return None
    except Exception:
        # It connects again when the database answers.
        logger.exception("A stream could not be checked", extra={"action": "stream_unchecked"})
        return None


class _Follower:
    """One stream: takes from the fan what its reader sees."""

    def __init__(
        self, fan: Fan, reader: Reader, still: Callable[[], Any], last_event_id: str | None
    ) -> None:
        self._fan = fan
        self._reader = reader
        self._still = still
        self._last_event_id = last_event_id
        self._place = fan.end
        self._sight_edition = fan.sight_edition
        self._time = asyncio.get_running_loop().time
        self._beat_at = self._time() + HEARTBEAT_S
        self._checked_at = self._time()
        self._check_at = self._checked_at + CHECK_EVERY_S

    async def messages(self) -> AsyncGenerator[bytes, None]:
        """Yield what is sent, until the reader may not go on, or is too slow."""
        yield self._greeting()
        while True:
            changed = self._fan.changed
            if not await self._may_go_on():
                return
            entries = self._fan.since(self._place)
            if entries is None:
                return
            self._place = self._fan.end
            piece = self._piece(entries)
            if piece:
                yield piece
                self._beat_at = self._time() + HEARTBEAT_S
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._beat_at, self._check_at)):
                    await changed.wait()

    def _greeting(self) -> bytes:
        """Return what a reader starts from; to one that comes back, whether it missed anything."""
        told = [f"retry: {RETRY_MS}\n\n".encode()]
        if self._last_event_id:
            place = self._fan.after(self._last_event_id)
            if place is None:
                told.append(_message("changed", {}))
            else:
                self._place = place
        if self._fan.worker_runs is not None:
            told.append(_worker_message(runs=self._fan.worker_runs))
        return b"".join(told)

    def _piece(self, entries: Sequence[Entry]) -> bytes:
        told = [entry for entry in entries if self._reader.sees(entry)]
        if len(told) > TOLD_AT_ONCE:
            last = next((entry.event_id for entry in reversed(told) if entry.event_id), None)
            return _message("changed", {}, last)
        if told:
            return b"".join(entry.message for entry in told)
        return BEAT if self._time() >= self._beat_at else b""

    async def _may_go_on(self) -> bool:
        if self._fan.is_over:
            return False
        now = self._time()
        if self._sight_edition != self._fan.sight_edition:
            # Soon, not at once: an administrator at work would have all streams ask for ever.
            self._sight_edition = self._fan.sight_edition
            self._check_at = min(self._check_at, self._checked_at + CHECK_AT_MOST_EVERY_S)
        if now < self._check_at:
            return True
        reader = await self._still()
        if reader is None:
            return False
        self._reader = reader
        self._checked_at = self._time()
        self._check_at = self._checked_at + CHECK_EVERY_S
        return True


class _Stream(StreamingResponse):
    """A stream within the limits: not too many, and none that nobody reads."""

    def __init__(self, fan: Fan, name: str, follower: _Follower) -> None:
        self._messages = follower.messages()
        super().__init__(self._messages, media_type=MEDIA_TYPE, headers=HEADERS)
        self._fan = fan
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        open_ = self._fan.open
        theirs = open_.get(self._name, 0)
        if theirs >= STREAMS_OF_ONE or sum(open_.values()) >= STREAMS:
            await _too_many(scope, receive, send)
            return
        open_[self._name] = theirs + 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            open_[self._name] -= 1
            if not open_[self._name]:
                del open_[self._name]

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Any) -> None:
            async with asyncio.timeout(SLOW_AFTER_S):
                await send(message)

        # Nobody takes it: the server closes the connection of an answer that has no end.
        with suppress(TimeoutError):
            try:
                await super().stream_response(send_in_time)
            finally:
                await self._messages.aclose()


_too_many = problem_json.as_json(
    BUSY,
    "Too many boards are open here",
    {"Retry-After": "30"},
    detail=f"At most {STREAMS} streams are open at once, {STREAMS_OF_ONE} of one key or account.",
)


def _entry(item: Item) -> Entry:
    data = {
        "id": item.event_id,
        "kind": item.kind,
        "hold_id": item.hold_id,
        "facility_code": item.facility_code,
    }
    return Entry(item.event_id, item.facility_code, _message("hold", data, item.event_id))


def _worker_message(*, runs: bool) -> bytes:
    return _message("worker", {"state": "running" if runs else "stopped"})


def _message(name: str, data: dict[str, str], event_id: str | None = None) -> bytes:
    head = f"event: {name}\n" if event_id is None else f"id: {event_id}\nevent: {name}\n"
    return head.encode() + b"data: " + orjson.dumps(data) + b"\n\n"
