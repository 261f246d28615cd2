"""People on pages: invited, mended, switched off, and their feeds shown once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.accounts.users import UNUSED
from scheduler.store import invitation_mails, invitations
from tests.support.administration import actions, filled, pressed, secret, text
from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import Office, Person
from tests.support.signing_in import Visitor

USERS = "/administration/users"
NEW = "/administration/new/user"
KEYS = "/administration/api-keys"
NEW_KEY = "/administration/new/api-key"
SERGEANT = {"email": "sergeant@oakmont.example.gov", "name": "Sergeant", "role": "facility"}
PLACES = {"facility": ([FACILITY], []), "agent": ([], [OFFICE]), "auditor": ([], [])}


@pytest.fixture
def desk(office: Office) -> Person:
    return office.person("administrator")


def added(desk: Person) -> str:
    """Make the sergeant's account by the form; return the address of its page."""
    answer = desk.send(NEW, filled(desk, NEW, **SERGEANT, facility_codes=FACILITY, invite="yes"))
    assert answer.status_code == 303, Page(answer).text
    return answer.headers["location"].partition("?")[0]


def test_account_is_made_with_an_invitation_and_found_on_the_list(
    premises: Premises, office: Office, desk: Person
) -> None:
    page = added(desk)

    told = text(desk, page)
    assert "InvitationOn its way since Mon 2 Mar 2026 14:00 UTC" in told
    assert "Standinginvitation on its way" in told
    assert "sergeant@oakmont.example.gov" in text(desk, USERS)
    assert premises.scalar("SELECT count(*) FROM invitation") == 1
    account = office.people.users.get(SERGEANT["email"])
    assert (account["role"], account["facility_codes"]) == ("facility", [FACILITY])


def test_double_click_makes_one_account_and_one_invitation(
    premises: Premises, desk: Person
) -> None:
    form = filled(desk, NEW, **SERGEANT, facility_codes=FACILITY, invite="yes")

    answers = [desk.send(NEW, form) for _ in range(2)]

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert premises.scalar("SELECT count(*) FROM invitation") == 1


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        pytest.param({"email": "sergeant"}, 422, "Email: 'sergeant' is refused", id="address"),
        pytest.param({"role": "facility"}, 422, "facility", id="facility staff without a place"),
        pytest.param({"name": "x" * 121}, 422, "at most 120", id="name"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    premises: Premises, desk: Person, typed: dict[str, str], status: int, said: str
) -> None:
    form = filled(desk, NEW, **{**SERGEANT, **typed})

    answer = desk.send(NEW, form)

    page = Page(answer)
    assert answer.status_code == status
    assert said in page.text
    assert page.form()["name"] == form["name"]
    assert page.form()["email"] == form["email"]
    assert premises.scalar("SELECT count(*) FROM account") == 1


def test_address_that_another_account_has_is_refused(desk: Person) -> None:
    added(desk)

    answer = desk.send(NEW, filled(desk, NEW, **SERGEANT, facility_codes=FACILITY))

    assert answer.status_code == 409
    assert "another account has" in Page(answer).text


def mail(premises: Premises, because: str, *, is_over: bool = False) -> None:
    """Let a worker try the mail of the last invitation: sent, or failed because of something."""
    now = premises.clock.now()
    with premises.database.write() as connection:
        (due,) = invitation_mails.claim(connection, now)
        if because:
            again = None if is_over else now + timedelta(minutes=1)
            invitation_mails.failed(connection, due, because, again)
        else:
            invitation_mails.sent(connection, due, now)


def test_page_of_an_account_tells_what_became_of_its_invitation(
    premises: Premises, office: Office, desk: Person
) -> None:
    page = added(desk)

    mail(premises, "550 no such mailbox")
    failing = text(desk, page)
    premises.clock.tick(minutes=2)
    mail(premises, "550 no such mailbox", is_over=True)
    failed = text(desk, page)
    pressed(desk, f"{page}/invite")
    mail(premises, "")
    sent, listed = text(desk, page), text(desk, USERS)
    premises.clock.tick(days=3)
    ended = text(office.person("administrator"), page)

    assert "tries: 1: 550 no such mailbox. Next try Mon 2 Mar 2026 14:01 UTC" in failing
    assert "Failed, and not tried again: 550 no such mailbox" in failed
    assert "Sent Mon 2 Mar 2026 14:02 UTC; good until Thu 5 Mar 2026 14:02 UTC" in sent
    assert "invited, no answer yet" in listed
    assert "Ended Thu 5 Mar 2026 14:02 UTC without an answer" in ended


def test_answered_invitation_is_told(premises: Premises, office: Office, desk: Person) -> None:
    visitor = Visitor(office)
    invitation = office.people.invitations.invite(OPERATOR, visitor.account_id)
    now = premises.clock.now()
    with premises.database.write() as connection:
        invitations.use(connection, invitation, now)

    told = text(desk, f"{USERS}/{visitor.account_id}")

    assert "Accepted Mon 2 Mar 2026 14:00 UTC" in told
    assert "Standingin order" in told


def test_account_that_nobody_uses_is_told_as_it_is_until_somebody_signs_in(
    premises: Premises, office: Office
) -> None:
    idle = office.account("auditor")
    premises.clock.tick(seconds=UNUSED.total_seconds())
    desk = office.person("administrator")

    before = text(desk, f"{USERS}/{idle}")
    listed = text(desk, USERS)
    Visitor(office).try_password()
    after = text(desk, f"{USERS}/{idle}")

    assert (
        "UnusedSince Mon 2 Mar 2026 14:00 UTC: switched off as soon as anybody signs in" in before
    )
    assert "unused for 90 days" in listed
    assert "Switched off since" in after
    assert "Unusedno" in after


