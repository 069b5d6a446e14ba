"""Beginning an account, and keeping its password.

Whoever asks by an address gets one answer, in one time, whether the address has an account or not; what there
is to say goes to the address by letter. A password is chosen only by the one who opened such a letter, so that
nobody can prepare an account for somebody else's address.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.permissions import require
from eventhub.people import queries as people_queries
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.names import Names

from . import passwords, policy, queries
from .models import Account
from .signals import (
    AccountAdded,
    AddressConfirmed,
    ConfirmationAsked,
    OperatorAppointed,
    PasswordChanged,
    ResetAsked,
    SignedOut,
    SignedUpAgain,
    UnknownAddressAsked,
)


@use_case
def sign_up(actor: Actor, address: str, language: str) -> None:
    """A letter on its way to a normalised address: to begin an account, or to say that there is one."""
    account = queries.find_account(address, lock=True) or _begin(address, language)
    if account.confirmed_at:
        announce(SignedUpAgain(account.id))
    else:
        _ask_for_confirmation(account)


@use_case
def confirm_address(actor: Actor, token: str, names: Names, password: str) -> Account:
    """The account of a confirmation link, from now on with a password, and its person with a name and the address.

    Raises NotFound where the link is not good, or not good any more.
    """
    account = queries.get_by_link("confirm", token, lock=True)
    owner = Actor("link", person_id=account.person_id, thing_id=account.id, purpose="confirm")
    people.change_profile(owner, account.person_id, replace(people.Profile.of(account.person), names=names))
    people.own_address(owner, account.person_id, account.address)
    account.confirmed_at = clock.now()
    _set_password(account, password)
    announce(AddressConfirmed(account.id))
    return account


@use_case
def ask_for_reset(actor: Actor, address: str) -> None:
    """A letter on its way to a normalised address, if it has an account: to choose another password, or a first one."""
    account = queries.find_account(address, lock=True)
    if account is None:
        announce(UnknownAddressAsked())
    elif account.confirmed_at is None:
        _ask_for_confirmation(account)
    else:
        _renew_link(account)
        announce(ResetAsked(account.id))


@use_case
def reset_password(actor: Actor, token: str, password: str) -> Account:
    """The account of a reset link with another password, and signed out everywhere.

    Raises NotFound where the link is not good, or not good any more.
    """
    account = queries.get_by_link("reset", token, lock=True)
    _set_password(account, password)
    announce(PasswordChanged(account.id))
    return account


@use_case
def change_password(actor: Actor, account_id: UUID, present: str, new: str) -> Account:
    """The account with another password, signed out everywhere; raises Invalid where the present one is wrong."""
    account = get(Account, account_id, lock=True)
    require(policy.may_change_account(actor, account), hidden=True)
    if not passwords.is_right(account.password_hash, present):
        raise Invalid("present", gettext("This is not your present password."))
    _set_password(account, new)
    announce(PasswordChanged(account.id))
    return account


@use_case
def sign_out(actor: Actor, account_id: UUID) -> None:
    """The account without any session: a cookie that somebody copied is worth nothing any more."""
    account = get(Account, account_id, lock=True)
    require(policy.may_change_account(actor, account), hidden=True)
    account.session_number += 1
    announce(SignedOut(account.id))


@use_case
def add_account(
    actor: Actor, address: str, password: str, *, names: Names | None = None, person_id: UUID | None = None
) -> Account:
    """A confirmed account for a normalised address: of a person who is there, or of a new one with these names.

    Raises Conflict where the address has an account.
    """
    require(policy.may_keep_accounts(actor))
    if queries.find_account(address):
        raise Conflict(gettext("This address has an account already."))
    person = get(Person, person_id) if person_id else people_queries.find_by_address(address)
    person = person or people.add_person(actor, people.Profile(names or Names()))
    people.own_address(actor, person.id, address)
    account = Account(
        person=person,
        address=address,
        confirmed_at=clock.now(),
        password_hash=passwords.hash_password(password),
    )
    db.session.add(account)
    db.session.flush()
    announce(AccountAdded(account.id))
    return account


@use_case
def appoint_operator(actor: Actor, address: str) -> Account | None:
    """The account of a normalised address, which from now on may create organisations; nothing where there is none."""
    require(policy.may_keep_accounts(actor))
    account = queries.find_account(address)
    if account is not None:
        account.is_operator = True
        announce(OperatorAppointed(account.id))
    return account


def _begin(address: str, language: str) -> Account:
    try:
        with db.session.begin_nested():
            # A visitor may add nobody: the site does, and knows nothing of the person but the language of the page.
            person = people_queries.find_by_address(address)
            person = person or people.add_person(SYSTEM, people.Profile(Names(), language=language))
            account = Account(person=person, address=address)
            db.session.add(account)
    except IntegrityError:  # the same address at the same moment, from a double click
        there = queries.find_account(address, lock=True)
        assert there
        return there
    announce(AccountAdded(account.id))
    return account


def _ask_for_confirmation(account: Account) -> None:
    _renew_link(account)
    announce(ConfirmationAsked(account.id))


def _renew_link(account: Account) -> None:
    # Only the link of the last letter is good: asking again must not bring an older one back to life.
    account.link_number, account.link_sent_at = account.link_number + 1, clock.now()


def _set_password(account: Account, password: str) -> None:
    account.password_hash = passwords.hash_password(password)
    account.session_number += 1
    account.link_number, account.link_sent_at = account.link_number + 1, None
