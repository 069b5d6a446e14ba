"""Placing sessions step by step: each step is saved at once, and can be undone and done again.

A step says where its sessions stood before and where they stand after it. Undoing one never takes away what
somebody else has done since: it is carried out only where every session still stands where the step left it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import Select, delete, func, or_, select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from eventhub.foundation.i18n import Translated, format_clock, format_day, gap, language

from . import editor_queries, queries, twofold
from .models import ProgrammeSession, Room, Step
from .plans import not_scheduled
from .services import editable, put_at

# Whoever goes on editing for days can still undo the last of what they did.
MOST_STEPS = 100
# By how much sessions may be moved at once: further is another day.
FARTHEST = timedelta(days=1)
Fit = Literal["stretch", "move"]
Side = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a session stands: its hours by the wall clock of the event's zone, none in the tray, and its room.

    `version` is that of the session which whoever wants it there has read; without one nothing is checked. One that
    `is_drawn` comes from the grid, which shows an hour that exists twice once, and does not say which of the two.
    """

    starts: datetime | None = None
    ends: datetime | None = None
    room_id: UUID | None = None
    version: int | None = field(default=None, compare=False)
    is_drawn: bool = field(default=False, compare=False)

    def is_at(self, other: Placement) -> bool:
        """Whether it is the same place, also of two equal hours."""
        return self.as_json() == other.as_json()

    def resolved(self, session: ProgrammeSession, zone: str) -> Placement:
        """The same with its hours told wholly: one from the grid keeps which of two its session is at."""
        if not (self.is_drawn and self.starts and self.ends):
            return self
        starts, ends = twofold.undrawn((self.starts, self.ends), session, zone)
        return replace(self, starts=starts, ends=ends, is_drawn=False)

    @classmethod
    def of(cls, session: ProgrammeSession) -> Placement:
        """Where the session stands now."""
        return cls(session.starts, session.ends, session.room_id, session.version)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Placement:
        """What a step has kept."""
        starts, ends = (clock.read(value[name]) if value[name] else None for name in ("starts", "ends"))
        return cls(starts, ends, UUID(value["room_id"]) if value["room_id"] else None)

    def as_json(self) -> dict[str, Any]:
        """What a step keeps."""
        return {
            "starts": clock.written(self.starts) if self.starts else None,
            "ends": clock.written(self.ends) if self.ends else None,
            "room_id": str(self.room_id) if self.room_id else None,
        }


@dataclass(frozen=True, slots=True)
class Clash:
    """A session that was saved since it was read: where it stands now, none where it is deleted, and was wanted.

    Where it `is_cancelled` it cannot be put anywhere else until it is restored.
    """

    session_id: UUID
    title: Translated
    now: Placement | None
    wanted: Placement
    is_cancelled: bool = False

    def now_in_words(self, rooms: Iterable[Room], zone: str) -> str:
        """Where it stands now, and what has become of it."""
        return _stand_in_words(self.now, rooms, zone, is_cancelled=self.is_cancelled)


Wanted = Sequence[tuple[ProgrammeSession, Placement]]


@use_case
def place(actor: Actor, event_id: UUID, placements: Mapping[UUID, Placement]) -> Step | None:
    """The sessions where they are wanted, as one step; none where all of them stand there already.

    Raises Stale, whose `clashes` tell both versions, where one was saved since it was read; Invalid where one cannot
    be there; Conflict where one is cancelled or deleted; NotFound where one is not in the event.
    """
    event = editable(actor, event_id)
    sessions = _read(event, placements)
    wanted = [(sessions[key], placement.resolved(sessions[key], event.zone)) for key, placement in placements.items()]
    return _take_step(actor, event, wanted)


@use_case
def shift_following(
    actor: Actor, event_id: UUID, session_id: UUID, minutes: int, *, in_room_only: bool, version: int | None = None
) -> Step | None:
    """A session and all that begin with or after it on its day, in its room or in all, so many minutes later.

    They begin earlier where `minutes` is negative. Raises Conflict where the session has no hours.
    """
    event = editable(actor, event_id)
    by = timedelta(minutes=minutes)
    if not by or abs(by) > FARTHEST:
        raise Invalid("minutes", gettext("Write a number of minutes up to a day, such as 15 or -10."))
    session, first, _ = _with_hours(event, session_id)
    day = clock.wall(first, event.zone).date()
    wanted = [
        (other, _placed(event, (starts + by, ends + by), other.room_id, version if other is session else None))
        for other, starts, ends in _scheduled(editor_queries.list_touching(event, day))
        if first <= starts
        and clock.wall(starts, event.zone).date() == day
        and (not in_room_only or other.room_id == session.room_id)
    ]
    return _take_step(actor, event, wanted)


