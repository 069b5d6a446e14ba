"""An event with sessions for which one signs up, and people with places at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation.actor import VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations import services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    """A hybrid event."""
    return make_event("Workshop", slug="workshop")  # type: ignore[no-any-return]


@pytest.fixture
def offer(event: Event, make_session: Make) -> Callable[..., ProgrammeSession]:
    """Released sessions for which one signs up; `places` is how many there are."""

    def make(title: str | None = None, places: int | None = None, **plan: Any) -> ProgrammeSession:
        made = make_session(event, title, **{"kind": "breakout", "has_sign_up": True, "capacity": places, **plan})
        assert isinstance(made, ProgrammeSession)
        return made

    return make


@pytest.fixture
def people(event: Event) -> Callable[..., list[Registration]]:
    """People with a place at the event."""

    def make(*names: str, pool: str = "in_person", **details: Any) -> list[Registration]:
        for name in names:
            details_of = Details(name=name, address=f"{name}@example.org", **details)
            services.register(VISITOR, event.id, details_of, pool)
        found = {row.name: row for row in db.session.scalars(select(Registration).where(Registration.name.in_(names)))}
        return [found[name] for name in names]

    return make


def holder(registration: Registration) -> Actor:
    """Who holds the private link of a registration."""
    return Actor("link", thing_id=registration.id, purpose="registration")
