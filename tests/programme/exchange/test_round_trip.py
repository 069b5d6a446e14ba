"""What comes in goes out, and what goes out comes in again with no difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.people.names import Names
from eventhub.programme import queries, services
from eventhub.programme.exchange.reading import read
from eventhub.programme.exchange.services import import_sessions
from eventhub.programme.exchange.survey import Survey, survey
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SpeakerPlan, plan_of
from eventhub.programme.public import PublicState, public_state
from tests.conftest import both, make_public
from tests.programme.exchange import fosdem

FORMS = ("schedule.xml", "schedule.json")
LANGUAGES = ("en", "zh")


def exported(client: Any, event: Any, form: str, lang: str = "en") -> bytes:
    answer = client.get(f"/{lang}/events/{event.slug}/{form}")
    assert answer.status_code == 200
    return answer.get_data()


def look(app: Any, event: Any, data: bytes) -> Survey:
    with app.test_request_context():
        db.session.expire_all()
        return survey(SYSTEM, event, read(data, event))


def take(app: Any, event: Any, data: bytes) -> tuple[int, int]:
    """How many sessions came and changed when a file was imported."""
    with app.test_request_context():
        done = import_sessions(SYSTEM, event.id, read(data, event))
        return done.added, done.changed


def assert_no_difference(found: Survey, size: int) -> None:
    changes = [(line.entry.title.in_("en"), line.what) for line in [*found.new, *found.changed]]
    assert (changes, len(found.missing), found.unchanged) == ([], 0, size)
    assert not found.rooms
    assert not found.tracks


@pytest.fixture
def rich(make_event: Any, make_session: Any, make_person: Any) -> Any:
    """A programme with one of everything."""
    event = make_event(slug="rich", starts=datetime(2027, 3, 10, 9), ends=datetime(2027, 3, 11, 18))
    hall = services.save_room(SYSTEM, event.id, both("Hall", "大厅"))
    link = services.save_room(SYSTEM, event.id, Translated.of(en="Online room"), is_virtual=True)
    track = services.save_track(SYSTEM, event.id, both("Relief", "救援"), "plum")
    zhang = make_person(Names(family="Zhang", given="Wei", han_family="张", han_given="伟"))
    adams = make_person(Names(family="Adams", given="Ann"))
    stale = replace(both("Opening & <b>words</b>", "开幕"), made_from={"zh": "0123456789ab"}, state={"zh": "reviewed"})
    opening = make_session(
        event, "Opening", kind="keynote", room_id=hall.id, track_id=track.id, language="en", interpretation=["zh"],
        level="advanced", capacity=80, has_sign_up=True,
        abstract=both("**One**\n\n- two\n- it's \"three\" ?> \\", "第一\n\n第二"),
        speakers=[
            SpeakerPlan("moderator", person_id=zhang.id, affiliation=both("Network", "网络"), country="CN"),
            SpeakerPlan("panellist", person_id=adams.id, state="invited"),
            SpeakerPlan("presenter", person_id=adams.id, mode="remote", presentation_title=both("Talk", "报告"),
                        presentation_abstract=both("About"), presentation_minutes=20),
            SpeakerPlan("contact", name=Translated.of(en="Desk")),
            SpeakerPlan("interpreter", name=both("Interpreter", "口译员"), affiliation=Translated.of("zh", zh="机构")),
        ],
    )  # fmt: skip
    services.change_session(SYSTEM, opening.id, replace(plan_of(opening), title=stale))
    shares = [replace(one, presents_with_id=opening.speakers[2].id if one.role == "moderator" else None)
              for one in plan_of(opening).speakers]  # fmt: skip
    services.change_session(SYSTEM, opening.id, replace(plan_of(opening), speakers=shares))
    make_session(event, "Again", kind="panel", repeats_id=opening.id, room_id=link.id)
    make_session(event, "Off", kind="break", room_id=hall.id)
    quiet = make_session(event, "Quiet", is_chatham_house=True, speakers=[SpeakerPlan("panellist", person_id=adams.id)])
    assert quiet.is_chatham_house
    only = Translated.of("zh", zh="只有中文")
    late = event.starts + timedelta(hours=14, minutes=30)
    make_session(event, kind="networking", starts=late, ends=late + timedelta(hours=2))
    services.change_session(SYSTEM, opening.id, plan_of(opening))
    last = make_session(event, "Only", kind="launch")
    services.change_session(SYSTEM, last.id, replace(plan_of(last), title=only))
    make_session(event, "Set-up", kind="blocker")
    make_session(event, "Some day", starts=None, ends=None)
    off = db.session.scalar(sa.select(ProgrammeSession).where(ProgrammeSession.kind == "break"))
    services.cancel_session(SYSTEM, off.id)
    make_public(event)
    return event


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_our_own_export_says_nothing_new(app, client, rich, form, lang):
    assert_no_difference(look(app, rich, exported(client, rich, form, lang)), 6)


def without_ids(state: PublicState) -> list[Any]:
    """A programme as it is seen, without the ids and addresses that are another event's."""
    order = {session.id: number for number, session in enumerate(state.sessions)}
    found = []
    for session in state.sessions:
        people = {speaker.role_id: number for number, speaker in enumerate(session.speakers)}
        found.append(
            replace(
                session,
                id=None, slug="", room=session.room and replace(session.room, id=None),
                track=session.track and replace(session.track, id=None),
                repeats_id=order.get(session.repeats_id),
                speakers=tuple(
                    replace(speaker, role_id=None, presents_with_id=people.get(speaker.presents_with_id))
                    for speaker in session.speakers
                ),
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("form", FORMS)
def test_our_own_export_makes_the_same_programme_elsewhere(app, client, rich, make_event, make_member, form):
    other = make_event(slug="other", starts=rich.starts, ends=rich.ends, organisation=rich.organisation_id)
    organiser = make_member("organiser", rich.organisation)
    data = exported(client, rich, form, "zh")
    with app.test_request_context():
        done = import_sessions(organiser, other.id, read(data, other))
    assert (done.added, done.changed, done.removed) == (6, 0, 0)
    make_public(other)
    here, there = without_ids(public_state(rich)), without_ids(public_state(other))
    assert [session.title for session in there] == [session.title for session in here]
    for ours, theirs in zip(here, there, strict=True):
        assert theirs == ours
    assert take(app, other, data) == (0, 0)
    assert_no_difference(look(app, other, exported(client, other, form)), 6)


def test_a_published_schedule_comes_in_goes_out_and_comes_in_with_no_difference(app, client, make_event):
    event = make_event(zone="Europe/Brussels", starts=datetime(2027, 2, 6, 9), ends=datetime(2027, 2, 7, 18))
    theirs = fosdem.schedule(1000).encode()
    assert take(app, event, theirs) == (1000, 0)
    assert_no_difference(look(app, event, theirs), 1000)
    assert len(queries.list_rooms(event)) == 30
    make_public(event)
    assert len(public_state(event).sessions) == 1000
    for form in FORMS:
        ours = exported(client, event, form, "zh")
        assert len(ours) < 2 * 1024 * 1024
        assert_no_difference(look(app, event, ours), 1000)


@pytest.mark.parametrize("form", ["calendar.ics", *FORMS])
def test_what_went_out_comes_in_and_goes_out_byte_by_byte(app, client, rich, form):
    for lang in LANGUAGES:
        before = exported(client, rich, form, lang)
        assert take(app, rich, before) == (0, 0)
        make_public(rich)
        assert exported(client, rich, form, lang) == before
    # And so it does after somebody has moved things in the draft: the file puts them where they were.
    before = exported(client, rich, form)
    moved = [
        one for one in queries.list_sessions(rich) if one.state == "scheduled" and one.starts and one.kind != "blocker"
    ]
    for session in moved:
        services.move_session(SYSTEM, session.id, session.starts + timedelta(hours=1))
    assert take(app, rich, before) == (0, len(moved))
    make_public(rich)
    assert exported(client, rich, form) == before


@pytest.mark.parametrize("form", ["calendar.ics", *FORMS])
def test_a_calendar_of_others_goes_out_comes_in_and_goes_out_byte_by_byte(app, client, make_event, form):
    event = make_event(slug="others", starts=datetime(2027, 3, 10, 9), ends=datetime(2027, 3, 24, 18))
    theirs = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Europe/Berlin\r\n"
        "BEGIN:VEVENT\r\nUID:once@x\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270310T080000\r\nDURATION:PT45M\r\n"
        "SUMMARY:Opening\\, 开幕\\; and a title that is so long that no line holds it without being folded in two "
        'or more\r\nDESCRIPTION:One\\n\\nTwo 😀\r\nLOCATION:Hall "A"\\; left\r\nX-KEEP;A="b":c\r\nEND:VEVENT\r\n'
        "BEGIN:VEVENT\r\nUID:weekly@x\r\nSEQUENCE:3\r\nDTSTAMP:20270101T000000Z\r\n"
        "DTSTART;TZID=W. Europe Standard Time:20270310T090000\r\nDTEND;TZID=W. Europe Standard Time:20270310T100000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:Weekly\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:weekly@x\r\nSEQUENCE:3\r\nDTSTAMP:20270101T000000Z\r\n"
        "RECURRENCE-ID:20270317T080000Z\r\nDTSTART:20270318T080000Z\r\nDTEND:20270318T090000Z\r\nSUMMARY:Moved\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    assert take(app, event, theirs) == (4, 0)
    make_public(event)
    ours = exported(client, event, form)
    assert take(app, event, ours) == (0, 0)
    assert take(app, event, theirs) == (0, 0)
    make_public(event)
    assert exported(client, event, form) == ours
