"""The addresses of the feeds that somebody has by their account: made when asked for, and void at once when ended."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eventhub.calendars.models import CalendarKey
from eventhub.calendars.signals import CalendarAddressEnded, CalendarAddressMade
from eventhub.foundation import links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.permissions import is_signed_in, require

PURPOSES = {"mine": "account_calendar", "run": "desk_calendar"}


@use_case
def make_address(actor: Actor, kind: str) -> CalendarKey:
    """The key to a new address of one of the actor's own feeds; an address that there was opens nothing any more."""
    require(is_signed_in(actor))
    assert actor.person_id
    key = _own_key(actor, kind, lock=True)
    if key is None:
        key = CalendarKey(person_id=actor.person_id, kind=kind)
        try:
            with db.session.begin_nested():
                db.session.add(key)
        except IntegrityError:  # asked for at the same moment, by a double click: this is the address
            there = _own_key(actor, kind)
            assert there
            return there
    else:
        key.number += 1
        key.is_open = True
    announce(CalendarAddressMade(actor.person_id, kind))
    return key


@use_case
def end_address(actor: Actor, kind: str) -> None:
    """The address of one of the actor's own feeds opens nothing any more."""
    require(is_signed_in(actor))
    assert actor.person_id
    if key := _own_key(actor, kind, lock=True):
        key.number += 1
        key.is_open = False
        announce(CalendarAddressEnded(actor.person_id, kind))


def find_own_key(actor: Actor, kind: str) -> CalendarKey | None:
    """The key to one of the actor's own feeds, where they have an address for it."""
    key = _own_key(actor, kind)
    return key if key and key.is_open else None


def token_of(key: CalendarKey) -> str:
    """What stands in the address that a key opens."""
    return links.make(PURPOSES[key.kind], key.id, key.number)


def find_key(token: str) -> CalendarKey | None:
    """The key whose address this is, or None where it opens nothing (any more)."""
    row_id = links.row_id_of(token)
    key = db.session.get(CalendarKey, row_id)
    number = key.number if key and key.is_open else None
    # Both are compared, so that a wrong address takes as long whatever it was meant to be.
    good = [
        links.is_genuine(purpose, token, row_id if number is not None else None, number)
        and key is not None
        and key.kind == kind
        for kind, purpose in PURPOSES.items()
    ]
    return key if any(good) else None


def _own_key(actor: Actor, kind: str, *, lock: bool = False) -> CalendarKey | None:
    query = select(CalendarKey).where(CalendarKey.person_id == actor.person_id, CalendarKey.kind == kind)
    return db.session.scalar(query.with_for_update() if lock else query)
