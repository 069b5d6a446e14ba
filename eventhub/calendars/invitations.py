"""Invitations by iTIP: what one registrant is told of an event, when that ends, and what their calendar answers.

One message has one entry, and to each recipient there is one attendee: they themself. The entry is the event's own,
with its hours where it is over in a day; those of its sessions stay in the file and in the feeds, since a message may
hold one UID, and thirty mails would be thirty too many. So a calendar that takes everything in has each thing once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select

from eventhub.calendars import ical, queries
from eventhub.calendars.ical import Component, Party, Standing, State
from eventhub.calendars.itip import Reply
from eventhub.calendars.models import ANSWERS, AnswerWish, CalendarComponent, CalendarEntry, CalendarInvitation
from eventhub.calendars.queries import Share
from eventhub.calendars.signals import AnswerWishChanged, InvitationReplied
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.permissions import require
from eventhub.people.addresses import normalise
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import may_manage_registrations

Method = Literal["REQUEST", "CANCEL"]
# Clocks go wrong by minutes; an answer from a later day would have the true ones after it taken for older ones.
MOST_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The message that somebody ought to have had: `is_new` as long as no other letter has told them just that."""

    method: Method
    is_new: bool


@dataclass(frozen=True, slots=True)
class Message:
    """An iTIP message for one person."""

    method: Method
    body: bytes


@dataclass(frozen=True, slots=True)
class _Case:
    """All that decides on a message."""

    entry: CalendarEntry
    share: Share
    kept: CalendarInvitation | None
    method: Method

    @property
    def said(self) -> str:
        """What is told, but for words: what makes it a new revision to its reader."""
        return f"{self.method}:{self.entry.sequence}:{'remote' if self.share.is_remote else ''}"

    @property
    def is_new(self) -> bool:
        return self.kept is None or self.kept.said != self.said

    @property
    def sequence(self) -> int:
        """As high as their feed's, and higher than that of any other message they had."""
        public = self.entry.sequence + self.share.revision
        if self.kept is None:
            return public
        return max(public, self.kept.sequence + 1) if self.is_new else self.kept.sequence


def find_due(registration: Registration, letter_id: UUID) -> Due | None:
    """What a letter to a registrant ought to tell their calendar; None for whom no invitation is, or was, meant.

    Invited is who has a place. It ends for whoever was invited: when they have it no more, and when the event does not
    take place. Who waits has never had one.
    """
    case = _case(registration, letter_id)
    if case is None:
        return None
    # What a letter tells is kept before a mail server has taken it: tried again, it must not leave that out.
    is_by_this = case.kept is not None and case.kept.letter_id == letter_id
    return Due(case.method, case.is_new or is_by_this)


@use_case
def tell(
    actor: Actor,
    registration_id: UUID,
    lang: str,
    letter_id: UUID,
    method: Method,
    organizer: Party,
    attendee: Party,
    *,
    asks: bool,
) -> Message | None:
    """The message as it leaves with a letter, and kept what it says; None where it is not due any more.

    Who has registered has said that they come: that counts as accepted, and nobody need answer, unless the event's
    organisers wish it, and `asks` says that an answer would be read.
    """
    registration = get(Registration, registration_id, lock=True)  # two letters at once have two sequences
    case = _case(registration, letter_id)
    if case is None or case.method != method or (component := _component(case, lang)) is None:
        return None
    kept, sequence, now = case.kept, case.sequence, clock.now()
    organizer = Party(organizer.name, kept.organizer if kept else organizer.address)
    if kept is None:
        kept = CalendarInvitation(registration_id=registration_id, entry_id=case.entry.id, organizer=organizer.address)
        db.session.add(kept)
    kept.method, kept.said, kept.sequence, kept.letter_id, kept.told_at = method, case.said, sequence, letter_id, now
    asks = asks and asks_for_answers(registration.event_id)
    answer = _answer(kept, asks=asks) if method == "REQUEST" else ()
    body = ical.addressed(component.body, sequence, now, organizer, attendee, *answer)
    component = Component(component.uid, component.starts_at, component.ends_at, component.zone, body)
    return Message(method, ical.publication(lang, [component], method))


def is_invited(registration_id: UUID) -> bool:
    """Whether somebody was invited, and not told yet that this has ended."""
    query = select(CalendarInvitation.entry_id).where(
        CalendarInvitation.registration_id == registration_id, CalendarInvitation.method == "REQUEST"
    )
    return db.session.scalar(query.limit(1)) is not None


def asks_for_answers(event_id: UUID) -> bool:
    """Whether the organisers of an event wish answers by calendar."""
    return db.session.get(AnswerWish, event_id) is not None


@use_case
def wish_answers(actor: Actor, event_id: UUID, *, is_on: bool) -> None:
    """Invitations to the event ask for answers from now on, or do not any more."""
    event = get(Event, event_id, lock=True)  # two wishes at once are one
    require(may_manage_registrations(actor, event), hidden=True)
    if is_on != asks_for_answers(event.id):
        if is_on:
            db.session.add(AnswerWish(event_id=event.id))
        else:
            db.session.execute(delete(AnswerWish).where(AnswerWish.event_id == event.id))
        announce(AnswerWishChanged(event.id, is_on=is_on))


