"""Series in calendars that are followed: moved, split and called off there, and changed here."""
# ruff: noqa: F811 - the fixtures are those of another module

from __future__ import annotations

import itertools
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme import queries, services
from eventhub.programme.exchange import jobs, subscriptions
from eventhub.programme.exchange.models import EventOrigin
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import plan_of
from tests.conftest import both, on_sqlite

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
    only,
    organiser,
    series,
    services_header,
    take,
    told,
)

pytestmark = on_sqlite


def daily(hour: int, title: str = "Daily", sequence: int = 0, **more: str) -> str:
    return entry("d", title, hour, sequence, **{"RRULE": "FREQ=DAILY;COUNT=3", **more})


def sessions(event: Event) -> list[ProgrammeSession]:
    db.session.expire_all()
    return sorted(queries.list_sessions(event), key=lambda one: one.starts)


def kept(event: Event) -> list[tuple[str, float]]:
    """The sessions as they are kept, and their hours after nine on the first day."""
    return [(one.state, (one.starts - NINE) / HOUR) for one in sessions(event)]


def ids(event: Event) -> list[UUID]:
    return [one.id for one in sessions(event)]


@pytest.fixture
def refreshed(elsewhere, now):
    """What is told after a refresh that finds some entries, of which nobody has seen anything before."""
    hours = itertools.count(1)

    def refresh(*entries: str, seen: bool = True) -> list[tuple[str, str]]:
        if seen:
            only().changes = []
            db.session.commit()
        elsewhere.says = calendar(*entries)
        now(next(hours) * 1.1)
        jobs.refresh_calendars()
        assert only().problem == ""
        return told(only())

    return refresh


def test_a_series_that_is_moved_there_is_moved_here(desk, event, elsewhere, refreshed):
    follow(desk, event, elsewhere, daily(9))
    before = ids(event)
    assert refreshed(daily(10, sequence=1)) == [("changed", "Daily")] * 3
    assert kept(event) == [("scheduled", 1), ("scheduled", 25), ("scheduled", 49)]
    assert ids(event) == before
    # The same again, with a word more, and back again: the same sessions.
    assert refreshed(daily(10, sequence=1), entry("e", "Else", 15)) == [("new", "Else")]
    assert refreshed(daily(10, "Each day", sequence=2), entry("e", "Else", 15)) == [("changed", "Each day")] * 3
    assert refreshed(daily(9, "Each day", sequence=3), entry("e", "Else", 15)) == [("changed", "Each day")] * 3
    assert [one for one in ids(event) if one in before] == before


def test_what_was_changed_here_stays_when_its_series_is_moved_there(desk, event, elsewhere, refreshed, organiser):
    row = follow(desk, event, elsewhere, daily(9))
    first, second, _ = sessions(event)
    services.change_session(organiser, first.id, replace(plan_of(first), starts=NINE + 4 * HOUR, ends=NINE + 5 * HOUR))
    services.delete_session(organiser, second.id)
    assert refreshed(daily(10, sequence=1)) == [("held", "Daily"), ("changed", "Daily")]
    assert kept(event) == [("scheduled", 4), ("deleted", 24), ("scheduled", 49)]
    # What waits is known by its new name, what was deleted stays so, and the same again is no news.
    assert refreshed(daily(10, sequence=1), entry("e", "Else", 15), seen=False) == [
        ("new", "Else"), ("held", "Daily"),
    ]  # fmt: skip
    assert refreshed(daily(12, sequence=2), entry("e", "Else", 15)) == [("held", "Daily"), ("changed", "Daily")]
    assert kept(event)[:1] + kept(event)[2:] == [("scheduled", 4), ("deleted", 24), ("scheduled", 51)]
    session = sessions(event)[0]
    subscriptions.take_over(organiser, row.id, session.id, session.version)
    assert kept(event)[0] == ("scheduled", 3)


