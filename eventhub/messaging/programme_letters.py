"""What letters say of changes to a programme."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext, ngettext

from eventhub.calendars.attachments import attachment_for
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.web import address
from eventhub.programme import telling
from eventhub.programme.models import Release

from .drafts import Block, Draft, Link, facts_of, found, greet
from .models import Letter

_MOST_CHANGES = 20


def changes(letter: Letter, event: Event, *, only_substantial: bool = False) -> list[Block]:
    """What a release changed, a paragraph each, with the organisers' note and where all of it can be read."""
    release = found(db.session.get(Release, UUID(letter.data["release_id"])))
    about = {UUID(session_id) for session_id in letter.data.get("sessions", ())} or None
    told = telling.tell_release(release, about=about, only_substantial=only_substantial)
    blocks: list[Block] = ["\n".join([str(one.title), *one.sentences]) for one in told[:_MOST_CHANGES]]
    if len(told) > _MOST_CHANGES:
        blocks.append(ngettext("And one more change.", "And %(num)s more changes.", len(told) - _MOST_CHANGES))
    if note := telling.note_of(release):
        blocks.append(note)
    page = address("programme.changes", letter.language, slug=event.slug)
    return [*blocks, Link(gettext("All changes to the programme"), page)]


def draft(letter: Letter) -> Draft:
    """The letter to somebody whose own sessions a release changed."""
    event = found(db.session.get(Event, letter.event_id))
    title = str(event.title.in_(letter.language))
    return Draft(
        gettext("Your session has changed: %(title)s", title=title),
        greet(""),
        [
            gettext("You are on the programme of “%(title)s”. This has changed:", title=title),
            *changes(letter, event),
            facts_of(event, letter.language),
        ],
        sender=str(event.organisation.name.in_(letter.language)),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, letter.language),
    )
