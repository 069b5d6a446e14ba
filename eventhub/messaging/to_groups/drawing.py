"""What a letter to a group says: the organisers' words, then what must not be missing whatever they say."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from eventhub.events.models import Event
from eventhub.foundation import i18n, links, outbox
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.messaging import guest_letters, placeholders, speaker_letters
from eventhub.messaging.choices import services as choices
from eventhub.messaging.choices.models import LetterChoice
from eventhub.messaging.drafts import (
    Block,
    Draft,
    Link,
    facts_of,
    found,
    greet,
    to_registration,
    values_of,
    way_out,
    way_to_registration,
)
from eventhub.messaging.examples import EXAMPLE
from eventhub.messaging.models import Letter
from eventhub.messaging.placeholders import Prose
from eventhub.messaging.samples import is_sample
from eventhub.registrations.models import EventInvitation, Registration

from .models import GroupLetter

# All that is read of it in one question, put together once: it is asked for each handful of ten thousand letters.
_LETTER = (
    select(GroupLetter)
    .where(GroupLetter.id == bindparam("its_id"))
    .options(joinedload(GroupLetter.event).joinedload(Event.organisation))
)


def draft(letter: Letter) -> Draft:
    """The letter to one of the group; Refused where they are gone, or want none any more."""
    lang = letter.language
    row = _written(UUID(letter.data["group_letter_id"]))
    name, link, zone, is_online, way = _reader(letter, row)
    ending = _ending(letter, row)
    values = values_of(row.event, lang, name, link, is_online=is_online)
    subject, text = row.subject.in_(lang), row.text.in_(lang)
    marks = (text.lang, gettext("not yet translated")) if text.is_fallback else ()
    blocks: list[Block] = [Prose(str(text), _values_for(text, row.event, values, is_online=is_online), *marks)]
    organiser = values["organiser"]
    if row.is_news:
        why = gettext("You agreed that %(organiser)s may write to you about later events.", organiser=organiser)
        blocks.append(i18n.spaced(why, organiser))
    else:
        blocks += [facts_of(row.event, lang, is_online=is_online, zone=zone), *way]
    blocks += way_out(ending)
    return Draft(
        placeholders.fill_line(str(subject), _values_for(subject, row.event, values, is_online=is_online)),
        "" if placeholders.greets(text) else greet(name),
        blocks,
        sender=organiser,
        reply_to=row.event.contact_address,
        ending=ending,
        values=values,
    )


def _values_for(text: i18n.Text, event: Event, values: dict[str, str], *, is_online: bool) -> dict[str, str]:
    """What stands in words: in theirs where that is another language than the reader's, whose name and links stay."""
    if not text.is_fallback:
        return values
    with i18n.writing_in(text.lang):
        own = {name: values[name] for name in ("name", *placeholders.LINKS)}
        return {**values_of(event, text.lang, "", "", is_online=is_online), **own}


def _written(its_id: UUID) -> GroupLetter:
    """What organisers wrote, with its event: read once for all letters that are leased at once."""
    shared = outbox.shared()
    if shared is not None and its_id in shared:
        return cast(GroupLetter, shared[its_id])
    row = found(db.session.scalar(_LETTER, {"its_id": its_id}))
    if shared is not None:
        for one in (row, row.event, row.event.organisation):
            db.session.expunge(one)  # what ends the reading for one letter leaves it as it is
        shared[its_id] = row
    return row


def _ending(letter: Letter, row: GroupLetter) -> str | None:
    if not row.is_by_wish:
        return None
    if is_sample(letter):
        return address("messaging.choice", letter.language, token=links.make(choices.PURPOSE, links.NOWHERE, 0))
    choice = found(db.session.get(LetterChoice, UUID(letter.data["choice_id"])))
    if choice.off_at is not None:
        raise Refused(choices.UNWANTED)
    return choices.link_of(choice, letter.language)


def _reader(letter: Letter, row: GroupLetter) -> tuple[str, str, str | None, bool, list[Block]]:
    """Who reads it: their name, own link, zone, whether they are not there in person, and the way to their own page."""
    lang, event = letter.language, row.event
    if "person_id" in letter.data:
        person, speaker = speaker_letters.reader_of(letter, event)
        has_page = speaker is not None and speaker.invited_at is not None
        page = address("events.event", lang, slug=event.slug)
        link = speaker_letters.way_in(speaker, lang) if speaker and has_page else page
        zone = speaker.zone if speaker else None
        return str(person.names.in_(lang)), link, zone or person.zone, False, speaker_letters.own_page(speaker, lang)
    if "event_invitation_id" in letter.data:
        guest = found(db.session.get(EventInvitation, UUID(letter.data["event_invitation_id"])))
        if not guest.address and guest.id != EXAMPLE:
            raise Refused("what the letter is about is no longer there")
        link = guest_letters.way_to(guest, lang)
        way: list[Block] = [
            gettext("Come, say no, or send a colleague in your stead, by your own link:"),
            Link(gettext("My invitation"), link),
            gettext("The link is yours alone. Whoever has it can answer for you."),
        ]
        return guest.name, link, None, guest.pool.mode == "online", way
    registration = found(db.session.get(Registration, letter.registration_id))
    if registration.erased_at is not None:
        raise Refused("what the letter is about is no longer there")
    own = to_registration(registration, lang)
    way = [
        gettext("Change or cancel your registration, or subscribe to the calendar, by your own link:"),
        *way_to_registration(registration, lang),
    ]
    is_online = registration.place.pool.mode == "online"
    return registration.name, own.address, registration.own_zone, is_online, way
