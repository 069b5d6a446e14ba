"""Ordering letters, and keeping what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import NotFound
from eventhub.foundation.permissions import require
from eventhub.registrations.models import Place, Registration

from .models import Letter
from .signals import LetterSentAgain

# How many letters one transaction of a letter to many orders.
BATCH = 100


def order(kind: str, address: str, language: str, *, cause: str = "", **about: Any) -> Letter | None:
    """A letter on its way, in the transaction of what it tells of.

    With a `cause`, which names what is told and to whom, it is ordered once however often this is called;
    the other calls return None.
    """
    letter = Letter(id=uuid4(), kind=kind, address=address, language=language, **about)
    if not outbox.put("letter", {"letter_id": str(letter.id)}, cause or f"letter:{letter.id}", letter.event_id):
        return None
    db.session.add(letter)
    return letter


def order_for(registration: Registration, kind: str, *, cause: str = "", **data: Any) -> None:
    """A letter to a registrant, where they gave an address."""
    if registration.address:
        order(
            kind,
            registration.typed_address or registration.address,
            registration.language,
            cause=cause,
            event_id=registration.event_id,
            registration_id=registration.id,
            data=data,
        )


def order_for_all(event_id: UUID, kind: str, data: Mapping[str, Any] | None = None) -> None:
    """A letter to everybody who holds a place at an event or waits for one; spread by the worker, batch by batch."""
    payload = {"event_id": str(event_id), "kind": kind, "data": dict(data or {})}
    outbox.put("letter_to_all", payload, f"letter_to_all:{uuid4()}", event_id)


@use_case
def spread(actor: Actor, payload: Mapping[str, Any], cause: UUID, after: UUID | None) -> UUID | None:
    """The next batch of a letter to all, by the registrations' ids; the last id, or None when there are no more.

    Told again from the beginning, as after a killed worker, it orders no letter twice.
    """
    query = (
        select(Registration)
        .join(Registration.places)
        .where(Registration.event_id == UUID(payload["event_id"]), Place.state.in_(("confirmed", "waitlisted")))
        .order_by(Registration.id)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(Registration.id > after)
    last = None
    for registration in db.session.scalars(query):
        last = registration.id
        order_for(registration, payload["kind"], cause=f"{cause}:{registration.id}", **payload["data"])
    return last


@use_case
def send_again(actor: Actor, letter_id: UUID) -> None:
    """A letter that could not be delivered, tried once more from the beginning."""
    letter = get(Letter, letter_id, lock=True)
    event = get(Event, letter.event_id)
    require(may_edit_event(actor, event), hidden=True)
    if letter.state != "failed":
        raise NotFound
    row = db.session.scalar(
        select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "letter", outbox.OutboxRow.id == letter.outbox_id)
    )
    if row is None:
        raise NotFound
    letter.state, letter.error = "queued", None
    outbox.again(actor, row.id)
    announce(LetterSentAgain(event.id, letter.id))


def mark_sent(letter_id: UUID, subject: str) -> None:
    """Keep that a letter has left us, in the transaction that finishes its work."""
    letter = get(Letter, letter_id)
    letter.state, letter.subject, letter.sent_at, letter.error = "sent", subject, clock.now(), None


def mark_failed(letter_id: UUID, outbox_id: UUID, error: str) -> None:
    """Keep that a letter will not be tried any more, and why, in the transaction that gives it up."""
    letter = get(Letter, letter_id)
    letter.state, letter.outbox_id, letter.error = "failed", outbox_id, error
