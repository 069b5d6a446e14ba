"""What it costs when very many are reminded at once: until each letter is written down, not until it is sent."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import carriers, jobs, services
from eventhub.messaging.reminders.models import Reminder, ReminderRound, ReminderRule
from eventhub.messaging.reminders.services import RulePlan
from eventhub.registrations.models import Place, Pool

from . import content
from .report import Report


def reminders(report: Report, many: int) -> None:
    """Fifty thousand with a place at one event, whose hour has come."""
    event = content.event_of(content.LONG)
    _give_places(SYSTEM, event.id)
    assert event.starts_at
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    with clock.standing_at(event.starts_at - timedelta(hours=1)):
        began = time.perf_counter()
        jobs.look()
        moment = db.session.scalars(sa.select(ReminderRound)).one()
        carriers.queue({"round_id": str(moment.id)}, moment.id)
        took = time.perf_counter() - began
    db.session.rollback()
    queued = db.session.scalar(sa.select(sa.func.count(Reminder.id)))
    assert queued == many
    report.fact(f"reminders for {many:,} queued", f"{took:.1f} s", "≤ 10 s", good=took <= 10)
    _forget(SYSTEM)


@use_case
def _give_places(actor: Actor, event_id: UUID) -> None:
    pools = sa.select(Pool.id).where(Pool.event_id == event_id)
    db.session.execute(
        sa.update(Place)
        .where(Place.pool_id.in_(pools))
        .values(state="confirmed", state_since=clock.now() - timedelta(days=1))
    )


@use_case
def _forget(actor: Actor) -> None:
    """Nobody is written to: what was measured is done."""
    for table in (Reminder, ReminderRound, ReminderRule):
        db.session.execute(sa.delete(table))
    db.session.execute(sa.delete(Letter).where(Letter.kind == "reminder"))
    db.session.execute(sa.delete(OutboxRow).where(OutboxRow.key.startswith("reminder")))
