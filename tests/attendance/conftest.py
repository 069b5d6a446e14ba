"""An event with a door, and people who have a place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from eventhub.attendance import services
from eventhub.attendance.models import Door
from eventhub.attendance.services import Scan
from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registration_services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event with three places in person and many online."""
    made: Event = make_event("Roundtable", slug="roundtable", in_person=3, online=20)
    return made


@pytest.fixture
def enter(event: Event) -> Callable[..., Registration]:
    """Register somebody, for this event unless said otherwise."""

    def make(name: str, pool: str = "in_person", at: Event | None = None, **said: Any) -> Registration:
        where = at or event
        address = said.pop("address", f"{uuid4().hex[:8]}@example.org")
        registration_services.register(SYSTEM, where.id, Details(name=name, address=address, **said), pool)
        found = registrations.find_registration(where.id, address)
        assert found
        return found

    return make


@pytest.fixture
def north(event: Event) -> Door:
    """A device at the north entrance."""
    return services.open_door(SYSTEM, event.id, "North")


@pytest.fixture
def south(event: Event) -> Door:
    """Another one, at the south entrance."""
    return services.open_door(SYSTEM, event.id, "South")


def holder(door: Door) -> Actor:
    """Whoever holds the device."""
    return Actor("link", thing_id=door.id, purpose="door")


def token_of(door: Door) -> str:
    """The code that admits a device."""
    return links.make("door", door.id, door.link_number)


def scan(door: Door | None = None, ago: int = 0, **said: Any) -> Scan:
    """What happened at a door, so many seconds ago."""
    scan_id: UUID = said.pop("id", None) or uuid4()
    made_at = clock.now() - timedelta(seconds=ago)
    return Scan(id=scan_id, made_at=made_at, door_id=door.id if door else None, **said)
