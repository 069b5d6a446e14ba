"""What a refresh of a calendar elsewhere changes by itself in a draft, and what it leaves to a person.

Three versions of each session meet: what the calendar said last time, what it says now, and what the session is. A part
that is here as the calendar had it follows; one that somebody changed here stays, and both versions are shown. What the
public would see at once (a cancellation, the translation of a title) never happens by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.i18n import Translated
from eventhub.programme import queries
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan, plan_of

from . import identity, origins
from .entries import Entry, Place, Problem, Reading
from .guests import Guests
from .survey import Places, match, names_of, plan_for

_TOGETHER = {"starts", "ends"}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry at a refresh: the session with what of it follows, and the names of the parts that are held back."""

    entry: Entry
    session: ProgrammeSession | None
    plan: SessionPlan
    follows: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    cancels: bool = False

    def told(self, session_id: UUID) -> Iterator[dict[str, Any]]:
        """What happened, in no language."""
        about = {"key": self.entry.key, "title": self.plan.title.as_json(), "session": str(session_id)}
        if self.session is None:
            yield {"what": "new", **about}
            return
        for what, parts in (("changed", self.follows), ("held", self.held)):
            if parts := tuple(part for part in parts if part != "foreign_id"):
                yield {"what": what, "parts": list(parts), **about}
        if self.cancels:
            yield {"what": "cancelled", **about}


@dataclass(frozen=True, slots=True)
class Following:
    """All that a refresh would do; `gone` are sessions whose entries the calendar does not have any more.

    `reading` is what is known of the calendar then.
    """

    steps: tuple[Step, ...]
    gone: tuple[ProgrammeSession, ...]
    rooms: dict[UUID, Place]
    reading: Reading


def follow(actor: Actor, event: Event, before: Reading, now: Reading) -> Following:
    """What of a calendar's new version goes into the draft by itself."""
    sessions = queries.list_sessions(event)
    # Of both versions together: a room that only the calendar knows is the same one in both.
    rooms = Places(queries.list_rooms(event), {**before.rooms, **now.rooms})
    guests = Guests(actor, event)
    names = names_of(sessions)
    entries = identity.spread(now.entries, names)
    found = match(entries, sessions, rooms)
    newest = origins.of_sessions(event.id)
    old_entries = {entry.key: entry for entry in identity.spread(before.entries, names)}
    if before.zone != now.zone:
        old_entries = {}
    steps, stale = [], []
    for number, entry in enumerate(entries):
        session = found.get(number)
        old = old_entries.get(entry.key) or old_entries.get((session and session.foreign_id) or "")
        room_id = rooms.id_of(entry.room)
        if session is None:
            if not entry.is_cancelled:
                plan = plan_for(entry, None, room_id, None, guests, {})
                steps.append(Step(entry, None, replace(plan, foreign_id=entry.key or None)))
            continue
        if origins.is_older(entry, newest.get(session.id), session.foreign_id):
            if session.state != "deleted":
                stale.append((entry, old, session.title))
            continue
        here = plan_of(session)
        there = here if session.state == "deleted" else plan_for(entry, here, room_id, None, guests, {})
        if session.id != entry.id:
            there = replace(there, foreign_id=identity.renamed(here.foreign_id, entry.key))
        if session.state == "deleted":
            # It stays so, and is known by its new name where its series was moved.
            if there != here:
                steps.append(Step(entry, session, there, ("foreign_id",)))
            continue
        was = plan_for(old, here, rooms.id_of(old.room), None, guests, {}) if old else None
        steps.append(_step(entry, session, here, there, was, old))
    kept = {session.id for session in found.values()}
    keys = old_entries.keys() - {entry.key for entry in entries}
    gone = (s for s in sessions if s.foreign_id in keys and s.id not in kept and s.state == "scheduled")
    used = {step.plan.room_id for step in steps}
    named = {key: place for key, place in rooms.new.items() if key in used}
    return Following(tuple(steps), tuple(gone), named, kept_from(before, now, stale))


def kept_from(before: Reading, now: Reading, stale: Sequence[tuple[Entry, Entry | None, Translated]]) -> Reading:
    """What is to be known of a calendar at the next refresh: of entries that came in an older version the newer one.

    Else what that one brings would be taken for something of which somebody here had made something else.
    """
    newer = {entry.key: old for entry, old, _ in stale if old}
    told = (Problem(entry.line, "stale", str(title.in_(title.source))) for entry, _, title in stale)
    return replace(
        now,
        entries=tuple(newer.get(entry.key, entry) for entry in now.entries),
        rooms={**{key: place for key, place in before.rooms.items() if newer}, **now.rooms},
        problems=(*now.problems, *told),
    )


def _step(
    entry: Entry,
    session: ProgrammeSession,
    here: SessionPlan,
    there: SessionPlan,
    was: SessionPlan | None,
    old: Entry | None,
) -> Step:
    follows: set[str] = set()
    held: set[str] = set()
    for part in (column.name for column in fields(SessionPlan)):
        now, then = getattr(there, part), getattr(was, part) if was else None
        if clock.is_same(now, getattr(here, part)) or (was and clock.is_same(now, then)):
            continue  # nothing to do, or nothing new from there: what is other here is somebody's own
        is_own = part != "foreign_id" and (was is None or not clock.is_same(then, getattr(here, part)))
        (held if is_own or _is_seen_at_once(getattr(here, part), now) else follows).add(part)
    if held & _TOGETHER:
        held, follows = held | (follows & _TOGETHER), follows - _TOGETHER
    cancels = entry.is_cancelled and session.state == "scheduled" and not (old and old.is_cancelled)
    plan = replace(here, **{part: getattr(there, part) for part in follows})
    parts = [column.name for column in fields(SessionPlan)]
    followed, waiting = (tuple(part for part in parts if part in chosen) for chosen in (follows, held))
    return Step(entry, session, plan, followed, waiting, cancels)


def _is_seen_at_once(here: object, there: object) -> bool:
    """Whether a text is other in a language in which it is a translation: those need no release to be public."""
    if not isinstance(here, Translated) or not isinstance(there, Translated) or not here:
        return False
    return any(here.texts.get(lang) != text for lang, text in there.texts.items() if lang != here.source)
