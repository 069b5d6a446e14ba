"""The letters to somebody, told to them and erased: from the list, from the work to be done, and from the folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import after_commit, db
from eventhub.foundation.web import settings
from eventhub.foundation.work import OutboxRow
from eventhub.registrations import personal as registrations
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.series import personal as of_series

from . import mail
from .choices import services as choices
from .choices.models import LetterChoice
from .models import Letter
from .to_groups.models import GroupLetter, Recipient


def told(registration: Registration) -> dict[str, Any]:
    """Which letters went to them, and when."""
    return {
        "letters": [
            {
                "address": one.address,
                "kind": one.kind,
                "subject": one.subject,
                "state": one.state,
                "sent_at": one.sent_at,
            }
            for one in letters_of(registration)
        ],
        "news_ended_at": next((one.off_at for one in _choices(registration)), None),
    }


def _choices(registration: Registration) -> Sequence[LetterChoice]:
    query = select(LetterChoice).where(LetterChoice.organisation_id == registration.event.organisation_id)
    return db.session.scalars(query.where(LetterChoice.address == registration.address)).all()


def letters_of(registration: Registration) -> Sequence[Letter]:
    """The letters to them about the event, about their invitations to it, and to their address about several."""
    invited = [one.id for one in registrations.invitations_of(registration)]
    addresses = _addresses(registration)
    rows = list(db.session.scalars(select(Letter).where(Letter.registration_id == registration.id)))
    if invited:
        to_guests = Letter.event_id == registration.event_id, Letter.registration_id.is_(None)
        rows += db.session.scalars(select(Letter).where(*to_guests, _says("event_invitation_id", invited))).all()
    if addresses:
        # What was written to a contact is about their delegates.
        theirs = Letter.registration_id.in_(select(Registration.id).where(Registration.contact_id == registration.id))
        rows += db.session.scalars(select(Letter).where(theirs, Letter.address.in_(addresses))).all()
        # Letters about several events belong to none of them; those of another organiser's are not this one's to erase.
        of_several = or_(Letter.kind == "links", Letter.kind.startswith("series_"))
        series = {str(one.id) for one in of_series.all_of(registration)}
        is_last = not _is_elsewhere(registration)
        rows += [
            one
            for one in db.session.scalars(select(Letter).where(of_several, Letter.address.in_(addresses)))
            if (is_last if one.kind == "links" else one.data.get("series_registration_id") in series)
        ]
    return sorted(rows, key=lambda one: (one.created_at, one.id))


def _says(key: str, ids: Collection[UUID]) -> ColumnElement[bool]:
    """That a letter is about one of these, which its data name; what the database wrote once has no dashes."""
    named: ColumnElement[str] = Letter.data[key].as_string()
    return named.in_([spelt for one in ids for spelt in (str(one), one.hex)])


def _is_elsewhere(registration: Registration) -> bool:
    """Whether something else is registered under the same address: then its links are asked for and sent on."""
    others = select(Registration.id).where(Registration.address == registration.address)
    return db.session.scalar(others.where(Registration.id != registration.id).limit(1)) is not None


def _addresses(registration: Registration) -> list[str]:
    return [one for one in (registration.address, registration.typed_address) if one]


def erase(actor: Actor, registration: Registration) -> None:
    """No such letters any more, nor what was to be done for them; what a mail server has taken is out of our hands."""
    addresses = _addresses(registration)
    is_last = not _is_elsewhere(registration)
    invitations = registrations.invitations_of(registration)
    their_ids = [registration.id, *(one.id for one in invitations)]
    # What organisers sent to themselves, to see what these would read, is about them as well.
    about = [*their_ids, *(one.id for one in of_series.all_of(registration))]
    tests = select(Letter).where(
        or_(Letter.event_id == registration.event_id, Letter.event_id.is_(None)), _says("who_id", about)
    )
    drop([*letters_of(registration), *db.session.scalars(tests)])
    db.session.execute(delete(Recipient).where(Recipient.who_id.in_(their_ids)))
    theirs = {one for one in (registration.address, *(one.address for one in invitations)) if one}
    # Of other organisers' letters they may want no more: that is not this one's to forget.
    forget_choices(registration.event.organisation_id, theirs, besides=their_ids)
    if addresses and is_last:
        # What is done keeps no words.
        asked = select(OutboxRow).where(OutboxRow.state.in_(("waiting", "leased", "failed")), OutboxRow.kind == "links")
        ids = [one.id for one in db.session.scalars(asked) if one.payload.get("address") in addresses]
        db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))


def forget_choices(organisation_id: UUID, addresses: Collection[str], besides: Collection[UUID] = ()) -> None:
    """What addresses want of an organiser gone, where nobody is registered or invited there with them any more.

    That they want nothing is still known when they come again: by a mark that tells no address.

    `besides` are the registrations and invitations that are erased just now. Only inside a use-case.
    """
    theirs: ColumnElement[bool] = LetterChoice.address.in_(addresses)
    for held in (Registration, EventInvitation):
        here = held.address == LetterChoice.address, held.event_id == Event.id, held.id.not_in(besides)
        theirs &= ~exists().where(*here, Event.organisation_id == organisation_id)
    choices.forget(organisation_id, theirs)


def letters_of_speaker(event_id: UUID, person_id: UUID, speaker_id: UUID | None) -> Sequence[Letter]:
    """The letters about an event to somebody as its speaker, or about them to those who run it."""
    ids = [person_id, speaker_id] if speaker_id else [person_id]
    theirs = or_(*(_says(key, ids) for key in ("person_id", "speaker_id", "speaks_id", "who_id")))
    return db.session.scalars(select(Letter).where(Letter.event_id == event_id, theirs)).all()


def erase_of_speaker(event_id: UUID, person_id: UUID, speaker_id: UUID | None) -> None:
    """No such letters any more, nor that a group's letter went to them. Only inside a use-case."""
    drop(letters_of_speaker(event_id, person_id, speaker_id))
    of_event = select(GroupLetter.id).where(GroupLetter.event_id == event_id)
    db.session.execute(delete(Recipient).where(Recipient.who_id == person_id, Recipient.group_letter_id.in_(of_event)))


def drop(letters: Collection[Letter]) -> None:
    """Letters gone, with the work of sending them and their mails in the folder. Only inside a use-case."""
    ids = [one.id for one in letters]
    work = [one.outbox_id for one in letters if one.outbox_id]
    if ids:
        db.session.execute(delete(Letter).where(Letter.id.in_(ids)))
        db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(work)))
        after_commit(partial(mail.discard, ids, settings()))


def erase_unbound(before: datetime, most: int) -> int:
    """Letters gone that are about no event, where they are older; how many. Only inside a use-case."""
    rows = db.session.scalars(select(Letter).where(Letter.event_id.is_(None), Letter.created_at < before).limit(most))
    found = rows.all()
    drop(found)
    return len(found)
