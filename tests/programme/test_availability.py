"""When people can take part, as an organiser notes it for them, and hours that a clock shows twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.organisations.models import Organisation
from eventhub.people.models import Person
from eventhub.programme import (
    conflicts,
    releases,
    services,
    speaker_details,
    speaker_queries,
    speakers,
    telling,
    twofold,
)
from eventhub.programme.models import Speaker
from tests.conftest import Browser, organisation_of
from tests.filled import begins_at, filled
from tests.queries import count_queries

from .invited import again, facts, give_part, invited, put

Make = Callable[..., Any]


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Make) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


@pytest.fixture
def guest(organiser: Actor, make_person: Make) -> Person:
    return make_person(known_to=organisation_of(organiser), address=None)


def room_of(event: Event, person: Person, way: str = "availability/") -> str:
    return f"/en/organise/events/{event.slug}/speakers/{person.id}/{way}"


def test_an_organiser_notes_when_somebody_can_come_and_conflicts_know(
    event: Event, guest: Person, organiser: Actor, make_session: Make, sign_in: Make
):
    part = give_part(make_session, event, guest)
    desk = sign_in(organiser)
    page = desk.get(room_of(event, guest, "parts/")).text
    assert room_of(event, guest) in page
    assert "At any time of the event" in page
    form = filled(desk.get(room_of(event, guest)).text, zone="Europe/Zurich")
    assert form["zone"] == "Europe/Zurich"
    more = desk.post(room_of(event, guest), data={**form, "add_row": "availability"}).text
    assert (more.count("day-hour"), begins_at(more)) == (4, ["availability-1-starts"])
    day = f"{part.session.starts:%Y-%m-%d}"
    times = {"availability-0-starts": [day, "09:00"], "availability-0-ends": ["", "08:00"]}
    wrong = desk.post(room_of(event, guest), data={**form, **times})
    assert (wrong.status_code, "The end must come after the start" in wrong.text) == (422, True)
    assert '<a href="#availability-0-ends">Until (1)</a>: The end must come after the start' in wrong.text
    assert db.session.query(Speaker).count() == 0
    times["availability-0-ends"] = ["", "12:00"]
    assert desk.post(room_of(event, guest), data={**form, **times}).status_code == 303
    told = speaker_queries.get_invitee(event, guest.id).speaker
    assert told
    assert (told.zone, told.availability) == ("Europe/Zurich", [f"{day}T09:00/{day}T12:00"])
    assert (told.invited_at, told.may_record, facts()) == (None, None, ["SpeakerDeskChanged"]), "nobody is written to"
    page = desk.get(room_of(event, guest, "parts/")).text
    assert "09:00–12:00" in page
    assert "Geneva time" in page
    # The session is at nine in Beijing, when Geneva sleeps.
    assert "person_unavailable" in [one.kind for one in conflicts.find(event, actor=organiser)]
    # What the speaker has said in the meantime is not lost.
    stale = filled(desk.get(room_of(event, guest)).text)
    put(again(told), availability=[], needs="A clicker")
    both_changed = {**stale, "availability-0-ends": ["", "13:00"]}
    met = desk.post(room_of(event, guest), data=both_changed)
    assert met.status_code == 409
    assert (again(told).availability, again(told).needs) == ([], "A clicker")


def test_only_who_edits_the_event_notes_it_and_only_of_those_on_its_programme(
    event: Event, guest: Person, organiser: Actor, make_member: Make, make_person: Make, make_session: Make,
    sign_in: Make, client: Browser,
):  # fmt: skip
    give_part(make_session, event, guest)
    viewer = make_member("viewer", db.session.get(Organisation, organisation_of(organiser)))
    assert sign_in(viewer).get(room_of(event, guest)).status_code in {403, 404}
    assert client.get(room_of(event, guest)).status_code in {302, 303, 404}
    with pytest.raises(NotFound):
        speaker_details.change_availability(make_member("organiser"), event.id, guest.id, "Asia/Shanghai", [])
    for stranger in (make_person().id, uuid4()):
        with pytest.raises(NotFound):
            speaker_details.change_availability(organiser, event.id, stranger, "Asia/Shanghai", [])
    with pytest.raises(Invalid):
        speaker_details.change_availability(organiser, event.id, guest.id, "Mars/Olympus", [])
    assert db.session.query(Speaker).count() == 0


def test_a_speaker_is_told_which_of_two_hours_is_meant(
    event: Event, guest: Person, organiser: Actor, make_session: Make, client: Browser, sign_in: Make
):
    # In Geneva clocks go from 03:00 back to 02:00 at 09:00 in Beijing.
    starts = datetime(2030, 10, 27, 9, 30)
    speaker, _ = invited(make_session, event, guest, "g@example.org", starts=starts, ends=starts + timedelta(hours=1))
    put(speaker, zone="Europe/Zurich")
    page = f"/en/speak/{links.make('speaker', speaker.id, speaker.link_number)}/"
    told = "Sun 27 Oct 02:30, Geneva time: this hour exists twice, as the clocks are put back. The second one is meant."
    assert told in client.get(page).text
    assert "因时钟回拨，这一时刻当天出现两次，此处指第二次。" in client.get(page.replace("/en/", "/zh/")).text
    desk = sign_in(organiser)
    form = filled(desk.get(room_of(event, guest)).text)
    form |= {"availability-0-starts": ["2030-10-27", "02:15"], "availability-0-ends": ["", "09:00"]}
    assert desk.post(room_of(event, guest), data=form).status_code == 303
    said = "This hour exists twice, as the clocks are put back: Sun 27 Oct 02:15 (UTC+02). The first one is taken."
    assert said in desk.get(room_of(event, guest, "parts/")).text
    wishes = filled(client.get(f"{page}wishes/").text, may_record="")
    assert client.post(f"{page}wishes/", data=wishes).status_code == 303
    assert said in client.get(page).text


def test_the_first_of_two_hours_is_told_from_the_second(app: Flask):
    first = clock.instant(datetime(2030, 10, 27, 2, 30), "Europe/Zurich")
    with app.test_request_context("/en/"):
        assert twofold.which(first, "Europe/Zurich").endswith("The first one is meant.")
        assert twofold.which(first + timedelta(hours=1), "Europe/Zurich").endswith("The second one is meant.")
        assert twofold.which(first + timedelta(hours=2), "Europe/Zurich") == twofold.which(None, "UTC") == ""
        assert twofold.told(datetime(2030, 10, 27, 12), "Europe/Zurich") == twofold.told(None, "UTC") == ""


def test_the_machine_may_note_it_too(event: Event, guest: Person, make_session: Make):
    give_part(make_session, event, guest)
    speaker = speaker_details.change_availability(SYSTEM, event.id, guest.id, "Asia/Shanghai", [])
    assert (again(speaker).zone, again(speaker).availability) == ("Asia/Shanghai", [])


def test_a_speaker_who_was_away_for_long_is_told_with_few_questions(
    event: Event, guest: Person, organiser: Actor, make_session: Make
):
    speaker, part = invited(make_session, event, guest, "g@example.org")
    speakers.answer(SYSTEM, speaker.id, [part.id], accepts=True)
    asked = []
    for _ in range(2):
        for _ in range(2):
            starts = again(part).session.starts + timedelta(minutes=5)
            services.move_session(SYSTEM, part.session_id, starts)
            releases.release(organiser, event.id)
        row = again(speaker)
        with count_queries() as found:
            [told] = telling.tell_speaker(row)
        asked.append(len(found))
    assert len(told.sentences) == 4
    assert asked[0] == asked[1]
