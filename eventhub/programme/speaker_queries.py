"""Finding those whom we write to about their parts, by their private link too."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from eventhub.foundation import links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.people.models import Person

from .models import Speaker


def get_by_link(token: str) -> tuple[Actor, Speaker]:
    """Whom a private link lets act, and the speaker whose it is; raises NotFound where it opens none (any more)."""
    query = select(Speaker).where(Speaker.id == links.row_id_of(token)).options(joinedload(Speaker.person))
    speaker = db.session.scalar(query)
    row_id, number = (speaker.id, speaker.link_number) if speaker else (None, None)
    if not links.is_genuine("speaker", token, row_id, number) or speaker is None:
        raise NotFound
    return Actor("link", thing_id=speaker.id, purpose="speaker"), speaker


def find_of_person(event_id: UUID, person_id: UUID) -> Speaker | None:
    """The speaker that somebody is at an event."""
    return db.session.scalar(select(Speaker).where(Speaker.event_id == event_id, Speaker.person_id == person_id))


def addresses_of(event_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Where to write to these people about an event, and in which language.

    An address that is proven theirs comes before the one that an organiser typed.
    """
    rows = db.session.execute(
        select(Person.id, Person.address, Speaker.address, Person.language)
        .outerjoin(Speaker, and_(Speaker.person_id == Person.id, Speaker.event_id == event_id))
        .where(Person.id.in_(person_ids))
    )
    found = ((person_id, own or typed, language) for person_id, own, typed, language in rows)
    return {person_id: (address, language) for person_id, address, language in found if address}
