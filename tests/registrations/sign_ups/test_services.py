"""The rules of the lists: who gets a place in a session, who waits, and who loses one by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.programme import conflicts, releases
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import plan_of
from eventhub.registrations import moves, pools, queries
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.sign_ups import personal, services
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet
from eventhub.registrations.sign_ups.queries import positions_of
from tests.conftest import both, make_public

from .conftest import holder

Make = Callable[..., Any]


def choose(session: ProgrammeSession, *who: Registration) -> list[str]:
    """Sign people up, one after the other, by their own links; how each stands then."""
    return [services.sign_up(holder(one), one.id, session.id).state for one in who]


def states(session: ProgrammeSession) -> dict[str, str]:
    """How everybody stands on a session's list, by name, in the order of their numbers."""
    db.session.rollback()
    query = select(SignUp, Registration.name).join(Registration).join(SignUpSheet)
    rows = db.session.execute(query.where(SignUpSheet.session_id == session.id).order_by(SignUp.number))
    return {name: f"{row.state}/{row.ended_by}" if row.ended_by else row.state for row, name in rows}


def counted(session: ProgrammeSession) -> int:
    """What the programme knows of the places that are taken."""
    db.session.rollback()
    return get(ProgrammeSession, session.id).signed_up


def change(session: ProgrammeSession, event: Event, **values: Any) -> None:
    """Another plan for a session, released."""
    programme.change_session(SYSTEM, session.id, replace(plan_of(get(ProgrammeSession, session.id)), **values))
    make_public(event)


def test_the_places_go_to_those_who_come_first_and_then_to_those_who_wait(offer: Make, people: Make):
    session, (ana, bo, chi, dan) = offer(places=2), people("ana", "bo", "chi", "dan")
    assert choose(session, ana, bo, chi, dan, ana) == ["confirmed"] * 2 + ["waitlisted"] * 2 + ["confirmed"]
    assert (positions_of(dan.id), counted(session)) == ({session.id: 2}, 2)
    services.give_up(holder(ana), ana.id, session.id)
    services.give_up(holder(ana), ana.id, session.id)
    assert states(session) == {
        "ana": "cancelled/person", "bo": "confirmed", "chi": "confirmed", "dan": "waitlisted",
    }  # fmt: skip
    assert choose(session, ana) == ["waitlisted"]  # at the end, and by their one row
    assert list(states(session)) == ["bo", "chi", "dan", "ana"]
    services.give_up(SYSTEM, bo.id, session.id)
    assert states(session)["bo"] == "cancelled/organisers"
    facts = list(db.session.scalars(select(AuditEntry.fact).where(AuditEntry.fact.like("SignUp%"))))
    assert sorted(facts) == ["SignUpEnded", "SignUpEnded", "SignUpPromoted", "SignUpPromoted"]


def test_another_number_of_places_promotes_just_so_many_and_drops_nobody(event: Event, offer: Make, people: Make):
    room = programme.save_room(SYSTEM, event.id, both("Room"), capacity=1)
    session, who = offer(room_id=room.id), people(*"abcdef")
    choose(session, *who)
    assert list(states(session).values()) == ["confirmed"] + ["waitlisted"] * 5
    programme.save_room(SYSTEM, event.id, both("Room"), capacity=3, room_id=room.id)  # live at once
    assert list(states(session).values()) == ["confirmed"] * 3 + ["waitlisted"] * 3
    change(session, event, capacity=4)
    assert list(states(session).values()) == ["confirmed"] * 4 + ["waitlisted"] * 2
    change(session, event, capacity=2)
    assert list(states(session).values()) == ["confirmed"] * 4 + ["waitlisted"] * 2
    (told,) = [one for one in conflicts.find(event) if one.kind == "too_many_signed_up"]
    assert (told.facts("en")["signed_up"], told.facts("en")["places"]) == (4, 2)
    services.give_up(SYSTEM, who[0].id, session.id)
    assert list(states(session).values())[1:] == ["confirmed"] * 3 + ["waitlisted"] * 2
    change(session, event, capacity=None, room_id=None)
    assert set(list(states(session).values())[1:]) == {"confirmed"}


