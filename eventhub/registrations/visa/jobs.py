"""What runs by the clock: passports that were kept as long as was told are erased."""

from __future__ import annotations

from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock, jobs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db

from . import services
from .models import VisaRequest


@jobs.each_night
def erase_passports() -> None:
    """Erase what is due, event by event, so that no transaction is long."""
    due = (
        select(VisaRequest.event_id)
        .join(Event, Event.id == VisaRequest.event_id)
        .where(VisaRequest.sealed.is_not(None), func.coalesce(Event.ends_at, Event.starts_at) <= clock.now())
    )
    for event_id in db.session.scalars(due.distinct()).all():
        services.erase_due(SYSTEM, event_id)
