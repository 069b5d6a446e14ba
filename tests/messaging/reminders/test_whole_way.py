"""From the form of a rule to the mail server: workers of their own, a clock that is moved, and one of them killed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.work import LEASE
from eventhub.messaging.reminders.models import ReminderRound
from eventhub.programme import releases
from eventhub.programme import services as programme
from tests.conftest import on_sqlite
from tests.messaging.conftest import plain
from tests.messaging.test_carriers import Sink, send_to, serve

pytestmark = on_sqlite

NINE = datetime(2027, 1, 14, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
LONG_BEFORE = BEGINS - timedelta(days=20)
DESK = "/en/organise/events/workshop/messages/reminders/"

# A worker whose clock is what a file says: it looks for what is due, and carries it out.
WORKER = """
    import sys, time
    from datetime import datetime
    from pathlib import Path
    from eventhub.app import create_app
    from eventhub.foundation import clock, outbox
    from eventhub.messaging import lanes
    from eventhub.messaging.reminders import jobs

    lanes.USUAL = 0.0
    app = create_app()
    with app.app_context():
        while True:
            with clock.standing_at(datetime.fromisoformat(Path(sys.argv[1]).read_text())):
                jobs.look()
                outbox.drain()
            time.sleep(0.05)
"""


class Crew:
    """Two workers, a mail server, and the clock of all of them."""

    def __init__(self, app: Flask, folder: Path, sink: Sink, port: int) -> None:
        settings = app.extensions["eventhub_settings"]
        self.sink, self.seen, self._clock = sink, 0, folder / "clock"
        self._environment = {
            **os.environ,
            "EVENTHUB_DATABASE_URL": settings.database_url,
            "EVENTHUB_DATA_DIR": str(settings.data_dir),
            "EVENTHUB_MAIL_URL": f"smtp://127.0.0.1:{port}",
        }
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, moment: datetime) -> None:
        """Two of them at once, at a moment."""
        self.set(moment)
        command = [sys.executable, "-c", textwrap.dedent(WORKER), str(self._clock)]
        self.workers += [subprocess.Popen(command, env=self._environment) for _ in range(2)]

    def set(self, moment: datetime) -> None:
        """Move the clock."""
        draft = self._clock.with_suffix(".new")
        draft.write_text(moment.isoformat())
        draft.replace(self._clock)

    def at(self, moment: datetime, number: int) -> dict[str, str]:
        """Move the clock, and read what arrives until so many letters have: by their readers."""
        self.set(moment)
        self.wait(number)
        return self.read()

    def read(self) -> dict[str, str]:
        """What has arrived since the last time."""
        new = self.sink.taken[self.seen :]
        self.seen += len(new)
        return {str(one["To"]): f"{one['Subject']}\n{plain(one)}" for one in new}

    def wait(self, number: int) -> None:
        """Wait until so many more letters have arrived, and a moment longer for one too many."""
        end = time.monotonic() + 60
        while len(self.sink.taken) < self.seen + number:
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        time.sleep(0.3)

    def kill(self) -> None:
        """One of them, with what it has in hand."""
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait(10)


@pytest.fixture
def crew(app: Flask, tmp_path: Path, monkeypatch) -> Iterator[Crew]:
    """Nobody works yet."""
    sink = Sink()
    controller: Controller = serve(sink)
    send_to(app, monkeypatch, controller.port)
    made = Crew(app, tmp_path, sink, controller.port)
    yield made
    while made.workers:
        made.kill()
    controller.stop()


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Iterator[Event]:
    """A workshop that is twenty days away."""
    with clock.standing_at(LONG_BEFORE):
        yield make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8), in_person=50)


def test_rules_set_by_the_form_arrive_once_each_by_the_readers_clocks_whatever_dies(
    crew: Crew, event: Event, make_member, sign_in, make_session, register
):
    browser = sign_in(make_member(organisation=event.organisation))
    session = make_session(event, "Panel", has_sign_up=False)
    register(event, address="beijing@example.org", country="CN", language="zh")
    register(event, address="geneva@example.org", country="CH", pool="online")
    for said in (
        {"amount": "2", "unit": "days", "at_clock": "09:00", "occasion": "event"},
        {"amount": "1", "unit": "hours", "at_clock": "", "occasion": "event"},
        {"amount": "3", "unit": "hours", "at_clock": "", "occasion": "session"},
    ):
        rule = {"side": "before", "whose_clock": "own", "audience": "registrants", **said}
        assert browser.submit(f"{DESK}new/", rule).status_code == 303
    outbox.drain()  # what was written to those who registered
    crew.seen = len(crew.sink.taken)

    # Two days before, at nine by the reader's own clock: first in Beijing, then in Geneva.
    crew.start(clock.instant(datetime(2027, 1, 12, 8, 59), "Asia/Shanghai"))
    first = crew.at(clock.instant(datetime(2027, 1, 12, 9), "Asia/Shanghai"), 1)
    assert first.keys() == {"beijing@example.org"}
    assert "2027年1月14日 星期四 09:00–17:00" in first["beijing@example.org"]
    second = crew.at(clock.instant(datetime(2027, 1, 12, 9), "Europe/Zurich"), 1)
    assert second.keys() == {"geneva@example.org"}
    assert "Thursday 14 January 2027, 02:00–10:00 Geneva time" in second["geneva@example.org"]

    # A session is moved: the reminder moves along.
    with clock.standing_at(BEGINS - timedelta(hours=8)):
        programme.move_session(SYSTEM, session.id, NINE + timedelta(minutes=90))
        releases.release(SYSTEM, event.id, tells=False)
    assert crew.at(BEGINS - timedelta(hours=3), 0) == {}
    moved = crew.at(BEGINS - timedelta(minutes=90), 2)
    assert moved["geneva@example.org"].startswith("Reminder: Panel")
    assert "10:30–11:30" in moved["geneva@example.org"]
    assert "03:30–04:30 Geneva time" in moved["geneva@example.org"]

    # Thirty more, and at the hour's reminder one of the two workers dies in the middle.
    with clock.standing_at(BEGINS - timedelta(hours=1, minutes=1)):
        for number in range(30):
            register(event, address=f"many{number}@example.org", country="CN")
        outbox.drain()
    with clock.standing_at(BEGINS - timedelta(minutes=59)):
        register(event, address="late@example.org", country="CN")
        outbox.drain()
    crew.seen = len(crew.sink.taken)
    crew.sink.pause = 0.02
    crew.at(BEGINS - timedelta(minutes=58), 8)
    crew.kill()
    crew.set(BEGINS - timedelta(minutes=58) + LEASE)  # what it had in hand, the other one takes up
    end = time.monotonic() + 60
    reminded = [f"many{number}@example.org" for number in range(30)] + ["beijing@example.org", "geneva@example.org"]

    def told() -> Counter[tuple[str, str]]:
        since = BEGINS - timedelta(minutes=58)
        late = [one for one in crew.sink.taken if one["Date"].datetime >= since]
        return Counter((str(one["To"]), str(one["Message-ID"])) for one in late)

    while len(told()) < len(reminded):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    time.sleep(0.5)
    # One Message-ID each, the one in hand of the dead worker perhaps twice, and none to whoever came too late.
    assert sorted(address for address, _ in told()) == sorted(reminded)
    assert sum(told().values()) - len(reminded) <= 1
    db.session.rollback()
    rounds = db.session.scalars(sa.select(ReminderRound).where(ReminderRound.queued > 0)).all()
    assert sorted(one.queued for one in rounds) == [1, 1, 2, 32]
