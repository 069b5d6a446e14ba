"""That letters to registrants tell the hours by the clock that these live by, beside the event's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.messaging.comparisons import when_in
from eventhub.registrations import access
from tests.conftest import in_november_2026, on_sqlite
from tests.messaging.conftest import html, plain

Make = Callable[..., Any]
pytestmark = in_november_2026

NINE = datetime(2027, 1, 14, 9)
ZONES = ("Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe", "America/New_York", "Asia/Shanghai", "UTC")


@pytest.fixture
def event(make_event: Make) -> Event:
    made: Event = make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))
    return made


def own_hours(text: str) -> str:
    """What a letter says of its reader's clock."""
    return next((line for line in text.splitlines() if line.startswith(("By your clock", "您的时间"))), "")


@on_sqlite
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"country": "US", "zone": "America/New_York"},
         "By your clock: Wednesday 13 January 2027, 20:00 – Thursday 14 January 2027, 04:00 New York time"),
        ({"country": "CN", "zone": "Europe/Zurich", "language": "zh"},
         "您的时间：2027年1月14日 星期四 02:00–10:00（日内瓦时间）"),
        ({"country": "NP"}, "By your clock: Thursday 14 January 2027, 06:45–14:45 Kathmandu time"),
        # Who reads by the event's clock is told no other, whatever their country.
        ({"country": "NP", "zone": "Asia/Shanghai"}, ""),
        ({"country": "US"}, ""),
    ],
)  # fmt: skip
def test_a_confirmation_and_the_links_asked_for_again_tell_the_readers_hours(
    event: Event, register: Make, letters: Make, said: dict[str, str], told: str
):
    register(event, address="reader@example.org", **said)
    (confirmed,) = letters()
    assert own_hours(plain(confirmed)) == told
    assert told.partition(": ")[2] in html(confirmed)
    access.ask_for_links(SYSTEM, "reader@example.org", said.get("language", "en"))
    (links,) = letters()
    assert own_hours(plain(links)) == told


@on_sqlite
def test_a_change_is_told_by_the_readers_clock_as_it_was_and_is(event: Event, register: Make, letters: Make):
    register(event, address="reader@example.org", country="US", zone="America/New_York")
    letters()
    header = {name: getattr(event, name) for name in events.Header.__dataclass_fields__}
    moved = {"starts": NINE + timedelta(hours=1), "ends": NINE + timedelta(hours=9)}
    events.change_event(SYSTEM, event.id, events.Header(**{**header, **moved}))
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        (changed,) = letters()
    text = plain(changed)
    assert "Wednesday 13 January 2027, 21:00 – Thursday 14 January 2027, 05:00 New York time" in text
    assert "20:00" in text


@on_sqlite
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2035, 1, 1)),
    venue=st.sampled_from(ZONES),
    own=st.sampled_from(ZONES),
)
def test_the_hours_told_are_those_on_the_readers_wall(app: Any, starts: datetime, venue: str, own: str):
    starts = starts.replace(second=0, microsecond=0)
    at = clock.instant(starts, venue)
    starts = clock.wall(at, venue)
    event = Event(starts=starts, starts_at=at, ends=None, ends_at=None, zone=venue)
    said, wall = when_in(event, own, "en"), clock.wall(at, own)
    assert bool(said) == (wall != starts)
    if said:
        assert f"{wall.day} {wall:%B} {wall.year}, {wall:%H:%M} " in said