@use_case
def fit_gap(
    actor: Actor, event_id: UUID, session_id: UUID, fit: Fit, side: Side, version: int | None = None
) -> Step | None:
    """A session that begins where the one before it in its room ends, or ends where the next one begins.

    It is stretched or cut on that side, or moved as it is: so it fills free time, and no longer overlaps where it did.
    None where it stands like that already. Raises Conflict where no session is there on that side, or where the other
    one leaves it no time.
    """
    event = editable(actor, event_id)
    session, starts, ends = _with_hours(event, session_id)
    first, last = (clock.wall(at, event.zone).date() for at in (starts, ends))
    touching = _scheduled(editor_queries.list_touching(event, first, last))
    others = [one for one in touching if one[0] is not session and one[0].room_id == session.room_id]
    if side == "before":
        found = max((one for one in others if one[1] < starts), key=lambda one: one[2], default=None)
    else:
        found = min((one for one in others if one[2] > ends), key=lambda one: one[1], default=None)
    if found is None and side == "before":
        raise Conflict(gettext("No session comes before this one in its room on that day. Write its hours instead."))
    if found is None:
        raise Conflict(gettext("No session comes after this one in its room on that day. Write its hours instead."))
    other, other_starts, other_ends = found
    by = other_ends - starts if side == "before" else other_starts - ends
    if fit == "move" or side == "before":
        starts += by
    if fit == "move" or side == "after":
        ends += by
    if starts >= ends:
        told = gettext(
            "“%(session)s” takes all of its time in this room. Move one of the two.",
            session=other.title.in_(language()),
        )
        raise Conflict(told)
    return _take_step(actor, event, [(session, _placed(event, (starts, ends), session.room_id, version))])


@use_case
def undo(actor: Actor, event_id: UUID) -> Step:
    """The person's last step that can be, undone: one of which a session has moved since is passed over.

    Raises Conflict where there is none.
    """
    event = editable(actor, event_id)
    done = _steps(actor, event).where(~Step.is_undone).order_by(Step.number.desc()).limit(1)
    step, refusal = db.session.scalar(done), None
    while step is not None:
        try:
            if elsewhere := _retrace(event, step.after, step.before):
                told = gettext("Not undone, because this has been moved since: %(sessions)s.", sessions=elsewhere)
                raise Conflict(told)
        except Conflict as error:
            refusal = refusal or error  # of the last step: that is the one that whoever undoes has in mind
            step = db.session.scalar(done.where(Step.number < step.number))
        else:
            step.is_undone = True
            return step
    raise refusal or Conflict(gettext("There is nothing to undo."))


@use_case
def redo(actor: Actor, event_id: UUID) -> Step:
    """The step that the person undid last, done again. Raises Conflict as `undo` does."""
    event = editable(actor, event_id)
    step = db.session.scalar(_steps(actor, event).where(Step.is_undone).order_by(Step.number).limit(1))
    if step is None:
        raise Conflict(gettext("There is nothing to redo."))
    if elsewhere := _retrace(event, step.before, step.after):
        raise Conflict(gettext("Not redone, because this has been moved since: %(sessions)s.", sessions=elsewhere))
    step.is_undone = False
    return step


def in_words(placement: Placement | None, rooms: Iterable[Room], zone: str) -> str:
    """Day, hours and room: `Wed 10 Mar 14:00–15:00, Main hall`; none is where a deleted session stands."""
    if placement is None:
        return str(gettext("deleted"))
    starts, ends = placement.starts, placement.ends
    if starts and ends:
        last = f"{format_day(ends, short=True)} " if ends.date() != starts.date() else ""
        hours = f"{format_day(starts, short=True)} {format_clock(starts, zone)}–{last}{format_clock(ends, zone)}"
    else:
        hours = gettext("to be scheduled")
    room = next((room.name.in_(language()) for room in rooms if room.id == placement.room_id), None)
    return str(gettext("%(hours)s, %(room)s", hours=hours, room=room) if room else hours)


def _stand_in_words(placement: Placement | None, rooms: Iterable[Room], zone: str, *, is_cancelled: bool) -> str:
    where = in_words(placement, rooms, zone)
    return str(gettext("cancelled (%(where)s)", where=where)) if is_cancelled else where


def _read(event: Event, session_ids: Collection[UUID]) -> dict[UUID, ProgrammeSession]:
    query = select(ProgrammeSession).where(ProgrammeSession.event_id == event.id, ProgrammeSession.id.in_(session_ids))
    found = {session.id: session for session in db.session.scalars(query.execution_options(populate_existing=True))}
    if found.keys() != set(session_ids):
        raise NotFound
    return found


def _with_hours(event: Event, session_id: UUID) -> tuple[ProgrammeSession, datetime, datetime]:
    session = _read(event, [session_id])[session_id]
    _check_state(session)
    if session.starts_at is None or session.ends_at is None:
        raise Conflict(gettext("This session has no hours yet. Give it some first."))
    return session, session.starts_at, session.ends_at


