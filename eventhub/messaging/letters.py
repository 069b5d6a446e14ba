"""What each letter says: in its reader's language, with links made at the moment it is sent.

A letter is a subject and blocks; `mail` turns them into plain text and HTML. Of what people typed, a letter
holds only the name in its greeting, and not even that where a mail program could make a link of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext

from eventhub.accounts.models import Account
from eventhub.calendars.attachments import attachment_for
from eventhub.events.models import Event
from eventhub.foundation import i18n, links, markup
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.organisations.models import Invitation
from eventhub.people.names import closed_up
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import position_of

from . import queries
from .models import Letter

T = TypeVar("T")

# What mail programs take for an address: a scheme, a path, a mailbox, or a dot, of any width, within a word.
_LINKLIKE = re.compile(r"[<>@/\\:]|www|\w[.。．｡]\w{2}", re.IGNORECASE)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Link:
    """Words and the address they lead to."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, a line each."""

    rows: Sequence[tuple[str, str]]


Block = str | Link | Facts


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is a mail; `sender` is who signs it."""

    subject: str
    greeting: str
    blocks: Sequence[Block]
    sender: str = "EventHub"
    reply_to: str | None = None
    calendar: bytes | None = None


def draft(letter: Letter) -> Draft:
    """The letter as it reads now, in the language in force; Refused where what it is about is no longer there."""
    writers: tuple[tuple[UUID | None, Callable[[Letter], Draft]], ...] = (
        (letter.registration_id, _to_registrant),
        (letter.account_id, _to_account),
        (letter.invitation_id, _to_invited),
    )
    for about, write in writers:
        if about is not None:
            return write(letter)
    return _links(letter)


def greet(name: str) -> str:
    """The greeting of a letter; without the name where a mail program could make a link of it."""
    name = closed_up(name)
    if not name or len(name) > _LONGEST_NAME or _LINKLIKE.search(name):
        return str(gettext("Hello,"))
    return str(gettext("Dear %(name)s,", name=name))


def _found(row: T | None) -> T:
    if row is None:
        raise Refused("what the letter is about is no longer there")
    return row


def _to_registrant(letter: Letter) -> Draft:
    lang = letter.language
    registration = _found(db.session.get(Registration, letter.registration_id))
    event = registration.event
    subject, *sentences = _news(letter.kind, registration, str(event.title.in_(lang)))
    blocks: list[Block] = [*sentences]
    if letter.kind in {"event_postponed", "event_cancelled"} and (notice := event.notice.in_(lang)):
        blocks.append(markup.to_plain(notice))
    is_online = registration.place.pool.key == "online"
    blocks.append(_facts(event, lang, is_online=is_online, is_postponed=letter.kind == "event_postponed"))
    if letter.kind in {"cancelled", "event_cancelled"}:
        blocks.append(Link(gettext("The event's page"), address("events.event", lang, slug=event.slug)))
    else:
        token = links.make("registration", registration.id, registration.link_number)
        blocks += [
            gettext("Change or cancel your registration, or subscribe to the calendar, by your own link:"),
            Link(gettext("My registration"), address("registrations.mine", lang, token=token)),
            gettext("The link is yours alone. Whoever has it can change your registration."),
        ]
    has_calendar = letter.kind == "event_cancelled" or (
        registration.place.state == "confirmed" and letter.kind != "event_postponed"
    )
    return Draft(
        subject,
        greet(registration.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, lang) if has_calendar else None,
    )


def _news(kind: str, registration: Registration, title: str) -> list[str]:
    """What a registrant hears: the subject, then the sentences."""
    is_in_person = registration.place.pool.key == "in_person"
    match kind:
        case "confirmed":
            return [
                gettext("You have a place: %(title)s", title=title),
                gettext("Your registration is confirmed: you take part in person.")
                if is_in_person
                else gettext("Your registration is confirmed: you take part online."),
            ]
        case "waitlisted" | "moved_waitlisted":
            return [gettext("You are on the waitlist: %(title)s", title=title), *_waiting(registration)]
        case "promoted":
            return [
                gettext("A place has become free for you: %(title)s", title=title),
                gettext("You have moved up from the waitlist: you now have a place and take part in person.")
                if is_in_person
                else gettext("You have moved up from the waitlist: you now have a place and take part online."),
            ]
        case "moved_confirmed":
            return [
                gettext("Your registration has changed: %(title)s", title=title),
                gettext("From now on you take part in person.")
                if is_in_person
                else gettext("From now on you take part online."),
            ]
        case "cancelled":
            return [
                gettext("Your registration is cancelled: %(title)s", title=title),
                gettext("Your registration is cancelled. There is nothing more you need to do."),
                gettext("Should you change your mind, register again on the event's page."),
            ]
        case "registered_again":
            return [
                gettext("You are registered already: %(title)s", title=title),
                gettext("Somebody, probably you, has registered with this address again. Nothing has changed."),
                *_waiting(registration),
            ]
        case "link_rotated":
            return [
                gettext("Your new link: %(title)s", title=title),
                gettext("The former links to your registration are void. Below is the new one."),
            ]
        case "event_changed":
            return [
                gettext("Changed: %(title)s", title=title),
                gettext("Time, place or form of this event have changed. This is how it stands now."),
                gettext("Your registration stays as it is."),
            ]
        case "event_resumed":
            return [
                gettext("The event takes place: %(title)s", title=title),
                gettext("This event takes place. This is how it stands now."),
                gettext("Your registration stays as it is."),
            ]
        case "event_postponed":
            return [
                gettext("Postponed: %(title)s", title=title),
                gettext("This event is postponed. Your registration stays, and we write when there is a new date."),
            ]
        case "event_cancelled":
            return [
                gettext("Cancelled: %(title)s", title=title),
                gettext("This event will not take place. There is nothing you need to do."),
            ]
    raise Refused(f"there is no letter of the kind {kind}")


def _waiting(registration: Registration) -> list[str]:
    """How somebody stands in the queue; nothing for somebody who has a place."""
    position = position_of(registration.place)
    if position is None:
        return []
    is_in_person = registration.place.pool.key == "in_person"
    return [
        gettext("All places in person are taken. You are number %(position)s on the waitlist.", position=position)
        if is_in_person
        else gettext("All places online are taken. You are number %(position)s on the waitlist.", position=position),
        gettext("When a place becomes free, it goes to the next in line at once, and we write to you."),
    ]


def _facts(event: Event, lang: str, *, is_online: bool, is_postponed: bool) -> Facts:
    rows = [
        (gettext("Event"), str(event.title.in_(lang))),
        (gettext("Former date") if is_postponed else gettext("When"), when(event, lang)),
    ]
    if event.starts is not None:
        rows.append((gettext("Time zone"), i18n.zone_label(event.zone, lang, event.starts_at)))
    if is_online or event.mode == "online":
        rows.append((gettext("Where"), gettext("Online")))
    elif where := list(filter(None, (event.venue.in_(lang), event.venue_address.in_(lang)))):
        rows.append((gettext("Where"), ("，" if lang == "zh" else ", ").join(where)))
    return Facts(rows)


def when(event: Event, lang: str) -> str:
    """Day and hours of an event by the clock of its place, or that they are to be announced."""
    if event.starts is None:
        return str(gettext("To be announced"))
    start = i18n.format_moment(event.starts, lang)
    if event.ends is None:
        return start
    if event.ends.date() == event.starts.date():
        return f"{start}–{i18n.format_clock(event.ends)}"
    return f"{start} – {i18n.format_moment(event.ends, lang)}"


def _links(letter: Letter) -> Draft:
    lang = letter.language
    found = queries.list_coming(letter.address)
    if not found:
        raise Refused("what the letter is about is no longer there")
    blocks: list[Block] = [gettext("These are your registrations. Each link is yours alone.")]
    for registration in found:
        token = links.make("registration", registration.id, registration.link_number)
        blocks.append(Link(str(registration.event.title.in_(lang)), address("registrations.mine", lang, token=token)))
    return Draft(gettext("Your registrations"), greet(found[0].name), blocks)


def _to_account(letter: Letter) -> Draft:
    account = _found(db.session.get(Account, letter.account_id))
    lang = letter.language

    def own(words: str, purpose: str) -> Link:
        token = links.make(purpose, account.id, account.link_number)
        endpoint = {"confirm": "accounts.confirm", "reset": "accounts.reset"}[purpose]
        return Link(words, address(endpoint, lang, token=token))

    def forgotten() -> Link:
        return Link(gettext("Choose another password"), address("accounts.ask_for_reset", lang))

    blocks: list[Block]
    match letter.kind:
        case "confirm_address":
            subject = gettext("Confirm your address")
            blocks = [
                gettext(
                    "Somebody, probably you, wants to open an account with this address. Confirm it within three days:"
                ),
                own(gettext("Confirm my address"), "confirm"),
                gettext("If it was not you, there is nothing you need to do."),
            ]
        case "reset_password":
            subject = gettext("Choose another password")
            blocks = [
                gettext("Somebody, probably you, asked for another password. Choose it within 30 minutes:"),
                own(gettext("Choose another password"), "reset"),
                gettext("If it was not you, there is nothing you need to do: the password stays as it is."),
            ]
        case "signed_up_again":
            subject = gettext("You have an account already")
            blocks = [
                gettext("Somebody, probably you, wanted to open an account with this address. There is one already."),
                Link(gettext("Sign in"), address("accounts.sign_in", lang)),
                gettext("Should you have forgotten its password, you can choose another one:"),
                forgotten(),
            ]
        case "password_changed":
            subject = gettext("Your password has been changed")
            blocks = [
                gettext("The password of your account has just been changed, and you are signed out elsewhere."),
                gettext("If it was not you, choose another one at once:"),
                forgotten(),
            ]
        case _:
            raise Refused(f"there is no letter of the kind {letter.kind}")
    return Draft(subject, greet(account.person.names.in_(lang)), blocks)


def _to_invited(letter: Letter) -> Draft:
    lang = letter.language
    invitation = _found(db.session.get(Invitation, letter.invitation_id))
    name = str(invitation.organisation.name.in_(lang))
    token = links.make("invitation", invitation.id, invitation.link_number)
    return Draft(
        gettext("Invitation to act for %(organisation)s", organisation=name),
        gettext("Hello,"),
        [
            gettext("You are invited to act for %(organisation)s on EventHub.", organisation=name),
            Link(gettext("Accept the invitation"), address("organisations.invitation", lang, token=token)),
            gettext(
                "The link is good until %(day)s. If you do not want to accept, there is nothing you need to do.",
                day=i18n.format_day(invitation.expires_at, lang),
            ),
        ],
        sender=name,
    )