def test_what_was_deleted_here_does_not_come_back_where_its_series_moves_to_another_day(
    desk, event, elsewhere, refreshed, organiser
):
    weekly = daily(9, RRULE="FREQ=WEEKLY;COUNT=2")
    follow(desk, event, elsewhere, weekly)
    services.delete_session(organiser, sessions(event)[0].id)
    later = weekly.replace("0310T", "0311T")
    assert refreshed(later) == [("changed", "Daily")]
    assert refreshed(later, entry("e", "Else", 15)) == [("new", "Else")]
    assert [state for state, _ in kept(event)] == ["deleted", "scheduled", "scheduled"]


def test_who_waits_for_a_word_is_not_forgotten_where_the_series_moves(desk, event, elsewhere, refreshed, organiser):
    follow(desk, event, elsewhere, daily(9))
    first = sessions(event)[0]
    services.change_session(organiser, first.id, replace(plan_of(first), title=both("Ours")))
    assert refreshed(daily(9, "Theirs", sequence=1)) == [("held", "Ours"), ("changed", "Theirs"), ("changed", "Theirs")]
    found = refreshed(daily(10, "Theirs", sequence=2), seen=False)
    assert sorted(found) == [("changed", "Ours"), ("changed", "Theirs"), ("changed", "Theirs"), ("held", "Ours")]


def test_two_on_a_day_are_not_taken_for_each_other(desk, event, elsewhere, refreshed):
    def twice(hours: str, sequence: int) -> str:
        rule = {"RRULE": f"FREQ=DAILY;BYHOUR={hours};COUNT=2"}
        return entry("d", "Twice", int(hours.split(",", maxsplit=1)[0]), sequence, **rule)

    follow(desk, event, elsewhere, twice("9,14", 0))
    before = ids(event)
    assert refreshed(twice("12,17", 1)) == [("changed", "Twice")] * 2
    assert (ids(event), kept(event)) == (before, [("scheduled", 3), ("scheduled", 8)])
    # One of them as the other was: nobody can tell which is which, and nothing is taken for another.
    assert refreshed(twice("17,20", 2)) == [("new", "Twice"), ("gone", "Twice")]
    assert kept(event) == [("scheduled", 3), ("scheduled", 8), ("scheduled", 11)]


def test_the_preview_shows_a_moved_series_as_changed(desk, event, elsewhere):
    follow(desk, event, elsewhere, daily(9))
    before = ids(event)
    elsewhere.says = calendar(daily(10, sequence=1))
    at = f"/en/organise/events/{event.slug}/programme/import/"
    page = desk.get(desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at).location).text
    assert "Wed 10 Mar 10:00" in page
    assert "Id in the other system" not in page, "that an occurrence is called by its new hour is no news"
    follow(desk, event, elsewhere, daily(10, sequence=1))
    assert [one.foreign_id[-5:] for one in sessions(event)] == ["T1000"] * 3
    assert (ids(event), kept(event)) == (before, [("scheduled", 1), ("scheduled", 25), ("scheduled", 49)])


def test_what_becomes_a_series_is_the_first_of_it(desk, event, elsewhere, refreshed):
    follow(desk, event, elsewhere, entry("d", "Daily"))
    before = ids(event)
    assert refreshed(daily(9, sequence=1)) == [("new", "Daily")] * 2
    assert refreshed(daily(10, "Each day", sequence=2)) == [("changed", "Each day")] * 3
    assert ids(event)[0] == before[0]
    assert sessions(event)[0].foreign_id == "d@x/20270310T1000"


def test_a_series_is_called_off_by_its_name_alone(desk, event, elsewhere, refreshed):
    """RFC 5546 §3.2.5: such a message names neither a repetition nor a rule."""
    follow(desk, event, elsewhere, daily(9))
    off = entry("d", "Daily", 9, 1, STATUS="CANCELLED")
    assert refreshed(off) == [("cancelled", "Daily")] * 3
    assert refreshed(off, entry("e", "Else", 15), seen=False) == [("new", "Else")] + [("cancelled", "Daily")] * 3
    assert refreshed(off, entry("e", "Other", 15)) == [("changed", "Other")], "who has seen it hears no more of it"
    assert {state for state, _ in kept(event)} == {"scheduled"}
    follow(desk, event, elsewhere, off, entry("e", "Other", 15))
    assert [state for state, _ in kept(event)] == ["cancelled", "scheduled", "cancelled", "cancelled"]


