"""An alert as the HTML of a mail: one column that a phone shows without scrolling sideways.

Nothing is loaded from anywhere. The time left comes first, then one button; dark
text on light whatever the reader's mode, since mail programs mix the two badly.
Colour repeats what the words say, and solid red is for a passed limit alone.
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import NamedTuple

from notifiers import render, wording
from notifiers.base import Alert

_INK = "#16202a"
_MUTED = "#4b5963"
_LONGEST_FIRST = 24
"""Characters that still fit a phone's width in the largest type."""


class _Look(NamedTuple):
    """Colours of the headline: its text, its ground, and the bar beside it."""

    text: str
    ground: str
    bar: str


_PAST = _Look("#ffffff", "#8f1313", "#8f1313")
_SOON = _Look("#7c2d05", "#fdeadd", "#c2410c")
_NEXT = _Look("#5c4300", "#fff6d6", "#9a7200")
_CEILING = _Look("#4a2378", "#f1eafa", "#6b3fa0")
_CALM = _Look(_INK, "#ffffff", "#6a7780")


def html(alert: Alert) -> str:
    """Return the page; it says what the text says."""
    inner = f"{_headline(alert)}{_told(alert)}{_button(alert)}{_facts(alert)}{_closing(alert)}"
    return page(render.subject(alert), inner)


def page(name: str, inner: str) -> str:
    """Return a whole page around what is HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light">'
        f"<title>{escape(name)}</title></head>"
        f'<body style="margin:0;padding:12px;background:#ffffff;color:{_INK};max-width:36em;'
        'font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif">'
        f"{inner}</body></html>\n"
    )


def title(text: str) -> str:
    """Return the first line of a page that is no alert."""
    return (
        '<h1 style="margin:0 0 16px;padding:8px 12px;line-height:1.3;font-size:30px;'
        f'border-left:6px solid {_CALM.bar}">{escape(text)}</h1>'
    )


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f'<p style="margin:0 0 12px">{escape(text)}</p>'


def button(name: str, url: str, note: str) -> str:
    """Return the one button of a page, with a note below it."""
    # In a table cell, since some mail programs drop the padding of a link.
    return (
        '<table role="presentation" style="border-collapse:separate;border-spacing:0;margin:4px 0 8px"><tr>'
        f'<td style="background:{_INK};border-radius:6px">'
        f'<a href="{escape(url)}" style="display:inline-block;'
        "padding:12px 24px;font-size:18px;font-weight:700;color:#ffffff;text-decoration:none"
        f'">{escape(name)}</a></td></tr></table>'
        f'<p style="margin:0 0 16px;font-size:14px;color:{_MUTED}">{escape(note)}</p>'
    )


def _look(alert: Alert) -> _Look:
    if wording.is_past_limit(alert):
        return _PAST
    if alert.type == "hold.ceiling_reached":
        return _CEILING
    if alert.type != "hold.reminder" or alert.counts_to not in ("ceiling", "deadline"):
        return _CALM
    lead = alert.lead or timedelta(0)
    if lead <= timedelta(hours=4):
        return _SOON
    return _NEXT if lead <= timedelta(hours=24) else _CALM


def _headline(alert: Alert) -> str:
    look = _look(alert)
    first, rest = wording.headline_parts(alert)
    size = 30 if len(first) <= _LONGEST_FIRST else 22
    tail = f' <span style="font-size:18px;display:block">{escape(rest)}</span>' if rest else ""
    return (
        f'<h1 style="margin:0 0 16px;padding:8px 12px;border-left:6px solid {look.bar};'
        f'background:{look.ground};color:{look.text};line-height:1.3;font-size:{size}px">'
        f"{escape(first)}{tail}</h1>"
    )


def _told(alert: Alert) -> str:
    return "".join(
        f'<p style="margin:0 0 12px;{_frame(alert, each)}">{escape(each)}</p>'
        for each in wording.sentences(alert)
    )


def _frame(alert: Alert, sentence: str) -> str:
    # A missing paper never changes the time left, so it has no colour of its own.
    is_paper = sentence == alert.note
    return f"border:2px solid {_INK};padding:4px 12px;font-weight:700" if is_paper else ""


def _button(alert: Alert) -> str:
    if not alert.hold_id:
        return ""
    name = "Open the hold" if alert.acknowledge_url is None else "Acknowledge"
    return button(name, alert.acknowledge_url or alert.url, render.NO_RECORD_BY_LINK)


def _facts(alert: Alert) -> str:
    rows = "".join(
        '<tr><th scope="row" style="text-align:left;vertical-align:top;font-weight:400;'
        f'font-size:14px;color:{_MUTED};width:84px;padding:6px 12px 4px 0">{escape(name)}</th>'
        f'<td style="vertical-align:top;padding:4px 0">{_value(name, value)}</td></tr>'
        for name, value in render.facts(alert)
    )
    return f'<table style="border-collapse:collapse;margin:0 0 12px">{rows}</table>'


def _value(name: str, value: str) -> str:
    if name == "Facility":
        # Its code is dictated over the telephone: never in two halves.
        title, _, code = value.rpartition(" ")
        return f'{escape(title)} <span style="white-space:nowrap">{escape(code)}</span>'
    if name != "Telephone" or value == render.NO_PHONE:
        return escape(value)
    dialled = "".join(char for char in value if char in "+0123456789")
    return f'<a href="tel:{dialled}">{escape(value)}</a>'


def _closing(alert: Alert) -> str:
    link = f'<a href="{escape(alert.url)}">'
    if not alert.hold_id:
        return f'<p style="margin:0">{link}{escape(alert.url)}</a></p>'
    limits = (
        f'<p style="margin:0 0 12px">{render.MAXIMUMS}</p>' if alert.status == "running" else ""
    )
    if alert.acknowledge_url is None:
        return limits
    return f'{limits}<p style="margin:0">{link}Open the hold</a></p>'
