"""What calendars are told through the life of an event, as its subscribers see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventhub.calendars import jobs, services
from eventhub.calendars.models import CalendarComponent, CalendarEntry
from eventhub.events import services as event_services
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.i18n import Translated
from eventhub.organisations import services as organisations
from eventhub.people import services as people_services
from eventhub.people.names import Names
from eventhub.people.services import Profile
from eventhub.programme import participation
from eventhub.programme import services as programme_services
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SpeakerPlan, plan_of
from tests.calendars import readers
from tests.conftest import Browser, both, make_public, on_postgres
from tests.queries import count_queries

Make = Callable[..., Any]
MONDAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
# Six in the morning to six in the evening across the day on which Europe's clocks go forward.
BEFORE_SPRING = datetime(2027, 3, 27, 9)


@contextmanager
def minutes_later(minutes: int) -> Iterator[datetime]:
    moment = MONDAY + timedelta(minutes=minutes)
    with clock.standing_at(moment):
        yield moment


@pytest.fixture
def workshop(make_event: Make) -> Any:
    """A published event in Geneva over the two days around the change to summer time."""
    with minutes_later(0):
        return make_event(
            "Workshop",
            slug="workshop",
            zone="Europe/Zurich",
            starts=BEFORE_SPRING,
            ends=BEFORE_SPRING + timedelta(days=1, hours=8),
            mode="in_person",
        )


@pytest.fixture
def sessions(workshop: Any, make_session: Make) -> list[Any]:
    """An opening on the day before the change, and a panel at the same hour on the day of it."""
    with minutes_later(0):
        return [
            make_session(workshop, "Opening"),
            make_session(
                workshop,
                "Panel",
                starts=BEFORE_SPRING + timedelta(days=1),
                ends=BEFORE_SPRING + timedelta(days=1, hours=1),
            ),
        ]


@pytest.fixture
def feed(client: Browser) -> Callable[..., dict[str, Any]]:
    """The entries of the event's feed by title, without what marks a cancelled or postponed one."""

    def read(lang: str = "en", path: str = "events/workshop/") -> dict[str, Any]:
        body = client.get(f"/{lang}/{path}calendar.ics").data
        return {str(entry["summary"]): entry for entry in Calendar.from_ical(body).walk("VEVENT")}

    return read


def revision(entry: Any) -> tuple[int, datetime]:
    return int(entry["sequence"]), entry["last-modified"].dt


def replan(session: Any, **changes: Any) -> None:
    programme_services.change_session(SYSTEM, session.id, replace(plan_of(session), **changes))
    make_public(get(Event, session.event_id))


def test_first_publications_at_once_begin_the_feed_of_all_together(
    app: Flask, make_event: Make, client: Browser
) -> None:
    events = [make_event(published=False).id for _ in range(4)]
    together, errors = threading.Barrier(len(events)), []

    def publish(event_id: Any) -> None:
        try:
            with app.app_context():
                db.session.scalar(select(1))
                together.wait(10)
                event_services.publish_event(SYSTEM, event_id)
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=publish, args=(event_id,)) for event_id in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(Calendar.from_ical(client.get("/en/calendar.ics").data).walk("VEVENT")) == 4


