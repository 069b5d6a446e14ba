"""Addresses at which nobody is reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from .models import MarkedAddress


def is_reached(
    address: InstrumentedAttribute[Any] | ColumnElement[Any], organisation_id: UUID | ScalarSelect[UUID]
) -> ColumnElement[bool]:
    """That a normalised address is none of those at which an organisation's letters have found nobody."""
    marked = exists().where(MarkedAddress.address == address, MarkedAddress.organisation_id == organisation_id)
    return ~marked


def organiser_of(event_id: UUID) -> ScalarSelect[UUID]:
    """The organisation whose letters those about an event are."""
    return select(Event.organisation_id).where(Event.id == event_id).scalar_subquery()


def find_mark(organisation_id: UUID, address: str | None) -> MarkedAddress | None:
    """That letters of an organisation's found nobody at an address, and why."""
    query = select(MarkedAddress).where(
        MarkedAddress.organisation_id == organisation_id, MarkedAddress.address == address
    )
    return db.session.scalar(query) if address else None


def marked_by(organisation_id: UUID) -> set[str]:
    """The normalised addresses at which letters of an organisation's have found nobody."""
    query = select(MarkedAddress.address).where(MarkedAddress.organisation_id == organisation_id)
    return set(db.session.scalars(query))


def marked_among(organisation_id: UUID, addresses: Collection[str]) -> set[str]:
    """Those of a few normalised addresses at which letters of an organisation's have found nobody."""
    return {one.address for one in list_marks(organisation_id, addresses)}


def list_marks(organisation_id: UUID, addresses: Collection[str]) -> Sequence[MarkedAddress]:
    """That letters of an organisation's found nobody at some of a few normalised addresses, and why."""
    query = select(MarkedAddress).where(
        MarkedAddress.organisation_id == organisation_id, MarkedAddress.address.in_(addresses)
    )
    return db.session.scalars(query).all() if addresses else []


def list_unreached(event: Event, most: int) -> Sequence[Registration]:
    """Who is registered for an event with an address at which letters find nobody, as far as there is room for them."""
    return db.session.scalars(_unreached(event).order_by(Registration.name, Registration.id).limit(most)).all()


def count_unreached(event: Event) -> int:
    """How many they are."""
    return db.session.scalar(select(func.count()).select_from(_unreached(event).subquery())) or 0


def _unreached(event: Event) -> Select[Registration]:
    return select(Registration).where(
        Registration.event_id == event.id,
        Registration.address.is_not(None),
        ~is_reached(Registration.address, event.organisation_id),
    )
