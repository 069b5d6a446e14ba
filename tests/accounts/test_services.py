"""Beginning an account, and keeping its password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from eventhub.accounts import queries, services
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from eventhub.organisations.actors import actor_of
from eventhub.people.models import Person
from eventhub.people.names import Names

from .conftest import PASSWORD, link_of

NEW = "another good password"
WANG = Names(han_family="王", han_given="芳")


def test_signing_up_begins_an_account_that_opens_nothing_yet(visitor, find_account, told):
    services.sign_up(visitor, "new@example.org", "zh")
    account = find_account("new@example.org")
    assert (account.confirmed_at, account.password_hash, account.person.language) == (None, None, "zh")
    assert (account.person.address, account.person.slug, bool(account.person.names)) == (None, None, False)
    assert told() == ["AccountAdded", "ConfirmationAsked"]


def test_signing_up_twice_sends_the_letter_again_and_makes_no_second_account(visitor, find_account, told):
    services.sign_up(visitor, "new@example.org", "zh")
    first = link_of("confirm", find_account("new@example.org"))
    services.sign_up(visitor, "new@example.org", "en")
    account = find_account("new@example.org")
    assert account.person.language == "zh"
    assert told().count("AccountAdded") == 1
    with pytest.raises(NotFound):  # only the last letter's link is good
        services.confirm_address(visitor, first, WANG, NEW)


def test_signing_up_with_the_address_of_an_account_changes_nothing_of_it(visitor, make_account, told):
    account = make_account()
    before = (account.version, account.link_number, account.person.version)
    services.sign_up(visitor, account.address, "zh")
    db.session.refresh(account)
    assert (account.version, account.link_number, account.person.version) == before
    assert told() == ["SignedUpAgain"]


def test_signing_up_with_the_address_of_a_known_person_changes_no_person(visitor, make_person, find_account):
    person = make_person(address="known@example.org", names=WANG, language="en")
    services.sign_up(visitor, "known@example.org", "zh")
    account = find_account("known@example.org")
    assert account.person_id == person.id
    assert (account.person.version, account.person.language, account.person.names) == (1, "en", WANG)


def test_the_owner_of_an_address_begins_with_a_name_and_a_password(visitor, find_account, told):
    services.sign_up(visitor, "new@example.org", "zh")
    token = link_of("confirm", find_account("new@example.org"))
    services.confirm_address(visitor, token, WANG, NEW)
    account = queries.get_by_password("new@example.org", NEW)
    assert account.confirmed_at
    person = account.person
    assert (person.address, person.names.pinyin, person.slug) == ("new@example.org", "Wang Fang", "wang-fang")
    assert person.address_verified_at
    assert told()[-2:] == ["PersonChanged", "AddressConfirmed"]
    with pytest.raises(NotFound):
        services.confirm_address(visitor, token, WANG, "a third good password")


@pytest.mark.parametrize(("purpose", "minutes"), [("reset", 30), ("confirm", 3 * 24 * 60)])
def test_a_link_ends_by_its_date(make_account, purpose, minutes):
    account = make_account(link_sent_at=clock.now())
    token = link_of(purpose, account)
    with clock.standing_at(account.link_sent_at + timedelta(minutes=minutes, seconds=-1)):
        assert queries.get_by_link(purpose, token) == account
    with clock.standing_at(account.link_sent_at + timedelta(minutes=minutes)), pytest.raises(NotFound):
        queries.get_by_link(purpose, token)


def test_a_link_opens_nothing_that_was_not_asked_for(make_account):
    account = make_account(link_sent_at=None)
    with pytest.raises(NotFound):
        queries.get_by_link("reset", link_of("reset", account))


@pytest.mark.parametrize("other", sorted(links.PURPOSES - {"reset"}))
def test_no_link_of_another_kind_resets_a_password(make_account, visitor, other):
    account = make_account(link_sent_at=clock.now())
    with pytest.raises(NotFound):
        services.reset_password(visitor, links.make(other, account.id, account.link_number), NEW)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "A" * 44])
def test_what_is_no_link_is_not_found(app, visitor, token):
    with pytest.raises(NotFound):
        services.reset_password(visitor, token, NEW)


def test_a_reset_link_is_good_once_and_signs_out_everywhere(make_account, visitor, told):
    account = make_account()
    services.ask_for_reset(visitor, account.address)
    db.session.refresh(account)
    token, sessions = link_of("reset", account), account.session_number
    services.reset_password(visitor, token, NEW)
    assert queries.get_by_password(account.address, NEW) == account
    with pytest.raises(Invalid):
        queries.get_by_password(account.address, PASSWORD)
    assert account.session_number == sessions + 1
    assert told() == ["ResetAsked", "PasswordChanged"]
    with pytest.raises(NotFound):
        services.reset_password(visitor, token, "a third good password")


def test_asking_again_does_not_bring_an_older_link_back_to_life(make_account, visitor):
    account = make_account()
    services.ask_for_reset(visitor, account.address)
    leaked = link_of("reset", account)
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        services.ask_for_reset(visitor, account.address)
        with pytest.raises(NotFound):
            services.reset_password(visitor, leaked, NEW)


def test_asking_for_a_reset_of_nobody_is_told_and_makes_no_account(app, visitor, told):
    services.ask_for_reset(visitor, "nobody@example.org")
    assert (queries.find_account("nobody@example.org"), told()) == (None, ["UnknownAddressAsked"])


def test_who_never_confirmed_is_asked_to_confirm_instead(visitor, told):
    services.sign_up(visitor, "new@example.org", "en")
    services.ask_for_reset(visitor, "new@example.org")
    assert told()[2:] == ["ConfirmationAsked"]


def test_the_present_password_changes_the_password(make_account, told):
    account = make_account()
    services.change_password(actor_of(account.person_id), account.id, PASSWORD, NEW)
    assert (account.session_number, told()) == (2, ["PasswordChanged"])
    assert queries.get_by_password(account.address, NEW)


def test_a_wrong_present_password_changes_nothing(make_account):
    account = make_account()
    with pytest.raises(Invalid) as refusal:
        services.change_password(actor_of(account.person_id), account.id, "not my password", NEW)
    assert refusal.value.field == "present"
    assert queries.get_by_password(account.address, PASSWORD)


def test_nobody_changes_somebody_else_s_password(make_account, visitor, make_member):
    account = make_account()
    for actor in (visitor, make_member("administrator"), SYSTEM):
        with pytest.raises(NotFound):
            services.change_password(actor, account.id, PASSWORD, NEW)


def test_nobody_signs_somebody_else_out(make_account, make_member):
    account = make_account()
    with pytest.raises(NotFound):
        services.sign_out(make_member(), account.id)


def test_an_account_of_the_command_line_is_ready_at_once(app):
    account = services.add_account(SYSTEM, "li@example.org", PASSWORD, names=Names(family="Li", given="Na"))
    assert queries.get_by_password("li@example.org", PASSWORD) == account
    assert (account.person.address, account.person.slug) == ("li@example.org", "na-li")
    with pytest.raises(Conflict):
        services.add_account(SYSTEM, "li@example.org", PASSWORD)


def test_an_account_for_somebody_known_to_one_organisation_makes_them_their_own(make_person, make_organisation):
    person = make_person(address=None, known_to=make_organisation().id)
    services.add_account(SYSTEM, "own@example.org", PASSWORD, person_id=person.id)
    assert (person.address, person.known_to) == ("own@example.org", None)


@pytest.mark.parametrize("actor", [Actor("visitor"), Actor("member", is_operator=True)])
def test_only_the_system_makes_accounts_and_operators(app, actor):
    with pytest.raises(Forbidden):
        services.add_account(actor, "li@example.org", PASSWORD)
    with pytest.raises(Forbidden):
        services.appoint_operator(actor, "li@example.org")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_an_operator_is_appointed_by_address(make_account):
    account = make_account()
    assert services.appoint_operator(SYSTEM, account.address) == account
    assert account.is_operator
    assert services.appoint_operator(SYSTEM, "nobody@example.org") is None


def test_sign_ups_of_one_address_at_one_moment_make_one_account(app, visitor, find_account):
    together = Barrier(4)

    def sign_up(address: str) -> None:
        with app.app_context():
            together.wait()
            services.sign_up(visitor, address, "en")

    for number in range(5):
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(sign_up, [f"new{number}@example.org"] * 4))
        assert find_account(f"new{number}@example.org").link_number == 5
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 5


def test_one_reset_link_used_by_many_at_one_moment_is_good_for_one(app, visitor, make_account):
    account = make_account(link_sent_at=clock.now())
    token, together = link_of("reset", account), Barrier(8)

    def reset(number: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                services.reset_password(visitor, token, f"a good password {number}")
            except NotFound:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(reset, range(8))) == 1
