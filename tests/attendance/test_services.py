"""Letting people in: who may, who counts, and what two doors make of one ticket."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from eventhub.attendance import policy, queries, roll, services, tickets
from eventhub.attendance.models import Arrival, WalkIn
from eventhub.attendance.services import Scan
from eventhub.events import services as events
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.people import finding
from eventhub.registrations import access, moves, pools
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.sign_ups import services as sign_ups
from tests.conftest import both

from .conftest import holder, scan


def facts() -> list[str]:
    return list(
        db.session.scalars(
            select(AuditEntry.fact)
            .where(AuditEntry.fact.in_(("DoorOpened", "DoorRevoked", "PersonArrived", "ArrivalUndone")))
            .order_by(AuditEntry.created_at)
        )
    )


def test_a_ticket_lets_in_once_and_then_tells_when_and_where(event, enter, north, south):
    code = tickets.code_of(enter("Ann"))
    first = services.check_in(holder(north), event.id, scan(north, 60, code=code))
    assert (first.word, first.who.name) == ("welcome", "Ann")
    second = services.check_in(holder(south), event.id, scan(south, code=code))
    assert (second.word, second.counting.door_name, second.counting.made_at) == (
        "already", "North", first.counting.made_at,
    )  # fmt: skip
    assert queries.count_by_place(event) == {event.id: 1}
    assert [one.door_name for one in queries.list_repeats(event)] == ["South"]
    assert facts() == ["DoorOpened", "DoorOpened", "PersonArrived", "PersonArrived"]


def test_of_two_scans_the_earlier_counts_whichever_is_heard_first(event, enter, north, south):
    ann = enter("Ann")
    late, early = scan(north, 60, who_id=ann.id), scan(south, 300, who_id=ann.id)
    assert services.check_in(holder(north), event.id, late).word == "welcome"
    merged = services.check_in(holder(south), event.id, early)
    assert merged.word == "welcome"
    counting = queries.counting(ann.id, event.id)
    assert (counting.id, counting.door_name) == (early.id, "South")
    told = services.check_in(holder(north), event.id, late)  # North asks again what became of its own
    assert (told.word, told.counting.id) == ("already", early.id)


def test_the_same_scan_told_twice_is_one(event, enter, north):
    ann = enter("Ann")
    once = scan(north, who_id=ann.id)
    assert [services.check_in(holder(north), event.id, once).word for _ in range(3)] == ["welcome"] * 3
    assert db.session.scalar(select(func.count(Arrival.id))) == 1


def test_why_a_ticket_is_refused(event, make_event, enter, north):
    def word(code: str) -> str:
        outcome = services.check_in(holder(north), event.id, scan(north, code=code))
        assert outcome.is_refused
        return outcome.word

    ann, ben, cem = enter("Ann"), enter("Ben"), enter("Cem")
    foreign = enter("Fay", at=make_event("Other", in_person=5))
    assert word(tickets.code_of(foreign)) == "other_event"
    # Of the last letter one bit is none of the code's, so that two letters may say the same.
    code = tickets.code_of(ann)
    assert word(code[:-1] + ("X" if code[-1] not in "WX" else "A")) == "unreadable"
    assert word("hello") == "unreadable"
    old = tickets.code_of(ann)
    access.rotate_link(SYSTEM, ann.id)
    assert word(old) == "ended"
    registrations.cancel_registration(SYSTEM, ben.id)
    assert word(tickets.code_of(ben)) == "no_place"
    moves.switch_pool(SYSTEM, cem.id, "online")
    assert word(tickets.code_of(cem)) == "no_place"
    assert word(tickets.code_of(Registration(id=uuid4(), event_id=event.id, link_number=1))) == "unknown"
    assert not services.check_in(holder(north), event.id, scan(north, code=tickets.code_of(ann))).is_refused
    assert db.session.scalar(select(func.count(Arrival.id))) == 1


def test_by_name_too_only_who_has_a_place_comes_in(event, make_event, enter, north):
    people = [enter(f"P{number}") for number in range(4)]
    foreign = enter("Fay", at=make_event("Other", in_person=5))

    def word(who_id) -> str:
        return services.check_in(holder(north), event.id, scan(north, who_id=who_id)).word

    assert [word(one.id) for one in people] == ["welcome"] * 3 + ["no_place"]
    assert word(enter("Olga", "online").id) == "welcome"
    assert [word(foreign.id), word(uuid4()), word(None)] == ["unknown"] * 3


def test_a_walk_in_is_noted_and_takes_no_place(event, enter, north):
    once = scan(north, who_id=uuid4())
    for _ in range(2):
        outcome = services.take_walk_in(holder(north), event.id, once, " 李  雷 ", "某网络", "in_person")
        assert (outcome.word, outcome.who.name, outcome.who.pool_key) == ("welcome", "李 雷", "in_person")
    assert (queries.count_walk_ins(event), db.session.scalar(select(func.count(WalkIn.id)))) == (1, 1)
    assert queries.count_by_pool(event) == []
    again = services.check_in(holder(north), event.id, scan(north, who_id=once.who_id))
    assert again.word == "already"
    other = services.take_walk_in(holder(north), event.id, scan(north), "Someone", pool_key="no such pool")
    assert other.who.pool_key == ""
    with pytest.raises(Invalid):
        services.take_walk_in(holder(north), event.id, scan(north), " \n ")
    with pytest.raises(Conflict):
        services.take_walk_in(holder(north), event.id, scan(north, who_id=once.who_id), "Another")


def test_each_session_has_its_own_arrivals(event, make_session, make_event, enter, north):
    ann = enter("Ann")
    panel, plenary = make_session(event, "Panel"), make_session(event, "Plenary")
    for session in (None, panel, plenary):
        at = session.id if session else None
        assert services.check_in(holder(north), event.id, scan(north, who_id=ann.id, session_id=at)).word == "welcome"
    assert services.check_in(holder(north), event.id, scan(north, who_id=ann.id, session_id=panel.id)).word == "already"
    assert queries.count_by_place(event) == {event.id: 1, panel.id: 1, plenary.id: 1}
    assert [(one.expected, one.came) for _, one in queries.count_by_pool(event)] == [(1, 1)]
    elsewhere = make_session(make_event("Other"), "Elsewhere")
    with pytest.raises(Invalid):
        services.check_in(holder(north), event.id, scan(north, who_id=ann.id, session_id=elsewhere.id))
    with pytest.raises(Invalid):
        services.check_in(holder(north), event.id, scan(north, who_id=ann.id, session_id=uuid4()))


def test_at_the_door_of_a_session_it_is_told_who_has_signed_up(event, make_session, enter, north):
    group, plenary = make_session(event, "Group", has_sign_up=True, capacity=1), make_session(event, "Plenary")
    ann, bob, eve = (enter(name) for name in ("Ann", "Bob", "Eve"))
    for person in (ann, bob):
        sign_ups.sign_up(SYSTEM, person.id, group.id)

    def told(person: Any, session: Any) -> tuple[str, str]:
        outcome = services.check_in(holder(north), event.id, scan(north, who_id=person.id, session_id=session.id))
        return outcome.word, outcome.text

    assert told(ann, group) == ("welcome", "Signed up for this session")
    assert told(bob, group) == ("welcome", "Number 1 on the waitlist for this session")
    assert told(eve, group) == ("welcome", "Not signed up for this session")
    assert told(eve, plenary) == ("welcome", "")


def test_undoing_takes_back_what_this_door_said_and_leaves_what_another_saw(event, enter, north, south):
    ann = enter("Ann")
    first = scan(north, 60, who_id=ann.id)
    services.check_in(holder(north), event.id, first)
    services.check_in(holder(north), event.id, scan(north, 50, who_id=ann.id))
    services.check_in(holder(south), event.id, scan(south, 10, who_id=ann.id))
    for _ in range(2):
        services.undo(holder(north), event.id, first.id, north.id)
    assert queries.counting(ann.id, event.id).door_name == "South"
    services.undo(SYSTEM, event.id, queries.counting(ann.id, event.id).id)
    assert queries.counting(ann.id, event.id) is None
    assert services.check_in(holder(north), event.id, scan(north, who_id=ann.id)).word == "welcome"
    assert facts().count("ArrivalUndone") == 3


def test_at_the_desk_all_that_was_said_is_taken_back(event, enter, north, south):
    ann = enter("Ann")
    for door in (north, south):
        services.check_in(holder(door), event.id, scan(door, who_id=ann.id))
    services.undo(SYSTEM, event.id, queries.counting(ann.id, event.id).id)
    assert queries.counting(ann.id, event.id) is None


def test_a_device_acts_in_its_own_event_alone(event, make_event, enter, north):
    other = make_event("Other", in_person=5)
    theirs = enter("Fay", at=other)
    door = services.open_door(SYSTEM, other.id, "Theirs")
    done = scan(door, who_id=theirs.id)
    services.check_in(holder(door), other.id, done)
    ann = enter("Ann")
    for actor, used, at in ((holder(north), north, other), (holder(north), door, other), (VISITOR, north, event)):
        with pytest.raises(NotFound):
            services.check_in(actor, at.id, scan(used, who_id=ann.id))
        with pytest.raises(NotFound):
            services.undo(actor, at.id, done.id, used.id)
    with pytest.raises(NotFound):
        services.undo(holder(north), event.id, done.id, north.id)
    with pytest.raises(NotFound):
        services.check_in(holder(north), event.id, scan(north, id=done.id, who_id=ann.id))
    with pytest.raises(NotFound):
        services.check_in(
            Actor("link", thing_id=north.id, purpose="registration"), event.id, scan(north, who_id=ann.id)
        )
    assert queries.counting(theirs.id, other.id) is not None


def test_a_device_that_was_turned_out_does_nothing_more(event, enter, north):
    ann = enter("Ann")
    for _ in range(2):
        services.revoke_door(SYSTEM, north.id)
    for work in (
        lambda: services.check_in(holder(north), event.id, scan(north, who_id=ann.id)),
        lambda: services.take_walk_in(holder(north), event.id, scan(north), "Lei"),
        lambda: services.undo(holder(north), event.id, uuid4(), north.id),
        lambda: services.note_seen(holder(north), north.id),
    ):
        with pytest.raises(NotFound):
            work()
    assert facts() == ["DoorOpened", "DoorRevoked"]


def test_a_door_closes_by_itself_a_week_after_the_event(event, enter, north):
    ann = enter("Ann")
    with clock.standing_at(event.ends_at + timedelta(days=6)):
        assert services.check_in(holder(north), event.id, scan(north, who_id=ann.id)).word == "welcome"
    with clock.standing_at(event.ends_at + timedelta(days=8)), pytest.raises(NotFound):
        services.check_in(holder(north), event.id, scan(north, who_id=ann.id))


def test_nobody_is_let_in_to_a_cancelled_event(event, enter, north):
    ann = enter("Ann")
    events.cancel_event(SYSTEM, event.id)
    with pytest.raises(Conflict):
        services.check_in(holder(north), event.id, scan(north, who_id=ann.id))


@pytest.mark.parametrize(
    ("role", "runs", "exports"),
    [("administrator", True, True), ("organiser", True, True), ("check_in", True, False), ("viewer", False, False),
     ("translator", False, False)],
)  # fmt: skip
def test_who_may_run_the_doors(event, enter, north, make_member, role, runs, exports):
    actor = make_member(role, event.organisation)
    ann = enter("Ann")
    assert policy.may_run_doors(actor, event) is runs
    assert policy.may_check_in(actor, event) is runs
    assert policy.may_export(actor, event) is exports
    if runs:
        door = services.open_door(actor, event.id, "Mine")
        outcome = services.check_in(actor, event.id, scan(None, who_id=ann.id))
        assert (outcome.word, outcome.counting.source, outcome.counting.person_id) == (
            "welcome", "desk", actor.person_id,
        )  # fmt: skip
        services.revoke_door(actor, door.id)
        return
    for work in (
        lambda: services.open_door(actor, event.id, "Mine"),
        lambda: services.check_in(actor, event.id, scan(None, who_id=ann.id)),
        lambda: services.revoke_door(actor, north.id),
        lambda: services.note_export(actor, event.id),
    ):
        with pytest.raises(NotFound):
            work()


def test_a_door_needs_a_name(event):
    with pytest.raises(Invalid):
        services.open_door(SYSTEM, event.id, "  ")


def test_a_clock_that_is_put_forward_makes_no_scan_of_tomorrow(event, enter, north):
    ann = enter("Ann")
    outcome = services.check_in(holder(north), event.id, scan(north, -3600, who_id=ann.id))
    assert outcome.counting.made_at <= clock.now()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("张伟", ["张", "伟", "张伟", "zhang wei", "zhangwei", "ZhangWei", "wei zhang", "zw", "Zhāng", "ｚｈａｎｇ"]),
        ("欧阳明远", ["ouyang", "ouyang mingyuan", "欧阳", "omy"]),
        ("单丽", ["shan li"]),
        ("曾敏", ["zeng min", "曾"]),
        ("华乐", ["hua le"]),
        ("Zhang Wei 张伟", ["zhang", "张伟", "zhangwei"]),
        ("José Núñez", ["jose nunez", "nunez", "JN"]),
        ("龑", ["yan", "龑"]),
        ("𠮷野", ["𠮷"]),
        ("李", ["li", "李"]),
    ],
)  # fmt: skip
def test_a_name_is_found_in_both_scripts(name, wanted):
    keys = finding.keys_of(name)
    assert [word for word in wanted if not finding.is_found(keys, word)] == []
    assert not finding.is_found(keys, "xq")
    assert not finding.is_found(keys, " ")


def test_the_roll_tells_the_best_place_and_changes_its_revision(event, enter):
    before = roll.revision_of(event)
    ann, olga = enter("Ann", organisation="爱德基金会"), enter("Olga", "online")
    after = roll.revision_of(event)
    assert before != after
    entries = {one.name: one for one in roll.roll_of(event)}
    assert (entries["Ann"].ticket, entries["Olga"].ticket) == (ann.link_number, 0)
    assert (entries["Olga"].pool_key, entries["Olga"].state) == ("online", "confirmed")
    assert [one.name for one in roll.search(event, "爱德")] == ["Ann"]
    access.rotate_link(SYSTEM, ann.id)
    assert roll.revision_of(event) not in {before, after}
    registrations.cancel_registration(SYSTEM, olga.id)
    entries = {one.name: one for one in roll.roll_of(event)}
    assert (entries["Ann"].ticket, entries["Olga"].state, entries["Olga"].may_enter) == (2, "cancelled", False)


def test_who_begins_with_the_words_comes_first(event, enter):
    for name in ("Ana Zhang", "张伟"):
        enter(name)
    enter("张三", "online")
    assert [one.name for one in roll.search(event, "zhang")] == ["张伟", "张三", "Ana Zhang"]


def test_two_doors_at_the_same_moment_make_one_arrival(app, event, enter, north, south):
    code = tickets.code_of(enter("Ann"))
    words: list[str] = []
    gate = threading.Barrier(8)
    event_id, scans = event.id, [(holder(door), scan(door, code=code)) for door in (north, south) * 4]

    def come(actor: Actor, made: Scan) -> None:
        with app.app_context():
            gate.wait()
            words.append(services.check_in(actor, event_id, made).word)

    db.session.rollback()
    threads = [threading.Thread(target=come, args=one) for one in scans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting = db.session.scalar(select(func.count(Arrival.id)).where(Arrival.is_repeat.is_(False)))
    assert (len(words), counting, db.session.scalar(select(func.count(Arrival.id)))) == (8, 1, 8)
    assert "welcome" in words


def test_places_in_pools_of_ones_own_are_known_by_their_names_and_modes(event, enter, north):
    for name, mode in (("Press", "in_person"), ("Listeners", "online")):
        pools.save_pool(SYSTEM, event.id, PoolPlan(name=both(name, f"{name}（中）"), mode=mode))
    keys = {str(pool.name.in_("en")): pool.key for pool in queries.list_pools(event) if pool.name}
    paul, lisa = enter("Paul", keys["Press"]), enter("Lisa", keys["Listeners"])
    entries = {one.name: one for one in roll.roll_of(event)}
    assert (entries["Paul"].is_awaited, entries["Lisa"].is_awaited) == (True, False)
    assert services.check_in(holder(north), event.id, scan(north, code=tickets.code_of(paul))).word == "welcome"
    assert services.check_in(holder(north), event.id, scan(north, code=tickets.code_of(lisa))).word == "no_place"
    assert [(str(pool.name.in_("en")), count.came) for pool, count in queries.count_by_pool(event)] == [("Press", 1)]
    assert queries.count_expected(event) == 1
