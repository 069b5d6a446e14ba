"""Which version of another system's entries the sessions of a programme are, to tell a newer one from an older."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from eventhub.foundation.db import db
from eventhub.programme.models import ProgrammeSession

from . import identity
from .entries import Entry
from .models import EventOrigin, SessionOrigin


def of_sessions(event_id: UUID) -> Mapping[UUID, SessionOrigin]:
    """What is known of the entries that the sessions of an event came from, by their ids."""
    query = select(SessionOrigin).join(ProgrammeSession, ProgrammeSession.id == SessionOrigin.session_id)
    return {row.session_id: row for row in db.session.scalars(query.where(ProgrammeSession.event_id == event_id))}


def is_older(entry: Entry, origin: SessionOrigin | EventOrigin | None, known: str | None) -> bool:
    """Whether a newer version of an entry was taken over before: by SEQUENCE, then by DTSTAMP (RFC 5546 §2.1.5).

    Of two UIDs, as where it is `known` by another one, neither tells anything of the other.
    """
    if origin is None or not identity.is_same_uid(known, entry.key):
        return False
    if entry.sequence != origin.sequence:
        return entry.sequence < origin.sequence
    return bool(entry.stamp) and entry.stamp.rstrip("Z") < origin.stamp.rstrip("Z")


def note_sessions(event_id: UUID, taken: Iterable[tuple[Entry, UUID]]) -> None:
    """Write down which versions of which entries have been taken over; only inside a use-case."""
    # Only calendars say when an entry was written; and our own feed tells nothing that we do not know.
    dated = [(entry, session_id) for entry, session_id in taken if entry.id is None and (entry.stamp or entry.sequence)]
    known = of_sessions(event_id) if dated else {}
    for entry, session_id in dated:
        row = known.get(session_id)
        if row is None:
            row = SessionOrigin(session_id=session_id)
            db.session.add(row)
        write(row, entry)


def write(row: SessionOrigin | EventOrigin, entry: Entry) -> None:
    """Let a row tell the version of an entry."""
    row.sequence, row.stamp, row.properties = entry.sequence, entry.stamp, list(entry.properties)
