"""Who sees those who agreed to it."""

from __future__ import annotations

from uuid import UUID

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS
from eventhub.foundation.actor import Actor


def may_see_participants(actor: Actor, event: Event, partner_id: UUID | None = None) -> bool:
    """The organisers of a co-organiser of the event: of any, or of the one."""
    return any(
        partner.part == "co_organiser"
        and partner_id in {None, partner.organisation_id}
        and actor.has_role(partner.organisation_id, *EDITORS)
        for partner in event.partners
    )