def _scheduled(sessions: Iterable[ProgrammeSession]) -> Iterable[tuple[ProgrammeSession, datetime, datetime]]:
    for session in sessions:
        if session.state == "scheduled" and session.starts_at and session.ends_at:
            yield session, session.starts_at, session.ends_at


def _placed(event: Event, moments: tuple[datetime, datetime], room_id: UUID | None, version: int | None) -> Placement:
    """A place by instants: fifteen minutes later is fifteen minutes later, also on a night when clocks are changed."""
    starts, ends = (clock.wall(at, event.zone) for at in moments)
    return Placement(starts, ends, room_id, version)


def _check_state(session: ProgrammeSession) -> None:
    if session.state != "scheduled":
        raise Conflict(not_scheduled(session))


def _steps(actor: Actor, event: Event) -> Select[Step]:
    return select(Step).where(Step.event_id == event.id, Step.person_id == actor.person_id)


def _take_step(actor: Actor, event: Event, wanted: Wanted) -> Step | None:
    if actor.person_id is None:
        raise Forbidden(gettext("Only somebody who has signed in takes steps that can be undone."))
    _check_versions(event, wanted)
    moved = [(session, placement) for session, placement in wanted if not placement.is_at(Placement.of(session))]
    if not moved:
        return None
    before = {str(session.id): Placement.of(session).as_json() for session, _ in moved}
    _move(event, moved)
    done = _steps(actor, event).where(~Step.is_undone).with_only_columns(func.max(Step.number))
    last = db.session.scalar(done) or 0
    is_over = or_(Step.is_undone, Step.number <= last + 1 - MOST_STEPS)
    over = delete(Step).where(Step.event_id == event.id, Step.person_id == actor.person_id, is_over)
    db.session.execute(over.execution_options(synchronize_session=False))  # none of them is held here
    step = Step(
        event_id=event.id,
        person_id=actor.person_id,
        number=last + 1,
        before=before,
        after={str(session.id): placement.as_json() for session, placement in moved},
    )
    db.session.add(step)
    db.session.flush()
    return step


def _check_versions(event: Event, wanted: Wanted) -> None:
    clashes = [
        Clash(
            session.id,
            session.title,
            None if session.state == "deleted" else Placement.of(session),
            placement,
            session.state == "cancelled",
        )
        for session, placement in wanted
        if placement.version not in {None, session.version}
    ]
    if not clashes:
        return
    rooms = queries.list_rooms(event)
    sentences = (
        gettext(
            "Somebody else has saved “%(session)s” meanwhile. It is now: %(now)s. "
            "You wanted: %(wanted)s. Nothing has been changed.",
            session=clash.title.in_(language()),
            now=clash.now_in_words(rooms, event.zone),
            wanted=in_words(clash.wanted, rooms, event.zone),
        )
        for clash in clashes
    )
    raise Stale(gap().join(sentences), clashes=clashes)


def _move(event: Event, wanted: Wanted) -> None:
    # While they are held here, the rooms and tracks of all these sessions are asked for once and not one by one.
    held = [*queries.list_rooms(event), *queries.list_tracks(event)]
    for session, placement in wanted:
        _check_state(session)
        try:
            put_at(event, session, (placement.starts, placement.ends), placement.room_id, session.track_id)
        except Invalid as error:
            if len(wanted) == 1:
                raise
            raise Invalid(error.field, _about(session, error)) from error
    del held
    db.session.flush()


def _retrace(event: Event, left: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Put the sessions of a step back; what stands elsewhere by now, in words, where any does: then all stay."""
    sessions = _read(event, [UUID(key) for key in left])
    elsewhere = [
        (session, None if session.state == "deleted" else Placement.of(session))
        for key, session in sessions.items()
        if session.state != "scheduled" or not Placement.of(session).is_at(Placement.from_json(left[str(key)]))
    ]
    if elsewhere:
        rooms = queries.list_rooms(event)
        told = [
            gettext(
                "“%(session)s” (now: %(now)s)",
                session=session.title.in_(language()),
                now=_stand_in_words(now, rooms, event.zone, is_cancelled=session.state == "cancelled"),
            )
            for session, now in elsewhere
        ]
        return str(gettext("; ")).join(told)
    try:
        with db.session.begin_nested():
            _move(event, [(session, Placement.from_json(wanted[str(key)])) for key, session in sessions.items()])
    except Invalid as error:
        # A room that is gone, or hours that a change of the event's zone has skipped.
        raise Conflict(error.message) from error
    return ""


def _about(session: ProgrammeSession, error: Invalid) -> str:
    return str(gettext("“%(session)s”: %(reason)s", session=session.title.in_(language()), reason=error.message))
