"""Which letters follow from what happens on the floors beneath."""

from __future__ import annotations

from uuid import UUID

from eventhub.accounts.models import Account
from eventhub.accounts.signals import ConfirmationAsked, PasswordChanged, ResetAsked, SignedUpAgain
from eventhub.events.models import Event
from eventhub.events.signals import EventCancelled, EventPostponed
from eventhub.foundation.db import get, receives
from eventhub.foundation.outbox import WorkGivenUp
from eventhub.organisations.models import Invitation
from eventhub.organisations.signals import MemberInvited
from eventhub.programme.signals import PublicStateChanged
from eventhub.registrations import queries
from eventhub.registrations.models import Registration
from eventhub.registrations.signals import (
    LinkRotated,
    LinksAskedFor,
    PlaceCancelled,
    PlaceChanged,
    PlacePromoted,
    PlaceTaken,
    RegisteredAgain,
)

from . import services

_OF_ACCOUNTS: dict[type, str] = {
    ConfirmationAsked: "confirm_address",
    SignedUpAgain: "signed_up_again",
    ResetAsked: "reset_password",
    PasswordChanged: "password_changed",
}
_OF_REGISTRATIONS: dict[type, str] = {
    PlacePromoted: "promoted",
    PlaceCancelled: "cancelled",
    RegisteredAgain: "registered_again",
    LinkRotated: "link_rotated",
}


@receives(PlaceTaken)
def tell_of_place(fact: PlaceTaken) -> None:
    """Who registered hears whether they have a place."""
    services.order_for(get(Registration, fact.registration_id), fact.state)


@receives(PlaceChanged)
def tell_of_other_pool(fact: PlaceChanged) -> None:
    """Who moved to another pool hears whether they have a place there."""
    services.order_for(get(Registration, fact.registration_id), f"moved_{fact.state}")


@receives(PlacePromoted, PlaceCancelled, RegisteredAgain, LinkRotated)
def tell_registrant(fact: PlacePromoted | PlaceCancelled | RegisteredAgain | LinkRotated) -> None:
    """A registrant hears what became of their registration."""
    services.order_for(get(Registration, fact.registration_id), _OF_REGISTRATIONS[type(fact)])


@receives(LinksAskedFor)
def send_links(fact: LinksAskedFor) -> None:
    """All links of an address go to it in one letter; nobody else learns whether there are any."""
    if queries.list_of_address(fact.address):
        services.order("links", fact.address, fact.language)


@receives(PublicStateChanged)
def tell_of_change(fact: PublicStateChanged) -> None:
    """Everybody hears when the event's time or place is another."""
    if fact.substantial and get(Event, fact.event_id).status == "published":
        services.order_for_all(fact.event_id, "event_changed")


@receives(EventPostponed)
def tell_of_postponement(fact: EventPostponed) -> None:
    """Everybody hears that the event is postponed."""
    services.order_for_all(fact.event_id, "event_postponed")


@receives(EventCancelled)
def tell_of_cancellation(fact: EventCancelled) -> None:
    """Everybody hears that the event is cancelled."""
    services.order_for_all(fact.event_id, "event_cancelled")


@receives(ConfirmationAsked, SignedUpAgain, ResetAsked, PasswordChanged)
def write_to_account(fact: ConfirmationAsked | SignedUpAgain | ResetAsked | PasswordChanged) -> None:
    """The owner of an account's address gets the letter that was asked for, or hears what was done."""
    account = get(Account, fact.account_id)
    services.order(_OF_ACCOUNTS[type(fact)], account.address, account.person.language, account_id=account.id)


@receives(MemberInvited)
def invite_member(fact: MemberInvited) -> None:
    """Who is invited to act for an organisation gets the link."""
    invitation = get(Invitation, fact.invitation_id)
    services.order("invitation", invitation.address, invitation.language, invitation_id=invitation.id)


@receives(WorkGivenUp)
def show_failure(fact: WorkGivenUp) -> None:
    """A letter that cannot be delivered says so to the organiser."""
    if fact.kind == "letter":
        services.mark_failed(UUID(fact.payload["letter_id"]), fact.outbox_id, fact.error)
