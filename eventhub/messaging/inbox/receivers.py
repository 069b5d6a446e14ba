"""What marks an address, and what takes the mark away."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from eventhub.foundation.db import acting, db, get, receives
from eventhub.foundation.work import WorkGivenUp
from eventhub.messaging.models import Letter
from eventhub.messaging.signals import LetterSentAgain
from eventhub.people.addresses import normalise
from eventhub.programme.models import Speaker
from eventhub.programme.signals import SpeakerAnswered
from eventhub.programme.speaker_queries import address_of
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.sign_ups.signals import SignedUp
from eventhub.registrations.signals import (
    CompanionsChanged,
    ConsentGiven,
    ConsentWithdrawn,
    InvitationAnswered,
    PlaceCancelled,
    PlaceChanged,
    PlaceConfirmed,
    RegistrationChanged,
    SubstituteAsked,
)

from . import services


@receives(WorkGivenUp)
def mark_refused(fact: WorkGivenUp) -> None:
    """An address that a mail server does not know when the letter is handed over is marked at once."""
    if fact.kind == "letter" and (letter := db.session.get(Letter, UUID(fact.payload["letter_id"]))):
        services.mark(letter, fact.error)


@receives(LetterSentAgain)
def unmark_tried_again(fact: LetterSentAgain) -> None:
    """Whom organisers write to once more they believe to be there: only another refusal says anything else."""
    letter = get(Letter, fact.letter_id)
    if letter.event_id is not None:
        with suppress(ValueError):
            services.unmark(letter.event_id, normalise(letter.address))


_Done = (
    PlaceConfirmed
    | PlaceChanged
    | PlaceCancelled
    | RegistrationChanged
    | CompanionsChanged
    | SubstituteAsked
    | ConsentGiven
    | ConsentWithdrawn
    | SignedUp
)


@receives(
    PlaceConfirmed,
    PlaceChanged,
    PlaceCancelled,
    RegistrationChanged,
    CompanionsChanged,
    SubstituteAsked,
    ConsentGiven,
    ConsentWithdrawn,
    SignedUp,
)
def unmark_reader(fact: _Done) -> None:
    """Who does something by the link in a letter has had the letter.

    Only opening the link says less: programs that look for what is bad in mails do so too.
    """
    if acting().holds_link("registration", fact.registration_id):
        services.unmark(fact.event_id, get(Registration, fact.registration_id).address)


@receives(InvitationAnswered)
def unmark_guest(fact: InvitationAnswered) -> None:
    """The same of who answers an invitation to an event."""
    if acting().holds_link("event_invitation", fact.invitation_id):
        services.unmark(fact.event_id, get(EventInvitation, fact.invitation_id).address)


@receives(SpeakerAnswered)
def unmark_speaker(fact: SpeakerAnswered) -> None:
    """The same of who answers as a speaker."""
    if fact.is_own:
        speaker = get(Speaker, fact.speaker_id)
        services.unmark(speaker.event_id, address_of(speaker.person, speaker))
