"""What channels keep sealed, from the desk to the notifier, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifiers.base import Target
from notifiers.recording import RecordingNotifier
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.rotation import Rotation
from scheduler.store.sealed import Sealed
from scheduler.views import Views
from tests.support.certificates import Authority
from tests.support.house import OFFICE, OPERATOR, URL, Premises

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture
def rotation(premises: Premises) -> Rotation:
    house = premises.house
    return Rotation(house.database, house.clock, cipher=house.webhook_cipher)


def contact(premises: Premises) -> str:
    return premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)


def reached(premises: Premises, notifier: RecordingNotifier, ref: str) -> Target:
    """Register a hold, and return where its alert went."""
    premises.register(ref)
    premises.deliver()
    return notifier.delivered[-1].target


def views(premises: Premises) -> Views:
    house = premises.house
    return Views(house.database, house.clock, rule_book=house.rule_book, book=house.law.book)


def test_new_secret_signs_beside_the_old_until_the_old_is_dropped(
    premises: Premises, rotation: Rotation
) -> None:
    made = premises.administration.add_webhook(OPERATOR, contact(premises), URL)
    assert reached(premises, premises.notifier, "R-1").secrets == (made.secret,)

    new = rotation.begin(OPERATOR, made.id)
    assert reached(premises, premises.notifier, "R-2").secrets == (new, made.secret)

    rotation.finish(OPERATOR, made.id)
    assert reached(premises, premises.notifier, "R-3").secrets == (new,)


def test_rotation_goes_one_step_at_a_time_and_tells_no_secret(
    premises: Premises, rotation: Rotation
) -> None:
    made = premises.administration.add_webhook(OPERATOR, contact(premises), URL)

    with pytest.raises(ConflictError, match="none to drop"):
        rotation.finish(OPERATOR, made.id)
    new = rotation.begin(OPERATOR, made.id)
    with pytest.raises(ConflictError, match="two secrets sign already"):
        rotation.begin(OPERATOR, made.id)
    rotation.finish(OPERATOR, made.id)

    told = premises.events(kind="setting_changed")
    steps = [each["data"]["new"] for each in told if each["data"]["field"] == "rotation"]
    assert steps == ["begun", "finished"]
    assert new.removeprefix("whsec_") not in str(told)


def test_only_a_webhook_has_a_secret_to_rotate(premises: Premises, rotation: Rotation) -> None:
    mail = premises.administration.add_email(OPERATOR, contact(premises), "duty@example.org")

    with pytest.raises(InvalidHoldError, match="only a webhook has a secret"):
        rotation.begin(OPERATOR, mail.id)


def test_url_of_a_service_is_sealed_and_reaches_the_notifier_alone(
    sqlite_premises: Premises,
) -> None:
    service = RecordingNotifier("apprise")
    sqlite_premises.delivery = sqlite_premises.new_delivery(ways={"apprise": service})

    made = sqlite_premises.administration.add_apprise(OPERATOR, contact(sqlite_premises), SLACK)

    assert reached(sqlite_premises, service, "R-1").address == SLACK
    row = sqlite_premises.house.directory.get("channel", made.id)
    assert (row["address"], "secrets" in row) == ("apprise", False)
    assert SLACK[8:] not in str(sqlite_premises.events())
    address = views(sqlite_premises).address(made.id, sqlite_premises.house.webhook_cipher)
    assert address.address == SLACK
    assert SLACK not in repr(address)


def test_certificates_of_a_webhook_are_sealed_and_reach_the_notifier(
    sqlite_premises: Premises, tmp_path: Path
) -> None:
    authority = Authority(tmp_path, now=sqlite_premises.clock.now())
    certificates: dict[str, Any] = {
        "ca_pem": authority.path.read_text("utf-8"),
        "client_pem": authority.client_pem("holdclock"),
    }

    made = sqlite_premises.administration.add_webhook(
        OPERATOR, contact(sqlite_premises), URL, **certificates
    )

    target = reached(sqlite_premises, sqlite_premises.notifier, "R-1")
    assert (target.ca_pem, target.client_pem) == tuple(certificates.values())
    kept = views(sqlite_premises).address(made.id, sqlite_premises.house.webhook_cipher).sealed
    assert kept == Sealed((made.secret or "",), **certificates)
    assert "PRIVATE KEY" not in str(sqlite_premises.house.directory.all_of("channel"))


def test_certificate_that_cannot_be_used_is_refused_and_not_repeated(
    sqlite_premises: Premises,
) -> None:
    desk = sqlite_premises.administration
    whose = contact(sqlite_premises)

    for field in ("ca_pem", "client_pem"):
        given: dict[str, Any] = {field: "no PEM at all"}
        with pytest.raises(InvalidHoldError) as refused:
            desk.add_webhook(OPERATOR, whose, URL, **given)
        assert refused.value.field == field
        assert "no PEM at all" not in str(refused.value)
    assert sqlite_premises.house.directory.all_of("channel") == []
