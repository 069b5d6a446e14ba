"""A piece of work that is written down, who has it in hand, and how it ends.

It is leased to one worker at a time, who holds on to it while it lasts; whoever dies with it leaves a lease that soon
runs out, and the next one takes it up.
What is for many waits until nothing is left that concerns somebody alone, and is then leased by the handful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Update, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from . import clock, lanes
from .db import Fact, announce, db
from .lanes import Lane
from .tables import Record, change_row

# Several times as long as between two signs of life of a process: whatever it is busy with, it holds on to that often.
LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 10  # with the pauses below: eight and a half hours, longer than a mail server's bad night
# How much is set aside in one transaction, which on SQLite keeps all others from writing.
_MOST_PARKED = 40
# So many pieces for many are leased at once: several cost hardly more than one.
HANDFUL = 10


class OutboxRow(Record):
    """One piece of work: `waiting` until due, `leased` until `due_at`, then `done` or, in the end, `failed`.

    What is `is_bulk` is one of many pieces, and gives way to all others; those that belong together have one `bulk_id`.
    It goes in the `lane` of that name, where it has one; while it waits for that lane to open, it `is_parked`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "state", "is_parked", "is_bulk", "due_at"),
        Index(None, "lane", "is_parked", "is_bulk", "bulk_id", "due_at"),
        Index(None, "event_id", "state"),
        # The few that were tried in vain, for whoever counts them among very many.
        Index(
            "ix_outbox_tried", "id", sqlite_where=text("error IS NOT NULL"), postgresql_where=text("error IS NOT NULL")
        ),
    )

    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    lane: Mapped[str] = mapped_column(default="")
    is_bulk: Mapped[bool] = mapped_column(default=False)
    bulk_id: Mapped[UUID] = mapped_column(default=lanes.NO_BULK)
    is_parked: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class WorkGivenUp(Fact):
    """A piece of work failed for good, or too often."""

    outbox_id: UUID
    kind: str
    payload: dict[str, Any]
    error: str
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece of work that somebody has leased, as it was then; `is_slow`: its lane is slower than usual."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int
    lane: str
    due_at: datetime
    is_slow: bool


# The seconds between two pieces of work of a kind in a lane, where nothing has made it slower.
Pause = Callable[[str, str], float]


def lease(most: int, pause: Pause) -> tuple[list[Taken], bool]:
    """Some of the work that is to be done first, leased by the transaction under way; so many pieces at most.

    Nothing and true where there is nothing to do now; nothing and false where it is to be asked again.
    """
    hand = _Hand(pause)
    while hand.parked < _MOST_PARKED:
        rows, lane = _first_due(hand, most)
        if not rows:
            return [], not hand.passed_over
        for row in hand.those_that_go(rows, lane):
            hand.take(row)
        db.session.flush()
        if hand.taken:
            return hand.taken, False
    return [], False


class _Hand:
    """What one transaction leases, and the lanes that it keeps meanwhile."""

    def __init__(self, pause: Pause) -> None:
        self.taken: list[Taken] = []
        self.passed_over: set[str] = set()
        self.parked = 0
        self._pause = pause
        self._lanes: dict[str, Lane] = {}

    def those_that_go(self, rows: Sequence[OutboxRow], opened: Lane | None) -> Iterable[OutboxRow]:
        """Those of the rows whose lane lets them through; who has none goes at once."""
        if opened is not None:
            self.hold(opened)
        self._keep({row.lane for row in rows if row.lane and row.attempts < MOST_ATTEMPTS})
        for row in rows:
            if row.attempts >= MOST_ATTEMPTS:
                give_up(row, "the worker ended in the middle of it, every time")
            elif not row.lane:
                yield row
            elif (lane := self._lanes.get(row.lane)) is None:
                self.passed_over.add(row.lane)
            elif lane.is_open or lane is opened:
                lane.pass_one(self._pause(row.kind, row.lane))
                yield row
            else:
                row.state, row.is_parked, lane.has_parked = "waiting", True, True
                self.parked += 1

    def take(self, row: OutboxRow) -> None:
        """Lease one."""
        lane, due_at = self._lanes.get(row.lane), row.due_at
        row.state, row.due_at, row.attempts, row.is_parked = "leased", clock.now() + LEASE, row.attempts + 1, False
        is_slow = lane is not None and lane.slowness > 1
        self.taken.append(Taken(row.id, row.kind, row.payload, row.attempts, row.lane, due_at, is_slow=is_slow))

    def hold(self, lane: Lane) -> None:
        """Note a lane that this transaction has changed, and so keeps from all others."""
        self._lanes[lane.name] = lane

    def _keep(self, names: set[str]) -> None:
        """Have these lanes to oneself, as far as that can be: who holds a lane waits for no other.

        So two never wait for each other.
        """
        wanted = names - self._lanes.keys()
        if len(wanted) == 1 and not self._lanes:
            [name] = wanted
            if (lane := lanes.locked(name, can_wait=True)) is not None:
                self._lanes[name] = lane
        elif wanted:
            self._lanes |= lanes.free_among(wanted, can_make=not self._lanes)


