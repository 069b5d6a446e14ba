"""Who hears of a release, in which language, and what of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.messaging.notices import services as notices
from eventhub.messaging.notices.models import Gathering
from eventhub.people.names import Names
from eventhub.programme import participation, releases, services, speaker_queries, speakers
from eventhub.programme.models import ProgrammeSession, Speaker
from eventhub.programme.plans import SessionPlan, SpeakerPlan, plan_of
from eventhub.registrations.models import Registration
from tests.conftest import both, in_november_2026, on_sqlite
from tests.programme.invited import put

from .conftest import plain

pytestmark = in_november_2026

NINE = datetime(2027, 3, 10, 9)
Letters = Callable[[], list[EmailMessage]]


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))


@pytest.fixture
def sessions(event: Event, make_session: Callable[..., ProgrammeSession], make_person, save) -> list[ProgrammeSession]:
    """Two sessions, each with somebody in it; the first of them is known by the address that an organiser typed."""
    invited = make_person(address=None, language="zh")
    save(Speaker(event_id=event.id, person_id=invited.id, address="typed@example.org"))
    own = make_person(address="own@example.org")
    return [
        make_session(event, "Opening", speakers=[SpeakerPlan("keynote", person_id=invited.id)]),
        make_session(event, "Panel", speakers=[SpeakerPlan("panellist", person_id=own.id)]),
    ]


def written(found: list[EmailMessage]) -> dict[str, str]:
    """The letters by whom they are to."""
    return {str(letter["To"]): plain(letter) for letter in found}


def test_of_those_who_share_an_address_each_hears_of_their_own_session(
    event: Event, make_session, make_person, register: Callable[..., Registration], letters: Letters, save
):
    sessions = []
    for title in ("Opening", "Panel"):
        person = make_person(address=None)
        save(Speaker(event_id=event.id, person_id=person.id, address="office@example.org"))
        sessions.append(make_session(event, title, speakers=[SpeakerPlan("keynote", person_id=person.id)]))
    register(event, address="office@example.org")
    letters()
    for session in sessions:
        services.move_session(SYSTEM, session.id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id)
    found = letters()
    assert [one["To"] for one in found] == ["office@example.org"] * 2
    assert sorted("/registrations/" in plain(one) for one in found) == [False, True]
    written_to = {one.data["person_id"] for one in db.session.scalars(sa.select(Letter)) if "notice_id" in one.data}
    assert len(written_to) == 2


@on_sqlite
def test_nobody_is_written_to_where_a_letter_has_found_nobody(
    event: Event, sessions: Any, register: Callable[..., Registration], letters: Letters, save
):
    register(event, address="gone@example.org")
    letters()
    for address in ("own@example.org", "gone@example.org"):
        save(MarkedAddress(organisation_id=event.organisation_id, address=address, reason="550 5.1.1"))
    for session in sessions:
        services.move_session(SYSTEM, session.id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id)
    assert written(letters()).keys() == {"typed@example.org"}


def test_a_release_is_told_to_those_it_concerns_in_their_language(
    event: Event, sessions: Any, register: Callable[..., Registration], letters: Letters
):
    register(event, language="zh", address="reader@example.org")
    letters()
    services.move_session(SYSTEM, sessions[0].id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id, Translated.of(en="The hall was taken.", zh="礼堂被占用。"))
    found = written(letters())
    assert found.keys() == {"typed@example.org", "reader@example.org"}
    for text in found.values():
        assert "2027年3月10日 星期三的时间由 09:00–10:00 改为 14:00–15:00。" in text
        assert "礼堂被占用。" in text
        assert "/zh/events/workshop/changes/" in text
    assert "/zh/registrations/" in found["reader@example.org"]
    assert "/registrations/" not in found["typed@example.org"]
    assert letters() == []


def test_latin_names_of_people_and_rooms_have_room_in_a_chinese_letter(
    event: Event, sessions: Any, make_person, letters: Letters
):
    before, room = (services.save_room(SYSTEM, event.id, both(name, name)) for name in ("Hall B", "2号厅"))
    guest = make_person(names=Names(given="Tomas", family="Lindqvist"))
    plan = plan_of(sessions[0])
    plan = replace(plan, room_id=before.id, speakers=[*plan.speakers, SpeakerPlan("panellist", person_id=guest.id)])
    session = services.change_session(SYSTEM, sessions[0].id, plan)
    releases.release(SYSTEM, event.id)
    letters()
    roles = plan_of(session).speakers
    plan = replace(plan, room_id=room.id, speakers=[roles[0], replace(roles[1], mode="remote")])
    services.change_session(SYSTEM, session.id, plan)
    releases.release(SYSTEM, event.id)
    text = written(letters())["typed@example.org"]
    assert "会议室由 Hall B 改为 2号厅。" in text
    assert "Tomas Lindqvist 改为远程参加。" in text


def test_a_release_that_only_cancels_is_told_and_one_that_only_mends_words_is_not_told_to_registrants(
    event: Event, sessions: Any, register: Callable[..., Registration], letters: Letters
):
    register(event, address="reader@example.org")
    letters()
    services.cancel_session(SYSTEM, sessions[1].id)
    found = written(letters())
    assert found.keys() == {"own@example.org", "reader@example.org"}
    assert "Cancelled; it was to be on Wednesday 10 March 2027, 10:00–11:00." in found["reader@example.org"]
    plan = replace(plan_of(sessions[0]), title=Translated.of(en="Opening!", zh="开幕！"))
    services.change_session(SYSTEM, sessions[0].id, plan, corrects=True)
    assert letters() == []
    role = sessions[0].speakers[0]
    participation.set_mode(SYSTEM, [role.id], "remote")
    assert written(letters()).keys() == {"typed@example.org"}


def test_a_release_can_be_made_without_a_letter(event: Event, sessions: Any, letters: Letters):
    services.move_session(SYSTEM, sessions[0].id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id, tells=False)
    assert letters() == []


def test_a_long_list_of_changes_is_cut_and_says_so(
    event: Event, make_session, register: Callable[..., Registration], letters: Letters
):
    register(event, address="reader@example.org")
    letters()
    for number in range(23):
        plan = SessionPlan("panel", Translated.of(en=f"Session {number}"), starts=NINE, ends=NINE + timedelta(hours=1))
        services.add_session(SYSTEM, event.id, plan)
    releases.release(SYSTEM, event.id)
    assert "And 3 more changes." in written(letters())["reader@example.org"]


def test_a_speaker_is_told_of_themself_in_words_to_them_with_the_hours_and_their_page(
    event: Event, make_session, make_person, letters: Letters
):
    person = make_person(address="own@example.org", language="zh", zone="Europe/Zurich")
    beside = make_person(address="beside@example.org")
    plans = [SpeakerPlan("keynote", person_id=person.id), SpeakerPlan("moderator", person_id=beside.id)]
    session = make_session(event, "Opening", speakers=plans)
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id])
    letters()
    participation.set_mode(SYSTEM, [role.id for role in session.speakers if role.person_id == person.id], "remote")
    found = written(letters())
    text, name = found["own@example.org"], person.names.in_("zh")
    assert text.startswith(f"{name}，您好：")
    for piece in (
        "您已改为远程参加。",
        "2027年3月10日 星期三 02:00–03:00 日内瓦时间",
        f"/zh/speak/{links.make('speaker', speaker.id, 1)}/",
    ):
        assert piece in text, piece
    assert f"{name}改为" not in text
    assert f"{person.names.in_('en')} now takes part remotely." in found["beside@example.org"]
    assert "/speak/" not in found["beside@example.org"], "nobody gave them a page yet"
    participation.withdraw_part(SYSTEM, speaker_queries.list_parts(speaker)[0].id)
    assert "您不再参与此场次。" in written(letters())["own@example.org"]


def test_who_has_not_answered_hears_that_their_session_moves_and_is_called_off(
    event: Event, make_session, make_person, letters: Letters
):
    asked, host = (make_person(address=f"{name}@example.org") for name in ("asked", "host"))
    plans = [SpeakerPlan("keynote", person_id=asked.id), SpeakerPlan("moderator", person_id=host.id)]
    session = make_session(event, "Opening", speakers=plans)
    put(session.speakers[0], state="proposed")
    speakers.invite(SYSTEM, event.id, [asked.id])
    releases.release(SYSTEM, event.id, tells=False)
    letters()
    participation.set_mode(SYSTEM, [session.speakers[1].id], "remote")
    assert written(letters()).keys() == {"host@example.org"}, "how others take part does not concern them"
    services.move_session(SYSTEM, session.id, NINE + timedelta(hours=5))
    assert written(letters()) == {}
    releases.release(SYSTEM, event.id)
    found = written(letters())
    assert found.keys() == {"asked@example.org", "host@example.org"}
    for piece in ("Moved on Wednesday 10 March 2027 from 09:00–10:00 to 14:00–15:00.", "/en/speak/", "Keynote speaker"):
        assert piece in found["asked@example.org"], piece
    services.cancel_session(SYSTEM, session.id)
    assert "Cancelled; it was to be on" in written(letters())["asked@example.org"]


def test_a_late_letter_about_a_session_does_not_go_where_its_speaker_is_not_any_more(
    event: Event, sessions: Any, letters: Letters
):
    letters()
    services.move_session(SYSTEM, sessions[0].id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id)
    work_id = db.session.scalar(sa.select(Gathering.outbox_id))
    assert work_id
    notice_id = notices.close(SYSTEM, event.id, work_id)
    assert notice_id
    notices.write_to_speakers(SYSTEM, notice_id)
    speaker = db.session.scalar(sa.select(Speaker))
    speakers.change_address(SYSTEM, speaker.id, "right@example.org")
    assert letters() == []
    assert db.session.scalar(sa.select(Letter.state).where(Letter.address == "typed@example.org")) == "failed"


def test_two_sessions_that_somebody_takes_from_afar_at_once_are_told_in_one_letter(
    event: Event, make_session, make_person, letters: Letters
):
    person = make_person(address="own@example.org")
    beside = make_person(address="beside@example.org")
    plans = [SpeakerPlan("keynote", person_id=person.id)]
    found = [make_session(event, title, speakers=plans) for title in ("Opening", "Closing")]
    hidden = make_session(
        event, "Round", is_chatham_house=True, speakers=[*plans, SpeakerPlan("moderator", person_id=beside.id)]
    )
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id])
    letters()
    own = [role.id for role in speaker_queries.list_parts(speaker)]
    assert len(own) == len([*found, hidden])
    speakers.change_mode(Actor("link", thing_id=speaker.id, purpose="speaker"), speaker.id, own, "remote", "Visa")
    told = [plain(letter) for letter in letters() if letter["To"] == "own@example.org"]
    assert [(text.count("You now take part remotely."), text.count("Keynote speaker")) for text in told] == [(3, 3)]
