"""What happens to letters."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class LetterSentAgain(Fact):
    """An organiser had a letter tried once more that could not be delivered."""

    event_id: UUID
    letter_id: UUID
