"""What is refused is told in the reader's language, and to machines and logs as it always was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain import refusals
from scheduler.domain.hold import Outcome
from scheduler.errors import HoldStateError, InvalidHoldError
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office, Person
from web import arrival, refused
from web.arrival import Typed
from web.voice import ENGLISH, Manner, Voice

SPANISH = Voice(Manner("es"))
ZONE = "America/New_York"


@pytest.fixture
def desk(premises: Premises, office: Office) -> Person:
    """Somebody of the jail who reads Spanish, at a browser that asks for English."""
    person = office.person("facility", [FACILITY])
    premises.execute("UPDATE account SET language = 'es' WHERE id = :id", id=person.account_id)
    return person


def told(desk: Person, hold_id: str, **typed: str) -> Page:
    """Record a fact that is refused."""
    answer = desk.send(f"/holds/{hold_id}/record", typed)
    assert answer.status_code in {409, 422}
    page = Page(answer)
    assert page.all("html", lang="es")
    assert not page.all("span", lang="en")
    return page


def test_fact_on_record_and_closed_hold_are_told_in_spanish(
    premises: Premises, desk: Person
) -> None:
    served = (premises.clock.now() - timedelta(hours=2)).isoformat()
    lodged = (premises.clock.now() - timedelta(hours=3)).isoformat()
    hold_id = premises.register("OK-1", lodged_at=lodged, served_at=served).hold.id
    again = refused.told(_refusal(premises, hold_id, "serve_detainer"), SPANISH, ZONE)
    premises.registry.record_outcome(
        hold_id, premises.entry(premises.clock.now()), Outcome.RELEASED
    )
    closed = refused.told(_refusal(premises, hold_id, "serve_detainer", hours=1), SPANISH, ZONE)

    assert again == (
        "Eso ya está anotado, lun 2 mar 2026 07:00 EST. Para cambiarlo, corrija esa anotación "
        "e indique el motivo."
    )
    assert closed == (
        "Esta retención está cerrada: liberada, lun 2 mar 2026 09:00 EST. Si eso es erróneo, "
        "corrija primero el desenlace."
    )


def _refusal(premises: Premises, hold_id: str, act: str, hours: float = 0) -> HoldStateError:
    premises.clock.tick(hours=hours)
    with pytest.raises(HoldStateError) as found:
        getattr(premises.registry, act)(hold_id, premises.entry(premises.clock.now()))
    # As the interface and the log have it: nothing of this changed there.
    assert str(found.value).startswith(f"hold {hold_id}: ")
    return found.value


def test_form_is_given_back_in_spanish(premises: Premises, desk: Person) -> None:
    hold_id = premises.register("OK-1").hold.id

    far_back = told(desk, hold_id, fact="service", at="2026-02-20 10:00")
    too_long = told(desk, hold_id, fact="service", note="x" * 3000)

    assert "Hace más de 72 h: diga por qué." in far_back.text
    assert "3000 caracteres son demasiados." in too_long.text


def test_every_field_of_a_request_has_its_own_sentence() -> None:
    wrong = InvalidHoldError("served_at: x", field="served_at").saying(refusals.MISSING)

    assert refused.by_field(wrong, SPANISH, ZONE, otherwise="at") == {
        "served_at": "Falta este dato."
    }
    assert refused.by_field(wrong, ENGLISH, ZONE, otherwise="at") == {
        "served_at": "This is missing."
    }


def test_what_has_no_sentence_is_english_and_says_so() -> None:
    plain = InvalidHoldError("x: <b> is wrong")

    assert refused.by_field(plain, SPANISH, ZONE, otherwise="at") == {
        "at": '<span lang="en">x: &lt;b&gt; is wrong</span>'
    }
    assert refused.told(plain, ENGLISH, ZONE) == "x: <b> is wrong"


def test_every_outcome_has_a_word() -> None:
    assert set(refusals.OUTCOMES) == set(Outcome)


@pytest.mark.parametrize("path", ["/holds/ZZZZZZZ", "/administration", "/nothing"])
def test_page_of_a_refusal_speaks_the_accounts_language(desk: Person, path: str) -> None:
    answer = desk.get(path, headers={"Accept-Language": "en-US"})

    language = "en" if path == "/nothing" else "es"
    assert answer.status_code in {403, 404}
    assert Page(answer).all("html", lang=language)


def test_answer_behind_an_alerts_link_is_refused_in_the_browsers_language(
    premises: Premises,
) -> None:
    zone, now = ZONE, premises.clock.now()
    said: dict[str, str] = {}
    for typed in (
        Typed("2h", at="06:30"),
        Typed(arrival.OTHER),
        Typed("whenever"),
        Typed(arrival.OTHER, at="25:40"),
    ):
        with pytest.raises(InvalidHoldError) as found:
            arrival.read(typed, zone, now)
        in_english = refused.by_field(found.value, ENGLISH, zone, otherwise="choice")
        said |= refused.by_field(found.value, SPANISH, zone, otherwise="choice")
        assert in_english == found.value.by_field

    assert said["choice"] == "whenever no es una de las respuestas. Elija una de abajo."
    assert said["at"].startswith("25:40 no es una hora del día.")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("year=abcd", "abcd no es un año. Use de"),
        ("year=1800", "No hay informe de ese año."),
        ("year=2026&starts=may", "Elija el 1 de octubre o el 1 de julio."),
    ],
)
def test_reports_refuse_in_spanish(desk: Person, query: str, told: str) -> None:
    answer = desk.get(f"/reports?{query}")

    assert answer.status_code == 422
    assert told in Page(answer).text
