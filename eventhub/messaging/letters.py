"""What each letter says: in its reader's language, with links made at the moment it is sent.

A letter is a subject and blocks; `mail` turns them into plain text and HTML. What people typed stands in a
letter only as their name in the greeting, and not even there where it could be taken for a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext

from eventhub.accounts.models import Account
from eventhub.calendars.attachments import attachment_for
from eventhub.events.models import Event
from eventhub.foundation import clock, i18n, links, markup
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.organisations.models import Invitation
from eventhub.registrations import queries
from eventhub.registrations.models import Registration

from .models import Letter

T = TypeVar("T")

_LINKLIKE = re.compile(r"[<>\[\]()@/\\]|www|\w\.\w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """Words and the address they lead to."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Details:
    """Names and values, a line each."""

    rows: Sequence[tuple[str, str]]


Block = str | Link | Details


@dataclass(slots=True)
class Draft:
    """A letter before it is a mail."""

    subject: str
    blocks: list[Block] = field(default_factory=list)
    greeting: str = ""
    reply_to: str | None = None
    calendar: bytes | None = None


def draft(letter: Letter, lang: str) -> Draft:
    """The letter as it reads now; Refused where what it is about is no longer there."""
    writers: tuple[tuple[UUID | None, Callable[[Letter, str], Draft]], ...] = (
        (letter.registration_id, _to_registrant),
        (letter.account_id, _to_account),
        (letter.invitation_id, _to_invited),
    )
    for about, write in writers:
        if about is not None:
            return write(letter, lang)
    return _links(letter, lang)


def greet(name: str, lang: str) -> str:
    """The greeting of a letter; without the name where a mail program could make a link of it."""
    name = " ".join(name.split())
    if not name or len(name) > 80 or _LINKLIKE.search(name):
        return gettext("Hello,")
    return gettext("Dear %(name)s,", name=name)


def _found(row: T | None) -> T:
    if row is None:
        raise Refused("what the letter is about is no longer there")
    return row


def _to_registrant(letter: Letter, lang: str) -> Draft:
    registration = _found(db.session.get(Registration, letter.registration_id))
    event = registration.event
    title = event.title.in_(lang)
    found = _registrant_text(letter.kind, registration, title)
    subject, sentences = found
    blocks: list[Block] = [*sentences]
    if letter.kind in {"event_postponed", "event_cancelled"} and (notice := event.notice.in_(lang)):
        blocks.append(markup.to_plain(notice))
    blocks.append(Details(_facts(event, lang)))
    if letter.kind not in {"cancelled", "event_cancelled"}:
        token = links.make("registration", registration.id, registration.link_number)
        blocks.append(gettext("Change or cancel your registration, or subscribe to the calendar, by your own link:"))
        blocks.append(Link(gettext("My registration"), address("registrations.mine", lang, token=token)))
        blocks.append(gettext("The link is yours alone. Whoever has it can change your registration."))
    else:
        blocks.append(Link(gettext("The event's page"), address("events.event", lang, slug=event.slug)))
    with_calendar = letter.kind in _WITH_CALENDAR and event.status != "draft"
    return Draft(
        subject,
        blocks,
        greet(registration.name, lang),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, lang) if with_calendar else None,
    )


_WITH_CALENDAR = {"confirmed", "promoted", "moved_confirmed", "registered_again", "event_changed", "event_cancelled"}


def _registrant_text(kind: str, registration: Registration, title: str) -> tuple[str, list[str]]:  # noqa: C901 - one case a letter
    place = registration.place
    pool = gettext("in person") if place.pool.key == "in_person" else gettext("online")
    position = queries.position_of(place)
    waiting = [gettext("All places are taken at the moment.")]
    if position:
        waiting.append(gettext("You are number %(position)s on the waitlist.", position=position))
    waiting.append(gettext("When a place becomes free, it goes to the next in line at once, and we write to you."))
    match kind:
        case "confirmed":
            subject = gettext("You have a place: %(title)s", title=title)
            return subject, [gettext("Your registration is confirmed: you take part %(how)s.", how=pool)]
        case "waitlisted":
            return gettext("You are on the waitlist: %(title)s", title=title), waiting
        case "promoted":
            subject = gettext("A place has become free for you: %(title)s", title=title)
            return subject, [gettext("You have moved up from the waitlist and have a place now: %(how)s.", how=pool)]
        case "moved_confirmed":
            subject = gettext("Your registration has changed: %(title)s", title=title)
            return subject, [gettext("From now on you take part %(how)s.", how=pool)]
        case "moved_waitlisted":
            return gettext("You are on the waitlist: %(title)s", title=title), waiting
        case "cancelled":
            subject = gettext("Your registration is cancelled: %(title)s", title=title)
            return subject, [gettext("Your registration is cancelled, and your place goes to somebody else.")]
        case "registered_again":
            subject = gettext("You are registered already: %(title)s", title=title)
            text = gettext("Somebody, probably you, has registered with this address again. Nothing has changed.")
            return subject, [text, *(waiting if position else [])]
        case "link_rotated":
            subject = gettext("Your new link: %(title)s", title=title)
            return subject, [gettext("Your former links have been made void. This is the new one.")]
        case "event_changed":
            subject = gettext("Changed: %(title)s", title=title)
            return subject, [gettext("Time or place of this event has changed. This is how it stands now.")]
        case "event_postponed":
            subject = gettext("Postponed: %(title)s", title=title)
            text = gettext("This event is postponed. Your registration stays, and we write when there is a new date.")
            return subject, [text]
        case "event_cancelled":
            subject = gettext("Cancelled: %(title)s", title=title)
            return subject, [gettext("This event will not take place. There is nothing you need to do.")]
    raise Refused(f"there is no letter of the kind {kind}")


