"""What the lists for sessions do when the programme changes, or somebody's place at the event."""

from __future__ import annotations

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import receives
from eventhub.programme.signals import PublicStateChanged, RoomResized
from eventhub.registrations.signals import (
    PlaceCancelled,
    PlaceChanged,
    PlaceConfirmed,
    PlaceDecided,
    PlaceLapsed,
    PlacePassedOn,
    PlacePromoted,
    PlacesGiven,
    PoolSettled,
    SecondPlaceLeft,
)

from . import lists, queries


@receives(PublicStateChanged)
def follow_programme(fact: PublicStateChanged) -> None:
    """Sign-up is for what the public sees: lists come, change and close with a release."""
    lists.follow_programme(SYSTEM, fact.event_id, fact.session_ids, whole=fact.whole)


@receives(RoomResized)
def follow_room(fact: RoomResized) -> None:
    """A session without a number of its own has as many places as its room."""
    if queries.has_any_sheet(fact.event_id):
        lists.follow_programme(SYSTEM, fact.event_id, whole=True)


@receives(PlacePromoted, PlaceConfirmed, PlaceLapsed, PlaceDecided, PlaceChanged, SecondPlaceLeft, PlaceCancelled)
def follow_place(
    fact: PlacePromoted | PlaceConfirmed | PlaceLapsed | PlaceDecided | PlaceChanged | SecondPlaceLeft | PlaceCancelled,
) -> None:
    """Only who has a place at the event keeps one in its sessions, and only who comes needs a seat."""
    lists.follow_place(SYSTEM, fact.registration_id)


@receives(PlacesGiven)
def follow_places(fact: PlacesGiven) -> None:
    """The same of very many at once, of whom few have chosen sessions while they waited for another place."""
    for registration_id in queries.with_live([registration_id for registration_id, _ in fact.given]):
        lists.follow_place(SYSTEM, registration_id)


@receives(PlacePassedOn)
def follow_substitute(fact: PlacePassedOn) -> None:
    """Whoever passes their place on gives up their sessions too: their substitute chooses for themself."""
    lists.follow_place(SYSTEM, fact.registration_id)


@receives(PoolSettled)
def follow_pool(fact: PoolSettled) -> None:
    """A pool may have become one of places online, or in person."""
    if fact.is_moved:
        lists.follow_pool(SYSTEM, fact.event_id, fact.pool_id)
