"""Which letters follow from what happens on the floors beneath."""

from __future__ import annotations

from uuid import UUID

from eventhub.accounts.models import Account
from eventhub.accounts.signals import (
    ConfirmationAsked,
    PasswordChanged,
    ResetAsked,
    SignedUpAgain,
    UnknownAddressAsked,
)
from eventhub.events.models import Event
from eventhub.events.signals import EventCancelled, EventChanged, EventPostponed, EventPublished
from eventhub.foundation import clock
from eventhub.foundation.db import get, receives
from eventhub.foundation.outbox import WorkGivenUp
from eventhub.organisations.models import Invitation
from eventhub.organisations.signals import MemberInvited
from eventhub.programme.models import Speaker
from eventhub.programme.signals import (
    CoSpeakerProposed,
    ProgrammeReleased,
    SpeakerAnswered,
    SpeakerInvited,
    SpeakerLinkRotated,
    SpeakerModeChosen,
    SpeakerReminded,
)
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.signals import (
    GuestInvited,
    GuestReminded,
    LinkRotated,
    LinksAskedFor,
    PlaceCancelled,
    PlaceChanged,
    PlaceConfirmed,
    PlaceDecided,
    PlaceLapsed,
    PlaceOffered,
    PlacePromoted,
    PlaceTaken,
    RegisteredAgain,
    VisaLetterDeclined,
    VisaLetterIssued,
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
    LinkRotated: "link_rotated",
}
_OF_SPEAKERS: dict[type, str] = {
    SpeakerInvited: "speaker_invited",
    SpeakerReminded: "speaker_reminded",
    SpeakerLinkRotated: "speaker_link",
}


@receives(PlaceTaken)
def tell_of_place(fact: PlaceTaken) -> None:
    """Who registered hears whether they have a place."""
    services.order_for(get(Registration, fact.registration_id), fact.state, data=_about(fact.place_id))


@receives(PlaceChanged)
def tell_of_other_pool(fact: PlaceChanged) -> None:
    """Who moved to another pool hears whether they have a place there."""
    services.order_for(get(Registration, fact.registration_id), f"moved_{fact.state}", data=_about(fact.place_id))


@receives(PlaceConfirmed)
def tell_of_confirmation(fact: PlaceConfirmed) -> None:
    """Who has taken up their place gets the letter that says so, with the calendar."""
    services.order_for(get(Registration, fact.registration_id), fact.state, data=_about(fact.place_id))


@receives(PlaceOffered)
def tell_of_offer(fact: PlaceOffered) -> None:
    """Who is next in line hears that a place is theirs if they take it, and until when."""
    services.order_for(get(Registration, fact.registration_id), "offered", data=_about(fact.place_id))


@receives(PlaceLapsed)
def tell_of_lapse(fact: PlaceLapsed) -> None:
    """Who has not taken an offered place in time hears that; of a place that nobody ever confirmed nobody does."""
    if fact.was_offered:
        services.order_for(get(Registration, fact.registration_id), "lapsed", data=_about(fact.place_id))


@receives(PlaceDecided)
def tell_of_decision(fact: PlaceDecided) -> None:
    """Who asked for a place hears what the organisers have decided, and in their words."""
    kind = "declined" if fact.state == "declined" else f"approved_{fact.state}"
    data = {**_about(fact.place_id), "words": dict(fact.words)}
    services.order_for(get(Registration, fact.registration_id), kind, data=data)


@receives(GuestInvited, GuestReminded)
def write_to_guest(fact: GuestInvited | GuestReminded) -> None:
    """Who is invited to an event gets the link by which they answer, and once more before the time is over."""
    kind = "guest_invited" if isinstance(fact, GuestInvited) else "guest_reminded"
    services.order_for_guest(get(EventInvitation, fact.invitation_id), kind)


def _about(place_id: UUID) -> dict[str, str]:
    return {"place_id": str(place_id)}


@receives(PlacePromoted, PlaceCancelled, LinkRotated)
def tell_registrant(fact: PlacePromoted | PlaceCancelled | LinkRotated) -> None:
    """A registrant hears what became of their registration."""
    data = _about(fact.place_id) if isinstance(fact, PlacePromoted) else None
    services.order_for(get(Registration, fact.registration_id), _OF_REGISTRATIONS[type(fact)], data=data)


