"""What runs by the clock: in one process at a time, each job once for each of its moments.

Every process with a worker keeps time, and one of them has the watch. It shows that it lives by a number that it
raises every few seconds; the others look at that number by a clock that nobody can set. Where it stands still too
long its holder is gone, and one of them takes the watch. So neither a clock that is set nor two clocks that differ
give the watch to two at a time; and that a moment was claimed is kept, for whoever has the watch next.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .actor import SYSTEM, Actor
from .db import db, use_case
from .tables import Record

log = structlog.get_logger()

TICK = 1.0
# Seconds between two signs of life, and after how many without one the watch is taken from its holder.
BEAT, LOST = 10.0, 30.0
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Moments that lie a period apart, counted from one of them."""

    period: timedelta
    begins: datetime
    # Whether what has never run runs at the first look, and not only at the next moment.
    is_eager: bool

    def last(self, now: datetime) -> datetime:
        """The newest moment that has passed."""
        return self.begins + (now - self.begins) // self.period * self.period


MINUTE = Rhythm(timedelta(minutes=1), datetime(1970, 1, 1, tzinfo=UTC), is_eager=True)
NIGHT = Rhythm(timedelta(days=1), datetime(1970, 1, 1, 3, 17, tzinfo=UTC), is_eager=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """A job that runs by the clock, under a name that stays."""

    name: str
    rhythm: Rhythm
    run: Callable[[], None]


class Watch(Record):
    """Who has the watch; nobody, where `holder` is empty. `beats` rises for as long as the holder lives."""

    __tablename__ = "clock_watches"

    name: Mapped[str] = mapped_column(unique=True)
    holder: Mapped[str] = mapped_column(default="")
    beats: Mapped[int] = mapped_column(default=0)


class ClockJob(Record):
    """A job that runs by the clock: the newest moment that somebody claimed, who did, and what came of it."""

    __tablename__ = "clock_jobs"

    name: Mapped[str] = mapped_column(unique=True)
    moment: Mapped[datetime]
    runner: Mapped[str] = mapped_column(default="")
    is_running: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]


class WorkerSeen(Record):
    """A process with a worker: when it last showed that it lives."""

    __tablename__ = "workers_seen"

    name: Mapped[str] = mapped_column(unique=True)
    threads: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)


M = TypeVar("M", Watch, ClockJob, WorkerSeen)


class Timekeeper:
    """One process's part in what runs by the clock."""

    def __init__(
        self, app: Flask, duties: Iterable[Duty], threads: int, beats: Iterable[Callable[[], None]] = ()
    ) -> None:
        self.app, self.duties, self.threads = app, {duty.name: duty for duty in duties}, threads
        self._beats = list(beats)
        # A process number may be used again at once, and be the same in two containers.
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.has_watch = False
        self._claimed: dict[str, datetime] = {}
        self._under_way: set[str] = set()
        self._seen: tuple[str, int, float] = ("", 0, 0.0)
        self._next_beat = self._last_beat = 0.0
        self._is_leaving, self._ending = False, threading.Event()
        self._thread = threading.Thread(target=self._keep, name="timekeeper", daemon=True)
        # Two: what takes long must not keep all others from their moments.
        self._hands = ThreadPoolExecutor(2, thread_name_prefix="clock")

    def start(self) -> None:
        """Begin to keep time."""
        self._thread.start()

    def stop(self) -> None:
        """Run nothing more, let end what is under way, and leave the watch to the others."""
        self._is_leaving = True
        self._hands.shutdown(cancel_futures=True)  # meanwhile we show that we live
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        with self.app.app_context():
            try:
                _leave(SYSTEM, self.name)
            except Exception as error:  # noqa: BLE001 - without a database they find out by themselves
                log.warning("timekeeping.left", error=type(error).__name__)

    def tick(self) -> None:
        """Show that we live, where it is time to, and run what is due, where we have the watch."""
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            had, (self.has_watch, seen) = self.has_watch, _beat(SYSTEM, self.name, self.threads, self._lost(now))
            self._last_beat = time.monotonic()
            if seen != self._seen[:2]:
                self._seen = (*seen, self._last_beat)
            if self.has_watch and not had:
                self._claimed = {}  # somebody else has claimed since
            for each in self._beats:
                each()
        if self.has_watch and not self._is_leaving and now - self._last_beat < LOST:
            self._run_due(clock.now())

    def _lost(self, now: float) -> tuple[str, int] | None:
        """The holder and its number, where we have looked at them for too long without a change."""
        holder, beats, since = self._seen
        return (holder, beats) if holder and now - since >= LOST else None

    def _run_due(self, now: datetime) -> None:
        due = {
            name: moment
            for name, duty in self.duties.items()
            if name not in self._under_way and (moment := duty.rhythm.last(now)) != self._claimed.get(name)
        }
        if not due:
            return
        to_run = _claim(SYSTEM, self.name, {name: self.duties[name].rhythm for name in due}, now)
        self._claimed |= due
        for name in to_run:
            self._under_way.add(name)
            self._hands.submit(self._run, self.duties[name])

    def _run(self, duty: Duty) -> None:
        error = None
        try:
            duty.run()
        except Exception as problem:
            error = type(problem).__name__
            log.exception("timekeeping.failed", job=duty.name)
        try:
            with self.app.app_context():
                _end(SYSTEM, duty.name, self.name, error)
        except Exception as problem:  # noqa: BLE001 - without a database it counts as not ended
            log.warning("timekeeping.unkept", job=duty.name, error=type(problem).__name__)
        finally:
            self._under_way.discard(duty.name)

    def _keep(self) -> None:
        while True:
            try:
                with self.app.app_context():
                    self.tick()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while
                log.warning("timekeeping.unreachable", error=type(error).__name__)
            if self._ending.wait(TICK):
                return


