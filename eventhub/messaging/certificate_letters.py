"""What somebody hears when there is a certificate for them: where it is, and nothing that stands on it."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.attendance.certificates.models import Certificate
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.programme import speaker_queries
from eventhub.programme.models import Speaker
from eventhub.registrations.models import Registration

from . import group_letters, speaker_letters
from .drafts import Block, Draft, Link, facts_of, found, greet, way_to_registration
from .models import Letter


def draft(letter: Letter) -> Draft:
    """The letter as it reads now; Refused where the certificate is not good any more."""
    lang = letter.language
    certificate = found(db.session.get(Certificate, UUID(letter.data["certificate_id"])))
    if certificate.revoked_at is not None:
        raise Refused("the certificate was revoked")
    event = certificate.event
    if certificate.speaker_id:
        name, blocks = _to_speaker(letter, found(certificate.speaker), event)
    else:
        name, blocks = _to_registrant(letter, found(certificate.registration), event)
    return Draft(
        gettext("Your certificate is ready: %(title)s", title=str(event.title.in_(lang))),
        greet(name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
    )


def _to_registrant(letter: Letter, registration: Registration, event: Event) -> tuple[str, list[Block]]:
    # Who has no address is written to by way of their contact, from whose page theirs is reached.
    reader = registration.looked_after_by or registration
    return reader.name, [
        *group_letters.on_behalf(letter, registration),
        gettext("Your certificate of attendance is ready. You find it, as a PDF, on the page of your own link below."),
        facts_of(event, letter.language),
        *way_to_registration(reader, letter.language),
    ]


def _to_speaker(letter: Letter, speaker: Speaker, event: Event) -> tuple[str, list[Block]]:
    person = speaker.person
    if letter.address != speaker_queries.address_of(person, speaker):
        raise Refused("letters to this speaker go elsewhere now")
    return person.names.in_(letter.language), [
        gettext("Your certificate of speaking is ready. You find it, as a PDF, on the page of your own link below."),
        facts_of(event, letter.language),
        Link(gettext("My page as a speaker"), speaker_letters.way_in(speaker, letter.language)),
        gettext("The link is yours alone. Whoever has it can answer for you."),
    ]
