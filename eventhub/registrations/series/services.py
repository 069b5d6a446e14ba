"""Registering for a series, and looking after all of it at once.

The events concerned are locked in order of id, then all their pools in order of id, before anything else: whoever
registers for one of them alone locks a part of the same in the same order, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eventhub.events.models import Event, Series
from eventhub.events.policy import may_see_series
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.i18n import language
from eventhub.foundation.permissions import require
from eventhub.people.addresses import tidy
from eventhub.registrations import access, clocks, rights
from eventhub.registrations import services as single
from eventhub.registrations.agreements import Agreement, Description, Details
from eventhub.registrations.models import HELD, Pool, Registration
from eventhub.registrations.own import holder
from eventhub.registrations.services import Outcome

from . import policy, queries
from .models import SeriesEntry, SeriesRegistration
from .signals import (
    SeriesEventAnswered,
    SeriesLinkRotated,
    SeriesPlacesCancelled,
    SeriesPlacesConfirmed,
    SeriesRegistered,
    SeriesRegisteredAgain,
    SeriesRegistrationChanged,
)
from .together import tell_together

# A double click is no second letter, and nobody's mailbox is filled by somebody else's typing.
QUIET = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Wish:
    """An event that somebody chose, and the pool in which they want a place."""

    event_id: UUID
    pool_key: str


@use_case
def register(
    actor: Actor,
    series_id: UUID,
    details: Details,
    wishes: Sequence[Wish],
    *,
    wants_all: bool,
    zone: str | None = None,
) -> list[tuple[UUID, Outcome]]:
    """What came of each wish, by its event: all of them, or, where one is refused, none.

    For an address that is registered for some of them already, nothing changes there, and the answer is the one that a
    new registration would have. Raises NotFound where the actor may not see the series, Conflict, which names the
    event, where registration for one is not open, and Invalid where a value cannot be.
    """
    tell_together()
    series = get(Series, series_id)
    require(may_see_series(actor, series), hidden=True)
    if not wishes:
        raise Invalid("events", gettext("Please choose at least one event."))
    address = single.address_of(details.address)
    lock_all([wish.event_id for wish in wishes])
    known = live_of(address, [wish.event_id for wish in wishes])
    details = replace(details, zone=zone)
    outcomes = [(wish.event_id, _register(actor, series, details, wish)) for wish in wishes]
    registration, is_new = _ensure(series, details, address, zone)
    # What a stranger says of an address changes nothing of what its owner has said, but that they may be asked more.
    registration.wants_all = registration.wants_all or wants_all
    _answer(registration, [wish.event_id for wish in wishes], "chosen")
    now = clock.now()
    if is_new or any(wish.event_id not in known for wish in wishes):
        registration.told_at = now
        event_ids = tuple(wish.event_id for wish in wishes)
        announce(SeriesRegistered(series.id, registration.id, event_ids))
    else:
        is_told = registration.told_at is not None and registration.told_at > now - QUIET
        registration.told_at = registration.told_at if is_told else now
        announce(SeriesRegisteredAgain(series.id, registration.id, is_told))
    return outcomes


@use_case
def change(
    actor: Actor,
    registration_id: UUID,
    description: Description,
    *,
    wants_all: bool,
    zone: str | None = None,
    version: int | None = None,
) -> SeriesRegistration:
    """The registration with another description of its person, and with it all theirs for events that are to come.

    Where an event lets nobody change anything any more, it goes on knowing them as they were. Raises Stale where
    somebody saved it since `version`, and Invalid where a value cannot be.
    """
    registration = _get(actor, registration_id)
    check_version(registration, version)
    names = [column.name for column in fields(Description)]
    changed = [name for name in names if getattr(registration, name) != getattr(description, name)]
    for name in changed:
        setattr(registration, name, getattr(description, name))
    for name, value in (("wants_all", wants_all), ("zone", zone)):
        if getattr(registration, name) != value:
            setattr(registration, name, value)
            changed.append(name)
    to_come = [row for row in queries.list_registrations(registration) if row.live and not row.event.is_over()]
    for row in sorted(_allowed(to_come, "change"), key=lambda one: one.id):
        single.change_registration(holder(row), row.id, description)
    if "zone" in changed:
        for row in sorted(to_come, key=lambda one: one.id):
            clocks.choose_zone(holder(row), row.id, zone)
    if changed:
        announce(SeriesRegistrationChanged(registration.series_id, registration.id, tuple(changed)))
    return registration


@use_case
def take(
    actor: Actor,
    registration_id: UUID,
    event_id: UUID,
    pool_key: str,
    answers: Mapping[UUID, Any] | None = None,
    agreed: Sequence[Agreement] = (),
) -> Outcome:
    """A place at one more event of the series for somebody who came by their link; as for a single registration."""
    lock_all([event_id])
    registration = _get(actor, registration_id)
    values = {column.name: getattr(registration, column.name) for column in fields(Description)}
    agreement = Agreement(purpose="event", wording=WORDING, language=language())
    agreements = [agreement, *agreed]
    values |= {"address": registration.typed_address, "zone": registration.zone}
    details = Details(**values, agreements=agreements, answers=answers or {})
    outcome = _register(actor, registration.series, details, Wish(event_id, pool_key), is_shown=True)
    _answer(registration, [event_id], "chosen")
    announce(SeriesEventAnswered(registration.series_id, registration.id, event_id, is_wanted=True))
    return outcome


@use_case
def leave_out(actor: Actor, registration_id: UUID, event_id: UUID) -> None:
    """An event of the series that somebody does not want, or not any more: a place at it goes to the next in line."""
    lock_all([event_id])
    registration = _get(actor, registration_id)
    for row in live_of(registration.address, [event_id]).values():
        single.cancel_registration(holder(row), row.id)
    _answer(registration, [event_id], "not_wanted")
    announce(SeriesEventAnswered(registration.series_id, registration.id, event_id, is_wanted=False))


@use_case
def cancel_rest(actor: Actor, registration_id: UUID) -> int:
    """All places at events that have not begun given up at once, to the next in line; how many events those were.

    Nothing more of the series is offered to the person either. Twice is as good as once.
    """
    tell_together()
    registration = get(SeriesRegistration, registration_id)
    require(policy.may_edit_series_registration(actor, registration), hidden=True)
    lock_all([row.event_id for row in queries.list_registrations(registration)])
    registration = _get(actor, registration_id)
    rows = rest_of(queries.list_registrations(registration))
    for row in sorted(rows, key=lambda one: one.id):
        single.cancel_registration(holder(row), row.id)
    registration.wants_all = False
    offered = [entry.event_id for entry in registration.entries if entry.answer == "offered"]
    event_ids = [row.event_id for row in rows]
    _answer(registration, [*event_ids, *offered], "not_wanted")
    if rows:
        announce(SeriesPlacesCancelled(registration.series_id, registration.id, tuple(event_ids)))
    return len(rows)


@use_case
def confirm(actor: Actor, registration_id: UUID) -> int:
    """All places taken that are held for somebody or offered to them, by them, who have their letter's link; how many.

    What lapsed meanwhile is not among them.
    """
    tell_together()
    registration = get(SeriesRegistration, registration_id)
    require(policy.may_edit_series_registration(actor, registration), hidden=True)
    lock_all([row.event_id for row in queries.list_registrations(registration)])
    rows = held_among(queries.list_registrations(registration))
    for row in sorted(rows, key=lambda one: one.id):
        single.confirm(holder(row), row.id)
    if rows:
        announce(SeriesPlacesConfirmed(registration.series_id, registration.id))
    return len(rows)


@use_case
def rotate_link(actor: Actor, registration_id: UUID) -> None:
    """The private links of all of it void, those of its calendar too, and new ones on their way to its owner by letter.

    Whoever had the one has seen those of the single events: they are made void as well.
    """
    registration = _get(actor, registration_id)
    registration.link_number += 1
    registration.calendar_number += 1
    for row in sorted(queries.list_registrations(registration), key=lambda one: one.id):
        access.end_links(get(Registration, row.id, lock=True))
    announce(SeriesLinkRotated(registration.series_id, registration.id))


# What the words of the series' consent are known by; other words are another version.
WORDING = "2026-11-series"


def rest_of(rows: Iterable[Registration]) -> list[Registration]:
    """Those of somebody's registrations that can be given up in one go: for what has not begun and takes place."""
    now = clock.now()
    to_come = [
        row
        for row in rows
        if row.live
        and row.event.status in {"published", "postponed"}
        and (row.event.starts_at is None or row.event.status == "postponed" or row.event.starts_at > now)
    ]
    return _allowed(to_come, "cancel")


