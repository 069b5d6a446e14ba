"""Pools with rules of their own: approval, offers, places that are held, quotas, and a place meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.messaging.models import Letter
from eventhub.registrations import decisions, jobs, moves, pools, queries, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.pools import PoolPlan, save_pool
from tests.conftest import both, on_postgres, organisation_of
from tests.queries import count_queries
from tests.races import side_by_side

Make = Callable[..., Any]


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member()


@pytest.fixture
def event(make_event: Make, organiser: Actor) -> Event:
    return make_event(organisation=organisation_of(organiser), in_person=1, online=5)


def rule(event: Event, key: str = "in_person", **plan: Any) -> Pool:
    """Give a pool other rules, and leave the rest as it was."""
    pool = queries.find_pool(event, key)
    assert pool
    kept = PoolPlan.of(pool)
    given = {name: plan.get(name, getattr(kept, name)) for name in kept.__slots__}
    return save_pool(SYSTEM, event.id, PoolPlan(**given), key)


def enter(event: Event, name: str, key: str = "in_person", meanwhile: str = "", **details: Any) -> services.Outcome:
    given = {"name": name, "address": f"{name}@example.org", **details}
    return services.register(VISITOR, event.id, Details(**given), key, meanwhile)


def row(event: Event, name: str) -> Registration:
    db.session.expire_all()
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def stands(event: Event, name: str) -> list[tuple[str, str]]:
    """The pools and states of somebody's places that were not given up, the best first."""
    return [(place.pool.key, place.state) for place in row(event, name).live]


def holder(event: Event, name: str) -> Actor:
    return Actor("link", thing_id=row(event, name).id, purpose="registration")


def letters(event: Event, name: str) -> list[str]:
    query = select(Letter.kind).where(Letter.registration_id == row(event, name).id)
    return list(db.session.scalars(query.order_by(Letter.created_at, Letter.id)))


# ---- Approval -----------------------------------------------------------


def test_whoever_has_to_be_approved_takes_no_place_until_they_are(event: Event):
    rule(event, admission="approval", capacity=1)
    assert [enter(event, name).state for name in ("a", "b", "c")] == ["pending"] * 3
    [seats] = [one for one in queries.list_seats(event) if one.pool.key == "in_person"]
    assert (seats.taken, seats.waiting) == (0, 0)
    assert decisions.approve(SYSTEM, event.id, [row(event, "c").id, row(event, "b").id], both("Welcome", "欢迎")) == 2
    # In the order in which they came, not in that of the ticks.
    assert (stands(event, "b"), stands(event, "c")) == ([("in_person", "confirmed")], [("in_person", "waitlisted")])
    assert letters(event, "b") == ["pending", "approved_confirmed"]
    assert letters(event, "c") == ["pending", "approved_waitlisted"]
    letter = db.session.scalars(select(Letter).where(Letter.kind == "approved_confirmed")).one()
    assert letter.data["words"] == {"en": "Welcome", "zh": "欢迎"}
    # Whoever came first and is approved last stands before those who wait.
    decisions.approve(SYSTEM, event.id, [row(event, "a").id])
    assert queries.position_of(row(event, "a").place) == 1
    services.cancel_registration(SYSTEM, row(event, "b").id)
    assert (stands(event, "a"), stands(event, "c")) == ([("in_person", "confirmed")], [("in_person", "waitlisted")])


def test_an_account_lets_nobody_in_whom_the_organisers_have_to_approve(event: Event, make_person: Make):
    rule(event, admission="approval")
    member = make_person(address="a@example.org")
    outcome = services.register(
        Actor("member", member.id), event.id, Details(name="a", address="a@example.org"), "in_person"
    )
    assert (outcome.state, stands(event, "a")) == ("pending", [("in_person", "pending")])


def test_organisers_need_not_approve_whom_they_move_or_add_themselves(event: Event, organiser: Actor):
    rule(event, admission="approval")
    enter(event, "a", "online")
    assert moves.switch_pool(organiser, row(event, "a").id, "in_person").state == "confirmed"
    enter(event, "b", "online")
    assert moves.switch_pool(holder(event, "b"), row(event, "b").id, "in_person").state == "pending"


def test_whoever_is_declined_hears_it_once_and_may_ask_again(event: Event):
    rule(event, admission="approval")
    enter(event, "a")
    assert decisions.decline(SYSTEM, event.id, [row(event, "a").id]) == 1
    assert decisions.decline(SYSTEM, event.id, [row(event, "a").id]) == 0
    assert row(event, "a").place.state == "declined"
    assert letters(event, "a") == ["pending", "declined"]
    assert enter(event, "a").state == "pending"


