"""What happens to registrations for series."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class SeriesRegistered(Fact):
    """Somebody registered for events of a series, or for more of them; one letter tells of all."""

    series_id: UUID
    series_registration_id: UUID
    event_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class SeriesRegisteredAgain(Fact):
    """Somebody used a series' form for an address that is registered for all that was chosen.

    Its owner gets their link by letter, unless they have just got it: `is_told` says so.
    """

    series_id: UUID
    series_registration_id: UUID
    is_told: bool


@dataclass(frozen=True, slots=True)
class SeriesPlacesConfirmed(Fact):
    """Somebody took all places in a series that were held for them."""

    series_id: UUID
    series_registration_id: UUID


@dataclass(frozen=True, slots=True)
class SeriesPlacesCancelled(Fact):
    """Somebody gave up the rest of a series: their places at these events."""

    series_id: UUID
    series_registration_id: UUID
    event_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class SeriesRegistrationChanged(Fact):
    """Somebody described themself anew for a series, or wants or wants not to hear of what is added to it."""

    series_id: UUID
    series_registration_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesEventsOffered(Fact):
    """Events were added to a series of which somebody wants the whole: they are asked whether these too."""

    series_id: UUID
    series_registration_id: UUID
    event_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class SeriesEventAnswered(Fact):
    """Somebody took an event of a series that they had not chosen before, or said that they do not want it."""

    series_id: UUID
    series_registration_id: UUID
    event_id: UUID
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class SeriesLinkRotated(Fact):
    """The private links of a series registration were made void; its owner gets the new one by letter."""

    series_id: UUID
    series_registration_id: UUID


@dataclass(frozen=True, slots=True)
class SeriesRegistrationErased(Fact):
    """A registration for a series is gone with the last one for its events."""

    series_id: UUID
    series_registration_id: UUID
