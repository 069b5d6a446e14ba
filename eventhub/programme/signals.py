"""What happens to programmes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class PublicStateChanged(Fact):
    """What the public sees of an event is another.

    `session_ids` are the sessions that changed, came or went; `whole` says that the event's own header, or
    something that shows in every session, changed as well. `substantial` is for letters: when, where, whether
    or how it takes place changed, not only its words.
    """

    event_id: UUID
    session_ids: tuple[UUID, ...] = ()
    whole: bool = False
    substantial: bool = False


@dataclass(frozen=True, slots=True)
class ConflictAccepted(Fact):
    """An organiser lets a conflict be; `key` says which, until it becomes another."""

    event_id: UUID
    key: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptanceWithdrawn(Fact):
    """A conflict that an organiser had let be is to be looked at again."""

    event_id: UUID
    key: str
    kind: str
