"""Very many who move up at once: each gets a place in order, and one letter, which the worker writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.outbox import drain
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.registrations import delegations, pools, queue, services
from eventhub.registrations.delegations import Member
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.queries import find_pool
from eventhub.registrations.services import Details

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("promotion", "state", "kind"), [("directly", "confirmed", "promoted"), ("offer", "offered", "offered")]
)
def test_many_who_move_up_at_once_are_told_by_the_worker(
    make_event: Make, monkeypatch: pytest.MonkeyPatch, promotion: str, state: str, kind: str
):
    monkeypatch.setattr(queue, "MANY", 2)
    event = make_event(in_person=0)
    pool = find_pool(event, "in_person")
    assert pool
    plan = PoolPlan(mode="in_person", capacity=0, promotion=promotion)
    pools.save_pool(SYSTEM, event.id, plan, "in_person")
    for name in "ab":
        services.register(SYSTEM, event.id, Details(name=name, address=f"{name}@example.org"), "in_person")
    # Who has no address hears of it by way of their contact.
    contact, members = Details(name="x", address="contact@example.org"), [Member(Details(name="c"), "in_person")]
    delegations.register_delegation(VISITOR, event.id, contact, members, "", 9)
    services.register(SYSTEM, event.id, Details(name="d", address="d@example.org"), "in_person")
    drain()
    pools.change_pools(SYSTEM, event.id, {"in_person": 3})
    query = select(Registration).execution_options(populate_existing=True)
    people = {row.name: row for row in db.session.scalars(query)}
    assert [people[name].place.state for name in "abcd"] == [state, state, state, "waitlisted"]
    [fact] = db.session.scalars(select(AuditEntry.data).where(AuditEntry.fact == "PlacesGiven"))
    assert [registration_id for registration_id, _ in fact["given"]] == [str(people[name].id) for name in "abc"]
    waiting = db.session.scalars(select(OutboxRow.kind).where(OutboxRow.state == "waiting")).all()
    assert waiting == ["places"]
    services.cancel_registration(SYSTEM, people["b"].id)
    drain()
    told = db.session.scalars(select(Letter.address).where(Letter.kind == kind)).all()
    assert sorted(told) == ["a@example.org", "contact@example.org", "d@example.org"]
