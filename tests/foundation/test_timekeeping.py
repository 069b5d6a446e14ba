"""What runs by the clock: once for each of its moments, whatever becomes of processes and of clocks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.foundation import clock, timekeeping
from eventhub.foundation.db import db
from eventhub.foundation.timekeeping import LOST, MINUTE, NIGHT, ClockJob, Duty, Timekeeper, Watch, WorkerSeen
from tests.conftest import on_sqlite

EVENING = datetime(2026, 3, 2, 21, 30, 20, tzinfo=UTC)


class Hands:
    """Hands that work at once, or drop what they are given, as a process that is killed."""

    def __init__(self) -> None:
        self.are_dead = False

    def submit(self, work: Callable[..., None], *values: object) -> None:
        """Do it now."""
        if not self.are_dead:
            work(*values)

    def shutdown(self, *, cancel_futures: bool) -> None:
        """Nothing is left to do."""


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds pass on the clock that nobody can set."""
    now = [1000.0]
    monkeypatch.setattr(timekeeping.time, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


@pytest.fixture
def ran() -> Counter[str]:
    """How often each job has run."""
    return Counter()


@pytest.fixture
def keeper(app: Flask, ran: Counter[str], passing: object) -> Callable[[], Timekeeper]:
    """Timekeepers, as each process has one; their time passes by calls of `tick`."""

    def make() -> Timekeeper:
        duties = [
            Duty("often", MINUTE, lambda: ran.update(["often"])),
            Duty("nightly", NIGHT, lambda: ran.update(["nightly"])),
        ]
        made = Timekeeper(app, duties, threads=2)
        made._hands = Hands()  # type: ignore[assignment]
        return made

    return make


def at(moment: datetime, *keepers: Timekeeper) -> None:
    """Everybody looks at a clock that shows this."""
    with clock.standing_at(moment):
        for one in keepers:
            one.tick()


def test_of_several_processes_one_runs_each_job_once_for_each_moment(keeper, ran):
    crew = [keeper() for _ in range(3)]
    for second in range(41):
        at(EVENING + timedelta(seconds=second), *crew, *crew)
    assert [one.has_watch for one in crew] == [True, False, False]
    assert ran == {"often": 2}, "at once, and when the minute is full; what is for the night waits for one"
    for day in range(3):
        at(datetime(2026, 3, 3 + day, 3, 16, 59, tzinfo=UTC), *crew)
        assert ran["nightly"] == day
        at(datetime(2026, 3, 3 + day, 3, 17, tzinfo=UTC), *crew)
        at(datetime(2026, 3, 3 + day, 9, tzinfo=UTC), *crew)
        assert ran["nightly"] == day + 1
    assert db.session.scalar(sa.select(sa.func.count(WorkerSeen.id))) == 3


def test_the_watch_of_a_killed_process_passes_on_and_what_it_left_is_begun_again(keeper, ran, passing):
    killed, next_one, third = keeper(), keeper(), keeper()
    at(EVENING, killed, next_one, third)
    killed._hands.are_dead = True
    night = datetime(2026, 3, 3, 3, 17, tzinfo=UTC)
    at(night, killed)  # it claims the night's work, and is killed in the middle of it
    assert ran["nightly"] == 0
    for _ in range(int(LOST / 10) + 1):
        passing(10)
        at(night + timedelta(seconds=30), next_one, third)
    assert (next_one.has_watch, third.has_watch) == (True, False)
    assert ran["nightly"] == 1
    passing(10)
    at(night + timedelta(seconds=40), killed, next_one, third)  # it was not killed, but had stood still
    assert (killed.has_watch, next_one.has_watch) == (False, True)
    assert ran["nightly"] == 1


@on_sqlite
def test_every_process_holds_on_to_its_work_as_it_shows_that_it_lives_and_while_it_ends(app, passing, monkeypatch):
    held: list[str] = []
    crew = [Timekeeper(app, [], 1, [lambda name=name: held.append(name)]) for name in ("first", "second")]
    for second in range(21):
        passing(1)
        at(EVENING + timedelta(seconds=second), *crew)
    assert Counter(held) == {"first": 3, "second": 3}
    assert app.extensions["eventhub_jobs"].beats, "the outbox is one of those that do"
    monkeypatch.setattr(timekeeping, "TICK", 0.01)
    last = crew[0]
    last.start()
    last._hands.submit(lambda: (passing(10), held.clear(), wait_for(held)))
    last.stop()
    assert held[0] == "first"


def wait_for(something: list[str]) -> None:
    """Wait, not for ever."""
    for _ in range(500):
        if something:
            return
        threading.Event().wait(0.01)


@on_sqlite
def test_who_ends_leaves_the_watch_to_the_next_at_once(keeper, passing):
    first, second = keeper(), keeper()
    at(EVENING, first, second)
    first.stop()
    passing(10)
    at(EVENING, second)
    assert second.has_watch
    assert db.session.scalars(sa.select(WorkerSeen.name)).all() == [second.name]


@on_sqlite
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_gives_nobody_a_second_watch_and_no_night_a_second_run(keeper, ran, passing, hours):
    first, second = keeper(), keeper()
    night = datetime(2026, 3, 3, 3, 17, tzinfo=UTC)
    at(night - timedelta(hours=2), first, second)
    at(night + timedelta(minutes=5), first, second)
    assert ran == {"often": 2, "nightly": 1}
    for minute in range(0, 120, 15):
        passing(900)
        at(night + timedelta(minutes=6 + minute, hours=hours), first, second)
        assert (first.has_watch, second.has_watch) == (True, False)
    assert ran == {"often": 10, "nightly": 1}


@on_sqlite
def test_a_clock_that_was_a_year_ahead_stops_nothing_for_a_year(keeper, ran):
    one = keeper()
    at(EVENING, one)
    at(EVENING + timedelta(days=365), one)
    assert ran == {"often": 2, "nightly": 1}
    at(EVENING, one)
    at(EVENING + timedelta(days=1), one)
    assert ran == {"often": 4, "nightly": 3}


@on_sqlite
def test_a_job_that_fails_is_told_and_runs_again(app, passing):
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise LookupError("王芳 is not to be told")

    one = Timekeeper(app, [Duty("broken", MINUTE, fail)], threads=1)
    one._hands = Hands()  # type: ignore[assignment]
    at(EVENING, one)
    at(EVENING + timedelta(minutes=1), one)
    job = db.session.scalars(sa.select(ClockJob)).one()
    assert (len(tries), job.error, job.is_running) == (2, "LookupError", False)


@on_sqlite
def test_whoever_cannot_show_that_they_live_runs_nothing(keeper, ran, passing, monkeypatch):
    one = keeper()
    at(EVENING, one)

    def fail(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(timekeeping, "_beat", fail)
    for _ in range(4):
        passing(10)
        with pytest.raises(ConnectionError):
            at(EVENING + timedelta(minutes=5), one)
    at(EVENING + timedelta(minutes=5), one)
    assert ran == {"often": 1}
    assert db.session.scalar(sa.select(Watch.beats)) == 1
