"""The cookie that a browser is known by."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response

from config.values import is_loopback

NAME = "holdclock"


class SessionCookie:
    """Reads and sets the cookie of a session.

    Its name begins with `__Host-`: browsers then take it only over https, from this
    very host, for every path. That cannot be had over plain http, which the settings
    allow on the loopback alone.

    Args:
        base_url: Where browsers reach the application.
        name: Of another cookie that is kept alike.
    """

    def __init__(self, base_url: str, name: str = NAME) -> None:
        parts = urlsplit(base_url)
        self._is_secure = not (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        self.name = f"__Host-{name}" if self._is_secure else name

    def read(self, request: Request) -> str:
        """Return the token that a browser sent, or nothing."""
        return request.cookies.get(self.name, "")

    def set(self, response: Response, token: str, *, lasts: timedelta | None = None) -> None:
        """Give a browser its token; it forgets it when it is closed, or after so long."""
        response.set_cookie(
            self.name,
            token,
            max_age=None if lasts is None else int(lasts.total_seconds()),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Take the token away."""
        response.delete_cookie(
            self.name, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )
