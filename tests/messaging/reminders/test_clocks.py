"""That each registrant is reminded, and told the hours, by the clock that they live by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.outbox import OutboxRow
from eventhub.messaging.reminders import jobs, outlook, queries, services
from eventhub.messaging.reminders.services import RulePlan
from eventhub.people.models import Person
from eventhub.registrations import clocks, delegations
from eventhub.registrations import services as registrations
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import find_registration
from tests.conftest import on_sqlite
from tests.messaging.conftest import plain

Make = Callable[..., Any]
NINE = datetime(2027, 1, 14, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
TWO_DAYS = RulePlan("event", "registrants", 2, "days", at_clock="09:00")
LONG_BEFORE = BEGINS - timedelta(days=20)
ZONES = (
    "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe", "America/New_York", "Pacific/Kiritimati",
    "Pacific/Midway", "UTC",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _long_before(app: Flask):
    with clock.standing_at(LONG_BEFORE):
        yield


@pytest.fixture
def event(make_event: Make) -> Event:
    made: Event = make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))
    return made


@pytest.fixture
def at(letters: Make) -> Callable[[datetime], dict[str, str]]:
    """Let the scheduler look at a moment, and read what was written, by its readers."""
    letters()

    def look(moment: datetime) -> dict[str, str]:
        db.session.rollback()
        with clock.standing_at(moment):
            jobs.look()
            return {str(one["To"]).partition("@")[0]: plain(one) for one in letters()}

    return look


def nine(zone: str, day: int = 12) -> datetime:
    """Nine in the morning by a clock."""
    return clock.instant(datetime(2027, 1, day, 9), zone)


def move(registration: Registration, zone: str | None, moment: datetime) -> None:
    """Somebody chooses another clock at a moment."""
    with clock.standing_at(moment):
        clocks.choose_zone(SYSTEM, registration.id, zone)


def test_the_clock_is_the_one_chosen_else_the_accounts_else_the_countrys_else_the_events(
    event: Event, register: Make, make_member: Make, at: Make
):
    member = make_member()
    person = db.session.get(Person, member.person_id)
    person.zone = "America/Lima"
    db.session.commit()
    mail = person.address
    registrations.register(member, event.id, Details(name="M", address=mail, country="NP"), "in_person")
    register(event, address="geneva@example.org", country="CN", zone="Europe/Zurich")
    register(event, address="nepal@example.org", country="NP")
    register(event, address="states@example.org", country="US")
    services.save_rule(SYSTEM, event.id, TWO_DAYS)
    at(LONG_BEFORE)
    # In Lima it begins on the evening before.
    assert at(nine("America/Lima", 11)).keys() == {mail.partition("@")[0]}
    assert at(nine("Asia/Shanghai")).keys() == {"states"}
    assert at(nine("Asia/Kathmandu")).keys() == {"nepal"}
    told = at(nine("Europe/Zurich"))
    assert told.keys() == {"geneva"}
    assert "Thursday 14 January 2027, 02:00–10:00 Geneva time" in told["geneva"]


@on_sqlite
def test_over_all_zones_nobody_is_reminded_but_at_their_hour_and_told_theirs(
    make_event: Make, register: Make, at: Make
):
    """Of what begins on either side of clock changes, in each zone: at nine, two days before, by the reader's clock."""
    for number, (starts, venue) in enumerate(
        [
            (datetime(2027, 2, 8, 1, 30), "Asia/Shanghai"),  # Morocco puts its clocks back for Ramadan
            (datetime(2027, 4, 5, 10, 15), "Europe/Zurich"),  # Lord Howe goes back by half an hour
            (datetime(2027, 10, 3, 2, 45), "Australia/Lord_Howe"),  # just after the half hour that it skips
            (datetime(2027, 3, 14, 9), "America/New_York"),
        ]
    ):
        event = make_event(f"E{number}", slug=f"e{number}", starts=starts, ends=starts + timedelta(hours=1), zone=venue)
        for zone in ZONES:
            name = zone.rpartition("/")[2].lower()
            register(event, address=f"{name}.{number}@example.org", country="CN", zone=zone)
        rule = services.save_rule(SYSTEM, event.id, TWO_DAYS)
        at(LONG_BEFORE)
        begins = clock.instant(starts, venue)
        due = {}
        for zone in ZONES:
            here = clock.wall(begins, zone)
            due[zone] = clock.instant(datetime.combine(here.date() - timedelta(days=2), time(9)), zone)
        assert queries.zones("registrants", "days", event) == {*ZONES, venue}
        shown = {one.due_at: one.people for one in outlook.plan(event, [rule], 99)[rule.id]}
        assert shown == {moment: list(due.values()).count(moment) for moment in due.values()}
        for moment in sorted(set(due.values())):
            assert at(moment - timedelta(minutes=1)) == {}
            told = at(moment)
            theirs = {zone.rpartition("/")[2].lower(): zone for zone in ZONES if due[zone] == moment}
            assert {name.partition(".")[0] for name in told} == theirs.keys()
            for name, text in told.items():
                own = clock.wall(begins, theirs[name.partition(".")[0]])
                assert f"{own.day} {own:%B} {own.year}, {own:%H:%M}" in text
        services.turn(SYSTEM, rule.id, on=False)


