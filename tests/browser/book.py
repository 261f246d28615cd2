"""Every page that a person can open: where, by whom, in which languages.

A page that is added goes into `LEAVES`: the tests of every page and its pictures are made
from there, and a test fails for an address of the application that is in neither list.
"""

from __future__ import annotations

from typing import Final, NamedTuple

VISITOR: Final = "visitor"
"""Somebody who is not signed in."""
ENGLISH, SPANISH = "en", "es"


class Leaf(NamedTuple):
    """One page.

    Attributes:
        name: Of its pictures, and of its tests.
        address: With names of `tests/browser/furnishing.py` in braces.
        role: Whose page it is here: of `PLACES`, `VISITOR`, or a name of `furnishing.ON_THE_WAY`.
        languages: It is complete in these.
        status: It is answered with.
        reflows: It is for every width; a screen on the wall has one.
    """

    name: str
    address: str
    role: str = "facility"
    languages: tuple[str, ...] = (ENGLISH, SPANISH)
    status: int = 200
    reflows: bool = True


ENGLISH_ONLY: Final = (ENGLISH,)
"""Of pages that administrators alone read."""


def administered(name: str, below: str) -> Leaf:
    """Return a page of administration."""
    return Leaf(name, f"/administration{below}", "administrator", ENGLISH_ONLY)


LEAVES: Final = (
    Leaf("board", "/"),
    Leaf("board-all", "/", "administrator"),
    Leaf("board-filtered", "/?q=nothing"),
    Leaf("wall", "/wall", "agent", reflows=False),
    Leaf("new-hold", "/holds/new"),
    Leaf("paper-record", "/holds/paper"),
    Leaf("hold-expired", "/holds/{CR-2291}"),
    Leaf("hold-running", "/holds/{OK-1190}"),
    Leaf("hold-not-started", "/holds/{OK-1192}", "agent"),
    Leaf("hold-ceiling-passed", "/holds/{OK-1188}"),
    Leaf("hold-closed", "/holds/{closed}"),
    Leaf("packet", "/holds/{CR-2291}/packet"),
    Leaf("correct", "/holds/{OK-1190}/correct?field=would_release_at"),
    Leaf("record-service", "/holds/{OK-1192}/record?fact=service"),
    Leaf("record-transfer", "/holds/{CR-2291}/record?fact=transfer"),
    Leaf("events", "/events"),
    Leaf("events-of-a-hold", "/events?hold={CR-2291}", "auditor"),
    Leaf("reports", "/reports", "auditor"),
    Leaf("deliveries", "/deliveries", "administrator"),
    Leaf("resend", "/deliveries/{dead}/resend", "administrator"),
    Leaf("status", "/status", "auditor"),
    administered("administration", ""),
    administered("facilities", "/facilities"),
    administered("facility", "/facilities/OAK"),
    administered("facility-new", "/new/facility"),
    administered("facility-edit", "/facilities/OAK/edit"),
    administered("facility-off", "/facilities/OAK/disable"),
    administered("facility-on", "/facilities/OAK/enable"),
    administered("offices", "/offices"),
    administered("office", "/offices/EAST"),
    administered("office-new", "/new/office"),
    administered("office-edit", "/offices/EAST/edit"),
    administered("office-off", "/offices/EAST/disable"),
    administered("office-on", "/offices/EAST/enable"),
    administered("contacts", "/contacts"),
    administered("contact", "/contacts/{contact}"),
    administered("contact-new", "/new/contact"),
    administered("contact-edit", "/contacts/{contact}/edit"),
    administered("contact-off", "/contacts/{contact}/disable"),
    administered("contact-on", "/contacts/{contact}/enable"),
    administered("channels", "/channels"),
    administered("channel", "/channels/{channel}"),
    administered("webhook-new", "/new/webhook"),
    administered("mail-new", "/new/mail"),
    administered("service-new", "/new/service"),
    administered("channel-edit", "/channels/{channel}/edit"),
    administered("channel-test", "/channels/{channel}/test"),
    administered("channel-secret", "/channels/{channel}/secret"),
    administered("channel-drop", "/channels/{channel}/drop-old-secret"),
    administered("channel-off", "/channels/{channel}/disable"),
    administered("channel-on", "/channels/{channel}/enable"),
    administered("holidays", "/holidays"),
    administered("holiday", "/holidays/{holiday}"),
    administered("holiday-new", "/new/holiday"),
    administered("holiday-edit", "/holidays/{holiday}/edit"),
    administered("holiday-off", "/holidays/{holiday}/disable"),
    administered("holidays-of-a-year", "/holidays-of-a-year?facility=OAK&year=2026"),
    administered("policies", "/policies"),
    administered("policy", "/policies/nc-162-62-2025"),
    administered("policy-apply", "/policies/nc-162-62-2025/apply"),
    administered("users", "/users"),
    administered("user", "/users/{user}"),
    administered("user-new", "/new/user"),
    administered("user-edit", "/users/{user}/edit"),
    administered("user-invite", "/users/{user}/invite"),
    administered("user-unlock", "/users/{user}/unlock"),
    administered("user-second-factor", "/users/{user}/reset-second-factor"),
    administered("user-off", "/users/{user}/disable"),
    administered("user-on", "/users/{user}/enable"),
    administered("user-feed", "/users/{user}/calendar-feed"),
    administered("user-feed-end", "/users/{user}/end-calendar-feed"),
    administered("keys", "/api-keys"),
    administered("key", "/api-keys/{key}"),
    administered("key-new", "/new/api-key"),
    administered("key-edit", "/api-keys/{key}/edit"),
    administered("key-off", "/api-keys/{key}/disable"),
    administered("walls", "/walls"),
    administered("wall-screen", "/walls/{wall}"),
    administered("wall-new", "/new/wall"),
    administered("wall-off", "/walls/{wall}/disable"),
    Leaf("account", "/account"),
    Leaf("account-password", "/account/password", "password"),
    Leaf("account-second-factor", "/account/second-factor", "password"),
    Leaf("account-feed", "/account/calendar-feed"),
    Leaf("help", "/help"),
    Leaf("acknowledge", "/acknowledge/{link}", VISITOR),
    Leaf("sign-in", "/sign-in", VISITOR),
    Leaf("sign-in-code", "/sign-in/code", "code"),
    Leaf("second-factor", "/second-factor", "enrolment"),
    Leaf("invitation", "/invitation/{invitation}", VISITOR),
    Leaf("not-there", "/holds/ZZZZZZZ", status=404),
    Leaf("demo", "/demo", VISITOR),
    Leaf("demo-mailbox", "/demo/mailbox", VISITOR),
    Leaf("demo-webhooks", "/demo/webhooks", VISITOR),
)

NO_PAGES: Final = {
    "/board/rows": "a part of the board, for its script",
    "/calendar/{token}.ics": "a file",
    "/docs": "drawn by another hand; tests/browser/test_docs_page.py has its test",
    "/docs/{name}": "files",
    "/livez": "for machines",
    "/openapi.json": "a file",
    "/readyz": "for machines",
    "/reports/csv": "a file",
    "/second-factor/qr.svg": "a picture",
    "/stay": "a part of every page, for its script",
    "/stream": "for the board's script",
    "/wall/rows": "a part of the wall, for its script",
    "/wall/{token}": "leads to the wall",
}
"""What is asked by GET and is no page that a person reads, each with its reason."""
