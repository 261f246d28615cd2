from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from notifiers import base, mail_page, wording
from scheduler import sentences
from tests.support.alerts import DEADLINE, REMINDER, alert, reminder

ACKNOWLEDGE = "https://holds.example.gov/a/one-time"
CEILING = DEADLINE - timedelta(hours=20)
HOUR = timedelta(hours=1)


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


@pytest.mark.parametrize("type_", sorted(sentences.TITLES))
def test_html_is_well_formed_loads_nothing_and_says_what_the_text_says(type_: str) -> None:
    said = alert(type_, "k", assumed=True, late_by_s=600)

    page = Page(mail_page.html(said))

    assert page.open == []
    assert {tag for tag, _ in page.seen} <= {
        *("html", "head", "meta", "title", "body", "h1", "p", "span"),
        *("table", "tr", "th", "td", "a"),
    }
    assert {attrs["href"] for tag, attrs in page.seen if tag == "a"} <= {
        said.url,
        "tel:+19195550142",
    }
    for sentence in (*wording.headline_parts(said), *wording.sentences(said)):
        assert sentence in page.words


def test_html_escapes_what_people_typed() -> None:
    said = reminder(
        facility_name='<img src="//x">',
        hold_ref="<b>&",
        facility_phone='"><script>',
        url='https://a/"x',
    )

    page = Page(mail_page.html(said))

    assert not {"img", "b", "script"} & {tag for tag, _ in page.seen}
    assert '<img src="//x">' in page.words


def buttons(page: Page) -> list[str | None]:
    """Return where the links go that look like buttons."""
    return [
        attrs["href"]
        for tag, attrs in page.seen
        if tag == "a" and "inline-block" in (attrs.get("style") or "")
    ]


def test_page_has_one_button_and_it_opens_the_page_to_acknowledge() -> None:
    page = Page(mail_page.html(reminder(acknowledge_url=ACKNOWLEDGE)))

    assert buttons(page) == [ACKNOWLEDGE]
    assert "Acknowledge" in page.words
    assert "Open the hold" in page.words
    assert "Opening the link records nothing" in page.words


def test_button_opens_the_hold_where_there_is_nothing_to_acknowledge() -> None:
    page = Page(mail_page.html(REMINDER))

    assert buttons(page) == [REMINDER.url]
    assert "Acknowledge" not in page.words


def test_time_left_is_the_first_thing_on_the_page() -> None:
    words = Page(mail_page.html(REMINDER)).words.partition("EDT")[2]

    assert words.startswith("4 h left authority ends Mon 9 Mar 17:00 EDT")


def colours(markup: str) -> str:
    found = re.search(r"<h1[^>]*background:(#[0-9a-f]{6});color:(#[0-9a-f]{6})", markup)
    assert found is not None
    return " on ".join(reversed(found.groups()))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(reminder(lead=24 * HOUR), "#5c4300 on #fff6d6", id="24 h"),
        pytest.param(reminder(lead=25 * HOUR), "#16202a on #ffffff", id="more than 24 h"),
        pytest.param(reminder(lead=4 * HOUR), "#7c2d05 on #fdeadd", id="4 h"),
        pytest.param(reminder(counts_to="notice"), "#16202a on #ffffff", id="no limit"),
        pytest.param(
            alert("hold.ceiling_reached", "k", ceiling_at=CEILING),
            "#4a2378 on #f1eafa",
            id="ceiling",
        ),
        pytest.param(alert("hold.expired", "k"), "#ffffff on #8f1313", id="expired"),
        pytest.param(alert("hold.over_detention", "k"), "#ffffff on #8f1313", id="over-detention"),
        pytest.param(alert("hold.closed", "k"), "#16202a on #ffffff", id="closed"),
    ],
)
def test_colour_says_what_the_words_say(said: base.Alert, expected: str) -> None:
    assert colours(mail_page.html(said)) == expected


def test_missing_paper_is_framed_and_takes_no_colour() -> None:
    note = "NO AUTHORITY ON RECORD: NOT SERVED"

    markup = mail_page.html(reminder(note=note))

    assert f'border:2px solid #16202a;padding:4px 12px;font-weight:700">{note}' in markup
    assert colours(markup) == "#7c2d05 on #fdeadd"


def test_missing_telephone_number_is_no_link() -> None:
    assert "tel:" not in mail_page.html(reminder(facility_phone=None))


def test_test_message_has_no_button() -> None:
    said = base.channel_test(key="t-1", url="https://holds.example.gov/", occurred_at=DEADLINE)

    page = Page(mail_page.html(said))

    assert buttons(page) == []
    assert "No hold is behind it" in page.words
