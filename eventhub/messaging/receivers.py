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
from eventhub.attendance.signals import CertificatesIssued
from eventhub.calendars.invitations import is_invited
from eventhub.events.models import Event
from eventhub.events.signals import EventCancelled, EventChanged, EventPostponed, EventPublished
from eventhub.foundation.db import acting, get, receives
from eventhub.foundation.outbox import WorkTakenUpAgain
from eventhub.foundation.work import OutboxRow, WorkGivenUp
from eventhub.organisations.models import Invitation
from eventhub.organisations.signals import MemberInvited
from eventhub.programme.models import Release, Speaker
from eventhub.programme.signals import (
    CoSpeakerProposed,
    ProgrammeReleased,
    SpeakerAnswered,
    SpeakerInvited,
    SpeakerLinkRotated,
    SpeakerModeChosen,
    SpeakerReminded,
)
from eventhub.registrations import delegations
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.series import together
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.series.signals import (
    SeriesEventsOffered,
    SeriesLinkRotated,
    SeriesPlacesCancelled,
    SeriesPlacesConfirmed,
    SeriesRegistered,
    SeriesRegisteredAgain,
)
from eventhub.registrations.sign_ups.signals import SignedUp, SignUpEnded, SignUpPromoted, SignUpQueued, SignUpsEnded
from eventhub.registrations.signals import (
    DelegationRegistered,
    GuestInvited,
    GuestReminded,
    LinkRotated,
    LinksAskedFor,
    PeopleImported,
    PlaceCancelled,
    PlaceChanged,
    PlaceConfirmed,
    PlaceDecided,
    PlaceLapsed,
    PlaceOffered,
    PlacePassedOn,
    PlacePromoted,
    PlacesGiven,
    PlaceTaken,
    RegisteredAgain,
    SubstituteAsked,
    SubstituteDeclined,
    VisaLetterDeclined,
    VisaLetterIssued,
)

from . import queries, services
from .choices.services import choices_for
from .notices import services as notices

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
_OfSeries = SeriesRegistered | SeriesPlacesConfirmed | SeriesPlacesCancelled | SeriesEventsOffered | SeriesLinkRotated
_OF_SERIES: dict[type, str] = {
    SeriesRegistered: "series_registered",
    SeriesPlacesConfirmed: "series_confirmed",
    SeriesPlacesCancelled: "series_cancelled",
    SeriesEventsOffered: "series_offered",
    SeriesLinkRotated: "series_link",
}
_OF_SPEAKERS: dict[type, str] = {
    SpeakerInvited: "speaker_invited",
    SpeakerReminded: "speaker_reminded",
    SpeakerLinkRotated: "speaker_link",
}


@receives(PlaceTaken)
def tell_of_place(fact: PlaceTaken) -> None:
    """Who registered hears whether they have a place; who did so for a series or was on a list, with all the rest."""
    if fact.is_told and not together.is_told_together():
        services.order_for(get(Registration, fact.registration_id), fact.state, data=_about(fact.place_id))


@receives(PeopleImported)
def tell_imported(fact: PeopleImported) -> None:
    """Whom organisers brought in with a list hears how their place stands, where the organisers wanted that."""
    if fact.is_told and (fact.added or fact.back):
        services.order_for_import(fact.event_id, fact.import_id)


@receives(PlaceChanged)
def tell_of_other_pool(fact: PlaceChanged) -> None:
    """Who moved to another pool hears whether they have a place there."""
    order = services.order_for if acting().kind == "link" else services.order_for_either
    order(get(Registration, fact.registration_id), f"moved_{fact.state}", data=_about(fact.place_id))


@receives(PlaceConfirmed)
def tell_of_confirmation(fact: PlaceConfirmed) -> None:
    """Who has taken up their place gets the letter that says so, with the calendar."""
    if together.is_told_together():
        return
    services.order_for(get(Registration, fact.registration_id), fact.state, data=_about(fact.place_id))


