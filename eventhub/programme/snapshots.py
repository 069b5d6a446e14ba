"""A programme as plain values: what a release keeps of the draft, and what is compared with it later.

Wall clocks stay wall clocks here, since the zone is the event's and live. People are only ids: what their part was
called, and where they came from, lies beside it in `names`, by the part's id, where it can be erased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Text, and_, cast, func, select, type_coerce

from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.i18n import EMPTY, Translated, digest
from eventhub.foundation.tables import Json

from .models import INTERNAL_KINDS, INTERNAL_ROLES, ProgrammeSession, Release, Room, SessionRole, Track

FORMAT = 1
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is public of a programme, and the words that its parts are known by."""

    programme: Values
    names: Values

    @property
    def sessions(self) -> list[Values]:
        """Its sessions, in the order of time."""
        return list(self.programme["sessions"])

    def session(self, session_id: UUID) -> Values | None:
        """The session of an id."""
        wanted = str(session_id)
        return next((session for session in self.programme["sessions"] if session["id"] == wanted), None)


NOTHING = Snapshot({"format": FORMAT, "rooms": [], "tracks": [], "sessions": []}, {})


def newest(event_id: UUID) -> Release | None:
    """The release that the public sees, without what it holds."""
    query = select(Release).where(Release.event_id == event_id).order_by(Release.number.desc())
    return db.session.scalar(query.limit(1))


def newest_number(event_id: UUID) -> int:
    """The number of the release that the public sees; 0 before there is one."""
    return db.session.scalar(select(func.max(Release.number)).where(Release.event_id == event_id)) or 0


def title_of_gone(event_id: UUID, slug: str) -> Translated | None:
    """What a session was called that once was in a release and has left the programme; none where it never was."""
    # Most releases have nothing to say of it: whoever asks for what never was has not all of them read.
    names_it = cast(Release.changes, Text).contains(f'"{slug}"', autoescape=True)
    query = select(Release.changes).where(Release.event_id == event_id, names_it).order_by(Release.number.desc())
    for changes in db.session.scalars(query):
        for one in changes:
            if one.get("slug") == slug and {"gone", "removed"} & set(one["what"]):
                return Translated.from_json(one["title"])
    return None


def released(event_id: UUID) -> Snapshot:
    """What the newest release holds; nothing before there is one."""
    query = select(Release.snapshot, Release.names).where(Release.event_id == event_id)
    row = db.session.execute(query.order_by(Release.number.desc()).limit(1)).one_or_none()
    return Snapshot(row.snapshot, row.names) if row else NOTHING


def of_release(release: Release) -> Snapshot:
    """What a release holds."""
    return Snapshot(release.snapshot, release.names)


def is_public(event_id: UUID) -> ColumnElement[bool]:
    """The condition for sessions of the draft that the next release will hold."""
    return and_(
        ProgrammeSession.event_id == event_id,
        ProgrammeSession.state != "deleted",
        ProgrammeSession.kind.not_in(INTERNAL_KINDS),
        ProgrammeSession.starts.is_not(None),
        ProgrammeSession.ends.is_not(None),
    )


def take(event_id: UUID) -> Snapshot:
    """The draft as the next release will hold it: sessions that have hours, and people who have confirmed."""
    parts, names = _parts(event_id)
    query = select(*_SESSION).where(is_public(event_id)).order_by(ProgrammeSession.starts_at, ProgrammeSession.id)
    sessions = [{**_written(row), "parts": parts.get(str(row["id"]), [])} for row in _rows(query)]
    programme = {"format": FORMAT, "rooms": _rooms(event_id), "tracks": _tracks(event_id), "sessions": sessions}
    return Snapshot(programme, names)


# Columns, not objects, and texts as they are stored: a programme of a thousand sessions is read in half the time.
_SESSION = [
    *(
        getattr(ProgrammeSession, name)
        for name in (
            "id", "slug", "kind", "state", "starts", "ends", "room_id", "track_id", "language", "interpretation",
            "level", "capacity", "has_sign_up", "repeats_id", "do_not_record",
        )
    ),
    type_coerce(ProgrammeSession.title, Json).label("title"),
    type_coerce(ProgrammeSession.abstract, Json).label("abstract"),
]  # fmt: skip
_PART = [
    *(
        getattr(SessionRole, name)
        for name in (
            "id", "person_id", "role", "mode", "presentation_minutes", "presents_with_id", "country",
            "stakeholder_type",
        )
    ),
    *(
        type_coerce(getattr(SessionRole, name), Json).label(name)
        for name in ("name", "affiliation", "presentation_title", "presentation_abstract")
    ),
]  # fmt: skip


def _parts(event_id: UUID) -> tuple[dict[str, list[Values]], Values]:
    query = (
        select(SessionRole.session_id, *_PART)
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .where(is_public(event_id), SessionRole.state == "confirmed", SessionRole.role.not_in(INTERNAL_ROLES))
        .order_by(SessionRole.session_id, SessionRole.position)
    )
    parts: dict[str, list[Values]] = defaultdict(list)
    names: Values = {}
    for told in _rows(query):
        session_id = str(told.pop("session_id"))
        words = {key: told.pop(key) for key in ("name", "affiliation", "country", "stakeholder_type")}
        names[str(told["id"])] = {key: value for key, value in words.items() if _says(value)}
        parts[session_id].append(_written(told))
    return parts, names


def _rooms(event_id: UUID) -> list[Values]:
    query = select(Room.id, type_coerce(Room.name, Json).label("name"), Room.is_virtual)
    ordered = query.where(Room.event_id == event_id).order_by(Room.position, Room.created_at)
    return [_written(row) for row in _rows(ordered)]


def _tracks(event_id: UUID) -> list[Values]:
    query = select(Track.id, Track.slug, type_coerce(Track.name, Json).label("name"), Track.colour)
    ordered = query.where(Track.event_id == event_id).order_by(Track.position, Track.created_at)
    return [_written(row) for row in _rows(ordered)]


def _rows(query: Executable) -> Iterator[Values]:
    """The rows by their columns' names; as mappings of SQLAlchemy they take twice as long to read."""
    result = db.session.execute(query)
    keys = tuple(result.keys())
    return (dict(zip(keys, row, strict=True)) for row in result)


def _written(row: Values) -> Values:
    """Values that JSON can hold; what says nothing is left out, so that a new column changes no old snapshot."""
    return {key: _plain(value) for key, value in row.items() if _says(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return clock.written(value) if isinstance(value, datetime) else value


def _says(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value.get("texts"))
    return bool(value)


def living(kept: Mapping[str, Any] | None, draft: Mapping[str, Any] | None) -> Translated:
    """A released text with the translations it has by now: those that were made from the words which are released.

    What was written in the source language after the release waits for the next one, and so does what was
    translated from that; meanwhile the translation is the one of the release.
    """
    if not kept:
        return EMPTY
    text = Translated.from_json(kept)
    if not draft or draft == kept or draft["source"] != text.source:
        return text
    original = digest(text.texts.get(text.source, ""))
    made_from = draft.get("made_from", {})
    current = {
        lang: words for lang, words in draft["texts"].items() if lang != text.source and made_from.get(lang) == original
    }
    if not current:
        return text
    return Translated(text.source, {**text.texts, **current}, {**text.made_from, **dict.fromkeys(current, original)})
