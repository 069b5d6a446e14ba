"""The page of an event's reminders, as organisers use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import jobs, services
from eventhub.messaging.reminders.models import ReminderRound, ReminderRule
from eventhub.messaging.reminders.services import RulePlan
from eventhub.registrations.models import Registration
from tests.conftest import on_sqlite
from tests.queries import count_queries

pytestmark = on_sqlite

NINE = datetime(2027, 1, 14, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
DESK = "/en/organise/events/workshop/messages/reminders/"


@pytest.fixture(autouse=True)
def _long_before(app):
    with clock.standing_at(BEGINS - timedelta(days=20)):
        yield


@pytest.fixture
def event(make_event) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8), in_person=50)


@pytest.fixture
def browser(event: Event, make_member, sign_in):
    return sign_in(make_member(organisation=event.organisation))


def the_rule() -> ReminderRule:
    db.session.rollback()
    return db.session.scalars(sa.select(ReminderRule)).one()


@pytest.fixture
def begun(app) -> Iterator[list[str]]:
    """How transactions are begun."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            found.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_whom_letters_do_not_find_the_page_says_are_not_reminded(event: Event, browser, register, save):
    register(event, address="gone@example.org")
    save(MarkedAddress(organisation_id=event.organisation_id, address="gone@example.org", reason="5.1.1"))
    assert browser.submit(f"{DESK}offered/an_hour/", form_at=DESK).status_code == 303
    assert "1 registrant is not reminded" in browser.get(DESK).get_data(as_text=True)


def test_a_new_rule_in_hours_is_not_refused_for_an_hour_that_nobody_typed(event: Event, browser):
    assert 'value="09:00"' not in browser.get(f"{DESK}new/").get_data(as_text=True)
    form = {"unit": "hours", "amount": "3", "side": "before", "occasion": "event", "audience": "registrants"}
    assert browser.submit(f"{DESK}new/", {**form, "whose_clock": "own", "version": "0"}).status_code == 303


def test_what_is_offered_is_turned_on_adapted_off_and_removed(event: Event, browser, register):
    register(event, address="reader@example.org", country="CN")
    assert browser.submit(f"{DESK}offered/two_days/", form_at=DESK).status_code == 303
    page = browser.get(DESK.replace("/en/", "/zh/")).get_data(as_text=True)
    assert "活动开始前 2 天，收件人当地时间 09:00" in page
    assert "2027年1月12日 星期二 09:00" in page
    assert "offered/two_days/" not in page
    rule = the_rule()
    said = {"unit": "hours", "amount": "3", "side": "before", "occasion": "event", "whose_clock": "own",
            "audience": "registrants", "read": str(rule.version), "version": str(rule.version)}  # fmt: skip
    refused = browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": "09:00"})
    assert refused.status_code == 422
    assert "An hour can be given where the rule counts days." in refused.get_data(as_text=True)
    assert browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": ""}).status_code == 303
    assert "3 hours before the event" in browser.get(DESK).get_data(as_text=True)
    stale = browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": "", "amount": "4"})
    assert stale.status_code == 409
    assert browser.submit(f"{DESK}{rule.id}/turn/", {"on": "no"}, form_at=DESK).status_code == 303
    assert not the_rule().is_on
    assert browser.submit(f"{DESK}{rule.id}/remove/", form_at=DESK).status_code == 303
    assert the_rule().removed_at
    assert browser.get(f"{DESK}{rule.id}/").status_code == 404
    assert browser.post(f"{DESK}offered/nothing/", data={"csrf_token": browser.csrf(DESK)}).status_code == 404


