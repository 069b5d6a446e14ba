"""Who takes part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.tables import Record, Row, WallClock, one_of
from eventhub.foundation.zones import current_name, zone_of_country
from eventhub.organisations.models import STAKEHOLDER_TYPES
from eventhub.people.models import Person

# The pools that every event has for the ways in which it takes place; their keys are their modes.
POOL_KEYS = ("in_person", "online")
MODES = POOL_KEYS
ADMISSIONS = ("anyone", "approval", "invitation")
PROMOTIONS = ("directly", "offer")
QUOTAS = ("stakeholder_type", "country")
SMALLEST_GROUP = 5  # of whom it may be told what they have in common
PLACE_STATES = ("unverified", "pending", "confirmed", "waitlisted", "offered", "declined", "cancelled")
# The states in which a place takes up capacity.
COUNTING = ("confirmed", "offered", "unverified")
# The states in which a place is kept only until a moment.
HELD = ("unverified", "offered")
# The states that have ended: whoever is in one of them may register anew.
ENDED = ("declined", "cancelled")
# Of several places of one registration the first in this order is the one that says how it stands.
BEST_FIRST = ("confirmed", "offered", "unverified", "pending", "waitlisted", "declined", "cancelled")
INVITATION_STATES = ("open", "accepted", "declined", "passed_on", "withdrawn")
# What an event's organisers say to a person's wish to send somebody else.
SUBSTITUTES = ("yes", "approval", "no")
# The ways of taking part that an event of each mode offers.
OFFERED = {"in_person": ("in_person",), "online": ("online",), "hybrid": MODES}


class Pool(Row):
    """The places of one sort at an event: those in person, those online, and others that its organisers add.

    `capacity` none is no limit; `last_number` is the queue's last ticket. Who may take a place: anyone, anyone whom the
    organisers approve, or whoever they invite. A place that comes free is the next one's at once, or offered to them
    for `offer_hours`. With `hold_hours` a place is held so long until its letter's link was followed. `opens` and
    `closes` are the wall clock of the event, where the pool has a window of its own. Each of `quotas` limits the places
    for one stakeholder type or country: `{"kind": "country", "value": "CN", "capacity": 10}`.
    """

    __tablename__ = "pools"
    __table_args__ = (
        UniqueConstraint("event_id", "key"),
        one_of("mode", MODES),
        one_of("admission", ADMISSIONS),
        one_of("promotion", PROMOTIONS),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    key: Mapped[str]
    mode: Mapped[str]
    name: Mapped[Translated] = mapped_column(default=EMPTY)
    capacity: Mapped[int | None]
    admission: Mapped[str] = mapped_column(default="anyone")
    promotion: Mapped[str] = mapped_column(default="directly")
    offer_hours: Mapped[int] = mapped_column(default=48)
    hold_hours: Mapped[int | None]
    opens: Mapped[datetime | None] = mapped_column(WallClock)
    closes: Mapped[datetime | None] = mapped_column(WallClock)
    languages: Mapped[list[str]] = mapped_column(default=list)
    quotas: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    is_open: Mapped[bool] = mapped_column(default=True)
    last_number: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()

    @property
    def is_offered(self) -> bool:
        """Whether the event, as it takes place now, has places of this sort."""
        return self.is_open and self.mode in OFFERED[self.event.mode]

    @property
    def is_own(self) -> bool:
        """Whether the organisers have added it to the pools that every event has."""
        return self.key not in POOL_KEYS

    def window(self, moment: datetime | None = None) -> Literal["not_yet", "open", "closed"]:
        """How its own window stands; the event's own is beside it."""
        now = clock.wall(moment or clock.now(), self.event.zone)
        if self.opens and now < self.opens:
            return "not_yet"
        return "closed" if self.closes and now >= self.closes else "open"


class Registration(Row):
    """A person at an event, as they described themself then.

    `address` is the normalised form of `typed_address`; one address registers once for an event. A
    registration that the organiser added for somebody without an address has none. `verified_at` is when its person
    showed that letters to the address reach them; `import_id` is the list with which organisers brought them in. A
    delegate has the registration of the `contact` who registered them, who also looks after theirs where they have no
    address. `companions` are the names of those whom somebody brings. Who comes in somebody's stead has the
    registration for which they do. `zone` is the one by whose clock they read, where they chose it or their device told
    it. Of whoever was erased, at `erased_at`, nothing is left but that they are counted.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "address"),
        one_of("stakeholder_type", STAKEHOLDER_TYPES),
        Index(None, "event_id", "created_at"),
        Index(None, "address"),
        Index(None, "contact_id"),
        Index(None, "import_id"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"))
    substitute_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    typed_address: Mapped[str | None]
    address: Mapped[str | None]
    organisation: Mapped[str] = mapped_column(default="")
    stakeholder_type: Mapped[str | None]
    country: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    link_number: Mapped[int] = mapped_column(default=1)
    calendar_number: Mapped[int] = mapped_column(default=1)
    companions: Mapped[list[str]] = mapped_column(default=list)
    import_id: Mapped[UUID | None]

    event: Mapped[Event] = relationship()
    person: Mapped[Person | None] = relationship()
    contact: Mapped[Registration | None] = relationship(remote_side="Registration.id", foreign_keys=[contact_id])
    places: Mapped[list[Place]] = relationship(back_populates="registration", order_by="Place.created_at")

    @validates("zone")
    def _check_zone(self, _: str, zone: str | None) -> str | None:
        known = current_name(zone or "")
        if zone is not None and known is None:
            raise ValueError(f"unknown time zone {zone!r}")
        return known

    @property
    def usual_zone(self) -> str | None:
        """The zone of its person where they chose none here: that of their account, else of a country that has one."""
        own = self.person.zone if self.person_id and self.person else None
        return own or zone_of_country(self.country or "")

    @property
    def own_zone(self) -> str | None:
        """The zone by whose clock its person is written to, besides the event's, as far as it is known."""
        return self.zone or self.usual_zone

    @property
    def place(self) -> Place:
        """The place that says how it stands: the best of its places."""
        return min(self.places, key=_rank)

    @property
    def live(self) -> list[Place]:
        """Its places that were not given up, the best first."""
        return sorted((place for place in self.places if not place.has_ended), key=_rank)

    @property
    def must_take_over(self) -> bool:
        """Whether a place was passed on to its person, who has not said yet that they come, nor agreed to anything."""
        return self.substitute_for_id is not None and self.place.state == "unverified"

    @property
    def looked_after_by(self) -> Registration | None:
        """The contact who answers for its person, where these have no address and that one was not erased."""
        is_answered_for = self.address is None and self.erased_at is None
        return self.contact if is_answered_for and self.contact and self.contact.address else None

    @property
    def second(self) -> Place | None:
        """The place for which it waits, or which it holds, beside the best one."""
        return next(iter(self.live[1:]), None)


