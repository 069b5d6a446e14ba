"""What happens to letters."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class LetterSentAgain(Fact):
    """An organiser had a letter tried once more that could not be delivered; one about a series is about no event."""

    event_id: UUID | None
    letter_id: UUID


@dataclass(frozen=True, slots=True)
class SpreadAgain(Fact):
    """An organiser has a letter to many, which was given up, spread once more."""

    event_id: UUID
    outbox_id: UUID


@dataclass(frozen=True, slots=True)
class LeftOutTold(Fact):
    """An organiser has so many people hear how an event stands who had been left out before."""

    event_id: UUID
    people: int
