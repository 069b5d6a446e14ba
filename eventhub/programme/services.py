"""Laying out a programme."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal, TypeVar
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_translate_event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import free_slug, free_slugs, slugify
from eventhub.people.models import Person

from . import public, queries, releases
from .models import ProgrammeSession, Room, SessionRole, Track
from .plans import SPOKEN, SessionPlan, SpeakerPlan, not_scheduled, plan_of
from .signals import RoomResized

Part = TypeVar("Part", Room, Track, ProgrammeSession)
Hours = tuple[datetime | None, datetime | None]


@use_case
def add_session(actor: Actor, event_id: UUID, plan: SessionPlan, slug: str | None = None) -> ProgrammeSession:
    """A new session in an event's programme. Raises Invalid where its hours, room or track cannot be."""
    return add_sessions(actor, event_id, [plan], [slug])[0]


@use_case
def add_sessions(
    actor: Actor, event_id: UUID, plans: Sequence[SessionPlan], slugs: Sequence[str | None] = ()
) -> list[ProgrammeSession]:
    """New sessions, each as `add_session` adds one: all of them are looked up and written together."""
    event = editable(actor, event_id)
    wanted = [slugify(slug or plan.title.in_("en")) for plan, slug in zip_longest(plans, slugs)]
    free = free_slugs(wanted, ProgrammeSession.slug, ProgrammeSession.event_id == event.id)
    people = _check_people(actor, plans)
    # As long as somebody holds them, no session asks the database for them again.
    held = [*people, *queries.list_rooms(event), *queries.list_tracks(event)] if len(plans) > 1 else people
    sessions = []
    for plan, slug in zip(plans, free, strict=True):
        session = ProgrammeSession(event_id=event.id, slug=slug)
        _write(event, session, plan)
        sessions.append(session)
    del held
    db.session.add_all(sessions)
    db.session.flush()
    return sessions


@use_case
def change_session(
    actor: Actor, session_id: UUID, plan: SessionPlan, version: int | None = None, *, corrects: bool = False
) -> ProgrammeSession:
    """The session with another plan; what of it is live at once, the public sees at once.

    With `corrects` its title and abstract are public at once as well, as where a word was misspelt; nobody is written
    to because of that. Raises Stale where somebody saved it since `version`.
    """
    event, session = part_of_event(actor, ProgrammeSession, session_id)
    check_version(session, version)
    people = _check_people(actor, [plan], {role.person_id for role in session.speakers})
    is_seen = _rewrite(event, session, plan)
    del people
    db.session.flush()
    if corrects:
        words = {"title": session.title.as_json(), "abstract": session.abstract.as_json()}
        releases.hotfix(event, {session.id: lambda values, _: values.update(words)}, tells=False)
    if is_seen:
        public.change(event.id, [session.id])
    return session


@use_case
def change_sessions(actor: Actor, event_id: UUID, plans: Mapping[UUID, SessionPlan]) -> None:
    """Sessions of an event with other plans, each as `change_session` changes one: read and written together."""
    event = editable(actor, event_id)
    sessions = {session.id: session for session in queries.list_sessions(event) if session.id in plans}
    if len(sessions) < len(plans):
        raise NotFound
    here = {key: {role.person_id for role in session.speakers} for key, session in sessions.items()}
    new = {one.person_id for key, plan in plans.items() for one in plan.speakers if one.person_id not in here[key]}
    people = _check_people(actor, list(plans.values()), set().union(*here.values()) - new)
    seen = [key for key, plan in plans.items() if _rewrite(event, sessions[key], plan)]
    del people
    db.session.flush()
    if seen:
        public.change(event.id, seen)


def _rewrite(event: Event, session: ProgrammeSession, plan: SessionPlan) -> bool:
    """Let a session say what a plan says; whether the public sees of it without a release."""
    before, lived = plan_of(session).speakers, _living_of(session)
    _write(event, session, plan)
    if plan_of(session).speakers != before:
        flag_modified(session, "event_id")  # its people are part of the row that people edit: its version rises
    return _living_of(session) != lived


