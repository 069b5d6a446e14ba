"""The lists of sessions as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import language
from eventhub.registrations.words import name_of

from . import queries
from .words import STATES


def rows_of(event: Event, session_id: UUID | None = None) -> Iterator[list[str]]:
    """The headings and then one row for each sign-up, in the reader's language and the event's zone."""
    yield [
        gettext("Session"),
        gettext("Begins"),
        gettext("Name"),
        gettext("E-mail address"),
        gettext("Organisation"),
        gettext("Takes part"),
        gettext("State"),
        gettext("Position on the waitlist"),
        gettext("Signed up at"),
    ]
    zone, sheet_id, position = clock.zone(event.zone), None, 0
    for sign_up, sheet, registration, pool in queries.all_of(event, session_id):
        if sheet.id != sheet_id:
            sheet_id, position = sheet.id, 0
        position += sign_up.state == "waitlisted"
        yield [
            str(sheet.title.in_(language())),
            f"{sheet.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            registration.name,
            registration.typed_address or "",
            registration.organisation,
            name_of(pool),
            str(STATES[sign_up.state]),
            str(position) if sign_up.state == "waitlisted" else "",
            f"{sign_up.state_since.astimezone(zone):%Y-%m-%d %H:%M %z}",
        ]
