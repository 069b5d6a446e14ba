"""What is kept of somebody who registered, told to them and erased."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, or_, select

from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, own_memory
from eventhub.foundation.i18n import EMPTY, writing_in

from .consents import queries as consents
from .models import SMALLEST_GROUP, Consent, EventInvitation, Registration


def told(registration: Registration) -> dict[str, Any]:
    """How they described themself, their places, what they agreed to, and how they were invited."""
    return {
        "name": registration.name,
        "address": registration.typed_address,
        "organisation": registration.organisation,
        "stakeholder_type": registration.stakeholder_type,
        "country": registration.country,
        "language": registration.language,
        "zone": registration.zone,
        "registered_at": registration.created_at,
        "verified_at": registration.verified_at,
        "places": [
            {"pool": place.pool.key, "state": place.state, "since": place.state_since} for place in registration.places
        ],
        "agreements": [
            {"words": one.sentence.in_(registration.language), "agreed_at": one.since, "withdrawn_at": one.withdrawn_at}
            for one in consents.list_of(registration)
            if one.since
        ]
        + _of_the_form(registration),
        "invitations": [
            {
                "name": one.name,
                "organisation": one.organisation,
                "address": one.typed_address,
                "invited_at": one.created_at,
                "state": one.state,
                "reason": one.reason,
            }
            for one in invitations_of(registration)
        ],
    }


# What is agreed to in the form's own words, without which nobody is registered, or registers others.
_FORM_WORDS = {
    "event": _l(
        "I agree that the organisers of this event use what I write here to prepare and run it, "
        "and to write to me about it."
    ),
    "delegation": _l(
        "Those whom I name here know of it, and agree that I register them and that the organisers write to them."
    ),
}


def _of_the_form(registration: Registration) -> list[dict[str, Any]]:
    mine = select(Consent).where(Consent.registration_id == registration.id, Consent.purpose.in_(_FORM_WORDS))
    with writing_in(registration.language):
        return [
            {"words": str(_FORM_WORDS[one.purpose]), "agreed_at": one.created_at, "withdrawn_at": one.withdrawn_at}
            for one in db.session.scalars(mine.order_by(Consent.created_at))
        ]


def invitations_of(registration: Registration) -> list[EventInvitation]:
    """The invitations to the event that reached them."""
    mine = EventInvitation.registration_id == registration.id
    if registration.address:
        mine = or_(mine, EventInvitation.address == registration.address)
    query = select(EventInvitation).where(EventInvitation.event_id == registration.event_id, mine)
    return list(db.session.scalars(query.order_by(EventInvitation.created_at)))


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of what they said, and their links void; they stay to be counted, in groups too large to name them."""
    for invitation in invitations_of(registration):
        blank(invitation)
    db.session.execute(delete(Consent).where(Consent.registration_id == registration.id))
    registration.stakeholder_type, registration.country = _groups(registration)
    registration.name = registration.organisation = ""
    registration.typed_address = registration.address = registration.person_id = registration.verified_at = None
    registration.zone = None
    registration.language = registration.event.main_language
    registration.link_number += 1
    registration.calendar_number += 1
    registration.erased_at = clock.now()
    db.session.flush()


def blank(invitation: EventInvitation) -> None:
    """An invitation that says no more who was invited; it stays to be counted. Only inside a use-case."""
    if invitation.state == "open":
        invitation.state = "withdrawn"
    invitation.name = invitation.organisation = invitation.reason = ""
    invitation.typed_address = invitation.address = ""
    invitation.words = EMPTY
    invitation.link_number += 1


def _groups(registration: Registration) -> tuple[str | None, str | None]:
    """The type and the country under which they go on being counted, none where too few share them."""
    kind, country = registration.stakeholder_type, registration.country
    sizes = _sizes(registration.event_id)
    for group in ((kind, country), (kind, None), (None, country)):
        if any(group) and sizes[group] >= SMALLEST_GROUP:  # who is erased is counted in no smaller group
            return group
    return None, None


def _sizes(event_id: UUID) -> Counter[tuple[str | None, str | None]]:
    """How many people of an event are of each type and country, and of either; counted once in a use-case."""
    memory = own_memory()
    assert memory is not None
    if ("groups", event_id) not in memory:
        query = select(Registration.stakeholder_type, Registration.country, func.count())
        query = query.where(Registration.event_id == event_id)
        sizes: Counter[tuple[str | None, str | None]] = Counter()
        for kind, country, number in db.session.execute(
            query.group_by(Registration.stakeholder_type, Registration.country)
        ):
            for group in {(kind, country), (kind, None), (None, country)}:
                sizes[group] += number
        memory["groups", event_id] = sizes
    found: Counter[tuple[str | None, str | None]] = memory["groups", event_id]
    return found