@use_case
def _beat(actor: Actor, name: str, threads: int, lost: tuple[str, int] | None) -> tuple[bool, tuple[str, int]]:
    """Show that a process lives: whether it has the watch, and who is now seen to have it."""
    now = clock.now()
    me = _of_name(WorkerSeen, name, threads=threads)
    me.threads, me.seen_at = threads, now
    watch = _of_name(Watch, "clock")
    if watch.holder == name or not watch.holder or (watch.holder, watch.beats) == lost:
        watch.holder, watch.beats = name, watch.beats + 1
        db.session.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < now - FORGOTTEN))
    return watch.holder == name, (watch.holder, watch.beats)


@use_case
def _claim(actor: Actor, name: str, rhythms: dict[str, Rhythm], now: datetime) -> list[str]:
    """The jobs of these whose newest moment nobody has claimed: they are the caller's now."""
    if _of_name(Watch, "clock").holder != name:
        return []
    known = {job.name: job for job in db.session.scalars(select(ClockJob).where(ClockJob.name.in_(rhythms)))}
    mine = []
    for job_name, rhythm in rhythms.items():
        moment, job = rhythm.last(now), known.get(job_name)
        if job is None:
            job = ClockJob(name=job_name, moment=moment)
            db.session.add(job)
            if not rhythm.is_eager:
                continue
        else:
            # What was claimed further ahead than the next moment was claimed by a clock that was wrong.
            is_new = moment > job.moment or job.moment > now + rhythm.period
            # Whoever ran it before us has lost the watch in the middle of it. Jobs bear to be begun again.
            was_left = job.is_running and job.runner != name
            if not (is_new or was_left):
                continue
            job.moment = moment
        job.runner, job.is_running = name, True
        mine.append(job_name)
    return mine


@use_case
def _end(actor: Actor, job_name: str, runner: str, error: str | None) -> None:
    job = _of_name(ClockJob, job_name)
    if job.runner == runner:
        job.is_running, job.ended_at, job.error = False, clock.now(), error


def ended_at(job_name: str) -> datetime | None:
    """When the last run of a job that has ended did so."""
    return db.session.scalar(select(ClockJob.ended_at).where(ClockJob.name == job_name))


@use_case
def _leave(actor: Actor, name: str) -> None:
    watch = _of_name(Watch, "clock")
    if watch.holder == name:
        watch.holder = ""
    db.session.execute(delete(WorkerSeen).where(WorkerSeen.name == name))


def _of_name(model: type[M], name: str, **values: object) -> M:
    """The row of a name, made where it is new, and kept until the commit."""
    query = select(model).where(model.name == name).with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        made = postgresql.insert(model) if db.engine.dialect.name == "postgresql" else sqlite.insert(model)
        db.session.execute(made.values(name=name, **values).on_conflict_do_nothing())
        row = db.session.scalars(query).one()
    return row
