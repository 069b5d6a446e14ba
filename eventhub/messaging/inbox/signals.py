"""Facts about letters that came back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class LetterReturned(Fact):
    """A letter that had left us did not arrive."""

    event_id: UUID | None
    letter_id: UUID


@dataclass(frozen=True, slots=True)
class AddressUnmarked(Fact):
    """Letters to an address reach somebody after all, as what somebody did by a link in one has shown."""

    event_id: UUID