def test_nobody_is_let_in_to_what_does_not_take_place_but_may_be_declined(event: Event):
    from eventhub.events import services as events

    rule(event, admission="approval")
    enter(event, "a")
    events.cancel_event(SYSTEM, event.id)
    with pytest.raises(Conflict):
        decisions.approve(SYSTEM, event.id, [row(event, "a").id])
    assert letters(event, "a") == ["pending"]
    assert decisions.decline(SYSTEM, event.id, [row(event, "a").id]) == 1


def test_nobody_is_decided_upon_who_is_not_there(event: Event, make_event: Make, make_member: Make, organiser: Actor):
    rule(event, admission="approval")
    enter(event, "a")
    other = make_event(organisation=organisation_of(organiser))
    for decide in (decisions.approve, decisions.decline):
        with pytest.raises(NotFound):
            decide(organiser, other.id, [row(event, "a").id])
        with pytest.raises(Invalid):
            decide(organiser, event.id, [])
        with pytest.raises(NotFound):
            decide(make_member(), event.id, [row(event, "a").id])
        with pytest.raises(Invalid):
            decide(organiser, event.id, [row(event, "a").id], both("x" * 2001))
    assert row(event, "a").place.state == "pending"


# ---- Offers and held places ---------------------------------------------


def test_a_free_place_is_offered_in_order_and_passed_on_when_nobody_takes_it(event: Event):
    rule(event, promotion="offer", offer_hours=24)
    assert [enter(event, name).state for name in ("a", "b", "c", "d")] == ["confirmed", *["waitlisted"] * 3]
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert stands(event, "b") == [("in_person", "offered")]
    offer = row(event, "b").place
    assert offer.held_until and timedelta(hours=23) < offer.held_until - clock.now() <= timedelta(hours=24)
    assert enter(event, "late").state == "waitlisted"
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        with pytest.raises(Conflict):
            services.confirm(holder(event, "b"), row(event, "b").id)
        jobs.pass_on()
        assert (stands(event, "b"), stands(event, "c")) == ([], [("in_person", "offered")])
        services.confirm(holder(event, "c"), row(event, "c").id)
        services.confirm(holder(event, "c"), row(event, "c").id)
    assert stands(event, "c") == [("in_person", "confirmed")]
    assert sorted(letters(event, "b")) == ["lapsed", "offered", "waitlisted"]
    assert sorted(letters(event, "c")) == ["confirmed", "offered", "waitlisted"]


def test_an_offer_ends_when_the_event_begins(event: Event):
    assert event.starts_at
    rule(event, promotion="offer", offer_hours=48)
    enter(event, "a")
    enter(event, "b")
    with clock.standing_at(event.starts_at - timedelta(hours=3)):
        services.cancel_registration(SYSTEM, row(event, "a").id)
    assert row(event, "b").place.held_until == event.starts_at


def test_a_new_place_is_held_until_its_letter_was_followed(event: Event):
    rule(event, hold_hours=2)
    assert enter(event, "a").state == "unverified"
    assert enter(event, "b").state == "waitlisted"
    assert letters(event, "a") == ["unverified"]
    services.confirm(holder(event, "a"), row(event, "a").id)
    assert stands(event, "a") == [("in_person", "confirmed")]
    assert row(event, "a").verified_at
    services.cancel_registration(SYSTEM, row(event, "a").id)
    # Who has not shown that letters reach them takes what came free by the link in the next letter.
    assert stands(event, "b") == [("in_person", "offered")]
    services.confirm(holder(event, "b"), row(event, "b").id)
    assert stands(event, "b") == [("in_person", "confirmed")]


def test_what_was_never_confirmed_is_free_again_and_nobody_is_written_to(event: Event):
    rule(event, hold_hours=2)
    enter(event, "a")
    enter(event, "b")
    with clock.standing_at(clock.now() + timedelta(hours=3)):
        assert enter(event, "c").state == "waitlisted"
        assert stands(event, "a") == []
    assert stands(event, "b") == [("in_person", "offered")]
    assert letters(event, "a") == ["unverified"]


def test_nothing_is_confirmed_at_an_event_that_does_not_take_place(event: Event):
    from eventhub.events import services as events

    rule(event, hold_hours=2)
    enter(event, "a")
    events.postpone_event(SYSTEM, event.id)
    with pytest.raises(Conflict):
        services.confirm(holder(event, "a"), row(event, "a").id)


