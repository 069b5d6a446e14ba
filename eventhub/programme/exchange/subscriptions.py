"""Following a calendar elsewhere: kept, looked at by the hour by one worker, taken into the draft and never further."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from pydantic import TypeAdapter
from sqlalchemy import select

from eventhub.events.models import Event, Series
from eventhub.events.policy import may_edit_event, may_edit_series
from eventhub.foundation import clock, fetching, sealing
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, end_reading, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.foundation.fetching import Fetched, Unfetched, host_of
from eventhub.foundation.permissions import require
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession

from . import identity, origins, series
from .entries import Reading
from .following import follow
from .models import EventOrigin, Subscription
from .services import import_sessions
from .signals import CalendarFollowed, CalendarRefreshed, ProgrammeImported, SeriesImported
from .survey import survey, with_places
from .words import ERRORS

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)  # longer than a look and what it changes ever take
LONGEST_PAUSE = timedelta(hours=24)
MOST_FAILURES = 12  # with the pauses between them five days and more: then it is paused, and its organisers are told
MOST_OF_ONE = 5  # calendars that one event or series follows
MOST_TOLD = 200  # things that a refresh did, of which the list tells
PURPOSE = "calendar"
# So many people of one process wait for hosts elsewhere at a time: a slow one keeps a thread for ten seconds, and all
# others' pages need threads, too.
MOST_AT_ONCE = 2
_turns = BoundedSemaphore(MOST_AT_ONCE)
WAITING = frozenset({"held", "cancelled", "gone"})  # what a refresh leaves to a person
_codec = TypeAdapter(Reading)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was read, and by what it is told whether it is still the same."""

    address: str
    etag: str = ""
    modified: str = ""

    @classmethod
    def of(cls, address: str, found: Fetched) -> Source:
        """An address with the marks that came from it."""
        return cls(address, found.etag, found.modified)


def look_at(typed: str) -> tuple[bytes, Source]:
    """What lies at an address that somebody typed, and how it is followed. Raises Invalid where nothing comes."""
    address = typed.strip()
    end_reading()  # a slow host keeps its asker waiting, and not the database
    if not _turns.acquire(blocking=False):
        raise Invalid("address", gettext("Other calendars are being fetched just now. Please try again in a moment."))
    try:
        found = fetching.fetch(address)
    except Unfetched as error:
        raise Invalid("address", error.message) from error
    finally:
        _turns.release()
    if found is None:
        raise Invalid("address", str(fetching.WORDS["odd"]))
    return found.data, Source.of(address, found)


@use_case
def import_and_follow(
    actor: Actor,
    event_id: UUID,
    reading: Reading,
    source: Source | None,
    *,
    remove: Collection[UUID] = (),
    seen: str | None = None,
) -> ProgrammeImported:
    """The draft with what a file says, or a calendar that is followed from then on, where it has a source.

    Raises what `import_sessions` raises.
    """
    done = import_sessions(actor, event_id, reading, remove=remove, seen=seen)
    if source is not None:
        keep(actor, source, reading, event_id=event_id)
    return done


@use_case
def import_events_and_follow(
    actor: Actor,
    series_id: UUID,
    reading: Reading,
    source: Source | None,
    *,
    cancel: Collection[UUID] = (),
    seen: str | None = None,
) -> SeriesImported:
    """The series with what a calendar says, which is followed from then on where it has a source."""
    done = series.import_events(actor, series_id, reading, cancel=cancel, seen=seen)
    if source is not None:
        keep(actor, source, reading, series_id=series_id)
    return done


def keep(
    actor: Actor, source: Source, reading: Reading, *, event_id: UUID | None = None, series_id: UUID | None = None
) -> Subscription:
    """A calendar that is followed from now on; only inside a use-case. Raises Conflict where there are too many."""
    # What is followed already, under the same address, is followed as it is read now.
    others = list_subscriptions(event_id=event_id, series_id=series_id)
    row = next((one for one in others if address_of(one) == source.address), None)
    if row is None:
        if len(others) >= MOST_OF_ONE:
            raise Conflict(gettext("More than five calendars cannot be followed. Remove one first."))
        row = Subscription(id=uuid4(), event_id=event_id, series_id=series_id, host=host_of(source.address), reading={})
        row.address = sealing.seal(PURPOSE, source.address, str(row.id))
        db.session.add(row)
    row.zone, row.reading = reading.zone, _codec.dump_python(reading, mode="json")
    row.etag, row.modified = source.etag, source.modified
    row.state, row.failures, row.problem = "active", 0, ""
    row.checked_at, row.due_at = clock.now(), clock.now() + HOUR
    db.session.flush()
    announce(CalendarFollowed(event_id, series_id, row.id, "followed"))
    return row


@use_case
def pause(actor: Actor, subscription_id: UUID) -> Subscription:
    """Nobody looks at the calendar until it is resumed."""
    row = _editable(actor, subscription_id)
    row.state = "paused"
    announce(CalendarFollowed(row.event_id, row.series_id, row.id, "paused"))
    return row


