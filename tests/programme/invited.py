"""People with parts in a programme, as tests of inviting them need them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get, use_case
from eventhub.people.models import Person
from eventhub.programme import speakers
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan


def give_part(
    make_session: Any, event: Event, person: Person, role: str = "panellist", state: str = "proposed", **session: Any
) -> SessionRole:
    """A part in a session of its own, which has come so far."""
    made = make_session(event, speakers=[SpeakerPlan(role, person_id=person.id)], **session)
    return put(made.speakers[0], state=state)


def put(row: Any, **columns: Any) -> Any:
    """A row with other values, whatever the rules are."""

    def change(actor: Actor) -> Any:
        found = get(type(row), row.id)
        for name, value in columns.items():
            setattr(found, name, value)
        return found

    return use_case(change)(SYSTEM)


def invited(
    make_session: Any, event: Event, person: Person, address: str = "", **part: Any
) -> tuple[Speaker, SessionRole]:
    """Somebody who was invited for a part."""
    role = give_part(make_session, event, person, **part)
    [speaker] = speakers.invite(SYSTEM, event.id, [person.id], {person.id: address} if address else None)
    return speaker, role


def holder(speaker: Speaker) -> Actor:
    """Whoever has a speaker's private link."""
    return Actor("link", thing_id=speaker.id, purpose="speaker")


def again(row: Any) -> Any:
    """A row as it is now."""
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def facts(*kinds: str) -> list[str]:
    """What was announced of inviting people, in its order."""
    wanted = kinds or (
        "SpeakerInvited", "SpeakerReminded", "SpeakerAnswered", "PartProposedAgain", "CoSpeakerProposed",
        "SpeakerDeskChanged", "PresentationChanged", "SpeakerLinkRotated", "PersonChanged",
    )  # fmt: skip
    query = sa.select(AuditEntry.fact).where(AuditEntry.fact.in_(wanted)).order_by(AuditEntry.created_at)
    return list(db.session.scalars(query))
