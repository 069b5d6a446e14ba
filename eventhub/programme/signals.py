"""What happens to programmes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class PublicStateChanged(Fact):
    """What the public sees of an event is another.

    `session_ids` are the sessions that changed, came or went; `whole` says that the event's own header, or
    something that shows in every session, changed as well.
    """

    event_id: UUID
    session_ids: tuple[UUID, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ProgrammeReleased(Fact):
    """A programme is public as its draft was, or with one change of it; those concerned hear of it where it `tells`."""

    event_id: UUID
    release_id: UUID
    number: int
    kind: str
    tells: bool


@dataclass(frozen=True, slots=True)
class ModeChanged(Fact):
    """Somebody takes part in a session in another way: in the room, from afar, or recorded."""

    event_id: UUID
    session_id: UUID
    role_id: UUID
    person_id: UUID | None
    mode: str


@dataclass(frozen=True, slots=True)
class PartWithdrawn(Fact):
    """Somebody who had confirmed a part in a session will not take it after all."""

    event_id: UUID
    session_id: UUID
    role_id: UUID
    person_id: UUID | None
