"""Erasing one person, and keeping data for as long as was told and no longer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import after_commit, announce, check_version, db, forget_deleted, get, use_case
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.foundation.permissions import require
from eventhub.messaging import personal as messaging
from eventhub.registrations import queries as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import may_edit_registration, may_manage_registrations
from eventhub.registrations.queue import lock_registration
from eventhub.registrations.services import cancel_registration
from eventhub.registrations.signals import RegistrationErased

from . import keeping, parts, traces
from .models import Keeping
from .signals import DataExpired, DataTaken, KeepingSettled

BATCH = 100
# What belongs to no event, and so to no event's days, is kept for so long.
UNBOUND = timedelta(days=90)


@use_case
def erase(actor: Actor, registration_id: UUID) -> None:
    """Nothing left of what somebody said, but that they are counted; a place at an event to come goes to the next one.

    By themself, with their private link, or by the organisers when they ask for it. Raises NotFound where they were
    erased already.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    if registration.erased_at is not None:
        raise NotFound
    if registration.live and not event.is_over():
        cancel_registration(SYSTEM, registration.id)  # whatever the event lets people do, and until when
    _erase(actor, registration)
    after_commit(forget_deleted)


def _erase(actor: Actor, registration: Registration) -> None:
    parts.erase(actor, registration)
    announce(RegistrationErased(registration.event_id, registration.id))


@use_case
def note_taking(actor: Actor, registration_id: UUID) -> None:
    """The audit line that somebody took a copy of their data."""
    registration = get(Registration, registration_id)
    require(may_edit_registration(actor, registration), hidden=True)
    announce(DataTaken(registration.event_id, registration.id))


@use_case
def settle_keeping(actor: Actor, event_id: UUID, days: Mapping[str, int], version: int | None = None) -> Keeping:
    """An event that keeps each kind of data for so many days after its end.

    What people were told when they registered holds: then it can only be fewer days. Raises Stale where somebody saved
    it since `version`, and Invalid by the name of the kind.
    """
    event = get(Event, event_id, lock=True)
    require(may_manage_registrations(actor, event), hidden=True)
    row = keeping.find(event) or Keeping(event_id=event.id, days={}, version=0)
    check_version(row, version)
    was, has_people = keeping.days_of(event), registrations.count_of(event) > 0
    for kind, number in days.items():
        if kind not in keeping.KINDS or not 1 <= number <= keeping.MOST_DAYS:
            raise Invalid(kind, gettext("A number of days from 1 to %(most)s.", most=keeping.MOST_DAYS))
        if has_people and number > was[kind]:
            text = gettext("People have registered and were told %(days)s days: it can only be fewer.", days=was[kind])
            raise Invalid(kind, text)
    row.days = dict(days)
    db.session.add(row)
    db.session.flush()
    announce(KeepingSettled(event.id))
    return row


@use_case
def erase_unbound(actor: Actor) -> int:
    """The next rows erased that belong to no event, as letters to an account, once they are old; 0 when none is left.

    Who asked for the links of an address that nobody has here is forgotten so as well.
    """
    if not actor.is_system:
        raise NotFound
    return traces.erase_unbound(clock.now() - UNBOUND, BATCH) + messaging.erase_unbound(clock.now() - UNBOUND, BATCH)


@use_case
def erase_due(actor: Actor, event_id: UUID, kind: str) -> int:
    """The next rows erased of a kind that an event keeps no longer; how many they were, 0 where there are no more."""
    event = get(Event, event_id, lock=True)
    if not actor.is_system:
        raise NotFound
    number = 0
    if keeping.is_due(event, kind):
        if kind == "registrations":
            for registration in keeping.registrations_due(event, BATCH):
                _erase(actor, registration)
                number += 1
        else:
            number = keeping.KINDS[kind].erase(event, BATCH)
    if number:
        announce(DataExpired(event.id, kind, number))
    return number
