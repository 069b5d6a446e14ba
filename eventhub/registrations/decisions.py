"""Letting people in: what organisers decide about those who asked for a place."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require

from . import policy
from .models import Place, Pool, Registration
from .queue import check_takes_place, lock, promote, set_state, settle
from .signals import PlaceDecided

LONGEST_WORDS = 2000


@use_case
def approve(actor: Actor, event_id: UUID, registration_ids: Collection[UUID], words: Translated = EMPTY) -> int:
    """Those among these who wait for approval let in, in the order in which they came; how many they are.

    Each gets a place, or where there is none their turn by when they came; nobody who waits longer is overtaken.
    Who was decided upon before is left as they are. Raises NotFound for whoever is not registered for the event, and
    Conflict where it does not take place.
    """
    event, _ = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    check_takes_place(event)
    places = _pending(event_id, registration_ids)
    for place in places:
        set_state(place, "waitlisted")
    db.session.flush()
    approved = {place.id for place in places}
    for pool in {place.pool for place in places}:
        promote(event, pool, approved)
    for place in places:
        settle(place.registration)
        announce(PlaceDecided(event.id, place.registration_id, place.id, place.state, _told(words)))
    return len(places)


@use_case
def decline(actor: Actor, event_id: UUID, registration_ids: Collection[UUID], words: Translated = EMPTY) -> int:
    """Those among these who wait for approval told that there is no place for them; how many they are.

    What somebody holds beside it stays theirs. Raises NotFound for whoever is not registered for the event.
    """
    event, _ = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    places = _pending(event_id, registration_ids)
    for place in places:
        set_state(place, "declined")
        settle(place.registration)
        announce(PlaceDecided(event.id, place.registration_id, place.id, place.state, _told(words)))
    return len(places)


def _pending(event_id: UUID, registration_ids: Collection[UUID]) -> list[Place]:
    if not registration_ids:
        raise Invalid("registrations", gettext("Choose at least one person."))
    known = select(Registration.id).where(Registration.event_id == event_id, Registration.id.in_(registration_ids))
    if set(db.session.scalars(known)) != set(registration_ids):
        raise NotFound
    query = (
        select(Place)
        .join(Place.pool)
        .where(Place.registration_id.in_(registration_ids), Place.state == "pending")
        .order_by(Pool.id, Place.number)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _told(words: Translated) -> tuple[tuple[str, str], ...]:
    if any(len(text) > LONGEST_WORDS for text in words.texts.values()):
        raise Invalid("words", gettext("Please shorten this to %(most)s characters.", most=LONGEST_WORDS))
    return tuple((lang, text) for lang, text in words.texts.items() if text)
