"""A speaker forgotten: out of the draft and of what is public, and without a word of theirs in what was released.

A release is never changed but by this. Each part stays counted in it, as somebody's, with its role and its way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.permissions import require
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.policy import may_edit_person

from . import releases, speaker_queries
from .models import ProgrammeSession, Release, SessionRole, Speaker
from .snapshots import Values
from .speakers import touch

# What a released part says of its person beside the table of names: who they are, and their own words.
OWN = ("person_id", "presentation_title", "presentation_abstract")
# What is presented belongs to all who present it.
SHARED = ("presentation_title", "presentation_abstract", "presentation_minutes")


@use_case
def forget_speaker(actor: Actor, event_id: UUID, person_id: UUID) -> None:
    """Nobody of this programme any more, now nor in any release of it; what they presented stays with who presents too.

    Their page as a speaker ends. Of a person whom the actor's organisation alone knows nothing stays, where they have
    a part nowhere else; who is known to another, or has an account, keeps what is kept of them there.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    parts = list_parts(event_id, person_id)
    ids = {str(part.id) for part in parts}
    mends = {part.session_id: partial(_take_out, ids) for part in parts}
    releases.hotfix(event, mends, tells=False)
    for part in parts:
        _leave(part)
    db.session.flush()
    _blank_releases(event_id, str(person_id), ids)
    if speaker := speaker_queries.find_of_person(event_id, person_id):
        db.session.delete(speaker)
        db.session.flush()
    if may_edit_person(actor, get(Person, person_id)) and not _is_elsewhere(person_id):
        people.forget_person(actor, person_id)


def list_parts(event_id: UUID, person_id: UUID) -> Sequence[SessionRole]:
    """All parts of a person in the draft of an event, also those that were given up or whose session is deleted."""
    of_event = select(SessionRole).join(ProgrammeSession).where(ProgrammeSession.event_id == event_id)
    return db.session.scalars(of_event.where(SessionRole.person_id == person_id).order_by(SessionRole.id)).all()


def _take_out(ids: Collection[str], values: Values, _: Values) -> None:
    for gone in [part for part in values["parts"] if part["id"] in ids]:
        values["parts"].remove(gone)
        others = [part for part in values["parts"] if part.get("presents_with_id") == gone["id"]]
        for one in others[:1]:
            del one["presents_with_id"]
            one.update({key: gone[key] for key in SHARED if key in gone})
        for one in others[1:]:
            one["presents_with_id"] = others[0]["id"]


def _leave(part: SessionRole) -> None:
    """A part that is nobody's any more; the next who presents with them has what they present."""
    others = [one for one in part.session.speakers if one.presents_with_id == part.id]
    for one in others[:1]:
        one.presents_with_id = None
        for name in SHARED:
            setattr(one, name, getattr(part, name))
    for one in others[1:]:
        one.presents_with_id = others[0].id
    touch(part)
    part.session.speakers.remove(part)


def _blank_releases(event_id: UUID, person_id: str, ids: Collection[str]) -> None:
    kept = select(Release).where(Release.event_id == event_id).with_for_update()
    for row in db.session.scalars(kept.options(undefer(Release.snapshot), undefer(Release.names))).all():
        snapshot, changes = deepcopy(row.snapshot), deepcopy(row.changes)
        sessions = [one["parts"] for one in snapshot["sessions"]]
        people_in = [people for one in changes for people in one.get("people", {}).values()]
        theirs = {
            part["id"]: part
            for parts in (*sessions, *people_in)
            for part in parts
            if part["id"] in ids or part.get("person_id") == person_id
        }
        for parts in (*sessions, *people_in):
            for part in parts:
                if part["id"] in theirs:
                    _blank(part)
        if theirs:
            row.snapshot, row.changes = snapshot, changes
            row.names = {key: words for key, words in row.names.items() if key not in theirs}


def _blank(part: dict[str, Any]) -> None:
    for key in OWN:
        part.pop(key, None)


def _is_elsewhere(person_id: UUID) -> bool:
    """Whether they have a part, or a page as a speaker, at another event; or an address of their own."""
    if get(Person, person_id).address is not None:
        return True
    known = [select(SessionRole.id).where(SessionRole.person_id == person_id)]
    known.append(select(Speaker.id).where(Speaker.person_id == person_id))
    return any(db.session.scalar(query.limit(1)) is not None for query in known)
