"""How many have signed up for a session, as the floor above writes it down: conflicts compare it with the places."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.permissions import require

from .models import ProgrammeSession


@use_case
def note_signed_up(actor: Actor, session_id: UUID, number: int) -> None:
    """How many places of a session are taken, kept without touching the row's version.

    An organiser who has the session's form open has lost nothing when somebody signs up.
    """
    require(actor.is_system, hidden=True)
    db.session.flush()
    other = update(ProgrammeSession).where(ProgrammeSession.id == session_id, ProgrammeSession.signed_up != number)
    db.session.execute(other.values(signed_up=number))