def _living_of(session: ProgrammeSession) -> object:
    """What the public sees of a session without a release: translations, and whether people in it are named."""
    spoken = [(role.id, role.presentation_title, role.presentation_abstract) for role in session.speakers]
    return session.title, session.abstract, session.is_chatham_house, spoken


@use_case
def move_session(
    actor: Actor,
    session_id: UUID,
    starts: datetime,
    room_id: UUID | Literal["same"] | None = "same",
    version: int | None = None,
) -> ProgrammeSession:
    """The session at another hour, for as long as before, in the same room, in another, or in none any more.

    Raises Conflict where it is cancelled or deleted.
    """
    event, session = part_of_event(actor, ProgrammeSession, session_id)
    check_version(session, version)
    if session.state != "scheduled":
        raise Conflict(not_scheduled(session))
    in_room = session.room_id if room_id == "same" else room_id
    ends = clock.later(starts, session.length, event.zone)
    put_at(event, session, (starts, ends), in_room, session.track_id)
    db.session.flush()
    return session


@use_case
def cancel_session(actor: Actor, session_id: UUID) -> ProgrammeSession:
    """The session announced as cancelled at once; it stays in the programme and says so."""
    event, session = part_of_event(actor, ProgrammeSession, session_id)
    if session.state == "scheduled":
        session.state = "cancelled"
        db.session.flush()
        releases.hotfix(event, {session.id: lambda values, _: values.update(state="cancelled")})
    return session


@use_case
def restore_session(actor: Actor, session_id: UUID) -> ProgrammeSession:
    """A cancelled or deleted session, scheduled again from the next release on."""
    return _set_state(actor, session_id, "scheduled")


@use_case
def delete_session(actor: Actor, session_id: UUID) -> ProgrammeSession:
    """The session out of the programme; with the next release calendars that have it hear that it is cancelled."""
    return _set_state(actor, session_id, "deleted")


@use_case
def save_room(
    actor: Actor, event_id: UUID, name: Translated, *, capacity: int | None = None, is_virtual: bool = False,
    equipment: Sequence[str] = (), availability: Sequence[str] = (), meeting_account: str = "",
    room_id: UUID | None = None, version: int | None = None,
) -> Room:  # fmt: skip
    """A new room, or one with another name and capacity."""
    event = editable(actor, event_id)
    room = (
        part_of_event(actor, Room, room_id, event)[1]
        if room_id
        else Room(event_id=event.id, position=_next_position(Room, event))
    )
    check_version(room, version)
    _check_name(name)
    is_renamed = room_id is not None and room.name != name
    is_resized = room_id is not None and room.capacity != capacity
    room.name, room.capacity, room.is_virtual = name, capacity, is_virtual
    room.equipment, room.availability, room.meeting_account = list(equipment), list(availability), meeting_account
    db.session.add(room)
    db.session.flush()
    if is_renamed:
        # A translation of its name is live at once; another name waits for the release.
        public.change(event.id, _sessions_with(ProgrammeSession.room_id == room.id))
    if is_resized:
        announce(RoomResized(event.id, room.id, capacity))
    return room


@use_case
def remove_room(actor: Actor, room_id: UUID) -> None:
    """No such room any more. Raises Conflict where a session is still held in it."""
    room = part_of_event(actor, Room, room_id)[1]
    if _sessions_with(ProgrammeSession.room_id == room.id):
        raise Conflict(gettext("Sessions are still held in this room. Move them first."))
    for tombstone in db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.room_id == room.id)):
        tombstone.room_id = None
    db.session.delete(room)


