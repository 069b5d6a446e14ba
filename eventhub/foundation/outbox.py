"""Work that must happen after the commit: the record of it, and its carrying out.

A row says that something outside must be done: a letter sent, a fact spread to many people. It is leased
to one worker at a time; whoever dies with it leaves a lease that runs out, and the next one takes it up.
What goes to one recipient of the outside world goes in one lane, at the pace that it takes; what is for many
waits until nothing is left that concerns somebody alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ColumnElement, FromClause, delete, exists, select
from sqlalchemy.orm import aliased

from . import bulk, clock, jobs, lanes, work
from .actor import SYSTEM, Actor
from .db import Fact, add_row, after_commit, announce, db, end_reading, get, use_case
from .lanes import Pace
from .work import OutboxRow, Taken

log = structlog.get_logger()

# From so many rows on, another thread is called to help; it calls the next one in its turn.
_MANY = 3
# For so many seconds a worker stays with lanes that open again and again, and never sleeps longer than a nap.
_SHIFT, _NAP = 20.0, 1.0
# So many seconds after it was leased work is begun, or else given back: others may be free by then.
_IN_HAND = 2.0
# Longer than any work takes, in seconds: what hangs for longer is let go, and given up in the end where people see it.
_MOST_HELD = 3600.0
# For how long it is known which work was ordered before.
KEPT = timedelta(days=30)


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

    `after` is how many seconds it wants to be left alone, where it says so. What is about one recipient alone,
    `is_of_one`, makes nothing else slower.
    """

    def __init__(self, reason: str = "", after: float = 0, *, is_of_one: bool = False) -> None:
        super().__init__(reason)
        self.after, self.is_of_one = after, is_of_one


# A carrier does the work outside any transaction; what it returns is done in the one that marks the row done.
Carrier = Callable[[dict[str, Any], UUID], Callable[[], None] | None]
_carriers: dict[str, Carrier] = {}
_paces: dict[str, Pace] = {}
_spreads: set[str] = set()
_enders: list[Callable[[], None]] = []
# What this thread carries out: what that orders for many belongs together.
_carried: ContextVar[UUID | None] = ContextVar("carried", default=None)
# What this thread has read for several pieces that it leased at once.
_shared: ContextVar[dict[Any, Any] | None] = ContextVar("shared", default=None)
# What this process is busy with, by its id and attempt: since when, by the clock that nobody can set.
_in_hand: dict[tuple[UUID, int], float] = {}


def carries(kind: str, pace: Pace | None = None, *, is_spread: bool = False) -> Callable[[Carrier], Carrier]:
    """Mark a function as the one that carries out work of a kind; `pace` is that of the lanes in which it goes.

    What `is_spread` orders much other work about its event, each piece under a key by which it is ordered once.
    """

    def mark(function: Carrier) -> Carrier:
        function.carries = kind  # type: ignore[attr-defined]  # read by `employ`
        function.pace = pace  # type: ignore[attr-defined]  # as above
        function.is_spread = is_spread  # type: ignore[attr-defined]  # as above
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
    _spreads.clear()
    _enders.clear()
    for module in modules:
        for function in vars(module).values():
            if kind := getattr(function, "carries", None):
                if _carriers.get(kind, function) is not function:
                    raise ValueError(f"two carriers of {kind}")
                _carriers[kind] = function
                if pace := getattr(function, "pace", None):
                    _paces[kind] = pace
                if getattr(function, "is_spread", False):
                    _spreads.add(kind)
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
        OutboxRow, id=its_id, kind=kind, payload=payload, key=key or str(its_id), event_id=event_id,
        due_at=due_at or clock.now(), lane=lane, is_bulk=is_bulk,
        bulk_id=_bulk_id(event_id) if is_bulk else lanes.NO_BULK,
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
        "state": "waiting", "due_at": now, "attempts": 0, "lane": lane, "is_bulk": True,
        "bulk_id": _bulk_id(event_id), "is_parked": False,
    }  # fmt: skip
    if bulk.insert_from(OutboxRow, values, source, where):
        after_commit(jobs.wake)


def _bulk_id(event_id: UUID | None) -> UUID:
    """What is ordered for many now belongs to its event, and there to the work that orders it, or else to all else."""
    event_id = event_id or lanes.NO_BULK
    return lanes.bulk_of(event_id, _carried.get() or event_id)