def _first_due(hand: _Hand, most: int) -> tuple[Sequence[OutboxRow], Lane | None]:
    """What is to be done first, kept until the commit: with its lane, where that has just opened for it.

    Whose worker died, what concerns somebody alone, what was set aside for a lane that is open, and then the rest, of
    which there may be several.
    """
    now, without = clock.now(), hand.passed_over
    waiting = OutboxRow.state == "waiting", OutboxRow.is_parked.is_(False), OutboxRow.due_at <= now
    passed_over = [OutboxRow.lane.not_in(without)] if without else []
    if rows := _first(OutboxRow.state == "leased", OutboxRow.due_at <= now, *passed_over):
        return rows, None
    if rows := _first(*waiting, OutboxRow.is_bulk.is_(False), *passed_over):
        return rows, None
    while lane := lanes.open_with_parked(without):
        of_lane = OutboxRow.lane == lane.name, OutboxRow.is_parked.is_(True)
        alone = OutboxRow.is_bulk.is_(False), OutboxRow.bulk_id == lanes.NO_BULK
        if rows := _first(*of_lane, *alone) or _next_in_turn(lane, *of_lane):
            return rows, lane
        lane.has_parked = False
        hand.hold(lane)
        db.session.flush()
    return _first(*waiting, OutboxRow.is_bulk.is_(True), *passed_over, most=min(most, HANDFUL)), None


def _next_in_turn(lane: Lane, *of_lane: ColumnElement[bool]) -> Sequence[OutboxRow]:
    """The first piece of the bulk whose turn it is: first the next owner's, and among theirs the next.

    Who has ten letters to write gets no more than who has one, and what is for twenty waits for no end of what is for
    ten thousand.
    """
    is_bulk, order = OutboxRow.is_bulk.is_(True), (OutboxRow.bulk_id, OutboxRow.due_at)
    end = lanes.end_of_owner(lane.last_bulk_id)
    rows = _first(*of_lane, is_bulk, OutboxRow.bulk_id > end, order=order)
    if rows := rows or _first(*of_lane, is_bulk, OutboxRow.bulk_id <= end, order=order):
        its_id = rows[0].bulk_id
        theirs = OutboxRow.bulk_id > lane.last_of_owner(its_id), OutboxRow.bulk_id <= lanes.end_of_owner(its_id)
        rows = _first(*of_lane, is_bulk, *theirs, order=order) or rows
        lane.take_turn(rows[0].bulk_id)
    return rows


def _first(
    *conditions: ColumnElement[bool], most: int = 1, order: Sequence[Any] = (OutboxRow.due_at,)
) -> Sequence[OutboxRow]:
    # Nothing else orders what came due together: the indexes would not help, and of very many all would be looked at.
    query = select(OutboxRow).where(*conditions).order_by(*order).limit(most)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def hold(row_id: UUID, attempt: int) -> None:
    """Have a lease run anew, as long as nobody else has taken the work up."""
    db.session.execute(_leased(row_id, attempt).values(due_at=clock.now() + LEASE))


def give_back(rows: Iterable[Taken]) -> None:
    """Leave leased work, of which nothing was begun, as it was before."""
    for row in rows:
        as_before = {"state": "waiting", "due_at": row.due_at, "attempts": row.attempts - 1}
        db.session.execute(_leased(row.id, row.attempts).values(as_before))


def _leased(row_id: UUID, attempt: int) -> Update:
    mine = OutboxRow.id == row_id, OutboxRow.state == "leased", OutboxRow.attempts == attempt
    return update(OutboxRow).where(*mine)


def done(row_id: UUID, and_then: Callable[[], None] | None) -> None:
    """Keep that work is done, with what is to be kept of it besides; it may have been erased meanwhile."""
    # What is done need not say for whom it was.
    change_row(db.session, OutboxRow, row_id, state="done", error=None, payload={})
    if and_then is not None:
        and_then()


def fail(row_id: UUID, attempt: int, error: str, *, for_good: bool, after: float = 0) -> None:
    """Have work tried again later, not before so many seconds, or given up."""
    row = db.session.get(OutboxRow, row_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or row.state != "leased" or row.attempts != attempt:
        return  # it was erased, or its lease ran out: what became of the work, the one who took it up knows
    if for_good or attempt >= MOST_ATTEMPTS:
        give_up(row, error)
    else:
        row.error = error
        pause = max(timedelta(minutes=2 ** (attempt - 1)), timedelta(seconds=after))
        row.state, row.due_at = "waiting", clock.now() + pause


def give_up(row: OutboxRow, error: str) -> None:
    """Try work no more."""
    row.state, row.error = "failed", error
    announce(WorkGivenUp(row.id, row.kind, row.payload, error, row.event_id))
