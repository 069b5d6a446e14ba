"""The lanes in which work goes out: to each recipient of the outside world no faster than it takes it.

A mail provider, say, is one lane for everybody who works. The lane remembers when its next piece of work may go, and
how much slower than usual the other side wants it. Work whose lane is closed is set aside without waiting for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .bulk import add_missing
from .db import db
from .tables import Record

# The pause between two pieces of work, in seconds, of a lane by its name.
Pace = Callable[[str], float]

# A refusal doubles the pause, up to this many seconds; each piece that is taken again shortens it by a little.
MOST_PAUSE = 600
RECOVERY = 0.95
# After so long without any, it is taken again as at first: what made it slow, as a limit for an hour, has passed.
FORGIVEN = timedelta(hours=3)


# What belongs to no others has this for the id of its bulk.
NO_BULK = UUID(int=0)


# Of so many owners a lane knows the turns; of more at once, each begins with its first bulk again.
_MOST_TURNS = 50


def bulk_of(owner_id: UUID, spread_id: UUID) -> UUID:
    """The id of a bulk: in order, all of one owner stand together."""
    return UUID(bytes=owner_id.bytes[:8] + spread_id.bytes[8:])


def end_of_owner(bulk_id: UUID) -> UUID:
    """What no bulk of the same owner comes after."""
    return UUID(bytes=bulk_id.bytes[:8] + b"\xff" * 8)


def _owner(bulk_id: UUID) -> str:
    return bulk_id.hex[:16]


class Lane(Record):
    """One lane: closed until `free_at`, `slowness` times slower than usual; `has_parked`: work was set aside for it.

    `last_bulk_id` is that of which a piece went last, where several bulks wait; `turns` tells the same of each owner.
    """

    __tablename__ = "outbox_lanes"
    __table_args__ = (Index(None, "has_parked", "free_at"),)

    name: Mapped[str] = mapped_column(unique=True)
    free_at: Mapped[datetime] = mapped_column(default=clock.now)
    slowness: Mapped[float] = mapped_column(default=1.0)
    has_parked: Mapped[bool] = mapped_column(default=False)
    last_bulk_id: Mapped[UUID] = mapped_column(default=NO_BULK)
    turns: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def is_open(self) -> bool:
        """Whether a piece of work may go now."""
        return self.free_at <= clock.now()

    def last_of_owner(self, bulk_id: UUID) -> UUID:
        """The bulk of the same owner of which a piece went last; less than all of them where none is known."""
        owner = _owner(bulk_id)
        return UUID(hex=owner + self.turns.get(owner, "0" * len(owner)))

    def take_turn(self, bulk_id: UUID) -> None:
        """Note that a piece of a bulk goes now, and that it is the next owner's turn."""
        owner = _owner(bulk_id)
        kept = self.turns if len(self.turns) < _MOST_TURNS else {}
        self.last_bulk_id, self.turns = bulk_id, {**kept, owner: bulk_id.hex[len(owner) :]}

    def pass_one(self, pause: float) -> None:
        """Note that a piece of work goes now: the next has to wait for so many seconds, times the slowness."""
        now = clock.now()
        if self.free_at < now - FORGIVEN:
            self.slowness = 1.0
        self.free_at = now + timedelta(seconds=pause * self.slowness)


def locked(name: str, *, can_wait: bool) -> Lane | None:
    """The lane of a name, made where it is new, and kept until the commit.

    None where somebody else has it and `can_wait` is false: whoever holds a lane already must not wait for another.
    """
    query = select(Lane).where(Lane.name == name).with_for_update(skip_locked=not can_wait)
    lane = db.session.scalar(query.execution_options(populate_existing=True))
    if lane is None and can_wait:
        add_missing(Lane, [{"name": name}])
        lane = db.session.scalar(query.execution_options(populate_existing=True))
    return lane


def free_among(names: Collection[str], *, can_make: bool) -> dict[str, Lane]:
    """Those of several lanes that nobody else has, kept until the commit; nobody waits here for one that is taken.

    Where it `can_make` them, those that are new are made: once in a transaction, in the order of their names, for who
    makes the same one at the same time is waited for.
    """
    query = select(Lane).where(Lane.name.in_(names)).with_for_update(skip_locked=True)
    query = query.execution_options(populate_existing=True)
    free = {lane.name: lane for lane in db.session.scalars(query)}
    if can_make and (others := sorted(set(names) - free.keys())):
        insert = postgresql.insert(Lane) if db.engine.dialect.name == "postgresql" else sqlite.insert(Lane)
        rows = [{"name": name} for name in others]
        made = insert.values(rows).on_conflict_do_nothing().returning(Lane)
        free |= {lane.name: lane for lane in db.session.scalars(made)}
    return free


def open_with_parked(without: Collection[str] = ()) -> Lane | None:
    """A lane that is open and has work set aside, the one that has waited longest, kept until the commit."""
    query = select(Lane).where(Lane.has_parked, Lane.free_at <= clock.now(), Lane.name.not_in(without))
    query = query.order_by(Lane.free_at).limit(1).with_for_update(skip_locked=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


def next_opening() -> datetime | None:
    """When the first of the lanes opens that have work set aside."""
    return db.session.scalar(select(Lane.free_at).where(Lane.has_parked).order_by(Lane.free_at).limit(1))


def slow_down(name: str, pause: float, after: float = 0) -> None:
    """The other side finds us too eager: half as fast from now on; `pause` is the usual one, in seconds.

    Where it says that it wants to be left alone for so many seconds, nothing goes before they are over, `after` now.
    """
    if (lane := locked(name, can_wait=True)) is None:
        return
    if pause:
        lane.slowness = min(lane.slowness * 2, MOST_PAUSE / pause)
        lane.pass_one(pause)
    lane.free_at = max(lane.free_at, clock.now() + timedelta(seconds=after))


def speed_up(name: str) -> None:
    """The other side takes our work again: a little faster from now on, until it is as usual."""
    if (lane := locked(name, can_wait=True)) is not None:
        lane.slowness = max(1.0, lane.slowness * RECOVERY)
