"""What importing a file would change in a programme, session by session, without changing anything."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID, uuid4

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.programme import queries
from eventhub.programme.models import INTERNAL_KINDS, ProgrammeSession, Room, Track
from eventhub.programme.plans import SessionPlan, plan_of

from . import identity, origins
from .entries import Entry, Place, Reading
from .guests import Guests

Face = tuple[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: the session that it is, if there is one, and what becomes of it.

    `what` names the parts of its plan that are others than before. Where the programme has a newer version of it, it
    `is_stale` and changes nothing.
    """

    entry: Entry
    session: ProgrammeSession | None
    before: SessionPlan | None
    plan: SessionPlan
    what: tuple[str, ...]
    cancels: bool = False
    is_stale: bool = False

    @property
    def is_new(self) -> bool:
        """Whether a session comes into the programme, or comes back to it."""
        return not self.is_stale and (self.session is None or self.session.state == "deleted")

    @property
    def is_changed(self) -> bool:
        """Whether a session that is there becomes another."""
        return not self.is_new and bool(self.what or self.cancels)


@dataclass(frozen=True, slots=True)
class Survey:
    """All that importing a file would do.

    Rooms and tracks that are to be made stand under the ids by which the plans speak of them.
    """

    lines: tuple[Line, ...]
    missing: tuple[ProgrammeSession, ...]
    rooms: Mapping[UUID, Place]
    tracks: Mapping[UUID, Place]

    @property
    def new(self) -> list[Line]:
        """The sessions that come into the programme."""
        return [line for line in self.lines if line.is_new]

    @property
    def changed(self) -> list[Line]:
        """The sessions that become others."""
        return [line for line in self.lines if line.is_changed]

    @property
    def unchanged(self) -> int:
        """How many entries are in the programme as the file has them."""
        return len(self.lines) - len(self.new) - len(self.changed)

    @property
    def fingerprint(self) -> str:
        """What tells whether somebody who confirms has seen just these changes of just these sessions."""
        told = [(line.entry.line, line.entry.key, _stamp(line.session), line.what, line.cancels) for line in self.lines]
        kept = [_stamp(session) for session in self.missing]
        return hashlib.sha256(json.dumps([told, kept]).encode()).hexdigest()[:24]


def _stamp(session: ProgrammeSession | None) -> tuple[str, int] | None:
    return (str(session.id), session.version) if session else None


def survey(actor: Actor, event: Event, reading: Reading) -> Survey:
    """What importing a file would change, as the programme is now."""
    sessions = queries.list_sessions(event)
    rooms = Places(queries.list_rooms(event), reading.rooms)
    tracks = Places(queries.list_tracks(event), reading.tracks)
    guests = Guests(actor, event)
    entries = identity.spread(reading.entries, names_of(sessions))
    found = match(entries, sessions, rooms)
    ids = {entry.id: found[n].id for n, entry in enumerate(entries) if entry.id and n in found}
    newest = origins.of_sessions(event.id) if reading.form == "ics" else {}
    lines = []
    for number, entry in enumerate(entries):
        session = found.get(number)
        is_there = session is not None and session.state != "deleted"
        if entry.is_cancelled and not entry.is_whole and not is_there:
            continue  # what never was here need not be called off
        before = plan_of(session) if session else None
        if session and before and origins.is_older(entry, newest.get(session.id), session.foreign_id):
            lines.append(Line(entry, session, before, before, (), is_stale=True))
            continue
        plan = plan_for(entry, before, rooms.id_of(entry.room), tracks.id_of(entry.track), guests, ids)
        if session is None or session.id != entry.id:
            plan = replace(plan, foreign_id=identity.renamed(plan.foreign_id, entry.key))
        names = (f.name for f in fields(SessionPlan) if before)
        what = tuple(name for name in names if not clock.is_same(getattr(before, name), getattr(plan, name)))
        cancels = entry.is_cancelled and (session is None or session.state != "cancelled")
        lines.append(Line(entry, session, before, plan, what, cancels))
    kept = {session.id for session in found.values()}
    missing = (s for s in sessions if s.id not in kept and s.state != "deleted" and s.starts)
    public = tuple(session for session in missing if session.kind not in INTERNAL_KINDS)
    return Survey(tuple(lines), public, rooms.new, tracks.new)


