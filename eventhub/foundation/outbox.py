"""Work that must happen after the commit: the record of it, and its carrying out.

A row says that something outside must be done: a letter sent, a fact spread to many people. It is leased
to one worker at a time; whoever dies with it leaves a lease that runs out, and the next one takes it up.
What goes to one recipient of the outside world goes in one lane, at the pace that it takes; what is for many
waits until nothing is left that concerns somebody alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ColumnElement, FromClause, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from . import bulk, clock, jobs, lanes
from .actor import SYSTEM, Actor
from .db import Fact, after_commit, announce, db, end_reading, get, use_case
from .lanes import Lane, Pace
from .tables import Record, add_row

log = structlog.get_logger()

# Longer than any work takes: a mail server may let each of a dozen answers wait for a quarter of a minute.
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 10  # with the pauses below: eight and a half hours, longer than a mail server's bad night
# How much is set aside in one transaction, which on SQLite keeps all others from writing.
_MOST_PARKED = 40
# From so many rows on, another thread is called to help; it calls the next one in its turn.
_MANY = 3
# For so many seconds a worker stays with lanes that open again and again, and never sleeps longer than a nap.
_SHIFT, _NAP = 20.0, 1.0


class OutboxRow(Record):
    """One piece of work: `waiting` until due, `leased` until `due_at`, then `done` or, in the end, `failed`.

    What is `is_bulk` is one of many pieces, and gives way to all others. It goes in the `lane` of that name, where it
    has one; while it waits for that lane to open, it `is_parked`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "state", "is_parked", "is_bulk", "due_at"),
        Index(None, "lane", "is_parked", "is_bulk", "due_at"),
        Index(None, "event_id", "state"),
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
class WorkTakenUpAgain(Fact):
    """What had been given up is tried once more."""

    outbox_id: UUID
    kind: str
    event_id: UUID | None


class Refused(Exception):
    """The outside world will not take this work however often it is tried."""


class NotNow(Exception):
    """The outside world may take this work later, and all that goes in its lane more slowly.

    `after` is how many seconds it wants to be left alone, where it says so.
    """

    def __init__(self, reason: str = "", after: float = 0) -> None:
        super().__init__(reason)
        self.after = after


# A carrier does the work outside any transaction; what it returns is done in the one that marks the row done.
Carrier = Callable[[dict[str, Any], UUID], Callable[[], None] | None]
_carriers: dict[str, Carrier] = {}
_paces: dict[str, Pace] = {}
_enders: list[Callable[[], None]] = []


def carries(kind: str, pace: Pace | None = None) -> Callable[[Carrier], Carrier]:
    """Mark a function as the one that carries out work of a kind; `pace` is that of the lanes in which it goes."""

    def mark(function: Carrier) -> Carrier:
        function.carries = kind  # type: ignore[attr-defined]  # read by `employ`
        function.pace = pace  # type: ignore[attr-defined]  # as above
        return function

    return mark


def ends_batch(function: Callable[[], None]) -> Callable[[], None]:
    """Mark a function to be called when a worker has carried out what was due, as to give back a connection."""
    function.ends_batch = True  # type: ignore[attr-defined]  # read by `employ`
    return function


def employ(modules: Iterable[ModuleType]) -> None:
    """Put the carriers of these modules in force."""
    _carriers.clear()
    _paces.clear()
    _enders.clear()
    for module in modules:
        for function in vars(module).values():
            if kind := getattr(function, "carries", None):
                _carriers[kind] = function
                if pace := getattr(function, "pace", None):
                    _paces[kind] = pace
            if getattr(function, "ends_batch", None) is True:
                _enders.append(function)


def put(
    kind: str,
    payload: dict[str, Any],
    key: str = "",
    event_id: UUID | None = None,
    due_at: datetime | None = None,
    *,
    lane: str = "",
    is_bulk: bool = False,
) -> UUID | None:
    """Order a piece of work in the current transaction; its id, or None where this key was ordered before.

    Without a key it is work of its own, however often the same is ordered.
    """
    if key and db.session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)):
        return None
    its_id = uuid4()
    add_row(
        db.session, OutboxRow, id=its_id, kind=kind, payload=payload, key=key or str(its_id), event_id=event_id,
        due_at=due_at or clock.now(), lane=lane, is_bulk=is_bulk,
    )  # fmt: skip
    after_commit(jobs.wake)
    return its_id


def put_from(
    kind: str,
    source: FromClause,
    *,
    row_id: ColumnElement[UUID],
    payload: ColumnElement[Any],
    key: ColumnElement[str],
    where: ColumnElement[bool],
    lane: ColumnElement[str],
    event_id: UUID | None = None,
) -> None:
    """Order a piece of work for each of very many rows at once, under an id of its own; all of it is for many.

    Whoever calls this knows that the keys are new: one that is not fails the transaction.
    """
    now = clock.now()
    values = {
        "id": row_id, "created_at": now, "kind": kind, "payload": payload, "key": key, "event_id": event_id,
        "state": "waiting", "due_at": now, "attempts": 0, "lane": lane, "is_bulk": True, "is_parked": False,
    }  # fmt: skip
    if bulk.insert_from(OutboxRow, values, source, where):
        after_commit(jobs.wake)