def test_a_room_that_the_draft_has_no_more_keeps_its_seats_until_the_release(event: Event, offer: Make, people: Make):
    room, other = (programme.save_room(SYSTEM, event.id, both(name), capacity=1) for name in ("Room", "Other"))
    session, who = offer(room_id=room.id), people(*"abc")
    choose(session, *who)
    programme.change_session(SYSTEM, session.id, replace(plan_of(session), room_id=other.id))
    programme.remove_room(SYSTEM, room.id)
    programme.save_room(SYSTEM, event.id, both("Other"), capacity=2, room_id=other.id)
    assert list(states(session).values()) == ["confirmed", "waitlisted", "waitlisted"]
    make_public(event)
    assert list(states(session).values()) == ["confirmed", "confirmed", "waitlisted"]


def test_only_who_has_a_place_signs_up_and_only_for_what_is_public_and_to_come(
    event: Event, offer: Make, people: Make, make_event: Make, make_session: Make
):
    pools.change_pools(SYSTEM, event.id, {"in_person": 1})
    (ana, bo), session = people("ana", "bo"), offer()
    with pytest.raises(Conflict, match="place at the event"):
        choose(session, bo)
    elsewhere, plain = make_session(make_event(), has_sign_up=True), offer(has_sign_up=False)
    draft = programme.add_session(SYSTEM, event.id, replace(plan_of(session), title=both("Draft")))
    for other in (draft, elsewhere, plain):
        with pytest.raises(NotFound):
            choose(other, ana)
        with pytest.raises(NotFound):
            services.give_up(SYSTEM, ana.id, other.id)
    with pytest.raises(NotFound):
        services.sign_up(holder(bo), ana.id, session.id)
    with pytest.raises(NotFound):
        services.sign_up(VISITOR, ana.id, session.id)
    assert session.starts_at
    with clock.standing_at(session.starts_at), pytest.raises(Conflict, match="has begun"):
        choose(session, ana)
    events.cancel_event(SYSTEM, event.id)
    with pytest.raises(Conflict, match="not published"):
        choose(session, ana)


def test_who_loses_their_place_at_the_event_loses_those_in_its_sessions_at_once(
    event: Event, offer: Make, people: Make
):
    pools.change_pools(SYSTEM, event.id, {"in_person": 3})
    session, past = offer(places=1), offer(places=5)
    ana, bo, chi, dan = people("ana", "bo", "chi", "dan")
    choose(session, ana, bo, chi)
    registrations.cancel_registration(SYSTEM, ana.id)
    assert states(session) == {"ana": "cancelled/place", "bo": "confirmed", "chi": "waitlisted"}
    assert choose(session, dan) == ["waitlisted"]  # promoted at the event
    pools.change_pools(SYSTEM, event.id, {"online": 0})
    moves.switch_pool(holder(bo), bo.id, "online")  # to wait for a place there
    assert states(session)["bo"] == "cancelled/place"
    assert states(session)["chi"] == "confirmed"
    choose(past, chi)
    with clock.standing_at(past.starts_at):
        registrations.cancel_registration(SYSTEM, chi.id)
    assert states(past) == {"chi": "confirmed"}  # they were there


def test_a_place_that_is_held_is_good_for_sessions_until_it_lapses(event: Event, offer: Make, people: Make):
    pool = queries.find_pool(event, "in_person")
    assert pool
    use_case(lambda actor: setattr(get(type(pool), pool.id), "hold_hours", 4))(SYSTEM)
    session, (ana,) = offer(places=1), people("ana")
    assert choose(session, ana) == ["confirmed"]
    with clock.standing_at(clock.now() + timedelta(hours=5)):
        pools.promote_waiting(SYSTEM, event.id)
    assert states(session) == {"ana": "cancelled/place"}


