"""Keeping what the mailbox says, each message once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from eventhub.calendars import invitations
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.bulk import add_missing
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.people.addresses import normalise

from .contents import Answered, Content, Returned, is_of_nobody
from .models import InboxFolder, InboxMessage, MarkedAddress
from .queries import find_mark, list_marks
from .signals import AddressUnmarked, LetterReturned

# Longer than a mail server takes for one message; whoever reads on has it for as long again.
LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Reading:
    """A mailbox that is ours to read for a while, and how far it is read."""

    folder_id: UUID
    validity: int
    last_uid: int


@use_case
def begin(actor: Actor, name: str) -> Reading | None:
    """Have a mailbox to read, under the one lease; None while somebody else reads it."""
    now = clock.now()
    query = select(InboxFolder).where(InboxFolder.name == name).with_for_update()
    folder = db.session.scalar(query.execution_options(populate_existing=True))
    if folder is None:
        folder = InboxFolder(name=name, validity=0, last_uid=0)
        db.session.add(folder)
        db.session.flush()
    elif folder.leased_until is not None and folder.leased_until > now:
        return None
    folder.leased_until = now + LEASE
    return Reading(folder.id, folder.validity, folder.last_uid)


@use_case
def end(actor: Actor, folder_id: UUID, error: str | None) -> None:
    """Give a mailbox back: read to its end, or as far as an error let."""
    folder = get(InboxFolder, folder_id, lock=True)
    folder.leased_until, folder.error = None, error
    if error is None:
        folder.read_at = clock.now()


@use_case
def take(actor: Actor, folder_id: UUID, uid: tuple[int, int] | None, key: str, content: Content | None) -> None:
    """A message read: its effect, that it was read, and how far the folder is read now (validity, number), or nothing.

    What was killed before it was whole begins again with the same message, and has no effect twice.
    """
    folder = get(InboxFolder, folder_id, lock=True)
    folder.leased_until = clock.now() + LEASE
    if uid is not None:
        folder.validity, folder.last_uid = uid
    if content is None or db.session.get(InboxMessage, key) is not None:
        return
    db.session.add(InboxMessage(key=key))
    if isinstance(content, Answered):
        invitations.take_reply(actor, content.reply, content.sender)
    else:
        _return(content)


@use_case
def forget(actor: Actor, before: datetime) -> None:
    """Nothing about messages that were read before, for none so old comes again, nor of marks: they are tried again."""
    db.session.execute(delete(InboxMessage).where(InboxMessage.read_at < before))
    db.session.execute(delete(MarkedAddress).where(MarkedAddress.created_at < before))


def mark(letter: Letter, reason: str) -> None:
    """Keep that nobody is reached at a letter's address, where a mail server says so. Only inside a use-case."""
    event = db.session.get(Event, letter.event_id) if letter.event_id else None
    if event is None or not is_of_nobody(reason):
        return
    try:
        address = normalise(letter.address)
    except ValueError:
        return
    # Two of its letters may come back at the same moment.
    add_missing(MarkedAddress, [{"organisation_id": event.organisation_id, "address": address, "reason": reason}])
    if marked := find_mark(event.organisation_id, address):
        marked.reason = reason


def unmark(event_id: UUID, *addresses: str | None) -> None:
    """Letters about an event reach these normalised addresses after all. Only inside a use-case."""
    organisation_id = get(Event, event_id).organisation_id
    if marks := list_marks(organisation_id, [one for one in addresses if one]):
        for marked in marks:
            db.session.delete(marked)
        announce(AddressUnmarked(event_id))


def _return(content: Returned) -> None:
    """A letter that had left us is one that could not be delivered; it can be sent again as any of these."""
    letter = db.session.get(Letter, content.letter_id, with_for_update={"key_share": True}, populate_existing=True)
    if letter is None or letter.state != "sent":
        return
    letter.state, letter.error = "failed", content.reason
    if letter.outbox_id and (row := db.session.get(OutboxRow, letter.outbox_id)):
        # What was done has forgotten for whom it was.
        row.state, row.error, row.payload = "failed", content.reason, {"letter_id": str(letter.id)}
    if _is_of(letter, content.recipients):
        mark(letter, content.reason)
    announce(LetterReturned(letter.event_id, letter.id))


def _is_of(letter: Letter, recipients: frozenset[str]) -> bool:
    """Whether it is the letter's own address that is meant, and not one to which its owner lets letters go on."""
    try:
        return normalise(letter.address) in recipients
    except ValueError:
        return False
