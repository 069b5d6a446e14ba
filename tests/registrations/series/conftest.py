"""Series whose events are open, and people who register for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from eventhub.events import services as event_services
from eventhub.events.models import Event, Series
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.organisations.models import Organisation
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration
from eventhub.registrations.series import services
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.series.services import Wish
from tests.conftest import both

Make = Callable[..., Any]


@pytest.fixture
def organisation(make_organisation: Make) -> Organisation:
    """The one that runs the series."""
    made: Organisation = make_organisation("Network")
    return made


@pytest.fixture
def series(organisation: Organisation) -> Series:
    """A public series without an event."""
    return event_services.add_series(SYSTEM, organisation.id, both("Webinars"), slug="webinars")


@pytest.fixture
def add(series: Series, organisation: Organisation, make_event: Make) -> Make:
    """One more webinar of the series, a week after the one before."""

    def make(title: str, week: int = 1, **values: Any) -> Event:
        starts = datetime.combine((clock.now() + timedelta(days=7 * week)).date(), datetime.min.time()).replace(hour=15)
        values = {"mode": "online", "starts": starts, "ends": starts + timedelta(hours=1), "kind": "webinar", **values}
        values = {"organisation": organisation, "slug": title.lower(), **values}
        made: Event = make_event(title, series_id=series.id, **values)
        return made

    return make


def join(
    series: Series, *events: Event, name: str = "lin", pool: str = "online", wants_all: bool = False, **values: Any
) -> list[str]:
    """Register somebody for some events, and say what each gave."""
    wishes = [Wish(event.id, pool) for event in events]
    details = Details(**{"name": name.title(), "address": f"{name}@example.org", **values})
    return [outcome.state for _, outcome in services.register(VISITOR, series.id, details, wishes, wants_all=wants_all)]


def of(series: Series, name: str = "lin") -> SeriesRegistration:
    """Somebody's registration for a series."""
    db.session.rollback()
    query = select(SeriesRegistration).where(SeriesRegistration.address == f"{name}@example.org")
    return db.session.scalars(query.where(SeriesRegistration.series_id == series.id)).one()


def holder(registration: SeriesRegistration) -> Actor:
    """Who came by its private link."""
    return Actor("link", thing_id=registration.id, purpose="series_registration")


def states(name: str = "lin") -> dict[str, str]:
    """How somebody stands at each event, by its slug."""
    db.session.rollback()
    query = select(Registration).join(Registration.event).where(Registration.address == f"{name}@example.org")
    return {row.event.slug: row.place.state for row in db.session.scalars(query.order_by(Event.starts_at))}


def page_of(registration: SeriesRegistration, lang: str = "en") -> str:
    """The address of its private page."""
    token = links.make("series_registration", registration.id, registration.link_number)
    return f"/{lang}/registrations/series/{token}/"


def form(*events: Event, extent: str = "some", **values: Any) -> dict[str, Any]:
    """What somebody sends who fills in the form."""
    return {
        "extent": extent,
        "events": [str(event.id) for event in events],
        "name": "Lin Hua 林华",
        "address": f"{uuid4().hex[:8]}@example.org",
        "language": "en",
        "stakeholder_type": "",
        "country": "",
        "consent": "y",
        **values,
    }
