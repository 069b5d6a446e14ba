"""Who did what, when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as event_services
from eventhub.foundation import clock
from eventhub.foundation import db as database
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import Fact, announce, db, use_case


@dataclass(frozen=True, slots=True)
class Everything(Fact):
    """A fact with a value of each sort."""

    event_id: UUID
    day: date
    moment: datetime
    ids: tuple[UUID, ...]
    words: frozenset[str]
    names: dict[str, UUID]
    nothing: None = None


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.created_at)))


def test_a_fact_is_kept_with_who_had_acted(app):
    event_id, person_id, thing_id = uuid4(), uuid4(), uuid4()
    moment = datetime(2019, 10, 23, 6, 5, tzinfo=UTC)
    fact = Everything(event_id, date(2019, 10, 23), moment, (thing_id,), frozenset({"word"}), {"a": person_id})
    actor = Actor("link", person_id=person_id, thing_id=thing_id, purpose="registration")
    with clock.standing_at(moment):
        use_case(lambda actor: announce(fact))(actor)
    [entry] = entries()
    assert (entry.fact, entry.event_id, entry.created_at) == ("Everything", event_id, moment)
    assert (entry.actor_kind, entry.actor_person_id, entry.actor_thing_id) == ("link", person_id, thing_id)
    assert entry.data == {
        "event_id": str(event_id),
        "day": "2019-10-23",
        "moment": "2019-10-23T06:05:00+00:00",
        "ids": [str(thing_id)],
        "words": ["word"],
        "names": {"a": str(person_id)},
        "nothing": None,
    }


@pytest.fixture
def announced(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The facts that go through the unit of work, as they pass."""
    facts: list[Any] = []
    everywhere: Any = database._receivers

    class Listening(dict):  # type: ignore[type-arg]
        def __getitem__(self, kind: type) -> list[Any]:
            return [facts.append, *everywhere[kind]]

    monkeypatch.setattr(database, "_receivers", Listening())
    return facts


def test_every_fact_of_an_events_life_has_its_row(announced, make_event, make_session):
    event = make_event()
    make_session(event)
    event_services.cancel_event(SYSTEM, event.id)
    assert len(announced) >= 4
    assert sorted(entry.fact for entry in entries()) == sorted(type(fact).__name__ for fact in announced)
    assert {entry.event_id for entry in entries()} <= {event.id, None}