def test_the_whole_life_of_a_session_as_three_readers_see_it(
    workshop: Any, sessions: list[Any], client: Browser, tmp_path: Path
) -> None:
    address = "/en/events/workshop/calendar.ics"
    panel = sessions[1]

    def seen(body: bytes) -> list[tuple[str, str, str, int]]:
        entries = readers.by_icalendar(body)
        return [
            (e["summary"], e["start"], e["status"], e["sequence"])
            for e in entries
            if panel.id.hex in e["uid"].replace("-", "")
        ]

    published = client.get(address).data
    assert seen(published) == [("Panel", "2027-03-28T07:00:00Z", "CONFIRMED", 0)]
    with minutes_later(1):
        programme_services.move_session(SYSTEM, panel.id, BEFORE_SPRING + timedelta(hours=5))
        make_public(workshop)
    moved = client.get(address).data
    assert seen(moved) == [("Panel", "2027-03-27T13:00:00Z", "CONFIRMED", 1)]
    with minutes_later(2):
        programme_services.cancel_session(SYSTEM, panel.id)
    cancelled = client.get(address).data
    assert seen(cancelled) == [("[Cancelled] Panel", "2027-03-27T13:00:00Z", "CANCELLED", 2)]
    with minutes_later(3):
        programme_services.restore_session(SYSTEM, panel.id)
        make_public(workshop)
    restored = client.get(address).data
    assert seen(restored) == [("Panel", "2027-03-27T13:00:00Z", "CONFIRMED", 3)]

    for number, body in enumerate((published, moved, cancelled, restored)):
        assert readers.by_ical_js(body) == readers.by_icalendar(body)
        by_khal = readers.by_khal(body, tmp_path / str(number), "2027-03-20", 14)
        hours = {(e["uid"], e["start-long-full"]) for e in by_khal if e["uid"].startswith("session")}
        expected = {
            (e["uid"], e["start"][:16].replace("T", " "))
            for e in readers.by_icalendar(body)
            if e["uid"].startswith("session")
        }
        assert hours == expected


