"""What a reminder says: always what, when, where and how to get there; the organisers' own words besides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock, i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.web import address
from eventhub.messaging import calendar_messages, placeholders, speaker_letters
from eventhub.messaging.choices import services as choices
from eventhub.messaging.comparisons import where
from eventhub.messaging.drafts import (
    Block,
    Draft,
    Facts,
    Link,
    facts_of,
    found,
    greet,
    plain_or_marked,
    values_of,
    way_out,
)
from eventhub.messaging.models import Letter
from eventhub.messaging.samples import is_sample
from eventhub.programme import speaker_queries
from eventhub.programme.public import PublicSession
from eventhub.registrations.models import EventInvitation, Registration

from . import queries
from .models import ReminderRule
from .queries import Occasion

# A calendar file with every reminder would be one entry more for whoever opens it: it comes with what is days away.
_CALENDAR_FROM = ("days",)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a reminder: what we call them, their clock where it is known, and the way to what is theirs."""

    name: str
    zone: str | None = None
    is_online: bool = False
    way: list[Block] = field(default_factory=list)
    parts: list[Block] = field(default_factory=list)
    registration_id: UUID | None = None
    has_own_place: bool = True
    ending: str | None = None


def is_worth_sending(letter: Letter) -> bool:
    """Whether a reminder still tells something true, and in time, to somebody whom it concerns."""
    rule, event = db.session.get(ReminderRule, UUID(letter.data["rule_id"])), db.session.get(Event, letter.event_id)
    if rule is None or event is None or not rule.is_on:
        return False
    occasion_id, at = _about(letter)
    occasion = queries.occasion_of(rule, event, occasion_id, at)
    recipient_id = letter.registration_id or UUID(
        letter.data.get("person_id") or letter.data.get("event_invitation_id") or ""
    )
    is_over = not rule.is_after and clock.now() >= at
    return occasion is not None and not is_over and queries.is_meant(rule, event, occasion, recipient_id)


def draft(letter: Letter) -> Draft:
    """The letter as it reads now, in the language in force; Refused where what it is about is no longer there."""
    rule = found(db.session.get(ReminderRule, UUID(letter.data["rule_id"])))
    event = found(db.session.get(Event, letter.event_id))
    occasion_id, at = _about(letter)
    reader = _reader(letter, rule, event)
    drawn = _compose(rule, event, Occasion(occasion_id, at), reader, letter.language)
    if rule.unit not in _CALENDAR_FROM or rule.is_after or not reader.registration_id:
        return drawn
    due = calendar_messages.find_due(letter, found(db.session.get(Registration, reader.registration_id)))
    file = calendar_messages.file_of(reader.registration_id, event, letter.language, due)
    return replace(drawn, calendar=file, invitation=calendar_messages.told_by(letter.kind, due))


def _compose(rule: ReminderRule, event: Event, occasion: Occasion, reader: _Reader, lang: str) -> Draft:
    session = queries.session_of(event, occasion.id) if rule.occasion == "session" else None
    title = str(session.title.in_(lang) if session else event.title.in_(lang))
    blocks: list[Block] = []
    if sentence := _sentence(rule, event, occasion, has_own_place=reader.has_own_place):
        blocks.append(sentence)
    if note := plain_or_marked(rule.note.in_(lang)):
        blocks.append(placeholders.fill(note, values_of(event, lang, reader.name, "", is_online=reader.is_online)))
    if session is not None:
        blocks.append(_facts_of_session(session, event, reader, lang))
    blocks.append(facts_of(event, lang, is_online=reader.is_online, zone=reader.zone))
    return Draft(
        gettext("About: %(title)s", title=title) if rule.is_after else gettext("Reminder: %(title)s", title=title),
        greet(reader.name),
        [*blocks, *reader.parts, *reader.way, *way_out(reader.ending)],
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        ending=reader.ending,
    )


def _about(letter: Letter) -> tuple[UUID, datetime]:
    return UUID(letter.data["occasion_id"]), datetime.fromisoformat(letter.data["occasion_at"])


def _sentence(rule: ReminderRule, event: Event, occasion: Occasion, *, has_own_place: bool) -> str:
    """What somebody is reminded of; nothing of what is over, where the organisers' own words say all."""
    if rule.is_after:
        return ""
    until = i18n.format_zoned(clock.wall(occasion.at, event.zone), event.zone)
    match rule.occasion, rule.audience:
        case "registration_closes", _:
            text = gettext(
                "You are invited to this event. Registration closes on %(moment)s; please answer by then.", moment=until
            )
        case "invitation", _:
            text = gettext("You are invited to this event, and can answer until %(moment)s.", moment=until)
        case "offer", _:
            text = gettext(
                "A place is kept for you until %(moment)s. Please take it by your own link below.", moment=until
            )
        case "answer", _:
            text = gettext("You are asked to take part in this event. Please answer by %(moment)s.", moment=until)
        case "session", "speakers":
            text = gettext("This is a reminder of a session in which you have a part.")
        case "session", "moderators":
            text = gettext("This is a reminder of a session that you moderate.")
        case "session", "signed_up":
            text = gettext("This is a reminder of a session for which you have signed up.")
        case "session", _:
            text = gettext("This is a reminder of a session of an event for which you are registered.")
        case _, "speakers" | "moderators":
            text = gettext("This is a reminder of an event in whose programme you have a part.")
        case _ if not has_own_place:
            text = gettext("This is a reminder of an event for which you have registered others.")
        case _:
            text = gettext("This is a reminder of an event for which you are registered.")
    return str(text)


