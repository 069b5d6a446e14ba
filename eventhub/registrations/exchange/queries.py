"""Finding lists on their way in and out: for the one whose they are, as long as their day lasts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from eventhub.events.models import Event
from eventhub.foundation import files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import NotFound
from eventhub.foundation.files import StoredFile
from eventhub.registrations import policy
from eventhub.registrations.models import Place, Registration

from .choices import Choices
from .models import ExportOrder, PeopleList
from .tables import Table

K = TypeVar("K", PeopleList, ExportOrder)


def _get_own(model: type[K], actor: Actor, row_id: UUID, *, lock: bool) -> K:
    row = get(model, row_id, lock=lock)
    is_own = actor.person_id is not None and row.person_id == actor.person_id
    if not is_own or row.is_over or not policy.may_export(actor, row.event):
        raise NotFound
    return row


def get_list(actor: Actor, list_id: UUID, *, lock: bool = False) -> PeopleList:
    """A list that the actor has sent; raises NotFound where it is somebody else's, its day is over, or it is gone."""
    return _get_own(PeopleList, actor, list_id, lock=lock)


def get_order(actor: Actor, order_id: UUID, *, lock: bool = False) -> ExportOrder:
    """An export that the actor has asked for; raises NotFound as above."""
    return _get_own(ExportOrder, actor, order_id, lock=lock)


def find_lists(actor: Actor, event: Event) -> list[PeopleList]:
    """What the actor has sent for an event and not taken over yet, the newest first."""
    query = select(PeopleList).where(PeopleList.event_id == event.id, PeopleList.person_id == actor.person_id)
    return [row for row in db.session.scalars(query.order_by(PeopleList.created_at.desc())) if not row.is_over]


def find_orders(actor: Actor, event: Event) -> list[ExportOrder]:
    """What the actor has asked for at an event, the newest first."""
    query = select(ExportOrder).where(ExportOrder.event_id == event.id, ExportOrder.person_id == actor.person_id)
    return [row for row in db.session.scalars(query.order_by(ExportOrder.created_at.desc())) if not row.is_over]


def file_of(row: PeopleList | ExportOrder) -> StoredFile:
    """The file that something lies in; raises NotFound where it, or its bytes, are gone."""
    file = db.session.get(StoredFile, row.file_id) if row.file_id else None
    if file is None or not files.path_of(file).is_file():
        raise NotFound
    return file


def table_of(kept: PeopleList) -> Table:
    """What a list says; raises NotFound where its bytes are gone."""
    return Table.from_json(files.path_of(file_of(kept)).read_bytes())


def choices_of(kept: PeopleList) -> Choices:
    """What was chosen for a list."""
    return Choices(**kept.choices)


def rows_of(registration_ids: Collection[UUID]) -> dict[UUID, Registration]:
    """Registrations by their ids, with their places, read afresh."""
    query = select(Registration).where(Registration.id.in_(registration_ids))
    query = query.options(selectinload(Registration.places).joinedload(Place.pool))
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.id: row for row in found}
