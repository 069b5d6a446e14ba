"""The roll of an event: who may come through its doors, and how they are found by name in whatever script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.people.finding import is_found, keys_of
from eventhub.people.names import plain
from eventhub.registrations.models import BEST_FIRST, Place, Pool, Registration

from .models import ONLINE, WalkIn


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on the roll: registered, in the best state that any of their places has, or a walk-in.

    `ticket` is the number that a ticket of theirs must have, 0 where there is none; with them come so many as they
    `bring`. `keys` are what a search looks in, one a line.
    """

    id: UUID
    name: str
    organisation: str
    pool_key: str
    state: str
    ticket: int
    brings: int = 0
    is_walk_in: bool = False

    @property
    def keys(self) -> str:
        """The name and the organisation as they are written, and as they are read in Latin letters."""
        return keys_of(self.name, self.organisation)

    @property
    def is_awaited(self) -> bool:
        """Whether the doors wait for them: they have a ticket."""
        return self.ticket > 0

    @property
    def may_enter(self) -> bool:
        """Whether they have a place, or were let in without one."""
        return self.state == "confirmed" or self.is_walk_in


def roll_of(event: Event) -> Iterator[Entry]:
    """Everybody who has registered for an event, and its walk-ins, by name."""
    query = (
        select(
            Registration.id,
            Registration.name,
            Registration.organisation,
            Registration.link_number,
            Registration.companions,
            Place.state,
            Pool.key,
            Pool.mode,
        )
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id == event.id)
        .order_by(Registration.name, Registration.id, Pool.position)
    )
    entries: dict[UUID, Entry] = {}
    for row_id, name, organisation, number, companions, state, pool_key, mode in db.session.execute(query):
        ticket = number if state == "confirmed" and mode != ONLINE else 0
        entry = Entry(row_id, name, organisation, pool_key, state, ticket, len(companions))
        before = entries.get(row_id)
        if before is None or _rank(entry) < _rank(before):
            entries[row_id] = entry
    yield from entries.values()
    walk_ins = select(WalkIn).where(WalkIn.event_id == event.id).order_by(WalkIn.name, WalkIn.id)
    for one in db.session.scalars(walk_ins):
        yield Entry(one.id, one.name, one.organisation, one.pool_key, "", 0, is_walk_in=True)


def _rank(entry: Entry) -> tuple[int, bool]:
    return BEST_FIRST.index(entry.state), not entry.ticket


def list_told(event: Event, seen: Collection[UUID]) -> Iterator[Entry]:
    """Of the roll those whom a list of who came tells of: who has a place, and who was `seen` with one or without."""
    return (one for one in roll_of(event) if one.state == "confirmed" or one.id in seen)


def search(event: Event, wanted: str, most: int = 20) -> Sequence[Entry]:
    """Those on the roll who are found by these words, those whose name begins so first, and of them the awaited."""
    found = [entry for entry in roll_of(event) if is_found(entry.keys, wanted)]
    first = plain(wanted).replace(" ", "")

    def rank(one: Entry) -> tuple[bool, bool]:
        return not any(key.startswith(first) for key in one.keys.split("\n")), not one.is_awaited

    return sorted(found, key=rank)[:most]


def revision_of(event: Event) -> str:
    """Another text whenever anybody on the roll has changed, so that devices know when to ask for it again."""
    people = select(func.count(Registration.id), func.coalesce(func.sum(Registration.version), 0))
    places = select(func.count(Place.id), func.coalesce(func.sum(Place.version), 0)).join(Place.pool)
    named = func.count(WalkIn.id).filter(WalkIn.name != "")
    walk_ins = select(func.count(WalkIn.id), named).where(WalkIn.event_id == event.id)
    rows = (
        db.session.execute(people.where(Registration.event_id == event.id)).one(),
        db.session.execute(places.where(Pool.event_id == event.id)).one(),
        db.session.execute(walk_ins).one(),
    )
    return "-".join(str(number) for row in rows for number in row)