def test_uids_are_of_the_configured_domain_and_equal_in_every_feed_and_language(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    uid = f"session-{sessions[0].id}@127.0.0.1"
    assert feed()["Opening"]["uid"] == uid
    assert feed("zh")["场次：Opening"]["uid"] == uid
    assert feed(path="events/workshop/sessions/opening/")["Opening"]["uid"] == uid
    assert feed()["Workshop"]["uid"] == f"event-{workshop.id}@127.0.0.1"


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"starts": BEFORE_SPRING + timedelta(minutes=30)}, 1),
        ({"ends": BEFORE_SPRING + timedelta(hours=2)}, 1),
        ({"abstract": both("About *trust*")}, 0),
        ({"kind": "plenary"}, 0),
    ],
)
def test_the_sequence_rises_with_the_hour_and_not_with_the_words(
    changes: dict[str, Any], raised: int, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    with minutes_later(5) as moment:
        replan(sessions[0], **changes)
    assert revision(feed()["Opening"]) == (raised, moment)
    assert feed()["Opening"]["dtstamp"].dt == moment
    assert revision(feed()["Panel"]) == (0, MONDAY)


def test_the_sequence_rises_with_the_room_and_a_rename_only_revises(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    with minutes_later(1):
        room = programme_services.save_room(SYSTEM, workshop.id, both("Room XVII"))
        replan(sessions[0], room_id=room.id)
    assert (revision(feed()["Opening"])[0], feed()["Opening"]["location"]) == (1, "Room XVII, Conference Hotel")
    with minutes_later(2) as moment:
        programme_services.save_room(SYSTEM, workshop.id, both("Room XX", "二十号会议室"), room_id=room.id)
        make_public(workshop)
    assert (revision(feed()["Opening"]), feed()["Opening"]["location"]) == ((1, moment), "Room XX, Conference Hotel")
    assert feed("zh")["场次：Opening"]["location"] == "二十号会议室，会议酒店"


def test_a_speaker_who_goes_remote_raises_the_sequence_and_one_who_joins_does_not(
    sessions: list[Any], make_person: Make, feed: Callable[..., Any]
) -> None:
    names = Names(family="Wang", given="Fang", family_first=True, han_family="王", han_given="芳")
    person = make_person(names, slug="wang-fang")
    speaker = SpeakerPlan("panellist", person_id=person.id, affiliation=both("Amity Foundation", "爱德基金会"))
    with minutes_later(1) as moment:
        replan(sessions[0], speakers=[speaker])
    assert revision(feed()["Opening"]) == (0, moment)
    assert "Panellist: Wang Fang (Amity Foundation)\n" in feed()["Opening"]["description"]
    with minutes_later(2):
        participation.set_mode(SYSTEM, [sessions[0].speakers[0].id], "remote")
    assert revision(feed()["Opening"])[0] == 1
    assert "Panellist: Wang Fang (Amity Foundation), Remote\n" in feed()["Opening"]["description"]
    assert "王芳（爱德基金会）" in feed("zh")["场次：Opening"]["description"]
    with minutes_later(3) as moment:
        renamed = replace(names, given="Fangfang", han_given="芳芳")
        people_services.change_profile(SYSTEM, person.id, Profile(names=renamed))
    assert revision(feed()["Opening"]) == (1, moment)
    assert "Wang Fangfang" in feed(path="people/wang-fang/")["Opening"]["description"]


def test_only_what_is_seen_differently_is_rendered_again(workshop: Any, sessions: list[Any], client: Browser) -> None:
    def kept() -> dict[Any, bytes]:
        db.session.expire_all()
        return {(c.entry_id, c.language): c.body for c in db.session.scalars(select(CalendarComponent))}

    before = kept()
    with minutes_later(1):
        programme_services.translate_session(
            SYSTEM, sessions[0].id, Translated.of(en="Opening", zh="开幕式"), sessions[0].abstract
        )
    changed = [key for key, body in kept().items() if body != before[key]]
    assert [language for _, language in changed] == ["zh"]
    tag = client.get("/en/events/workshop/sessions/panel/calendar.ics").headers["ETag"]
    with minutes_later(2):
        programme_services.translate_session(
            SYSTEM, sessions[0].id, Translated.of(en="Opening!", zh="开幕式"), sessions[0].abstract
        )
        make_public(workshop)
    assert client.get("/en/events/workshop/sessions/panel/calendar.ics").headers["ETag"] == tag


def test_a_deleted_session_stays_as_cancelled_in_its_last_words(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    with minutes_later(1) as moment:
        programme_services.delete_session(SYSTEM, sessions[0].id)
        make_public(workshop)
    entry = feed()["[Cancelled] Opening"]
    assert (entry["status"], entry["transp"], revision(entry)) == ("CANCELLED", "TRANSPARENT", (1, moment))
    assert entry["dtstart"].dt == BEFORE_SPRING.replace(tzinfo=ZoneInfo("Europe/Zurich"))
    assert feed("zh")["[已取消] 场次：Opening"]["summary"].params["LANGUAGE"] == "zh-Hans"
    with minutes_later(2):
        programme_services.restore_session(SYSTEM, sessions[0].id)
        make_public(workshop)
    assert revision(feed()["Opening"])[0] == 2


def test_a_postponed_event_is_tentative_and_a_cancelled_one_stays_and_says_so(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any], client: Browser
) -> None:
    with minutes_later(1):
        event_services.postpone_event(SYSTEM, workshop.id)
    assert {title: entry["status"] for title, entry in feed().items()} == {
        "[Postponed] Workshop": "TENTATIVE",
        "[Postponed] Opening": "TENTATIVE",
        "[Postponed] Panel": "TENTATIVE",
    }
    with minutes_later(2):
        event_services.publish_event(SYSTEM, workshop.id)
    with minutes_later(3):
        event_services.cancel_event(SYSTEM, workshop.id, both("The hall was flooded."))
    assert {title: (entry["status"], revision(entry)[0]) for title, entry in feed("zh").items()} == {
        "[已取消] 研讨会：Workshop": ("CANCELLED", 4),
        "[已取消] 场次：Opening": ("CANCELLED", 3),
        "[已取消] 场次：Panel": ("CANCELLED", 3),
    }
    assert "[Cancelled] Workshop" in feed(path="")
    assert "The hall was flooded." in feed()["[Cancelled] Opening"]["description"]


def test_an_event_of_one_sitting_is_timed_and_one_of_several_sessions_a_frame_of_days(
    workshop: Any, make_session: Make, feed: Callable[..., Any]
) -> None:
    def shape() -> tuple[str, str, str]:
        entry = feed()["Workshop"]
        return str(entry["dtstart"].dt), str(entry["dtend"].dt), entry["transp"]

    timed = ("2027-03-27 09:00:00+01:00", "2027-03-28 17:00:00+02:00", "OPAQUE")
    assert shape() == timed
    make_session(workshop, "Opening")
    assert shape() == timed
    make_session(workshop, "Panel")
    assert shape() == ("2027-03-27", "2027-03-29", "TRANSPARENT")


def test_an_event_of_one_day_is_shown_with_its_hours_where_its_sessions_are_not(
    make_event: Make, make_session: Make, feed: Callable[..., Any], client: Browser
) -> None:
    def shapes(title: str) -> set[tuple[str, str, str, int]]:
        entries = [feed(path=path)[title] for path in ("series/talks/", "")]
        return {(str(one["dtstart"].dt), str(one["dtend"].dt), one["transp"], one["sequence"]) for one in entries}

    with minutes_later(0):
        organiser = make_event("Elsewhere").organisation_id
        series = event_services.add_series(SYSTEM, organiser, both("Talks", "讲座"), slug="talks")
        begins = {"zone": "Europe/Zurich", "starts": BEFORE_SPRING, "series_id": series.id}
        day = make_event("Day", slug="workshop", ends=BEFORE_SPRING + timedelta(hours=3), **begins)
        two_days = make_event("Two days", ends=BEFORE_SPRING + timedelta(days=1), **begins)
        for event in (day, two_days):
            make_session(event), make_session(event)
    assert (str(feed()["Day"]["dtstart"].dt), feed()["Day"]["transp"]) == ("2027-03-27", "TRANSPARENT")
    assert shapes("Day") == {("2027-03-27 09:00:00+01:00", "2027-03-27 12:00:00+01:00", "OPAQUE", 1)}
    assert shapes("Two days") == {("2027-03-27", "2027-03-29", "TRANSPARENT", 1)}
    assert client.get("/en/series/talks/calendar.ics").data.count(b"BEGIN:VTIMEZONE") == 1
    both_ways = client.get("/en/series/talks/calendar.jscal").data.decode()
    assert '"start":"2027-03-27T09:00:00"' in both_ways.replace(" ", "")
    with minutes_later(1):
        event_services.change_event(
            SYSTEM, day.id, header_of(day, starts=BEFORE_SPRING + timedelta(hours=1), ends=day.ends)
        )
    assert shapes("Day") == {("2027-03-27 10:00:00+01:00", "2027-03-27 12:00:00+01:00", "OPAQUE", 2)}
    with minutes_later(2):
        event_services.cancel_event(SYSTEM, day.id)
    assert {shape[2:] for shape in shapes("[Cancelled] Day")} == {("TRANSPARENT", 3)}


def test_an_event_without_an_end_lasts_an_hour_and_one_without_a_date_is_no_entry(
    make_event: Make, feed: Callable[..., Any]
) -> None:
    event = make_event(
        "Webinar", slug="workshop", kind="webinar", mode="online", starts=None, ends=None, zone="Asia/Shanghai"
    )
    assert feed() == {}
    header = header_of(event, starts=datetime(2027, 5, 3, 15), ends=None)
    event_services.change_event(SYSTEM, event.id, header)
    entry = feed()["Webinar"]
    assert str(entry["dtstart"].dt), str(entry["dtend"].dt) == (
        "2027-05-03 15:00:00+08:00",
        "2027-05-03 16:00:00+08:00",
    )
    assert entry["location"] == entry["conference"] == "http://127.0.0.1:8000/en/events/workshop/"
    event_services.change_event(SYSTEM, event.id, header_of(event, starts=None))
    entry = feed()["[Postponed] Webinar"]
    assert (entry["status"], str(entry["dtstart"].dt)) == ("TENTATIVE", "2027-05-03 15:00:00+08:00")


def header_of(event: Event, **changes: Any) -> event_services.Header:
    db.session.refresh(event)
    names = event_services.Header.__dataclass_fields__
    return event_services.Header(**{**{name: getattr(event, name) for name in names}, **changes})


def test_another_zone_moves_every_session(workshop: Any, sessions: list[Any], feed: Callable[..., Any]) -> None:
    with minutes_later(1):
        event_services.change_event(SYSTEM, workshop.id, header_of(workshop, zone="Asia/Shanghai"))
    assert str(feed()["Opening"]["dtstart"].dt) == "2027-03-27 09:00:00+08:00"
    assert revision(feed()["Opening"])[0] == 1


def test_a_break_takes_no_time_from_anybody(workshop: Any, make_session: Make, feed: Callable[..., Any]) -> None:
    make_session(workshop, "Lunch", kind="break")
    assert feed()["Lunch"]["transp"] == "TRANSPARENT"


def test_a_draft_never_shows_and_what_was_cancelled_unseen_never_appears(
    make_event: Make, make_session: Make, feed: Callable[..., Any], client: Browser
) -> None:
    event = make_event("Secret", slug="workshop", published=False)
    shown, dropped = make_session(event, "Shown"), make_session(event, "Dropped")
    programme_services.cancel_session(SYSTEM, dropped.id)
    assert db.session.scalars(select(CalendarEntry)).all() == []
    services.follow_event(SYSTEM, event.id, whole=True)
    assert b"Secret" not in client.get("/en/calendar.ics").data
    event_services.publish_event(SYSTEM, event.id)
    assert set(feed()) == {"Secret", "Shown"}
    programme_services.delete_session(SYSTEM, shown.id)
    make_public(event)
    assert set(feed()) == {"Secret", "[Cancelled] Shown"}


def test_a_higher_sequence_is_told_in_both_languages_whatever_changed_in_one(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    with minutes_later(5) as moment:
        hall = workshop.venue.edited({"en": "Town Hall"})
        event_services.change_event(SYSTEM, workshop.id, header_of(workshop, venue=hall))
    assert feed("zh")["场次：Opening"]["location"] == "会议酒店"
    for entry in (feed()["Opening"], feed("zh")["场次：Opening"]):
        assert revision(entry) == (1, moment)


def test_a_revision_is_never_earlier_than_the_one_before(sessions: list[Any], feed: Callable[..., Any]) -> None:
    with minutes_later(5) as late:
        replan(sessions[0], title=both("Welcome"))
    with minutes_later(3):
        replan(sessions[0], title=both("Reception"))
    assert revision(feed()["Reception"]) == (0, late)


def test_a_persons_feed_shows_public_events_alone_and_goes_with_the_last(
    workshop: Any, make_event: Make, make_person: Make, make_session: Make, feed: Callable[..., Any], client: Browser
) -> None:
    speaker = make_person(slug="wang-fang")
    quiet = make_event("Quiet meeting", visibility="unlisted")
    for event, title in ((workshop, "Keynote"), (quiet, "Closed talk")):
        make_session(event, title, speakers=[SpeakerPlan("presenter", person_id=speaker.id)])
    assert set(feed(path="people/wang-fang/")) == {"Keynote"}
    event_services.change_event(SYSTEM, workshop.id, header_of(workshop, visibility="unlisted"))
    assert client.get("/en/people/wang-fang/calendar.ics").status_code == 404


def test_an_event_made_private_leaves_the_public_feeds(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    assert set(feed(path="")) == {"Workshop"}
    event_services.change_event(SYSTEM, workshop.id, header_of(workshop, visibility="unlisted"))
    assert feed(path="") == {}
    assert set(feed()) == {"Workshop", "Opening", "Panel"}


def test_feeds_of_what_left_the_programme_move_and_close_with_their_event(
    workshop: Any, sessions: list[Any], make_session: Make, client: Browser
) -> None:
    track = programme_services.save_track(SYSTEM, workshop.id, both("Field"))
    talk = make_session(workshop, "Talk", track_id=track.id)
    programme_services.delete_session(SYSTEM, talk.id)
    programme_services.remove_track(SYSTEM, track.id)
    make_public(get(Event, workshop.id))
    beneath = [f"/sessions/{talk.slug}/", f"/tracks/{track.slug}/"]

    def statuses(slug: str) -> list[int]:
        return [client.get(f"/en/events/{slug}{path}calendar.ics").status_code for path in beneath]

    assert statuses("workshop") == [200, 200]
    event_services.rename_event_slug(SYSTEM, workshop.id, "renamed")
    assert (statuses("renamed"), statuses("workshop")) == ([200, 200], [200, 200])
    header = {column.name: getattr(workshop, column.name) for column in fields(event_services.Header)}
    hidden = event_services.Header(**{**header, "visibility": "invitation"})
    event_services.change_event(SYSTEM, workshop.id, hidden)
    assert (statuses("renamed"), statuses("workshop")) == ([404, 404], [404, 404])


def test_a_renamed_organisation_is_named_anew_in_the_calendars_of_all_it_runs(
    make_event: Make, make_organisation: Make, client: Browser
) -> None:
    network = make_organisation("Network")
    own = make_event(organisation=network)
    shared = make_event(partners=event_services.Partners(co_organisers=[network.id]))
    for event in (own, shared):
        assert b"Renamed" not in client.get(f"/en/events/{event.slug}/calendar.ics").data
    details = organisations.Details(both("Renamed"), network.stakeholder_type)
    organisations.change_organisation(SYSTEM, network.id, details)
    for event in (own, shared):
        assert b"Renamed" in client.get(f"/en/events/{event.slug}/calendar.ics").data


def test_the_night_takes_out_what_was_cancelled_thirty_days_after_its_end(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any], client: Browser
) -> None:
    with minutes_later(1):
        programme_services.delete_session(SYSTEM, sessions[0].id)
        make_public(workshop)
    ended = datetime(2027, 3, 27, 9, tzinfo=UTC)
    with clock.standing_at(ended + timedelta(days=29)):
        jobs.tidy_calendars()
    assert "[Cancelled] Opening" in feed()
    tag = client.get("/en/events/workshop/calendar.ics").headers["ETag"]
    with clock.standing_at(ended + timedelta(days=31)):
        jobs.tidy_calendars()
        assert set(feed()) == {"Workshop", "Panel"}
        assert client.get("/en/events/workshop/calendar.ics").headers["ETag"] != tag
        # Back again it goes on where it was, since a sequence never falls.
        programme_services.restore_session(SYSTEM, sessions[0].id)
        make_public(workshop)
    assert revision(feed()["Opening"])[0] == 2


def test_the_feed_of_all_reaches_ninety_days_back_and_the_event_keeps_its_own(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any]
) -> None:
    with clock.standing_at(datetime(2027, 6, 20, tzinfo=UTC)):
        jobs.tidy_calendars()
    assert "Workshop" in feed(path="")
    with clock.standing_at(datetime(2027, 7, 1, tzinfo=UTC)):
        jobs.tidy_calendars()
        assert feed(path="") == {}
        assert "Workshop" in feed()
        replan(sessions[0], title=both("Changed long after"))
        assert feed(path="") == {}


def test_a_new_format_is_written_in_the_night(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with minutes_later(1):
        programme_services.delete_session(SYSTEM, sessions[0].id)
        make_public(workshop)
    monkeypatch.setattr(services, "FORMAT", services.FORMAT + 1)
    assert services.list_outdated() == [workshop.id]
    with minutes_later(2) as moment:
        jobs.tidy_calendars()
    assert services.list_outdated() == []
    assert revision(feed()["Panel"]) == (0, moment)


@on_postgres
def test_the_night_undoes_nothing_that_is_released_meanwhile(
    workshop: Any, sessions: list[Any], feed: Callable[..., Any], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, look, threads = BEFORE_SPRING + timedelta(hours=5), services._known_entries, list[threading.Thread]()

    def move() -> None:
        with app.app_context():
            replan(get(ProgrammeSession, sessions[0].id), starts=later, ends=later + timedelta(hours=1))

    def meanwhile(*args: Any) -> Any:
        known = look(*args)
        if not threads:
            threads.append(threading.Thread(target=move))
            threads[0].start()
            threads[0].join(2)
        return known

    monkeypatch.setattr(services, "FORMAT", services.FORMAT + 1)
    monkeypatch.setattr(services, "_known_entries", meanwhile)
    with minutes_later(2):
        jobs.tidy_calendars()
        threads[0].join(30)
    entry = feed()["Opening"]
    assert (entry["dtstart"].dt.replace(tzinfo=None), entry["sequence"]) == (later, 1)


def test_what_an_older_entry_did_not_keep_does_not_raise_its_sequence(
    make_event: Make, make_session: Make, feed: Callable[..., Any]
) -> None:
    with minutes_later(0):
        event = make_event("Day", slug="workshop", starts=BEFORE_SPRING, ends=BEFORE_SPRING + timedelta(hours=3))
        make_session(event), make_session(event)

    @use_case
    def as_it_was(actor: Actor) -> None:
        for entry in db.session.scalars(select(CalendarEntry).where(CalendarEntry.session_id.is_(None))):
            entry.schedule = {name: one for name, one in entry.schedule.items() if name != "hours"}
            for component in entry.components:
                component.format, component.made_from, component.extras = 3, "older", {}

    as_it_was(SYSTEM)
    sequence, _ = revision(feed()["Day"])
    assert str(feed(path="")["Day"]["dtstart"].dt) == "2027-03-27"
    with minutes_later(2):
        jobs.tidy_calendars()
    assert revision(feed()["Day"])[0] == sequence
    assert str(feed(path="")["Day"]["dtstart"].dt).startswith("2027-03-27 09:00")


def test_a_renamed_address_takes_the_feed_along(workshop: Any, sessions: list[Any], feed: Callable[..., Any]) -> None:
    def rename(actor: Actor) -> None:
        for session, slug in zip(sessions, ("first", "opening"), strict=True):
            get(ProgrammeSession, session.id).slug = slug
            db.session.flush()

    use_case(rename)(SYSTEM)
    with minutes_later(1):
        for session, title in zip(sessions, ("Opening!", "Panel!"), strict=True):
            programme_services.translate_session(SYSTEM, session.id, both(title), session.abstract)
        make_public(workshop)
    assert set(feed(path="events/workshop/sessions/opening/")) == {"Panel!"}
    assert set(feed(path="events/workshop/sessions/first/")) == {"Opening!"}


def test_two_addresses_that_change_places_take_their_feeds_along(workshop, sessions, feed) -> None:
    def change_places(actor: Actor) -> None:
        opening, panel = (get(ProgrammeSession, session.id) for session in sessions)
        for session, slug in ((opening, "between"), (panel, "opening"), (opening, "panel")):
            session.slug = slug
            db.session.flush()

    use_case(change_places)(SYSTEM)
    with minutes_later(1):
        make_public(workshop)
    assert set(feed(path="events/workshop/sessions/opening/")) == {"Panel"}
    assert set(feed(path="events/workshop/sessions/panel/")) == {"Opening"}


def test_the_feeds_of_many_new_sessions_ask_no_more_than_those_of_a_few(workshop, make_session) -> None:
    def count(number: int) -> int:
        for _ in range(number):
            make_session(workshop, starts=BEFORE_SPRING, ends=BEFORE_SPRING + timedelta(hours=1), speakers=[])
        with count_queries() as asked:
            make_public(workshop)
        return len(asked)

    count(1)
    assert count(2) == count(20)


def test_an_entry_of_whole_days_tells_the_hours_of_each(workshop: Any, make_session: Make, client: Browser) -> None:
    def own(lang: str) -> Any:
        entries = Calendar.from_ical(client.get(f"/{lang}/calendar.ics").data).walk("VEVENT")
        return next(entry for entry in entries if entry["uid"].startswith("event"))

    with minutes_later(1):
        make_session(workshop, "First", starts=BEFORE_SPRING, ends=BEFORE_SPRING + timedelta(hours=1))
    assert "09:00" not in own("en")["description"]  # while it has its own
    with minutes_later(2):
        late = BEFORE_SPRING + timedelta(hours=7, minutes=30)
        make_session(workshop, "Last", starts=late, ends=late + timedelta(minutes=45))
        next_day = BEFORE_SPRING + timedelta(days=1)
        make_session(workshop, "Sunday", starts=next_day, ends=next_day + timedelta(hours=2))
    for lang, hours in {
        "en": ["Saturday 27 March 2027, 09:00–17:15 Geneva time", "Sunday 28 March 2027, 09:00–11:00 Geneva time"],
        "zh": ["2027年3月27日 星期六 09:00–17:15（日内瓦时间）", "2027年3月28日 星期日 09:00–11:00（日内瓦时间）"],
    }.items():
        entry = own(lang)
        assert entry["description"].startswith("\n".join(hours) + "\n\n")
        assert "09:00" not in entry["summary"]
