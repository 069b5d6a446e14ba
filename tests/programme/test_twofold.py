"""Hours that a clock shows twice as it is put back: which of the two a session is at, from the form to the calendar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid
from eventhub.programme import editor, releases, services, snapshots, twofold, whole
from eventhub.programme.editor import Placement
from eventhub.programme.exchange import series
from eventhub.programme.exchange.reading import read
from eventhub.programme.exchange.services import import_sessions
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan
from eventhub.programme.public import public_state
from tests.conftest import Browser, both, make_public, on_sqlite, organisation_of
from tests.filled import filled

HALF = timedelta(minutes=30)
# A zone, and a time that its clock shows twice.
NIGHTS = [
    ("Europe/Zurich", datetime(2027, 10, 31, 2, 15)),
    ("America/New_York", datetime(2027, 11, 7, 1, 15)),
    ("Australia/Lord_Howe", datetime(2027, 4, 4, 1, 45)),
    ("Africa/Casablanca", datetime(2025, 2, 23, 2, 15)),
]
ZONE, TWICE = NIGHTS[0]
FIRST, SECOND = datetime(2027, 10, 31, 0, 15, tzinfo=UTC), datetime(2027, 10, 31, 1, 15, tzinfo=UTC)


def second(wall: datetime) -> datetime:
    return wall.replace(fold=1)


def at(moment: datetime, zone: str = ZONE) -> datetime:
    return clock.wall(moment, zone)


def again(session: ProgrammeSession) -> tuple[datetime | None, datetime | None]:
    """A session's instants as the database has them; its wall clock says the same."""
    db.session.commit()
    db.session.refresh(session)
    assert services.instants_of(session, db.session.get_one(Event, session.event_id).zone) == (
        session.starts_at,
        session.ends_at,
    )
    return session.starts_at, session.ends_at


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    night = datetime(2027, 10, 30, 20)
    return make_event(
        "Night watch", organisation=organisation_of(organiser), zone=ZONE, starts=night, ends=night + timedelta(days=1)
    )


@pytest.fixture
def add(event: Event) -> Callable[..., ProgrammeSession]:
    def make(starts: datetime | None, ends: datetime | None = None, title: str = "Vigil") -> ProgrammeSession:
        ends = ends or (clock.later(starts, HALF, ZONE) if starts else None)
        plan = SessionPlan("panel", both(title, f"场次：{title}"), starts=starts, ends=ends)
        return services.add_session(SYSTEM, event.id, plan)

    return make


@pytest.mark.parametrize(("zone", "twice"), NIGHTS)
@pytest.mark.parametrize("fold", [0, 1])
def test_it_stays_that_one_in_drafts_releases_and_exports(app, client, make_event, zone, twice, fold):
    start = twice.replace(fold=fold)
    moments = clock.instant(start, zone), clock.instant(start, zone) + timedelta(minutes=70)
    event = make_event(zone=zone, starts=twice - timedelta(hours=9), ends=twice + timedelta(hours=20))
    plan = SessionPlan("panel", both("Vigil", "守夜"), starts=start, ends=clock.wall(moments[1], zone))
    session = services.add_session(SYSTEM, event.id, plan)
    make_public(event)
    assert again(session) == moments
    (shown,) = public_state(event).sessions
    assert (shown.starts_at, shown.ends_at, shown.starts.fold) == (*moments, fold)
    kept = releases.list_of(event.id)[0]
    exports = [client.get(f"/en/events/{event.slug}/{form}").get_data() for form in ("schedule.xml", "schedule.json")]
    feed = client.get(f"/en/events/{event.slug}/calendar.ics").get_data()
    for data in (*exports, feed):
        with app.test_request_context():
            done = import_sessions(SYSTEM, event.id, read(data, event))
        assert (done.added, done.changed) == (0, 0)
    # Moved away, whatever was kept of it brings it back to the same one.
    for data in (None, *exports, feed):
        services.move_session(SYSTEM, session.id, twice.replace(fold=1 - fold))
        assert again(session)[0] != moments[0]
        with app.test_request_context():
            if data is None:
                releases.bring_back(SYSTEM, kept.id)
            else:
                assert import_sessions(SYSTEM, event.id, read(data, event)).changed == 1
        assert again(session) == moments
    assert not releases.waiting(event).found


def test_the_other_of_the_two_is_a_difference_and_is_told(app, event, add):
    session = add(TWICE)
    make_public(event)
    services.move_session(SYSTEM, session.id, second(TWICE))
    (found,) = releases.waiting(event).found
    assert found.what == {"moved"}
    with app.test_request_context():
        from eventhub.programme.telling import tell

        ((told,),) = [one.sentences for one in tell(event, [found], {})]
    assert "02:15 (UTC+02)–02:45 (UTC+02) to 02:15 (UTC+01)–02:45 (UTC+01)" in told


