"""What was typed when a session ended: carried through sign-in, and offered again afterwards.

A form that comes too late is not recorded and not lost. Its fields go, sealed, as one
hidden field through every step of sign-in; then they are shown, and sent if somebody
presses the button. A page needs to do nothing for it.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from scheduler.accounts.kept_forms import Kept, KeptForms
from scheduler.accounts.sessions import Sessions
from web import guards
from web.identity import identity_of

FIELD: Final = "kept"
SECRETS: Final = frozenset({"current", "password", "again"})
"""Fields of passwords: a form that has one is not kept, since what is kept is shown again."""
LARGEST: Final = 48 * 1024
"""Characters; the rest of a request's 64 KiB is for the form that carries it."""


class Resume:
    """Keeps forms, and gives them back to whoever typed them.

    Args:
        kept_forms: Seals them.
        sessions: Knows whose a session was, after it ended too.
    """

    def __init__(self, kept_forms: KeptForms, sessions: Sessions) -> None:
        self._kept_forms = kept_forms
        self._sessions = sessions

    async def keep(self, request: Request) -> str:
        """Return what carries the form of a request; nothing if it cannot be kept."""
        form = await request.form()
        fields = [
            (name, text)
            for name, text in form.multi_items()
            if isinstance(text, str) and name != guards.CSRF
        ]
        if not fields or SECRETS.intersection(form):
            return ""
        token = identity_of(request).cookie.read(request)
        return await run_in_threadpool(self._sealed, token, request.url.path, fields)

    def kept(self, token: str, carried: str) -> Kept | None:
        """Return what is carried, to whoever has signed in by now, if it is theirs."""
        account_id = self._sessions.whose(token)
        if account_id is None or not carried:
            return None
        return self._kept_forms.open(account_id, carried)

    def _sealed(self, token: str, path: str, fields: list[tuple[str, str]]) -> str:
        account_id = self._sessions.whose(token)
        if account_id is None:
            return ""
        carried = self._kept_forms.seal(account_id, path, fields)
        return carried if len(carried) <= LARGEST else ""
