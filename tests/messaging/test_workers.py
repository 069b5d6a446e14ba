"""Several workers beside each other on PostgreSQL and Redis, killed again and again: nothing is lost or run twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.accounts import services as accounts
from eventhub.app import RECEIVERS, create_app
from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation import db as database
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.timekeeping import Watch, WorkerSeen
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import services
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.services import RulePlan
from eventhub.people.names import Names
from eventhub.registrations.models import Registration

from .test_carriers import Sink, free_port, serve

pytestmark = [
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True, scope="session"),
]

# As many as an experiment is to have: ten thousand take their time.
LETTERS = int(os.environ.get("EVENTHUB_FAULTS_LETTERS", "500"))

# A worker as the command starts it, but that minutes, leases and signs of life are short.
WORKER = """
    import sys
    from datetime import UTC, datetime, timedelta
    import sqlalchemy as sa
    from eventhub.foundation import timekeeping
    timekeeping.TICK, timekeeping.BEAT, timekeeping.LOST = 0.1, 0.5, 3.0
    timekeeping.MINUTE = timekeeping.Rhythm(timedelta(seconds=2), datetime(1970, 1, 1, tzinfo=UTC), is_eager=True)
    from eventhub.app import JOBS, create_app
    from eventhub.foundation import jobs, work
    from eventhub.foundation.db import db
    from eventhub.messaging import lanes
    work.LEASE, lanes.USUAL = timedelta(seconds=15), 0.0
    app = create_app()

    def note():
        with app.app_context():
            own = timekeeping.ClockJob.name == "note"
            claimed = db.session.scalar(sa.select(timekeeping.ClockJob.moment).where(own))
        with open(sys.argv[1], "a") as file:
            file.write(claimed.isoformat() + "\\n")

    app.extensions["eventhub_jobs"].duties.append(timekeeping.Duty("note", timekeeping.MINUTE, note))
    jobs.run_worker(app, 1)
