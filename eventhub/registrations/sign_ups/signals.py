"""What happens to sign-ups for sessions."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class SignedUp(Fact):
    """Somebody signed up for a session, and has a place in it or waits for one."""

    event_id: UUID
    registration_id: UUID
    session_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class SignUpPromoted(Fact):
    """Somebody who waited for a place in a session has one now."""

    event_id: UUID
    registration_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class SignUpQueued(Fact):
    """Somebody who needed no seat in a full session needs one now, and waits for it."""

    event_id: UUID
    registration_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class SignUpEnded(Fact):
    """Somebody is signed up for a session no more; `ended_by` says by what."""

    event_id: UUID
    registration_id: UUID
    session_id: UUID
    ended_by: str


@dataclass(frozen=True, slots=True)
class SignUpsEnded(Fact):
    """All who had signed up for a session are so no more: `session`, it does not take place; `freedom`, nobody need."""

    event_id: UUID
    session_id: UUID
    registration_ids: tuple[UUID, ...]
    ended_by: str


@dataclass(frozen=True, slots=True)
class SignUpsExported(Fact):
    """Somebody took lists of sign-ups out of the service: of one session, or all; so many rows, as `csv` or `xlsx`."""

    event_id: UUID
    session_id: UUID | None
    rows: int
    format: str
