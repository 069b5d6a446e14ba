"""That somebody was reminded, erased with them; what was written to them is told with all their letters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.registrations import personal as registrations
from eventhub.registrations.models import Registration

from .models import Reminder, ReminderRule


def told(registration: Registration) -> dict[str, Any]:
    """Nothing beside the letters themselves."""
    return {}


def erase_of_speaker(event_id: UUID, person_id: UUID) -> None:
    """The same of somebody on an event's programme. Only inside a use-case."""
    of_event = select(ReminderRule.id).where(ReminderRule.event_id == event_id)
    db.session.execute(delete(Reminder).where(Reminder.recipient_id == person_id, Reminder.rule_id.in_(of_event)))


def erase(actor: Actor, registration: Registration) -> None:
    """None of it any more, nor of their invitations."""
    ids = [registration.id, *(one.id for one in registrations.invitations_of(registration))]
    db.session.execute(delete(Reminder).where(Reminder.recipient_id.in_(ids)))