@use_case
def resume(actor: Actor, subscription_id: UUID) -> Subscription:
    """The calendar is looked at again, within the minute."""
    row = _editable(actor, subscription_id)
    row.state, row.failures, row.problem, row.due_at = "active", 0, "", clock.now()
    announce(CalendarFollowed(row.event_id, row.series_id, row.id, "resumed"))
    return row


@use_case
def remove(actor: Actor, subscription_id: UUID) -> None:
    """The calendar is not followed any more; what came from it stays."""
    row = _editable(actor, subscription_id)
    db.session.delete(row)
    announce(CalendarFollowed(row.event_id, row.series_id, row.id, "removed"))


@use_case
def take_over(actor: Actor, subscription_id: UUID, thing_id: UUID, version: int | None = None) -> None:
    """A session, or an event of a series, as the calendar has it; raises Stale where somebody saved it since `version`.

    Whoever does so has seen it: nothing of it waits any more.
    """
    row = _editable(actor, subscription_id)
    if row.event is not None:
        _take_session_over(actor, row, row.event, thing_id, version)
    elif row.series is not None:
        series.take_event_over(actor, row.series, thing_id, reading_of(row), version)
    row.changes = [one for one in row.changes if _thing(one) != str(thing_id) or one["what"] not in WAITING]


def _take_session_over(actor: Actor, row: Subscription, event: Event, session_id: UUID, version: int | None) -> None:
    if is_of_another_zone(row):
        raise Stale(gettext("The programme has changed since you looked at it. Nothing is imported yet."))
    found = survey(actor, event, reading_of(row))
    line = next((one for one in found.changed if one.session is not None and one.session.id == session_id), None)
    if line is None or line.session is None:
        raise NotFound
    check_version(line.session, version)
    made: dict[UUID | None, UUID] = {
        key: programme.save_room(actor, event.id, place.name).id
        for key, place in found.rooms.items()
        if key == line.plan.room_id
    }
    programme.change_session(actor, session_id, with_places(line.plan, made))
    origins.note_sessions(event.id, [(line.entry, session_id)])
    if line.cancels:
        programme.cancel_session(actor, session_id)


@use_case
def mark_seen(actor: Actor, subscription_id: UUID) -> None:
    """What the last refresh did is known, and asks for nobody's attention any more."""
    row = _editable(actor, subscription_id)
    row.changes = []


# --- by the clock ------------------------------------------------------------------------------------------


@use_case
def lease_next(actor: Actor) -> Subscription | None:
    """A calendar that is due, for this worker alone until the lease runs out; None where none is."""
    require(actor.is_system)
    due = (
        select(Subscription)
        .where(Subscription.state == "active", Subscription.due_at <= clock.now())
        .order_by(Subscription.due_at, Subscription.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Subscription)
        .execution_options(populate_existing=True)
    )
    row = db.session.scalar(due)
    if row is not None:
        row.due_at = clock.now() + LEASE
    return row


@use_case
def fail(actor: Actor, subscription_id: UUID, leased_until: datetime, problem: str) -> None:
    """Nothing came of a look: the next one later and later, and in the end none until somebody resumes it."""
    row = _leased(actor, subscription_id, leased_until)
    if row is None:
        return
    row.failures, row.problem, row.checked_at = row.failures + 1, problem, clock.now()
    row.due_at = clock.now() + min(HOUR * 2 ** min(row.failures - 1, 8), LONGEST_PAUSE)
    if row.failures >= MOST_FAILURES:
        row.state = "paused"
        announce(CalendarFollowed(row.event_id, row.series_id, row.id, "given_up"))


@use_case
def refresh(
    actor: Actor, subscription_id: UUID, leased_until: datetime, reading: Reading | None, source: Source | None
) -> None:
    """The draft as far as it follows the calendar; nothing where it is the same as before, or the lease was lost.

    All of it, or nothing: raises Conflict where there are errors in it.
    """
    row = _leased(actor, subscription_id, leased_until)
    if row is None:
        return
    row.failures, row.problem = 0, ""
    row.checked_at, row.due_at = clock.now(), clock.now() + HOUR
    if row.event is not None and (row.event.is_over() or row.event.status == "cancelled"):
        row.state = "paused"  # nothing of it is to come
        return
    if reading is None or source is None:
        return
    if row.event is not None and reading.zone != row.event.zone:
        row.due_at = clock.now()  # it was read just before the event was given another zone
        return
    if any(problem.what in ERRORS for problem in reading.problems):
        raise Conflict
    before = reading_of(row)
    told: list[dict[str, Any]] = []
    if row.event:
        told, reading = _of_event(actor, row.event, before, reading)
    elif row.series:
        told, reading = series.follow_series(actor, row.series, before, reading)
    row.reading, row.zone = _codec.dump_python(reading, mode="json"), reading.zone
    row.etag, row.modified = source.etag, source.modified
    if told:
        row.changes, row.changed_at = [*told, *_waits_still(row, told, reading)][:MOST_TOLD], clock.now()
        announce(CalendarRefreshed(row.event_id, row.series_id, row.id, len(told)))