def test_a_snapshot_from_before_means_the_first(event, add):
    add(second(TWICE))
    make_public(event)
    release = snapshots.newest(event.id)
    assert release
    assert release.snapshot["sessions"][0]["starts"] == "2027-10-31T02:15:00.000001"
    release.snapshot = json.loads(json.dumps(release.snapshot).replace(":00.000001", ""))
    db.session.commit()
    event.public_revision += 1
    assert public_state(event).sessions[0].starts_at == FIRST


def test_it_ends_after_it_begins_on_the_worlds_line(add):
    session = add(TWICE, second(TWICE - timedelta(minutes=10)))
    assert again(session) == (FIRST, FIRST + timedelta(minutes=50))
    assert session.length == timedelta(minutes=50)
    with pytest.raises(Invalid, match="end must come after"):
        add(second(TWICE), TWICE + HALF)


def test_it_is_the_second_only_where_there_are_two(event, add):
    session = add(second(TWICE.replace(hour=5)))
    assert session.starts.fold == 0
    session = add(second(TWICE))
    header = {column: getattr(event, column) for column in events.Header.__dataclass_fields__}
    for zone, moment in (("Asia/Shanghai", datetime(2027, 10, 30, 18, 15, tzinfo=UTC)), (ZONE, SECOND)):
        events.change_event(SYSTEM, event.id, events.Header(**header | {"zone": zone}))
        whole.derive_instants(SYSTEM, event.id)
        assert again(session)[0] == moment


def test_a_copy_on_the_same_day_is_at_the_same_one(event, add):
    add(second(TWICE))
    make_public(event)
    copy = events.copy_event(SYSTEM, event.id, ["programme"], datetime(2027, 10, 30))
    assert [one.starts_at for one in whole._all_sessions(copy.id)] == [SECOND]
    later = events.copy_event(SYSTEM, event.id, ["programme"], datetime(2027, 11, 6))
    assert [one.starts_at for one in whole._all_sessions(later.id)] == [SECOND + timedelta(days=7)]


def test_an_event_of_a_calendar_is_at_the_one_that_its_instant_is(app, organiser):
    line = events.add_series(SYSTEM, organisation_of(organiser), both("Watches"))
    written = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:watch@example.org\r\nDTSTAMP:20271001T000000Z\r\n"
        b"SUMMARY:Watch\r\nDTSTART:20271031T011500Z\r\nDTEND:20271031T023000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    with app.test_request_context(), clock.standing_at(SECOND - timedelta(days=30)):
        reading = series.read(written, ZONE)
        assert series.import_events(organiser, line.id, reading).added == 1
        held = db.session.scalars(select(Event).where(Event.series_id == line.id)).one()
        assert (held.starts_at, held.starts.fold) == (SECOND, 1)
        assert series.survey_series(line, reading).unchanged == 1
        events.change_event(organiser, held.id, replace(series._header_of(held), starts=TWICE))
        assert [one.what for one in series.survey_series(line, reading).changed] == [("starts",)]


# --- The editor ------------------------------------------------------------------------------------------------


def drawn(session: ProgrammeSession, starts: datetime, ends: datetime) -> dict[Any, Placement]:
    return {session.id: Placement(starts, ends, None, session.version, is_drawn=True)}


@pytest.mark.parametrize("fold", [0, 1])
def test_within_the_hour_a_drag_keeps_which_it_is(event, organiser, add, fold):
    session = add(TWICE.replace(fold=fold))
    begins = (FIRST, SECOND)[fold]
    by = timedelta(minutes=10)
    assert twofold.drawn_end(session) == TWICE + HALF
    editor.place(organiser, event.id, drawn(session, TWICE + by, TWICE + HALF + by))
    assert again(session) == (begins + by, begins + by + HALF)
    # Made longer, beyond the hour.
    editor.place(organiser, event.id, drawn(session, TWICE + by, TWICE.replace(hour=3)))
    assert again(session) == (begins + by, datetime(2027, 10, 31, 2, 15, tzinfo=UTC))
    # Dragged out of the hour and in again, it is at the first, as long as it is.
    length = session.length
    editor.place(organiser, event.id, drawn(session, TWICE.replace(hour=5), TWICE.replace(hour=5) + length))
    editor.place(organiser, event.id, drawn(session, TWICE, TWICE + length))
    assert again(session) == (FIRST, FIRST + length)
    for _ in range(4):
        editor.undo(organiser, event.id)
    assert again(session) == (begins, begins + HALF)
    editor.redo(organiser, event.id)
    assert again(session) == (begins + by, begins + by + HALF)