@use_case
def save_track(
    actor: Actor,
    event_id: UUID,
    name: Translated,
    colour: str = "teal",
    *,
    track_id: UUID | None = None,
    slug: str | None = None,
    version: int | None = None,
) -> Track:
    """A new track, or one with another name and colour."""
    event = editable(actor, event_id)
    _check_name(name)
    if track_id:
        track = part_of_event(actor, Track, track_id, event)[1]
    else:
        wanted = slugify(slug or name.in_("en"))
        track = Track(
            event_id=event.id,
            slug=free_slug(wanted, Track.slug, Track.event_id == event.id),
            position=_next_position(Track, event),
        )
    check_version(track, version)
    is_renamed = track_id is not None and track.name != name
    track.name, track.colour = name, colour
    db.session.add(track)
    db.session.flush()
    if is_renamed:
        public.change(event.id, _sessions_with(ProgrammeSession.track_id == track.id))
    return track


@use_case
def remove_track(actor: Actor, track_id: UUID) -> None:
    """No such track any more. Raises Conflict where a session still belongs to it."""
    track = part_of_event(actor, Track, track_id)[1]
    if _sessions_with(ProgrammeSession.track_id == track.id):
        raise Conflict(gettext("Sessions still belong to this track. Move them first."))
    for tombstone in db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.track_id == track.id)):
        tombstone.track_id = None
    db.session.delete(track)


@use_case
def translate_session(
    actor: Actor, session_id: UUID, title: Translated, abstract: Translated, version: int | None = None
) -> ProgrammeSession:
    """The session with its texts in other words; nothing else of it changes."""
    session = get(ProgrammeSession, session_id)
    event = get(Event, session.event_id, lock=True)
    require(may_translate_event(actor, event), hidden=True)
    check_version(session, version)
    session.title, session.abstract = title, abstract
    db.session.flush()
    public.change(event.id, [session.id])
    return session


def editable(actor: Actor, event_id: UUID) -> Event:
    """The event, its programme locked: two saves in one programme come one after the other. Else raises NotFound."""
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    return event


def part_of_event(actor: Actor, model: type[Part], part_id: UUID, event: Event | None = None) -> tuple[Event, Part]:
    """The event of a session, room or track, and itself, locked, if the actor may edit it; raises NotFound."""
    part = get(model, part_id)
    event = event or editable(actor, part.event_id)
    if part.event_id != event.id:
        raise NotFound
    return event, get(model, part_id, lock=True)


def _set_state(actor: Actor, session_id: UUID, state: str) -> ProgrammeSession:
    session = part_of_event(actor, ProgrammeSession, session_id)[1]
    if session.state != state:
        session.state = state
        db.session.flush()
    return session


def _check_name(name: Translated) -> None:
    if not name:
        raise Invalid("name", gettext("Give it a name in one language at least."))


def _sessions_with(condition: object) -> list[UUID]:
    query = select(ProgrammeSession.id).where(condition, ProgrammeSession.state != "deleted")  # type: ignore[arg-type]
    return list(db.session.scalars(query))


def _next_position(model: type[Room | Track], event: Event) -> int:
    last = db.session.scalar(
        select(model.position).where(model.event_id == event.id).order_by(model.position.desc()).limit(1)
    )
    return 0 if last is None else last + 1


def _write(event: Event, session: ProgrammeSession, plan: SessionPlan) -> None:
    if not plan.title:
        raise Invalid("title", gettext("A session needs a title in one language at least."))
    put_at(event, session, (plan.starts, plan.ends), plan.room_id, plan.track_id)
    session.kind, session.title, session.abstract = plan.kind, plan.title, plan.abstract
    session.language, session.interpretation = plan.language, list(plan.interpretation)
    session.level, session.capacity, session.has_sign_up = plan.level, plan.capacity, plan.has_sign_up
    session.is_chatham_house, session.repeats_id = plan.is_chatham_house, plan.repeats_id
    session.do_not_record, session.foreign_id = plan.do_not_record, plan.foreign_id
    before = list(session.speakers)
    named = {speaker.role_id for speaker in plan.speakers}
    roles = []
    for position, planned in enumerate(plan.speakers):
        # Who stays keeps their row, and with it their own link.
        role, speaker = _row_of(planned, before, named) or SessionRole(), planned
        if role in before:
            before.remove(role)
        if role.person_id and speaker.person_id not in (None, role.person_id):
            speaker = _in_their_stead(event, role, planned)
            role.reason, role.is_reason_own = "", False
        if role.state != speaker.state:
            role.state_since = clock.now()
        for name in SPOKEN:
            setattr(role, name, getattr(speaker, name))
        if speaker.person_id is not None:
            person = get(Person, speaker.person_id)
            role.affiliation = role.affiliation or person.affiliation
            role.country = role.country or person.country
        role.position = position
        roles.append(role)
    session.speakers = roles