@use_case
def take_reply(actor: Actor, reply: Reply, sender: str) -> bool:
    """Whether somebody's calendar has said something new about an invitation of ours; it is kept, and changes no place.

    It counts from the registered address alone, about what they were told last, and not after a later answer.
    """
    query = select(CalendarEntry).where(CalendarEntry.uid == reply.uid, CalendarEntry.session_id.is_(None))
    entry = db.session.scalar(query)
    if entry is None or sender != reply.attendee or reply.made_at > clock.now() + MOST_AHEAD:
        return False
    theirs = select(Registration).where(Registration.event_id == entry.event_id, Registration.address == sender)
    registration = db.session.scalar(theirs)
    if registration is None:
        return False
    kept = db.session.get(
        CalendarInvitation, (registration.id, entry.id), with_for_update={"key_share": True}, populate_existing=True
    )
    if kept is None or kept.method != "REQUEST" or kept.sequence != reply.sequence:
        return False
    if kept.answered_at is not None and reply.made_at <= kept.answered_at:
        return False
    kept.answer, kept.answered_at, kept.answered_sequence = reply.answer, reply.made_at, reply.sequence
    announce(InvitationReplied(entry.event_id, registration.id, reply.answer))
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody's calendar has answered, when, and whether they were told something else since."""

    answer: str
    at: datetime
    is_of_before: bool


def find_answer(registration_id: UUID) -> Answer | None:
    """What a registrant's calendar has answered, as long as they are invited."""
    kept = db.session.scalar(
        select(CalendarInvitation)
        .where(CalendarInvitation.registration_id == registration_id, CalendarInvitation.method == "REQUEST")
        .where(CalendarInvitation.answer.is_not(None))
    )
    if kept is None or kept.answer is None or kept.answered_at is None:
        return None
    return Answer(kept.answer, kept.answered_at, kept.answered_sequence != kept.sequence)


def count_answers(event_id: UUID) -> dict[str, int]:
    """How many of those who are invited to an event have answered what by calendar, and how many (`""`) nothing."""
    query = (
        select(CalendarInvitation.answer, func.count())
        .join(CalendarEntry, CalendarEntry.id == CalendarInvitation.entry_id)
        .where(CalendarEntry.event_id == event_id, CalendarInvitation.method == "REQUEST")
        .group_by(CalendarInvitation.answer)
    )
    found: dict[str | None, int] = dict(db.session.execute(query).all())
    return {answer: found.get(answer or None, 0) for answer in (*ANSWERS, "")}


def _case(registration: Registration, letter_id: UUID) -> _Case | None:
    event = registration.event
    if registration.address is None or event.status == "draft" or event.is_over():
        return None
    query = select(CalendarEntry).where(CalendarEntry.event_id == event.id, CalendarEntry.session_id.is_(None))
    entry = db.session.scalar(query)
    shares = queries.shares_of_registration(registration.id)
    if entry is None or not shares:
        return None
    kept = db.session.get(CalendarInvitation, (registration.id, entry.id))
    if shares[0].standing is Standing.CONFIRMED and entry.state != State.CANCELLED.value:
        return _Case(entry, shares[0], kept, "REQUEST")
    # The same letter, tried again, says the same again; any other says nothing of what has ended.
    if kept and (kept.method == "REQUEST" or kept.letter_id == letter_id):
        return _Case(entry, shares[0], kept, "CANCEL")
    return None


def _component(case: _Case, lang: str) -> Component | None:
    """The event's entry as it stands for its reader: who has no place any more sees it called off."""
    entry, share = case.entry, case.share
    kept = db.session.get(CalendarComponent, (entry.id, lang))
    if kept is None:
        return None
    standing = Standing.CONFIRMED if case.method == "REQUEST" else Standing.CANCELLED
    body = ical.personal(kept.body, lang, standing, share.since, mode=share.mode)
    component = Component(entry.uid, entry.starts_at, entry.ends_at, entry.zone, body, kept.extras)
    return ical.with_hours(component)


def _answer(kept: CalendarInvitation, *, asks: bool) -> tuple[str, str]:
    """The attendee's answer as an invitation states it: theirs, or that they have registered, or that it is asked."""
    if asks and (kept.answer is None or kept.answered_sequence != kept.sequence):
        return "PARTSTAT=NEEDS-ACTION", "RSVP=TRUE"
    return f"PARTSTAT={(kept.answer or 'accepted').upper()}", "RSVP=FALSE"


def is_known_address(registration: Registration, address: str) -> bool:
    """Whether a letter to this address goes to the registrant themself."""
    try:
        return registration.address is not None and normalise(address) == registration.address
    except ValueError:
        return False
