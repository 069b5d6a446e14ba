"""One registrant's own feed, the file that letters carry, and the invitation to subscribe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, g
from icalendar import Calendar
from sqlalchemy import select

from eventhub.calendars import views
from eventhub.calendars.attachments import attachment_for
from eventhub.events import services as event_services
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, get, use_case
from eventhub.programme import services as programme_services
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.public import public_state
from eventhub.registrations.models import Place, Pool, Registration
from tests.calendars import readers
from tests.conftest import Browser, both, make_public

Make = Callable[..., Any]
WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.49"


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
    assert {int(e["sequence"]) for e in sessions} == {1 if mark else 0}


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
    assert headers["Vary"] == "Accept-Encoding"
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
    for body, size in ((attachment_for(event.id, "zh"), 2), (attachment_for(event.id, "zh", session.id), 1)):
        assert body
        calendar = Calendar.from_ical(body)
        assert (calendar["method"], "name" in calendar) == ("PUBLISH", False)
        assert b"ORGANIZER" not in body
        entries = body.split(b"BEGIN:VEVENT")[1:]
        assert len(entries) == size
        assert all(entry.removesuffix(b"END:VCALENDAR\r\n") in feed for entry in entries)
        assert b"BEGIN:VTIMEZONE" in body
    assert readers.by_icalendar(attachment_for(event.id, "en", session.id) or b"")[0]["sequence"] == 1


def test_a_letter_about_a_draft_carries_nothing(make_event: Make) -> None:
    assert attachment_for(make_event(published=False).id, "en") is None


def shown(app: Flask, panel: Callable[[], str | None], lang: str = "en", agent: str = "Firefox") -> str:
    with app.test_request_context("/", headers={"User-Agent": agent}):
        g.lang = lang
        return panel() or ""


def test_an_event_invites_to_subscribe_by_every_way(app: Flask, make_event: Make) -> None:
    event = make_event("Workshop", slug="workshop")
    html = shown(app, lambda: views.event_panel(event=event))
    feed = "127.0.0.1:8000/en/events/workshop/calendar.ics"
    assert f'href="webcal://{feed}"' in html
    assert f'value="http://{feed}"' in html
    assert f'data-copy="http://{feed}"' in html
    assert "cid=webcal%3A%2F%2F127.0.0.1%3A8000%2Fen%2Fevents%2Fworkshop%2Fcalendar.ics" in html
    assert "addfromweb?url=http%3A%2F%2F127.0.0.1%3A8000" in html
    assert f'href="http://{feed}?download=1"' in html


def test_inside_wechat_the_address_is_to_be_copied(app: Flask, make_event: Make) -> None:
    event = make_event("Workshop", slug="workshop")
    html = shown(app, lambda: views.event_panel(event=event), agent=WECHAT)
    assert "webcal:" not in html
    assert 'data-copy="http://127.0.0.1:8000/en/events/workshop/calendar.ics"' in html


def test_a_session_is_downloaded_and_its_event_subscribed_to(app: Flask, make_event: Make, make_session: Make) -> None:
    event = make_event("Workshop", slug="workshop")
    make_session(event, "Opening")
    session = public_state(event).sessions[0]
    html = shown(app, lambda: views.session_panel(event=event, session=session), "zh")
    assert 'href="http://127.0.0.1:8000/zh/events/workshop/sessions/opening/calendar.ics?download=1"' in html
    assert "webcal://127.0.0.1:8000/zh/events/workshop/calendar.ics" in html


def test_a_series_has_a_panel_and_what_is_hidden_has_none(
    app: Flask, make_event: Make, make_session: Make, make_organisation: Make
) -> None:
    draft = make_event(published=False)
    series = event_services.add_series(SYSTEM, make_organisation().id, both("Webinars"), slug="webinars")
    assert "webcal://127.0.0.1:8000/en/series/webinars/calendar.ics" in shown(
        app, lambda: views.series_panel(series=series)
    )
    series.visibility = "invitation"
    assert shown(app, lambda: views.series_panel(series=series)) == ""
    assert shown(app, lambda: views.event_panel(event=draft)) == ""
    assert shown(app, lambda: views.session_panel(event=draft, session=None)) == ""  # type: ignore[arg-type]


def test_a_person_on_a_programme_has_a_panel_and_others_have_none(
    app: Flask, make_event: Make, make_session: Make, make_person: Make
) -> None:
    speaker, other, hidden = make_person(slug="wang-fang"), make_person(slug="li-wei"), make_person(slug=None)
    make_session(make_event(), speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
    assert "/en/people/wang-fang/calendar.ics" in shown(app, lambda: views.person_panel(person=speaker))
    assert shown(app, lambda: views.person_panel(person=other)) == ""
    assert shown(app, lambda: views.person_panel(person=hidden)) == ""


def test_a_registrant_is_shown_their_own_address(app: Flask, register: Make) -> None:
    registration = register()
    html = shown(app, lambda: views.registration_panel(registration=registration), "zh")
    assert f"webcal://127.0.0.1:8000{address_of(registration, 'zh')}" in html
