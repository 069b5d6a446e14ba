"""Turning devices on and off, and ordering what they are told."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import ColumnElement, FromClause, Text, cast, delete, join, literal, select

from eventhub.events.models import Event
from eventhub.foundation import bulk, clock, fetching, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.permissions import require
from eventhub.foundation.web import settings
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import is_person_of

from . import envelopes, queries
from .envelopes import SiteKey
from .models import PushSubscription
from .signals import DeviceAdded, DevicesRemoved

WORK = "push"
# The letters that are told on devices as well.
KINDS = {
    "reminder", "event_changed", "programme_changed", "session_changed", "event_resumed", "event_postponed",
    "event_cancelled",
}  # fmt: skip
MOST_DEVICES = 5
# After so many attempts in vain without one that was taken, nobody is there any more.
MOST_FAILURES = 20
# A reminder may come days after its event; then nothing comes any more.
KEPT = timedelta(days=30)


def current_key() -> SiteKey | None:
    """The key by which push services know this site; None where the operator has made none, and all this is off."""
    text = settings().push_key
    return envelopes.site_key(text) if text else None


def short(key: SiteKey) -> str:
    """By what a key is known again."""
    return key.public[:16]


def mark_of(endpoint: str) -> str:
    """By what a browser knows itself again in what its page is told."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]


@use_case
def turn_on(actor: Actor, registration_id: UUID, endpoint: str, theirs: str, auth: str) -> PushSubscription:
    """Have a browser told what concerns a registrant; of very many devices the one that came first is told no more.

    Raises Invalid where a browser has said something that cannot be, Conflict where there is nothing to tell.
    """
    key = current_key()
    registration = get(Registration, registration_id, lock=True)
    require(is_person_of(actor, registration), hidden=True)
    if key is None:
        raise NotFound
    if not is_told(registration):
        raise Conflict(gettext("There is nothing more to tell you of this event."))
    _check(endpoint, theirs, auth)
    devices, mark = queries.devices_of(registration.id), mark_of(endpoint)
    device = next((one for one in devices if one.mark == mark), None)
    if device is None:
        for oldest in devices[: max(0, len(devices) - MOST_DEVICES + 1)]:
            db.session.delete(oldest)
        device = PushSubscription(id=uuid4(), registration_id=registration.id, mark=mark)
        db.session.add(device)
        announce(DeviceAdded(registration.event_id, registration.id))
    device.host, device.site_key, device.failures = fetching.host_of(endpoint), short(key), 0
    device.take(endpoint, theirs, auth)
    db.session.flush()
    return device


@use_case
def renew(actor: Actor, registration_id: UUID, before: tuple[str, str], endpoint: str, theirs: str, auth: str) -> None:
    """A device reached from now on at another address, which its browser has given it.

    A browser tells this with no page open, so that it has no private link at hand. It is known by what nobody but it
    and this site knows: the address that it had and the secret that went with that. Raises NotFound for any other.
    """
    key = current_key()
    query = select(PushSubscription).where(PushSubscription.registration_id == registration_id)
    query = query.where(PushSubscription.mark == mark_of(before[0]))
    device = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    reached = device.reached if device else None
    if (
        key is None
        or device is None
        or reached is None
        or not hmac.compare_digest(reached[2].encode(), before[1].encode())
    ):
        raise NotFound
    _check(endpoint, theirs, auth)
    mark = mark_of(endpoint)
    if any(one.mark == mark for one in queries.devices_of(registration_id) if one is not device):
        db.session.delete(device)  # the page was open as well, and has turned on the new one already
        return
    device.mark, device.host, device.site_key, device.failures = mark, fetching.host_of(endpoint), short(key), 0
    device.take(endpoint, theirs, auth)


def is_told(registration: Registration) -> bool:
    """Whether there may be something to tell somebody: they get letters, and what they come to is not over."""
    event = registration.event
    has_letters = registration.address is not None and not registration.place.has_ended
    return has_letters and event.status != "cancelled" and not event.is_over()


