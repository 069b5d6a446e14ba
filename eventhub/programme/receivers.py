"""What a programme does when an event or a person changes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from eventhub.events.signals import EventAdded, EventCancelled, EventChanged, EventPostponed, EventPublished
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, receives
from eventhub.people.signals import PersonChanged

from . import public, releases, services
from .models import Appearance


@receives(EventAdded)
def copy_programme(fact: EventAdded) -> None:
    """A copied event brings its programme along where that was asked for."""
    if fact.copied_from and "programme" in fact.parts:
        services.copy_programme(SYSTEM, fact.copied_from, fact.event_id, with_people="people" in fact.parts)


@receives(EventChanged)
def follow_header(fact: EventChanged) -> None:
    """Another zone or other rules move the sessions' instants; the header itself shows at once."""
    if {"zone", "starts_at"} & set(fact.fields):
        services.derive_instants(SYSTEM, fact.event_id)
    public.change(fact.event_id, whole=True)


@receives(EventPublished)
def release_with_event(fact: EventPublished) -> None:
    """An event opens with its programme as it stands: for the first time, and again with its new hours."""
    releases.release_with_event(SYSTEM, fact.event_id)


@receives(EventPublished, EventPostponed, EventCancelled)
def follow_status(fact: EventPublished | EventPostponed | EventCancelled) -> None:
    """What is announced of an event is announced of its sessions."""
    public.change(fact.event_id, whole=True)


@receives(PersonChanged)
def follow_person(fact: PersonChanged) -> None:
    """A name is live at once, wherever it is shown."""
    roles = select(Appearance.event_id, Appearance.session_id).where(Appearance.person_id == fact.person_id).distinct()
    by_event: dict[UUID, list[UUID]] = {}
    for event_id, session_id in db.session.execute(roles):
        by_event.setdefault(event_id, []).append(session_id)
    for event_id, session_ids in by_event.items():
        public.change(event_id, session_ids)
