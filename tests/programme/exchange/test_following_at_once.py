"""A calendar that is followed while somebody saves or imports the same."""
# ruff: noqa: F811 - the fixtures are those of another module

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme.exchange import jobs, reading, subscriptions
from eventhub.programme.exchange import series as exchange_series
from eventhub.programme.exchange.subscriptions import Source
from tests.conftest import both

from .test_following import (  # noqa: F401 - with its fixtures
    ADDRESS,
    HOUR,
    NINE,
    calendar,
    desk,
    elsewhere,
    entry,
    event,
    follow,
    now,
    of_series,
    only,
    organiser,
    series,
    take,
    told,
)


@pytest.fixture
def at_once(app: Flask) -> Callable[[Callable[[], object]], Callable[[], None]]:
    """Begins a deed in a thread of its own, and gives what ends it: that raises what went wrong."""

    def begin(deed: Callable[[], object]) -> Callable[[], None]:
        errors: list[BaseException] = []

        def run() -> None:
            try:
                with app.app_context():
                    deed()
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()

        def end(seconds: float = 30) -> None:
            thread.join(seconds)
            if errors:
                raise errors[0]

        return end

    return begin


def test_what_somebody_saves_meanwhile_stays_and_is_followed_soon_after(
    desk, series, elsewhere, now, at_once, monkeypatch
):
    elsewhere.says = calendar(entry("a", "First"), entry("b", "Second", 11))
    take(desk, series, follow="y")
    event_id = of_series(series)["First"].id
    now(1.1)
    elsewhere.says = calendar(entry("a", "First", 10), entry("b", "Second", 11))
    survey, ends = exchange_series.survey_series, []

    def meanwhile(*args: Any) -> Any:
        found = survey(*args)
        if not ends:
            ends.append(at_once(lambda: events.translate_event(SYSTEM, event_id, {"note": both("Bring water")})))
            ends[0](1)
        return found

    monkeypatch.setattr(exchange_series, "survey_series", meanwhile)
    jobs.refresh_calendars()
    ends[0]()
    now(1.3)
    jobs.refresh_calendars()
    first = of_series(series)["First"]
    assert (first.note.in_("en"), first.starts) == ("Bring water", NINE + HOUR)
    assert only().problem == ""


def test_an_import_and_a_look_at_once_do_not_wait_in_a_circle(
    desk,
    event,
    elsewhere,
    now,
    organiser,
    at_once,
    monkeypatch,
):
    follow(desk, event, elsewhere, entry("a", "Opening"))
    now(1.1)
    later = calendar(entry("a", "Opening", 10))
    row = subscriptions.lease_next(SYSTEM)
    assert row is not None
    lease, row_id, event_id = row.due_at, row.id, event.id
    found, source = reading.read_calendar(later, event), Source(ADDRESS)
    db.session.rollback()
    both_hold = threading.Barrier(2)

    def hold() -> None:
        with suppress(threading.BrokenBarrierError):  # one of them waits for the other already, as it should
            both_hold.wait(1.5)

    imported, followed = subscriptions.import_sessions, subscriptions._of_event

    def after(*args: Any, **how: Any) -> Any:
        done = imported(*args, **how)
        db.session.flush()
        hold()
        return done

    def before(*args: Any) -> Any:
        hold()
        return followed(*args)

    monkeypatch.setattr(subscriptions, "import_sessions", after)
    monkeypatch.setattr(subscriptions, "_of_event", before)
    one = at_once(lambda: subscriptions.import_and_follow(organiser, event_id, found, source))
    other = at_once(lambda: subscriptions.refresh(SYSTEM, row_id, lease, found, source))
    one()
    other()
    assert only().failures == 0


def test_one_new_entry_becomes_one_event_whoever_takes_it(
    desk,
    series,
    elsewhere,
    now,
    organiser,
    at_once,
    monkeypatch,
):
    elsewhere.says = calendar(entry("a", "First"))
    take(desk, series, follow="y")
    now(1.1)
    row = subscriptions.lease_next(SYSTEM)
    assert row is not None
    lease, row_id, series_id = row.due_at, row.id, series.id
    found = exchange_series.read(calendar(entry("a", "First"), entry("b", "Second")), "Asia/Shanghai")
    survey, ends = exchange_series.survey_series, []

    def meanwhile(*args: Any) -> Any:
        seen = survey(*args)
        if not ends:
            ends.append(at_once(lambda: exchange_series.import_events(organiser, series_id, found)))
            ends[0](1)
        return seen

    monkeypatch.setattr(exchange_series, "survey_series", meanwhile)
    subscriptions.refresh(SYSTEM, row_id, lease, found, Source(ADDRESS))
    ends[0]()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event).filter_by(series_id=series_id)) == 2
