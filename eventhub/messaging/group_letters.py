"""What letters say about delegations, and about places that pass from one to another."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, ngettext

from eventhub.calendars.invitations import Due
from eventhub.events.models import Event
from eventhub.foundation import i18n
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import list_seats
from eventhub.registrations.words import way_of

from . import calendar_messages
from .drafts import Block, Draft, Link, facts_of, found, greet, harmless, way_to_registration
from .models import Letter
from .place_news import until
from .samples import is_sample

KINDS = ("delegation", "substitute_named", "substituted", "substitute_declined", "substitute_asked")


def draft(letter: Letter) -> Draft:
    """The letter as it reads now; Refused where what it says is not so any more."""
    lang = letter.language
    registration = found(db.session.get(Registration, letter.registration_id))
    event = registration.event
    title = str(event.title.in_(lang))
    if letter.kind == "substitute_asked":
        return _to_organisers(registration, event, lang)
    if letter.kind == "delegation":
        blocks = _of_delegation(letter)
        subject = gettext("Your delegation is registered: %(title)s", title=title)
    elif letter.kind == "substitute_named":
        blocks = _of_place(letter, registration)
        subject = gettext("A place is passed on to you: %(title)s", title=title)
    elif letter.kind == "substituted":
        blocks = [
            gettext("Somebody else comes in your stead, as it was asked for by your link."),
            gettext("Your registration has ended, and with it your ticket and your private links."),
            gettext("If this was not your wish, please write to the organisers at once."),
        ]
        subject = gettext("Your place is passed on: %(title)s", title=title)
    else:
        blocks = [
            gettext("The organisers did not agree that somebody else comes in your stead. The place stays yours."),
            gettext("If you cannot come, please cancel, so that it goes to the next in line."),
        ]
        subject = gettext("Your place stays yours: %(title)s", title=title)
    due = calendar_messages.find_due(letter, registration) if letter.kind == "substituted" else None
    return Draft(
        subject,
        greet(registration.name),
        [*blocks, _facts(registration, event, lang), *_way_in(letter, registration, event)],
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=_calendar(letter, registration, event, due),
        invitation=calendar_messages.told_by(letter.kind, due),
    )


def on_behalf(letter: Letter, registration: Registration) -> list[Block]:
    """What a letter says first where a contact stands between: whom it is about, or who has registered its reader."""
    contact = registration.contact
    if contact is None:
        return []
    if registration.address is None:
        if name := harmless(registration.name):
            about = gettext("This is about %(name)s of your delegation. For them it says:", name=name)
            return [i18n.spaced(about, name)]
        return [gettext("This is about somebody of your delegation who has no address. For them it says:")]
    if letter.kind not in {"confirmed", "waitlisted", "unverified", "pending"}:
        return []
    name = harmless(contact.name)
    by_name = i18n.spaced(gettext("%(name)s has registered you as one of a delegation.", name=name), name)
    return [by_name if name else gettext("Somebody has registered you as one of a delegation.")]


def _of_delegation(letter: Letter) -> list[Block]:
    people, waiting = letter.data["people"], letter.data["waiting"]
    blocks: list[Block] = [
        ngettext("You have registered one person for this event.", "You have registered %(num)s people for this event.",
                 people)
    ]  # fmt: skip
    if waiting:
        blocks.append(
            ngettext("As there are not enough places, one of them may have to wait for one.",
                     "As there are not enough places, %(num)s of them may have to wait for one.", waiting)
        )  # fmt: skip
    return [
        *blocks,
        gettext("Whoever has an e-mail address gets a letter with a link of their own."),
        gettext("By your own link below you look after the others: their tickets, changes, and who does not come."),
        gettext("If it was not you, somebody has used your address: by the same link you cancel the delegation."),
    ]


def _of_place(letter: Letter, registration: Registration) -> list[Block]:
    place = registration.place
    if (place.state != "unverified" or place.held_until is None) and not is_sample(letter):
        raise Refused("the place does not wait for an answer any more")
    values = {"way": way_of(place.pool), "moment": until(place)}
    if len(list_seats(registration.event)) > 1:
        yours = gettext("The place %(way)s is yours if you take it by your own link below until %(moment)s.", **values)
    else:
        yours = gettext("The place is yours if you take it by your own link below until %(moment)s.", **values)
    return [
        gettext("Somebody who cannot come to this event has named you: you can come in their stead."),
        yours,
        gettext("Then it goes to the next in line. If you do not want to come, there is nothing you need to do."),
    ]


def _facts(registration: Registration, event: Event, lang: str) -> Block:
    is_online = registration.place.pool.mode == "online"
    return facts_of(event, lang, is_online=is_online, zone=registration.own_zone)


def _way_in(letter: Letter, registration: Registration, event: Event) -> Sequence[Block]:
    lang = letter.language
    if letter.kind == "substituted" and not letter.data.get("is_contact"):
        return [Link(gettext("The event’s page"), address("events.event", lang, slug=event.slug))]
    return way_to_registration(registration, lang)


def _calendar(letter: Letter, registration: Registration, event: Event, due: Due | None) -> bytes | None:
    """The event as it stands for its reader: called off for whom somebody else comes; a contact who does not has it."""
    is_there = letter.kind == "substituted" or not registration.place.has_ended
    about = registration.id if is_there else None
    return calendar_messages.file_of(about, event, letter.language, due)


def _to_organisers(registration: Registration, event: Event, lang: str) -> Draft:
    name = harmless(registration.name)
    title = str(event.title.in_(lang))
    return Draft(
        gettext("A substitute to decide on: %(title)s", title=title),
        gettext("Hello,"),
        [
            i18n.spaced(gettext("%(name)s would like somebody else to come in their stead.", name=name), name)
            if name
            else gettext("Somebody would like another to come in their stead."),
            gettext("Please agree, or not, on the desk."),
            Link(gettext("Substitutes"), address("registrations_desk.wishes", lang, slug=event.slug)),
        ],
        sender="EventHub",
    )
