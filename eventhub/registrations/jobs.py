"""What runs by the clock: places that were held or offered too long go to the next in line."""

from __future__ import annotations

from sqlalchemy import select

from eventhub.foundation import clock, jobs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db

from . import invitations, pools
from .models import HELD, Place, Pool


@jobs.each_minute
def pass_on() -> None:
    """Pass on what nobody has taken in time, event by event, so that no transaction is long."""
    due = select(Pool.event_id).join(Place, Place.pool_id == Pool.id)
    due = due.where(Place.state.in_(HELD), Place.held_until <= clock.now()).distinct()
    for event_id in db.session.scalars(due).all():
        pools.promote_waiting(SYSTEM, event_id)


@jobs.each_minute
def remind_guests() -> None:
    """Ask guests once more whose time to answer is nearly over."""
    invitations.remind_due()
