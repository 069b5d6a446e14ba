"""One registrant's own feed, the file that letters carry, and the invitation to subscribe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, g
from icalendar import Calendar
from sqlalchemy import select

from eventhub.calendars import panels
from eventhub.calendars.attachments import attachment_for, attachment_of_sessions
from eventhub.events import services as event_services
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db, get, use_case
from eventhub.programme import services as programme_services
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.public import public_state
from eventhub.registrations import moves, pools, services, substitutes
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.queries import find_registration
from tests.calendars import readers
from tests.conftest import Browser, both, make_public, on_sqlite

pytestmark = on_sqlite

Make = Callable[..., Any]


@pytest.fixture
def meeting(make_event: Make, make_session: Make) -> Any:
    """An event by invitation with two sessions, which no stranger can see."""
    with clock.standing_at(datetime.now(UTC) - timedelta(hours=1)):
        event = make_event("Closed meeting", slug="closed", visibility="invitation", in_person=10)
        make_session(event, "Opening")
        make_session(event, "Panel")
    return event


@pytest.fixture
def register(meeting: Any, save: Make) -> Callable[..., Registration]:
    """Registrations for the meeting, with a place in this state since an hour."""

    def make(state: str | None = "confirmed") -> Registration:
        address = f"{uuid4().hex}@example.org"
        registration: Registration = save(
            Registration(event_id=meeting.id, name="Li Wei", address=address, typed_address=address)
        )
        pool = db.session.scalar(select(Pool).where(Pool.event_id == meeting.id))
        assert pool
        if state:
            since = clock.now() - timedelta(minutes=30)
            save(Place(registration_id=registration.id, pool_id=pool.id, state=state, number=1, state_since=since))
        return registration

    return make


def address_of(registration: Registration, lang: str = "en") -> str:
    token = links.make("calendar", registration.id, registration.calendar_number)
    return f"/{lang}/calendar/{token}.ics"


@pytest.mark.parametrize(
    ("state", "status", "transparency"),
    [
        ("confirmed", "CONFIRMED", "OPAQUE"),
        ("waitlisted", "TENTATIVE", "OPAQUE"),
        ("unverified", "TENTATIVE", "OPAQUE"),
        ("cancelled", "CANCELLED", "TRANSPARENT"),
        ("declined", "CANCELLED", "TRANSPARENT"),
    ],
)
def test_my_feed_says_how_my_place_stands(
    state: str, status: str, transparency: str, register: Make, client: Browser
) -> None:
    body = client.get(address_of(register(state))).data
    sessions = [e for e in Calendar.from_ical(body).walk("VEVENT") if e["uid"].startswith("session")]
    assert {(e["status"], e["transp"], e["class"]) for e in sessions} == {(status, transparency, "PRIVATE")}
    mark = "[Cancelled] " if status == "CANCELLED" else ""
    titles = [f"{mark}{title}" for title in ("Closed meeting", "Opening", "Panel")]
    assert [e["summary"] for e in readers.by_icalendar(body)] == titles


@pytest.fixture
def workshop(make_event: Make, make_session: Make) -> Any:
    """A workshop in a house and online, with one place in the house and two sessions."""
    with clock.standing_at(datetime.now(UTC) - timedelta(hours=1)):
        venue = {"venue": both("Example House"), "venue_address": both("1 Example Street, Geneva, in a very long road")}
        event = make_event("Workshop", slug="workshop", mode="hybrid", in_person=1, online=5, **venue)
        make_session(event, "Opening")
        make_session(event, "Panel")
    return event


def signed_up(event: Any, name: str, pool: str = "in_person", meanwhile: str = "") -> Registration:
    address = f"{name}@example.org"
    services.register(VISITOR, event.id, services.Details(name=name, address=address), pool, meanwhile)
    found = find_registration(event.id, address)
    assert found
    return found


def told(client: Browser, registration: Registration, lang: str = "en") -> tuple[set[str], set[int], set[str]]:
    """The states, sequences and places of the sessions in somebody's feed, which a letter's file says alike."""
    body = client.get(address_of(registration, lang)).data
    letter = attachment_for(registration.event_id, lang, registration_id=registration.id) or b""
    assert body.split(b"BEGIN:VEVENT")[1:] == letter.split(b"BEGIN:VEVENT")[1:]
    entries = Calendar.from_ical(body).walk("VEVENT")
    entries = [entry for entry in entries if len(entries) == 1 or entry["uid"].startswith("session")]
    return (
        {str(entry["status"]) for entry in entries},
        {int(entry["sequence"]) for entry in entries},
        {str(entry["location"]) for entry in entries},
    )


def test_only_who_takes_part_online_is_asked_to_join_and_nobody_in_a_break(
    workshop: Any, make_session: Make, client: Browser
) -> None:
    make_session(workshop, "Tea", kind="break")

    def joined(registration: Registration) -> set[str]:
        letter = attachment_for(workshop.id, "en", registration_id=registration.id) or b""
        feeds = [client.get(address_of(registration)).data, letter]
        found = [
            {str(one["summary"]) for one in Calendar.from_ical(body).walk("VEVENT") if "conference" in one}
            for body in feeds
        ]
        assert found[0] == found[1]
        return found[0]

    assert joined(signed_up(workshop, "afar", "online")) == {"Workshop", "Opening", "Panel"}
    there = signed_up(workshop, "there")
    assert joined(there) == set()
    moves.switch_pool(SYSTEM, there.id, "online")
    assert joined(there) == {"Workshop", "Opening", "Panel"}


def test_no_sequence_ever_falls_for_somebody_who_comes_back(workshop: Any, client: Browser) -> None:
    mine = signed_up(workshop, "anna")
    seen = [told(client, mine)]
    for _ in range(2):
        services.cancel_registration(SYSTEM, mine.id)
        seen.append(told(client, mine))
        signed_up(workshop, "anna")
        seen.append(told(client, mine))
    assert [states for states, *_ in seen] == [{"CONFIRMED"}, {"CANCELLED"}] * 2 + [{"CONFIRMED"}]
    assert [sequences for _, sequences, _ in seen] == [{0}, {1}, {2}, {3}, {4}]
    event_services.cancel_event(SYSTEM, workshop.id)
    assert told(client, mine)[:2] == ({"CANCELLED"}, {5})


def test_a_sequence_rises_for_whoever_moves_up_and_for_nobody_else(workshop: Any, client: Browser) -> None:
    first, next_one, last = (signed_up(workshop, name) for name in ("anna", "bob", "carla"))
    assert told(client, next_one)[:2] == ({"TENTATIVE"}, {0})
    services.cancel_registration(SYSTEM, first.id)
    assert told(client, next_one)[:2] == ({"CONFIRMED"}, {1})
    assert told(client, last)[:2] == ({"TENTATIVE"}, {0})


@pytest.mark.parametrize(("lang", "word"), [("en", "Online: "), ("zh", "线上：")])
def test_who_goes_online_is_not_sent_to_the_house(workshop: Any, client: Browser, lang: str, word: str) -> None:
    mine = signed_up(workshop, "anna")
    _, _, [house] = told(client, mine, lang)
    assert "Example House" in house
    moves.switch_pool(SYSTEM, mine.id, "online")
    states, sequences, places = told(client, mine, lang)
    assert (states, sequences) == ({"CONFIRMED"}, {1})
    page = f"{word}http://127.0.0.1:8000/{lang}/events/workshop/"
    assert places == {f"{page}sessions/opening/", f"{page}sessions/panel/"}
    moves.switch_pool(SYSTEM, mine.id, "in_person")
    assert told(client, mine, lang) == ({"CONFIRMED"}, {2}, {house})


def test_who_is_online_until_a_place_comes_free_is_sent_to_the_house_then(workshop: Any, client: Browser) -> None:
    first = signed_up(workshop, "anna")
    mine = signed_up(workshop, "bob", meanwhile="online")
    states, sequences, places = told(client, mine)
    assert (states, sequences) == ({"CONFIRMED"}, {0})
    assert all(place.startswith("Online: ") for place in places)
    services.cancel_registration(SYSTEM, first.id)
    states, sequences, [house] = told(client, mine)
    assert (states, sequences) == ({"CONFIRMED"}, {1})
    assert "Example House" in house


def test_a_pool_that_becomes_one_of_places_online_tells_its_people(workshop: Any, client: Browser) -> None:
    plan = pools.PoolPlan(mode="in_person", name=both("Press"))
    pool = pools.save_pool(SYSTEM, workshop.id, plan)
    mine = signed_up(workshop, "anna", pool.key)
    pools.save_pool(SYSTEM, workshop.id, replace(plan, capacity=9), pool.key)
    assert told(client, mine)[1] == {0}
    pools.save_pool(SYSTEM, workshop.id, replace(plan, mode="online"), pool.key)
    _, sequences, places = told(client, mine)
    assert sequences == {1}
    assert all(place.startswith("Online: ") for place in places)


def test_an_event_without_a_house_says_where_in_its_own_words(make_event: Make, client: Browser) -> None:
    webinar = make_event("Webinar", slug="webinar", mode="online", online=5)
    mine = signed_up(webinar, "anna", "online")
    assert told(client, mine)[2] == {"http://127.0.0.1:8000/en/events/webinar/"}


def test_a_place_that_changed_after_the_session_revises_its_entries(register: Make, client: Browser) -> None:
    body = client.get(address_of(register())).data
    for entry in Calendar.from_ical(body).walk("VEVENT"):
        assert clock.now() - entry["dtstamp"].dt < timedelta(minutes=31)
        assert entry["last-modified"].dt == entry["dtstamp"].dt


def test_my_feed_is_for_me_alone(register: Make, client: Browser) -> None:
    registration = register()
    answer = client.get(address_of(registration, "zh"))
    headers = dict(answer.headers)
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Vary"] == "Accept-Encoding, User-Agent"
    assert b"SOURCE" not in answer.data
    assert address_of(registration).rsplit("/", 1)[1].encode() not in answer.data
    assert client.get("/zh/events/closed/calendar.ics").status_code == 404
    again = client.get(address_of(registration, "zh"), headers={"If-None-Match": headers["ETag"]})
    assert again.status_code == 304


def test_my_feed_follows_the_event(meeting: Any, register: Make, client: Browser) -> None:
    registration = register("waitlisted")
    event_services.cancel_event(SYSTEM, meeting.id)
    seen = readers.by_icalendar(client.get(address_of(registration)).data)
    assert {entry["status"] for entry in seen} == {"CANCELLED"}


def test_only_the_right_link_opens_and_it_can_be_revoked_at_once(register: Make, client: Browser) -> None:
    registration = register()
    address = address_of(registration)
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    wrong = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        links.make("registration", registration.id, registration.calendar_number),
        links.make("calendar", uuid4(), 1),
        "short",
        links.make("calendar", register(None).id, 1),
    ]
    assert client.get(address).status_code == 200
    assert [client.get(f"/en/calendar/{guess}.ics").status_code for guess in wrong] == [404] * 5

    def revoke(actor: Any) -> None:
        get(Registration, registration.id).calendar_number += 1

    use_case(revoke)(SYSTEM)
    assert client.get(address).status_code == 404


def test_a_registration_for_a_draft_has_no_feed(make_event: Make, save: Make, client: Browser) -> None:
    draft = make_event(published=False, in_person=5)
    registration = save(Registration(event_id=draft.id, name="Li Wei"))
    assert client.get(address_of(registration)).status_code == 404


def test_a_letter_carries_the_entry_that_the_feeds_hold(
    make_event: Make, make_session: Make, client: Browser, app: Flask
) -> None:
    event = make_event("Workshop", slug="workshop")
    session = make_session(event, "Opening")
    programme_services.move_session(SYSTEM, session.id, session.starts + timedelta(hours=1))
    make_public(event)
    feed = client.get("/zh/events/workshop/calendar.ics").data
    for body, size in ((attachment_for(event.id, "zh"), 2), (attachment_of_sessions(event.id, "zh", [session.id]), 1)):
        assert body
        calendar = Calendar.from_ical(body)
        assert (calendar["method"], "name" in calendar) == ("PUBLISH", False)
        assert b"ORGANIZER" not in body
        entries = body.split(b"BEGIN:VEVENT")[1:]
        assert len(entries) == size
        assert all(entry.removesuffix(b"END:VCALENDAR\r\n") in feed for entry in entries)
        assert b"BEGIN:VTIMEZONE" in body
    assert readers.by_icalendar(attachment_of_sessions(event.id, "en", [session.id]) or b"")[0]["sequence"] == 1


def test_a_letter_about_a_draft_carries_nothing(make_event: Make) -> None:
    assert attachment_for(make_event(published=False).id, "en") is None


def shown(app: Flask, panel: Callable[[], str | None], lang: str = "en", agent: str = "Firefox") -> str:
    with app.test_request_context("/", headers={"User-Agent": agent}):
        g.lang = lang
        return panel() or ""


def test_a_session_is_downloaded_and_its_event_subscribed_to(app: Flask, make_event: Make, make_session: Make) -> None:
    event = make_event("Workshop", slug="workshop")
    make_session(event, "Opening")
    session = public_state(event).sessions[0]
    html = shown(app, lambda: panels.session_panel(event=event, session=session), "zh")
    assert 'href="http://127.0.0.1:8000/zh/events/workshop/sessions/opening/calendar.ics?download=1"' in html
    assert "webcal://127.0.0.1:8000/zh/events/workshop/calendar.ics" in html


def test_a_series_has_a_panel_and_what_is_hidden_has_none(
    app: Flask, make_event: Make, make_session: Make, make_organisation: Make
) -> None:
    draft = make_event(published=False)
    series = event_services.add_series(SYSTEM, make_organisation().id, both("Webinars"), slug="webinars")
    assert "webcal://127.0.0.1:8000/en/series/webinars/calendar.ics" in shown(
        app, lambda: panels.series_panel(series=series)
    )
    series.visibility = "invitation"
    assert shown(app, lambda: panels.series_panel(series=series)) == ""
    assert shown(app, lambda: panels.event_panel(event=draft)) == ""
    assert shown(app, lambda: panels.session_panel(event=draft, session=None)) == ""  # type: ignore[arg-type]


def test_a_person_on_a_programme_has_a_panel_and_others_have_none(
    app: Flask, make_event: Make, make_session: Make, make_person: Make
) -> None:
    speaker, other, hidden = make_person(slug="wang-fang"), make_person(slug="li-wei"), make_person(slug=None)
    make_session(make_event(), speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
    assert "/en/people/wang-fang/calendar.ics" in shown(app, lambda: panels.person_panel(person=speaker))
    assert shown(app, lambda: panels.person_panel(person=other)) == ""
    assert shown(app, lambda: panels.person_panel(person=hidden)) == ""


def test_a_registrant_is_shown_their_own_address(app: Flask, register: Make) -> None:
    registration = register()
    html = shown(app, lambda: panels.registration_panel(registration=registration), "zh")
    assert f"webcal://127.0.0.1:8000{address_of(registration, 'zh')}" in html


def test_a_place_that_passes_on_is_called_off_for_one_and_begins_for_the_other(workshop: Any, client: Browser) -> None:
    mine = signed_up(workshop, "anna")
    assert told(client, mine)[:2] == ({"CONFIRMED"}, {0})
    substitutes.name_substitute(SYSTEM, mine.id, substitutes.Substitute("Bo", "bo@example.org", "en"))
    other = db.session.scalar(select(Registration).where(Registration.substitute_for_id == mine.id))
    assert other
    assert told(client, mine)[:2] == ({"CANCELLED"}, {1})
    assert told(client, other)[:2] == ({"TENTATIVE"}, {0})
