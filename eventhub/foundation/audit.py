"""Who did what, when: one row for every fact that was announced."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from .actor import Actor
from .tables import Record

if TYPE_CHECKING:
    from .db import Fact


class AuditEntry(Record):
    """A fact as it was announced, and who had acted. Rows are only ever added; erasure blanks `data`."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "event_id", "created_at"), Index(None, "fact", "event_id"))

    fact: Mapped[str]
    actor_kind: Mapped[str]
    actor_person_id: Mapped[UUID | None]
    actor_thing_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


def told(actor: Actor, fact: Fact) -> dict[str, Any]:
    """What is kept of a fact in the transaction of what it tells of, by the columns of `AuditEntry`."""
    return {
        "fact": type(fact).__name__,
        "actor_kind": actor.kind,
        "actor_person_id": actor.person_id,
        "actor_thing_id": actor.thing_id,
        "event_id": getattr(fact, "event_id", None),
        "data": {one.name: _plain(getattr(fact, one.name)) for one in fields(fact)},
    }


def _plain(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