def test_whoever_signs_in_with_their_own_address_has_shown_it(event: Event, make_member: Make):
    member = make_member()
    from eventhub.people.models import Person

    person = db.session.get(Person, member.person_id)
    assert person and person.address
    rule(event, hold_hours=2)
    outcome = services.register(member, event.id, Details(name="Own", address=person.address), "in_person")
    assert outcome.state == "confirmed"


# ---- A place meanwhile --------------------------------------------------


def test_whoever_waits_for_a_seat_may_take_part_online_until_there_is_one(event: Event):
    enter(event, "a")
    outcome = enter(event, "b", meanwhile="online")
    assert (outcome.state, outcome.meanwhile) == ("waitlisted", "online")
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "waitlisted")]
    assert [place.pool.key for place in row(event, "b").places if place.is_main] == ["online"]
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert stands(event, "b") == [("in_person", "confirmed")]
    assert [place.pool.key for place in row(event, "b").places if place.is_main] == ["in_person"]
    online = next(one for one in queries.list_seats(event) if one.pool.key == "online")
    assert online.taken == 0


def test_whoever_waits_already_takes_part_online_meanwhile_and_keeps_their_turn(event: Event):
    enter(event, "a")
    enter(event, "b")
    enter(event, "c")
    moves.take_meanwhile(holder(event, "b"), row(event, "b").id, "online")
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "waitlisted")]
    assert letters(event, "b") == ["waitlisted", "moved_waitlisted"]
    with pytest.raises(Conflict):
        moves.take_meanwhile(holder(event, "b"), row(event, "b").id, "online")
    services.cancel_registration(holder(event, "a"), row(event, "a").id)
    assert stands(event, "b") == [("in_person", "confirmed")], "before those who came later"


def test_nobody_who_has_a_place_takes_one_more_nor_one_that_is_not_free(event: Event):
    enter(event, "a")
    with pytest.raises(Conflict):
        moves.take_meanwhile(holder(event, "a"), row(event, "a").id, "online")
    enter(event, "b")
    with pytest.raises(Conflict):
        moves.take_meanwhile(holder(event, "b"), row(event, "b").id, "in_person")
    rule(event, "online", capacity=0)
    with pytest.raises(Conflict):
        moves.take_meanwhile(holder(event, "b"), row(event, "b").id, "online")
    assert stands(event, "b") == [("in_person", "waitlisted")]


def test_what_is_given_up_for_a_seat_goes_to_the_next_who_waits_for_it(event: Event):
    pools.change_pools(SYSTEM, event.id, {"online": 1})
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    assert enter(event, "c", "online").state == "waitlisted"
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert (stands(event, "b"), stands(event, "c")) == ([("in_person", "confirmed")], [("online", "confirmed")])


def test_whoever_has_a_place_may_wait_for_another_and_stop_waiting(event: Event):
    enter(event, "a")
    enter(event, "b", "online")
    moves.wait_for(holder(event, "b"), row(event, "b").id, "in_person")
    moves.wait_for(holder(event, "b"), row(event, "b").id, "in_person")
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "waitlisted")]
    moves.leave_queue(holder(event, "b"), row(event, "b").id)
    moves.leave_queue(holder(event, "b"), row(event, "b").id)
    assert stands(event, "b") == [("online", "confirmed")]
    moves.wait_for(holder(event, "b"), row(event, "b").id, "in_person")
    services.cancel_registration(SYSTEM, row(event, "b").id)
    assert stands(event, "b") == []
    with pytest.raises(Conflict):
        moves.wait_for(SYSTEM, row(event, "b").id, "in_person")
    assert enter(event, "b", "online").state == "confirmed"
    assert len(row(event, "b").places) == 1


def test_nobody_waits_for_two_places_at_once(event: Event):
    save_pool(SYSTEM, event.id, PoolPlan("in_person", both("Press"), capacity=0))
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    with pytest.raises(Conflict, match="already"):
        moves.wait_for(holder(event, "b"), row(event, "b").id, "press")
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "waitlisted")]


def test_where_a_place_is_free_nobody_waits_beside_it(event: Event):
    enter(event, "b", "online")
    moves.wait_for(holder(event, "b"), row(event, "b").id, "in_person")
    assert stands(event, "b") == [("in_person", "confirmed")]


def test_going_over_to_the_pool_in_which_one_waits_keeps_the_turn_there(event: Event):
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    enter(event, "c")
    moves.switch_pool(holder(event, "b"), row(event, "b").id, "in_person")
    assert stands(event, "b") == [("in_person", "waitlisted")]
    assert queries.position_of(row(event, "b").place) == 1


