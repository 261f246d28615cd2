"""Names to addresses, with a deadline and a bound on how many are looked up at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

Lookup = Callable[[str, int], list[str]]
"""Returns every address of a name, in the order of preference; raises OSError."""


class LookupTimeoutError(OSError):
    """The name was not resolved in time."""


def system_lookup(host: str, port: int) -> list[str]:
    """Ask the operating system. Forms as ``0x7f.1`` come back as the address they mean."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up in threads of their own, since the system call takes no deadline.

    Daemon threads rather than an executor: an executor's threads are waited for
    at exit, and a silent name server would hold a stopping process for half a minute.

    Args:
        lookup: How a name is looked up.
        at_once: How many look-ups may hang before further ones wait.
    """

    def __init__(self, lookup: Lookup | None = None, *, at_once: int = 16) -> None:
        self._lookup = lookup or system_lookup
        self._slots = threading.BoundedSemaphore(at_once)

    def addresses(self, host: str, port: int, *, timeout_s: float) -> list[str]:
        """Return every address of a name.

        Raises:
            LookupTimeoutError: No answer, or no free slot, within `timeout_s`.
            OSError: There is no such name, or nobody could say.
        """
        if not self._slots.acquire(timeout=max(0.0, timeout_s)):
            raise LookupTimeoutError(f"{host}: too many names are being looked up")
        answer: Future[list[str]] = Future()
        threading.Thread(
            target=self._answer, args=(answer, host, port), name="resolve", daemon=True
        ).start()
        try:
            return answer.result(max(0.0, timeout_s))
        except TimeoutError as exc:
            raise LookupTimeoutError(f"{host}: the name server did not answer") from exc

    def _answer(self, answer: Future[list[str]], host: str, port: int) -> None:
        try:
            answer.set_result(self._lookup(host, port))
        except UnicodeError as exc:
            # What the system says to a name with an empty or over-long label.
            answer.set_exception(OSError(f"{host}: not a name ({exc})"))
        except OSError as exc:
            answer.set_exception(exc)
        finally:
            self._slots.release()
