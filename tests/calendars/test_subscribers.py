"""Real calendar programs, subscribed over HTTP to a site in a process of its own, and refreshed after a release."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventhub.calendars.models import CalendarFeed
from eventhub.demo import loader
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan
from tests.calendars import readers
from tests.calendars.programs import Evolution, Khal
from tests.calendars.readers import Seen
from tests.conftest import make_public, on_sqlite
from tests.messaging.test_carriers import free_port

pytestmark = on_sqlite
Make = Callable[..., Any]


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[str]:
    """The address of the product as it serves the test's database, without a worker."""
    settings, port = app.extensions["eventhub_settings"], free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("EVENTHUB_")},
        "PORT": str(port),
        "EVENTHUB_DATABASE_URL": settings.database_url,
        "EVENTHUB_DATA_DIR": str(settings.data_dir),
    }
    address, log = f"http://127.0.0.1:{port}", tmp_path / "log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "eventhub.cli", "serve", "--no-worker"]
        process = subprocess.Popen(command, env=environment, cwd=readers.ROOT, stdout=file, stderr=file)
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/readyz").close()
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def night() -> datetime:
    """Midnight of the next day on which Zurich puts its clocks back: the site that serves it knows no other today."""
    half_past_two = datetime.combine(clock.now().date(), datetime.min.time()) + timedelta(days=2, hours=2, minutes=30)
    while not clock.is_twice(half_past_two, "Europe/Zurich"):
        half_past_two += timedelta(days=1)
    return half_past_two.replace(hour=0, minute=0)


@pytest.fixture
def congress(make_event: Make, evolution: bool, night: datetime) -> Event:
    """A hundred or a thousand sessions in Zurich, over the night in which the clocks go back."""
    many, apart = (1000, 2) if evolution else (80, 20)
    event: Event = make_event(
        "Congress",
        slug="congress",
        zone="Europe/Zurich",
        starts=night - timedelta(hours=12),
        ends=night + timedelta(hours=36),
    )
    first = night - timedelta(hours=10)
    programme.add_sessions(
        SYSTEM,
        event.id,
        [
            SessionPlan(
                kind="panel",
                title=Translated.of(en=f"Panel {number}; a, b", zh=f"第{number}场；“甲”，乙"),
                starts=first + timedelta(minutes=number * apart),
                ends=first + timedelta(minutes=number * apart + 50),
            )
            for number in range(many)
        ],
    )
    make_public(event)
    return event


def session_of(slug: str, place: int) -> ProgrammeSession:
    """A session of an event, by its place in the order of the programme."""
    query = select(ProgrammeSession).join(Event, Event.id == ProgrammeSession.event_id).where(Event.slug == slug)
    return db.session.scalars(query.order_by(ProgrammeSession.starts_at, ProgrammeSession.id)).all()[place]


def planned(lang: str) -> dict[str, tuple[str, str]]:
    """The title and the beginning of each session, as the organisers' own tables have them, by the end of its UID."""
    rows = db.session.scalars(select(ProgrammeSession).execution_options(populate_existing=True))
    return {
        f"session-{row.id}": (str(row.title.in_(lang)), f"{row.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        for row in rows
        if row.starts_at
    }


def read(address: str) -> list[Seen]:
    """What lies at an address, as three libraries of others agree on it."""
    with urllib.request.urlopen(address) as answer:
        body = answer.read()
    told = readers.by_icalendar(body)
    assert readers.by_ical_js(body) == told
    assert readers.by_vobject(body) == told
    return sorted(told, key=lambda one: (one["start"], one["uid"]))


class Subscribers:
    """Those who have subscribed to some feeds, and what each of them has seen when it refreshed."""

    def __init__(self, folder: Path, feeds: dict[str, str], evolution: Evolution | None) -> None:
        self.feeds, self._khal, self._evolution = feeds, Khal(folder / "khal", feeds), evolution

    def agree(self) -> dict[str, list[Seen]]:
        """What all of them see of each feed once they have asked for it again."""
        time.sleep(1.1)  # a process of the site may trust for a second what another has changed
        self._khal.refresh()
        seen = {}
        for name, address in self.feeds.items():
            told = seen[name] = read(address)
            days = [date.fromisoformat(one[end][:10]) for one in told for end in ("start", "end")]
            by_khal = self._khal.seen(name, min(days), max(days)) if days else []
            shown = [{key: one[key] for key in ("summary", "start", "end", "status")} for one in told]
            assert sorted(by_khal, key=str) == sorted(shown, key=str), f"khal: {address}"
            if self._evolution:
                self._evolution.refresh(name)
                assert self._evolution.seen_as(name, seen[name]) == seen[name], f"Evolution: {address}"
        return seen


@pytest.fixture
def subscribe(tmp_path: Path, site: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Subscribers]]:
    """Let programs subscribe to feeds by their paths; with Evolution where it is wanted."""
    begun: list[Evolution] = []

    def subscribe(*paths: str, evolution: bool) -> Subscribers:
        feeds = {f"feed{number}": f"{site}{path}" for number, path in enumerate(paths)}
        if evolution:
            begun.append(Evolution(tmp_path / "evolution", feeds))
        return Subscribers(tmp_path, feeds, begun[0] if evolution else None)

    yield subscribe
    for one in begun:
        one.close()


