"""One feed in its forms and profiles: each says the same, to the readers it is for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from icalendar import Calendar

from eventhub.calendars import profiles, services
from eventhub.calendars.ical import Component, Entry, State, assemble
from eventhub.calendars.jcal import jcal
from eventhub.calendars.jscal import group
from eventhub.calendars.profiles import Profile
from eventhub.events import services as event_services
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import Text
from eventhub.programme import services as programme_services
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SpeakerPlan
from tests.calendars import readers
from tests.calendars.test_ical import ENTRIES, HEAD, PANEL, Period, calendar, component
from tests.conftest import Browser, both, make_public, on_sqlite

Make = Callable[..., Any]


def written(components: list[Component], profile: Profile) -> bytes:
    return assemble(
        HEAD,
        profiles.entries(components, profile, "en"),
        lambda opening, zones: profiles.head(opening, profile, zones),
    )


def days_around_a_change(zone: str, first: datetime, count: int, minutes: int) -> list[Entry]:
    """So many entries of an hour, one after the other; every tenth called off, every seventh with another title."""
    entries = []
    for number in range(count):
        start = first + timedelta(minutes=minutes * number)
        entries.append(
            replace(
                PANEL,
                uid=f"session-{zone.replace('/', '-')}-{number}@x",
                sequence=number % 3,
                period=Period(start, start + timedelta(minutes=50), zone),
                state=State.CANCELLED if number % 10 == 9 else State.CONFIRMED,
                summary=Text.of(f"第{number}场; a, b" if number % 7 == 0 else f"Session {number}", "en"),
            )
        )
    return entries


def as_expected(entries: list[Entry]) -> list[readers.Seen]:
    marks = {State.CONFIRMED: "", State.CANCELLED: "[Cancelled] "}
    found = [
        readers.Seen(
            uid=entry.uid,
            summary=marks[entry.state] + entry.summary,
            start=f"{entry.period.start:%Y-%m-%dT%H:%M:%SZ}",
            end=f"{entry.period.end:%Y-%m-%dT%H:%M:%SZ}",
            status=entry.state.value.upper(),
            sequence=entry.sequence,
        )
        for entry in entries
    ]
    return sorted(found, key=lambda seen: (seen["start"], seen["uid"]))


ZURICH = days_around_a_change("Europe/Zurich", datetime(2026, 10, 24, tzinfo=UTC), 1000, 3)
CASABLANCA = days_around_a_change("Africa/Casablanca", datetime(2026, 2, 14, tzinfo=UTC), 12, 120)
KATHMANDU = days_around_a_change("Asia/Kathmandu", datetime(2026, 4, 13, 17, 45, tzinfo=UTC), 12, 35)
SOME = [*ZURICH[::40], *CASABLANCA, *KATHMANDU]


@pytest.mark.parametrize("read", [readers.by_icalendar, readers.by_ical_js, readers.by_vobject])
def test_a_thousand_sessions_over_a_change_of_clocks_are_read_alike(read: Any) -> None:
    assert read(calendar(*ZURICH)) == as_expected(ZURICH)


def test_the_other_forms_of_a_thousand_sessions_are_read_alike() -> None:
    components = [component(entry) for entry in ZURICH]
    assert readers.by_ical_js(jcal(calendar(*ZURICH))) == as_expected(ZURICH)
    assert readers.by_jscalendar(group(HEAD, {"en": components, "zh": components})) == as_expected(ZURICH)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("read", [readers.by_icalendar, readers.by_ical_js, readers.by_vobject])
def test_every_profile_is_read_alike_where_clocks_are_odd(read: Any, profile: Profile) -> None:
    is_whole = profile is not Profile.RELIEFWEB
    expected = as_expected([entry for entry in SOME if is_whole or entry.state is not State.CANCELLED])
    assert read(written([component(entry) for entry in SOME], profile)) == expected


@pytest.mark.parametrize("profile", [Profile.PHONE, Profile.RICH])
def test_khal_reads_the_profiles(profile: Profile, tmp_path: Path) -> None:
    entries = [entry for entry in ZURICH[::40] if entry.state is State.CONFIRMED]
    seen = {
        entry["uid"]: (entry["title"], entry["start-long-full"])
        for entry in readers.by_khal(written(list(map(component, entries)), profile), tmp_path, "2026-10-24", 4)
    }
    assert seen == {entry.uid: (entry.summary, f"{entry.period.start:%Y-%m-%d %H:%M}") for entry in entries}


@settings(deadline=None, max_examples=20)
@given(ENTRIES)
def test_any_entry_is_the_same_in_every_form(entry: Entry) -> None:
    one = component(entry)
    [plainly] = readers.by_icalendar(calendar(entry))
    [again] = readers.by_icalendar(Calendar.from_jcal(json.loads(jcal(calendar(entry)))))
    assert again == plainly
    [told] = readers.by_jscalendar(group(HEAD, {"en": [one], "zh": [one]}))
    assert told == plainly
    for profile in Profile:
        body = written([one], profile)
        assert body == written([one], profile)
        assert all(len(line) <= 75 and line.decode() is not None for line in body.split(b"\r\n"))
        for [seen] in filter(None, [readers.by_icalendar(body)]):
            title = re.sub("%(?=%)", "% ", plainly["summary"]) if profile is Profile.RELIEFWEB else plainly["summary"]
            assert seen == {**plainly, "summary": title}


def test_the_phones_profile_holds_nothing_that_rfc_5545_does_not() -> None:
    entry = replace(PANEL, conference="https://example.org/", colour="teal")
    body = written([component(entry)], Profile.PHONE)
    names = {re.split("[:;]", line)[0] for line in body.replace(b"\r\n ", b"").decode().split("\r\n") if line}
    assert {"SUMMARY", "DTSTART", "X-WR-CALNAME", "URL"} <= names
    assert not names & {"NAME", "REFRESH-INTERVAL", "SOURCE", "CONFERENCE", "COLOR", "IMAGE", "X-PUBLISHED-TTL"}
    assert b"LANGUAGE=" not in body


def test_reliefweb_gets_a_zone_and_titles_without_parameters_and_nothing_that_is_cancelled() -> None:
    kept = replace(PANEL, uid="a@x", summary=Text.of("100%%% sure", "en"))
    gone = replace(PANEL, uid="b@x", state=State.CANCELLED)
    opening = replace(HEAD, zone=None)
    made = profiles.entries([component(kept), component(gone)], Profile.RELIEFWEB, "en")
    body = assemble(opening, made, lambda head, zones: profiles.head(head, Profile.RELIEFWEB, zones))
    assert body.count(b"BEGIN:VEVENT") == 1
    assert b"\r\nX-WR-TIMEZONE:Europe/Zurich\r\n" in body
    assert b"\r\nSUMMARY:100% % % sure\r\n" in body
    assert b"%%" not in body
    assert b"LANGUAGE" not in body
    assert KEPT_URL in body.replace(b"\r\n ", b"")
    empty = assemble(opening, [], lambda head, zones: profiles.head(head, Profile.RELIEFWEB, zones))
    assert b"\r\nX-WR-TIMEZONE:UTC\r\n" in empty


KEPT_URL = b"https://events.example.org/"


@pytest.fixture
def congress(november_2026: None, make_event: Make, make_session: Make, make_person: Make) -> Event:
    """A congress in Zurich on both sides of a change of clocks, with a track, a room and somebody who speaks."""
    hours = {"starts": datetime(2027, 10, 30, 9), "ends": datetime(2027, 11, 1, 18)}
    event: Event = make_event("Congress", slug="congress", zone="Europe/Zurich", mode="hybrid", **hours)
    track = programme_services.save_track(SYSTEM, event.id, both("Trust", "信任"), "plum", slug="trust")
    room = programme_services.save_room(SYSTEM, event.id, both("Hall", "大厅"))
    speaker = make_person(slug="wang-fang")
    for title, starts in (("Opening", datetime(2027, 10, 30, 10)), ("Closing", datetime(2027, 11, 1, 10))):
        plan = {"track_id": track.id, "room_id": room.id, "speakers": [SpeakerPlan("moderator", person_id=speaker.id)]}
        abstract = both("**Why** it matters", "**为什么**重要")
        make_session(event, title, starts=starts, ends=starts + timedelta(hours=1), abstract=abstract, **plan)
    return event


def session_of(event: Event, slug: str) -> ProgrammeSession:
    return next(one for one in programme_sessions(event) if one.slug == slug)


def programme_sessions(event: Event) -> list[ProgrammeSession]:
    from sqlalchemy import select

    from eventhub.foundation.db import db

    return list(db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.event_id == event.id)))


@on_sqlite
def test_all_readers_agree_on_a_feed_after_a_move_and_a_cancellation(
    congress: Event, client: Browser, tmp_path: Path
) -> None:
    address = "/en/events/congress/calendar"
    programme_services.move_session(SYSTEM, session_of(congress, "opening").id, datetime(2027, 10, 31, 10))
    programme_services.cancel_session(SYSTEM, session_of(congress, "closing").id)
    make_public(congress)
    body = client.get(f"{address}.ics").data
    seen = readers.by_icalendar(body)
    assert [(one["summary"], one["start"], one["status"], one["sequence"]) for one in seen[1:]] == [
        ("Opening", "2027-10-31T09:00:00Z", "CONFIRMED", 1),
        ("[Cancelled] Closing", "2027-11-01T09:00:00Z", "CANCELLED", 1),
    ]
    assert readers.by_ical_js(body) == seen
    assert readers.by_vobject(body) == seen
    assert readers.by_ical_js(client.get(f"{address}.jcal").data) == seen
    assert readers.by_jscalendar(client.get(f"{address}.jscal").data) == seen
    shown = {one["title"]: one["start-long-full"] for one in readers.by_khal(body, tmp_path, "2027-10-30", 4)}
    assert (shown["Opening"], shown["[Cancelled] Closing"]) == ("2027-10-31 09:00", "2027-11-01 09:00")


@on_sqlite
def test_each_form_and_profile_is_served_with_a_tag_of_its_own(congress: Event, client: Browser) -> None:
    tags = set()
    for form, kind in (
        ("ics", "text/calendar; charset=utf-8"),
        ("jcal", "application/calendar+json"),
        ("jscal", "application/jscalendar+json;type=group"),
        ("ics?profile=phone", "text/calendar; charset=utf-8"),
        ("ics?profile=reliefweb", "text/calendar; charset=utf-8"),
        ("ics?profile=rich", "text/calendar; charset=utf-8"),
    ):
        address = f"/zh/events/congress/calendar.{form}"
        first, second = client.get(address), client.get(address)  # from the application, then from the front
        assert (first.status_code, first.headers["Content-Type"], first.data) == (200, kind, second.data)
        assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert first.headers["Vary"] == "Accept-Encoding, User-Agent"
        assert f'filename="congress.{form.partition("?")[0]}"' in first.headers["Content-Disposition"]
        tags.add(first.headers["ETag"])
    assert len(tags) == 6
    plainly = client.get("/zh/events/congress/calendar.ics")
    assert client.get("/zh/events/congress/calendar.ics?profile=none&x=1").headers["ETag"] == plainly.headers["ETag"]


@on_sqlite
@pytest.mark.parametrize(
    "path", ["", "events/congress/", "events/congress/sessions/opening/", "events/congress/tracks/trust/",
             "people/wang-fang/", "series/webinars/"],
)  # fmt: skip
def test_every_public_feed_has_its_other_forms(path: str, congress: Event, client: Browser) -> None:
    event_services.add_series(SYSTEM, congress.organisation_id, both("Webinars"), slug="webinars")
    plainly = readers.by_icalendar(client.get(f"/en/{path}calendar.ics").data)
    assert readers.by_ical_js(client.get(f"/en/{path}calendar.jcal").data) == plainly
    assert readers.by_jscalendar(client.get(f"/en/{path}calendar.jscal").data) == plainly


@on_sqlite
def test_jcal_gives_each_value_its_type(congress: Event, client: Browser) -> None:
    name, properties, parts = json.loads(client.get("/en/events/congress/tracks/trust/calendar.jcal").data)
    kinds = {one[0]: one[2] for one in properties}
    assert (name, kinds["name"], kinds["color"], kinds["x-wr-calname"]) == ("vcalendar", "text", "text", "unknown")
    assert ["refresh-interval", {}, "duration", "PT1H"] in properties
    assert ["color", {}, "text", "purple"] in properties
    zone, event = parts[0], parts[1]
    assert ["tzoffsetto", {}, "utc-offset", "+02:00"] in zone[2][0][1]
    assert ["rrule", {}, "recur", {"freq": "YEARLY", "bymonth": 3, "byday": "-1SU"}] in zone[2][0][1]
    assert ["dtstart", {"tzid": "Europe/Zurich"}, "date-time", "2027-10-30T10:00:00"] in event[1]
    assert ["sequence", {}, "integer", 0] in event[1]
    assert ["categories", {"language": "en"}, "text", "Trust", "Panel", "Congress"] in event[1]
    conference = next(one for one in event[1] if one[0] == "conference")
    assert conference[1:3] == [{"feature": ["AUDIO", "VIDEO"], "label": "Take part online"}, "uri"]


@on_sqlite
def test_jscalendar_speaks_both_languages_at_once(congress: Event, client: Browser) -> None:
    told = json.loads(client.get("/en/events/congress/calendar.jscal").data)
    assert (told["@type"], told["title"], told["locale"]) == ("Group", "Congress", "en")
    session = next(one for one in told["entries"] if one["title"] == "Opening")
    assert (session["start"], session["timeZone"], session["duration"]) == (
        "2027-10-30T10:00:00",
        "Europe/Zurich",
        "PT1H",
    )
    chinese = session["localizations"]["zh-Hans"]
    assert (chinese["title"], chinese["keywords"]["信任"]) == ("场次：Opening", True)
    assert chinese["locations/1/name"].startswith("大厅")
    [person] = session["participants"].values()
    assert (person["roles"], "email" in person) == ({"attendee": True, "chair": True}, False)
    assert person["name"] != next(value for key, value in chinese.items() if key.endswith("/name") and "part" in key)
    frame = next(one for one in told["entries"] if one["title"] == "Congress")
    assert (frame["showWithoutTime"], frame["duration"], "timeZone" in frame) == (True, "P3D", False)
    assert datetime.fromisoformat(told["updated"]).tzinfo is not None


@on_sqlite
def test_the_rich_profile_tells_who_speaks_and_where(congress: Event, client: Browser) -> None:
    body = client.get("/en/events/congress/calendar.ics?profile=rich").data
    found = next(one for one in Calendar.from_ical(body).walk("VEVENT") if one["summary"] == "Opening")
    assert "<strong>Why</strong> it matters" in str(found["styled-description"])
    [person] = [one for one in found.subcomponents if one.name == "PARTICIPANT"]
    assert (person["participant-type"], str(person["url"])) == (
        "SPEAKER",
        "http://127.0.0.1:8000/en/people/wang-fang/",
    )
    places = {str(one["location-type"]): str(one["name"]) for one in found.subcomponents if one.name == "VLOCATION"}
    assert places == {"room": "Hall", "building": "Conference Hotel"}
    assert b"mailto:" not in body.lower()
    assert b"@example.org" not in body


@on_sqlite
def test_a_session_that_is_gone_is_called_off_for_thirty_days_and_then_answers_410(
    congress: Event, client: Browser
) -> None:
    address = "/en/events/congress/sessions/closing/calendar"
    programme_services.delete_session(SYSTEM, session_of(congress, "closing").id)
    make_public(congress)
    answer = client.get(f"{address}.ics")
    assert (answer.status_code, answer.data.count(b"STATUS:CANCELLED")) == (200, 1)
    with clock.standing_at(datetime(2027, 12, 2, tzinfo=ZoneInfo("Europe/Zurich"))):
        services.tidy(SYSTEM)
        assert [client.get(f"{address}.{form}").status_code for form in ("ics", "jcal", "jscal")] == [410] * 3
        # A track without sessions is still there.
        assert client.get("/en/events/congress/calendar.ics").status_code == 200


@on_sqlite
def test_pages_tell_machines_of_the_feeds_in_every_form(congress: Event, client: Browser) -> None:
    for page in ("events/congress/", "events/congress/programme/", "events/congress/sessions/opening/",
                 "people/wang-fang/"):  # fmt: skip
        html = client.get(f"/zh/{page}").get_data(as_text=True)
        links = re.findall(r'<link rel="alternate" type="([^"]+)" href="http://127.0.0.1:8000([^"]+)">', html)
        found = {kind: address for kind, address in links if "calendar" in kind}
        assert len(found) == 3
        for kind, address in found.items():
            assert client.get(address).headers["Content-Type"].startswith(kind)