def test_whom_organisers_move_to_a_seat_that_is_offered_to_them_has_it_and_hears_so(event: Event, organiser: Actor):
    rule(event, promotion="offer")
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "offered")]
    assert moves.switch_pool(organiser, row(event, "b").id, "in_person").state == "confirmed"
    assert stands(event, "b") == [("in_person", "confirmed")]
    assert "moved_confirmed" in letters(event, "b")


def test_an_offered_seat_is_taken_and_the_place_online_given_up_only_then(event: Event):
    rule(event, promotion="offer")
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert stands(event, "b") == [("online", "confirmed"), ("in_person", "offered")]
    services.confirm(holder(event, "b"), row(event, "b").id)
    assert stands(event, "b") == [("in_person", "confirmed")]


def test_the_list_shows_each_person_once_and_finds_them_in_both_pools(event: Event):
    enter(event, "a")
    enter(event, "b", meanwhile="online")
    everybody = queries.list_page(event, queries.Filter(), 1)
    assert sorted(one.name for one in everybody.items) == ["a", "b"]
    for wanted in (queries.Filter(pool="online"), queries.Filter(pool="in_person", state="waitlisted")):
        assert [one.name for one in queries.list_page(event, wanted, 1).items] == ["b"]


# ---- Quotas -------------------------------------------------------------


def test_a_quota_holds_back_its_own_group_and_nobody_else(event: Event):
    rule(event, capacity=3, quotas=[{"kind": "country", "value": "CN", "capacity": 1}])
    assert enter(event, "a", country="CN").state == "confirmed"
    assert enter(event, "b", country="CN").state == "waitlisted"
    assert enter(event, "c", country="NP").state == "confirmed"
    assert enter(event, "d").state == "confirmed"
    assert enter(event, "e", country="NP").state == "waitlisted"
    assert enter(event, "f", country="NP").state == "waitlisted"
    services.cancel_registration(SYSTEM, row(event, "c").id)
    # The first who waits is beyond the quota: the next gets the place, and the first keeps their turn.
    assert (stands(event, "b"), stands(event, "e")) == ([("in_person", "waitlisted")], [("in_person", "confirmed")])
    assert stands(event, "f") == [("in_person", "waitlisted")]
    services.cancel_registration(SYSTEM, row(event, "a").id)
    assert stands(event, "b") == [("in_person", "confirmed")]


# ---- Pools themselves ---------------------------------------------------


def test_a_pool_is_added_and_filled_by_those_whom_it_is_for(event: Event, organiser: Actor):
    plan = PoolPlan("in_person", both("Press", "媒体"), capacity=2, admission="invitation")
    pool = save_pool(organiser, event.id, plan)
    assert (pool.key, pool.is_own) == ("press", True)
    assert save_pool(organiser, event.id, plan).key == "press-2"
    with pytest.raises(Invalid):
        enter(event, "a", "press")
    services.add_by_hand(organiser, event.id, Details(name="Guest"), "press")
    assert [(one.pool.key, one.taken) for one in queries.list_seats(event)][-2:] == [("press", 1), ("press-2", 0)]


