"""What calendars do when a programme, an event or a series changes."""

from __future__ import annotations

from sqlalchemy import update

from eventhub.calendars import holders, queries, services
from eventhub.calendars.models import CalendarFeed
from eventhub.events.signals import SeriesChanged
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, receives
from eventhub.foundation.i18n import EMPTY
from eventhub.people.signals import PersonForgotten
from eventhub.programme.signals import PartWithdrawn, PublicStateChanged, SpeakerAnswered, SpeakerInvited
from eventhub.registrations.sign_ups.signals import SignedUp, SignUpEnded, SignUpPromoted, SignUpQueued, SignUpsEnded
from eventhub.registrations.signals import (
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
    PoolSettled,
    SecondPlaceLeft,
)


@receives(PublicStateChanged)
def follow_public_state(fact: PublicStateChanged) -> None:
    """What the public sees, calendars show.

    Who had given up a session for which nobody need sign up any more has it again, under a higher sequence.
    """
    services.follow_event(SYSTEM, fact.event_id, fact.session_ids, whole=fact.whole)
    left = queries.list_who_left(fact.event_id, fact.session_ids, whole=fact.whole)
    holders.follow_registrations(SYSTEM, left)


@receives(SeriesChanged)
def follow_series(fact: SeriesChanged) -> None:
    """A series has a feed from the beginning."""
    services.follow_series(SYSTEM, fact.series_id)


@receives(
    PlaceTaken,
    PlacePromoted,
    PlaceOffered,
    PlaceConfirmed,
    PlaceLapsed,
    PlaceDecided,
    PlaceChanged,
    SecondPlaceLeft,
    PlaceCancelled,
)
def follow_place(
    fact: PlaceTaken
    | PlacePromoted
    | PlaceOffered
    | PlaceConfirmed
    | PlaceLapsed
    | PlaceDecided
    | PlaceChanged
    | SecondPlaceLeft
    | PlaceCancelled,
) -> None:
    """Whose place stands otherwise than before is told so under a higher sequence."""
    if isinstance(fact, PlaceTaken) and fact.is_new:
        return  # they were told nothing before
    holders.follow_registration(SYSTEM, fact.registration_id, is_new=isinstance(fact, PlaceTaken))


@receives(PlacePassedOn)
def follow_substitute(fact: PlacePassedOn) -> None:
    """What whoever passed their place on has in their calendar is called off; the other begins with their own."""
    holders.follow_registration(SYSTEM, fact.registration_id)
    holders.follow_registration(SYSTEM, fact.substitute_id, is_new=fact.is_new)


@receives(PlacesGiven)
def follow_places(fact: PlacesGiven) -> None:
    """The same of very many at once."""
    holders.follow_registrations(SYSTEM, [registration_id for registration_id, _ in fact.given])


@receives(PoolSettled)
def follow_pool(fact: PoolSettled) -> None:
    """A pool may have become one of places online, or in person: then those in it have other entries."""
    if fact.is_moved:
        holders.follow_registrations(SYSTEM, queries.list_registrations_in(fact.pool_id))


@receives(SignedUp, SignUpPromoted, SignUpQueued, SignUpEnded)
def follow_sign_up(fact: SignedUp | SignUpPromoted | SignUpQueued | SignUpEnded) -> None:
    """The registrant's own feed has the sessions that they have chosen."""
    holders.follow_registration(SYSTEM, fact.registration_id)


@receives(SignUpsEnded)
def follow_sign_ups(fact: SignUpsEnded) -> None:
    """The same of all who had signed up for a session."""
    holders.follow_registrations(SYSTEM, fact.registration_ids)


@receives(SpeakerInvited, SpeakerAnswered)
def follow_answer(fact: SpeakerInvited | SpeakerAnswered) -> None:
    """A speaker's feed says which parts they have taken, and which they have given up."""
    holders.follow_speaker(SYSTEM, fact.speaker_id, is_new=isinstance(fact, SpeakerInvited))


@receives(PartWithdrawn)
def follow_withdrawal(fact: PartWithdrawn) -> None:
    """The same where organisers take a part from somebody."""
    if speaker_id := queries.find_speaker(fact.event_id, fact.person_id):
        holders.follow_speaker(SYSTEM, speaker_id)


@receives(PersonForgotten)
def forget_feed(fact: PersonForgotten) -> None:
    """The feed of somebody of whom nothing is known has neither a name nor an address."""
    theirs = update(CalendarFeed).where(CalendarFeed.kind == "person", CalendarFeed.scope_id == fact.person_id)
    db.session.execute(theirs.values(name=EMPTY, path=None, is_open=False))
