"""What the pages of a private link show and ask, whichever of them it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from eventhub.foundation import links
from eventhub.foundation.actor import Actor
from eventhub.foundation.zones import ReaderZone, reader_zone

from . import delegations, rights
from .models import HELD, Delegate, Registration


def holder(registration: Registration) -> Actor:
    """Who came by a registration's private link."""
    return Actor("link", thing_id=registration.id, purpose="registration")


def zone_for(registration: Registration) -> ReaderZone:
    """The zone for a registrant: that they chose, or that is known of them, until the address asks for another."""
    event = registration.event
    return reader_zone(event.zone, event.starts_at, registration.own_zone)


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """A delegate without an address, and the private link that their contact may open or hand to them."""

    registration: Registration
    token: str


@dataclass(frozen=True, slots=True)
class Group:
    """A contact's delegation, as far as they may see it."""

    looked_after: list[LookedAfter]
    named: list[Delegate]

    @property
    def is_there(self) -> bool:
        """Whether there is anybody in it."""
        return bool(self.looked_after or self.named)

    @property
    def is_held(self) -> bool:
        """Whether places are held for some of them until somebody confirms them."""
        return any(place.state in HELD for one in self.looked_after for place in one.registration.live)

    @property
    def can_cancel(self) -> bool:
        """Whether somebody of them still comes, as far as the contact knows."""
        live = any(not one.registration.place.has_ended for one in self.looked_after)
        return live or any(one.cancelled_at is None for one in self.named)


def group_of(contact: Registration) -> Group:
    """The delegation of somebody; most have none."""
    looked_after = [
        LookedAfter(one, links.make("registration", one.id, one.link_number))
        for one in delegations.list_of_contact(contact)
    ]
    return Group(looked_after, list(delegations.list_named(contact)))


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a registrant may do now, and the moments from which they may not any more."""

    plan: rights.RightsPlan
    may: dict[str, bool]
    ends: dict[str, datetime | None]


def allowed_to(registration: Registration) -> Allowed:
    """What holds for a registration now."""
    event = registration.event
    plan = rights.get_rights(event.id)
    may: dict[str, bool] = {deed: rights.may(event, plan, deed) for deed in rights.DEEDS}
    ends: dict[str, datetime | None] = {deed: rights.ends_at(event, plan, deed) for deed in rights.DEEDS}
    return Allowed(plan, may, ends)