def _facts(event: Event, lang: str) -> list[tuple[str, str]]:
    rows = [(gettext("Event"), str(event.title.in_(lang)))]
    rows.append((gettext("When"), when(event, lang)))
    if event.mode == "online":
        rows.append((gettext("Where"), gettext("Online")))
    elif where := ", ".join(filter(None, (event.venue.in_(lang), event.venue_address.in_(lang)))):
        rows.append((gettext("Where"), where))
    return rows


def when(event: Event, lang: str) -> str:
    """Day, hours and zone of an event in words, or that they are to be announced."""
    if event.starts is None:
        return gettext("To be announced")
    zone = i18n.zone_label(event.zone, lang, event.starts_at)
    begin = i18n.format_moment(event.starts, lang)
    if event.ends is None:
        return f"{begin}, {zone}" if lang == "en" else f"{begin}，{zone}"
    same_day = event.ends.date() == event.starts.date()
    end = i18n.format_clock(event.ends) if same_day else f" {i18n.format_moment(event.ends, lang)}"
    dash = "–" if same_day else " –"
    return f"{begin}{dash}{end}, {zone}" if lang == "en" else f"{begin}{dash}{end}，{zone}"


def _links(letter: Letter, lang: str) -> Draft:
    found = [row for row in queries.list_of_address(letter.address) if not row.event.is_over(clock.now())]
    if not found:
        raise Refused("there is no registration any more")
    blocks: list[Block] = [gettext("These are your registrations. Each link is yours alone.")]
    for registration in found:
        token = links.make("registration", registration.id, registration.link_number)
        blocks.append(Link(str(registration.event.title.in_(lang)), address("registrations.mine", lang, token=token)))
    return Draft(gettext("Your registrations"), blocks, greet(found[0].name, lang))


def _to_account(letter: Letter, lang: str) -> Draft:
    account = _found(db.session.get(Account, letter.account_id))
    greeting = greet(account.person.names.in_(lang), lang)

    def link(purpose: str) -> str:
        return links.make(purpose, account.id, account.link_number)

    match letter.kind:
        case "confirm_address":
            return Draft(
                gettext("Confirm your address"),
                [
                    gettext("Somebody, probably you, wants to open an account with this address. Confirm it here:"),
                    Link(gettext("Confirm my address"), address("accounts.confirm", lang, token=link("confirm"))),
                    gettext("If it was not you, there is nothing you need to do."),
                ],
                greeting,
            )
        case "reset_password":
            return Draft(
                gettext("Choose another password"),
                [
                    gettext("Somebody, probably you, asked for another password. Choose it here within 30 minutes:"),
                    Link(gettext("Choose another password"), address("accounts.reset", lang, token=link("reset"))),
                    gettext("If it was not you, there is nothing you need to do: the password stays as it is."),
                ],
                greeting,
            )
        case "signed_up_again":
            return Draft(
                gettext("You have an account already"),
                [
                    gettext(
                        "Somebody, probably you, wanted an account with this address. There is one already."
                    ),
                    Link(gettext("Sign in"), address("accounts.sign_in", lang)),
                    Link(gettext("Choose another password"), address("accounts.ask_for_reset", lang)),
                ],
                greeting,
            )
        case "password_changed":
            return Draft(
                gettext("Your password has been changed"),
                [
                    gettext("The password of your account has just been changed, and you are signed out elsewhere."),
                    gettext("If it was not you, choose another one at once:"),
                    Link(gettext("Choose another password"), address("accounts.ask_for_reset", lang)),
                ],
                greeting,
            )
    raise Refused(f"there is no letter of the kind {letter.kind}")


def _to_invited(letter: Letter, lang: str) -> Draft:
    invitation = _found(db.session.get(Invitation, letter.invitation_id))
    name = invitation.organisation.name.in_(lang)
    token = links.make("invitation", invitation.id, invitation.link_number)
    return Draft(
        gettext("Invitation to act for %(organisation)s", organisation=name),
        [
            gettext("You are invited to act for %(organisation)s on EventHub.", organisation=name),
            Link(gettext("Accept the invitation"), address("organisations.invitation", lang, token=token)),
            gettext(
                "The link is good until %(day)s. If you do not want to accept, there is nothing you need to do.",
                day=i18n.format_day(invitation.expires_at, lang),
            ),
        ],
        gettext("Hello,"),
    )
