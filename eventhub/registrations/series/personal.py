"""What registrations for series tell of a person, for whoever answers for their data, and its erasure."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.i18n import language
from eventhub.registrations.models import Registration

from . import queries
from .models import SeriesRegistration
from .signals import SeriesRegistrationErased


def told(registration: Registration) -> dict[str, Any]:
    """What is kept of the registration's person about the series of its event; nothing where they have none."""
    found = all_of(registration)
    if not found:
        return {}
    return {
        "series_registrations": [
            {
                "series": str(one.series.title.in_(language())),
                "name": one.name,
                "address": one.typed_address,
                "organisation": one.organisation,
                "stakeholder_type": one.stakeholder_type,
                "country": one.country,
                "language": one.language,
                "zone": one.zone,
                "wants_all": one.wants_all,
                "registered_at": one.created_at,
                "events": gettext(", ").join(str(entry.event.title.in_(language())) for entry in one.entries),
            }
            for one in found
        ]
    }


@use_case
def erase(actor: Actor, registration: Registration) -> None:
    """A registration for a series gone with the last one for its events; to be called before that one is erased.

    The caller has asked who may. As long as another registration is there, it stays: it is the way to that one.
    """
    for one in all_of(registration):
        if any(other.id != registration.id for other in queries.list_registrations(one)):
            continue
        series_id, its_id = one.series_id, one.id
        db.session.delete(one)
        db.session.flush()
        announce(SeriesRegistrationErased(series_id, its_id))


def all_of(registration: Registration) -> list[SeriesRegistration]:
    """The registrations for series among whose events this one's is, or was."""
    if registration.address is None:
        return []
    event: Event = registration.event
    query = select(SeriesRegistration).where(SeriesRegistration.address == registration.address)
    return [
        one
        for one in db.session.scalars(query)
        if one.series_id == event.series_id or event.id in {entry.event_id for entry in one.entries}
    ]
