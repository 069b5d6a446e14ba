"""What runs by the clock: the day's figures, and the log that need not be kept for ever."""

from __future__ import annotations

from sqlalchemy import select

from eventhub.foundation import clock, jobs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db

from . import services
from .models import Robot


@jobs.each_night
def tell_figures() -> None:
    """Have robots tell how many have registered: late in the morning in China, before work in Europe."""
    for organisation_id in db.session.scalars(select(Robot.organisation_id).distinct()).all():
        services.tell_figures(SYSTEM, organisation_id, clock.now().date())


@jobs.each_night
def forget() -> None:
    """Drop what robots said three months ago from their logs."""
    services.forget_old(SYSTEM)