WITH = pytest.mark.parametrize("evolution", [False, pytest.param(True, marks=pytest.mark.faults)])


@WITH
def test_sessions_over_a_change_of_clocks_are_followed_alike(
    congress: Event, night: datetime, subscribe: Callable[..., Subscribers], evolution: bool
) -> None:
    """By khal through vdirsyncer and three libraries; a thousand under `make faults`, and by Evolution's as well.

    Evolution needs the Debian packages evolution-data-server, gir1.2-ecal-2.0, python3-gi and dbus.
    """
    programs = subscribe("/en/events/congress/calendar.ics", "/zh/events/congress/calendar.ics", evolution=evolution)

    def as_planned(seen: list[Seen], lang: str) -> None:
        sessions = {one["uid"].split("@")[0]: one for one in seen if one["uid"].startswith("session-")}
        expected = planned(lang)
        assert sessions.keys() == expected.keys()
        marks = {"en": "[Cancelled] ", "zh": "[已取消] "}
        assert {
            uid: (one["summary"].removeprefix(marks[lang]), one["start"]) for uid, one in sessions.items()
        } == expected
        assert {one["summary"] for one in seen if one["status"] == "CANCELLED"} == {
            one["summary"] for one in seen if one["summary"].startswith(marks[lang])
        }

    english, chinese = programs.agree().values()
    as_planned(english, "en")
    as_planned(chinese, "zh")
    assert {one["status"] for one in english} == {"CONFIRMED"}
    # One into the hour that comes twice, which nobody sees before the release; another away, which is told at once.
    moved, gone = session_of("congress", 20), session_of("congress", 70)
    programme.move_session(SYSTEM, moved.id, night.replace(hour=2, minute=30))
    assert read(programs.feeds["feed0"]) == english
    programme.cancel_session(SYSTEM, gone.id)
    releases.release(SYSTEM, congress.id)
    for before, seen, lang in zip((english, chinese), programs.agree().values(), ("en", "zh"), strict=True):
        as_planned(seen, lang)
        sequences = {one["uid"]: one["sequence"] for one in before}
        changed = {one["uid"].split("@")[0]: one for one in seen if one["sequence"] != sequences[one["uid"]]}
        assert changed.keys() == {f"session-{one.id}" for one in (moved, gone)}
        assert changed[f"session-{gone.id}"]["status"] == "CANCELLED"


@pytest.mark.faults
def test_the_feeds_of_the_demo_are_followed_alike(app: Flask, subscribe: Callable[..., Subscribers]) -> None:
    """Those of all its events and series, by all these programs."""
    loader.load(SYSTEM, date.today())  # noqa: DTZ011 - the day of the process that serves it
    wanted = CalendarFeed.kind.in_(("all", "event", "series"))
    query = select(CalendarFeed.path).where(CalendarFeed.is_open, CalendarFeed.revision > 0, wanted)
    # Each in one language, so that it ends in time, and one that changes in both.
    found = [f"{one}/" for one in sorted(filter(None, db.session.scalars(query)))]
    paths = [f"/{lang}/{path}calendar.ics" for path, lang in zip(["", *found], cycle(("zh", "en")), strict=False)]
    paths += {f"/{lang}/events/next-workshop/calendar.ics" for lang in ("en", "zh")} - {*paths}
    programs = subscribe(*paths, evolution=True)
    before = programs.agree()
    assert any(before.values())
    moved, gone = session_of("next-workshop", 1), session_of("next-workshop", 2)
    starts = moved.starts + timedelta(hours=1)
    programme.move_session(SYSTEM, moved.id, starts)
    programme.cancel_session(SYSTEM, gone.id)
    releases.release(SYSTEM, moved.event_id)
    after = programs.agree()
    changed = {path for path, name in zip(paths, after, strict=True) if before[name] != after[name]}
    assert {f"/{lang}/events/next-workshop/calendar.ics" for lang in ("en", "zh")} <= changed
    seen = {
        one["uid"].split("@")[0]: one for one in after[f"feed{paths.index('/zh/events/next-workshop/calendar.ics')}"]
    }
    assert seen[f"session-{moved.id}"]["start"] == planned("zh")[f"session-{moved.id}"][1]
    assert seen[f"session-{gone.id}"]["summary"].startswith("[已取消] ")
