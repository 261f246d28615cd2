"""Asks the web application in this process, as a browser without scripts would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from starlette.types import ASGIApp

ORIGIN: Final = "https://holds.example.gov"


class Browser:
    """Requests to one application; redirects are followed only where asked, cookies kept.

    Args:
        app: The application.
        origin: Where it says it is.
    """

    def __init__(self, app: ASGIApp, origin: str = ORIGIN) -> None:
        self._app = app
        self._origin = origin
        self.cookies = httpx.Cookies()

    def get(self, url: str, **more: Any) -> httpx.Response:
        """Ask for a page."""
        return self.request("GET", url, **more)

    def post(self, url: str, form: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a form."""
        return self.request("POST", url, data=dict(form or {}), **more)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send any request; a full address loses its origin."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return asyncio.run(self._request(method, path, more))

    async def _request(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._origin, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **more)
            self.cookies = client.cookies
            return answer


class Page(HTMLParser):
    """What a page holds: its text, and its elements with their attributes."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._text: list[str] = []
        self._select = self._area = ""
        self._chosen: dict[str, str] = {}
        self.feed(response.text)

    @property
    def text(self) -> str:
        """All that is read, blanks and breaks made one blank each."""
        return " ".join("".join(self._text).split())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements of a tag that have these values."""
        return [
            held
            for name, held in self.elements
            if name == tag
            and all(held.get(key.rstrip("_")) == text for key, text in wanted.items())
        ]

    def form(self, **typed: str) -> dict[str, str]:
        """Return the form as it would be sent: what it holds, changed by what is typed."""
        held = {
            str(field["name"]): field.get("value") or ""
            for field in self.all("input")
            if field.get("type") not in {"radio", "checkbox"} or "checked" in field
        }
        return {**held, **self._chosen, **typed}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        held = dict(attrs)
        self.elements.append((tag, held))
        if tag == "select":
            self._select = held.get("name") or ""
        elif tag == "option" and (self._select not in self._chosen or "selected" in held):
            self._chosen[self._select] = held.get("value") or ""
        elif tag == "textarea":
            self._area = held.get("name") or ""
            self._chosen[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        """Leave a field that holds text."""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Keep its text."""
        self._text.append(data)
        if self._area:
            # The break after the tag is the writer's, not the field's.
            self._chosen[self._area] += data.removeprefix("\n")
