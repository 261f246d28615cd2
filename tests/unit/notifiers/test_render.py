from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from notifiers import render, wording
from scheduler.errors import PermanentDeliveryError
from tests.support.alerts import DEADLINE, REMINDER, alert, reminder


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
    fits = 20_000 - 1 - len(render.webhook_body(reminder(hold_ref="")))

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
    assert "tel:" not in render.html(said)


class Page(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("type_", sorted(wording.TITLES))
def test_html_is_well_formed_loads_nothing_and_says_what_the_text_says(type_: str) -> None:
    said = alert(type_, "k", assumed=True, late_by_s=600)

    page = Page(render.html(said))

    assert page.open == []
    assert {tag for tag, _ in page.seen} <= {
        *("html", "head", "meta", "title", "body", "h1", "p", "table", "tr", "th", "td", "a"),
    }
    assert {attrs["href"] for tag, attrs in page.seen if tag == "a"} <= {
        said.url,
        "tel:+19195550142",
    }
    for sentence in (wording.headline(said), *wording.sentences(said)):
        assert sentence in page.words


def test_html_escapes_what_people_typed() -> None:
    said = reminder(
        facility_name='<img src="//x">',
        hold_ref="<b>&",
        facility_phone='"><script>',
        url='https://a/"x',
    )

    page = Page(render.html(said))

    assert not {"img", "b", "script"} & {tag for tag, _ in page.seen}
    assert '<img src="//x">' in page.words


def test_test_message_speaks_of_no_hold() -> None:
    said = alert("channel.test", "channel_test", hold_id="", hold_ref="", status="")

    assert render.subject(said) == "[Holdclock] Test message: this channel works"
    assert "Facility" not in render.text(said)