def test_what_ends_before_it_begins_by_the_clock_is_drawn_as_long_as_it_is(event, organiser, add):
    session = add(TWICE, second(TWICE - timedelta(minutes=10)))
    end = twofold.drawn_end(session)
    assert end == TWICE + timedelta(minutes=50)
    by = timedelta(minutes=5)
    editor.place(organiser, event.id, drawn(session, TWICE, end + by))
    assert again(session) == (FIRST, FIRST + timedelta(minutes=55))
    editor.place(organiser, event.id, drawn(session, TWICE + by, TWICE + timedelta(minutes=55)))
    assert again(session) == (FIRST + by, FIRST + timedelta(minutes=55))


def test_from_one_to_the_other_is_a_step(event, organiser, add):
    session = add(TWICE)
    there = Placement(second(TWICE), second(TWICE + HALF), None, session.version)
    assert editor.place(organiser, event.id, {session.id: there}) is not None
    assert again(session) == (SECOND, SECOND + HALF)
    assert editor.place(organiser, event.id, {session.id: there.__class__(there.starts, there.ends)}) is None
    editor.undo(organiser, event.id)
    assert again(session)[0] == FIRST


def test_what_follows_is_shifted_by_time_that_passes(event, organiser, add):
    early, late = add(TWICE), add(second(TWICE), title="Second vigil")
    editor.shift_following(organiser, event.id, early.id, 50, in_room_only=False)
    assert again(early) == (FIRST + timedelta(minutes=50), SECOND + timedelta(minutes=20))
    assert again(late)[0] == SECOND + timedelta(minutes=50)
    editor.undo(organiser, event.id)
    editor.shift_following(organiser, event.id, late.id, 10, in_room_only=False)
    assert (again(early)[0], again(late)[0]) == (FIRST, SECOND + timedelta(minutes=10))


def test_it_is_fitted_to_the_one_before_it_of_the_other_hour(event, organiser, add):
    early, late = add(TWICE), add(second(TWICE), title="Second vigil")
    editor.fit_gap(organiser, event.id, late.id, "move", "before")
    assert again(late)[0] == again(early)[1] == FIRST + HALF


@given(
    st.sampled_from(NIGHTS),
    st.integers(-180, 180),
    st.integers(5, 300),
    st.integers(-180, 180).filter(bool),
)
def test_a_drag_keeps_the_length_and_a_small_one_the_hour(night, begins, minutes, by):
    zone, twice = night
    starts_at = clock.instant(twice, zone) + timedelta(minutes=begins)
    ends_at = starts_at + timedelta(minutes=minutes)
    session = ProgrammeSession(
        starts=clock.wall(starts_at, zone), ends=clock.wall(ends_at, zone), starts_at=starts_at, ends_at=ends_at
    )
    end, step = twofold.drawn_end(session), timedelta(minutes=by)
    assert session.starts
    assert end
    assert end > session.starts
    found = twofold.undrawn((session.starts + step, end + step), session, zone)
    assert found[0] == session.starts + step
    assert clock.instant(found[1], zone) - clock.instant(found[0], zone) >= timedelta(minutes=minutes - 60)
    if not clock.is_skipped(found[0], zone):
        assert clock.instant(found[1], zone) - clock.instant(found[0], zone) == session.length
    same = twofold.undrawn((session.starts, end), session, zone)
    assert [clock.instant(wall, zone) for wall in same] == [starts_at, ends_at]


