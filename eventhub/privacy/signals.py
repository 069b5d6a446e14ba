"""What happens to what is kept of people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class KeepingSettled(Fact):
    """Organisers settled how long an event keeps what."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class DataTaken(Fact):
    """Somebody took a copy of all that is kept of them."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class SpeakerErased(Fact):
    """All that an event's programme kept of somebody is gone, from what was released too."""

    event_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class DataExpired(Fact):
    """Data of a kind was kept until today and no longer; so many rows are erased."""

    event_id: UUID
    kind: str
    number: int
