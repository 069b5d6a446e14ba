"""What letters say of changes to a programme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from flask_babel import gettext, ngettext

from eventhub.calendars.attachments import attachment_for
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.web import address
from eventhub.programme import telling
from eventhub.programme.models import Release
from eventhub.programme.telling import Told

from . import speaker_letters
from .drafts import Block, Draft, Link, facts_of, found, greet
from .models import Letter

_MOST_CHANGES = 20


def changes(
    letter: Letter,
    event: Event,
    *,
    only_substantial: bool = False,
    reader_id: UUID | None = None,
    first: Collection[UUID] = (),
) -> list[Block]:
    """What a release changed, a paragraph each, with the organisers' note and where all of it can be read.

    Where `reader_id` says who reads it, what is about them is told to them. What changed in the sessions of `first`,
    which the reader has chosen, is told before all else.
    """
    release = found(db.session.get(Release, UUID(letter.data["release_id"])))
    about = {UUID(session_id) for session_id in letter.data.get("sessions", ())} or None
    told = telling.tell_release(release, about=about, only_substantial=only_substantial, reader_id=reader_id)
    chosen = [one for one in told if one.session_id in first]
    others = [one for one in told if one.session_id not in first]
    blocks: list[Block] = []
    if chosen:
        blocks.append(gettext("Sessions that you have chosen:"))
        blocks += _paragraphs(chosen)
        blocks.append(gettext("Where one of them does not take place, your sign-up for it has ended."))
        if others:
            blocks.append(gettext("Other sessions:"))
    blocks += _paragraphs(others)
    if len(others) > _MOST_CHANGES:
        blocks.append(ngettext("And one more change.", "And %(num)s more changes.", len(others) - _MOST_CHANGES))
    if note := telling.note_of(release):
        blocks.append(note)
    page = address("programme.changes", letter.language, slug=event.slug)
    return [*blocks, Link(gettext("All changes to the programme"), page)]


def _paragraphs(told: Sequence[Told]) -> list[str]:
    return ["\n".join([str(one.title), *one.sentences]) for one in told[:_MOST_CHANGES]]


def draft(letter: Letter) -> Draft:
    """The letter to somebody whose own sessions a release changed."""
    event = found(db.session.get(Event, letter.event_id))
    person, speaker = speaker_letters.reader_of(letter, event)
    lang = letter.language
    title = str(event.title.in_(lang))
    about = {UUID(session_id) for session_id in letter.data["sessions"]}
    return Draft(
        gettext("Your session has changed: %(title)s", title=title),
        greet(person.names.in_(lang)),
        [
            gettext("In the programme of “%(title)s”, this has changed in your sessions:", title=title),
            *changes(letter, event, reader_id=person.id),
            *speaker_letters.told_parts(person, speaker, event, lang, about),
            facts_of(event, lang),
            *speaker_letters.own_page(speaker, lang),
        ],
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, lang),
    )
