"""The list, package by package, of what is told to somebody who registered, and erased.

A package with tables of its own has a module `personal` beside them, with `told(registration)` and
`erase(actor, registration)`; it comes in here by a line. Told from the top down, erased from the bottom up: the
registration goes last, for the others find by it what is theirs. Traces in the audit go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from eventhub.attendance import personal as attendance
from eventhub.attendance.certificates import personal as certificates
from eventhub.attendance.papers import personal as papers
from eventhub.calendars import personal as calendars
from eventhub.foundation.actor import Actor
from eventhub.messaging import personal as messaging
from eventhub.messaging.inbox import personal as inbox
from eventhub.messaging.push import personal as push
from eventhub.messaging.reminders import personal as reminders
from eventhub.registrations import group_personal as groups
from eventhub.registrations import personal as registrations
from eventhub.registrations.exchange import personal as lists
from eventhub.registrations.models import Registration
from eventhub.registrations.questions import personal as questions
from eventhub.registrations.series import personal as series
from eventhub.registrations.sign_ups import personal as sign_ups
from eventhub.registrations.visa import personal as visa

from . import traces


class Personal(Protocol):
    """What a package says and does about one person."""

    def told(self, registration: Registration) -> dict[str, Any]:
        """All that is kept of them there: plain values, lists and moments."""

    def erase(self, actor: Actor, registration: Registration) -> None:
        """Nothing of it any more; only inside a use-case."""


@dataclass(frozen=True, slots=True)
class Part:
    """One package, and what people call what it keeps; what is `is_for_machines` stands in the file alone."""

    name: str
    label: LazyString
    personal: Personal
    is_for_machines: bool = False


PARTS: list[Part] = [
    Part("registration", _l("Your registration"), registrations),
    Part("group", _l("Whom you named, and who named you"), groups),
    Part("sessions", _l("Sessions you chose"), sign_ups),
    Part("series", _l("Your registration for the series"), series),
    Part("answers", _l("Your answers"), questions),
    Part("attendance", _l("When you came"), attendance),
    Part("certificates", _l("Certificates"), certificates),
    Part("visa", _l("Letter of invitation for a visa"), visa),
    Part("papers", _l("Printed for you"), papers, is_for_machines=True),
    Part("letters", _l("Letters to you"), messaging),
    Part("devices", _l("Devices on which you are told"), push),
    Part("reminders", _l("Reminders"), reminders, is_for_machines=True),
    Part("calendar", _l("Your private calendar"), calendars),
    Part("address", _l("Whether letters reach you"), inbox),
    Part("lists", _l("Lists in and out"), lists, is_for_machines=True),
    Part("records", _l("Records of what was done"), traces, is_for_machines=True),
]


def told(registration: Registration) -> dict[str, dict[str, Any]]:
    """All that is kept of somebody, package by package."""
    return {part.name: part.personal.told(registration) for part in PARTS}


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of it any more, but that they are counted; only inside a use-case."""
    for part in reversed(PARTS):
        part.personal.erase(actor, registration)