def _check(endpoint: str, theirs: str, auth: str) -> None:
    try:
        fetching.check_secure(endpoint)
        envelopes.point_of(envelopes.decode(theirs))
        is_whole = len(envelopes.decode(auth)) == 16
    except (fetching.Unfetched, ValueError):
        is_whole = False
    if not is_whole:
        raise Invalid("endpoint", gettext("Your browser has given an address that cannot be used."))


@use_case
def turn_off(actor: Actor, registration_id: UUID, mark: str | None = None) -> None:
    """Have one device of a registrant told nothing any more, or all of them."""
    registration = get(Registration, registration_id)
    require(is_person_of(actor, registration), hidden=True)
    end(registration, [one for one in queries.devices_of(registration.id) if mark in {None, one.mark}])


def end(registration: Registration, devices: Iterable[PushSubscription]) -> None:
    """These devices gone, with the keys to them; only inside a use-case."""
    ids = [one.id for one in devices]
    if ids:
        db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(ids)))
        announce(DevicesRemoved(registration.event_id, registration.id, len(ids)))


def end_all(registration: Registration) -> None:
    """All devices of a registrant gone; only inside a use-case."""
    end(registration, queries.devices_of(registration.id))


def order(
    registration_id: UUID, letter_id: UUID, event_id: UUID | None, due_at: datetime | None, *, is_bulk: bool
) -> None:
    """What a letter tells, on the devices of its reader as well; only inside a use-case."""
    if current_key() is None:
        return
    query = select(PushSubscription.id, PushSubscription.host)
    for device_id, host in db.session.execute(query.where(PushSubscription.registration_id == registration_id)):
        payload = {"device_id": str(device_id), "letter_id": str(letter_id)}
        outbox.put(WORK, payload, "", event_id, due_at, lane=f"{WORK}:{host}", is_bulk=is_bulk)


def order_from(
    source: FromClause,
    registration_id: ColumnElement[UUID],
    letter_id: ColumnElement[UUID],
    where: ColumnElement[bool],
    event_id: UUID,
) -> None:
    """The same for each of very many letters at once, made by the database."""
    if current_key() is None:
        return
    device: Any = PushSubscription.__table__.c
    outbox.put_from(
        WORK,
        join(source, PushSubscription.__table__, device.registration_id == registration_id),
        row_id=bulk.new_id(),
        payload=bulk.json_with({}, device_id=device.id, letter_id=letter_id),
        key=literal(f"{WORK}:").concat(cast(letter_id, Text)).concat(":").concat(cast(device.id, Text)),
        where=where,
        lane=literal(f"{WORK}:").concat(device.host),
        event_id=event_id,
    )


def mark_taken(device_id: UUID, answer: str) -> None:
    """Note that a message was taken, in the transaction that finishes its work."""
    if device := _find(device_id):
        device.sent_at, device.answer, device.failures = clock.now(), answer, 0


def forget(device_id: UUID) -> None:
    """A device gone that is not there any more, or that nobody may tell anything; only inside a use-case."""
    if device := _find(device_id):
        end(get(Registration, device.registration_id), [device])


@use_case
def note_failure(actor: Actor, device_id: UUID, answer: str) -> None:
    """Note that a message was not taken; after too many in vain the device is forgotten."""
    device = _find(device_id)
    if device is None:
        return
    device.answer = answer
    device.failures += 1
    if device.failures >= MOST_FAILURES:
        forget(device_id)


@use_case
def forget_old(actor: Actor) -> None:
    """The devices gone on which nothing comes any more: of events that are long over."""
    over = select(Registration).join(Event, Event.id == Registration.event_id)
    over = over.where(Event.ends_at < clock.now() - KEPT)
    over = over.where(Registration.id.in_(select(PushSubscription.registration_id)))
    for registration in db.session.scalars(over.limit(1000)).all():
        end_all(registration)


def _find(device_id: UUID) -> PushSubscription | None:
    return db.session.get(PushSubscription, device_id, with_for_update=True, populate_existing=True)
