"""What happens to devices."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class DeviceAdded(Fact):
    """A registrant wants to be told on one more device."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class DevicesRemoved(Fact):
    """So many devices of a registrant are told nothing any more."""

    event_id: UUID
    registration_id: UUID
    number: int