"""


class Crew:
    """Workers, each a process of its own, over one database and one queue."""

    def __init__(self, app: Flask, folder: Path, mail_port: int, redis_url: str) -> None:
        settings = app.extensions["eventhub_settings"]
        self.runs = folder / "runs"
        self.runs.touch()
        self.site = create_app(
            settings.model_copy(update={"redis_url": redis_url, "mail_url": f"smtp://127.0.0.1:{mail_port}"})
        )
        self.environment = {
            **os.environ,
            "EVENTHUB_DATABASE_URL": settings.database_url,
            "EVENTHUB_DATA_DIR": str(settings.data_dir),
            "EVENTHUB_REDIS_URL": redis_url,
            "EVENTHUB_MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """One more."""
        command = [sys.executable, "-c", textwrap.dedent(WORKER), str(self.runs)]
        quiet = subprocess.DEVNULL
        self.processes.append(subprocess.Popen(command, env=self.environment, stdout=quiet, stderr=quiet))

    def kill(self) -> None:
        """The one that has been there longest, with what it has in hand."""
        self.end(self.processes[0], signal.SIGKILL)

    def end(self, process: subprocess.Popen[bytes], by: signal.Signals) -> int:
        """End one, and say with what code it did."""
        self.processes.remove(process)
        process.send_signal(by)
        return process.wait(60)

    def order(self, first: int, number: int, *, is_bulk: bool = False) -> None:
        """Letters to as many people, ordered at once; where they are for many, workers lease them by the handful."""

        @database.use_case
        def order(actor):
            account = accounts.add_account(
                actor, f"reader{first}@example.org", "a long password", names=Names(given="A")
            )
            for one in range(first, first + number):
                address = f"reader{one}@example.org"
                services.order("password_changed", address, "en", account_id=account.id, is_bulk=is_bulk)

        with self.site.app_context():
            order(SYSTEM)

    def ask(self, query: sa.Select) -> object:
        """What the database says now."""
        with self.site.app_context():
            return db.session.scalar(query)

    def is_done(self) -> bool:
        """Whether no letter is on its way any more."""
        return not self.ask(sa.select(sa.func.count(OutboxRow.id)).where(OutboxRow.state != "done"))

    def wait_until(self, is_so: Callable[[], object], seconds: float = 120) -> None:
        """Wait, not for ever, and not for workers that have ended by themselves."""
        end = time.monotonic() + seconds
        while not is_so():
            assert all(process.poll() is None for process in self.processes), "a worker has ended by itself"
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)


class Redis:
    """A Redis of this test's own, which keeps nothing when it is killed."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin with nothing."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Be gone at once."""
        if self._process:
            self._process.kill()
            self._process.wait(10)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    """The Redis of this test, running."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server")
    made = Redis(program, tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def sink() -> Sink:
    """What the mail server has taken."""
    made = Sink()
    made.pause = 0.02 if LETTERS <= 500 else 0.001
    return made


@pytest.fixture
def crew(app: Flask, tmp_path: Path, sink: Sink, redis_server: Redis) -> Iterator[Crew]:
    """Workers over a Redis and a mail server of their own."""
    controller = serve(sink)
    made = Crew(app, tmp_path, controller.port, redis_server.url)
    yield made
    for process in list(made.processes):
        made.end(process, signal.SIGKILL)
    controller.stop()
    with made.site.app_context():
        db.engine.dispose()
    database.listen(RECEIVERS)


def assert_delivered(sink: Sink, number: int, doubled: int) -> None:
    """Each letter arrived, under one Message-ID each, and so many at most twice."""
    counts = Counter(message["Message-ID"] for message in sink.taken)
    assert len(counts) == len({message["To"] for message in sink.taken}) == number
    print(f"{number} letters, {sum(counts.values()) - number} doubled")
    assert sum(counts.values()) - number <= doubled


@pytest.mark.parametrize("is_bulk", [False, True])
def test_no_letter_is_lost_and_no_moment_runs_twice_when_workers_are_killed_five_times(
    crew: Crew, sink: Sink, is_bulk: bool
):
    crew.order(0, LETTERS, is_bulk=is_bulk)
    crew.start()
    crew.start()
    began, patience = time.monotonic(), 120 + LETTERS / 4
    for number in range(1, 6):
        crew.wait_until(lambda number=number: len(sink.taken) >= number * LETTERS * 0.16, patience)
        crew.kill()
        crew.start()
    crew.wait_until(crew.is_done, patience)
    print(f"in {time.monotonic() - began:.0f} s")
    assert_delivered(sink, LETTERS, doubled=5)
    before = len(crew.runs.read_text().split())
    crew.wait_until(lambda: len(crew.runs.read_text().split()) >= before + 3, 30)
    runs = Counter(crew.runs.read_text().split())
    print(f"{len(runs)} moments run by the clock")
    assert set(runs.values()) == {1}


def test_two_schedulers_that_are_restarted_again_and_again_remind_each_once(
    crew: Crew, sink: Sink, make_event: Callable[..., Event], register: Callable[..., Registration]
):
    """With minutes of two seconds, a minute and a half is as good as three quarters of an hour."""
    began = clock.now()
    for number in range(5):  # one after the other comes due while they end and start
        starts = clock.wall(began + timedelta(hours=1, seconds=30 + 15 * number), "Asia/Shanghai")
        event = make_event(f"Workshop {number}", starts=starts, ends=starts + timedelta(hours=2), in_person=20)
        for reader in range(10):
            register(event, address=f"reader{number}-{reader}@example.org")
        reminders.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    outbox.drain()  # what was written to those who registered, to a folder
    db.session.rollback()
    crew.start()
    crew.start()
    restarts, last = 0, began + timedelta(seconds=30 + 15 * 4)
    are_there = sa.select(sa.func.count(WorkerSeen.id) == 2)
    while clock.now() < last:
        crew.wait_until(lambda: crew.ask(are_there))
        time.sleep(3)
        old = list(crew.processes)
        crew.start()
        crew.start()
        restarts += 1
        for process in old:
            process.send_signal(signal.SIGTERM)
            crew.processes.remove(process)
        assert [process.wait(60) for process in old] == [0, 0]
    crew.wait_until(lambda: len(sink.taken) >= 50)
    crew.wait_until(crew.is_done)
    runs = Counter(crew.runs.read_text().split())
    print(f"{restarts} restarts of both, {len(runs)} moments run by the clock")
    assert_delivered(sink, 50, doubled=0)
    assert restarts >= 3
    assert set(runs.values()) == {1}


def test_a_worker_that_is_asked_to_end_doubles_nothing_and_leaves_the_watch(crew: Crew, sink: Sink):
    crew.order(0, 100)
    crew.start()
    crew.wait_until(lambda: len(sink.taken) >= 30)
    assert crew.end(crew.processes[0], signal.SIGTERM) == 0
    taken = len(sink.taken)
    assert taken < 100
    assert crew.ask(sa.select(Watch.holder)) == ""
    assert crew.ask(sa.select(sa.func.count(WorkerSeen.id))) == 0
    assert crew.ask(sa.select(sa.func.count(OutboxRow.id)).where(OutboxRow.state == "leased")) == 0
    assert crew.ask(sa.select(sa.func.count(OutboxRow.id)).where(OutboxRow.state == "done")) == taken
    crew.start()
    crew.wait_until(crew.is_done)
    assert_delivered(sink, 100, doubled=0)


def test_without_redis_letters_go_out_a_minute_later_and_none_is_lost(crew: Crew, sink: Sink, redis_server: Redis):
    crew.order(0, 60)
    crew.start()
    crew.start()
    crew.wait_until(lambda: len(sink.taken) >= 20)
    redis_server.kill()
    crew.order(60, 40)
    crew.wait_until(lambda: len(sink.taken) >= 100)
    redis_server.start()  # empty: what was asked of the old one, nobody remembers
    crew.order(100, 20)
    crew.wait_until(crew.is_done)
    assert_delivered(sink, 120, doubled=0)