def _allowed(rows: Collection[Registration], deed: rights.Deed) -> list[Registration]:
    """Those of somebody's registrations with which they may still do something by themself."""
    plans = rights.plans_of([row.event_id for row in rows])
    return [row for row in rows if rights.may(row.event, plans[row.event_id], deed)]


def held_among(rows: Iterable[Registration]) -> list[Registration]:
    """Those of somebody's registrations with a place that is theirs if they take it now."""
    now = clock.now()
    return [
        row
        for row in rows
        if row.event.status == "published"
        and not row.event.is_over()
        and not row.must_take_over  # that asks for more than a click
        and any(place.state in HELD and (place.held_until is None or place.held_until > now) for place in row.live)
    ]


def lock_all(event_ids: Collection[UUID]) -> None:
    """Lock some events, so that none is closed meanwhile, and then all their pools, each in order of id."""
    found = select(Event).where(Event.id.in_(event_ids)).order_by(Event.id).with_for_update(key_share=True)
    db.session.scalars(found.execution_options(populate_existing=True)).all()
    pools = select(Pool).where(Pool.event_id.in_(event_ids)).order_by(Pool.id).with_for_update(key_share=True)
    db.session.scalars(pools.execution_options(populate_existing=True)).all()


def _get(actor: Actor, registration_id: UUID) -> SeriesRegistration:
    registration = get(SeriesRegistration, registration_id, lock=True)
    require(policy.may_edit_series_registration(actor, registration), hidden=True)
    return registration


