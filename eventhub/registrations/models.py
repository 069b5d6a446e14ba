"""Who takes part."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.tables import Record, Row, one_of
from eventhub.organisations.models import STAKEHOLDER_TYPES

POOL_KEYS = ("in_person", "online")
PLACE_STATES = ("unverified", "pending", "confirmed", "waitlisted", "offered", "declined", "cancelled")
# The states in which a place takes up capacity.
COUNTING = ("confirmed", "offered", "unverified")
# The states that have ended: whoever is in one of them may register anew.
ENDED = ("declined", "cancelled")
# The pools that an event of each mode offers.
OFFERED = {"in_person": ("in_person",), "online": ("online",), "hybrid": POOL_KEYS}


class Pool(Row):
    """The places of one sort at an event. `capacity` none is no limit; `last_number` is the queue's last ticket."""

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("event_id", "key"), one_of("key", POOL_KEYS))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    key: Mapped[str]
    capacity: Mapped[int | None]
    last_number: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()

    @property
    def is_offered(self) -> bool:
        """Whether the event, as it takes place now, has places of this sort."""
        return self.key in OFFERED[self.event.mode]


class Registration(Row):
    """A person at an event, as they described themself then.

    `address` is the normalised form of `typed_address`; one address registers once for an event. A
    registration that the organiser added for somebody without an address has none.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "address"),
        one_of("stakeholder_type", STAKEHOLDER_TYPES),
        Index(None, "event_id", "created_at"),
        Index(None, "address"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    typed_address: Mapped[str | None]
    address: Mapped[str | None]
    organisation: Mapped[str] = mapped_column(default="")
    stakeholder_type: Mapped[str | None]
    country: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    link_number: Mapped[int] = mapped_column(default=1)
    calendar_number: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    places: Mapped[list[Place]] = relationship(back_populates="registration", order_by="Place.created_at")

    @property
    def place(self) -> Place:
        """Its place, which goes with it from pool to pool."""
        return self.places[0]


class Place(Row):
    """A registration's place in a pool. `number` is its ticket in the queue: given anew each time it joins."""

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("registration_id", "pool_id"),
        one_of("state", PLACE_STATES),
        Index(None, "pool_id", "state", "number"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("pools.id"))
    state: Mapped[str]
    number: Mapped[int]
    state_since: Mapped[datetime] = mapped_column(default=clock.now)

    registration: Mapped[Registration] = relationship(back_populates="places")
    pool: Mapped[Pool] = relationship()

    @property
    def has_ended(self) -> bool:
        """Whether it was given up."""
        return self.state in ENDED


class Consent(Record):
    """What a person agreed to: for which purpose, towards whom, in which version of the words, in which language."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("registration_id", "purpose", "recipient", "wording"),)

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    purpose: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")
    wording: Mapped[str]
    language: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