@receives(DelegationRegistered)
def tell_of_delegation(fact: DelegationRegistered) -> None:
    """A contact gets the link by which they look after those whom they registered."""
    services.order_for_delegation(get(Registration, fact.registration_id), fact.people, fact.waiting)


@receives(PlacePassedOn)
def tell_of_substitute(fact: PlacePassedOn) -> None:
    """Who gives up their place hears that it is another's; and these, where they are new, that they can have it."""
    former = get(Registration, fact.registration_id)
    services.order_for(former, "substituted", data={"is_contact": delegations.has_delegation(former)})
    if fact.is_new:
        services.order_for(get(Registration, fact.substitute_id), "substitute_named")


@receives(SubstituteAsked)
def tell_of_wish(fact: SubstituteAsked) -> None:
    """The organisers hear that somebody would like to be replaced."""
    services.order_for_wish(get(Registration, fact.registration_id))


@receives(SubstituteDeclined)
def tell_of_refusal(fact: SubstituteDeclined) -> None:
    """Who wanted to be replaced hears that they are not."""
    services.order_for(get(Registration, fact.registration_id), "substitute_declined")


@receives(PlaceOffered)
def tell_of_offer(fact: PlaceOffered) -> None:
    """Who is next in line hears that a place is theirs if they take it, and until when."""
    services.order_for_either(get(Registration, fact.registration_id), "offered", _about(fact.place_id))


@receives(PlacesGiven)
def tell_given(fact: PlacesGiven) -> None:
    """Very many who moved up at once hear of it one after the other."""
    services.order_for_places(fact.event_id, [place_id for _, place_id in fact.given])


@receives(PlaceLapsed)
def tell_of_lapse(fact: PlaceLapsed) -> None:
    """Who has not taken an offered place in time hears that; of a place that nobody ever confirmed nobody does."""
    if fact.was_offered:
        services.order_for_either(get(Registration, fact.registration_id), "lapsed", _about(fact.place_id))


@receives(PlaceDecided)
def tell_of_decision(fact: PlaceDecided) -> None:
    """Who asked for a place hears what the organisers have decided, and in their words."""
    kind = "declined" if fact.state == "declined" else f"approved_{fact.state}"
    data = {**_about(fact.place_id), "words": dict(fact.words)}
    services.order_for_either(get(Registration, fact.registration_id), kind, data)


@receives(GuestInvited, GuestReminded)
def write_to_guest(fact: GuestInvited | GuestReminded) -> None:
    """Who is invited to an event gets the link by which they answer, and once more before the time is over."""
    kind = "guest_invited" if isinstance(fact, GuestInvited) else "guest_reminded"
    invitation = get(EventInvitation, fact.invitation_id)
    if invitation.address:  # whoever never asked to be written to can end it from the first letter on
        choices_for(invitation.event.organisation_id, [invitation.address])
    services.order_for_guest(invitation, kind)


def _about(place_id: UUID) -> dict[str, str]:
    return {"place_id": str(place_id)}


@receives(PlacePromoted, PlaceCancelled, LinkRotated)
def tell_registrant(fact: PlacePromoted | PlaceCancelled | LinkRotated) -> None:
    """A registrant hears what became of their registration."""
    # A letter about several events can end no invitation: whose calendar has one gets the letter of that event.
    if isinstance(fact, PlaceCancelled) and together.is_told_together() and not is_invited(fact.registration_id):
        return
    data = _about(fact.place_id) if isinstance(fact, PlacePromoted) else None
    registration = get(Registration, fact.registration_id)
    # What a contact has cancelled for somebody, they know.
    is_known = isinstance(fact, PlaceCancelled) and acting().kind == "link"
    order = services.order_for if is_known else services.order_for_either
    order(registration, _OF_REGISTRATIONS[type(fact)], data=data)


@receives(SignedUp)
def tell_of_sign_up(fact: SignedUp) -> None:
    """Who chooses sessions gets one letter with all of them, when they have done."""
    registration = get(Registration, fact.registration_id)
    services.order_of_sign_ups(registration, fact.session_id, settling=services.SETTLING)


