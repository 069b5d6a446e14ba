"""What is kept of one person in the lists for sessions: told to them, and erased."""

from __future__ import annotations

from typing import Any

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get
from eventhub.registrations.models import Registration
from eventhub.registrations.queue import lock

from . import lists, queries


def told(registration: Registration) -> dict[str, Any]:
    """What somebody has signed up for, as plain values: each session, how they stand there, and since when."""
    return {
        "sign_ups": [
            {
                "session": one.sheet.title.in_(registration.language),
                "starts_at": one.sheet.starts_at,
                "ends_at": one.sheet.ends_at,
                "state": one.state,
                "since": one.state_since,
                "number": one.number,
                "ended_by": one.ended_by,
            }
            for one in queries.list_of(registration.id, only_live=False)
        ]
    }


def erase(actor: Actor, registration: Registration) -> None:
    """Sign-ups given up and forgotten, their places to the next in line; only inside a use-case.

    What somebody has already been at stays, for the counts: it is an id beside a registration that names nobody.
    """
    rows = queries.list_of(registration.id, only_live=False)
    if not rows:
        return
    event, _ = lock(registration.event_id)
    for one in rows:
        if one.is_live and one.sheet.has_begun():
            continue
        sheet = one.sheet
        db.session.delete(one)
        lists.promote(get(Event, event.id), sheet)
