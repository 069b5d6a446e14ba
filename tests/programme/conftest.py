"""Programmes as they lie in the draft: rooms, sessions and parts with whatever columns a test needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import Translated
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme.models import ProgrammeSession, Room, SessionRole
from tests.conftest import both

NINE = datetime(2027, 3, 10, 9)
HOUR = timedelta(hours=1)


@pytest.fixture
def make_room(save: Callable[[Any], Any]) -> Callable[..., Room]:
    """Rooms of an event."""

    def make(event: Event, name: str = "Hall", zh: str = "大厅", **columns: Any) -> Room:
        return save(Room(event_id=event.id, name=both(name, zh), **columns))

    return make


@pytest.fixture
def hold(save: Callable[[Any], Any]) -> Callable[..., ProgrammeSession]:
    """Sessions of an event, an hour long unless said otherwise; `people` are those in it with their columns."""
    numbers = count(1)

    def make(
        event: Event,
        starts: datetime | None = NINE,
        *people: tuple[Person | Translated, dict[str, Any]],
        **columns: Any,
    ) -> ProgrammeSession:
        number = next(numbers)
        ends = columns.pop("ends", starts + HOUR if starts else None)
        values = {"title": both(f"Talk {number}", f"报告{number}"), "kind": "presentation", **columns}
        session = ProgrammeSession(
            event_id=event.id, slug=f"talk-{number}-{uuid4().hex[:6]}", starts=starts, ends=ends, **values
        )
        session.starts_at = clock.instant(starts, event.zone) if starts else None
        session.ends_at = clock.instant(ends, event.zone) if ends else None
        for position, (who, part) in enumerate(people):
            named = {"person_id": who.id} if isinstance(who, Person) else {"name": who}
            session.speakers.append(SessionRole(**{"role": "presenter", "position": position, **named, **part}))
        return save(session)

    return make


@pytest.fixture
def wang(make_person: Callable[..., Person]) -> Person:
    """Somebody with a name in both scripts whose clock is Beijing's."""
    return make_person(Names(family="Wang", given="Fang", han_family="王", han_given="芳"), zone="Asia/Shanghai")
