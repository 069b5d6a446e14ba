"""Who is reminded when, and that each letter is queued once whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import Translated
from eventhub.foundation.timekeeping import ClockJob
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import jobs, services
from eventhub.messaging.reminders.models import Reminder, ReminderRound, ReminderRule
from eventhub.messaging.reminders.moments import Timing, all_moments
from eventhub.messaging.reminders.services import RulePlan
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import services as registrations
from eventhub.registrations.sign_ups import services as sign_ups
from tests.conftest import on_sqlite
from tests.messaging.conftest import plain
from tests.programme.invited import invited

NINE = datetime(2027, 1, 14, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
TWO_DAYS = RulePlan("event", "registrants", 2, "days", at_clock="09:00")
AN_HOUR = RulePlan("event", "registrants", 1, "hours")
LONG_BEFORE = BEGINS - timedelta(days=20)


@pytest.fixture(autouse=True)
def _long_before(app: Flask):
    with clock.standing_at(LONG_BEFORE):
        yield


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))


@pytest.fixture
def at(letters) -> Callable[[datetime], dict[str, str]]:
    """Let the scheduler look at a moment, and read what was written, by its readers."""
    letters()

    def look(moment: datetime) -> dict[str, str]:
        db.session.rollback()
        with clock.standing_at(moment):
            jobs.look()
            return {str(one["To"]): f"{one['Subject']}\n{plain(one)}" for one in letters()}

    return look


def rule(event: Event, plan: RulePlan) -> ReminderRule:
    return services.save_rule(SYSTEM, event.id, plan)


def test_moments_are_not_worked_out_anew_each_minute(event: Event, register, make_session, monkeypatch):
    all_moments.cache_clear()
    for number in range(3):
        make_session(event, f"Session {number}")
    register(event, address="geneva@example.org", country="CH")
    rule(event, RulePlan("session", "registrants", 90, "days", at_clock="09:00"))
    jobs.look()
    asked = []
    monkeypatch.setattr(Timing, "moment", lambda *about: asked.append(about) or LONG_BEFORE)
    jobs.look()
    assert asked == []
    register(event, address="lima@example.org", country="PE")
    jobs.look()
    assert asked, "but for readers by other clocks"


def test_people_are_reminded_at_nine_by_their_own_clock_with_all_they_need(event: Event, register, at):
    register(event, address="beijing@example.org", country="CN", language="zh")
    register(event, address="geneva@example.org", country="CH", pool="online")
    register(event, address="unknown@example.org", country="US")
    rule(event, TWO_DAYS)
    at(LONG_BEFORE)
    nine = clock.instant(datetime(2027, 1, 12, 9), "Asia/Shanghai")
    assert at(nine - timedelta(minutes=1)) == {}
    first = at(nine)
    # Of a country with several zones nobody guesses one: the event's clock is theirs.
    assert first.keys() == {"beijing@example.org", "unknown@example.org"}
    assert "2027年1月14日 星期四 09:00–17:00" in first["beijing@example.org"]
    assert "会议酒店" in first["beijing@example.org"]
    assert at(nine + timedelta(hours=6)) == {}
    later = at(nine + timedelta(hours=7))["geneva@example.org"]
    assert "Reminder: Workshop" in later
    assert "Thursday 14 January 2027, 09:00–17:00" in later
    assert "Beijing time (UTC+08)" in later
    assert "Thursday 14 January 2027, 02:00–10:00 Geneva time" in later
    assert "Where: Online" in later
    assert "/en/registrations/" in later
    assert at(BEGINS) == {}


def test_only_those_with_a_place_by_then_are_reminded_unless_late_ones_are_reached_too(event: Event, register, at):
    gone, _ = (register(event, address=f"{name}@example.org", country="CN") for name in ("gone", "early"))
    registrations.cancel_registration(SYSTEM, gone.id)
    kept = rule(event, AN_HOUR)
    late = rule(event, RulePlan("event", "registrants", 3, "days", reaches_late=True))
    at(LONG_BEFORE)
    assert at(BEGINS - timedelta(days=3)).keys() == {"early@example.org"}
    with clock.standing_at(BEGINS - timedelta(days=2)):
        register(event, address="late@example.org", country="CN")
    assert next(iter(at(BEGINS - timedelta(days=2)))) == "late@example.org"
    with clock.standing_at(BEGINS - timedelta(minutes=50)):
        register(event, address="latest@example.org", country="CN")
    found = at(BEGINS - timedelta(minutes=49))
    assert found.keys() == {"early@example.org", "late@example.org", "latest@example.org"}
    counted = sa.select(Reminder.rule_id, sa.func.count()).group_by(Reminder.rule_id)
    # The hour's rule leaves out who came in it, the other one has all of them.
    assert dict(db.session.execute(counted).all()) == {kept.id: 2, late.id: 3}


def test_what_is_off_postponed_or_cancelled_reminds_nobody_and_what_passed_is_past(event: Event, register, at):
    register(event, address="reader@example.org")
    one = rule(event, AN_HOUR)
    at(LONG_BEFORE)
    services.turn(SYSTEM, one.id, on=False)
    assert at(BEGINS - timedelta(minutes=59)) == {}
    with clock.standing_at(BEGINS - timedelta(minutes=30)):
        services.turn(SYSTEM, one.id, on=True)
    assert at(BEGINS - timedelta(minutes=29)) == {}  # its moment had passed when it was turned on
    rule(event, RulePlan("event", "registrants", 20, "minutes"))
    events.postpone_event(SYSTEM, event.id)
    at(BEGINS - timedelta(minutes=25))
    assert at(BEGINS - timedelta(minutes=19)) == {}
    assert db.session.scalar(sa.select(sa.func.count(Reminder.id))) == 0


def test_sessions_remind_those_concerned_and_take_the_reminder_along_when_they_move(
    event: Event, make_session, make_person, register, at
):
    person, moderator = (make_person(address=f"{name}@example.org") for name in ("speaker", "moderator"))
    session = make_session(
        event,
        "Panel",
        has_sign_up=True,
        speakers=[SpeakerPlan("panellist", person_id=person.id), SpeakerPlan("moderator", person_id=moderator.id)],
    )
    make_session(event, "Other")
    mine = register(event, address="mine@example.org", country="CH", language="zh")
    register(event, address="other@example.org")
    sign_ups.sign_up(SYSTEM, mine.id, session.id)
    at(LONG_BEFORE)
    at(LONG_BEFORE + timedelta(minutes=6))
    for audience, minutes in (("signed_up", 30), ("moderators", 15), ("speakers", 45)):
        rule(event, RulePlan("session", audience, minutes, "minutes"))
    assert at(BEGINS - timedelta(minutes=45)).keys() == {"speaker@example.org", "moderator@example.org"}
    found = at(BEGINS - timedelta(minutes=30))
    assert found.keys() == {"mine@example.org"}
    text = found["mine@example.org"]
    assert "场次：Panel" in text.splitlines()[0]
    assert "/zh/events/workshop/sessions/" in text
    assert "2027年1月14日 星期四 02:00–03:00（日内瓦时间）" in text
    with clock.standing_at(BEGINS - timedelta(minutes=20)):
        programme.move_session(SYSTEM, session.id, NINE + timedelta(hours=5))
        releases.release(SYSTEM, event.id, tells=False)
    assert at(BEGINS - timedelta(minutes=15)) == {}
    later = BEGINS + timedelta(hours=5)
    assert at(later - timedelta(minutes=45)).keys() == {"speaker@example.org", "moderator@example.org"}
    assert at(later - timedelta(minutes=30)).keys() == {"mine@example.org"}
    with clock.standing_at(later - timedelta(minutes=16)):
        programme.cancel_session(SYSTEM, session.id)
    assert "Reminder" not in str(at(later - timedelta(minutes=15)))


def test_what_was_missed_is_sent_while_it_helps_and_counted_afterwards(event: Event, register, at):
    register(event, address="reader@example.org")
    rule(event, RulePlan("event", "registrants", 1, "days"))
    rule(event, AN_HOUR)
    at(LONG_BEFORE)
    # The site was down: the day's letter is six hours late, the hour's would come when all is over.
    assert at(BEGINS - timedelta(hours=18)).keys() == {"reader@example.org"}
    assert at(BEGINS + timedelta(minutes=1)) == {}
    states = db.session.execute(sa.select(ReminderRound.state, ReminderRound.queued, ReminderRound.dropped)).all()
    assert sorted(map(tuple, states)) == [("done", 1, 0), ("dropped", 0, 1)]


def test_a_letter_that_waited_too_long_or_is_not_true_any_more_is_dropped_and_counted(
    event: Event, register, at, letters
):
    people = [register(event, address=f"{name}@example.org") for name in ("stays", "leaves")]
    rule(event, AN_HOUR)
    at(LONG_BEFORE)
    with clock.standing_at(BEGINS - timedelta(hours=1)):
        services.note_moments(SYSTEM, event.id)
        [moment] = db.session.scalars(sa.select(ReminderRound)).all()
        services.queue_batch(SYSTEM, moment.id)
        registrations.cancel_registration(SYSTEM, people[1].id)
        assert sorted(str(one["Subject"]) for one in letters()) == [
            "Reminder: Workshop", "Your registration is cancelled: Workshop",
        ]  # fmt: skip
    db.session.rollback()
    [moment] = db.session.scalars(sa.select(ReminderRound)).all()
    assert (moment.queued, moment.dropped) == (1, 1)
    assert db.session.scalar(sa.select(sa.func.count(Letter.id)).where(Letter.state == "failed")) == 0


def test_clocks_that_step_back_and_forth_and_workers_that_die_make_no_second_letter(
    event: Event, register, at, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(services, "BATCH", 2)
    for number in range(5):
        register(event, address=f"reader{number}@example.org")
    rule(event, AN_HOUR)
    at(LONG_BEFORE)
    due = BEGINS - timedelta(hours=1)
    with clock.standing_at(due):
        jobs.look()
        queue, calls = services.queue_batch, []

        def killed(*args: Any, **how: bool) -> Any:
            calls.append(args)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return queue(*args, **how)

        monkeypatch.setattr(services, "queue_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.drain()
        monkeypatch.setattr(services, "queue_batch", queue)
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count(Reminder.id))) == 2
    seen: list[str] = []
    for minutes in (-60, 0, 10, -30, 10, 11, 0, 20):
        seen += at(due + timedelta(minutes=minutes))
    assert sorted(seen) == [f"reader{number}@example.org" for number in range(5)]
    ids = db.session.scalars(sa.select(Letter.id).where(Letter.kind == "reminder")).all()
    assert len(set(ids)) == 5


def test_a_transaction_that_fails_leaves_nothing_of_it(event: Event, register, at):
    register(event, address="reader@example.org")
    rule(event, AN_HOUR)
    at(LONG_BEFORE)

    @use_case
    def fail(actor: Any) -> None:
        services.note_moments(actor, event.id)
        raise RuntimeError

    with clock.standing_at(BEGINS - timedelta(minutes=60)), pytest.raises(RuntimeError):
        fail(SYSTEM)
    assert db.session.scalar(sa.select(sa.func.count(ReminderRound.id))) == 0
    assert at(BEGINS - timedelta(minutes=59)).keys() == {"reader@example.org"}


def test_two_schedulers_at_once_queue_each_letter_once(app: Flask, event: Event, register, at):
    for number in range(8):
        register(event, address=f"reader{number}@example.org")
    for minutes in (60, 59):
        rule(event, RulePlan("event", "registrants", minutes, "minutes"))
    at(LONG_BEFORE)
    db.session.rollback()
    start, errors = threading.Barrier(2), []

    def schedule() -> None:
        with app.app_context():
            start.wait()
            try:
                for _ in range(2):
                    jobs.look()
                    for moment in db.session.scalars(sa.select(ReminderRound.id)).all():
                        services.queue_batch(SYSTEM, moment)
            except Exception as error:  # noqa: BLE001 - told below
                errors.append(error)
            finally:
                db.session.rollback()

    with clock.standing_at(BEGINS - timedelta(minutes=59)):
        threads = [threading.Thread(target=schedule) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    db.session.rollback()
    counts = [db.session.scalar(sa.select(sa.func.count(table.id))) for table in (ReminderRound, Reminder)]
    assert counts == [2, 16]
    assert db.session.scalar(sa.select(sa.func.count(Letter.id)).where(Letter.kind == "reminder")) == 16


@use_case
def looked(actor: Any, moment: datetime) -> None:
    """The scheduler has looked at a moment."""
    db.session.execute(sa.delete(ClockJob))
    db.session.add(ClockJob(name="messaging.reminders.jobs.look", moment=moment, ended_at=moment))


@on_sqlite
@pytest.mark.parametrize("is_queue_late", [False, True])
def test_what_was_moved_reminds_again_though_nobody_looked_for_hours_and_not_where_it_had_passed(
    event: Event, register, at, monkeypatch: pytest.MonkeyPatch, is_queue_late: bool
):
    register(event, address="reader@example.org")
    rule(event, RulePlan("event", "registrants", 1, "days"))
    at(LONG_BEFORE)
    due = BEGINS - timedelta(days=1)
    assert at(due).keys() == {"reader@example.org"}

    def move(moment: datetime, starts: datetime) -> None:
        with clock.standing_at(moment):
            use_case(lambda actor: setattr(db.session.get(Event, event.id), "starts", starts))(SYSTEM)

    move(due + timedelta(hours=3), NINE + timedelta(hours=2))
    looked(SYSTEM, due + timedelta(hours=3))
    assert at(due + timedelta(hours=3, minutes=1)) == {}, "the letter about the change tells of that"
    move(due + timedelta(hours=4), NINE + timedelta(days=7))
    again = due + timedelta(days=7)
    if is_queue_late:
        with clock.standing_at(again):
            looked(SYSTEM, again - timedelta(minutes=1))
            jobs.look()
    looked(SYSTEM, again - timedelta(minutes=1))
    assert at(again + timedelta(hours=5)).keys() == {"reader@example.org"}, "nobody was there to look, or to write"
    looked(SYSTEM, again + timedelta(hours=5))
    assert at(again + timedelta(hours=5, minutes=1)) == {}


@on_sqlite
def test_a_zone_changed_after_saving_moves_the_reminder(event: Event, register, at):
    register(event, address="reader@example.org", country="CN")
    rule(event, AN_HOUR)
    at(LONG_BEFORE)
    use_case(lambda actor: setattr(db.session.get(Event, event.id), "zone", "Asia/Kathmandu"))(SYSTEM)
    begins = clock.instant(NINE, "Asia/Kathmandu")
    assert begins - BEGINS == timedelta(hours=2, minutes=15)
    assert at(BEGINS - timedelta(hours=1)) == {}
    assert at(begins - timedelta(hours=1)).keys() == {"reader@example.org"}


@on_sqlite
@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (RulePlan("answer", "registrants", 1, "days"), "audience"),
        (RulePlan("event", "registrants", 91, "days"), "amount"),
        (RulePlan("event", "registrants", 0, "minutes"), "amount"),
        (RulePlan("invitation", "guests", 1, "days", is_after=True), "side"),
        (RulePlan("event", "registrants", 1, "days", at_clock="22:30"), "at_clock"),
        (RulePlan("event", "registrants", 1, "days", at_clock="9:00"), "at_clock"),
        (RulePlan("event", "registrants", 1, "hours", at_clock="09:00"), "at_clock"),
        (RulePlan("event", "registrants", 1, "days", is_after=True), "note"),
        (RulePlan("event", "speakers", 1, "days", pools=["x"]), "pools"),
    ],
)
def test_what_no_rule_can_say_is_refused_by_its_field(event: Event, plan: RulePlan, field: str):
    with pytest.raises(Invalid) as refusal:
        rule(event, plan)
    assert refusal.value.field == field


@on_sqlite
def test_deadlines_remind_those_who_have_not_done_what_they_can(event: Event, make_session, make_person, at):
    person = make_person(address="speaker@example.org", language="zh")
    speaker, _ = invited(make_session, event, person)
    rule(event, RulePlan("answer", "speakers", 5, "hours"))
    at(LONG_BEFORE)
    assert at(speaker.answer_by - timedelta(days=2)).keys() <= {"speaker@example.org"}  # the reminder that all get
    text = at(speaker.answer_by - timedelta(hours=5))["speaker@example.org"]
    assert "提醒" in text.splitlines()[0]
    assert "/zh/speak/" in text
    assert at(speaker.answer_by - timedelta(hours=4)) == {}


@on_sqlite
def test_words_of_ones_own_come_after_the_event(event: Event, register, at):
    register(event, address="reader@example.org", language="zh", country="CN")
    note = Translated.of(en="The slides are online.", zh="{name}，“{event}”的幻灯片已上线。")
    rule(event, RulePlan("event", "registrants", 1, "days", is_after=True, at_clock="09:00", note=note))
    at(LONG_BEFORE)
    text = at(clock.instant(datetime(2027, 1, 15, 9), "Asia/Shanghai"))["reader@example.org"]
    assert f"Wang Fang，“{event.title.in_('zh')}”的幻灯片已上线。" in text


@on_sqlite
def test_words_of_ones_own_hold_no_placeholder_that_there_is_not(event: Event):
    note = Translated.of(en="Dear {nam},\nsee {link}.", zh="{name}，您好")
    with pytest.raises(Invalid) as refused:
        rule(event, RulePlan("event", "registrants", 1, "days", note=note))
    assert (refused.value.field, refused.value.others) == ("note_en", [])
    assert refused.value.message == (
        "There are no links here, for the letter has its own: please leave {link} out. "
        "Line 1, character 6: there is no placeholder {nam}. Did you mean {name}?"
    )
