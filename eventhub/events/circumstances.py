"""When, where and how an event takes place, as it was announced at some moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eventhub.foundation import clock
from eventhub.foundation.i18n import Translated

from .models import Event


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a registrant must hear of when it changes: an event's columns of the same names."""

    zone: str
    mode: str
    starts: datetime | None
    ends: datetime | None
    venue: Translated
    venue_address: Translated

    @classmethod
    def of(cls, event: Event) -> Circumstances:
        """Those of an event as it stands now."""
        return cls(event.zone, event.mode, event.starts, event.ends, event.venue, event.venue_address)

    def are_as(self, other: Circumstances, *, is_online: bool = False) -> bool:
        """Whether nobody need hear of the difference, or nobody online: no translation moves them, nor a hall these."""
        mine, others = self._essence(), other._essence()
        return mine[:-1] == others[:-1] if is_online else mine == others

    def _essence(self) -> tuple[object, ...]:
        place = [text.texts.get(text.source, "") for text in (self.venue, self.venue_address)]
        hours = [at and clock.marked(at) for at in (self.starts, self.ends)]
        return self.zone, self.mode, hours, place

    def as_json(self) -> dict[str, Any]:
        """The values as a fact or a letter keeps them."""
        return {
            "zone": self.zone,
            "mode": self.mode,
            "starts": clock.written(self.starts) if self.starts else None,
            "ends": clock.written(self.ends) if self.ends else None,
            "venue": self.venue.as_json(),
            "venue_address": self.venue_address.as_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Circumstances:
        """The values as they were kept."""
        return cls(
            value["zone"],
            value["mode"],
            clock.read(value["starts"]) if value["starts"] else None,
            clock.read(value["ends"]) if value["ends"] else None,
            Translated.from_json(value["venue"]),
            Translated.from_json(value["venue_address"]),
        )
