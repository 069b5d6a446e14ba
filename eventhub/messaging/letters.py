"""What each letter says: in its reader's language, with links made at the moment it is sent.

A letter is a subject and blocks; `mail` turns them into plain text and HTML. Of what people typed, a letter
holds only the name in its greeting, and not even that where a mail program could make a link of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from flask_babel import gettext

from eventhub.accounts.models import Account
from eventhub.foundation import i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.organisations.models import Invitation
from eventhub.registrations.models import Registration

from . import (
    calendar_messages,
    certificate_letters,
    examples,
    group_letters,
    guest_letters,
    programme_hours,
    programme_letters,
    queries,
    samples,
    series_letters,
    sign_up_letters,
    speaker_letters,
)
from .drafts import (
    Block,
    Draft,
    Link,
    Said,
    changes_told,
    facts_of,
    found,
    greet,
    harmless,
    plain_or_marked,
    to_registration,
    way_to_registration,
)
from .models import Letter
from .place_news import BEGINNINGS, FREE, beside, kind_today, news, place_of
from .reminders import letters as reminder_letters
from .samples import is_sample
from .to_groups import drawing as to_groups
from .wordings import wording as wordings

# Who gave up or lost what their calendar may show as theirs gets what takes it out there.
CALLED_OFF = {"cancelled", "event_cancelled", "lapsed"}


def draft(letter: Letter) -> Draft:
    """The letter as it reads now, in the language in force; Refused where what it is about is no longer there."""
    if letter.kind == "test":
        shown = preview(samples.of_test(letter))
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
    with links.made_void(), examples.at_hand(letter):
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
    about = place_of(letter, registration)
    kind = letter.kind if is_sample(letter) else kind_today(letter.kind, about, place)
    told_of = about if kind == letter.kind else place
    subject, *sentences = news(kind, told_of, str(event.title.in_(lang)))
    if as_speaker := speaker_letters.of_registrant(letter, registration):
        # Of the event's fate a speaker hears in words of their own.
        sentences = sentences if kind == "event_postponed" else sentences[1:]
    blocks: list[Block] = [*as_speaker, *(map(Said, sentences) if kind in FREE else sentences)]
    blocks = [*group_letters.on_behalf(letter, registration), *blocks, *beside(kind, told_of, registration)]
    if words := letter.data.get("words"):
        # What was written in one language only is better read in that than missed.
        blocks.append(words.get(lang) or next(iter(words.values())))
    has_sessions = not programme_hours.lags_behind(event, letter.data.get("was"))
    told = changes_told(letter, event, reader.own_zone, is_online=place.pool.mode == "online")
    blocks[1:1] = told if has_sessions else [*told, programme_hours.hours_follow()]
    if "notice_id" in letter.data:
        mine = sign_up_letters.own_sessions(registration)
        if kind == "event_changed":
            blocks.append(gettext("These sessions of an event for which you are registered have changed:"))
        blocks += programme_letters.changes(letter, event, only_substantial=True, first=mine, zone=reader.own_zone)
    if kind in {"event_postponed", "event_cancelled"} and (notice := event.notice.in_(lang)):
        blocks.append(plain_or_marked(notice))
    there = about if kind == "offered" else place  # what is offered may be elsewhere than what they have
    blocks.append(facts_of(event, lang, kind, is_online=there.pool.mode == "online", zone=reader.own_zone))
    if kind in BEGINNINGS:
        blocks += sign_up_letters.sentence_for_newcomers(registration)
    if kind in {"cancelled", "event_cancelled"}:
        blocks.append(Link(gettext("The event’s page"), address("events.event", lang, slug=event.slug)))
    else:
        blocks += [
            gettext("By your own link you see how your registration stands, and all that is kept of you:")
            if place.has_ended
            else gettext("Change or cancel your registration, or subscribe to the calendar, by your own link:"),
            *way_to_registration(reader, lang),
        ]
    has_calendar = not place.has_ended or kind in CALLED_OFF
    due = calendar_messages.find_due(letter, registration)
    return Draft(
        subject,
        greet(reader.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=calendar_messages.file_of(registration.id, event, lang, due, has_sessions=has_sessions)
        if has_calendar
        else None,
        invitation=calendar_messages.told_by(kind, due, is_whole=kind in BEGINNINGS or "was" in letter.data),
        occasion=kind,
    )


def _links(letter: Letter) -> Draft:
    lang = letter.language
    registrations, desks = queries.list_coming(letter.address), queries.list_coming_desks(letter.address)
    of_series, invitations = queries.list_coming_series(letter.address), queries.list_open_invitations(letter.address)
    if not registrations and not desks and not of_series and not invitations:
        raise Refused("what the letter is about is no longer there")
    blocks: list[Block] = []
    if registrations:
        blocks.append(gettext("These are your registrations. Each link is yours alone."))
    for registration in registrations:
        event, is_online = registration.event, registration.place.pool.mode == "online"
        blocks.append(facts_of(event, lang, is_online=is_online, zone=registration.own_zone))
        blocks.append(to_registration(registration, lang))
    if of_series:
        blocks.append(gettext("These are your registrations for series. Each link is yours alone."))
    blocks += [Link(str(one.series.title.in_(lang)), series_letters.way_to(one, lang)) for one in of_series]
    if invitations:
        blocks.append(gettext("You are invited to these events and have not answered yet. Each link is yours alone."))
    blocks += [Link(str(one.event.title.in_(lang)), guest_letters.way_to(one, lang)) for one in invitations]
    if desks:
        blocks.append(gettext("These are your pages as a speaker. Each link is yours alone."))
    for speaker, event in desks:
        blocks.append(Link(str(event.title.in_(lang)), speaker_letters.way_in(speaker, lang)))
    subject = gettext("Your links") if desks or invitations else gettext("Your registrations")
    names = [one.name for one in registrations] + [one.name for one in of_series] + [one.name for one in invitations]
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
