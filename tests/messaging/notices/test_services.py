"""What changes of an event and its programme come to, and who hears of it when."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.messaging.notices import services
from eventhub.messaging.notices.waiting import Waiting, gathered
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SpeakerPlan, plan_of
from eventhub.registrations import invitations
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation
from eventhub.registrations.sign_ups import services as sign_ups
from tests.conftest import both, on_sqlite, organisation_of
from tests.filled import filled
from tests.messaging.conftest import plain
from tests.queries import count_queries

NINE = datetime(2027, 3, 10, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
EARLY = BEGINS - timedelta(days=30)
FIVE, HOUR = timedelta(minutes=5), timedelta(hours=1)
Letters = Callable[..., list[EmailMessage]]


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))


@pytest.fixture
def at(app: Flask, letters: Letters) -> Callable[[datetime], dict[str, str]]:
    """What is written until a moment, by its readers; each of them gets one letter."""
    folder = app.extensions["eventhub_settings"].maildir

    def look(moment: datetime) -> dict[str, str]:
        with clock.standing_at(moment):
            outbox.drain()
            db.session.rollback()
        files = sorted(folder.glob("*.eml"))
        found = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        for file in files:
            file.unlink()
        told = {str(one["To"]): plain(one) for one in found}
        assert len(told) == len(found)
        return told

    return look


def change(event_id: Any, **columns: Any) -> None:
    db.session.rollback()
    event = db.session.get(Event, event_id)
    assert event
    kept = {column.name: getattr(event, column.name) for column in fields(events.Header)}
    events.change_event(SYSTEM, event.id, events.Header(**{**kept, **columns}))


def test_what_changes_within_the_quiet_period_is_one_letter_to_each(
    event: Event, make_session, make_person, register, at, letters
):
    with clock.standing_at(EARLY):
        person = make_person(address="both@example.org")
        session = make_session(event, "Panel", speakers=[SpeakerPlan("panellist", person_id=person.id)])
        other = make_session(event, "Other")
        register(event, address="geneva@example.org", country="CH")
        register(event, address="both@example.org", country="CN")
        letters()
        services.set_quiet_period(SYSTEM, event.id, 60)
        change(event.id, ends=NINE + timedelta(hours=9))
    with clock.standing_at(EARLY + FIVE):
        programme.move_session(SYSTEM, session.id, NINE + 5 * HOUR)
        releases.release(SYSTEM, event.id)
        programme.move_session(SYSTEM, other.id, NINE + 3 * HOUR)
        releases.release(SYSTEM, event.id)
    assert at(EARLY + timedelta(minutes=59)) == {}
    found = at(EARLY + timedelta(minutes=60))
    assert found.keys() == {"geneva@example.org", "both@example.org"}
    text = found["geneva@example.org"]
    for piece in (
        "09:00–18:00 (before: Wednesday 10 March 2027, 09:00–17:00)",
        "02:00–11:00 Geneva time (before: Wednesday 10 March 2027, 02:00–10:00)",
        "Moved on Wednesday 10 March 2027 from 09:00–10:00 to 14:00–15:00.",
        "By your clock (Geneva time): Wednesday 10 March 2027, 07:00–08:00 (before: Wednesday 10 March 2027, 02:00–",
        "Other",
    ):
        assert piece in text, piece
    bulk = sa.select(OutboxRow.is_bulk).join(Letter, Letter.outbox_id == OutboxRow.id)
    db.session.rollback()
    assert db.session.scalars(bulk.where(Letter.kind == "event_changed")).all() == [True], "what is for one goes first"
    both = found["both@example.org"]
    for piece in ("Your part in the programme", "Other", "09:00–18:00 (before", "/en/registrations/"):
        assert piece in both, piece
    assert at(EARLY + timedelta(days=2)) == {}


def test_what_is_changed_and_changed_back_is_told_to_nobody(
    app: Flask, event: Event, make_session, register, at, letters
):
    with clock.standing_at(EARLY):
        session = make_session(event, "Panel")
        register(event, address="reader@example.org")
        letters()
        change(event.id, ends=NINE + timedelta(hours=9))
        for hour in (NINE + 5 * HOUR, NINE):
            programme.move_session(SYSTEM, session.id, hour)
            releases.release(SYSTEM, event.id)
            with app.test_request_context("/en/"):
                waits = gathered(db.session.get(Event, event.id))  # type: ignore[arg-type]
            assert [name for name, _ in waits.of_event] == ["When"]
            assert [str(one.title) for one in waits.of_programme] == ["Panel"][: hour != NINE]
        change(event.id, ends=NINE + timedelta(hours=8))
        assert gathered(db.session.get(Event, event.id)) == Waiting()  # type: ignore[arg-type]
    assert at(EARLY + 2 * HOUR) == {}
    assert db.session.scalar(sa.select(sa.func.count(Letter.id)).where(Letter.kind.endswith("_changed"))) == 0


@on_sqlite
def test_what_a_silent_release_moved_is_told_with_the_next_and_what_it_added_is_no_news(
    event: Event, make_session, register, at, letters
):
    with clock.standing_at(EARLY):
        moved, told = make_session(event, "Silent"), make_session(event, "Loud")
        register(event, address="reader@example.org")
        letters()
        programme.move_session(SYSTEM, moved.id, NINE + 5 * HOUR)
        releases.release(SYSTEM, event.id, tells=False)
        make_session(event, "Added")
        assert at(EARLY + HOUR) == {}
        programme.move_session(SYSTEM, told.id, NINE + 3 * HOUR)
        releases.release(SYSTEM, event.id)
    text = at(EARLY + FIVE)["reader@example.org"]
    assert "Moved on Wednesday 10 March 2027 from 09:00–10:00 to 14:00–15:00." in text
    assert "Loud" in text
    assert "Added" not in text


@on_sqlite
def test_what_begins_within_a_day_or_is_cancelled_is_told_at_once(event: Event, make_session, register, at, letters):
    with clock.standing_at(EARLY):
        soon, gone = make_session(event, "Soon"), make_session(event, "Gone")
        register(event, address="reader@example.org")
        letters()
        services.set_quiet_period(SYSTEM, event.id, 1440)
        programme.move_session(SYSTEM, soon.id, NINE + 5 * HOUR)
        releases.release(SYSTEM, event.id)
        assert at(EARLY) == {}
        programme.cancel_session(SYSTEM, gone.id)
    text = at(EARLY)["reader@example.org"]
    assert "Cancelled" in text
    assert "to 14:00–15:00" in text  # what had waited comes along
    with clock.standing_at(BEGINS - timedelta(hours=20)):
        programme.move_session(SYSTEM, soon.id, NINE + 6 * HOUR)
        releases.release(SYSTEM, event.id)
    assert at(BEGINS - timedelta(hours=20)).keys() == {"reader@example.org"}


@on_sqlite
def test_of_a_speaker_who_leaves_those_hear_who_chose_the_session(
    event: Event, make_session, make_person, register, at, letters
):
    with clock.standing_at(EARLY):
        people = [make_person(address=f"speaker{number}@example.org") for number in range(2)]
        parts = [SpeakerPlan("panellist", person_id=one.id) for one in people]
        session = make_session(event, "Panel", has_sign_up=True, speakers=parts)
        chose = register(event, address="chose@example.org")
        register(event, address="other@example.org")
        sign_ups.sign_up(SYSTEM, chose.id, session.id)
        leaves = register(event, address="speaker1@example.org")
        sign_ups.sign_up(SYSTEM, leaves.id, session.id)
        letters()
        at(EARLY + timedelta(minutes=6))
        plan = plan_of(db.session.get(ProgrammeSession, session.id))  # type: ignore[arg-type]
        programme.change_session(SYSTEM, session.id, replace(plan, speakers=plan.speakers[:1]))
        releases.release(SYSTEM, event.id)
    found = at(EARLY + timedelta(minutes=12))
    assert found.keys() == {"chose@example.org", "speaker0@example.org", "speaker1@example.org"}
    assert "does not take part any more" in found["chose@example.org"]
    assert "has ended" not in found["chose@example.org"]
    assert "You do not take part in this session any more." in found["speaker1@example.org"]


@on_sqlite
def test_of_another_hall_nobody_hears_who_is_there_online(make_event, register, at, letters):
    event = make_event("Workshop", starts=NINE, ends=NINE + 8 * HOUR, in_person=5, online=5)
    with clock.standing_at(EARLY):
        register(event, address="there@example.org")
        register(event, address="online@example.org", pool="online")
        letters()
        change(event.id, venue=both("Town Hall", "市政厅"))
        found = at(EARLY + timedelta(minutes=6))
        assert found.keys() == {"there@example.org"}
        assert "Town Hall (before: " in found["there@example.org"]
        change(event.id, venue=both("Library", "图书馆"), ends=NINE + 9 * HOUR)
        found = at(EARLY + timedelta(minutes=12))
    assert "Library (before: Town Hall" in found["there@example.org"]
    assert "Library" not in found["online@example.org"]
    assert "18:00 (before: " in found["online@example.org"]


def test_a_cancelled_session_takes_as_many_questions_however_many_chose_it(
    event: Event, make_session, register, letters
):
    asked = []
    with clock.standing_at(EARLY):
        for number in (1, 6):
            session = make_session(event, f"Panel {number}", has_sign_up=True)
            for _ in range(number):
                sign_ups.sign_up(SYSTEM, register(event).id, session.id)
            letters()
            db.session.rollback()
            with count_queries() as counted:
                programme.cancel_session(SYSTEM, session.id)
            asked.append(len(counted))
    assert asked[1] <= asked[0] + 5  # the calendars' own, which each has for themself


@on_sqlite
def test_a_killed_worker_tells_nobody_twice(event: Event, register, at, letters, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 1)
    with clock.standing_at(EARLY):
        for number in range(3):
            register(event, address=f"reader{number}@example.org")
        letters()
        change(event.id, ends=NINE + timedelta(hours=9))
    spread, calls = services.spread, []

    def killed(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return spread(*args)

    monkeypatch.setattr(services, "spread", killed)
    with clock.standing_at(EARLY + FIVE), pytest.raises(KeyboardInterrupt):
        outbox.drain()
    db.session.rollback()
    monkeypatch.setattr(services, "spread", spread)
    found = at(EARLY + timedelta(minutes=11))
    assert sorted(found) == [f"reader{number}@example.org" for number in range(3)]
    assert at(EARLY + timedelta(minutes=30)) == {}


@on_sqlite
def test_the_quiet_period_is_between_nothing_and_a_day(event: Event):
    for minutes in (-1, 1441):
        with pytest.raises(Invalid):
            services.set_quiet_period(SYSTEM, event.id, minutes)


def test_whoever_was_told_another_day_hears_of_it_and_nobody_who_came_later(event: Event, register, at):
    with clock.standing_at(EARLY):
        register(event, "Before", address="before@example.org")
        invite(event, "Asked", "wang@example.org", "zh")
        invite(event, "Gone", "gone@example.org")
        invitations.withdraw(SYSTEM, invitation_of(event, "Gone").id)
    assert set(at(EARLY)) == {"before@example.org", "wang@example.org"}
    with clock.standing_at(EARLY + HOUR):
        change(event.id, starts=NINE + timedelta(days=1), ends=NINE + timedelta(days=1, hours=8))
    with clock.standing_at(EARLY + HOUR + timedelta(minutes=1)):
        register(event, "Later", address="later@example.org")
        invite(event, "Late", "late@example.org")
    later = at(EARLY + HOUR + timedelta(minutes=2))
    assert set(later) == {"later@example.org", "late@example.org"}
    assert all("Thursday 11 March 2027" in text and "10 March" not in text for text in later.values())
    told = at(EARLY + HOUR + FIVE)
    assert set(told) == {"before@example.org", "wang@example.org"}
    assert "Thursday 11 March 2027, 09:00–17:00 (before: Wednesday 10 March 2027" in told["before@example.org"]
    guest = told["wang@example.org"]
    for words in ("2027年3月11日 星期四 09:00–17:00（原为：2027年3月10日 星期三", "/zh/invitations/"):
        assert words in guest, words
    assert "另附" not in guest, "what the organisers wrote when they invited, they have said"


def invite(event: Event, name: str, address: str, lang: str = "en") -> None:
    words = Translated.of("zh", zh="另附")
    until = BEGINS - timedelta(days=2)
    invitations.invite(SYSTEM, event.id, "in_person", [Guest(name, address, lang)], until, words)


def invitation_of(event: Event, name: str) -> EventInvitation:
    query = sa.select(EventInvitation).where(EventInvitation.event_id == event.id, EventInvitation.name == name)
    return db.session.scalars(query).one()


@on_sqlite
def test_guests_hear_that_an_event_is_postponed_takes_place_after_all_or_is_cancelled(event: Event, at):
    with clock.standing_at(EARLY):
        invite(event, "Asked", "asked@example.org")
        invite(event, "王芳", "wang@example.org", "zh")
        at(EARLY)
        invitations.withdraw(SYSTEM, invitation_of(event, "王芳").id)
        events.postpone_event(SYSTEM, event.id, Translated.of("en", en="The hall is flooded."))
    told = at(EARLY + FIVE)
    assert set(told) == {"asked@example.org"}
    for words in ("You need not answer now", "The hall is flooded.", "Former date: Wednesday 10 March 2027"):
        assert words in told["asked@example.org"], words
    assert "/invitations/" not in told["asked@example.org"]
    with clock.standing_at(EARLY + HOUR):
        events.publish_event(SYSTEM, event.id)
    assert "This event takes place." in (text := at(EARLY + HOUR + FIVE)["asked@example.org"])
    assert "/en/invitations/" in text
    with clock.standing_at(EARLY + 2 * HOUR):
        events.cancel_event(SYSTEM, event.id)
    assert "This event will not take place." in at(EARLY + 2 * HOUR + FIVE)["asked@example.org"]
    written = db.session.scalars(sa.select(Letter).where(Letter.address == "asked@example.org")).all()
    assert {one.kind for one in written} >= {"event_postponed", "event_resumed", "event_cancelled"}


@on_sqlite
def test_a_place_that_is_renamed_in_chinese_alone_is_told_to_those_who_read_chinese(
    app: Flask, event: Event, make_session, register, at, letters
):
    with clock.standing_at(EARLY):
        change(event.id, venue=both("Hall", "大厅"))
        session = make_session(event, "Panel")
        register(event, address="zh@example.org", language="zh")
        register(event, address="en@example.org", language="en")
        letters()
        at(EARLY + FIVE)
        change(event.id, venue=both("Hall", "会展中心"))
        for lang in ("en", "zh"):
            with app.test_request_context(f"/{lang}/"):
                ((_, waits),) = gathered(db.session.get(Event, event.id)).of_event  # type: ignore[arg-type]
                assert waits.startswith("会展中心")
    found = at(EARLY + 2 * FIVE)
    assert found.keys() == {"zh@example.org"}
    assert "会展中心（原为：大厅）" in found["zh@example.org"]
    with clock.standing_at(EARLY + HOUR):
        change(event.id, venue=both("Hall", "国际会展中心"))
        programme.move_session(SYSTEM, session.id, NINE + 5 * HOUR)
        releases.release(SYSTEM, event.id)
    found = at(EARLY + 2 * HOUR)
    assert "国际会展中心" in found["zh@example.org"]
    assert "to 14:00–15:00" in found["en@example.org"]
    assert "time, place or form" not in found["en@example.org"]


@on_sqlite
def test_a_place_that_is_moved_is_told_also_where_its_translation_is_the_old_one(event: Event, register, at, letters):
    with clock.standing_at(EARLY):
        change(event.id, venue=both("Hall", "大厅"))
        register(event, address="zh@example.org", language="zh")
        letters()
        at(EARLY + FIVE)
        change(event.id, venue=both("Harbour", "大厅"))
    assert "Harbour（尚未翻译）（原为：Hall）" in at(EARLY + 2 * FIVE)["zh@example.org"]
    with clock.standing_at(EARLY + HOUR):
        change(event.id, venue=Translated("en", {"en": "Harbour"}))
        change(event.id, venue=both("Harbour", "港口"))
    assert at(EARLY + 2 * HOUR) == {}, "a translation that is new is no news"


@on_sqlite
@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "The hours of its sessions follow."), ("zh", "各场次的时间稍后公布")],
)
def test_a_calendar_does_not_get_the_old_hours_of_sessions_whose_event_has_moved(
    app: Flask, event: Event, make_session, register, letters, lang: str, said: str
):
    def told(moment: datetime) -> tuple[str, str]:
        with clock.standing_at(moment):
            (letter,) = [one for one in letters() if "Workshop" in one["Subject"]]
        files = [one for one in letter.walk() if one.get_content_type() == "text/calendar"]
        return plain(letter), "".join(one.get_content() for one in files)

    with clock.standing_at(EARLY):
        sessions = [make_session(event, title) for title in ("Panel", "Lunch")]
        register(event, address="reader@example.org", language=lang)
        letters()
        later = NINE + timedelta(days=1)
        change(event.id, starts=later, ends=later + 8 * HOUR)
    text, calendar = told(EARLY + FIVE)
    assert said in text
    assert "20270310" not in calendar
    assert "20270311T090000" in calendar
    with clock.standing_at(EARLY + HOUR):
        for number, session in enumerate(sessions):
            programme.move_session(SYSTEM, session.id, later + number * HOUR)
        change(event.id, ends=later + 9 * HOUR)
    text, calendar = told(EARLY + HOUR + FIVE)
    assert said in text, "what is moved in the draft alone nobody has"
    assert calendar.count("BEGIN:VEVENT") == 1
    with clock.standing_at(EARLY + 2 * HOUR):
        releases.release(SYSTEM, event.id)
        change(event.id, ends=later + 8 * HOUR)
    text, calendar = told(EARLY + 2 * HOUR + FIVE)
    assert said not in text
    assert "20270311T100000" in calendar


@on_sqlite
def test_whoever_saves_what_is_told_later_reads_when(make_event, make_member, sign_in, make_session):
    member = make_member("organiser")
    event = make_event("Workshop", slug="workshop", organisation=organisation_of(member))
    session = make_session(event, "Panel")
    browser, base = sign_in(member), "organise/events/workshop"

    def page(lang: str, way: str) -> str:
        return browser.get(f"/{lang}/{base}/{way}").get_data(as_text=True)

    told = {"en": "Those concerned get a letter about the changes at this time:", "zh": "变更通知邮件将于以下时间发给"}
    assert told["en"] not in page("en", "settings/")
    before = filled(page("en", "settings/"))["venue_en"]
    form = filled(page("en", "settings/"), venue_en="Harbour")
    assert browser.post(f"/en/{base}/settings/", data=form).status_code == 303
    for lang, words in told.items():
        assert words in page(lang, "settings/")
        assert words in page(lang, "programme/")
        assert words not in page(lang, "messages/changes/"), "which tells it itself"
    form = filled(page("en", "settings/"), venue_en=before)
    browser.post(f"/en/{base}/settings/", data=form)
    assert told["en"] not in page("en", "settings/"), "all is as it was"
    way = f"programme/sessions/{session.id}/"
    for lang, saved in (("en", "Saved in the draft. It is public with"), ("zh", "已保存到草稿。下次发布时对外公开")):
        assert browser.post(f"/{lang}/{base}/{way}", data=filled(page(lang, way))).status_code == 303
        assert saved in page(lang, "programme/")
