"""By whose clock a registrant is written to: what they chose themself goes before all that is known of them."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, get, use_case
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.foundation.i18n import zone_label
from eventhub.foundation.permissions import require
from eventhub.foundation.zones import current_name

from . import policy
from .models import Registration
from .signals import RegistrationChanged


@use_case
def choose_zone(actor: Actor, registration_id: UUID, zone: str | None) -> Registration:
    """The registration of somebody who reads by the clock of a zone; with none, by what else is known of them.

    No right to change has to be left for it, for it changes nothing for the organisers. Raises Invalid for what is no
    zone, and NotFound where no letters go to its person.
    """
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    if registration.address is None:
        raise NotFound
    known = current_name(zone or "")
    if zone is not None and known is None:
        raise Invalid("zone", gettext("Choose one from the list."))
    if registration.zone != known:
        registration.zone = known
        announce(RegistrationChanged(registration.event_id, registration.id, ("zone",)))
    return registration


def usual_words(registration: Registration) -> str:
    """What holds for somebody who chooses no zone."""
    if registration.usual_zone is None:
        return str(gettext("Only that of the event"))
    label = zone_label(registration.usual_zone)
    if registration.person is not None and registration.person.zone:
        return str(gettext("That of my account: %(zone)s", zone=label))
    return str(gettext("That of my country: %(zone)s", zone=label))