def _waits_still(row: Subscription, told: list[dict[str, Any]], reading: Reading) -> list[dict[str, Any]]:
    """What earlier refreshes left to a person who has not seen it yet, as far as it is so still and not told anew."""
    before = [one for one in row.changes if one["what"] in WAITING]
    if not before:
        return []
    anew = {(one["what"], one["key"]) for one in told}
    # Of what was called off or deleted here, whoever did so wants to hear no more.
    standing = select(ProgrammeSession.id, ProgrammeSession.foreign_id).where(
        ProgrammeSession.event_id == row.event_id, ProgrammeSession.state == "scheduled"
    )
    if row.series_id:
        standing = (
            select(Event.id, EventOrigin.foreign_id)
            .outerjoin(EventOrigin, EventOrigin.event_id == Event.id)
            .where(Event.series_id == row.series_id, Event.status != "cancelled")
        )
    there = {str(thing_id): name for thing_id, name in db.session.execute(standing)}
    entries = identity.spread(reading.entries, {name for name in there.values() if name})
    is_off = {entry.key: entry.is_cancelled for entry in entries}
    found = []
    for one in before:
        if _thing(one) not in there:
            continue
        # Where its series was moved, it has another name since.
        what, key = one["what"], identity.renamed(one.get("key", ""), there[_thing(one)] or "")
        is_so = {"held": key in is_off, "cancelled": is_off.get(key or ""), "gone": key not in is_off}[what]
        if is_so and (what, key) not in anew:
            found.append({**one, "key": key})
    return found


def _thing(told: dict[str, Any]) -> str:
    """The session or the event of which something is told."""
    return str(told.get("session") or told.get("event"))


def _of_event(actor: Actor, event: Event, before: Reading, reading: Reading) -> tuple[list[dict[str, Any]], Reading]:
    programme.editable(actor, event.id)
    found = follow(actor, event, before, reading)
    made: dict[UUID | None, UUID] = {
        key: programme.save_room(actor, event.id, place.name).id for key, place in found.rooms.items()
    }
    steps = [(step, with_places(step.plan, made)) for step in found.steps]
    new = [(step, plan) for step, plan in steps if step.session is None]
    added = programme.add_sessions(actor, event.id, [plan for _, plan in new])
    known = [(step, step.session.id, plan) for step, plan in steps if step.session is not None]
    programme.change_sessions(actor, event.id, {key: plan for step, key, plan in known if step.follows})
    pairs = [(step, session.id) for (step, _), session in zip(new, added, strict=True)]
    pairs += [(step, key) for step, key, _ in known]
    origins.note_sessions(event.id, [(step.entry, key) for step, key in pairs if not step.held])
    told = [one for step, key in pairs for one in step.told(key)]
    gone = [
        {"what": "gone", "key": one.foreign_id, "title": one.title.as_json(), "session": str(one.id)}
        for one in found.gone
    ]
    return [*told, *gone], found.reading


# --- reads -------------------------------------------------------------------------------------------------


def list_subscriptions(*, event_id: UUID | None = None, series_id: UUID | None = None) -> list[Subscription]:
    """The calendars that an event or a series follows, the first first."""
    query = select(Subscription).order_by(Subscription.created_at, Subscription.id)
    if event_id is not None:
        query = query.where(Subscription.event_id == event_id)
    else:
        query = query.where(Subscription.series_id == series_id)
    return list(db.session.scalars(query))


def find(subscription_id: UUID) -> Subscription | None:
    """The calendar of an id, if it is still followed."""
    return db.session.get(Subscription, subscription_id)


def reading_of(row: Subscription) -> Reading:
    """What was read of a calendar last."""
    return _codec.validate_python(row.reading, strict=False)


def is_of_another_zone(row: Subscription) -> bool:
    """Whether what was read last is told by a clock that its event does not have any more, and compares with nothing.

    A series has none: each of its events has its own.
    """
    return row.event is not None and row.zone != row.event.zone


def address_of(row: Subscription) -> str:
    """Where a calendar lies; empty where no key of this site opens it any more."""
    return sealing.unseal(PURPOSE, row.address, str(row.id)) or ""


def _leased(actor: Actor, subscription_id: UUID, leased_until: datetime) -> Subscription | None:
    """The row, if nobody has paused or removed it, or taken it up as a lease ran out."""
    require(actor.is_system)
    row = _locked(subscription_id)
    return row if row is not None and row.state == "active" and row.due_at == leased_until else None


def _locked(subscription_id: UUID) -> Subscription | None:
    """The row, locked after what follows it: an import has them in this order, and would else wait in a circle."""
    query = select(Subscription.event_id, Subscription.series_id).where(Subscription.id == subscription_id)
    if (whose := db.session.execute(query).one_or_none()) is None:
        return None
    get(Series if whose.series_id else Event, whose.series_id or whose.event_id, lock=True)
    return db.session.get(Subscription, subscription_id, with_for_update={"key_share": True}, populate_existing=True)


def _editable(actor: Actor, subscription_id: UUID) -> Subscription:
    row = _locked(subscription_id)
    if row is None:
        raise NotFound
    if row.event is not None:
        require(may_edit_event(actor, row.event), hidden=True)
    else:
        require(may_edit_series(actor, get(Series, row.series_id)), hidden=True)
    return row
