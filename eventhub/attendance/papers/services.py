"""Noting which badges were printed, and that a list of people leaves the service."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.attendance import policy
from eventhub.attendance.signals import BadgesPrinted, ListPrinted
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.permissions import require

from .models import PrintedBadge

# Beyond this the typesetter would keep others waiting: a filter makes two runs of one.
MOST_BADGES, MOST_ROWS = 600, 3000


def check_number(number: int, most: int) -> None:
    """Refuse a document with nobody on it, or with more people than are set at a time; raises Conflict."""
    if number == 0:
        raise Conflict(gettext("Nobody is chosen this way. Please choose more people."))
    if number > most:
        text = gettext(
            "These are %(number)s people, and at most %(most)s are printed at a time. Please choose fewer, for "
            "instance one pool or one role after the other.",
            number=number,
            most=most,
        )
        raise Conflict(text)


@use_case
def note_badges(actor: Actor, event_id: UUID, said: Mapping[UUID, str], *, are_printed: bool) -> None:
    """The audit line of badges that leave the service, and that they count as printed where they are to."""
    event = get(Event, event_id, lock=True)
    require(policy.may_make_papers(actor, event), hidden=True)
    if are_printed:
        query = select(PrintedBadge).where(PrintedBadge.event_id == event.id, PrintedBadge.who_id.in_(list(said)))
        before = {row.who_id: row for row in db.session.scalars(query)}
        for who_id, digest in said.items():
            row = before.get(who_id) or PrintedBadge(event_id=event.id, who_id=who_id)
            row.said, row.created_at = digest, clock.now()
            db.session.add(row)
    announce(BadgesPrinted(event.id, len(said)))


@use_case
def note_list(actor: Actor, event_id: UUID, kind: str, rows: int) -> None:
    """The audit line without which no list leaves the service."""
    event = get(Event, event_id)
    require(policy.may_make_papers(actor, event), hidden=True)
    announce(ListPrinted(event.id, kind, rows))