class Place(Row):
    """A registration's place in a pool. `number` is its ticket in the queue: given anew each time it joins.

    A place that is held or offered is so until `held_until`. Of a registration's places one is the main one, by which
    lists show it. It takes up `size` of the pool's capacity: one, and one more for each companion who is counted.
    """

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("registration_id", "pool_id"),
        one_of("state", PLACE_STATES),
        Index(None, "pool_id", "state", "number"),
        Index(None, "held_until"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("pools.id"))
    state: Mapped[str]
    number: Mapped[int]
    state_since: Mapped[datetime] = mapped_column(default=clock.now)
    held_until: Mapped[datetime | None]
    is_main: Mapped[bool] = mapped_column(default=True)
    size: Mapped[int] = mapped_column(default=1)

    registration: Mapped[Registration] = relationship(back_populates="places")
    pool: Mapped[Pool] = relationship()

    @property
    def has_ended(self) -> bool:
        """Whether it was given up."""
        return self.state in ENDED

    @property
    def was_passed_on(self) -> bool:
        """Whether it is offered to somebody because another passed it on to them, and not because one came free."""
        return self.state == "offered" and self.registration.substitute_for_id is not None

    @property
    def is_overdue(self) -> bool:
        """Whether it was held or offered longer than it is; until the queue moves on, it looks as if it still were."""
        return self.state in HELD and self.held_until is not None and self.held_until <= clock.now()


def _rank(place: Place) -> tuple[int, int, str]:
    return BEST_FIRST.index(place.state), place.pool.position, place.pool.key


class EventInvitation(Row):
    """A letter that asks somebody to take part in an event, in a pool, until a moment.

    It ends by being accepted, declined, passed on to a colleague, or withdrawn; its link is good for as long as the
    event is to come, and says which of these it was.
    """

    __tablename__ = "event_invitations"
    __table_args__ = (
        one_of("state", INVITATION_STATES),
        Index(None, "event_id", "created_at"),
        Index(None, "event_id", "address"),
        Index(None, "answer_by"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("pools.id"))
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    typed_address: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    words: Mapped[Translated] = mapped_column(default=EMPTY)
    state: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    answer_by: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    link_number: Mapped[int] = mapped_column(default=1)
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"))
    passed_on_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("event_invitations.id"))

    event: Mapped[Event] = relationship()
    pool: Mapped[Pool] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer that would be in time."""
        return self.state == "open" and clock.now() < self.answer_by


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


class Delegate(Record):
    """Somebody with an address of their own whom a contact has named, as the contact typed it.

    It is kept beside the registrations, and says nothing of them: a contact who could see whether one was made would
    learn who is registered already.
    """

    __tablename__ = "delegates"
    __table_args__ = (UniqueConstraint("contact_id", "address"),)

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    name: Mapped[str]
    typed_address: Mapped[str]
    address: Mapped[str]
    cancelled_at: Mapped[datetime | None]


class Substitution(Record):
    """A registrant's wish that somebody else comes in their stead, as typed, until the organisers have decided."""

    __tablename__ = "substitutions"
    __table_args__ = (UniqueConstraint("registration_id"), Index(None, "event_id", "created_at"))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    name: Mapped[str]
    typed_address: Mapped[str]
    language: Mapped[str]

    registration: Mapped[Registration] = relationship()


class Rights(Row):
    """What registrants of an event may do by themselves, and until how many hours before it begins.

    Without hours it goes on for as long as it makes sense. An event without this row has what it says by itself.
    """

    __tablename__ = "registration_rights"
    __table_args__ = (UniqueConstraint("event_id"), one_of("substitutes", SUBSTITUTES))

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    change_hours: Mapped[int | None]
    switch_hours: Mapped[int | None]
    cancel_hours: Mapped[int | None]
    substitutes: Mapped[str] = mapped_column(default="yes")
    substitute_hours: Mapped[int | None]
    has_delegations: Mapped[bool] = mapped_column(default=True)
    most_companions: Mapped[int] = mapped_column(default=0)
    counts_companions: Mapped[bool] = mapped_column(default=True)
