"""What happens to somebody's choice of letters."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class LettersEnded(Fact):
    """Somebody wants no more letters of an organiser but those about their own registrations."""

    organisation_id: UUID
    choice_id: UUID


@dataclass(frozen=True, slots=True)
class LettersWanted(Fact):
    """Somebody wants these letters of an organiser again."""

    organisation_id: UUID
    choice_id: UUID