def test_account_is_changed_and_overwrites_nobody(
    premises: Premises, office: Office, desk: Person
) -> None:
    page, other = added(desk), office.person("administrator")
    url = f"{page}/edit"
    first, second = filled(desk, url), filled(other, url)
    done = other.send(url, {**second, "role": "auditor", "facility_codes": ""})

    stale = desk.send(url, {**first, "role": "agent"})

    assert done.status_code == 303
    assert stale.status_code == 412
    assert "Role: somebody changed this to 'auditor'" in Page(stale).text
    assert "RoleAuditor" in text(desk, page)


def test_nobody_changes_their_own_role_or_switches_themselves_off(desk: Person) -> None:
    page = f"{USERS}/{desk.account_id}"

    answer = desk.send(f"{page}/edit", filled(desk, f"{page}/edit", role="auditor"))

    assert answer.status_code == 422
    assert "Role: nobody changes their own role" in Page(answer).text
    assert "disable" not in actions(desk, page)
    assert desk.send(f"{page}/disable").status_code == 403


def test_account_is_switched_off_and_on(office: Office, desk: Person) -> None:
    page = added(desk)
    account_id = page.rpartition("/")[2]
    person = Person(office.app, account_id, office.token(account_id))

    pressed(desk, f"{page}/disable")
    is_out = person.get("/").status_code == 303
    off = actions(desk, page)
    pressed(desk, f"{page}/enable")

    assert is_out
    assert {"enable"} <= off
    assert not off & {"disable", "invite", "calendar-feed"}
    assert {"disable", "invite"} <= actions(desk, page)


def test_account_is_unlocked_and_its_second_factor_reset(office: Office, desk: Person) -> None:
    visitor = Visitor(office)
    visitor.begin()
    for _ in range(5):
        visitor.try_password("gantry7")
    page = f"{USERS}/{visitor.account_id}"
    locked, offered = text(desk, page), actions(desk, page)

    pressed(desk, f"{page}/unlock")
    pressed(desk, f"{page}/reset-second-factor")

    assert "Standinglocked" in locked
    assert {"unlock", "reset-second-factor"} <= offered
    assert not actions(desk, page) & {"unlock", "reset-second-factor"}
    assert visitor.try_password().headers["location"] == "/second-factor"


def test_lock_that_ended_by_itself_is_not_told_as_one(office: Office, desk: Person) -> None:
    visitor = Visitor(office)
    for _ in range(5):
        visitor.try_password("gantry7")
    page = f"{USERS}/{visitor.account_id}"

    office.premises.clock.tick(minutes=14, seconds=59)
    before = text(desk, page)
    office.premises.clock.tick(seconds=1)

    assert "Standinglocked" in before
    assert "Standingin order" in text(desk, page)


def test_address_names_no_account_in_an_address_of_ours(desk: Person) -> None:
    added(desk)

    answer = desk.get(f"{USERS}/{SERGEANT['email']}")

    assert answer.status_code == 404
    assert "There is no such thing on record" in Page(answer).text


def test_calendar_feed_is_shown_once_and_ended(office: Office, desk: Person) -> None:
    page = added(desk)

    made = pressed(desk, f"{page}/calendar-feed")
    address = secret(made)
    read = Browser(office.app).get(address)
    shown = desk.get(page)
    pressed(desk, f"{page}/end-calendar-feed")

    assert "/calendar/" in address
    assert read.status_code == 200
    assert address not in shown.text
    assert "Calendar feedMon 2 Mar 2026 14:00 UTC" in Page(shown).text
    assert Browser(office.app).get(address).status_code == 404
    assert "end-calendar-feed" not in actions(desk, page)


def test_account_that_a_provider_vouches_for_needs_no_password(
    premises: Premises, office: Office, desk: Person
) -> None:
    account_id = office.account("auditor")
    premises.execute(
        "UPDATE account SET oidc_subject = :subject WHERE id = :id", subject="x", id=account_id
    )

    assert "Standingin order" in text(desk, f"{USERS}/{account_id}")


@pytest.mark.parametrize("url", [NEW, NEW_KEY])
def test_markup_in_a_name_is_escaped(desk: Person, url: str) -> None:
    name = "<script>alert(1)</script>"
    typed = {"email": "x@example.gov", "name": name, "role": "auditor"}

    answer = desk.send(url, filled(desk, url, **typed))

    listed = desk.get(USERS if url == NEW else KEYS)
    assert answer.status_code in (200, 303)
    assert name not in answer.text
    assert name not in listed.text
    assert name in Page(listed).text


@pytest.mark.parametrize("role", PLACES)
def test_nobody_else_opens_or_sends_anything(office: Office, role: str) -> None:
    person = office.person(role, *PLACES[role])
    other = f"{USERS}/{office.account('auditor')}"

    statuses = {person.get(url).status_code for url in (USERS, NEW, KEYS, NEW_KEY, other)}
    statuses |= {
        person.send(url, SERGEANT).status_code
        for url in (NEW, NEW_KEY, f"{other}/disable", f"{other}/calendar-feed")
    }

    assert statuses == {403}
