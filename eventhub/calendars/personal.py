"""What somebody's private calendar has told them, told and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration

from .models import CalendarHolder, CalendarInvitation


def told(registration: Registration) -> dict[str, Any]:
    """How often their private calendar had something new for them, and what they answered to invitations by theirs."""
    holder = db.session.get(CalendarHolder, registration.id)
    theirs = select(CalendarInvitation).where(CalendarInvitation.registration_id == registration.id)
    invited = [
        {"told_at": one.told_at, "calendar_answer": one.answer, "answered_at": one.answered_at}
        for one in db.session.scalars(theirs)
    ]
    revision = {"revision": holder.revision} if holder else {}
    return {**revision, "calendar_invitations": invited} if invited else revision


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of what their calendar was told or said; its address is void with the registration's."""
    db.session.execute(delete(CalendarHolder).where(CalendarHolder.holder_id == registration.id))
    db.session.execute(delete(CalendarInvitation).where(CalendarInvitation.registration_id == registration.id))