def _in_their_stead(event: Event, role: SessionRole, speaker: SpeakerPlan) -> SpeakerPlan:
    """What a plan says of somebody who takes over a part: where another comes from, and has answered, stays theirs."""
    is_answered = role.state != "confirmed" or role.person_id in queries.list_asked(event.id)
    return replace(
        speaker,
        affiliation=EMPTY if speaker.affiliation == role.affiliation else speaker.affiliation,
        country=None if speaker.country == role.country else speaker.country,
        stakeholder_type=None if speaker.stakeholder_type == role.stakeholder_type else speaker.stakeholder_type,
        state="proposed" if is_answered and speaker.state == role.state else speaker.state,
    )


def _check_people(actor: Actor, plans: Sequence[SessionPlan], before: Collection[UUID | None] = ()) -> Sequence[Person]:
    """The people who come to a session: only those whom the actor knows; whether others exist is not told."""
    wanted = {speaker.person_id for plan in plans for speaker in plan.speakers if speaker.person_id}
    if not wanted:
        return ()
    found = db.session.scalars(select(Person).where(Person.id.in_(wanted))).all()
    if not actor.is_system and (new := wanted.difference(before)):
        known = db.session.scalars(select(Person.id).where(Person.id.in_(new), queries.known_to(actor)))
        if new.difference(known):
            raise Invalid("speakers", gettext("Choose one from the list."))
    return found


def _row_of(speaker: SpeakerPlan, rows: Sequence[SessionRole], named: set[UUID | None]) -> SessionRole | None:
    told = speaker.person_id, speaker.role, speaker.name
    for row in rows:
        if row.id == speaker.role_id or (row.id not in named and (row.person_id, row.role, row.name) == told):
            return row
    return None


def put_at(event: Event, session: ProgrammeSession, hours: Hours, room_id: UUID | None, track_id: UUID | None) -> None:
    """Put a session at these hours of the event's wall clock, in a room and a track of its event.

    Raises Invalid, by its field, for hours that cannot be and for what is not the event's.
    """
    starts, ends = hours
    if (starts is None) != (ends is None):
        raise Invalid("ends" if starts else "starts", gettext("Give both a start and an end, or neither."))
    for name, hour in (("starts", starts), ("ends", ends)):
        if hour and not clock.is_within_reach(hour):
            raise Invalid(name, gettext("Choose a year from 1970 to 2100."))
        if hour and clock.is_skipped(hour, event.zone):
            raise Invalid(name, gettext("The clocks are put forward over this time: it does not exist on that day."))
    if starts and ends and clock.instant(ends, event.zone) <= clock.instant(starts, event.zone):
        raise Invalid("ends", gettext("The end must come after the start."))
    chosen = (
        ("room_id", room_id, db.session.get(Room, room_id) if room_id else None),
        ("track_id", track_id, db.session.get(Track, track_id) if track_id else None),
    )
    for name, part_id, part in chosen:
        if part_id and (part is None or part.event_id != event.id):
            raise Invalid(name, gettext("Choose one from the list."))
    if starts is None and session.starts:
        session.minutes = session.length // timedelta(minutes=1)
    session.starts, session.ends = (at and clock.settled(at, event.zone) for at in hours)
    session.room_id, session.track_id = room_id, track_id
    session.starts_at, session.ends_at = instants_of(session, event.zone)


def instants_of(session: ProgrammeSession, zone: str) -> Hours:
    """The instants of a session's hours in the zone of its event."""
    return (
        clock.instant(session.starts, zone) if session.starts else None,
        clock.instant(session.ends, zone) if session.ends else None,
    )
