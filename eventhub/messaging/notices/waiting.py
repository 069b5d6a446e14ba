"""What has changed and is not told yet, for the organisers who wait for it to be."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import undefer

from eventhub.events.circumstances import Circumstances
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.i18n import LOCALES, language
from eventhub.messaging.comparisons import compared
from eventhub.programme import differences, releases, snapshots, telling
from eventhub.programme.models import Release
from eventhub.programme.snapshots import Values
from eventhub.programme.telling import Told

from .models import Gathering


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of an event is another than people know, a line each, and what of its programme."""

    of_event: list[tuple[str, str]] = field(default_factory=list)
    of_programme: list[Told] = field(default_factory=list)


def gathered(event: Event) -> Waiting:
    """All that would be told now, as far as it is not as it was again; in the language of the page."""
    row = db.session.scalar(select(Gathering).where(Gathering.event_id == event.id))
    if row is None:
        return Waiting()
    was = Circumstances.from_json(row.was) if row.was else Circumstances.of(event)
    now = Circumstances.of(event)
    # What is another in the other language alone is told in that one.
    lines = next(filter(None, (compared(was, now, lang) for lang in (language(), *LOCALES))), [])
    newest, number = snapshots.newest(event.id), row.told_number
    if newest is None or number is None:
        return Waiting(lines)
    known = releases.get_numbered(event, number)
    found = differences.between(snapshots.of_release(known), snapshots.of_release(newest))
    query = select(Release).where(Release.event_id == event.id, Release.number > number)
    names: dict[str, Values] = {}
    for release in db.session.scalars(query.order_by(Release.number).options(undefer(Release.names))):
        names |= release.names
    return Waiting(lines, telling.tell_changes(event, [one.values for one in found], names))
