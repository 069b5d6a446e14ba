"""What came of a scan, in words that are read from an arm's length."""

from __future__ import annotations

from datetime import datetime

from flask import g
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import format_clock, format_day
from eventhub.registrations.models import Registration
from eventhub.registrations.words import STATES, name_of

from . import queries

# The large word, and the sentence beneath it. A page at the door fills in {time}, {door} and {state} itself while it is
# offline, so these stand in the words as they are.
OUTCOMES = {
    "welcome": (_("Welcome"), ""),
    "unlisted": (_("Welcome"), _("The ticket is genuine, but not on this device’s list yet. The name comes with the next connection.")),  # noqa: E501
    "already": (_("Already here"), _("Checked in at {time}, {door}.")),
    "ended": (_("Ticket no longer valid"), _("This ticket was replaced by a newer one. Find the person by name.")),
    "no_place": (_("No place"), _("State of the registration: {state}. They can be taken as a walk-in.")),
    "other_event": (_("Other event"), _("This is not a ticket of this event.")),
    "unreadable": (_("Not a ticket"), _("This is not a genuine ticket of this site. Find the person by name.")),
    "unknown": (_("Not found"), _("Nobody is registered under this. Find the person by name.")),
    "undone": (_("Taken back"), _("The check-in was taken back.")),
    "refused": (_("Not checked in"), ""),
}  # fmt: skip


def moment(at: datetime, event: Event) -> str:
    """The hour by the event's clock, with the day where that is not today."""
    there, today = clock.wall(at, event.zone), clock.wall(clock.now(), event.zone).date()
    hour = format_clock(there, event.zone)
    return hour if there.date() == today else f"{format_day(there, g.lang, short=True)} {hour}"


def door_name(name: str) -> str:
    """What a door is called, or that it was at no door."""
    return name or gettext("at the organisers’ desk")


def person_name(name: str) -> str:
    """Somebody's name, or that it was erased."""
    return name or gettext("Name erased")


def brings(number: int) -> str:
    """With how many somebody comes; nothing for whoever comes alone."""
    return ngettext("with %(num)s more person", "with %(num)s more people", number) if number else ""


def pool_names(event: Event) -> dict[str, str]:
    """What the pools of an event are called, by their keys."""
    return {pool.key: name_of(pool) for pool in queries.list_pools(event)}


def standing(registration: Registration) -> str:
    """How a registration stands, by the place that says so."""
    place = registration.place
    return f"{name_of(place.pool)} · {state_name(place.state)}"


def state_name(state: str) -> str:
    """How a place stands."""
    return str(STATES.get(state, state))