def plan_for(
    entry: Entry,
    before: SessionPlan | None,
    room_id: UUID | None,
    track_id: UUID | None,
    guests: Guests,
    ids: Mapping[UUID, UUID],
) -> SessionPlan:
    """What an entry makes of a session, or of nothing; what it does not say stays as it was."""
    old = before or SessionPlan(kind="presentation", title=EMPTY)
    whole = entry.is_whole
    kind = entry.kind or old.kind
    return SessionPlan(
        kind=kind,
        title=_text(old.title, entry.title, whole=whole),
        abstract=_text(old.abstract, entry.abstract, whole=whole),
        starts=entry.starts or old.starts,
        ends=entry.ends or old.ends,
        room_id=room_id if room_id or whole else old.room_id,
        track_id=track_id if track_id or whole else old.track_id,
        language=(entry.language or None) if entry.language is not None else old.language,
        interpretation=old.interpretation if entry.interpretation is None else list(entry.interpretation),
        level=old.level if entry.level is None else entry.level or None,
        capacity=old.capacity if entry.capacity is None else entry.capacity or None,
        has_sign_up=old.has_sign_up if entry.has_sign_up is None else entry.has_sign_up,
        # A file can bring the Chatham House Rule, and never lifts it: an older one would name everybody at once. Nor
        # does it lift somebody's wish not to be recorded, of which most files say nothing.
        is_chatham_house=old.is_chatham_house or entry.is_chatham_house,
        do_not_record=old.do_not_record or entry.do_not_record,
        repeats_id=ids.get(entry.repeats) if entry.repeats else None if whole else old.repeats_id,
        foreign_id=old.foreign_id,
        speakers=guests.plans(entry, kind, old.speakers),
    )


def _text(old: Translated, new: Translated | None, *, whole: bool) -> Translated:
    if not whole:
        return edited_text(old, new)
    new = new or EMPTY
    return old if (old.source, old.texts) == (new.source, new.texts) or not (old or new) else new


def edited_text(old: Translated, new: Translated | None) -> Translated:
    """The text with what a file says of it in one language; the others stay, and are known to be older."""
    if not new or all(old.texts.get(lang) == text for lang, text in new.texts.items()):
        return old
    return old.edited(new.texts) if old else new


class Places:
    """The rooms or tracks that a file names: those that are there, and those that are to be made."""

    def __init__(self, there: Sequence[Room | Track], named: Mapping[str, Place]) -> None:
        self.new: dict[UUID, Place] = {}
        self._ids: dict[str, UUID] = {}
        known = {part.id for part in there}
        by_name = {folded(text): part.id for part in reversed(there) for text in part.name.texts.values()}
        for key, place in named.items():
            names = [by_name.get(folded(text)) for text in place.name.texts.values()]
            found = place.id if place.id in known else next(filter(None, names), None)
            if found is None:
                found = uuid4()
                self.new[found] = place
                by_name |= {folded(text): found for text in place.name.texts.values()}
            self._ids[key] = found

    def id_of(self, key: str | None) -> UUID | None:
        """The id of the place of a key."""
        return self._ids.get(key) if key else None


def folded(text: str) -> str:
    """A name or a title as it is compared: whatever its spaces and its case."""
    return " ".join(text.split()).casefold()


def match(entries: Sequence[Entry], sessions: Sequence[ProgrammeSession], rooms: Places) -> dict[int, ProgrammeSession]:
    """Which session each entry is: by what the other system calls it, else by our own id, else by title and start.

    Where the other system moved a series, its sessions are those from before. Of several with one title and start, as
    breaks in all rooms, the one in the same room goes first.
    """
    # Where a deleted one and another have the same key, the other it is.
    kept_last = sorted(sessions, key=lambda session: session.state != "deleted")
    by_key = {session.foreign_id: session for session in kept_last if session.foreign_id}
    by_id = {session.id: session for session in sessions}
    by_face: dict[Face, list[ProgrammeSession]] = defaultdict(list)
    for session in sessions:
        if session.state != "deleted":
            for text in session.title.texts.values():
                by_face[folded(text), session.starts].append(session)
    found: dict[int, ProgrammeSession] = {}
    taken: set[UUID] = set()
    for number, entry in enumerate(entries):
        known = (by_key.get(entry.key) if entry.key else None) or (by_id.get(entry.id) if entry.id else None)
        if known and known.id not in taken:
            found[number] = known
            taken.add(known.id)
    moved = identity.paired(by_key, [entry.key for entry in entries if entry.key])
    for number, entry in enumerate(entries):
        known = by_key.get(moved.get(entry.key, ""))
        if number not in found and known and known.id not in taken:
            found[number] = known
            taken.add(known.id)
    for number, entry in enumerate(entries):
        if number in found:
            continue
        alike = [s for text in entry.title.texts.values() for s in by_face.get((folded(text), entry.starts), ())]
        room_id = rooms.id_of(entry.room)
        free = sorted(
            (s for s in alike if s.id not in taken),
            key=lambda s: (s.room_id != room_id, not clock.is_same(s.starts, entry.starts)),
        )
        if free:
            found[number] = free[0]
            taken.add(free[0].id)
    return found


def names_of(sessions: Iterable[ProgrammeSession]) -> set[str]:
    """What other systems call some sessions."""
    return {session.foreign_id for session in sessions if session.foreign_id}


def with_places(plan: SessionPlan, made: Mapping[UUID | None, UUID]) -> SessionPlan:
    """The plan with the rooms and tracks that were made for it."""
    return replace(plan, room_id=made.get(plan.room_id, plan.room_id), track_id=made.get(plan.track_id, plan.track_id))
