"""Conflicts in the draft of a programme: found whenever somebody looks, kept nowhere, and hindering nobody.

Hours are half-open: a session that begins as another ends does not meet it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor

from . import conflict_kinds as kinds
from .conflict_kinds import Conflict, hours_of
from .conflict_queries import Draft, Held, HeldRoom, Somebody, acceptances, read_draft
from .stretches import Stretch, outside

# By the clock of the person; from the first until before the second.
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_ORDER = {kind: number for number, kind in enumerate(kinds.KINDS)}


def find(event: Event, day: date | None = None, *, actor: Actor | None = None) -> list[Conflict]:
    """The conflicts of a programme, accepted ones too, in the order of time; those without hours come first.

    With a day, by the event's clock, only what happens on it, and hardly more is read than its sessions. Other events
    in which somebody has a part at the same time are told of as far as `actor` may hear of them; without one, those
    that everybody who runs this event runs as well.
    """
    window = _day(event, day) if day else None
    found = list(in_draft(read_draft(event, window, actor), event))
    if window is not None:
        found = [conflict for conflict in found if conflict.hours and _touches(conflict.hours, window)]
    if accepted := acceptances(event):
        found = [replace(one, accepted=row) if (row := accepted.get(one.key)) else one for one in found]
    return sorted(found, key=_place_in_order)


def count_open(event: Event, *, actor: Actor | None = None) -> int:
    """How many conflicts nobody has accepted."""
    return sum(1 for conflict in find(event, actor=actor) if conflict.accepted is None)


def in_draft(draft: Draft, event: Event) -> Iterator[Conflict]:
    """The conflicts in what was read of an event's programme."""
    yield from _of_rooms(draft, event.zone)
    yield from _of_people(draft, event.zone)
    yield from _of_sessions(draft, event)


def _place_in_order(conflict: Conflict) -> tuple[datetime, int, list[UUID], list[str]]:
    starts = conflict.hours.starts if conflict.hours else ALWAYS[0]
    return starts, _ORDER[type(conflict)], [held.id for held in conflict.sessions], [*map(str, conflict.marks())]


def _day(event: Event, day: date) -> Stretch:
    midnights = (datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time()))
    return Stretch(*(clock.instant(midnight, event.zone) for midnight in midnights))


def _touches(hours: Stretch, window: Stretch) -> bool:
    # A moment, at which a session begins too soon, lies in the window that begins with it.
    return hours.starts < window.ends and (hours.ends > window.starts or hours.starts >= window.starts)


def near(sessions: Iterable[Held], margin: timedelta = timedelta()) -> Iterator[tuple[Held, Held]]:
    """Each two of which the later begins before the earlier has ended, or sooner after that than a margin."""
    recent: list[Held] = []
    # One sweep: each session is compared with those that are not over for long when it begins, not with all.
    for one in sorted((held for held in sessions if held.hours), key=lambda held: (hours_of(held).starts, held.id)):
        starts = hours_of(one).starts
        recent = [other for other in recent if hours_of(other).ends + margin > starts]
        yield from ((other, one) for other in recent)
        recent.append(one)


def _overlap(earlier: Held, later: Held) -> bool:
    return hours_of(earlier).ends > hours_of(later).starts


def _of_rooms(draft: Draft, zone: str) -> Iterator[Conflict]:
    in_room: dict[UUID, list[Held]] = defaultdict(list)
    on_account: dict[str, list[Held]] = defaultdict(list)
    for held in draft.sessions:
        if held.room:
            in_room[held.room.id].append(held)
            if held.room.account:
                on_account[held.room.account.casefold()].append(held)
    for sessions in in_room.values():
        yield from _of_room(sessions, draft.test, zone)
    for sessions in on_account.values():
        for pair in near(sessions):
            assert pair[0].room
            yield kinds.AccountTwice(sessions=pair, zone=zone, account=pair[0].room.account)


def _of_room(sessions: list[Held], test: timedelta, zone: str) -> Iterator[Conflict]:
    before: dict[UUID, tuple[Held, Held]] = {}
    for earlier, later in near(sessions, test):
        assert later.room
        if _overlap(earlier, later):
            yield kinds.RoomTwice(sessions=(earlier, later), zone=zone, room=later.room)
        elif earlier.kind != "break" and _remote(later):  # a room is free for a test while people drink tea
            known = before.get(later.id)
            if known is None or hours_of(known[0]).ends <= hours_of(earlier).ends:
                before[later.id] = (earlier, later)
    for pair in before.values():
        room = pair[1].room
        assert room
        people = list({somebody.id: somebody for somebody in _remote(pair[1])}.values())
        yield kinds.ConnectionTest(sessions=pair, zone=zone, needed=test, room=room, people=people)


