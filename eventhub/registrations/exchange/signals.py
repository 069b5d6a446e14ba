"""What happens to lists of people that are kept for a day."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class ListKept(Fact):
    """Somebody sent a list of people, to be looked at: so many rows."""

    event_id: UUID
    list_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class ExportOrdered(Fact):
    """Somebody wants the list of registrations as a file, with these columns."""

    event_id: UUID
    order_id: UUID
    file_format: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportMade(Fact):
    """The file is ready, with so many rows."""

    event_id: UUID
    order_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class ListsForgotten(Fact):
    """Lists on their way in and out are gone, since their day was over or somebody in them was erased: so many."""

    event_id: UUID
    number: int
