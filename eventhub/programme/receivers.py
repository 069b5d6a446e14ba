"""What a programme does when an event, an organisation or a person changes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from eventhub.events.models import Event, Partner
from eventhub.events.signals import EventAdded, EventCancelled, EventChanged, EventPostponed, EventPublished
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, receives
from eventhub.organisations.signals import OrganisationChanged
from eventhub.people.signals import PersonChanged

from . import public, releases, whole
from .models import Appearance


@receives(EventAdded)
def copy_programme(fact: EventAdded) -> None:
    """A copied event brings its programme along where that was asked for."""
    if fact.copied_from and "programme" in fact.parts:
        whole.copy_programme(SYSTEM, fact.copied_from, fact.event_id, with_people="people" in fact.parts)


@receives(EventChanged)
def follow_header(fact: EventChanged) -> None:
    """Another zone or other rules move the sessions' instants; the header itself shows at once."""
    if {"zone", "starts_at"} & set(fact.fields):
        whole.derive_instants(SYSTEM, fact.event_id)
    public.change(fact.event_id, whole=True)


@receives(OrganisationChanged)
def follow_organisation(fact: OrganisationChanged) -> None:
    """The name of those who run an event stands on its pages and in its calendars."""
    equals = select(Partner.event_id).where(
        Partner.part == "co_organiser", Partner.organisation_id == fact.organisation_id
    )
    run = select(Event.id).where(or_(Event.organisation_id == fact.organisation_id, Event.id.in_(equals)))
    # In one order, so that two organisations with events in common wait for each other instead of failing.
    for event_id in db.session.scalars(run.order_by(Event.id)).all():
        public.change(event_id, whole=True)


@receives(EventPublished)
def release_with_event(fact: EventPublished) -> None:
    """An event opens with its programme as it stands: for the first time, and again with its new hours."""
    done = releases.release_with_event(SYSTEM, fact.event_id)
    if done is None or done.number > 1:
        # What is announced of an event is announced of its sessions; the first release has told all of them.
        public.change(fact.event_id, whole=True)


@receives(EventPostponed, EventCancelled)
def follow_status(fact: EventPostponed | EventCancelled) -> None:
    """What is announced of an event is announced of its sessions."""
    public.change(fact.event_id, whole=True)


@receives(PersonChanged)
def follow_person(fact: PersonChanged) -> None:
    """A name is live at once, wherever it is shown."""
    roles = select(Appearance.event_id, Appearance.session_id).where(Appearance.person_id == fact.person_id).distinct()
    # Each event stays locked until the commit: two people who speak at the same ones must take them in one order.
    roles = roles.order_by(Appearance.event_id, Appearance.session_id)
    by_event: dict[UUID, list[UUID]] = {}
    for event_id, session_id in db.session.execute(roles):
        by_event.setdefault(event_id, []).append(session_id)
    for event_id, session_ids in by_event.items():
        public.change(event_id, session_ids)