def _remote(held: Held) -> list[Somebody]:
    return [part.somebody for part in held.parts if part.mode == "remote" and part.is_present]


def _of_people(draft: Draft, zone: str) -> Iterator[Conflict]:
    people: dict[UUID, Somebody] = {}
    present: dict[UUID, dict[UUID, Held]] = defaultdict(dict)
    for held in draft.sessions:
        for part in held.parts:
            if part.is_present:
                people[part.somebody.id] = part.somebody
                present[part.somebody.id][held.id] = held
    for id_, person in people.items():
        here = present[id_]
        there = {held.id: held for held in draft.elsewhere.get(id_, ())}
        for earlier, later in near((here | there).values(), draft.change):
            if earlier.event and later.event:
                continue  # the two are for the other events' organisers
            if _overlap(earlier, later):
                pair = (later, earlier) if earlier.event else (earlier, later)
                yield kinds.PersonTwice(sessions=pair, zone=zone, person=person)
            elif _is_apart(earlier, later):
                yield kinds.RoomChange(sessions=(earlier, later), zone=zone, needed=draft.change, person=person)
        for held in here.values():
            yield from _of_person(held, person, zone)


def _is_apart(one: Held, other: Held) -> bool:
    """Whether two sessions are in different rooms, as far as that is known; another event is another place."""
    if one.event or other.event:
        return True
    return one.room is not None and other.room is not None and one.room.id != other.room.id


def _of_person(held: Held, person: Somebody, zone: str) -> Iterator[Conflict]:
    if held.hours is None:
        return
    if person.availability and (parts := outside(held.hours, person.availability)):
        yield kinds.PersonUnavailable(sessions=(held,), zone=zone, parts=parts, person=person)
    is_remote = any(part.mode == "remote" and part.is_present for part in held.parts if part.somebody.id == person.id)
    if is_remote and _is_at_night(held.hours, person.zone or zone):
        yield kinds.Night(sessions=(held,), zone=zone, person=person)


def _is_at_night(hours: Stretch, zone: str) -> bool:
    begins = clock.wall(hours.starts, zone)
    if not NIGHT_ENDS <= begins.time() < NIGHT_BEGINS:
        return True
    return hours.ends > clock.instant(datetime.combine(begins.date(), NIGHT_BEGINS), zone)


def _of_sessions(draft: Draft, event: Event) -> Iterator[Conflict]:
    span = [Stretch(event.starts_at or ALWAYS[0], event.ends_at or ALWAYS[1])]
    for held in draft.sessions:
        alone = (held,)
        if held.hours and (parts := outside(held.hours, span)):
            yield kinds.OutsideHours(sessions=alone, zone=event.zone, parts=parts)
        limits = [held.capacity, held.room.capacity if held.room else None]
        places = min((limit for limit in limits if limit is not None), default=held.signed_up)
        if places < held.signed_up:
            yield kinds.TooManySignedUp(sessions=alone, zone=event.zone, signed_up=held.signed_up, places=places)
        if held.room:
            yield from _of_session_in_room(held, held.room, event.zone)
        if held.kind == "panel" and not any(part.role == "moderator" and part.is_coming for part in held.parts):
            yield kinds.NoModerator(sessions=alone, zone=event.zone)
        is_interpreted = any(part.role == "interpreter" and part.state == "confirmed" for part in held.parts)
        if held.interpretation and not is_interpreted:
            yield kinds.NoInterpreter(sessions=alone, zone=event.zone)
        for part in held.parts:
            if part.state != "confirmed":
                yield kinds.Unconfirmed(sessions=alone, zone=event.zone, part=part)


def _of_session_in_room(held: Held, room: HeldRoom, zone: str) -> Iterator[Conflict]:
    if held.hours and room.availability and (parts := outside(held.hours, room.availability)):
        yield kinds.RoomUnavailable(sessions=(held,), zone=zone, parts=parts, room=room)
    if held.capacity and room.capacity and room.capacity < held.capacity:
        yield kinds.RoomTooSmall(sessions=(held,), zone=zone, room=room, offered=held.capacity, held=room.capacity)
