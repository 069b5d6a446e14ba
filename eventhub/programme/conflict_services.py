"""Letting a conflict be, and looking at it again."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.forms import tidy
from eventhub.foundation.permissions import require

from . import conflicts
from .models import AcceptedConflict
from .signals import AcceptanceWithdrawn, ConflictAccepted


@use_case
def accept_conflict(actor: Actor, event_id: UUID, key: str, kind: str, reason: str) -> AcceptedConflict:
    """A conflict that is let be, and why; it lapses when the conflict becomes another.

    Raises Invalid without a reason, and Conflict where it is not there, or where somebody has accepted it already:
    their reason is not to be lost.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    found = next((one for one in conflicts.find(event, actor=actor) if (one.key, one.kind) == (key, kind)), None)
    if found is None:
        raise Conflict(gettext("This conflict is not there any more: the programme has changed."))
    if found.accepted is not None:
        raise Conflict(gettext("Somebody else has just accepted this conflict."))
    if not (reason := tidy(reason)):
        raise Invalid("reason", gettext("Write why it can stay as it is."))
    accepted = AcceptedConflict(event_id=event.id, key=key, kind=kind, reason=reason, person_id=actor.person_id)
    db.session.add(accepted)
    announce(ConflictAccepted(event.id, key, kind, reason))
    return accepted


@use_case
def withdraw_acceptance(actor: Actor, acceptance_id: UUID) -> None:
    """A conflict that was let be, open again."""
    accepted = get(AcceptedConflict, acceptance_id)
    event = get(Event, accepted.event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    db.session.delete(accepted)
    announce(AcceptanceWithdrawn(event.id, accepted.key, accepted.kind))
