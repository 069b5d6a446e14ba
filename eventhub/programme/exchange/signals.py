"""What happens to programmes by files, and by calendars elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class ProgrammeImported(Fact):
    """A file of this form was taken over into a programme: how many sessions came, changed and went."""

    event_id: UUID
    form: str
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class SeriesImported(Fact):
    """A calendar was taken over into a series: how many events came, changed and were called off."""

    series_id: UUID
    added: int
    changed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class CalendarFollowed(Fact):
    """A calendar elsewhere is followed from now on, or `paused`, `resumed`, `removed` or `given_up`."""

    event_id: UUID | None
    series_id: UUID | None
    subscription_id: UUID
    deed: str


@dataclass(frozen=True, slots=True)
class CalendarRefreshed(Fact):
    """A calendar that is followed had something new: so many things were done, or wait for a person."""

    event_id: UUID | None
    series_id: UUID | None
    subscription_id: UUID
    number: int
