"""Inviting people to an event, and what they answer.

Whoever answers locks the event and its pools first, as whoever registers does: a guest gets a place by the same queue.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.forms import tidy
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, gap
from eventhub.foundation.permissions import require
from eventhub.people.addresses import normalise
from eventhub.people.addresses import tidy as tidy_address

from . import policy, queries, services
from .agreements import Details
from .models import ENDED, EventInvitation, Place, Registration
from .queue import check_takes_place, lock, offered
from .signals import GuestInvited, GuestReminded, InvitationAnswered, RegisteredAgain

MOST_GUESTS = 500
MOST_TOLD = 8  # of the lines that are wrong
# Whoever was written to within this time is not written to again.
QUIET = timedelta(hours=1)
# Guests are reminded so long before their time to answer is over, once.
REMIND_BEFORE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to be invited; `line` tells organisers where in their list they stand."""

    name: str
    address: str
    language: str
    organisation: str = ""
    line: int = 0


@use_case
def invite(
    actor: Actor, event_id: UUID, pool_key: str, guests: Sequence[Guest], answer_by: datetime, words: Translated = EMPTY
) -> int:
    """Letters on their way to these people, who have until `answer_by`; how many they are.

    Who is invited already and has not answered has until then as well, and gets another letter unless one has just
    gone; who is registered is passed over, and so is whose invitation was withdrawn or answered just now. All or
    nothing: raises Invalid for the lines that say nobody.
    """
    event, pools = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    check_takes_place(event)
    pool = offered(pools, pool_key)
    _check_time(event, answer_by)
    if not guests:
        raise Invalid("guests", gettext("Write at least one name with an e-mail address."))
    if len(guests) > MOST_GUESTS:
        raise Invalid("guests", gettext("%(most)s people at most at once.", most=MOST_GUESTS))
    addresses = _all_checked(guests)
    known = _open_ones(event, addresses)
    registered = _registered(event, addresses)
    just_written = _just_written(event, addresses)
    written = 0
    for guest, address in dict(zip(guests, addresses, strict=True)).items():
        if address in registered:
            continue
        invitation = known.get(address)
        if invitation is None:
            if address in just_written:
                continue
            invitation = EventInvitation(event_id=event.id, address=address, state="open")
            known[address] = invitation
            db.session.add(invitation)
        elif clock.now() - (invitation.reminded_at or invitation.created_at) < QUIET:
            continue
        else:
            invitation.reminded_at = clock.now()
        invitation.pool, invitation.answer_by, invitation.words = pool, answer_by, words
        invitation.name, invitation.organisation = tidy(guest.name), tidy(guest.organisation)
        invitation.typed_address, invitation.language = tidy_address(guest.address), guest.language
        db.session.flush()
        announce(GuestInvited(event.id, invitation.id))
        written += 1
    return written


@use_case
def accept(actor: Actor, invitation_id: UUID, details: Details) -> Registration:
    """The guest registered, with a place in the pool or a turn in its queue; the invitation's address is shown theirs.

    Raises Conflict where it was answered before or the time is over, and Invalid where a value cannot be.
    """
    invitation, event = _held(actor, invitation_id)
    check_takes_place(event)
    registration = services.take_invited(event, invitation.pool, details, invitation.typed_address)
    invitation.state, invitation.registration_id = "accepted", registration.id
    announce(InvitationAnswered(event.id, invitation.id, "accepted"))
    return registration


@use_case
def decline(actor: Actor, invitation_id: UUID, reason: str = "") -> EventInvitation:
    """The invitation declined, which needs no reason. Raises Conflict where it was answered before."""
    invitation, event = _held(actor, invitation_id)
    invitation.state, invitation.reason = "declined", tidy(reason)[:500]
    announce(InvitationAnswered(event.id, invitation.id, "declined"))
    return invitation


@use_case
def pass_on(actor: Actor, invitation_id: UUID, guest: Guest) -> EventInvitation:
    """A colleague invited in the guest's stead, with as much time; the guest's own link tells that it was passed on.

    The answer is the same where the colleague is invited or registered already: they get their own link once more, and
    the guest learns nothing of it. Raises Conflict where it was answered before, and Invalid for no other address.
    """
    invitation, event = _held(actor, invitation_id)
    address = _checked(guest)
    if address == invitation.address:
        raise Invalid("address", gettext("This is your own address. Please write that of your colleague."))
    invitation.state = "passed_on"
    announce(InvitationAnswered(event.id, invitation.id, "passed_on"))
    registration = queries.find_registration(event.id, address)
    if registration is not None and not registration.place.has_ended:
        announce(RegisteredAgain(event.id, registration.id))
        return invitation
    colleague = _open_ones(event, [address]).get(address)
    if colleague is None:
        colleague = EventInvitation(
            event_id=event.id, pool_id=invitation.pool_id, name=tidy(guest.name), organisation=invitation.organisation,
            typed_address=tidy_address(guest.address), address=address, language=guest.language, words=invitation.words,
            answer_by=invitation.answer_by, passed_on_by_id=invitation.id, state="open",
        )  # fmt: skip
        db.session.add(colleague)
        db.session.flush()
    elif not colleague.is_open:
        colleague.answer_by = invitation.answer_by
    announce(GuestInvited(event.id, colleague.id))
    return invitation


