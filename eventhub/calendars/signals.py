"""What happens to the addresses of people's own feeds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class CalendarAddressMade(Fact):
    """Somebody has a new address for one of their own feeds; the one before, if any, is void."""

    person_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class CalendarAddressEnded(Fact):
    """The address of one of somebody's own feeds is void, and there is no other."""

    person_id: UUID
    kind: str