def hasten(row_id: UUID, due_at: datetime) -> None:
    """Have waiting work done at this moment, where it would be done later."""
    row = get(OutboxRow, row_id)
    if due_at < row.due_at:
        row.due_at = due_at
        after_commit(jobs.wake)


def is_waiting(kind: str, event_id: UUID, said: dict[str, str]) -> bool:
    """Whether work of a kind about an event, whose payload says this, is still to be begun.

    Nobody begins it before the current transaction has ended: what this changes, it will find.
    """
    waiting = select(OutboxRow).where(
        OutboxRow.kind == kind, OutboxRow.event_id == event_id, OutboxRow.state == "waiting", OutboxRow.attempts == 0
    )
    rows = db.session.scalars(waiting.with_for_update().execution_options(populate_existing=True))
    return any(said.items() <= row.payload.items() for row in rows.all())


def drain(most: int = 1000) -> int:
    """Carry out what is due, one row after the other, and say how many were taken up.

    What has to wait for its lane is left for later: nobody sleeps here. A worker that is to end finishes the row in
    hand and leases no other.
    """
    finish, taken = None, 0
    try:
        while True:
            row, is_done = _next(SYSTEM, finish, wants=taken < most and not jobs.is_ending())
            finish = None
            if row is not None:
                taken += 1
                if taken == _MANY:
                    jobs.wake()  # there is more than one thread's work: the next one that is free may help
                finish = _carry(row)
            elif is_done:
                return taken
    finally:
        for end in _enders:
            end()


@use_case
def again(actor: Actor, row_id: UUID | None) -> None:
    """Try given-up work once more from the beginning; the caller has asked who may."""
    row = get(OutboxRow, row_id, lock=True)
    if row.state != "failed":
        return
    announce(WorkTakenUpAgain(row.id, row.kind, row.event_id))
    row.state, row.attempts, row.due_at, row.error, row.is_parked = "waiting", 0, clock.now(), None, False
    after_commit(jobs.wake)


@use_case
def all_again(actor: Actor, kind: str, most: int = 500) -> int:
    """Try given-up work of a kind once more, so many pieces at most; how many there were."""
    query = select(OutboxRow.id).where(OutboxRow.kind == kind, OutboxRow.state == "failed").order_by(OutboxRow.id)
    row_ids = db.session.scalars(query.limit(most)).all()
    for row_id in row_ids:
        again(actor, row_id)
    return len(row_ids)


def _carry(row: Taken) -> Callable[[], None]:
    row_id, attempt = row.id, row.attempts
    try:
        carrier = _carriers[row.kind]
        and_then = carrier(row.payload, row.id)
    except Refused as error:
        reason = str(error)
        return lambda: _fail(row_id, attempt, reason, for_good=True)
    except Exception as error:  # noqa: BLE001 - whatever it was, the work must be tried again
        log.warning("outbox.failed", kind=row.kind, outbox_id=str(row_id), error=type(error).__name__)
        reason = f"{type(error).__name__}: {error}"[:500]
        if row.lane and isinstance(error, NotNow):
            _heed(SYSTEM, row, is_too_fast=True)
        after = error.after if isinstance(error, NotNow) else 0
        return lambda: _fail(row_id, attempt, reason, for_good=False, after=after)
    finally:
        end_reading()
    if row.is_slow:
        _heed(SYSTEM, row, is_too_fast=False)
    return lambda: _done(row_id, and_then)


@use_case
def _heed(actor: Actor, row: Taken, *, is_too_fast: bool) -> None:
    """What the other side makes of our pace; in a transaction of its own, which holds this lane and no other."""
    if is_too_fast:
        lanes.slow_down(row.lane, _pause(row.kind, row.lane))
    else:
        lanes.speed_up(row.lane)


def _pause(kind: str, lane: str) -> float:
    """The seconds between two pieces of work of a kind in a lane, where nothing has made it slower."""
    pace = _paces.get(kind)
    return pace(lane) if pace else 0.0