@use_case
def withdraw(actor: Actor, invitation_id: UUID) -> EventInvitation:
    """An invitation that organisers take back; its link says so. Whoever has accepted is registered, and stays so."""
    invitation = get(EventInvitation, invitation_id, lock=True)
    require(policy.may_manage_registrations(actor, get(Event, invitation.event_id)), hidden=True)
    if invitation.state == "open":
        invitation.state = "withdrawn"
        announce(InvitationAnswered(invitation.event_id, invitation.id, "withdrawn"))
    return invitation


@use_case
def remind(actor: Actor, event_id: UUID, invitation_ids: Collection[UUID] | None = None) -> int:
    """Those who have not answered, or those among these, asked once more; how many they are.

    Nobody to whom we wrote within the last hour is among them, and nobody whose time is over.
    """
    event, _ = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    check_takes_place(event)
    query = select(EventInvitation).where(EventInvitation.event_id == event_id, EventInvitation.state == "open")
    if invitation_ids is not None:
        query = query.where(EventInvitation.id.in_(invitation_ids))
    now, reminded = clock.now(), 0
    for invitation in db.session.scalars(query.order_by(EventInvitation.id)):
        if not invitation.is_open or now - (invitation.reminded_at or invitation.created_at) < QUIET:
            continue
        invitation.reminded_at = now
        announce(GuestReminded(event.id, invitation.id))
        reminded += 1
    return reminded


def remind_due() -> None:
    """Remind all guests whose time to answer is nearly over, event by event; once each."""
    now = clock.now()
    due = (
        select(EventInvitation.event_id, EventInvitation.id)
        .join(EventInvitation.event)
        .where(EventInvitation.state == "open", EventInvitation.reminded_at.is_(None), Event.status == "published")
        .where(EventInvitation.answer_by > now, EventInvitation.answer_by <= now + REMIND_BEFORE)
        .where(EventInvitation.created_at <= now - REMIND_BEFORE)
    )
    by_event: dict[UUID, list[UUID]] = {}
    for event_id, invitation_id in db.session.execute(due):
        by_event.setdefault(event_id, []).append(invitation_id)
    for event_id, ids in by_event.items():
        event = db.session.get(Event, event_id)
        if event is not None and not event.is_over():
            remind(SYSTEM, event_id, ids)


def _held(actor: Actor, invitation_id: UUID) -> tuple[EventInvitation, Event]:
    """An invitation that waits for an answer, locked with its event, if the actor is its guest."""
    event, _ = lock(get(EventInvitation, invitation_id).event_id)
    invitation = get(EventInvitation, invitation_id, lock=True)
    if not actor.holds_link("event_invitation", invitation.id):
        raise NotFound
    if invitation.state != "open":
        raise Conflict(gettext("This invitation was answered before."))
    if not invitation.is_open:
        raise Conflict(gettext("The time to answer is over. Please write to the organisers."))
    return invitation, event


def _check_time(event: Event, answer_by: datetime) -> None:
    if answer_by <= clock.now():
        raise Invalid("answer_by", gettext("Choose a time that is still to come."))
    if event.ends_at and answer_by > event.ends_at:
        raise Invalid("answer_by", gettext("Choose a time before the event is over."))


def _all_checked(guests: Sequence[Guest]) -> list[str]:
    """The normalised addresses of guests; raises Invalid with all that is wrong, so that it is mended at once."""
    addresses, wrong = [], []
    for guest in guests:
        try:
            addresses.append(_checked(guest))
        except Invalid as refusal:
            wrong.append(refusal.message)
    if (more := len(wrong) - MOST_TOLD) > 0:
        wrong[MOST_TOLD:] = [ngettext("One more line is wrong.", "%(num)s more lines are wrong.", more)]
    if wrong:
        raise Invalid("guests", gap().join(wrong))
    return addresses


def _checked(guest: Guest) -> str:
    """The normalised address of a guest; raises Invalid, with the line they stand in, for what cannot be."""
    typed = guest.address.strip()[:80]
    try:
        address = normalise(guest.address)
    except ValueError:
        text = gettext("“%(typed)s” is not an e-mail address.", typed=typed)
        if guest.name and not typed:
            text = gettext("“%(name)s” has no e-mail address.", name=guest.name[:80])
        raise Invalid("guests", _in_line(guest, text)) from None
    if not tidy(guest.name) or len(guest.name) > 200:
        raise Invalid("guests", _in_line(guest, gettext("Please write a name.")))
    if guest.language not in LOCALES:
        raise Invalid("guests", _in_line(guest, gettext("The language is en or zh.")))
    return address


def _in_line(guest: Guest, text: str) -> str:
    return str(gettext("Line %(line)s: %(text)s", line=guest.line, text=text)) if guest.line else text


def _open_ones(event: Event, addresses: Collection[str]) -> dict[str, EventInvitation]:
    query = select(EventInvitation).where(
        EventInvitation.event_id == event.id, EventInvitation.state == "open", EventInvitation.address.in_(addresses)
    )
    return {row.address: row for row in db.session.scalars(query)}


def _just_written(event: Event, addresses: Collection[str]) -> set[str]:
    """To which of these a letter of an invitation has just gone that is answered or withdrawn by now."""
    query = select(EventInvitation.address).where(
        EventInvitation.event_id == event.id,
        EventInvitation.address.in_(addresses),
        func.coalesce(EventInvitation.reminded_at, EventInvitation.created_at) > clock.now() - QUIET,
    )
    return set(db.session.scalars(query))


def _registered(event: Event, addresses: Collection[str]) -> set[str]:
    query = select(Registration.address).join(Registration.places)
    query = query.where(Registration.event_id == event.id, Registration.address.in_(addresses))
    return {address for address in db.session.scalars(query.where(Place.state.not_in(ENDED))) if address}
