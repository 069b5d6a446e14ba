"""What each letter says: in its reader's language, with links made at the moment it is sent.

A letter is a subject and blocks; `mail` turns them into plain text and HTML. Of what people typed, a letter
holds only the name in its greeting, and not even that where a mail program could make a link of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext

from eventhub.accounts.models import Account
from eventhub.calendars.attachments import attachment_for
from eventhub.events.circumstances import Circumstances
from eventhub.foundation import clock, i18n, links, markup
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.foundation.zones import zone_of_country
from eventhub.organisations.models import Invitation
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.queries import position_of
from eventhub.registrations.words import name_of

from . import (
    calendar_messages,
    certificate_letters,
    group_letters,
    guest_letters,
    programme_letters,
    queries,
    samples,
    series_letters,
    sign_up_letters,
    speaker_letters,
    visa_letters,
)
from .comparisons import compared
from .drafts import Block, Draft, Facts, Link, Said, facts_of, found, greet, harmless
from .models import Letter
from .reminders import letters as reminder_letters
from .samples import is_sample
from .to_groups import drawing as to_groups
from .wordings import wording as wordings


def draft(letter: Letter) -> Draft:
    """The letter as it reads now, in the language in force; Refused where what it is about is no longer there."""
    if letter.kind == "test":
        with links.made_void():
            shown = draft(samples.of_test(letter))
        return replace(
            shown,
            subject=gettext("Test: %(subject)s", subject=shown.subject),
            calendar=None,
            invitation=None,
            ending=None,
        )
    return wordings.worded(letter, _drawn(letter))


def preview(letter: Letter) -> Draft:
    """A sample of a letter, for whoever writes its words: the private links in it open nothing."""
    with links.made_void():
        return draft(letter)


def _drawn(letter: Letter) -> Draft:
    writers: tuple[tuple[UUID | str | None, Callable[[Letter], Draft]], ...] = (
        (letter.data.get("group_letter_id"), to_groups.draft),
        (letter.data.get("rule_id"), reminder_letters.draft),
        (letter.kind if letter.kind in group_letters.KINDS else None, group_letters.draft),
        (letter.data.get("certificate_id"), certificate_letters.draft),
        (letter.data.get("series_registration_id"), series_letters.draft),
        (letter.data.get("speaker_id"), speaker_letters.draft),
        (letter.data.get("event_invitation_id"), guest_letters.draft),
        (letter.data.get("sessions"), programme_letters.draft),
        (letter.data.get("sign_ups"), sign_up_letters.draft),
        (letter.data.get("person_id"), speaker_letters.draft),
        (letter.registration_id, _to_registrant),
        (letter.account_id, _to_account),
        (letter.invitation_id, _to_invited),
    )
    for about, write in writers:
        if about is not None:
            return write(letter)
    return _links(letter)


def _to_registrant(letter: Letter) -> Draft:
    lang = letter.language
    registration = found(db.session.get(Registration, letter.registration_id))
    event, place = registration.event, registration.place
    # Who has no address is written to by way of their contact, who has the link to their page on an own one.
    reader = registration.looked_after_by or registration
    about = _place_of(letter, registration)
    kind = letter.kind if is_sample(letter) else _kind_today(letter.kind, about, place)
    subject, *sentences = _news(kind, about if kind == letter.kind else place, str(event.title.in_(lang)))
    blocks: list[Block] = [*(map(Said, sentences) if kind in _FREE else sentences)]
    blocks = [*group_letters.on_behalf(letter, registration), *blocks]
    if about is not place and place.state == "confirmed" and about.state in {"waitlisted", "pending"}:
        blocks.append(_meanwhile(place))
    elif about is not place and place.state == "unverified":
        blocks += _held(place)
    if words := letter.data.get("words", {}).get(lang):
        blocks.append(words)
    if was := letter.data.get("was"):
        own = zone_of_country(registration.country or "")
        blocks.insert(1, Facts(compared(Circumstances.from_json(was), Circumstances.of(event), lang, own)))
    if "notice_id" in letter.data:
        mine = sign_up_letters.own_sessions(registration)
        own = zone_of_country(registration.country or "")
        if kind == "event_changed":
            blocks.append(gettext("These sessions of an event for which you are registered have changed:"))
        blocks += programme_letters.changes(letter, event, only_substantial=True, first=mine, zone=own)
    if kind in {"event_postponed", "event_cancelled"} and (notice := event.notice.in_(lang)):
        blocks.append(markup.to_plain(notice))
    facts = facts_of(
        event,
        lang,
        is_online=place.pool.mode == "online",
        is_postponed=kind == "event_postponed",
        zone=zone_of_country(registration.country or ""),
    )
    blocks.append(facts)
    if kind in _BEGINNINGS:
        blocks += sign_up_letters.sentence_for_newcomers(registration)
    if kind in {"cancelled", "event_cancelled"}:
        blocks.append(Link(gettext("The event's page"), address("events.event", lang, slug=event.slug)))
    else:
        token = links.make("registration", reader.id, reader.link_number)
        blocks += [
            gettext("By your own link you see how your registration stands, and all that is kept of you:")
            if place.has_ended
            else gettext("Change or cancel your registration, or subscribe to the calendar, by your own link:"),
            Link(gettext("My registration"), address("registrations.mine", lang, token=token)),
            gettext("The link is yours alone. Whoever has it can change your registration."),
        ]
    has_calendar = not place.has_ended or kind in {"cancelled", "event_cancelled"}
    due = calendar_messages.find_due(letter, registration)
    return Draft(
        subject,
        greet(reader.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, lang, registration_id=registration.id, is_invited=due is not None)
        if has_calendar
        else None,
        invitation=calendar_messages.told_by(kind, due, is_beginning=kind in _BEGINNINGS),
        occasion=kind,
    )


# The letters whose sentences may be others: facts and links beneath say all that their reader must know.
_FREE = {
    "confirmed", "promoted", "moved_confirmed", "approved_confirmed", "pending", "moved_pending", "event_changed",
    "event_resumed", "visa_issued", "link_rotated",
}  # fmt: skip
# The letters by which somebody hears for the first time that they have a place.
_BEGINNINGS = {"confirmed", "promoted", "approved_confirmed", "unverified", "offered"}
# In which state a place is while a letter about it is true.
_TRUE_WHILE = {
    "confirmed": "confirmed",
    "promoted": "confirmed",
    "moved_confirmed": "confirmed",
    "waitlisted": "waitlisted",
    "moved_waitlisted": "waitlisted",
    "unverified": "unverified",
    "moved_unverified": "unverified",
    "pending": "pending",
    "moved_pending": "pending",
    "offered": "offered",
    "approved_confirmed": "confirmed",
    "approved_waitlisted": "waitlisted",
    "declined": "declined",
    "lapsed": "cancelled",
    "cancelled": "cancelled",
}


def _place_of(letter: Letter, registration: Registration) -> Place:
    """The place that a letter is about: one of two, where somebody waits for a second."""
    about = letter.data.get("place_id")
    return next((place for place in registration.places if str(place.id) == about), registration.place)


def _kind_today(kind: str, about: Place, best: Place) -> str:
    """The kind of letter that is true today: one that was kept waiting must not promise what was given up since."""
    return kind if _TRUE_WHILE.get(kind, about.state) == about.state else best.state


def _news(kind: str, place: Place, title: str) -> list[str]:
    """What a registrant hears: the subject, then the sentences."""
    is_in_person = place.pool.mode == "in_person"
    match kind:
        case "confirmed":
            return [
                gettext("You have a place: %(title)s", title=title),
                gettext("Your registration is confirmed: you take part in person.")
                if is_in_person
                else gettext("Your registration is confirmed: you take part online."),
            ]
        case "waitlisted" | "moved_waitlisted":
            return [gettext("You are on the waitlist: %(title)s", title=title), *_waiting(place)]
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
                *_waiting(place),
            ]
        case "link_rotated":
            return [
                gettext("Your new link: %(title)s", title=title),
                gettext("The former links to your registration are void. Below is the new one."),
            ]
    return _news_of_admission(kind, place, title) or visa_letters.news(kind, title) or _news_of_event(kind, title)


def _news_of_admission(kind: str, place: Place, title: str) -> list[str]:
    """What somebody hears whose place is held, offered or decided upon; nothing where the letter is about another."""
    match kind:
        case "unverified" | "moved_unverified":
            return [
                gettext("Please confirm your place: %(title)s", title=title),
                *_held(place),
            ]
        case "pending" | "moved_pending":
            return [
                gettext("Your registration has reached the organisers: %(title)s", title=title),
                gettext("They decide who gets a place, and we write to you as soon as they have."),
            ]
        case "offered":
            return [
                gettext("Please take your place: %(title)s", title=title),
                gettext("A place has come free for you: %(pool)s.", pool=name_of(place.pool)),
                gettext("It is yours if you take it by your own link below until %(moment)s.", moment=_until(place)),
                gettext("Then it goes to the next in line."),
            ]
        case "approved_confirmed":
            return [
                gettext("You have a place: %(title)s", title=title),
                gettext("The organisers have let you in: you take part in person.")
                if place.pool.mode == "in_person"
                else gettext("The organisers have let you in: you take part online."),
            ]
        case "approved_waitlisted":
            return [
                gettext("You are on the waitlist: %(title)s", title=title),
                gettext("The organisers have let you in, and you get a place as soon as one is free."),
                *_waiting(place),
            ]
        case "declined":
            return [
                gettext("No place this time: %(title)s", title=title),
                gettext("The organisers are sorry: there was no place for you at this event."),
            ]
        case "lapsed":
            return [
                gettext("The time to take your place is over: %(title)s", title=title),
                gettext("The place that was offered to you was not taken in time, and went to the next in line."),
            ]
    return []


def _held(place: Place) -> list[str]:
    """Until when a place is held for somebody, and what they have to do."""
    return [
        gettext("A place is held for you until %(moment)s.", moment=_until(place)),
        gettext("Please confirm it by then by your own link below; after that it goes to somebody else."),
    ]


def _meanwhile(place: Place) -> str:
    """What somebody has while they wait for another place."""
    if place.pool.mode == "in_person":
        return str(gettext("Until a place there comes free you take part in person."))
    return str(gettext("Until a place there comes free you take part online."))


def _until(place: Place) -> str:
    """The moment until which a place is held, on the clock of the event."""
    event = place.pool.event
    # A place that is not held has no such moment; a sample of a letter about one that is tells of some.
    until = place.held_until or clock.now() + timedelta(hours=place.pool.offer_hours)
    return i18n.format_zoned(clock.wall(until, event.zone), event.zone)


def _news_of_event(kind: str, title: str) -> list[str]:
    """What everybody at an event hears."""
    match kind:
        case "event_changed":
            return [
                gettext("Changed: %(title)s", title=title),
                gettext("The time, place or form of this event has changed."),
                gettext("Your registration stays as it is."),
            ]
        case "programme_changed":
            return [
                gettext("The programme has changed: %(title)s", title=title),
                gettext("These sessions of an event for which you are registered have changed:"),
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


def _waiting(place: Place) -> list[str]:
    """How somebody stands in the queue; nothing for somebody who has a place."""
    position = position_of(place)
    if position is None:
        return []
    is_in_person = place.pool.mode == "in_person"
    return [
        gettext("All places in person are taken. You are number %(position)s on the waitlist.", position=position)
        if is_in_person
        else gettext("All places online are taken. You are number %(position)s on the waitlist.", position=position),
        gettext("When a place becomes free, it goes to the next in line at once, and we write to you."),
    ]


def _links(letter: Letter) -> Draft:
    lang = letter.language
    registrations, desks = queries.list_coming(letter.address), queries.list_coming_desks(letter.address)
    of_series = queries.list_coming_series(letter.address)
    if not registrations and not desks and not of_series:
        raise Refused("what the letter is about is no longer there")
    blocks: list[Block] = []
    if registrations:
        blocks.append(gettext("These are your registrations. Each link is yours alone."))
    for registration in registrations:
        event, is_online = registration.event, registration.place.pool.mode == "online"
        blocks.append(facts_of(event, lang, is_online=is_online, is_postponed=event.status == "postponed"))
        token = links.make("registration", registration.id, registration.link_number)
        blocks.append(Link(gettext("My registration"), address("registrations.mine", lang, token=token)))
    if of_series:
        blocks.append(gettext("These are your registrations for series. Each link is yours alone."))
    blocks += [Link(str(one.series.title.in_(lang)), series_letters.way_to(one, lang)) for one in of_series]
    if desks:
        blocks.append(gettext("These are your pages as a speaker. Each link is yours alone."))
    for speaker, event in desks:
        blocks.append(Link(str(event.title.in_(lang)), speaker_letters.way_in(speaker, lang)))
    subject = gettext("Your links") if desks else gettext("Your registrations")
    names = [one.name for one in registrations] + [one.name for one in of_series]
    name = names[0] if names else desks[0][0].person.names.in_(lang)
    return Draft(subject, greet(name), blocks)


def _to_account(letter: Letter) -> Draft:
    account = found(db.session.get(Account, letter.account_id))
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
    invitation = found(db.session.get(Invitation, letter.invitation_id))
    name = harmless(invitation.organisation.name.in_(lang))
    token = links.make("invitation", invitation.id, invitation.link_number)
    return Draft(
        gettext("Invitation to act for %(organisation)s", organisation=name)
        if name
        else gettext("Invitation to act for an organisation"),
        gettext("Hello,"),
        [
            gettext("You are invited to act for %(organisation)s on EventHub.", organisation=name)
            if name
            else gettext("You are invited to act for an organisation on EventHub."),
            Link(gettext("Accept the invitation"), address("organisations.invitation", lang, token=token)),
            gettext(
                "The link is good until %(day)s. If you do not want to accept, there is nothing you need to do.",
                day=i18n.format_day(invitation.expires_at, lang),
            ),
        ],
        sender=name or "EventHub",
    )


def true_while(kind: str) -> str:
    """In which state a place is while a letter of a kind is true; empty where that is not asked."""
    return _TRUE_WHILE.get(kind, "")
