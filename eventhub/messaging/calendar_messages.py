"""What a letter to a registrant tells their calendar beside its words."""

from __future__ import annotations

from email.utils import parseaddr
from uuid import UUID

from eventhub.calendars import invitations
from eventhub.calendars.attachments import attachment_for
from eventhub.calendars.ical import Party
from eventhub.calendars.invitations import Due, Message, Method
from eventhub.config import Settings
from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import get
from eventhub.registrations.models import Registration

from .drafts import Draft, harmless
from .models import Letter

# Letters that say nothing of the event or the place.
_OF_OTHER_THINGS = {"link_rotated", "visa_issued", "visa_declined"}


def find_due(letter: Letter, registration: Registration) -> Due | None:
    """What the reader's calendar ought to know, where the reader is the one who is invited."""
    if not invitations.is_known_address(registration, letter.address):
        return None
    return invitations.find_due(registration, letter.id)


def file_of(
    registration_id: UUID | None, event: Event, lang: str, due: Due | None, *, has_sessions: bool = True
) -> bytes | None:
    """The calendar file of a letter, as a registrant's own where one reads it: without what an invitation tells."""
    is_invited = due is not None
    return attachment_for(
        event.id, lang, registration_id=registration_id, is_invited=is_invited, has_sessions=has_sessions
    )


def told_by(kind: str, due: Due | None, *, is_whole: bool = False) -> Method | None:
    """What a letter of a kind tells of that: what is new, and the whole once more where somebody begins.

    What changed of the event is told whole as well: some of it may be another in the reader's language alone.
    """
    if due is None or kind in _OF_OTHER_THINGS:
        return None
    return due.method if due.is_new or is_whole or kind == "registered_again" or due.method == "CANCEL" else None


def tell(letter: Letter, draft: Draft, settings: Settings) -> Message | None:
    """The message that leaves with a letter, kept as told from now on; None where it tells no calendar anything."""
    if draft.invitation is None or letter.registration_id is None:
        return None
    registration = get(Registration, letter.registration_id)
    organizer = Party(harmless(draft.sender), parseaddr(settings.mail_from)[1])
    attendee = Party(harmless(registration.name), letter.address)
    return invitations.tell(
        SYSTEM,
        registration.id,
        letter.language,
        letter.id,
        draft.invitation,
        organizer,
        attendee,
        asks=bool(settings.inbox_url),
    )