def spreads() -> frozenset[str]:
    """The kinds of work that make one piece many."""
    return frozenset(_spreads)


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
    hand and begins no other.
    """
    try:
        return _drain(most)
    finally:
        _end()


def _drain(most: int = 1000) -> int:
    finish, taken, rows, until = None, 0, list[Taken](), 0.0
    while True:
        if rows and (jobs.is_ending() or time.monotonic() > until):
            _finish(SYSTEM, finish, rows)
            finish, rows = None, []
        if rows:
            _finish(SYSTEM, finish)
        else:
            most_now = 0 if jobs.is_ending() else most - taken
            rows, is_done = _next(SYSTEM, finish, most_now)
            until = time.monotonic() + _IN_HAND
            _shared.set({})
            if not rows and is_done:
                return taken
        finish = None
        if rows:
            taken += 1
            if taken == _MANY:
                jobs.wake()  # there is more than one thread's work: the next one that is free may help
            finish = _carry(rows.pop(0))


def _end() -> None:
    _shared.set(None)
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


def shared() -> dict[Any, Any] | None:
    """What carriers may keep for the other pieces that were leased at once; None where nothing is carried out.

    It is forgotten with them, before it is older than a few seconds.
    """
    return _shared.get()


def _carry(row: Taken) -> Callable[[], None]:
    row_id, attempt = row.id, row.attempts
    _in_hand[row_id, attempt] = time.monotonic()
    token = _carried.set(row_id)
    try:
        carrier = _carriers[row.kind]
        and_then = carrier(row.payload, row.id)
    except Refused as error:
        reason = str(error)
        return lambda: work.fail(row_id, attempt, reason, for_good=True)
    except Exception as error:  # noqa: BLE001 - whatever it was, the work must be tried again
        log.warning("outbox.failed", kind=row.kind, outbox_id=str(row_id), error=type(error).__name__)
        reason = f"{type(error).__name__}: {error}"[:500]
        # Refused again, a piece of work tells nothing new of the pace: one full mailbox would stop all of its provider.
        if row.lane and isinstance(error, NotNow) and attempt == 1 and not error.is_of_one:
            _heed_if_possible(row, is_too_fast=True, after=error.after)
        after = error.after if isinstance(error, NotNow) else 0
        return lambda: work.fail(row_id, attempt, reason, for_good=False, after=after)
    finally:
        end_reading()
        _carried.reset(token)
        del _in_hand[row_id, attempt]
    if row.is_slow:
        _heed_if_possible(row, is_too_fast=False)
    return lambda: work.done(row_id, and_then)


def _heed_if_possible(row: Taken, *, is_too_fast: bool, after: float = 0) -> None:
    """What a lane learns is worth less than that the work, which is done, is known to be."""
    try:
        _heed(SYSTEM, row, is_too_fast=is_too_fast, after=after)
    except Exception as error:  # noqa: BLE001 - whatever it was, the next piece of work tells it anew
        end_reading()
        log.warning("outbox.not_heeded", lane=row.lane, error=type(error).__name__)


@use_case
def _heed(actor: Actor, row: Taken, *, is_too_fast: bool, after: float) -> None:
    """What the other side makes of our pace; in a transaction of its own, which holds this lane and no other."""
    if is_too_fast:
        lanes.slow_down(row.lane, _pause(row.kind, row.lane), after)
    else:
        lanes.speed_up(row.lane)


@use_case
def _next(actor: Actor, finish: Callable[[], None] | None, most: int) -> tuple[list[Taken], bool]:
    """Finish one piece of work and, where more are wanted, lease the next in the same transaction.

    Nothing and true where there is nothing to do now; nothing and false where it is to be asked again.
    """
    if finish is not None:
        finish()
    return work.lease(most, _pause) if most else ([], True)


@use_case
def _finish(actor: Actor, finish: Callable[[], None] | None, rest: Sequence[Taken] = ()) -> None:
    """Finish one piece of work before the next is begun, and give back what is not to be begun any more."""
    if finish is not None:
        finish()
    work.give_back(rest)


def _pause(kind: str, lane: str) -> float:
    """The seconds between two pieces of work of a kind in a lane, where nothing has made it slower."""
    pace = _paces.get(kind)
    return pace(lane) if pace else 0.0


# One thread of a process stays with the lanes; the others need not wait with it.
_on_shift = threading.Lock()


@jobs.wakes
def deliver() -> None:
    """Carry out what has come due since the last time, and, for a while, what lanes let through one by one."""
    try:
        _drain()
        if _on_shift.acquire(blocking=False):
            try:
                _stay()
            finally:
                _on_shift.release()
    finally:
        _end()  # not before: what lanes let through one by one goes by one connection


def _stay() -> None:
    end = time.monotonic() + _SHIFT
    while (pause := _seconds_to_next()) is not None:
        if time.monotonic() > end:
            jobs.wake()
            return
        if jobs.rest(max(0.02, min(pause, _NAP))):
            return
        _drain()


def _seconds_to_next() -> float | None:
    """How long it takes until the first lane opens for which something was set aside; None where nothing was."""
    opening = lanes.next_opening()
    end_reading()
    return None if opening is None else (opening - clock.now()).total_seconds()


@jobs.each_beat
def hold() -> None:
    """Hold on to what this process is busy with for longer than usual: what another one left is taken up soon."""
    now = time.monotonic()
    for (row_id, attempt), began in list(_in_hand.items()):
        if _IN_HAND <= now - began < _MOST_HELD:
            _hold(SYSTEM, row_id, attempt)


@use_case
def _hold(actor: Actor, row_id: UUID, attempt: int) -> None:
    """Hold on to one piece, in a transaction of its own: nobody waits for us with another in hand."""
    work.hold(row_id, attempt)


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
    while _forget(SYSTEM, clock.now() - KEPT):
        pass


@use_case
def _forget(actor: Actor, before: datetime) -> int:
    """Drop some of it, so that nobody waits long for a transaction; how many pieces.

    What was spread stays known until all of it is: by its keys, what is spread once more is ordered once.
    """
    spread = aliased(OutboxRow)
    is_spread = exists().where(spread.event_id == OutboxRow.event_id, spread.state.in_(("waiting", "leased", "failed")))
    old = select(OutboxRow.id).where(OutboxRow.state == "done", OutboxRow.created_at < before)
    old = old.where(~is_spread.where(spread.kind.in_(_spreads)))
    gone = db.session.scalars(old.limit(500)).all()
    db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(gone)))
    return len(gone)