def _register(actor: Actor, series: Series, details: Details, wish: Wish, *, is_shown: bool = False) -> Outcome:
    event = get(Event, wish.event_id)
    if event.series_id != series.id:
        title = event.title.in_(language())
        raise Conflict(gettext("“%(title)s” does not belong to this series any more. Please look again.", title=title))
    try:
        return single.register(actor, event.id, details, wish.pool_key, is_shown=is_shown)
    except Conflict as refusal:
        title = event.title.in_(language())
        raise Conflict(gettext("“%(title)s”: %(reason)s", title=title, reason=refusal.message)) from None
    except Invalid as refusal:
        if refusal.field == "pool":
            raise Invalid(f"pool-{event.id.hex}", refusal.message) from None
        raise


def live_of(address: str, event_ids: Collection[UUID]) -> dict[UUID, Registration]:
    """What is registered under an address for some events and not given up, by the event."""
    query = select(Registration).where(Registration.address == address, Registration.event_id.in_(event_ids))
    return {row.event_id: row for row in db.session.scalars(query) if row.live}


def _ensure(series: Series, details: Details, address: str, zone: str | None) -> tuple[SeriesRegistration, bool]:
    """The registration of an address for a series, locked, and whether it is new."""
    if found := queries.find(series.id, address, lock=True):
        return found, False
    values = {column.name: getattr(details, column.name) for column in fields(Description)}
    values |= {"typed_address": tidy(details.address or ""), "zone": zone}
    new = SeriesRegistration(series_id=series.id, address=address, **values)
    try:
        with db.session.begin_nested():
            db.session.add(new)
    except IntegrityError:
        # Somebody registers the same address for other events of the series at this moment, and was first.
        found = queries.find(series.id, address, lock=True)
        assert found is not None
        return found, False
    return new, True


def _answer(registration: SeriesRegistration, event_ids: Iterable[UUID], answer: str) -> None:
    entries = {entry.event_id: entry for entry in registration.entries}
    for event_id in event_ids:
        if event_id in entries:
            entries[event_id].answer = answer
        else:
            registration.entries.append(SeriesEntry(event_id=event_id, answer=answer))
    db.session.flush()
