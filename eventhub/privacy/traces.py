"""What the audit says of somebody: facts with ids, of which few hold words.

Those that do are named here; a test holds every fact to that. The outbox's words go with the letters they are for.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, select

from eventhub.foundation.actor import Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.messaging.personal import letters_of
from eventhub.registrations.models import Registration

# Facts that may say a name, an address, or what somebody wrote.
WITH_WORDS = ("LinksAskedFor", "PlaceDecided", "WorkGivenUp")
ERASURES = ("RegistrationErased", "SpeakerErased", "DataExpired", "AnswersErased", "WalkInErased")


def told(registration: Registration) -> dict[str, Any]:
    """Which facts about them the audit keeps, and when they were announced."""
    return {"facts": [{"fact": row.fact, "at": row.created_at} for row in _about(registration)]}


def _about(registration: Registration) -> list[AuditEntry]:
    mine = str(registration.id)
    query = select(AuditEntry).where(AuditEntry.event_id == registration.event_id).order_by(AuditEntry.created_at)
    return list(db.session.scalars(query.where(cast(AuditEntry.data, Text).contains(mine))))


def erase(actor: Actor, registration: Registration) -> None:
    """The words gone from facts about them, which stay."""
    letters = letters_of(registration)
    needles = {str(registration.id), *(str(one.id) for one in letters)}
    needles |= {one for one in (registration.address, registration.typed_address) if one}
    _blank(AuditEntry.event_id == registration.event_id, needles)
    _blank(AuditEntry.event_id.is_(None), needles)


def erase_words(event_id: UUID, needles: Collection[str]) -> None:
    """The words gone from an event's facts in which one of these stands. Only inside a use-case."""
    _blank(AuditEntry.event_id == event_id, needles)


def _blank(where: Any, needles: Collection[str]) -> None:
    for row in db.session.scalars(select(AuditEntry).where(where, AuditEntry.fact.in_(WITH_WORDS))):
        if _says(row.data, needles):
            row.data = {key: value for key, value in row.data.items() if key.endswith("_id")}


def _says(data: Any, needles: Collection[str]) -> bool:
    text = json.dumps(data, ensure_ascii=False)
    return any(needle in text for needle in needles)


def was_erased_since(moment: datetime) -> bool:
    """Whether anything of anybody was erased since a moment."""
    query = select(AuditEntry.id).where(AuditEntry.fact.in_(ERASURES), AuditEntry.created_at >= moment).limit(1)
    return db.session.scalar(query) is not None


def erase_unbound(before: datetime, most: int) -> int:
    """The words gone from facts that belong to no event, where they are older; how many facts. Only in a use-case."""
    old = select(AuditEntry).where(AuditEntry.event_id.is_(None), AuditEntry.created_at < before)
    rows = db.session.scalars(old.where(AuditEntry.fact.in_(WITH_WORDS), has_words()).limit(most)).all()
    for row in rows:
        row.data = {}
    db.session.flush()
    return len(rows)


def has_words() -> ColumnElement[bool]:
    """The condition for facts whose words were not erased yet."""
    return cast(AuditEntry.data, Text) != "{}"
