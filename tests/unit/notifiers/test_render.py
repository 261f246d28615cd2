from __future__ import annotations

import json
from datetime import timedelta

import pytest

from notifiers import base, render
from scheduler.errors import PermanentDeliveryError
from tests.support.alerts import DEADLINE, REMINDER, alert, reminder

ACKNOWLEDGE = "https://holds.example.gov/a/one-time"


def test_webhook_body_is_what_the_contract_promises() -> None:
    body = render.webhook_body(reminder(also=("hold.clock_started", "hold.clock_started")))

    assert json.loads(body) == {
        "type": "hold.reminder",
        "timestamp": "2026-03-09T17:00:00Z",
        "data": {
            "hold_id": "7Q3KM4",
            "hold_ref": "OK-1190",
            "facility_code": "NC-WAKE",
            "facility_phone": "+1 919 555 0142",
            "kind": "reminder_due",
            "also": ["hold.clock_started"],
            "lead": "4 h",
            "starts_at": "2026-03-07T21:00:00Z",
            "deadline_at": "2026-03-09T21:00:00Z",
            "ceiling_at": "2026-03-09T21:00:00Z",
            "confirmed": None,
            "assumed": False,
            "late_by_s": 0,
            "sequence": 5,
            "url": "https://holds.example.gov/holds/7Q3KM4",
        },
    }


def test_webhook_body_is_canonical() -> None:
    body = render.webhook_body(REMINDER)

    again = json.dumps(
        json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert body == again


def test_webhook_body_of_20_kb_is_refused() -> None:
    fits = 20_000 - len(render.webhook_body(reminder(hold_ref="x")))

    assert len(render.webhook_body(reminder(hold_ref="x" * fits))) == 19_999
    with pytest.raises(PermanentDeliveryError, match="20000"):
        render.webhook_body(reminder(hold_ref="x" * (fits + 1)))


def test_subject_names_the_hold_and_what_is_left() -> None:
    assert render.subject(REMINDER) == "[Hold 7Q3KM4] 4 h left: authority ends Mon 9 Mar 17:00 EDT"


def test_subject_of_a_hold_with_an_earlier_ceiling_counts_to_it() -> None:
    ceiling = DEADLINE - timedelta(hours=20)
    said = reminder(ceiling_at=ceiling, occurred_at=ceiling - timedelta(hours=4))

    assert render.subject(said) == "[Hold 7Q3KM4] 4 h to ceiling Sun 8 Mar 21:00 EDT"


def test_subject_stays_one_line_whatever_the_note_holds() -> None:
    said = alert("hold.authority_missing", "a", note="NOT SERVED\r\nBcc: x@example.org")

    assert render.subject(said) == "[Hold 7Q3KM4] NOT SERVED  Bcc: x@example.org"


def test_text_has_the_facts_and_the_year() -> None:
    assert render.text(REMINDER) == (
        "4 h left: authority ends Mon 9 Mar 17:00 EDT\n\n"
        "Facility: Wake County Jail (NC-WAKE)\n"
        "Telephone: +1 919 555 0142\n"
        "Reference: OK-1190\n"
        "Status: running\n"
        "Clock started: Sat 7 Mar 2026 16:00 EST\n"
        "Authority ends: Mon 9 Mar 2026 17:00 EDT\n\n"
        "Limits are maximums, never targets. Authority ends at the minute shown.\n\n"
        "Open the hold: https://holds.example.gov/holds/7Q3KM4\n"
        "Opening the link records nothing; the button on the page does.\n"
    )


def test_text_gives_both_limits_where_they_differ() -> None:
    told = render.text(reminder(ceiling_at=DEADLINE - timedelta(hours=20)))

    assert "Ceiling, plan to this: Sun 8 Mar 2026 21:00 EDT\n" in told
    assert "Deadline of its policy: Mon 9 Mar 2026 17:00 EDT\n" in told


def test_text_of_an_expired_hold_speaks_of_the_limit_as_past() -> None:
    told = render.text(alert("hold.expired", "hold_expired", status="expired"))

    assert "Authority ended: Mon 9 Mar 2026 17:00 EDT\n" in told
    assert "Limits are maximums" not in told


def test_missing_telephone_number_is_said() -> None:
    said = reminder(facility_phone=None)

    assert "Telephone: none on record" in render.text(said)
    assert "telephone none on record" in render.message(said)


def test_text_of_a_closed_hold_speaks_of_no_limit_ahead() -> None:
    told = render.text(alert("hold.closed", "hold_closed", status="transferred"))

    assert "Limit was: Mon 9 Mar 2026 17:00 EDT\n" in told
    assert "Authority ends" not in told


def test_text_gives_the_link_to_acknowledge_beside_the_hold_s() -> None:
    told = render.text(reminder(acknowledge_url=ACKNOWLEDGE))

    assert (
        f"Acknowledge: {ACKNOWLEDGE}\n"
        "Opening the link records nothing; the button on the page does.\n\n"
        "Open the hold: https://holds.example.gov/holds/7Q3KM4\n"
    ) in told


def test_link_to_acknowledge_stays_out_of_webhooks() -> None:
    # It acts in the recipient's name, and a webhook's receiver may pass a body on.
    assert b"one-time" not in render.webhook_body(reminder(acknowledge_url=ACKNOWLEDGE))


def test_short_message_has_what_a_telephone_needs() -> None:
    said = reminder(note="NO AUTHORITY ON RECORD: NOT SERVED", acknowledge_url=ACKNOWLEDGE)

    assert render.message(said) == (
        "NO AUTHORITY ON RECORD: NOT SERVED\n"
        "Wake County Jail (NC-WAKE), telephone +1 919 555 0142\n"
        "Reference OK-1190\n"
        f"Acknowledge: {ACKNOWLEDGE}\n"
        "Message dlv-0198c2a4-77aa"
    )


def test_short_message_without_a_link_to_acknowledge_opens_the_hold() -> None:
    assert "\nOpen the hold: https://holds.example.gov/holds/7Q3KM4\n" in render.message(REMINDER)


def test_test_message_speaks_of_no_hold() -> None:
    said = base.channel_test(
        key="t-1",
        url="https://holds.example.gov/",
        occurred_at=DEADLINE,
        timezone="America/New_York",
    )

    assert render.subject(said) == "[Holdclock] Test message: it reached you"
    assert render.text(said) == (
        "Test message: it reached you\n\n"
        "Somebody tried this channel. No hold is behind it, and nothing needs doing.\n\n"
        "It shows that messages could come this way when it was sent, and no more than that.\n\n"
        "Sent: Mon 9 Mar 2026 17:00 EDT\n\n"
        "https://holds.example.gov/\n"
    )
    assert render.message(said).endswith("Sent by: https://holds.example.gov/\nMessage t-1")


def test_test_message_as_a_webhook_names_no_hold() -> None:
    said = base.channel_test(key="t-1", url="https://a/", occurred_at=DEADLINE)

    body = json.loads(render.webhook_body(said))

    assert body["type"] == "channel.test"
    assert {body["data"][name] for name in ("hold_id", "hold_ref", "facility_code")} == {None}
    assert body["data"]["kind"] == "channel_test"
