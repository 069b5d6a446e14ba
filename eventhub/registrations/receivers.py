"""What registrations do when an event changes."""

from __future__ import annotations

from eventhub.events.signals import EventAdded, EventChanged, EventPublished
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import acting, receives
from eventhub.programme.signals import ModeChanged
from eventhub.registrations import moves, pools, rights
from eventhub.registrations.questions import templates


@receives(EventAdded)
def give_pools(fact: EventAdded) -> None:
    """A new event has the pools of its mode; a copy has its original's capacities, and what people may do, if asked."""
    like = fact.copied_from if "pools" in fact.parts else None
    pools.ensure_pools(SYSTEM, fact.event_id, like)
    if like is not None:
        rights.copy_rights(SYSTEM, fact.event_id, like)


@receives(EventAdded)
def give_form(fact: EventAdded) -> None:
    """A copy asks what its original asks, where that was wanted."""
    if fact.copied_from is not None and "form" in fact.parts:
        templates.copy_form(SYSTEM, fact.event_id, fact.copied_from)


@receives(EventChanged)
def follow_mode(fact: EventChanged) -> None:
    """An event that is held in another way now has the pools for it."""
    if "mode" in fact.fields:
        pools.ensure_pools(SYSTEM, fact.event_id)


@receives(EventChanged, EventPublished)
def open_again(fact: EventChanged | EventPublished) -> None:
    """Other dates or another publication may have opened registration again: then nobody waits beside a free place."""
    pools.promote_waiting(SYSTEM, fact.event_id)


@receives(ModeChanged)
def free_seat(fact: ModeChanged) -> None:
    """A speaker who takes part from afar leaves their seat in the room to the next in line."""
    if fact.mode == "remote" and fact.person_id:
        moves.free_seat(SYSTEM, fact.event_id, fact.person_id, acting())
