"""What happens to the words of letters."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class WordingSaved(Fact):
    """Somebody gave a letter words of their own, in these languages; of one event, or of all of an organisation."""

    scope_id: UUID
    event_id: UUID | None
    occasion: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordingReset(Fact):
    """Somebody had a letter speak in our words again."""

    scope_id: UUID
    event_id: UUID | None
    occasion: str
