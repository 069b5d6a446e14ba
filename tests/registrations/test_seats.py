"""Whatever people and organisers do, in whatever order: no place too many, and nobody overtaken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db
from eventhub.registrations import moves, pools, queries, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Place, Pool, Registration

people = st.integers(0, 7)
keys = st.sampled_from(("in_person", "online"))
START = {"in_person": 1, "online": 2}


class Seats(RuleBasedStateMachine):
    """Two pools, eight people, and what we expect of them kept beside."""

    make_event: Callable[..., Any]

    def __init__(self) -> None:
        super().__init__()
        self.event_id = type(self).make_event(**START).id
        self.capacity: dict[str, int | None] = dict(START)
        self.seated: dict[str, set[int]] = {key: set() for key in START}
        self.queue: dict[str, list[int]] = {key: [] for key in START}
        self.is_open = True

    def fill(self) -> None:
        for key, capacity in self.capacity.items():
            while self.is_open and self.queue[key] and (capacity is None or len(self.seated[key]) < capacity):
                self.seated[key].add(self.queue[key].pop(0))

    def join(self, person: int, key: str) -> None:
        capacity = self.capacity[key]
        if self.queue[key] or (capacity is not None and len(self.seated[key]) >= capacity):
            self.queue[key].append(person)
        else:
            self.seated[key].add(person)

    def leave(self, person: int) -> None:
        for key in START:
            self.seated[key].discard(person)
            if person in self.queue[key]:
                self.queue[key].remove(person)

    def where(self, person: int) -> str | None:
        return next((key for key in START if person in self.seated[key] or person in self.queue[key]), None)

    def row(self, person: int) -> Registration | None:
        return queries.find_registration(self.event_id, f"p{person}@example.org")

    @precondition(lambda self: self.is_open)
    @rule(person=people, key=keys)
    def register(self, person: int, key: str) -> None:
        """Somebody fills in the form, for the first time or not."""
        details = Details(name=f"p{person}", address=f"p{person}@example.org")
        outcome = services.register(VISITOR, self.event_id, details, key)
        capacity = self.capacity[key]
        is_full = self.queue[key] or (capacity is not None and len(self.seated[key]) >= capacity)
        assert outcome.state == ("waitlisted" if is_full else "confirmed")
        if self.where(person) is None:
            self.join(person, key)

    @rule(person=people)
    def cancel(self, person: int) -> None:
        """Somebody gives up, whether they have a place or not."""
        if row := self.row(person):
            services.cancel_registration(SYSTEM, row.id)
            self.leave(person)
            self.fill()

    @precondition(lambda self: self.is_open)
    @rule(person=people, key=keys)
    def switch(self, person: int, key: str) -> None:
        """Somebody who is registered takes part in the other way."""
        row, here = self.row(person), self.where(person)
        if row is None or here is None:
            return
        moves.switch_pool(SYSTEM, row.id, key)
        if here != key:
            self.leave(person)
            self.join(person, key)
            self.fill()

    @rule(key=keys, capacity=st.none() | st.integers(0, 4))
    def set_capacity(self, key: str, capacity: int | None) -> None:
        """The organiser finds a larger room, or a smaller one."""
        seated = set(self.seated[key])
        pools.change_pools(SYSTEM, self.event_id, {key: capacity})
        self.capacity[key] = capacity
        self.fill()
        assert seated <= self.seated[key]

    @rule()
    def close_or_open(self) -> None:
        """The event is postponed, or published again."""
        (events.postpone_event if self.is_open else events.publish_event)(SYSTEM, self.event_id)
        self.is_open = not self.is_open
        self.fill()

    @invariant()
    def stands_as_expected(self) -> None:
        """The database says what we expect, and its numbers keep the queue's order."""
        query = (
            select(Registration.name, Pool.key, Place.state, Place.number)
            .join(Place.registration)
            .join(Place.pool)
            .where(Pool.event_id == self.event_id)
            .order_by(Place.number)
        )
        rows = db.session.execute(query).all()
        for key in START:
            here = [row for row in rows if row.key == key]
            assert len({row.number for row in here}) == len(here)
            assert {row.name for row in here if row.state == "confirmed"} == {f"p{p}" for p in self.seated[key]}
            assert [row.name for row in here if row.state == "waitlisted"] == [f"p{p}" for p in self.queue[key]]
        db.session.rollback()


def test_seats(make_event: Callable[..., Any]):
    machine = type("SeatsHere", (Seats,), {"make_event": staticmethod(make_event)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
