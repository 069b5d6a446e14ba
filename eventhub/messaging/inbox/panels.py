"""What the mailbox has told of registrants, on the pages of the organiser's desk."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.calendars import invitations
from eventhub.events.models import Event
from eventhub.messaging import words
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import may_manage_registrations

from . import queries
from .words import ANSWERS, counted

MOST_NAMED = 20


def of_registration(registration: Registration, **_: Any) -> str | None:
    """What somebody's calendar has answered, and that letters do not reach them."""
    answer = invitations.find_answer(registration.id)
    marked = queries.find_mark(registration.event.organisation_id, registration.address)
    if not answer and not marked:
        return None
    values = {"event": registration.event, "answer": answer, "marked": marked, "reason": words.reason}
    return render_template("messaging/_desk_registration.html", answers=ANSWERS, **values)


def of_registrations(event: Event, **_: Any) -> str | None:
    """The same of everybody at an event: how many answered what, and whom letters do not reach."""
    if not may_manage_registrations(g.actor, event):
        return None
    counts = invitations.count_answers(event.id)
    unreached = queries.list_unreached(event, MOST_NAMED)
    more = queries.count_unreached(event) - len(unreached) if len(unreached) == MOST_NAMED else 0
    said = counted(counts)
    if not said and not unreached:
        return None
    values = {"event": event, "counted": said, "unreached": unreached, "more": more}
    return render_template("messaging/_desk_registrations.html", **values)
