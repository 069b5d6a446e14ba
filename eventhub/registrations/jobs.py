"""What runs by the clock: places held or offered too long go to the next in line, answers kept long enough go."""

from __future__ import annotations

from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock, jobs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db

from . import invitations, pools
from .models import HELD, Place, Pool
from .questions import services as questions
from .questions.models import Answer, Question
from .series import offers


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


@jobs.each_minute
def offer_additions() -> None:
    """Ask those who want a whole series about events that were added to it, or have opened."""
    offers.offer_all()


@jobs.each_night
def erase_answers() -> None:
    """Erase what was to be kept until today and no longer, event by event.

    At this hour of the night it is, in every zone, once the day that those who answered were told.
    """
    kept = select(Question.event_id).join(Answer, Answer.question_id == Question.id)
    due = kept.join(Event, Event.id == Question.event_id).where(
        Question.keep_days.is_not(None), func.coalesce(Event.ends_at, Event.starts_at) <= clock.now()
    )
    for event_id in db.session.scalars(due.distinct()).all():
        questions.erase_answers(SYSTEM, event_id)
