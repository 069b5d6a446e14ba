"""Work that must happen after the commit: the record of it, and its carrying out.

A row says that something outside must be done: a letter sent, a fact spread to many people. It is leased
to one worker at a time; whoever dies with it leaves a lease that runs out, and the next one takes it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from . import clock, jobs
from .actor import SYSTEM, Actor
from .db import Fact, after_commit, announce, db, end_reading, get, use_case
from .tables import Record, add_row

log = structlog.get_logger()

# Longer than any work takes: a mail server may let each of a dozen answers wait for a quarter of a minute.
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 10  # with the pauses below: eight and a half hours, longer than a mail server's bad night


class OutboxRow(Record):
    """One piece of work: `waiting` until due, `leased` until `due_at`, then `done` or, in the end, `failed`."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "event_id", "state"))

    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class WorkGivenUp(Fact):
    """A piece of work failed for good, or too often."""

    outbox_id: UUID
    kind: str
    payload: dict[str, Any]
    error: str
    event_id: UUID | None


class Refused(Exception):
    """The outside world will not take this work however often it is tried."""


# A carrier does the work outside any transaction; what it returns is done in the one that marks the row done.
Carrier = Callable[[dict[str, Any], UUID], Callable[[], None] | None]
_carriers: dict[str, Carrier] = {}


def carries(kind: str) -> Callable[[Carrier], Carrier]:
    """Mark a function as the one that carries out work of a kind."""

    def mark(function: Carrier) -> Carrier:
        function.carries = kind  # type: ignore[attr-defined]  # read by `employ`
        return function

    return mark


def employ(modules: Iterable[ModuleType]) -> None:
    """Put the carriers of these modules in force."""
    _carriers.clear()
    for module in modules:
        for function in vars(module).values():
            if kind := getattr(function, "carries", None):
                _carriers[kind] = function


def put(
    kind: str, payload: dict[str, Any], key: str = "", event_id: UUID | None = None, due_at: datetime | None = None
) -> UUID | None:
    """Order a piece of work in the current transaction; its id, or None where this key was ordered before.

    Without a key it is work of its own, however often the same is ordered.
    """
    if key and db.session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)):
        return None
    its_id = uuid4()
    add_row(
        db.session, OutboxRow,
        id=its_id, kind=kind, payload=payload, key=key or str(its_id), event_id=event_id, due_at=due_at or clock.now(),
    )  # fmt: skip
    after_commit(jobs.wake)
    return its_id


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
    """Carry out what is due, one row after the other, and say how many were taken up."""
    row, finish, taken = _next(SYSTEM, None), None, 0
    while row is not None and taken < most:
        taken += 1
        finish = _carry(row)
        row = _next(SYSTEM, finish)
    if row is not None:  # leased, but not to be carried out by this call any more
        _hand_back(SYSTEM, row.id)
    return taken


@use_case
def again(actor: Actor, row_id: UUID) -> None:
    """Try given-up work once more from the beginning; the caller has asked who may."""
    row = get(OutboxRow, row_id, lock=True)
    row.state, row.attempts, row.due_at, row.error = "waiting", 0, clock.now(), None
    after_commit(jobs.wake)


def _carry(row: OutboxRow) -> Callable[[], None]:
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
        return lambda: _fail(row_id, attempt, reason, for_good=False)
    finally:
        end_reading()
    return lambda: _done(row_id, and_then)


@use_case
def _next(actor: Actor, finish: Callable[[], None] | None) -> OutboxRow | None:
    """Finish one piece of work and lease the next in one transaction."""
    if finish is not None:
        finish()
    due = (
        select(OutboxRow)
        .where(OutboxRow.state.in_(("waiting", "leased")), OutboxRow.due_at <= clock.now())
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    while (row := db.session.scalar(due)) is not None and row.attempts >= MOST_ATTEMPTS:
        _give_up(row, "the worker ended in the middle of it, every time")
    if row is not None:
        row.state, row.due_at, row.attempts = "leased", clock.now() + LEASE, row.attempts + 1
    return row


@use_case
def _hand_back(actor: Actor, row_id: UUID) -> None:
    if (row := _find(row_id)) is not None:
        row.state, row.due_at, row.attempts = "waiting", clock.now(), row.attempts - 1


def _find(row_id: UUID) -> OutboxRow | None:
    """The row, locked; None where what it was about was erased while it was carried out."""
    return db.session.get(OutboxRow, row_id, with_for_update={"key_share": True}, populate_existing=True)


def _done(row_id: UUID, and_then: Callable[[], None] | None) -> None:
    if (row := _find(row_id)) is not None:
        row.state, row.error, row.payload = "done", None, {}  # what is done need not say for whom it was
    if and_then is not None:
        and_then()


def _fail(row_id: UUID, attempt: int, error: str, *, for_good: bool) -> None:
    row = _find(row_id)
    if row is None or row.state != "leased" or row.attempts != attempt:
        return  # the lease ran out meanwhile: what became of the work, the one who took it up knows
    if for_good or attempt >= MOST_ATTEMPTS:
        _give_up(row, error)
    else:
        row.error = error
        row.state, row.due_at = "waiting", clock.now() + timedelta(minutes=2 ** (attempt - 1))


def _give_up(row: OutboxRow, error: str) -> None:
    row.state, row.error = "failed", error
    announce(WorkGivenUp(row.id, row.kind, row.payload, error, row.event_id))


@jobs.wakes
def deliver() -> None:
    """Carry out what has come due since the last time."""
    drain()


@jobs.each_minute
def sweep() -> None:
    """Take up what nobody was woken for: retries, and work whose worker died."""
    drain()


@jobs.each_night
def forget() -> None:
    """Drop finished work after a month: the letters and the audit keep what matters."""
    _forget(SYSTEM, clock.now() - timedelta(days=30))


@use_case
def _forget(actor: Actor, before: datetime) -> None:
    db.session.execute(delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.created_at < before))
