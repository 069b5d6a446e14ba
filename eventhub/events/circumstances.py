"""When, where and how an event takes place, as it was announced at some moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eventhub.foundation import clock
from eventhub.foundation.i18n import LOCALES, Translated

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

    def are_as(self, other: Circumstances, *, is_online: bool = False, readers: str | None = None) -> bool:
        """Whether nobody need hear of the difference, or nobody online, to whom a hall is nothing.

        A place whose name is another in one language alone concerns the `readers` of that language; a translation that
        is new, nobody.
        """
        if self._essence() != other._essence():
            return False
        languages = [readers] if readers else LOCALES
        return is_online or not (self.is_elsewhere(other) or any(self._is_renamed(other, one) for one in languages))

    def is_elsewhere(self, other: Circumstances) -> bool:
        """Whether the place is another, whatever it is called in translations."""
        return any(
            mine.texts.get(mine.source, "") != others.texts.get(others.source, "")
            for mine, others in self._places(other)
        )

    def _is_renamed(self, other: Circumstances, lang: str) -> bool:
        return any(
            mine.texts[lang] != others.texts[lang]
            for mine, others in self._places(other)
            if mine.texts.get(lang) and others.texts.get(lang)
        )

    def _places(self, other: Circumstances) -> tuple[tuple[Translated, Translated], ...]:
        return (self.venue, other.venue), (self.venue_address, other.venue_address)

    def _essence(self) -> tuple[object, ...]:
        return self.zone, self.mode, [at and clock.marked(at) for at in (self.starts, self.ends)]

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