def test_a_pool_has_a_window_of_its_own(event: Event):
    now = clock.wall(clock.now(), event.zone).replace(tzinfo=None)
    rule(event, opens=now + timedelta(days=1), closes=now + timedelta(days=2))
    with pytest.raises(Invalid):
        enter(event, "a")
    with clock.standing_at(clock.now() + timedelta(days=1, minutes=1)):
        assert enter(event, "a").state == "confirmed"
    with clock.standing_at(clock.now() + timedelta(days=3)), pytest.raises(Invalid):
        enter(event, "b")


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("name", {"name": Translated()}), ("mode", {"mode": "by_post"}), ("admission", {"admission": "all"}),
        ("promotion", {"promotion": "later"}), ("languages", {"languages": ["xx"]}), ("capacity", {"capacity": -1}),
        ("capacity", {"capacity": 100_001}), ("offer_hours", {"offer_hours": 0}), ("hold_hours", {"hold_hours": 721}),
        ("closes", {"opens": datetime(2027, 1, 2), "closes": datetime(2027, 1, 1)}),
        ("quotas", {"quotas": [{"kind": "country", "value": "China", "capacity": 1}]}),
        ("quotas", {"quotas": [{"kind": "planet", "value": "CN", "capacity": 1}]}),
        ("quotas", {"quotas": [{"kind": "country", "value": "CN", "capacity": -1}]}),
        ("quotas", {"quotas": [{"kind": "country", "value": "CN", "capacity": 1}] * 2}),
        ("quotas", {"quotas": [{"kind": "country", "value": "CN", "capacity": 1}] * 41}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(event: Event, field: str, plan: dict[str, Any]):
    given = {"mode": "in_person", "name": both("Press"), **plan}
    with pytest.raises(Invalid) as refused:
        save_pool(SYSTEM, event.id, PoolPlan(**given))
    assert refused.value.field == field


def test_saving_a_pool_asks_as_often_whoever_is_in_it(event: Event):
    def save() -> int:
        with count_queries() as asked:
            rule(event, "online", offer_hours=3)
        return len(asked)

    enter(event, "a", "online")
    save()
    few = save()
    for name in ("b", "c", "d"):
        enter(event, name, "online")
    assert save() == few


def test_two_who_save_one_pool_hear_of_each_other_and_strangers_save_none(event: Event, make_member: Make):
    pool = queries.find_pool(event, "online")
    assert pool
    save_pool(SYSTEM, event.id, PoolPlan.of(pool), "online", pool.version)
    with pytest.raises(Stale):
        save_pool(SYSTEM, event.id, PoolPlan("online", capacity=7), "online", 0)
    with pytest.raises(Invalid):
        save_pool(SYSTEM, event.id, PoolPlan("online"), "nothing")
    with pytest.raises(NotFound):
        save_pool(make_member(), event.id, PoolPlan("online"), "online")


@on_postgres
def test_two_who_add_pools_at_the_same_moment_see_each_other_s(app: Flask, make_event: Make):
    event_id = make_event(mode="online").id
    db.session.rollback()

    def add() -> None:
        pools.change_pools(SYSTEM, event_id, {"in_person": 3})
        save_pool(SYSTEM, event_id, PoolPlan("online", both("Press")))

    assert side_by_side(app, add, add) == []
    keys = db.session.scalars(select(Pool.key).where(Pool.event_id == event_id).order_by(Pool.key)).all()
    assert keys == ["in_person", "online", "press", "press-2"]


def test_who_registers_meanwhile_is_no_reason_to_look_at_a_pool_again(event: Event):
    seen = queries.find_pool(event, "in_person")
    assert seen
    version = seen.version
    enter(event, "a")
    enter(event, "b")
    save_pool(SYSTEM, event.id, PoolPlan("in_person", capacity=2), "in_person", version)
    assert [row(event, name).place.state for name in "ab"] == ["confirmed", "confirmed"]
    assert row(event, "a").place.number < row(event, "b").place.number


def test_a_copy_of_the_event_has_its_pools_but_not_their_windows(event: Event, make_event: Make):
    rule(event, admission="approval", closes=datetime(2027, 1, 1))
    save_pool(SYSTEM, event.id, PoolPlan("online", both("Press"), capacity=2))
    copy = make_event(mode="hybrid")
    pools.ensure_pools(SYSTEM, copy.id, event.id)
    made = {pool.key: pool for pool in db.session.scalars(select(Pool).where(Pool.event_id == copy.id))}
    assert made.keys() == {"in_person", "online", "press"}
    assert (made["press"].mode, made["press"].capacity) == ("online", 2)


def test_a_pool_that_is_closed_takes_nobody_and_keeps_who_is_in(event: Event):
    enter(event, "a")
    rule(event, is_open=False)
    with pytest.raises(Invalid):
        enter(event, "b")
    assert stands(event, "a") == [("in_person", "confirmed")]


def test_each_person_has_one_main_place_and_it_is_the_best(event: Event):
    for name, key, meanwhile in (("a", "in_person", ""), ("b", "in_person", "online"), ("c", "online", "")):
        enter(event, name, key, meanwhile)
    moves.wait_for(SYSTEM, row(event, "c").id, "in_person")
    main = db.session.scalars(select(Place.registration_id).where(Place.is_main)).all()
    assert sorted(main) == sorted({UUID(str(one)) for one in main})
    for name in "abc":
        assert row(event, name).place.is_main


def test_whoever_is_offered_one_place_while_another_is_held_takes_one_of_them(event: Event):
    rule(event, capacity=1, promotion="offer")
    rule(event, "online", hold_hours=2)
    enter(event, "first")
    enter(event, "second", "in_person", "online")
    assert stands(event, "second") == [("online", "unverified"), ("in_person", "waitlisted")]
    services.cancel_registration(SYSTEM, row(event, "first").id)
    services.confirm(holder(event, "second"), row(event, "second").id)
    assert stands(event, "second") == [("in_person", "confirmed")]