@receives(VisaLetterIssued, VisaLetterDeclined)
def tell_of_visa_letter(fact: VisaLetterIssued | VisaLetterDeclined) -> None:
    """Who asked for a letter of invitation hears what became of it."""
    kind = "visa_issued" if isinstance(fact, VisaLetterIssued) else "visa_declined"
    services.order_for(get(Registration, fact.registration_id), kind)


@receives(RegisteredAgain)
def send_link_again(fact: RegisteredAgain) -> None:
    """Who is registered already gets their link, for they may have lost it."""
    services.order_again_for(get(Registration, fact.registration_id))


@receives(LinksAskedFor)
def send_links(fact: LinksAskedFor) -> None:
    """All links of an address go to it in one letter; nobody else learns whether there are any."""
    services.order_links(fact.address, fact.language)


@receives(EventChanged)
def tell_of_change(fact: EventChanged) -> None:
    """Everybody hears when time, place or form of a published event that is not over is another."""
    if fact.was is None:
        return
    event = get(Event, fact.event_id)
    if event.status == "published" and not event.is_over():
        services.order_for_all(event.id, "event_changed", {"was": fact.was}, due_at=clock.now() + services.SETTLING)


@receives(ProgrammeReleased)
def tell_of_release(fact: ProgrammeReleased) -> None:
    """Those whose part or session changed hear of it; with sessions that came, moved or went, so do registrants."""
    if fact.tells:
        services.order_for_release(fact.event_id, fact.release_id)


@receives(EventPublished)
def tell_of_resumption(fact: EventPublished) -> None:
    """Who kept their place or part while an event was postponed or cancelled hears that, and when, it takes place."""
    if fact.is_resumed:
        services.order_for_all(fact.event_id, "event_resumed")


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


@receives(UnknownAddressAsked)
def take_as_long(fact: UnknownAddressAsked) -> None:
    """An address without an account gets no letter, and whoever asked for one waits as long as for one that has."""
    services.order_nothing()


@receives(MemberInvited)
def invite_member(fact: MemberInvited) -> None:
    """Who is invited to act for an organisation gets the link."""
    invitation = get(Invitation, fact.invitation_id)
    services.order("invitation", invitation.address, invitation.language, invitation_id=invitation.id)


@receives(SpeakerInvited, SpeakerReminded, SpeakerLinkRotated)
def write_to_speaker(fact: SpeakerInvited | SpeakerReminded | SpeakerLinkRotated) -> None:
    """A speaker is asked, or asked again, and gets their link."""
    services.order_for_speaker(get(Speaker, fact.speaker_id), _OF_SPEAKERS[type(fact)])


@receives(SpeakerAnswered)
def tell_of_answer(fact: SpeakerAnswered) -> None:
    """The organisers hear what a speaker has answered, and who confirms gets it in writing.

    Where an organiser has answered for the speaker, nobody is told what they know.
    """
    if fact.is_own:
        role_ids = [str(role_id) for role_id in fact.role_ids]
        speaker = get(Speaker, fact.speaker_id)
        if fact.state == "confirmed":
            services.order_for_speaker(speaker, "speaker_confirmed")
        services.order_for_organisers(speaker, "speaker_answered", state=fact.state, role_ids=role_ids)


@receives(SpeakerModeChosen)
def tell_of_other_mode(fact: SpeakerModeChosen) -> None:
    """The organisers hear that a speaker cannot travel, or can after all, unless one of them has said so."""
    if fact.is_own:
        role_ids = [str(role_id) for role_id in fact.role_ids]
        speaker, hours = get(Speaker, fact.speaker_id), fact.hours_before
        services.order_for_organisers(speaker, f"speaker_{fact.mode}", role_ids=role_ids, hours_before=hours)


@receives(CoSpeakerProposed)
def tell_of_co_speaker(fact: CoSpeakerProposed) -> None:
    """The organisers hear whom a speaker would like beside them."""
    speaker = get(Speaker, fact.speaker_id)
    services.order_for_organisers(speaker, "co_speaker_proposed", role_ids=[str(fact.role_id)])


@receives(WorkGivenUp)
def show_failure(fact: WorkGivenUp) -> None:
    """A letter that cannot be delivered says so to the organiser."""
    if fact.kind == "letter":
        services.mark_failed(UUID(fact.payload["letter_id"]), fact.error)
