"""Exports that take longer than a reader waits: ordered, written by the worker, and gone after a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import IO, Any
from uuid import UUID, uuid4

from flask_babel import force_locale
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock, files, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, end_reading, get, receives, use_case
from eventhub.foundation.files import StoredFile, Upload
from eventhub.foundation.i18n import language
from eventhub.foundation.outbox import Refused, carries
from eventhub.foundation.permissions import require
from eventhub.foundation.work import WorkGivenUp
from eventhub.organisations.actors import actor_of
from eventhub.registrations import exports, policy
from eventhub.registrations import queries as registrations

from . import queries
from .models import EXPORT, KEPT, ExportOrder, PeopleList
from .signals import ExportMade, ExportOrdered, ListsForgotten

WORK = "registrations_export"
# How many rows are written before anybody is told so.
STRIDE = 2000


@use_case
def order(actor: Actor, event_id: UUID, file_format: str, columns: Sequence[str]) -> ExportOrder:
    """The list of registrations as a file of these columns, on its way for the actor alone."""
    event = get(Event, event_id)
    require(policy.may_export(actor, event), hidden=True)
    require(actor.person_id is not None)
    assert actor.person_id
    row = ExportOrder(
        id=uuid4(),
        event_id=event.id,
        person_id=actor.person_id,
        file_format=file_format,
        choices={"columns": list(columns)},
        language=language(),
        size=registrations.count_of(event),
    )
    db.session.add(row)
    outbox.put(WORK, {"order_id": str(row.id)}, f"{WORK}:{row.id}", event.id)
    announce(ExportOrdered(event.id, row.id, file_format, tuple(columns)))
    return row


@carries(WORK)
def carry_out(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Write the file of an order, with what its owner may read now; told again, as after a killed worker, anew."""
    row = db.session.get(ExportOrder, UUID(payload["order_id"]))
    if row is None or row.state == "ready":
        return  # dropped meanwhile, or somebody else was faster
    actor, event, order_id = actor_of(row.person_id), row.event, row.id
    if not policy.may_export(actor, event):
        raise Refused("who asked for it may not have it any more")
    columns, file_format, told, done = row.choices["columns"], row.file_format, 0, 0

    def go_on(number: int) -> None:
        nonlocal told, done
        done = number
        if number >= told + STRIDE:
            told = number
            _count(SYSTEM, order_id, number)

    def write(file: IO[bytes]) -> None:
        with force_locale(row.language):
            exports.write(file, file_format, exports.rows_of(actor, event, columns, go_on))

    with files.made(f"registrations.{file_format}", exports.MEDIA_TYPES[file_format], write) as upload:
        end_reading()
        _finish(SYSTEM, order_id, upload, done)


@use_case
def _count(actor: Actor, order_id: UUID, done: int) -> None:
    if row := db.session.get(ExportOrder, order_id):
        row.done = done


@use_case
def _finish(actor: Actor, order_id: UUID, upload: Upload, rows: int) -> None:
    row = db.session.get(ExportOrder, order_id, with_for_update=True, populate_existing=True)
    if row is None or row.state == "ready":
        return
    row.file_id = files.store(EXPORT, row.id, upload, row.event_id).id
    row.state, row.done, row.size = "ready", rows, rows
    announce(ExportMade(row.event_id, row.id, rows))


@receives(WorkGivenUp)
def tell_of_failure(fact: WorkGivenUp) -> None:
    """Who waits for a file that cannot be made hears that."""
    if fact.kind == WORK and (row := db.session.get(ExportOrder, UUID(fact.payload["order_id"]))):
        row.state = "failed"


@use_case
def drop(actor: Actor, order_id: UUID) -> None:
    """The file gone before its day is over, as its owner wishes."""
    _forget([queries.get_order(actor, order_id, lock=True)])


def has_old() -> bool:
    """Whether the day of any list is over."""
    return bool(_old())


@use_case
def forget_old(actor: Actor) -> int:
    """All lists whose day is over gone, those on their way in and those on their way out; how many they were."""
    return _forget(_old())


def _old() -> list[PeopleList | ExportOrder]:
    before = clock.now() - KEPT
    lists = db.session.scalars(select(PeopleList).where(PeopleList.created_at <= before)).all()
    return [*lists, *db.session.scalars(select(ExportOrder).where(ExportOrder.created_at <= before)).all()]


@use_case
def forget_of_event(actor: Actor, event_id: UUID) -> int:
    """All lists of an event gone, whatever is in them, as when somebody who may be in them is erased."""
    require(actor.is_system)
    lists = db.session.scalars(select(PeopleList).where(PeopleList.event_id == event_id)).all()
    return _forget([*lists, *db.session.scalars(select(ExportOrder).where(ExportOrder.event_id == event_id)).all()])


def _forget(kept: Iterable[PeopleList | ExportOrder]) -> int:
    gone: Counter[UUID] = Counter()
    for row in kept:
        if row.file_id and (file := db.session.get(StoredFile, row.file_id)):
            files.remove(file)
        gone[row.event_id] += 1
        db.session.delete(row)
    for event_id, number in gone.items():
        announce(ListsForgotten(event_id, number))
    return gone.total()
