"""What happens to events and series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class EventAdded(Fact):
    """There is a new event, as a draft; `copied_from` names the one it was copied from."""

    event_id: UUID
    copied_from: UUID | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventChanged(Fact):
    """An event's own header was edited; `fields` are the names of the columns that changed.

    `was` are the circumstances that it had before, where they are others now.
    """

    event_id: UUID
    fields: tuple[str, ...]
    was: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EventPublished(Fact):
    """An event is open to its public: for the first time, or `is_resumed` after a postponement or cancellation."""

    event_id: UUID
    is_resumed: bool = False


@dataclass(frozen=True, slots=True)
class EventPostponed(Fact):
    """An event will take place at another time than was announced."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class EventCancelled(Fact):
    """An event will not take place."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class SeriesChanged(Fact):
    """A series' own texts, or which events it lists, are others."""

    series_id: UUID