@receives(SignUpPromoted, SignUpQueued)
def tell_of_turn(fact: SignUpPromoted | SignUpQueued) -> None:
    """Who has a place in a session now, or none after all, hears of it at once."""
    is_promoted = isinstance(fact, SignUpPromoted)
    services.order_of_sign_ups(get(Registration, fact.registration_id), fact.session_id, is_promoted=is_promoted)


@receives(SignUpEnded)
def tell_of_end(fact: SignUpEnded) -> None:
    """Whose sign-up others have ended hears of it, unless another letter says so.

    Who gave it up knows, and who has no place at the event any more has a letter about that.
    """
    registration = get(Registration, fact.registration_id)
    if fact.ended_by == "person" or (fact.ended_by == "place" and registration.place.has_ended):
        return
    services.order_of_sign_ups(registration, fact.session_id)


@receives(SignUpsEnded)
def tell_of_ends(fact: SignUpsEnded) -> None:
    """The same of all who had signed up for a session, unless the letter about the release tells them."""
    if fact.ended_by == "session" and notices.is_told(fact.event_id, fact.session_id):
        services.leave_out(fact.event_id, fact.session_id)
    else:
        services.order_of_ends(fact.event_id, fact.session_id, fact.registration_ids)


@receives(VisaLetterIssued, VisaLetterDeclined)
def tell_of_visa_letter(fact: VisaLetterIssued | VisaLetterDeclined) -> None:
    """Who asked for a letter of invitation hears what became of it."""
    kind = "visa_issued" if isinstance(fact, VisaLetterIssued) else "visa_declined"
    services.order_for(get(Registration, fact.registration_id), kind)


@receives(CertificatesIssued)
def tell_of_certificates(fact: CertificatesIssued) -> None:
    """Who was given a certificate hears that it is there; of one that is issued anew nobody hears again."""
    services.order_for_certificates(fact.event_id, fact.certificate_ids)


@receives(RegisteredAgain)
def send_link_again(fact: RegisteredAgain) -> None:
    """Who is registered already gets their link, for they may have lost it."""
    if together.is_told_together():
        return
    services.order_again_for(get(Registration, fact.registration_id))


@receives(SeriesRegistered, SeriesPlacesConfirmed, SeriesPlacesCancelled, SeriesEventsOffered, SeriesLinkRotated)
def tell_of_series(fact: _OfSeries) -> None:
    """One letter about all that was done in a series, or is offered of it."""
    registration = get(SeriesRegistration, fact.series_registration_id)
    services.order_for_series(registration, _OF_SERIES[type(fact)], getattr(fact, "event_ids", ()))


@receives(SeriesRegisteredAgain)
def send_series_again(fact: SeriesRegisteredAgain) -> None:
    """Who is registered for all of it already gets their link, unless a letter with it has just gone to them."""
    if fact.is_told:
        services.order_nothing()
    else:
        services.order_for_series(get(SeriesRegistration, fact.series_registration_id), "series_again")


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
        notices.gather_event(event, fact.was)


@receives(ProgrammeReleased)
def tell_of_release(fact: ProgrammeReleased) -> None:
    """Those whose part or session changed hear of it; with sessions that came, moved or went, so do registrants."""
    if fact.number > 1:
        notices.gather_release(get(Event, fact.event_id), get(Release, fact.release_id), tells=fact.tells)


@receives(EventPublished)
def tell_of_resumption(fact: EventPublished) -> None:
    """Who kept their place or part while an event was postponed or cancelled hears that, and when, it takes place."""
    if fact.is_resumed:
        was = queries.circumstances_before(fact.event_id)
        services.order_for_all(fact.event_id, "event_resumed", {"was": was} if was else {})


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


@receives(WorkTakenUpAgain)
def show_new_try(fact: WorkTakenUpAgain) -> None:
    """A letter that is tried once more does not count as failed meanwhile."""
    if fact.kind == "letter":
        services.mark_queued(UUID(get(OutboxRow, fact.outbox_id).payload["letter_id"]))
