"""Rows written at once, without a flush."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.bulk import write_new
from eventhub.foundation.db import db, use_case
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.queries import find_pool
from tests.queries import count_queries

Make = Callable[..., Any]


@use_case
def write(actor: Actor, row: Any) -> bool:
    return write_new(row)


@use_case
def rename(actor: Actor, row: Registration, name: str) -> None:
    row.name = name


def test_a_row_written_at_once_is_as_if_it_had_been_read(make_event: Make):
    event = make_event(in_person=1)
    row = Registration(id=uuid4(), event_id=event.id, address="a@example.org", name="A")
    assert write(SYSTEM, row)
    with count_queries() as asked:
        assert (row.version, row.language, row.companions, row.link_number) == (1, "en", [], 1)
        assert row.created_at.tzinfo is not None
    assert not len(asked)

    rename(SYSTEM, row, "B")
    db.session.expire_all()
    stored = db.session.get(Registration, row.id)
    assert stored is row
    assert (stored.name, stored.version, stored.event) == ("B", 2, event)


def test_a_row_whose_key_is_taken_is_not_written_and_nothing_else_is_lost(make_event: Make):
    event = make_event(in_person=1)
    pool = find_pool(event, "in_person")
    assert pool

    @use_case
    def twice(actor: Actor) -> list[bool]:
        rows = [Registration(id=uuid4(), event_id=event.id, address="a@example.org", name=name) for name in "AB"]
        written = [write_new(row) for row in rows]
        place = Place(registration_id=rows[0].id, pool_id=pool.id, state="confirmed", number=1)
        return [*written, write_new(place)]

    assert twice(SYSTEM) == [True, False, True]
    db.session.expire_all()
    [kept] = db.session.scalars(select(Registration))
    assert (kept.name, [place.state for place in kept.places]) == ("A", ["confirmed"])
