"""The catalogues: nothing that staff and agents read is missing, and nothing in them is left over."""

from __future__ import annotations

import pytest

from tests.support import catalogues
from web import languages

OTHERS = [code for code in languages.NAMES if code != languages.ENGLISH]


@pytest.mark.parametrize("code", OTHERS)
def test_everything_that_is_said_is_in_the_catalogue(code: str) -> None:
    missing = catalogues.missing(code)

    told = "\n".join(catalogues.entry(*each) for each in sorted(missing.items()))
    assert not missing, f"put these into web/languages/{code}/LC_MESSAGES:\n{told}"


@pytest.mark.parametrize("code", OTHERS)
def test_catalogue_holds_nothing_that_is_no_longer_said(code: str) -> None:
    said = catalogues.said()

    assert [forms for forms in catalogues.translated(code) if forms not in said] == []


@pytest.mark.parametrize("code", OTHERS)
def test_translation_fills_the_same_slots(code: str) -> None:
    differing = [
        (forms, ours)
        for forms, theirs in catalogues.translated(code).items()
        for ours in theirs
        if catalogues.slots(ours) != catalogues.slots(forms[0])
    ]

    assert differing == []


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_stands_in_two_catalogues_or_is_in_doubt(code: str) -> None:
    entries = [
        (message.id, message.fuzzy)
        for _, catalogue in catalogues.catalogues(code)
        for message in catalogue
        if message.id
    ]

    assert not [identity for identity, is_fuzzy in entries if is_fuzzy]
    assert len(entries) == len({identity for identity, _ in entries})


def test_test_would_notice_a_sentence_without_translation() -> None:
    empty = catalogues.entry(("{n} hold", "{n} holds"), "web/templates/x.html:3")

    assert empty == (
        "#: web/templates/x.html\n"
        'msgid "{n} hold"\nmsgid_plural "{n} holds"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    )
    assert len(catalogues.said()) > 200