def test_a_session_that_does_not_take_place_frees_its_list(event: Event, offer: Make, people: Make):
    gone, off, free = offer("Gone", 1), offer("Off", 1), offer("Free", 1)
    ana, bo = people("ana", "bo")
    for session in (gone, off, free):
        choose(session, ana, bo)
    programme.delete_session(SYSTEM, gone.id)
    assert states(gone) == {"ana": "confirmed", "bo": "waitlisted"}  # the draft tells nobody
    releases.release(SYSTEM, event.id)
    assert set(states(gone).values()) == {"cancelled/session"}
    programme.cancel_session(SYSTEM, off.id)
    assert set(states(off).values()) == {"cancelled/session"}
    change(free, event, has_sign_up=False)
    assert set(states(free).values()) == {"cancelled/freedom"}
    with pytest.raises(Conflict, match="any more"):
        choose(free, ana)
    programme.restore_session(SYSTEM, off.id)
    make_public(event)
    assert choose(off, bo) == ["confirmed"]
    assert counted(gone) == 0


def test_seats_are_for_those_who_come(event: Event, offer: Make, people: Make):
    session, (ana, bo), (far, off) = offer(places=1), people("ana", "bo"), people("far", "off", pool="online")
    assert choose(session, ana, far, bo) == ["confirmed", "confirmed", "waitlisted"]
    assert counted(session) == 1
    moves.switch_pool(holder(far), far.id, "in_person")  # now they need a seat, and none is free
    assert states(session) == {"ana": "confirmed", "bo": "waitlisted", "far": "waitlisted"}
    moves.switch_pool(holder(bo), bo.id, "online")
    assert states(session) == {"ana": "confirmed", "bo": "confirmed", "far": "waitlisted"}
    moves.switch_pool(holder(ana), ana.id, "online")
    assert set(states(session).values()) == {"confirmed"}
    room = programme.save_room(SYSTEM, event.id, both("Online room"), is_virtual=True)
    change(session, event, room_id=room.id)  # where there are no seats, everybody takes a place, and nobody loses one
    assert (set(states(session).values()), counted(session)) == ({"confirmed"}, 3)
    assert choose(session, off) == ["waitlisted"]
    change(session, event, room_id=None)
    assert (set(states(session).values()), counted(session)) == ({"confirmed"}, 1)


def test_a_pool_that_becomes_one_of_seats_takes_nobody_off_a_list(event: Event, offer: Make, people: Make):
    press = pools.save_pool(SYSTEM, event.id, PoolPlan(name=both("Press"), mode="online", admission="anyone"))
    session, (ana,), (kim,) = offer(places=1), people("ana"), people("kim", pool=press.key)
    choose(session, ana, kim)
    assert counted(session) == 1
    pools.save_pool(SYSTEM, event.id, PoolPlan(name=both("Press"), mode="in_person", admission="anyone"), press.key)
    assert (set(states(session).values()), counted(session)) == ({"confirmed"}, 2)


def test_lists_follow_an_event_that_is_moved_and_open_again_with_it(event: Event, offer: Make, people: Make):
    session, (ana, bo) = offer(places=1), people("ana", "bo")
    choose(session, ana, bo)
    events.postpone_event(SYSTEM, event.id)
    services.give_up(SYSTEM, ana.id, session.id)
    assert states(session)["bo"] == "waitlisted"
    events.publish_event(SYSTEM, event.id)
    assert states(session)["bo"] == "confirmed"


def test_what_is_kept_of_a_person_is_told_and_erased(offer: Make, people: Make):
    session, later = offer("First", 1), offer("Later", 1)
    ana, bo = people("ana", "bo")
    choose(session, ana, bo)
    choose(later, ana, bo)
    told = personal.told(ana)["sign_ups"]
    assert [(one["session"], one["state"], one["number"]) for one in told] == [
        ("First", "confirmed", 1), ("Later", "confirmed", 1),
    ]  # fmt: skip
    with clock.standing_at(session.starts_at):
        use_case(lambda actor: personal.erase(actor, get(Registration, ana.id)))(SYSTEM)
        use_case(lambda actor: personal.erase(actor, get(Registration, ana.id)))(SYSTEM)
    assert states(session) == {"ana": "confirmed", "bo": "waitlisted"}
    assert states(later) == {"bo": "confirmed"}
    (chi,) = people("chi")
    use_case(lambda actor: personal.erase(actor, chi))(SYSTEM)
    assert personal.told(chi) == {"sign_ups": []}
