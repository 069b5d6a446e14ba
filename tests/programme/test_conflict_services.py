"""Conflicts that are let be, with the reason, and when that lapses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict as Refused
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.organisations.models import Organisation
from eventhub.programme import services
from eventhub.programme.conflict_kinds import Conflict
from eventhub.programme.conflict_services import accept_conflict, withdraw_acceptance
from eventhub.programme.conflicts import find
from eventhub.programme.models import AcceptedConflict, ProgrammeSession, Room, SessionRole, Speaker
from tests.conftest import organisation_of

from .conftest import HOUR, NINE


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event(organisation=organisation_of(organiser), starts=NINE, ends=NINE + 9 * HOUR, zone="Asia/Shanghai")


def change_all(table: type[Any], **values: Any) -> None:
    """All rows of a table with other values, as if somebody had saved them."""
    use_case(lambda actor: db.session.execute(sa.update(table).values(**values)))(SYSTEM)


def again(event: Event, kind: str) -> Conflict:
    db.session.expire_all()
    (conflict,) = [one for one in find(event) if one.kind == kind]
    return conflict


def test_a_conflict_is_accepted_with_a_reason_and_looked_at_again(event, organiser, make_room, hold):
    room = make_room(event)
    for _ in range(2):
        hold(event, NINE, room_id=room.id)
    conflict = again(event, "room_twice")
    accept_conflict(organiser, event.id, conflict.key, conflict.kind, "  The hall is divided.\n")
    accepted = again(event, "room_twice").accepted
    assert (accepted.reason, accepted.person_id) == ("The hall is divided.", organiser.person_id)
    with pytest.raises(Refused):  # the first reason is not lost to a second
        accept_conflict(organiser, event.id, conflict.key, conflict.kind, "Another reason")
    withdraw_acceptance(organiser, accepted.id)
    assert again(event, "room_twice").accepted is None
    told = db.session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.fact.in_(["ConflictAccepted", "AcceptanceWithdrawn"]))
        .order_by(AuditEntry.created_at)
    ).all()
    assert [(one.fact, one.actor_person_id, one.data["key"], one.data.get("reason")) for one in told] == [
        ("ConflictAccepted", organiser.person_id, conflict.key, "The hall is divided."),
        ("AcceptanceWithdrawn", organiser.person_id, conflict.key, None),
    ]


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_without_a_reason_nothing_is_accepted(event, organiser, hold, reason: str):
    hold(event, kind="panel")
    conflict = again(event, "no_moderator")
    with pytest.raises(Invalid) as refusal:
        accept_conflict(organiser, event.id, conflict.key, conflict.kind, reason)
    assert refusal.value.field == "reason"
    assert again(event, "no_moderator").accepted is None


def test_only_what_is_there_can_be_accepted(event, organiser, make_event, hold):
    hold(event, kind="panel")
    conflict = again(event, "no_moderator")
    other = make_event(organisation=organisation_of(organiser))
    for told in (
        (event.id, "no_moderator x", "no_moderator"),
        (event.id, conflict.key, "night"),
        (other.id, conflict.key, "no_moderator"),
    ):
        with pytest.raises(Refused):
            accept_conflict(organiser, *told, "Because")
    assert db.session.scalar(sa.select(sa.func.count(AcceptedConflict.id))) == 0


def test_to_strangers_and_viewers_there_is_nothing_to_accept(event, organiser, make_member, hold):
    hold(event, kind="panel")
    conflict = again(event, "no_moderator")
    accepted = accept_conflict(organiser, event.id, conflict.key, conflict.kind, "Because")
    viewer = make_member("viewer", db.session.get(Organisation, organisation_of(organiser)))
    for stranger in (make_member("administrator"), viewer, VISITOR):
        with pytest.raises(NotFound):
            accept_conflict(stranger, event.id, conflict.key, conflict.kind, "Because")
        with pytest.raises(NotFound):
            withdraw_acceptance(stranger, accepted.id)
    assert again(event, "no_moderator").accepted


def accepted_kinds(event: Event) -> list[str]:
    db.session.expire_all()
    return [conflict.kind for conflict in find(event) if conflict.accepted]


def accept_all(event: Event, organiser: Actor) -> None:
    for conflict in find(event):
        accept_conflict(organiser, event.id, conflict.key, conflict.kind, "Because")


def test_an_acceptance_lapses_when_a_session_moves_and_holds_again_when_it_is_back(event, organiser, make_room, hold):
    room = make_room(event)
    first = hold(event, NINE, room_id=room.id, ends=NINE + 3 * HOUR)
    hold(event, (NINE + HOUR), room_id=room.id)
    accept_all(event, organiser)
    assert accepted_kinds(event) == ["room_twice"]
    services.move_session(organiser, first.id, NINE + HOUR / 2)
    assert [conflict.kind for conflict in find(event)] == ["room_twice"]
    assert accepted_kinds(event) == []
    services.move_session(organiser, first.id, NINE)
    assert accepted_kinds(event) == ["room_twice"]
    services.move_session(organiser, first.id, NINE, make_room(event, "Cellar").id)
    assert accepted_kinds(event) == []


CHANGES: dict[str, Callable[[], None]] = {
    "room_unavailable": lambda: change_all(Room, availability=["2027-03-10T09:15/2027-03-10T12:00"]),
    "room_too_small": lambda: change_all(ProgrammeSession, capacity=30),
    "no_interpreter": lambda: change_all(ProgrammeSession, interpretation=["en", "zh"]),
    "unconfirmed": lambda: change_all(SessionRole, state="proposed"),
    "night": lambda: change_all(Speaker, zone="America/Bahia"),
    "person_unavailable": lambda: change_all(Speaker, availability=["2027-03-09T21:45/2027-03-09T22:10"]),
    "outside_hours": lambda: change_all(Event, starts_at=clock.instant(NINE + HOUR / 2, "Asia/Shanghai")),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_an_acceptance_lapses_when_what_it_is_about_becomes_another(
    event, organiser, make_room, make_person, hold, save, kind: str
):
    person = make_person()
    room = make_room(event, capacity=10, availability=["2027-03-10T09:00/2027-03-10T12:00"])
    far = Speaker(event_id=event.id, person_id=person.id, zone="America/Sao_Paulo")
    far.availability = ["2027-03-09T21:45/2027-03-09T22:00"]
    save(far)
    part = {"mode": "remote", "state": "invited"}
    hold(event, NINE - HOUR / 2, (person, part), room_id=room.id, capacity=20, interpretation=["zh"])
    accept_all(event, organiser)
    before = accepted_kinds(event)
    assert set(before) == set(CHANGES)
    CHANGES[kind]()
    assert kind not in accepted_kinds(event)
    assert kind in [conflict.kind for conflict in find(event)]


def test_what_is_not_about_hours_stays_accepted_wherever_its_session_goes(event, organiser, hold):
    session = hold(event, NINE, kind="panel")
    accept_all(event, organiser)
    services.move_session(organiser, session.id, NINE + 2 * HOUR)
    assert accepted_kinds(event) == ["no_moderator"]
