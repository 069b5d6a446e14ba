"""The released programme as conference apps read it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from eventhub.events import services as events
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import Translated
from eventhub.foundation.slugs import OldSlug
from eventhub.people.names import Names
from eventhub.programme import queries, services
from eventhub.programme.plans import SpeakerPlan, plan_of
from tests.conftest import both, make_public, on_sqlite, organisation_of
from tests.queries import count_queries

pytestmark = on_sqlite

XML, JSON = "/en/events/meeting/schedule.xml", "/en/events/meeting/schedule.json"


@pytest.fixture
def meeting(make_event: Any, make_session: Any, make_person: Any) -> Any:
    """Two days in Geneva, over the night on which the clocks are put forward."""
    event = make_event(
        "Meeting", slug="meeting", zone="Europe/Zurich", starts=datetime(2027, 3, 27, 9), ends=datetime(2027, 3, 28, 18)
    )
    hall = services.save_room(SYSTEM, event.id, both("Hall", "大厅"))
    track = services.save_track(SYSTEM, event.id, both("Relief", "救援"), "plum")
    zhang = make_person(Names(family="Zhang", given="Wei", han_family="张", han_given="伟"))
    make_session(
        event, "Opening", kind="keynote", room_id=hall.id, track_id=track.id, language="en", abstract=both("**Why**"),
        speakers=[
            SpeakerPlan("keynote", person_id=zhang.id),
            SpeakerPlan("panellist", name=both("Nobody yet"), mode="remote"),
        ],
    )  # fmt: skip
    make_session(event, "Night", starts=datetime(2027, 3, 28, 1, 30), ends=datetime(2027, 3, 28, 3, 30))
    return event


def xml_of(browser: Any, address: str = XML) -> ET.Element:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    return ET.fromstring(answer.get_data())


def apps_read(data: bytes) -> list[dict[str, Any]]:
    """The events as apps take them: by the last element of a name, by numbers, and by moments with their offset."""
    head = data[:1024].lower()
    assert b"<schedule" in head
    assert b"<conference" in head
    root = ET.fromstring(data)
    conference = {child.tag: child.text for child in root.find("conference")}
    assert all(conference[name] for name in ("acronym", "title", "start", "end", "days", "base_url", "time_zone_name"))
    hours, minutes = map(int, conference["day_change"].split(":"))
    found = []
    for day in root.findall("day"):
        begins, ends = (datetime.fromisoformat(day.attrib[name]) for name in ("start", "end"))
        assert begins.tzinfo
        for room in day.findall("room"):
            for event in room.findall("event"):
                told = {child.tag: child.text or "" for child in event}
                assert len(told) == len(list(event)), "an element comes twice"
                at = datetime.fromisoformat(told["date"])
                assert begins <= at <= ends
                # An app that knows no offsets takes the day and the hour on it.
                plain = datetime.combine(date.fromisoformat(day.attrib["date"]), at.time())
                if (at.hour, at.minute) < (hours, minutes):
                    plain += timedelta(days=1)
                assert plain == at.replace(tzinfo=None)
                assert told["start"] == f"{at:%H:%M}"
                assert re.fullmatch(r"\d\d:\d\d", told["duration"])
                assert told["room"] == room.attrib["name"]
                UUID(event.attrib["guid"])
                assert 0 < int(event.attrib["id"]) < 2**31
                persons = event.findall("persons/person")
                assert all(0 < int(person.attrib["id"]) < 2**31 and person.text for person in persons)
                found.append({**told, "id": event.attrib["id"], "persons": [person.text for person in persons]})
    assert len({event["id"] for event in found}) == len({event["slug"] for event in found}) == len(found)
    return found


def test_apps_read_the_programme(client, meeting):
    first, second = apps_read(client.get(XML).get_data())
    assert (first["title"], first["room"], first["track"], first["type"]) == ("Opening", "Hall", "Relief", "keynote")
    assert (first["language"], first["abstract"], first["persons"]) == ("en", "**Why**", ["Wei Zhang", "Nobody yet"])
    assert first["url"] == "http://127.0.0.1:8000/en/events/meeting/sessions/opening/"
    assert first["date"] == "2027-03-27T09:00:00+01:00"
    # From half past one to half past three is an hour on this night.
    assert (second["date"], second["duration"]) == ("2027-03-28T01:30:00+01:00", "01:00")
    assert second["room"] == "Conference Hotel"
    assert [event["title"] for event in apps_read(client.get(XML.replace("/en/", "/zh/")).get_data())] == [
        "场次：Opening", "场次：Night",
    ]  # fmt: skip


def test_roles_and_modes_stand_beside_names(client, meeting):
    people = xml_of(client).findall("day/room/event/persons/person")
    assert [(one.attrib["role"], one.attrib["mode"]) for one in people] == [
        ("keynote", "in_person"), ("panellist", "remote"),
    ]  # fmt: skip
    assert all(UUID(one.attrib["guid"]) for one in people)


def test_the_json_says_the_same(client, meeting):
    answer = client.get(JSON)
    assert answer.mimetype == "application/json"
    told = json.loads(answer.get_data())
    assert told.keys() == {"$schema", "generator", "schedule"}
    conference = told["schedule"]["conference"]
    assert conference["acronym"] == "meeting"
    assert (conference["start"], conference["end"], conference["daysCount"]) == ("2027-03-27", "2027-03-28", 2)
    assert conference["time_zone_name"] == "Europe/Zurich"
    assert [room["name"] for room in conference["rooms"]] == ["Hall"]
    assert [track["name"] for track in conference["tracks"]] == ["Relief"]
    events = [event for day in conference["days"] for room in day["rooms"].values() for event in room]
    in_xml = apps_read(client.get(XML).get_data())
    for ours, theirs in zip(events, in_xml, strict=True):
        for name in (
            "date",
            "start",
            "duration",
            "room",
            "slug",
            "url",
            "title",
            "subtitle",
            "track",
            "type",
            "language",
        ):
            assert ours[name] == theirs[name]
        assert [person["public_name"] for person in ours["persons"]] == theirs["persons"]
        assert str(ours["id"]) == theirs["id"]
    # What the published schema does not know lies where it lets anything be.
    known = {
        "id", "guid", "logo", "date", "start", "duration", "room", "slug", "url", "title", "subtitle", "track", "type",
        "language", "abstract", "description", "recording_license", "do_not_record", "persons", "links", "attachments",
    }  # fmt: skip
    assert events[0].keys() <= known
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"])


def test_numbers_are_the_same_in_every_language_and_after_every_change(client, meeting, make_session):
    before = {event["url"][-12:]: event["id"] for event in apps_read(client.get(XML).get_data())}
    make_session(meeting, "Another")
    after = {event["url"][-12:]: event["id"] for event in apps_read(client.get(XML.replace("/en/", "/zh/")).get_data())}
    assert before.items() <= after.items()


def test_a_draft_is_never_in_it(client, meeting, organiser, sign_in):
    made = client.get(XML).get_data()
    services.add_session(SYSTEM, meeting.id, replace(plan_of_first(meeting), title=both("Secret")))
    for browser in (client, sign_in(organiser)):
        assert b"Secret" not in browser.get(XML).get_data()
    assert client.get(XML).get_data() == made
    make_public(meeting)
    assert b"Secret" in client.get(XML).get_data()


def plan_of_first(event: Any) -> Any:
    return plan_of(queries.list_sessions(event)[0])


@pytest.fixture
def organiser(meeting: Any, make_member: Any) -> Any:
    return make_member("organiser", meeting.organisation)


def test_nobody_speaks_under_the_chatham_house_rule(client, meeting):
    session = queries.list_sessions(meeting)[0]
    services.change_session(SYSTEM, session.id, replace(plan_of(session), is_chatham_house=True))
    for address in (XML, JSON):
        said = client.get(address).get_data(as_text=True)
        assert "Opening" in said
        assert "Zhang" not in said
        assert "张" not in said
        assert "Nobody yet" not in said
    assert xml_of(client).find("day/room/event/recording/optout").text == "true"


def test_what_is_cancelled_says_so(client, meeting):
    session = queries.list_sessions(meeting)[0]
    services.cancel_session(SYSTEM, session.id)
    assert apps_read(client.get(XML).get_data())[0]["title"] == "[Cancelled] Opening"
    assert apps_read(client.get(XML.replace("/en/", "/zh/")).get_data())[0]["title"] == "[已取消] 场次：Opening"


def test_only_those_who_may_see_the_event_get_it(client, meeting, organiser, sign_in, make_member):
    header = {name: getattr(meeting, name) for name in events.Header.__dataclass_fields__}
    events.change_event(SYSTEM, meeting.id, events.Header(**{**header, "visibility": "unlisted"}))
    assert client.get(XML).status_code == 200
    events.change_event(SYSTEM, meeting.id, events.Header(**{**header, "visibility": "invitation"}))
    for address in (XML, JSON):
        assert client.get(address).status_code == 404
        assert sign_in(make_member()).get(address).status_code == 404
        answer = sign_in(organiser).get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert client.get("/en/events/nothing/schedule.xml").status_code == 404


def test_an_event_that_is_a_draft_has_none(client, make_event, make_session, make_member, sign_in):
    organiser = make_member("organiser")
    event = make_event(slug="plan", organisation=organisation_of(organiser), published=False)
    make_session(event)
    for browser in (client, sign_in(organiser)):
        assert browser.get("/en/events/plan/schedule.xml").status_code == 404


@pytest.mark.parametrize("address", [XML, JSON])
def test_what_a_reader_has_already_is_not_sent_again(client, meeting, address, make_session):
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    tag = answer.headers["ETag"]
    head = client.head(address)
    assert (head.status_code, head.get_data(), head.headers["ETag"]) == (200, b"", tag)
    assert head.headers["Content-Length"] == str(len(answer.get_data()))
    known = client.get(address, headers={"If-None-Match": tag})
    assert (known.status_code, known.get_data(), known.headers["ETag"]) == (304, b"", tag)
    zipped = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]})
    assert again.status_code == 304
    make_session(meeting, "Another")
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_reader_who_asks_by_date_misses_no_second_change_of_a_second(client, meeting):
    answer = client.get(XML)
    assert "Last-Modified" not in answer.headers
    with clock.standing_at(clock.now() + timedelta(seconds=5)):
        dated = client.get(XML)
        since = dated.headers["Last-Modified"]
        assert client.get(XML, headers={"If-Modified-Since": since}).status_code == 304


def test_it_is_made_once_for_a_revision(client, meeting):
    client.get(XML)
    with count_queries() as asked:
        client.get(XML)
    assert len(asked) == 1  # for the event
    version = xml_of(client).find("version").text
    header = {name: getattr(meeting, name) for name in events.Header.__dataclass_fields__}
    events.change_event(SYSTEM, meeting.id, events.Header(**{**header, "title": both("Renamed", "改名")}))
    assert xml_of(client).find("conference/title").text == "Renamed"
    assert xml_of(client).find("version").text != version


def test_an_old_slug_serves_it_too(client, meeting, save):
    save(OldSlug(kind="events", slug="former", row_id=meeting.id))
    assert client.get(XML.replace("meeting", "former")).get_data() == client.get(XML).get_data()


def test_an_empty_programme_is_a_schedule_as_well(client, make_event):
    make_event(slug="empty")
    root = xml_of(client, "/en/events/empty/schedule.xml")
    assert [day.attrib["index"] for day in root.findall("day")] == ["1"]
    make_event(slug="undated", starts=None, ends=None)
    assert xml_of(client, "/en/events/undated/schedule.xml").find("conference/start").text


def test_no_text_breaks_the_xml(client, meeting, make_session):
    title = "]]> <?x?> & \"'\u0085\ufffe\uffff\U0001f6b0"
    make_session(meeting, "x", abstract=Translated.of(en=title, zh=title * 2))
    session = next(s for s in queries.list_sessions(meeting) if s.title.texts["en"] == "x")
    services.change_session(SYSTEM, session.id, replace(plan_of(session), title=Translated.of(en=title)))
    make_public(meeting)
    assert any(event["title"].startswith("]]> <?x?> & \"'") for event in apps_read(client.get(XML).get_data()))


def test_pages_lead_to_it(client, meeting):
    page = client.get("/en/events/meeting/programme/").get_data(as_text=True)
    assert 'href="/en/events/meeting/schedule.xml"' in page
    assert 'href="/en/events/meeting/schedule.json"' in page