def test_a_reminder_moves_with_the_clock_of_its_reader(event: Event, register: Make, at: Make):
    one = register(event, address="one@example.org", zone="Asia/Kathmandu")
    services.save_rule(SYSTEM, event.id, TWO_DAYS)
    at(LONG_BEFORE)
    move(one, "Africa/Casablanca", nine("Asia/Kathmandu") - timedelta(minutes=5))
    assert at(nine("Asia/Kathmandu")) == {}
    assert at(nine("Africa/Casablanca") - timedelta(minutes=1)) == {}
    assert at(nine("Africa/Casablanca")).keys() == {"one"}
    move(one, "America/New_York", nine("Africa/Casablanca"))
    assert at(nine("America/New_York")) == {}, "who has had it has had it"


@pytest.mark.parametrize("is_alone", [True, False])
@pytest.mark.parametrize("how", ["zone", "country"])
def test_who_moves_to_where_the_hour_is_past_hears_at_once_and_once(
    event: Event, register: Make, at: Make, how: str, is_alone: bool
):
    said = {"zone": "Africa/Casablanca", "country": "PE"} if how == "zone" else {"country": "MA"}
    mover = register(event, address="mover@example.org", **said)
    if not is_alone:
        register(event, address="there@example.org", zone="Asia/Kathmandu")
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "days", at_clock="09:00"))
    at(LONG_BEFORE)
    there = nine("Asia/Kathmandu", 13)
    assert at(there).keys() == (set() if is_alone else {"there"})
    later = there + timedelta(hours=2)
    assert at(later) == {}, "in Casablanca it is early in the morning"
    if how == "zone":
        move(mover, "Asia/Kathmandu", later)
    else:
        with clock.standing_at(later):
            registrations.change_registration(SYSTEM, mover.id, Description(name="Wang Fang", country="NP"))
    assert at(later + timedelta(minutes=1)).keys() == {"mover"}
    assert at(nine("Africa/Casablanca", 13)) == {}
    move(mover, "Africa/Casablanca", later + timedelta(hours=1))
    assert at(nine("Africa/Casablanca", 13)) == {}


@on_sqlite
def test_nothing_is_made_up_for_of_what_is_over_or_another_rule_or_another_matter(
    event: Event, register: Make, at: Make
):
    """Work is ordered for moments that somebody has missed by their clock, and for nothing else."""
    mover = register(event, address="mover@example.org", zone="Africa/Casablanca")
    register(event, address="there@example.org", zone="Asia/Kathmandu")
    one_day = RulePlan("event", "registrants", 1, "days", at_clock="09:00")
    for plan in (one_day, RulePlan("event", "registrants", 30, "hours")):
        services.save_rule(SYSTEM, event.id, plan)
    off = services.save_rule(SYSTEM, event.id, one_day)
    at(LONG_BEFORE)
    there = nine("Asia/Kathmandu", 13)
    at(BEGINS - timedelta(hours=30))
    at(there)
    services.turn(SYSTEM, off.id, on=False)

    def ordered(moment: datetime, change: Callable[[], Any]) -> int:
        with clock.standing_at(moment):
            before = _orders()
            change()
            return _orders() - before

    renamed = Description(name="Renamed")
    assert ordered(there, lambda: registrations.change_registration(SYSTEM, mover.id, renamed)) == 0
    assert ordered(there, lambda: clocks.choose_zone(SYSTEM, mover.id, "Asia/Tokyo")) == 0
    assert ordered(there, lambda: clocks.choose_zone(SYSTEM, mover.id, "Asia/Kathmandu")) == 1
    clocks.choose_zone(SYSTEM, mover.id, "Asia/Tokyo")
    assert ordered(BEGINS, lambda: clocks.choose_zone(SYSTEM, mover.id, "Asia/Kathmandu")) == 0


def _orders() -> int:
    return db.session.scalar(select(func.count()).where(OutboxRow.kind == "reminders")) or 0


def test_a_list_that_moves_many_has_each_moment_looked_at_once(event: Event, register: Make, at: Make):
    people = [register(event, address=f"p{number}@example.org", zone="Africa/Casablanca") for number in range(3)]
    register(event, address="there@example.org", zone="Asia/Kathmandu")
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "days", at_clock="09:00"))
    at(LONG_BEFORE)
    there = nine("Asia/Kathmandu", 13)
    at(there)

    @use_case
    def move_all(actor: Actor) -> None:
        for one in people:
            clocks.choose_zone(SYSTEM, one.id, "Asia/Kathmandu")

    before = _orders()
    with clock.standing_at(there + timedelta(hours=1)):
        move_all(SYSTEM)
    assert _orders() == before + 1
    assert at(there + timedelta(hours=1)).keys() == {"p0", "p1", "p2"}


def test_a_delegates_letter_tells_the_hours_of_who_reads_it(event: Event, letters: Make):
    contact = Details(name="Chen", address="chen@example.org", zone="Asia/Kathmandu")
    member = Member(Details(name="B", country="NP"), "in_person")
    delegations.register_delegation(VISITOR, event.id, contact, [member], "")
    chen = find_registration(event.id, "chen@example.org")
    (b,) = delegations.list_of_contact(chen)
    letters()
    clocks.choose_zone(SYSTEM, chen.id, "Europe/Zurich")
    registrations.cancel_registration(SYSTEM, b.id)
    told = "".join(plain(one) for one in letters())
    assert "02:00–10:00 Geneva time" in told
    assert "Kathmandu" not in told
