"""What happens to a programme as a whole: it is copied, and follows the zone of its event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from uuid import UUID

from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.permissions import require

from . import public, queries
from .models import ProgrammeSession, Room, Track
from .plans import SessionPlan, plan_of
from .services import add_sessions, editable, instants_of, save_room, save_track


@use_case
def copy_programme(actor: Actor, source_id: UUID, target_id: UUID, *, with_people: bool) -> None:
    """The programme of one event in another: rooms, tracks, sessions, as many days apart as they are."""
    source, event = get(Event, source_id), editable(actor, target_id)
    days = (event.starts.date() - source.starts.date()).days if event.starts and source.starts else 0
    rooms: dict[UUID | None, Room] = {}
    tracks: dict[UUID | None, Track] = {}
    for room in db.session.scalars(select(Room).where(Room.event_id == source.id).order_by(Room.position)):
        kept = {key: getattr(room, key) for key in ("capacity", "is_virtual", "equipment", "meeting_account")}
        rooms[room.id] = save_room(actor, event.id, room.name, **kept)
    for track in db.session.scalars(select(Track).where(Track.event_id == source.id).order_by(Track.position)):
        tracks[track.id] = save_track(actor, event.id, track.name, track.colour, slug=track.slug)
    sessions = [session for session in _all_sessions(source.id) if session.state == "scheduled"]
    asked, plans = queries.list_asked(source.id), []
    for session in sessions:
        plan = plan_of(session, with_people=with_people)
        values = {column.name: getattr(plan, column.name) for column in fields(SessionPlan)}
        values["starts"] = session.starts and clock.days_later(session.starts, days)
        values["ends"] = session.ends and clock.days_later(session.ends, days)
        values["room_id"] = rooms[session.room_id].id if session.room_id in rooms else None
        values["track_id"] = tracks[session.track_id].id if session.track_id in tracks else None
        # Whoever was asked for the one event, and confirmed or declined it, has not been asked for the other.
        values["speakers"] = [
            one if one.state == "confirmed" and one.person_id not in asked else replace(one, state="proposed")
            for one in plan.speakers
        ]
        plans.append(SessionPlan(**values))
    copies = add_sessions(actor, event.id, plans, [session.slug for session in sessions])
    for copy, session in zip(copies, sessions, strict=True):
        copy.minutes = session.minutes


@use_case
def derive_instants(actor: Actor, event_id: UUID) -> None:
    """The sessions' instants from their wall clock, after the event's zone, or the rules of that zone, changed."""
    event = editable(actor, event_id)
    for session in _all_sessions(event.id):
        session.starts_at, session.ends_at = instants_of(session, event.zone)


@use_case
def follow_zone_rules(actor: Actor) -> list[UUID]:
    """The events in which sessions to come moved because the rules of their zone changed; the wall clock stays."""
    require(actor.is_system)
    coming = (
        select(ProgrammeSession, Event.zone)
        .join(Event, Event.id == ProgrammeSession.event_id)
        .where(ProgrammeSession.ends_at > clock.now())
        .order_by(Event.id)
    )
    moved = dict.fromkeys(
        one.event_id
        for one, zone in db.session.execute(coming)
        if (one.starts_at, one.ends_at) != instants_of(one, zone)
    )
    for event_id in moved:
        derive_instants(actor, event_id)
        public.change(event_id, whole=True)
    return list(moved)


def _all_sessions(event_id: UUID) -> Sequence[ProgrammeSession]:
    query = select(ProgrammeSession).where(ProgrammeSession.event_id == event_id)
    return db.session.scalars(query.order_by(ProgrammeSession.starts_at, ProgrammeSession.id)).all()