@use_case
def _next(actor: Actor, finish: Callable[[], None] | None, *, wants: bool) -> tuple[Taken | None, bool]:
    """Finish one piece of work and, where one more is wanted, lease the next in the same transaction.

    None and true where there is nothing to do now; None and false where it is to be asked again.
    """
    if finish is not None:
        finish()
    parked, kept, passed_over = 0, dict[str, Lane](), set[str]()
    while wants and parked < _MOST_PARKED:
        row, lane = _first_due(passed_over)
        if row is None:
            return None, not passed_over
        if row.attempts >= MOST_ATTEMPTS:
            _give_up(row, "the worker ended in the middle of it, every time")
            continue
        if row.lane and lane is None:
            # Who holds a lane waits for no other: so that two never wait for each other.
            lane = kept.get(row.lane) or lanes.locked(row.lane, can_wait=not kept)
            if lane is None:
                passed_over.add(row.lane)
                continue
            kept[row.lane] = lane
            if not lane.is_open:
                row.state, row.is_parked, lane.has_parked = "waiting", True, True
                parked += 1
                db.session.flush()
                continue
        if lane is not None:
            lane.pass_one(_pause(row.kind, row.lane))
        row.state, row.due_at, row.attempts, row.is_parked = "leased", clock.now() + LEASE, row.attempts + 1, False
        db.session.flush()
        is_slow = lane is not None and lane.slowness > 1
        return Taken(row.id, row.kind, row.payload, row.attempts, row.lane, is_slow=is_slow), False
    return None, not wants


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece of work that somebody has leased, as it was then; `is_slow`: its lane is slower than usual."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int
    lane: str
    is_slow: bool


def _first_due(without: Collection[str]) -> tuple[OutboxRow | None, Lane | None]:
    """What is to be done first, kept until the commit: with its lane, where that has just opened for it.

    Whose worker died, what concerns somebody alone, what was set aside for a lane that is open, and then the rest.
    """
    now = clock.now()
    waiting = OutboxRow.state == "waiting", OutboxRow.is_parked.is_(False), OutboxRow.due_at <= now
    passed_over = [OutboxRow.lane.not_in(without)] if without else []
    if row := _first(OutboxRow.state == "leased", OutboxRow.due_at <= now, *passed_over):
        return row, None
    if row := _first(*waiting, OutboxRow.is_bulk.is_(False), *passed_over):
        return row, None
    while lane := lanes.open_with_parked(without):
        of_lane = OutboxRow.lane == lane.name, OutboxRow.is_parked.is_(True)
        for is_bulk in (False, True):
            if row := _first(*of_lane, OutboxRow.is_bulk.is_(is_bulk)):
                return row, lane
        lane.has_parked = False
        db.session.flush()
    return _first(*waiting, OutboxRow.is_bulk.is_(True), *passed_over), None


def _first(*conditions: ColumnElement[bool]) -> OutboxRow | None:
    query = select(OutboxRow).where(*conditions).order_by(OutboxRow.due_at, OutboxRow.id).limit(1)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return db.session.scalar(query)


def _find(row_id: UUID) -> OutboxRow | None:
    """The row, locked; None where what it was about was erased while it was carried out."""
    return db.session.get(OutboxRow, row_id, with_for_update={"key_share": True}, populate_existing=True)


def _done(row_id: UUID, and_then: Callable[[], None] | None) -> None:
    if (row := _find(row_id)) is not None:
        row.state, row.error, row.payload = "done", None, {}  # what is done need not say for whom it was
    if and_then is not None:
        and_then()


def _fail(row_id: UUID, attempt: int, error: str, *, for_good: bool, after: float = 0) -> None:
    row = _find(row_id)
    if row is None or row.state != "leased" or row.attempts != attempt:
        return  # the lease ran out meanwhile: what became of the work, the one who took it up knows
    if for_good or attempt >= MOST_ATTEMPTS:
        _give_up(row, error)
    else:
        row.error = error
        pause = max(timedelta(minutes=2 ** (attempt - 1)), timedelta(seconds=after))
        row.state, row.due_at = "waiting", clock.now() + pause


def _give_up(row: OutboxRow, error: str) -> None:
    row.state, row.error = "failed", error
    announce(WorkGivenUp(row.id, row.kind, row.payload, error, row.event_id))


# One thread of a process stays with the lanes; the others need not wait with it.
_on_shift = threading.Lock()


@jobs.wakes
def deliver() -> None:
    """Carry out what has come due since the last time, and, for a while, what lanes let through one by one."""
    drain()
    if not _on_shift.acquire(blocking=False):
        return
    try:
        end = time.monotonic() + _SHIFT
        while (pause := _seconds_to_next()) is not None:
            if time.monotonic() > end:
                jobs.wake()
                return
            if jobs.rest(max(0.02, min(pause, _NAP))):
                return
            drain()
    finally:
        _on_shift.release()


def _seconds_to_next() -> float | None:
    """How long it takes until the first lane opens for which something was set aside; None where nothing was."""
    opening = lanes.next_opening()
    end_reading()
    return None if opening is None else (opening - clock.now()).total_seconds()


@jobs.each_minute
def sweep() -> None:
    """Take up what nobody was woken for: retries, and work whose worker died.

    Those who wait for the queue do it; where the queue does not answer, whoever keeps time does it alone.
    """
    if not jobs.wake():
        drain()


@jobs.each_night
def forget() -> None:
    """Drop finished work after a month: the letters and the audit keep what matters."""
    _forget(SYSTEM, clock.now() - timedelta(days=30))


@use_case
def _forget(actor: Actor, before: datetime) -> None:
    db.session.execute(delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.created_at < before))
