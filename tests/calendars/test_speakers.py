"""One speaker's own feed: the sessions in which they have confirmed a part, as the public sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, g
from icalendar import Calendar

from eventhub.calendars import panels
from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM
from eventhub.people.models import Person
from eventhub.programme import participation, speaker_queries, speakers
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan
from tests.calendars import readers
from tests.conftest import Browser
from tests.programme.invited import again, holder, put

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event by invitation, which no stranger can see."""
    return make_event("Closed meeting", slug="closed", visibility="invitation")


@pytest.fixture
def person(event: Event, make_person: Make) -> Person:
    return make_person(known_to=event.organisation_id, address=None)


@pytest.fixture
def speaker(event: Event, person: Person, make_session: Make) -> Speaker:
    """Somebody who has confirmed two of four sessions, of which one is somebody else's and one is not answered."""
    for title in ("Opening", "Panel", "Debate"):
        make_session(event, title, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    make_session(event, "Closing")
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id], {person.id: "g@example.org"})
    put(role_of(speaker, "Debate"), state="invited")
    return speaker


def role_of(speaker: Speaker, title: str) -> SessionRole:
    return next(one for one in speaker_queries.list_roles(speaker) if one.session.title.in_("en") == title)


def address_of(speaker: Speaker, lang: str = "en") -> str:
    return f"/{lang}/calendar/{links.make('speaker_calendar', speaker.id, speaker.calendar_number)}.ics"


def entries(client: Browser, speaker: Speaker, lang: str = "en") -> dict[str, Any]:
    answer = client.get(address_of(speaker, lang))
    assert answer.status_code == 200
    return {str(entry["summary"]): entry for entry in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_my_feed_holds_my_confirmed_sessions_and_nothing_else(client: Browser, speaker: Speaker) -> None:
    found = entries(client, speaker)
    assert set(found) == {"Opening", "Panel"}
    assert {(str(e["status"]), str(e["class"])) for e in found.values()} == {("CONFIRMED", "PRIVATE")}
    assert set(entries(client, speaker, "zh")) == {"场次：Opening", "场次：Panel"}
    assert len(readers.by_icalendar(client.get(address_of(speaker)).data)) == 2


def test_a_part_that_is_confirmed_comes_and_one_that_is_withdrawn_says_so(client: Browser, speaker: Speaker) -> None:
    speakers.answer(holder(speaker), speaker.id, [role_of(speaker, "Debate").id], accepts=True)
    speakers.withdraw(holder(speaker), speaker.id, role_of(speaker, "Opening").id, "Ill")
    states = {name: str(entry["status"]) for name, entry in entries(client, speaker).items()}
    assert states == {"[Cancelled] Opening": "CANCELLED", "Panel": "CONFIRMED", "Debate": "CONFIRMED"}
    assert str(entries(client, speaker)["[Cancelled] Opening"]["transp"]) == "TRANSPARENT"


def test_no_sequence_ever_falls_for_a_speaker_who_is_won_back(client: Browser, speaker: Speaker) -> None:
    def sequence(name: str) -> int:
        return int(entries(client, speaker)[name]["sequence"])

    part = role_of(speaker, "Opening")
    assert sequence("Opening") == 0
    speakers.withdraw(holder(speaker), speaker.id, part.id, "Ill")
    assert sequence("[Cancelled] Opening") == 1
    speakers.propose_again(SYSTEM, speaker.id, part.id)
    speakers.invite(SYSTEM, speaker.event_id, [speaker.person_id])
    speakers.answer(holder(speaker), speaker.id, [part.id], accepts=True)
    assert sequence("Opening") >= 2
    before = sequence("Opening")
    participation.withdraw_part(SYSTEM, part.id)
    assert sequence("[Cancelled] Opening") > before


def test_who_gives_up_one_of_two_parts_in_a_session_still_comes(client: Browser, event, person, make_session) -> None:
    plans = [SpeakerPlan(role, person_id=person.id) for role in ("panellist", "rapporteur")]
    session = make_session(event, "Both", speakers=plans)
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id], {person.id: "g@example.org"})
    speakers.withdraw(SYSTEM, speaker.id, session.speakers[1].id, "Too much")
    assert str(entries(client, speaker)["Both"]["status"]) == "CONFIRMED"


def test_my_feed_is_for_me_alone_and_ends_with_my_link(client: Browser, speaker: Speaker) -> None:
    answer = client.get(address_of(speaker))
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert b"SOURCE" not in answer.data
    again_asked = client.get(address_of(speaker), headers={"If-None-Match": answer.headers["ETag"]})
    assert again_asked.status_code == 304
    old = address_of(speaker)
    speakers.rotate_link(holder(speaker), speaker.id)
    wrong = [
        old.rsplit("/", 1)[1].removesuffix(".ics"),
        links.make("speaker", speaker.id, 2),
        links.make("calendar", speaker.id, 2),
        links.make("speaker_calendar", uuid4(), 1),
    ]
    assert {client.get(f"/en/calendar/{guess}.ics").status_code for guess in wrong} == {404}
    assert client.get(address_of(again(speaker))).status_code == 200


def test_a_speaker_without_a_confirmed_part_has_an_empty_feed(client: Browser, event, person, make_session) -> None:
    make_session(event, "Panel", speakers=[SpeakerPlan("panellist", person_id=person.id)])
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id], {person.id: "g@example.org"})
    for state in ("invited", "declined"):
        put(role_of(speaker, "Panel"), state=state)
        assert entries(client, speaker) == {}


def test_a_draft_has_no_feed_and_no_panel(app: Flask, client: Browser, make_event, make_person, make_session) -> None:
    draft = make_event(published=False)
    person = make_person()
    make_session(draft, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    [speaker] = speakers.invite(SYSTEM, draft.id, [person.id])
    assert client.get(address_of(speaker)).status_code == 404
    with app.test_request_context("/"):
        g.lang = "en"
        assert panels.speaker_panel(speaker=speaker, event=draft) is None


def test_the_page_invites_to_subscribe_to_ones_own_sessions(app: Flask, event, speaker: Speaker) -> None:
    with app.test_request_context("/"):
        g.lang = "zh"
        html = panels.speaker_panel(speaker=speaker, event=event) or ""
    assert f"webcal://127.0.0.1:8000{address_of(speaker, 'zh')}" in html
    assert "订阅我的场次" in html
