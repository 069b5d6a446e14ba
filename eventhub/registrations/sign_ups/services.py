"""Signing up for a session, and giving up what one has signed up for; the rules of the queue are in `lists`."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.permissions import require
from eventhub.registrations import policy
from eventhub.registrations.queue import check_takes_place, lock_registration

from . import lists, queries
from .models import SignUp, SignUpSheet
from .signals import SignedUp, SignUpsExported


@use_case
def sign_up(actor: Actor, registration_id: UUID, session_id: UUID) -> SignUp:
    """A place in the session, or the next one in its queue while it is full; twice is as good as once.

    Raises NotFound for a session of another event, and Conflict where the registration has no place at the event, or
    one cannot sign up for the session, or not any more.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    sheet = _sheet_of(event, session_id)
    check_takes_place(event)
    if sheet.state != "open":
        raise Conflict(gettext("Nobody can sign up for this session any more."))
    if sheet.has_begun():
        raise Conflict(gettext("The session has begun: sign-up for it is over."))
    if not lists.has_place(registration):
        raise Conflict(gettext("Sessions can be chosen by those who have a place at the event."))
    known = queries.find_sign_up(registration.id, sheet)
    if known is not None and known.is_live:
        return known
    row = known or SignUp(registration_id=registration.id, sheet_id=sheet.id)
    state = lists.join(sheet, row, takes_place=lists.needs_place(sheet, registration))
    db.session.add(row)
    announce(SignedUp(event.id, registration.id, sheet.session_id, state))
    lists.promote(event, sheet)
    return row


@use_case
def give_up(actor: Actor, registration_id: UUID, session_id: UUID) -> None:
    """The sign-up for a session given up, by its person or an organiser; the place goes to the next in line at once.

    Twice is as good as once. Raises NotFound for a session of another event.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    sheet = _sheet_of(event, session_id)
    known = queries.find_sign_up(registration.id, sheet)
    if known is not None and known.is_live:
        lists.end(event, known, "person" if policy.is_person_of(actor, registration) else "organisers")
        lists.promote(event, sheet)


@use_case
def note_export(actor: Actor, event_id: UUID, session_id: UUID | None, file_format: str) -> None:
    """The audit line without which no list leaves the service."""
    event = get(Event, event_id)
    require(policy.may_export(actor, event), hidden=True)
    announce(SignUpsExported(event.id, session_id, queries.count_rows(event, session_id), file_format))


def _sheet_of(event: Event, session_id: UUID) -> SignUpSheet:
    sheet = queries.find_sheet(session_id)
    if sheet is None or sheet.event_id != event.id:
        raise NotFound
    return sheet