def _facts_of_session(session: PublicSession, event: Event, reader: _Reader, lang: str) -> Facts:
    """The session with its weekday, day and hours by the venue's clock and the reader's own, its room, and its page."""
    rows = [
        (gettext("Session"), str(session.title.in_(lang))),
        (gettext("When"), hours_in(session.starts_at, session.ends_at, event.zone, lang)),
        (gettext("Time zone"), i18n.zone_label(event.zone, lang, session.starts_at)),
    ]
    if reader.zone and clock.wall(session.starts_at, reader.zone) != session.starts:
        hours = hours_in(session.starts_at, session.ends_at, reader.zone, lang)
        label = i18n.zone_label(reader.zone, lang)
        rows.append((gettext("By your clock"), f"{hours}（{label}）" if lang == "zh" else f"{hours} {label}"))
    if place := _place_of(session, event, reader, lang):
        rows.append((gettext("Where"), place))
    page = address("programme.session", lang, slug=event.slug, session=session.slug)
    return Facts([*rows, (gettext("Page"), page)])


def _place_of(session: PublicSession, event: Event, reader: _Reader, lang: str) -> str:
    if session.room and (session.room.is_virtual or not reader.is_online):
        return str(session.room.name.in_(lang))
    return str(gettext("Online")) if reader.is_online else where(event, lang)


def hours_in(starts_at: datetime, ends_at: datetime, zone: str, lang: str) -> str:
    """From when until when, by the clock of a zone that is named elsewhere."""
    starts, ends = clock.wall(starts_at, zone), clock.wall(ends_at, zone)
    end = i18n.format_clock(ends, zone, lang) if starts.date() == ends.date() else i18n.format_moment(ends, lang, zone)
    return f"{i18n.format_moment(starts, lang, zone)}–{end}"


def _reader(letter: Letter, rule: ReminderRule, event: Event) -> _Reader:
    lang = letter.language
    if letter.registration_id is not None:
        return _registrant(found(db.session.get(Registration, letter.registration_id)), lang, is_after=rule.is_after)
    if "event_invitation_id" in letter.data:
        return _guest(letter, found(db.session.get(EventInvitation, UUID(letter.data["event_invitation_id"]))))
    person, speaker = speaker_letters.reader_of(letter, event)
    about = {UUID(letter.data["occasion_id"])} if rule.occasion == "session" else None
    role = "moderator" if rule.audience == "moderators" else "presenter"
    return _Reader(
        person.names.in_(lang),
        speaker_queries.zone_of(speaker, event) if speaker else person.zone,
        way=speaker_letters.own_page(speaker, lang)
        or [Link(gettext("The event’s page"), address("events.event", lang, slug=event.slug))],
        parts=[] if rule.is_after else speaker_letters.told_parts(person, speaker, event, lang, about, role),
    )


def _registrant(registration: Registration, lang: str, *, is_after: bool) -> _Reader:
    place = registration.place
    token = links.make("registration", registration.id, registration.link_number)
    way: list[Block] = [
        gettext("What you registered for and your documents are on your own page:")
        if is_after
        else gettext("How you take part, your ticket and your calendar are on your own page. There you also cancel:"),
        Link(gettext("My registration"), address("registrations.mine", lang, token=token)),
        gettext("The link is yours alone. Whoever has it can change your registration."),
    ]
    return _Reader(
        registration.name,
        registration.own_zone,
        is_online=place.pool.mode == "online",
        way=way,
        registration_id=registration.id if not place.has_ended else None,
        has_own_place=not place.has_ended,
    )


def _guest(letter: Letter, invitation: EventInvitation) -> _Reader:
    lang = letter.language
    token = links.make("event_invitation", invitation.id, invitation.link_number)
    way: list[Block] = [
        Link(gettext("My invitation"), address("registrations.invited", lang, token=token)),
        gettext("The link is yours alone. Whoever has it can answer for you."),
    ]
    organiser = invitation.event.organisation_id
    ending = None if is_sample(letter) else choices.ending_for(organiser, invitation.address, lang)
    return _Reader(invitation.name, is_online=invitation.pool.mode == "online", way=way, ending=ending)