# --- Pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@on_sqlite
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_form_asks_which_of_the_two_and_only_then(event, add, desk, lang):
    session = add(TWICE.replace(hour=5))
    address = f"/{lang}/organise/events/{event.slug}/programme/sessions/{session.id}/"
    form = filled(desk.get(address).get_data(as_text=True))
    assert 'id="starts-which"' not in desk.get(address).get_data(as_text=True)
    answer = desk.post(address, data=form | {"starts": ["2027-10-31", "02:15"], "ends": ["2027-10-31", "03:30"]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert ("UTC+02" in page, "UTC+01" in page) == (True, True)
    assert 'id="starts-which"' in page
    assert 'id="ends-which"' not in page
    assert again(session)[0] == datetime(2027, 10, 31, 4, 15, tzinfo=UTC)
    form = filled(page)
    assert form["starts"] == ["2027-10-31", "02:15", "first"]
    assert desk.post(address, data=form | {"starts": ["2027-10-31", "02:15", "second"]}).status_code == 303
    assert again(session)[0] == SECOND
    # Saved again as it is shown, it is what it was.
    form = filled(desk.get(address).get_data(as_text=True))
    assert form["starts"][2] == "second"
    assert desk.post(address, data=form).status_code == 303
    assert again(session)[0] == SECOND


@on_sqlite
@pytest.mark.parametrize("room", ["sessions/{}/move/", "editor/sessions/{}/"])
def test_moving_asks_it_too(event, add, desk, room):
    session = add(TWICE.replace(hour=5))
    address = f"/en/organise/events/{event.slug}/programme/{room.format(session.id)}"
    form = filled(desk.get(address).get_data(as_text=True))
    hour = form | {"starts": ["2027-10-31", "02:15"]}
    answer = desk.post(address, data=hour)
    assert answer.status_code == 422
    assert "the second one: 02:15 (UTC+01)" in answer.get_data(as_text=True)
    assert desk.post(address, data=hour | {"starts": ["2027-10-31", "02:15", "second"]}).status_code == 303
    assert again(session) == (SECOND, SECOND + HALF)


@on_sqlite
def test_an_events_own_hours_are_asked_for_by_its_own_zone(event, desk):
    address = f"/en/organise/events/{event.slug}/settings/"
    form = filled(desk.get(address).get_data(as_text=True))
    hour = form | {"starts": ["2027-10-31", "02:15"], "ends": ["2027-10-31", "09:00"]}
    assert desk.post(address, data=hour | {"zone": "America/New_York"}).status_code == 303
    form = filled(desk.get(address).get_data(as_text=True)) | {"zone": ZONE}
    answer = desk.post(address, data=form)
    assert answer.status_code == 422
    assert "Choose which of the two is meant." in answer.get_data(as_text=True)
    assert desk.post(address, data=form | {"starts": ["2027-10-31", "02:15", "second"]}).status_code == 303
    db.session.refresh(event)
    assert (event.starts_at, event.starts.fold) == (SECOND, 1)
    page = desk.get(f"/en/events/{event.slug}/").get_data(as_text=True)
    assert "02:15 (UTC+01)" in page


@on_sqlite
def test_pages_say_which_of_the_two_it_is(event, add, client):
    add(TWICE, title="Early")
    add(second(TWICE), title="Late")
    add(TWICE.replace(hour=4), title="Dawn")
    make_public(event)
    page = client.get(f"/en/events/{event.slug}/programme/?day=all").get_data(as_text=True)
    hours = re.findall(r'class="session-time"><time[^>]*>([^<]*)', page)
    early, late = (f"02:15 (UTC+0{n})–02:45 (UTC+0{n})" for n in (2, 1))
    assert hours == [early, late, "04:15–04:45"]
    # Time passes by rows: the hour that exists twice stands there twice.
    marks = re.findall(r'class="hour[^>]*>(.*?)</li>', page)
    assert marks == ["02:00 <small>UTC+02</small>", "02:00 <small>UTC+01</small>", "03:00", "04:00"]
    assert (
        client.get(f"/zh/events/{event.slug}/programme/?day=all").get_data(as_text=True).count("02:15（UTC+01）") == 1
    )
    late_page = client.get(f"/en/events/{event.slug}/sessions/late/").get_data(as_text=True)
    assert "02:15 (UTC+01)" in late_page
    feed = client.get(f"/en/events/{event.slug}/calendar.ics").get_data(as_text=True)
    assert "DTSTART:20271031T011500Z" in feed
    assert "DTSTART:20271031T001500Z" in feed


@on_sqlite
@pytest.mark.parametrize("hour", ["2027-10-31 02:15+01:00", "2027-10-31T01:15:00Z"])
def test_a_table_with_an_offset_says_which(app, event, hour):
    data = f"title,start,end\nVigil,{hour},{hour.replace(':15', ':45', 1)}\n".encode()
    with app.test_request_context():
        reading = read(data, event)
        assert [problem.what for problem in reading.problems] == []
        import_sessions(SYSTEM, event.id, reading)
    (session,) = whole._all_sessions(event.id)
    assert again(session) == (SECOND, SECOND + HALF)


@on_sqlite
def test_a_table_without_one_means_the_first_and_says_so(app, event):
    with app.test_request_context():
        reading = read(b"title,start,end\nVigil,2027-10-31 02:15,2027-10-31 02:45\n", event)
        assert [problem.what for problem in reading.problems] == ["twice"]
        import_sessions(SYSTEM, event.id, reading)
    (session,) = whole._all_sessions(event.id)
    assert again(session) == (FIRST, FIRST + HALF)
