"""Which format a file has, told by what is in it and not by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.web import settings

from . import frab_reading, ics, tables, xml
from .entries import Notes, Reading
from .extras import Values
from .recurrence import Bounds
from .words import JOIN

_YEAR = timedelta(days=366)


def read(data: bytes, event: Event) -> Reading:
    """What a file says of the programme of an event; Unreadable where it is in no format that is read here."""
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise Unreadable(gettext("The file is empty."))
    if data.startswith(b"PK"):
        reading = tables.read_xlsx(data, event.zone)
    elif start.startswith(b"<") or data.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        reading = _of_schedule("xml", xml.read(data), event)
    elif start.startswith((b"{", b"[")):
        reading = _of_schedule("json", frab_reading.from_json(data), event)
    elif start[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        reading = ics.read(data, event.zone, _bounds(event), domain=settings().calendar_domain)
    else:
        reading = tables.read_csv(data, event.zone)
    return warned(reading)


def read_calendar(data: bytes, event: Event) -> Reading:
    """What a calendar says of the programme of an event; Unreadable where it is none."""
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unreadable(gettext("No calendar lies at this address, but something else, perhaps a page to sign in."))
    return read(data, event)


def _of_schedule(form: str, schedule: Values | None, event: Event) -> Reading:
    if schedule is None:
        raise Unreadable(gettext("The file is no schedule as frab, pretalx or EventHub write it."))
    return frab_reading.read(form, schedule, event.zone)


def _bounds(event: Event) -> Bounds:
    """Repetitions are of interest from a year before the event to a year after it."""
    first = event.starts_at or clock.now()
    return Bounds(first - _YEAR, (event.ends_at or first) + _YEAR)


def warned(reading: Reading) -> Reading:
    """The reading, with a note on each text that would publish the address of a meeting."""
    notes = Notes()
    for entry in reading.entries:
        if entry.abstract and any(JOIN.search(text) for text in entry.abstract.texts.values()):
            notes.add(entry.line, "join", entry.title.in_("en"))
    return replace(reading, problems=(*reading.problems, *notes.problems)) if notes.problems else reading
