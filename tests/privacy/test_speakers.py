"""Erasing a speaker leaves no word of theirs, in what was released neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import Translated
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import jobs
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.models import Reminder
from eventhub.messaging.reminders.services import RulePlan
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.privacy import speakers as erasing
from eventhub.programme import participation, releases, speaker_details, speakers
from eventhub.programme.models import ProgrammeSession, Release, SessionRole
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.speaker_details import Wishes
from tests.conftest import Browser, on_sqlite, organisation_of

from .conftest import found

Make = Callable[..., Any]
CANARIES = ["Kanarienvogel", "龑", "Vogelwarte", "zitronengelb", "hirsekorn", "federkleid"]


def both_ways(text: str) -> Translated:
    return Translated.of(en=text, zh=text)


@pytest.fixture
def event(make_event: Make, organiser: Actor) -> Event:
    made: Event = make_event("Roundtable", slug="roundtable", organisation=organisation_of(organiser))
    return made


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    made: Actor = make_member("organiser")
    return made


@pytest.fixture
def canary(make_person: Make, organiser: Actor) -> Person:
    names = Names(family="Kanarienvogel", given="Vera", han_family="龑", han_given="黄")
    kept: dict[str, Any] = {"affiliation": both_ways("Vogelwarte"), "biography": both_ways("hirsekorn")}
    made: Person = make_person(
        names, known_to=organisation_of(organiser), address=None, slug="vera-kanarienvogel", **kept
    )
    return made


@pytest.fixture
def session(event: Event, canary: Person, make_person: Make, make_session: Make) -> ProgrammeSession:
    """A released session of two: the canary, who was invited, told of themself and went remote, and somebody else."""
    plans = [
        SpeakerPlan("presenter", person_id=canary.id, presentation_title=both_ways("zitronengelb")),
        SpeakerPlan("moderator", person_id=make_person(address=None).id),
    ]
    made: ProgrammeSession = make_session(event, speakers=plans)
    part = made.speakers[0]
    speakers.invite(SYSTEM, event.id, [canary.id], {canary.id: "kanarienvogel@example.org"})
    [speaker] = db.session.scalars(sa.select(speakers.Speaker).where(speakers.Speaker.person_id == canary.id)).all()
    speaker_details.change_desk(SYSTEM, speaker.id, Wishes(zone="Asia/Shanghai", needs="federkleid"))
    participation.set_mode(SYSTEM, [part.id], "remote", reason="federkleid")
    outbox.drain()
    return made


def _count_parts(release: Release) -> int:
    return sum(len(one["parts"]) for one in release.snapshot["sessions"])


def test_no_word_of_a_speaker_is_left_and_their_parts_stay_counted(
    app: Flask, event: Event, canary: Person, session: ProgrammeSession, organiser: Actor, client: Browser
):
    numbers = [(one.number, len(one.changes)) for one in releases.list_of(event.id)]
    parts = [_count_parts(one) for one in releases.list_of(event.id)]
    assert len(found(app, CANARIES)) > 4
    db.session.rollback()
    erasing.erase_speaker(organiser, event.id, canary.id)
    outbox.drain()
    assert found(app, CANARIES) == set()
    db.session.expire_all()
    kept = releases.list_of(event.id)[1:]
    assert [(one.number, len(one.changes)) for one in kept] == numbers, "what was released stays told"
    assert [_count_parts(one) for one in kept] == parts
    for path in ("", "programme/", "speakers/", "changes/", "changes.atom", "schedule.json", "calendar.ics"):
        answer = client.get(f"/en/events/roundtable/{path}")
        assert answer.status_code == 200, path
        assert "Kanarienvogel" not in answer.text, path
    with pytest.raises(NotFound):
        erasing.erase_speaker(organiser, event.id, canary.id)


@pytest.mark.parametrize("is_invited", [True, False])
def test_reminders_of_a_speaker_go_as_well_whether_invited_or_not(
    app: Flask, event: Event, canary: Person, make_person: Make, make_session: Make, organiser: Actor, is_invited: bool
):
    who = canary if is_invited else make_person(Names(family="Kanarienvogel"), address="kanarienvogel@example.org")
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=who.id)])
    if is_invited:
        speakers.invite(SYSTEM, event.id, [who.id], {who.id: "kanarienvogel@example.org"})
        [speaker] = db.session.scalars(sa.select(speakers.Speaker)).all()
        speakers.answer(SYSTEM, speaker.id, [session.speakers[0].id], accepts=True)
    reminders.save_rule(SYSTEM, event.id, RulePlan("session", "speakers", 45, "minutes"))
    with clock.standing_at(session.starts_at - timedelta(minutes=44)):
        jobs.look()
        outbox.drain()
    assert db.session.scalar(sa.select(Letter.state).where(Letter.kind == "reminder")) == "sent"
    erasing.erase_speaker(organiser, event.id, who.id)
    outbox.drain()
    assert db.session.scalars(sa.select(Letter.address)).all() == []
    assert db.session.scalar(sa.select(sa.func.count(Reminder.id))) == 0


def test_an_erased_part_does_not_come_back_with_an_earlier_release(
    event: Event, canary: Person, session: ProgrammeSession, organiser: Actor
):
    first = db.session.scalar(sa.select(Release).where(Release.event_id == event.id, Release.number == 1))
    assert first
    erasing.erase_speaker(organiser, event.id, canary.id)
    releases.bring_back(organiser, first.id)
    left = db.session.scalars(sa.select(SessionRole.role).where(SessionRole.session_id == session.id)).all()
    assert left == ["moderator"]


def test_what_two_present_together_stays_with_the_other(
    event: Event, canary: Person, make_person: Make, make_session: Make, organiser: Actor
):
    with_them = make_person(address=None)
    plans = [
        SpeakerPlan("presenter", person_id=canary.id, presentation_title=both_ways("Tea")),
        SpeakerPlan("presenter", person_id=with_them.id),
    ]
    session = make_session(event, speakers=plans)
    held, other = session.speakers

    def join(actor: Actor) -> None:
        db.session.get(SessionRole, other.id).presents_with_id = held.id  # type: ignore[union-attr]

    from eventhub.foundation.db import use_case

    use_case(join)(SYSTEM)
    releases.release(organiser, event.id)
    erasing.erase_speaker(organiser, event.id, canary.id)
    db.session.expire_all()
    [left] = db.session.get(ProgrammeSession, session.id).speakers  # type: ignore[union-attr]
    assert (left.presents_with_id, left.presentation_title.in_("en")) == (None, "Tea")
    [part] = releases.list_of(event.id)[0].snapshot["sessions"][0]["parts"]
    assert part["presentation_title"]["texts"]["en"] == "Tea"
    assert releases.count_waiting(db.session.get(Event, event.id)) == 0  # type: ignore[arg-type]


def test_who_has_a_part_elsewhere_keeps_their_name_there(
    event: Event, canary: Person, session: ProgrammeSession, make_event: Make, make_session: Make, organiser: Actor
):
    other = make_event("Elsewhere", organisation=organisation_of(organiser))
    make_session(other, speakers=[SpeakerPlan("panellist", person_id=canary.id)])
    erasing.erase_speaker(organiser, event.id, canary.id)
    db.session.expire_all()
    assert db.session.get(Person, canary.id).names.family == "Kanarienvogel"  # type: ignore[union-attr]


def test_who_is_known_to_another_organisation_leaves_this_event_and_stays_known_there(
    event: Event, make_person: Make, make_organisation: Make, make_session: Make, organiser: Actor
):
    theirs = make_person(known_to=make_organisation().id, address=None)
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=theirs.id)])
    erasing.erase_speaker(organiser, event.id, theirs.id)
    db.session.expire_all()
    assert db.session.get(ProgrammeSession, session.id).speakers == []  # type: ignore[union-attr]
    assert db.session.get(Person, theirs.id).names.given == "Given"  # type: ignore[union-attr]


@on_sqlite
def test_organisers_erase_a_speaker_after_a_question(
    event: Event, canary: Person, session: ProgrammeSession, organiser: Actor, sign_in: Make
):
    browser = sign_in(organiser)
    room = f"/en/organise/events/roundtable/speakers/{canary.id}/"
    assert f"{room}erase/" in browser.get(f"{room}parts/").text
    assert "Erase everything of Vera Kanarienvogel?" in browser.get(f"{room}erase/").text
    assert browser.submit(f"{room}erase/", form_at=f"{room}erase/").status_code == 303
    assert "Kanarienvogel" not in browser.get("/en/organise/events/roundtable/speakers/").text
    assert browser.get(f"{room}erase/").status_code == 404
