"""What registrants may do by themselves, and until when: as the organisers of their event have set it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import bindparam, select

from eventhub.events.models import Event
from eventhub.foundation import clock, i18n
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.permissions import require

from . import policy
from .models import SUBSTITUTES, Rights
from .signals import RightsSet

Deed = Literal["change", "switch", "cancel", "substitute"]
DEEDS: tuple[Deed, ...] = ("change", "switch", "cancel", "substitute")
# A month before is early enough to say that nothing changes any more, and more than ten people are a delegation.
MOST_HOURS, MOST_COMPANIONS = 24 * 60, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsPlan:
    """What organisers let registrants do: the columns of the same names."""

    change_hours: int | None = None
    switch_hours: int | None = None
    cancel_hours: int | None = None
    substitutes: str = "yes"
    substitute_hours: int | None = None
    has_delegations: bool = True
    most_companions: int = 0
    counts_companions: bool = True

    @classmethod
    def of(cls, rights: Rights) -> RightsPlan:
        """What is set now."""
        return cls(**{field.name: getattr(rights, field.name) for field in fields(cls)})


# Made once: whoever registers asks it.
_OF_EVENT = select(Rights).where(Rights.event_id == bindparam("event_id"))


def find_rights(event_id: UUID) -> Rights | None:
    """What the organisers of an event have set, if they have."""
    return db.session.scalar(_OF_EVENT, {"event_id": event_id})


def get_rights(event_id: UUID) -> RightsPlan:
    """What holds at an event: what its organisers have set, or what holds by itself."""
    found = find_rights(event_id)
    return RightsPlan.of(found) if found else RightsPlan()


def plans_of(event_ids: Collection[UUID]) -> dict[UUID, RightsPlan]:
    """What holds at each of some events: one question, however many they are."""
    found = db.session.scalars(select(Rights).where(Rights.event_id.in_(event_ids))) if event_ids else ()
    return {event_id: RightsPlan() for event_id in event_ids} | {row.event_id: RightsPlan.of(row) for row in found}


@use_case
def set_rights(actor: Actor, event_id: UUID, plan: RightsPlan, version: int | None = None) -> Rights:
    """What registrants of an event may do from now on; companions who are there already stay, and count as they did.

    Raises Stale where somebody saved it since `version`, and Invalid where a value cannot be.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    _check(plan)
    rights = find_rights(event_id) or Rights(event_id=event_id)
    if rights.version is not None:
        check_version(rights, version)
    for field in fields(RightsPlan):
        setattr(rights, field.name, getattr(plan, field.name))
    db.session.add(rights)
    db.session.flush()
    announce(RightsSet(event_id))
    return rights


def copy_rights(actor: Actor, event_id: UUID, like: UUID) -> None:
    """An event with what another lets its registrants do; nothing where that one has set nothing."""
    if (model := find_rights(like)) is not None:
        set_rights(actor, event_id, RightsPlan.of(model))


def ends_at(event: Event, plan: RightsPlan, deed: Deed) -> datetime | None:
    """The moment from which a registrant may not do something any more; None where none is set."""
    hours: Mapping[Deed, int | None] = {
        "change": plan.change_hours,
        "switch": plan.switch_hours,
        "cancel": plan.cancel_hours,
        "substitute": plan.substitute_hours or 0,
    }
    if hours[deed] is None or event.starts_at is None:
        return None
    return event.starts_at - timedelta(hours=hours[deed] or 0)


def may(event: Event, plan: RightsPlan, deed: Deed) -> bool:
    """Whether a registrant may do something now."""
    if deed == "substitute" and plan.substitutes == "no":
        return False
    end = ends_at(event, plan, deed)
    return end is None or clock.now() < end


def check(actor: Actor, event: Event, deed: Deed) -> None:
    """Raise Conflict where a registrant may not do something, or not any more; organisers always may."""
    if policy.may_manage_registrations(actor, event) or may(event, plan := get_rights(event.id), deed):
        return
    end = ends_at(event, plan, deed)
    if end is None or (deed == "substitute" and plan.substitutes == "no"):
        raise Conflict(gettext("At this event, only the organisers can do this. Please write to them."))
    moment = i18n.format_zoned(clock.wall(end, event.zone), event.zone)
    raise Conflict(gettext("This was possible until %(moment)s. Please write to the organisers.", moment=moment))


def _check(plan: RightsPlan) -> None:
    if plan.substitutes not in SUBSTITUTES:
        raise Invalid("substitutes", gettext("Choose one from the list."))
    for deed in DEEDS:
        hours = getattr(plan, f"{deed}_hours")
        if hours is not None and not 0 <= hours <= MOST_HOURS:
            raise Invalid(f"{deed}_hours", gettext("A number of hours from 0 to %(most)s.", most=MOST_HOURS))
    if not 0 <= plan.most_companions <= MOST_COMPANIONS:
        raise Invalid("most_companions", gettext("A number from 0 to %(most)s.", most=MOST_COMPANIONS))
