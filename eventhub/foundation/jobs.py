"""The job engine: who carries the outbox out, and what runs by the clock.

What must happen is a row in the outbox; a job only says "look now". So a job that is lost with its
process costs a minute, never a letter. What runs by the clock asks no queue: `timekeeping` has it run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from types import ModuleType
from typing import Any, cast

import structlog
from flask import Flask, current_app
from huey import RedisHuey, SqliteHuey
from huey.api import Huey
from huey.consumer import Consumer

from eventhub.config import Settings

from . import timekeeping
from .timekeeping import MINUTE, NIGHT, Duty, Timekeeper

log = structlog.get_logger()

Job = Callable[[], None]

# A wake-up is due this long after the first commit that asks for it, and covers all that follow until then.
GATHER = 0.5


class _Clockwork:
    """One application's job engine."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self.wake: Callable[[], object] = lambda: None
        self.duties: list[Duty] = []
        self.beats: list[Job] = []
        self.ending = threading.Event()
        self._covered_until = 0.0
        self._lock = threading.Lock()

    def wake_soon(self) -> None:
        now = time.monotonic()
        with self._lock:
            if now < self._covered_until:
                return
            self._covered_until = now + GATHER
        try:
            self.wake()
        except BaseException:
            self._covered_until = 0.0  # nobody was woken: the next who asks must find that out too
            raise


def each_minute(function: Job) -> Job:
    """Mark a job to run every minute, in one process."""
    function.runs_at = MINUTE  # type: ignore[attr-defined]  # read by `employ`
    return function


def each_night(function: Job) -> Job:
    """Mark a job to run once a night, in one process; one that ended in the middle runs again from the beginning."""
    function.runs_at = NIGHT  # type: ignore[attr-defined]  # read by `employ`
    return function


def each_beat(function: Job) -> Job:
    """Mark what every process with a worker does each time it shows that it lives."""
    function.is_on_beat = True  # type: ignore[attr-defined]  # read by `employ`
    return function


def wakes(function: Job) -> Job:
    """Mark the job that `wake` asks for."""
    function.is_woken = True  # type: ignore[attr-defined]  # read by `employ`
    return function


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application its job engine: Redis where it is set, else a file beside the database."""
    if settings.redis_url:
        huey = RedisHuey("eventhub", url=settings.redis_url)
    else:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        huey = SqliteHuey("eventhub", filename=str(settings.data_dir / "jobs.db"))
    app.extensions["eventhub_jobs"] = _Clockwork(huey)


def employ(app: Flask, modules: Iterable[ModuleType]) -> None:
    """Register the jobs of these modules with the application's engine."""
    clockwork = _clockwork(app)

    def with_app(function: Job) -> Callable[[], None]:
        def run() -> None:
            with app.app_context():
                function()

        run.__name__ = f"{function.__module__}.{function.__name__}".replace(".", "_")
        return run

    for module in modules:
        for function in vars(module).values():
            if getattr(function, "__module__", None) != module.__name__:
                continue
            if when := getattr(function, "runs_at", None):
                clockwork.duties.append(Duty(_name_of(function), when, with_app(function)))
            if getattr(function, "is_on_beat", False):
                clockwork.beats.append(with_app(function))
            if getattr(function, "is_woken", False):
                task = clockwork.huey.task()(with_app(function))
                clockwork.wake = partial(task.schedule, delay=GATHER)


def _name_of(function: Job) -> str:
    return f"{function.__module__}.{function.__name__}".removeprefix("eventhub.")


def last_end(function: Job) -> datetime | None:
    """When a job that runs by the clock has ended last; to the job itself, when it did the time before."""
    return timekeeping.ended_at(_name_of(function))


def wake() -> bool:
    """Ask the worker to look at the outbox soon, and say whether it could be asked; many calls at once are one."""
    try:
        _clockwork(current_app).wake_soon()
    except Exception as error:  # noqa: BLE001 - the row is committed: the sweeper will find it without us
        log.warning("jobs.unreachable", error=type(error).__name__)
        return False
    return True


def is_ending() -> bool:
    """Whether this process's worker has been asked to end: what is in hand is finished, and nothing more begun."""
    return _clockwork(current_app).ending.is_set()


def rest(seconds: float) -> bool:
    """Wait a little, and say whether the worker has been asked to end meanwhile."""
    return _clockwork(current_app).ending.wait(seconds)


class _Worker(Consumer):  # type: ignore[misc]  # huey has no types
    """The threads that carry out what is asked for, and the one that keeps time; no half-done work when it ends."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._clockwork = _clockwork(app)
        self._timekeeper = Timekeeper(app, self._clockwork.duties, threads, self._clockwork.beats)
        super().__init__(self._clockwork.huey, workers=threads, periodic=False)

    def start(self) -> None:
        self._clockwork.ending.clear()
        super().start()
        self._timekeeper.start()

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - as the one above has it
        """End, once what is in hand is finished."""
        self._clockwork.ending.set()
        super().stop(graceful=True)
        self._timekeeper.stop()


class _GuestWorker(_Worker):
    """A worker inside the web process, which leaves the signals to the server."""

    def _set_signal_handlers(self) -> None:
        pass


def start_worker(app: Flask) -> Any:
    """Start the worker's threads in this process and return what `stop` can be called on."""
    _look_at_once(app)
    worker = _GuestWorker(app, threads=1)
    worker.start()
    return worker


def run_worker(app: Flask, threads: int) -> None:
    """Be a worker until a signal ends it; `threads` pieces of work are carried out at a time."""
    _look_at_once(app)
    _Worker(app, threads).run()


def _look_at_once(app: Flask) -> None:
    """Whatever was left waiting while no worker was there need not wait for the next full minute."""
    with app.app_context():
        wake()


def queue_answers(app: Flask) -> bool:
    """Whether the job engine's own store can be reached."""
    try:
        _clockwork(app).huey.pending_count()
    except Exception:  # noqa: BLE001 - whatever it is, the queue does not answer
        return False
    return True


def _clockwork(app: Flask) -> _Clockwork:
    return cast(_Clockwork, app.extensions["eventhub_jobs"])
