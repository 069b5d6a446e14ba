"""What happens to notices."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class QuietPeriodSet(Fact):
    """The changes of an event are gathered for so many minutes from now on."""

    event_id: UUID
    minutes: int