def test_an_hour_by_each_readers_own_clock_is_told_with_its_first_and_last_moment(event: Event, browser, register):
    register(event, address="near@example.org", country="CN")
    browser.submit(f"{DESK}offered/two_days/", form_at=DESK)
    alone = "At 09:00 by each reader’s own clock: <time"
    assert alone in browser.get(DESK).text, "though all live by the event's clock"
    register(event, address="far@example.org", zone="America/New_York")
    register(event, address="east@example.org", zone="Asia/Tokyo")
    text = re.sub("<[^>]+>", "", browser.get(DESK).text)
    assert (
        "At 09:00 by each reader’s own clock: first on Monday 11 January 2027, 22:00 Beijing time, "
        "last on Tuesday 12 January 2027, 09:00 Beijing timeTo 3 people"
    ) in text
    chinese = re.sub("<[^>]+>", "", browser.get(DESK.replace("/en/", "/zh/")).text)
    assert (
        "收件人当地时间 09:00：最早 2027年1月11日 星期一 22:00（北京时间），最晚 2027年1月12日 星期二 09:00" in chinese
    )
    register(event, address="asleep@example.org", zone="Europe/London")
    services.save_rule(
        SYSTEM, event.id, RulePlan("event", "registrants", 2, "days", at_clock="09:00", is_own_clock=False)
    )
    assert "for those who have night then" in browser.get(DESK).text


def test_a_rule_is_looked_at_in_both_languages_and_sent_to_oneself(event: Event, browser):
    rule = services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    for lang, said in (("en", "Reminder: Workshop"), ("zh", "提醒：")):
        assert said in browser.get(f"{DESK}{rule.id}/preview/{lang}/").get_data(as_text=True)
        assert (
            browser.submit(f"{DESK}{rule.id}/test/{lang}/", form_at=f"{DESK}{rule.id}/preview/{lang}/").status_code
            == 303
        )
    letters = db.session.scalars(sa.select(Letter).where(Letter.kind == "reminder").order_by(Letter.language)).all()
    assert [one.language for one in letters] == ["en", "zh"]
    outbox.drain()
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Letter.state))) == {"sent"}


def test_the_page_asks_as_much_of_three_rules_and_moments_as_of_one(event: Event, browser, register):
    for number in range(3):
        register(event, address=f"reader{number}@example.org", country="CN")

    def asked(minutes: int) -> int:
        services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", minutes, "minutes"))
        with clock.standing_at(BEGINS - timedelta(minutes=minutes)):
            jobs.look()
            outbox.drain()
        # One that has passed, and as many that are still to come.
        services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", minutes + 1, "minutes"))
        browser.get(DESK)
        with count_queries() as queries:
            page = browser.get(DESK).get_data(as_text=True)
        assert f"{minutes + 1} minutes before the event" in page
        return len(queries)

    one = asked(70)
    asked(60)
    assert asked(50) == one


def test_a_minute_in_which_nothing_is_due_begins_no_transaction_that_writes(event: Event, register, begun: list[str]):
    register(event, address="reader@example.org", country="CN")
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    begun.clear()
    with count_queries() as asked:
        jobs.look()
        with clock.standing_at(BEGINS - timedelta(minutes=61)):
            jobs.look()
        assert asked.statements
        assert all(one.startswith("SELECT") for one in asked.statements)
        assert begun == ["BEGIN"] * len(begun)
    with clock.standing_at(BEGINS - timedelta(hours=1)):
        jobs.look()
        assert "BEGIN IMMEDIATE" in begun
        assert db.session.scalar(sa.select(sa.func.count(ReminderRound.id))) == 1
        db.session.rollback()
        begun.clear()
        jobs.look()
        assert "BEGIN IMMEDIATE" not in begun


def test_a_contact_is_reminded_for_a_delegate_without_an_address(event: Event, register, letters):
    contact = register(event, address="contact@example.org", country="CN")
    delegate = register(event, address="delegate@example.org", country="CN")
    own = register(event, address="own@example.org", country="CN")
    letters()

    @use_case
    def take_address(actor):
        row = db.session.get(Registration, delegate.id)
        row.contact_id, row.address, row.typed_address = contact.id, None, None
        for place in db.session.get(Registration, contact.id).places:
            place.state = "cancelled"

    take_address(SYSTEM)
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    with clock.standing_at(BEGINS - timedelta(hours=1)):
        jobs.look()
        found = {str(one["To"]) for one in letters()}
    assert found == {"contact@example.org", str(own.address)}


def test_the_page_says_which_reminder_comes_by_itself(event: Event, browser):
    told = {"en": "One comes by itself, once: to whoever was invited", "zh": "会在截止前自动收到一次提醒"}
    for lang, said in told.items():
        page = browser.get(f"/{lang}/organise/events/{event.slug}/messages/reminders/").get_data(as_text=True)
        assert said in page
        assert "Nothing is sent by itself" not in page
