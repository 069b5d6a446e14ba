"""Whatever people and organisers do to pools of every rule: no place too many, none left free, nobody overtaken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.registrations import companions, decisions, jobs, moves, pools, queries, rights, services, substitutes
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import COUNTING, Place, Pool, Registration
from eventhub.registrations.pools import PoolPlan, save_pool
from eventhub.registrations.rights import RightsPlan
from eventhub.registrations.substitutes import Substitute

people = st.integers(0, 5)
keys = st.sampled_from(("in_person", "online"))


class Rules(RuleBasedStateMachine):
    """Two pools, whose rules change, eight people, and a clock that goes on."""

    make_event: Callable[..., Any]

    def __init__(self) -> None:
        super().__init__()
        self.event = type(self).make_event(in_person=1, online=2)
        self.event_id: UUID = self.event.id
        rights.set_rights(SYSTEM, self.event_id, RightsPlan(most_companions=2))
        self.now: datetime = clock.now()
        self.most = {"in_person": 1, "online": 2}

    @initialize(
        admission=st.sampled_from(("anyone", "anyone", "approval")),
        promotion=st.sampled_from(("directly", "offer")),
        hold=st.none() | st.just(2),
    )
    def begin(self, admission: str, promotion: str, hold: int | None) -> None:
        """The seats have rules of their own; the places online are everybody's."""
        self.settle("in_person", admission=admission, promotion=promotion, hold_hours=hold, offer_hours=3)
        for person, meanwhile in enumerate(("", "online", "", "online")):
            self.register_now(person, "in_person", meanwhile)

    def settle(self, key: str, **given: Any) -> None:
        pool = queries.find_pool(self.event, key)
        assert pool
        plan = {name: getattr(PoolPlan.of(pool), name) for name in PoolPlan.__slots__}
        save_pool(SYSTEM, self.event_id, PoolPlan(**{**plan, **given}), key)

    def row(self, person: int) -> Registration | None:
        return queries.find_registration(self.event_id, f"p{person}@example.org")

    def taken(self, key: str) -> int:
        query = select(Place).join(Place.pool).where(Pool.event_id == self.event_id, Pool.key == key)
        return sum(place.size for place in db.session.scalars(query.where(Place.state.in_(COUNTING))))

    @rule(person=people, key=keys, meanwhile=st.sampled_from(("", "online")), brings=st.sampled_from((0, 0, 1, 2)))
    def register(self, person: int, key: str, meanwhile: str, brings: int) -> None:
        """Somebody fills in the form, and brings others or does not."""
        with suppress(Invalid):  # they are more than there will ever be places
            self.register_now(person, key, meanwhile, brings)

    @rule(person=people, brings=st.integers(0, 2))
    def bring(self, person: int, brings: int) -> None:
        """Somebody brings others than they had said."""
        if (row := self.row(person)) is not None:
            with clock.standing_at(self.now), suppress(Invalid):
                companions.change_companions(SYSTEM, row.id, ["x"] * brings)

    @rule(person=people, other=people)
    def pass_on(self, person: int, other: int) -> None:
        """Somebody else comes instead, who may be registered already."""
        if (row := self.row(person)) is not None:
            substitute = Substitute("S", f"p{other}@example.org", "en")
            with clock.standing_at(self.now), suppress(Conflict, Invalid):
                substitutes.name_substitute(SYSTEM, row.id, substitute)

    def register_now(self, person: int, key: str, meanwhile: str, brings: int = 0) -> None:
        with clock.standing_at(self.now):
            jobs.pass_on()
            query = select(Place).join(Place.pool).where(Pool.event_id == self.event_id, Pool.key == key)
            queue = db.session.scalars(query.where(Place.state == "waitlisted")).all()
            waiting = [place for place in queue if place.size <= max(1, place.pool.capacity or 0)]
            details = Details(name=f"p{person}", address=f"p{person}@example.org", companions=["x"] * brings)
            outcome = services.register(VISITOR, self.event_id, details, key, meanwhile)
            assert not waiting or outcome.state in {"waitlisted", "pending"}, "a newcomer overtakes those who wait"

    @rule(person=people)
    def confirm(self, person: int) -> None:
        """Somebody takes what is held or offered, in time or not."""
        if (row := self.row(person)) is not None:
            with clock.standing_at(self.now), suppress(Conflict):
                services.confirm(SYSTEM, row.id)

    @rule(person=people, key=keys)
    def go_over(self, person: int, key: str) -> None:
        """Somebody takes part in the other way, or waits for it."""
        if (row := self.row(person)) is not None:
            with clock.standing_at(self.now):
                for deed in (moves.wait_for, moves.switch_pool):
                    with suppress(Conflict, Invalid):
                        deed(SYSTEM, row.id, key)

    @rule(person=people, stops=st.booleans())
    def leave(self, person: int, *, stops: bool) -> None:
        """Somebody gives all of it up, or the queue alone."""
        if (row := self.row(person)) is not None:
            with clock.standing_at(self.now):
                (moves.leave_queue if stops else services.cancel_registration)(SYSTEM, row.id)

    @rule(chosen=st.sets(people, min_size=1), lets_in=st.booleans())
    def decide(self, chosen: set[int], *, lets_in: bool) -> None:
        """The organisers let some in, or do not."""
        rows = [row.id for person in sorted(chosen) if (row := self.row(person)) is not None]
        if rows:
            with clock.standing_at(self.now):
                (decisions.approve if lets_in else decisions.decline)(SYSTEM, self.event_id, rows)

    @rule(key=keys, capacity=st.integers(0, 4))
    def resize(self, key: str, capacity: int) -> None:
        """The organisers find a larger room, or a smaller one."""
        before = self.taken(key)
        with clock.standing_at(self.now):
            pools.change_pools(SYSTEM, self.event_id, {key: capacity})
        self.most[key] = max(capacity, before)

    @rule(hours=st.integers(1, 4))
    def wait(self, hours: int) -> None:
        """Time goes by, and what was held too long is passed on."""
        self.now += timedelta(hours=hours)
        with clock.standing_at(self.now):
            jobs.pass_on()

    @invariant()
    def stands_as_it_must(self) -> None:
        """The database holds what no rule may break."""
        query = select(Place, Pool, Registration).join(Place.pool).join(Place.registration)
        rows = db.session.execute(query.where(Pool.event_id == self.event_id)).all()
        for key in self.most:
            here = [place for place, pool, _ in rows if pool.key == key]
            pool = next((pool for _, pool, _ in rows if pool.key == key), None)
            counting = [place for place in here if place.state in COUNTING]
            capacity, taken = (pool.capacity or 0) if pool else 0, sum(place.size for place in counting)
            assert taken <= self.most[key]
            self.most[key] = max(taken, capacity) if pool else self.most[key]
            waiting = [place for place in here if place.state == "waitlisted" and place.size <= max(1, capacity)]
            first = min(waiting, key=lambda place: place.number, default=None)
            assert first is None or taken + first.size > capacity, "a place is free while somebody waits for it"
            assert len({place.number for place in here}) == len(here)
            assert all((place.held_until is not None) == (place.state in {"offered", "unverified"}) for place in here)
        for registration in {row[2] for row in rows}:
            assert [place for place in registration.places if place.is_main] == [registration.place]
            assert len([place for place in registration.places if place.state == "confirmed"]) <= 1
        db.session.rollback()


def test_rules(make_event: Callable[..., Any]):
    machine = type("RulesHere", (Rules,), {"make_event": staticmethod(make_event)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
