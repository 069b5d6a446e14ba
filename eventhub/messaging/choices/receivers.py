"""What lets letters through again that somebody had ended, besides the page on which they choose."""

from __future__ import annotations

from eventhub.foundation.db import acting, get, receives
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.policy import is_person_of
from eventhub.registrations.signals import ConsentGiven, PlaceConfirmed, PlaceTaken

from . import services


@receives(PlaceTaken, PlaceConfirmed, ConsentGiven)
def hear_of_agreement(fact: PlaceTaken | PlaceConfirmed | ConsentGiven) -> None:
    """Who agrees to news anew, and shows that the address is theirs, gets them: anybody could have typed it.

    They are signed in under it, or came by a private link that was sent there.
    """
    if isinstance(fact, ConsentGiven) and fact.purpose != "news":
        return
    registration = get(Registration, fact.registration_id)
    if is_person_of(acting(), registration) or _is_guest(registration):
        services.hear_again(registration)


def _is_guest(registration: Registration) -> bool:
    actor = acting()
    if actor.thing_id is None or not actor.holds_link("event_invitation", actor.thing_id):
        return False
    return get(EventInvitation, actor.thing_id).address == registration.address