def test_an_older_version_is_told_and_is_no_ground_for_what_comes_after(desk, event, elsewhere, refreshed):
    """A cache on the way may answer with yesterday's calendar, and with today's an hour later."""
    row = follow(desk, event, elsewhere, entry("a", "Second", 10, 2, LOCATION="Hall"))
    address = f"/en/organise/calendars/{row.id}/"
    assert refreshed(entry("a", "First", 9, 1)) == []
    assert kept(event) == [("scheduled", 1)]
    assert "The programme has a newer version of this entry, which stays: Second." in desk.get(address).text
    assert refreshed(entry("a", "Third", 11, 3)) == [("changed", "Third")]
    assert kept(event) == [("scheduled", 2)]
    assert "newer version" not in desk.get(address).text


def test_versions_of_two_uids_are_not_compared(desk, event, elsewhere, refreshed):
    """What is written anew there, with a UID of its own, begins to count its versions anew."""
    follow(desk, event, elsewhere, entry("a", "Opening", 9, 5))
    assert refreshed(entry("b", "Opening", 9, 0, LOCATION="Hall")) == [("changed", "Opening")]


def test_the_rest_of_a_series_of_google_moves_with_it(desk, event, elsewhere, refreshed):
    first = daily(9).replace("d@x", "d@google.com")
    follow(desk, event, elsewhere, first)
    before = ids(event)
    rest = daily(11).replace("d@x", "d_R20270311T010000@google.com").replace("0310T", "0311T")
    found = refreshed(first.replace("COUNT=3", "COUNT=1"), rest.replace("COUNT=3", "COUNT=2"))
    assert found == [("changed", "Daily")] * 2
    assert (ids(event), kept(event)) == (before, [("scheduled", 0), ("scheduled", 26), ("scheduled", 50)])


def test_events_of_a_series_are_moved_with_it(desk, series, elsewhere, refreshed):
    elsewhere.says = calendar(daily(9))
    take(desk, series, follow="y")
    query = sa.select(Event).where(Event.series_id == series.id).order_by(Event.starts)
    before = list(db.session.scalars(query))
    events.change_event(SYSTEM, before[0].id, services_header(before[0], starts=NINE + 4 * HOUR, ends=NINE + 5 * HOUR))
    events.publish_event(SYSTEM, before[1].id)
    rows = [event.id for event in before]
    waits = [("held", "Daily"), ("held", "Daily"), ("changed", "Daily")]
    assert refreshed(daily(10, sequence=1)) == waits
    assert sorted(db.session.scalars(sa.select(EventOrigin.foreign_id))) == [
        "d@x/20270310T1000", "d@x/20270311T1000", "d@x/20270312T1000",
    ]  # fmt: skip
    assert refreshed(daily(10, sequence=1), entry("e", "Else", 15), seen=False) == [("new", "Else"), *waits[:2]]
    assert refreshed(daily(11, sequence=2), entry("e", "Else", 15)) == waits
    hours = {event.id: (event.starts - NINE) / HOUR for event in db.session.scalars(query)}
    assert [hours.pop(one) for one in rows] == [4, 24, 50]
    assert len(hours) == 1
    off = entry("d", "Daily", 9, 3, STATUS="CANCELLED")
    assert refreshed(off, entry("e", "Else", 15)) == [("cancelled", "Daily")]  # drafts are nobody's loss
    assert refreshed(daily(9, sequence=1), off.replace("d@x", "f@x")) == [("gone", "Else")]
    assert [one.what for one in subscriptions.reading_of(only()).problems] == ["stale"] * 3
