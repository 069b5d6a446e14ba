"""What letters to speakers say, and what organisers hear of their answers.

Of what speakers typed, organisers read only the name here: a reason, or a title, waits for them on the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext, ngettext
from sqlalchemy import select

from eventhub.calendars.attachments import attachment_for, attachment_of_sessions
from eventhub.events.models import Event
from eventhub.foundation import clock, i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.people.models import Person
from eventhub.programme import public, speaker_queries
from eventhub.programme.forms import ROLES
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker
from eventhub.registrations.models import Registration

from . import event_news, examples, programme_hours
from .drafts import Block, Draft, Facts, Link, Said, changes_told, facts_of, found, greet, harmless, plain_or_marked
from .models import Letter
from .samples import is_sample

TO_ORGANISERS = ("speaker_answered", "speaker_remote", "speaker_in_person", "co_speaker_proposed")


def draft(letter: Letter) -> Draft:
    """The letter as it reads now, in the language in force; Refused where what it is about is no longer there."""
    if "person_id" in letter.data:
        return _of_event(letter)
    speaker = found(db.session.get(Speaker, UUID(letter.data["speaker_id"])))
    event = found(db.session.get(Event, speaker.event_id))
    if letter.kind in TO_ORGANISERS:
        return _to_organisers(letter, speaker, event)
    if letter.address != speaker_queries.address_of(speaker.person, speaker) and not is_sample(letter):
        # The link is made now: it must not go where the speaker is not (any more), however late the letter is.
        raise Refused("letters to this speaker go elsewhere now")
    return _to_speaker(letter, speaker, event)


def way_in(speaker: Speaker, lang: str) -> str:
    """The address of a speaker's own page, for a letter to nobody but them."""
    return address("programme.speak", lang, token=links.make("speaker", speaker.id, speaker.link_number))


def reader_of(letter: Letter, event: Event) -> tuple[Person, Speaker | None]:
    """Whom a letter is to, and as which speaker; Refused where they are gone, or reached elsewhere by now."""
    person = found(db.session.get(Person, UUID(letter.data["person_id"])))
    is_example = person.id == examples.EXAMPLE
    speaker = db.session.get(Speaker, person.id) if is_example else speaker_queries.find_of_person(event.id, person.id)
    if letter.address != speaker_queries.address_of(person, speaker) and not is_sample(letter):
        raise Refused("letters to this speaker go elsewhere now")
    return person, speaker


def own_page(speaker: Speaker | None, lang: str) -> list[Block]:
    """The way to a speaker's own page, for a letter to nobody but them; nothing for whoever was given none."""
    if speaker is None or speaker.invited_at is None:
        return []
    return [
        Link(gettext("My page as a speaker"), way_in(speaker, lang)),
        gettext("The link is yours alone. Whoever has it can answer for you."),
    ]


def told_parts(
    person: Person, speaker: Speaker | None, event: Event, lang: str, about: set[UUID] | None, role: str = "presenter"
) -> list[Block]:
    """The parts that somebody has in sessions, or in all of them, with the hours by the venue's clock and theirs.

    The example reader has one of the role.
    """
    parts = [
        part
        for part in _own_parts(person, event, role=role, about=about)
        if part.state in {"invited", "confirmed"}
        and part.session.state == "scheduled"
        and (about is None or part.session_id in about)
    ]
    if not parts:
        return []
    heading = ngettext("Your part in the programme:", "Your parts in the programme:", len(parts))
    return [heading, Facts(_lines(parts, _zone_of(person, speaker, event), event, lang))]


def _own_parts(
    person: Person, event: Event, kind: str = "", role: str = "presenter", about: set[UUID] | None = None
) -> Sequence[SessionRole]:
    if person.id == examples.EXAMPLE:
        return [examples.part_of(person, event, kind, role, about)]
    return speaker_queries.parts_of(event.id, person.id)


def _zone_of(person: Person, speaker: Speaker | None, event: Event) -> str:
    return speaker_queries.zone_of(speaker, event) if speaker else person.zone or event.zone


def _of_event(letter: Letter) -> Draft:
    """What becomes of an event, told to somebody who was to speak there."""
    lang = letter.language
    event = found(db.session.get(Event, letter.event_id))
    person, speaker = reader_of(letter, event)
    blocks: list[Block] = [_fate(letter.kind)]
    if letter.kind != "event_resumed" and (notice := event.notice.in_(lang)):
        blocks.append(plain_or_marked(notice))
    zone = _zone_of(person, speaker, event)
    blocks += changes_told(letter, event, zone)
    blocks.append(facts_of(event, lang, letter.kind, zone=zone))
    if letter.kind == "event_resumed":
        if programme_hours.lags_behind(event, letter.data.get("was")):
            blocks.append(programme_hours.hours_follow())
        blocks += told_parts(person, speaker, event, lang, None)
    return Draft(
        event_news.subject(letter.kind, str(event.title.in_(lang))),
        greet(person.names.in_(lang)),
        [*blocks, *own_page(speaker, lang)],
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=attachment_for(event.id, lang),
    )


def of_registrant(letter: Letter, registration: Registration) -> list[Block]:
    """What a registrant's letter about an event's fate tells them first, where they are in its programme as well."""
    person = db.session.get(Person, UUID(its_id)) if (its_id := letter.data.get("speaks_id")) else None
    if person is None:
        return []
    event, lang = registration.event, letter.language
    speaker = speaker_queries.find_of_person(event.id, person.id)
    if registration.address != speaker_queries.address_of(person, speaker):
        return []  # their link must not go where they are not (any more)
    parts = told_parts(person, speaker, event, lang, None) if letter.kind == "event_resumed" else []
    return [_fate(letter.kind), *parts, *own_page(speaker, lang)]


def _fate(kind: str) -> str:
    """What a speaker hears of an event."""
    match kind:
        case "event_resumed":
            return str(gettext("This event takes place, and you are in its programme. This is how it stands now."))
        case "event_postponed":
            return str(
                gettext("This event, in which you have a part, is postponed. We write when there is a new date.")
            )
        case "event_cancelled":
            return str(gettext("This event will not take place: you need neither answer nor prepare anything."))
    raise Refused(f"there is no letter of the kind {kind}")


def _to_speaker(letter: Letter, speaker: Speaker, event: Event) -> Draft:
    lang = letter.language
    parts = _own_parts(speaker.person, event, letter.kind)
    waiting = [part for part in parts if speaker_queries.is_open(part)]
    confirmed = [part for part in parts if part.state == "confirmed" and part.session.state == "scheduled"]
    has_confirmed = letter.kind == "speaker_confirmed"
    shown = confirmed if has_confirmed else waiting or confirmed
    title, organiser = str(event.title.in_(lang)), str(event.organisation.name.in_(lang))
    subject, *sentences = _news(letter.kind, title, organiser, is_asked=bool(waiting))
    blocks: list[Block] = [*(Said(i18n.spaced(one, organiser)) for one in sentences), facts_of(event, lang)]
    if shown:
        heading = ngettext("Your part in the programme:", "Your parts in the programme:", len(shown))
        blocks += [heading, Facts(_lines(shown, speaker_queries.zone_of(speaker, event), event, lang))]
    for name in dict.fromkeys(map(_beside, () if has_confirmed else waiting)):
        if name := harmless(name):
            blocks.append(gettext("You are asked to present together with %(name)s.", name=name))
    if waiting and not has_confirmed and speaker.answer_by:
        blocks.append(gettext("Please answer by %(moment)s:", moment=_moment(speaker, event, lang)))
    words = gettext("Confirm or decline") if waiting and not has_confirmed else gettext("My page as a speaker")
    blocks += [
        Link(words, way_in(speaker, lang)),
        gettext(
            "On this page you also say what you present and who you are, what you need, and whether you take part "
            "remotely; you can subscribe to your own sessions there."
        ),
        gettext("The link is yours alone. Whoever has it can answer for you."),
    ]
    return Draft(
        subject,
        greet(speaker.person.names.in_(lang)),
        blocks,
        sender=organiser,
        reply_to=event.contact_address,
        calendar=attachment_of_sessions(event.id, lang, [part.session_id for part in shown]) if has_confirmed else None,
    )


def _news(kind: str, title: str, organiser: str, *, is_asked: bool) -> list[str]:
    """What a speaker hears: the subject, then the sentences."""
    match kind:
        case "speaker_invited" if is_asked:
            return [
                gettext("Invitation: %(title)s", title=title),
                gettext("%(organiser)s invites you to take part in this event.", organiser=organiser),
            ]
        case "speaker_reminded" if is_asked:
            return [
                gettext("Please answer: %(title)s", title=title),
                gettext("%(organiser)s has invited you to take part in this event, and hopes for your answer.",
                        organiser=organiser),
            ]  # fmt: skip
        case "speaker_confirmed":
            return [
                gettext("You have confirmed: %(title)s", title=title),
                gettext("Thank you. %(organiser)s counts on you.", organiser=organiser),
            ]
        case "speaker_link":
            return [
                gettext("Your new link: %(title)s", title=title),
                gettext("The former links to your page as a speaker are void. Below is the new one."),
                gettext("The address of your private calendar is another as well: please subscribe anew on your page."),
            ]
        case "speaker_invited" | "speaker_reminded":
            return [
                gettext("Your page as a speaker: %(title)s", title=title),
                gettext("%(organiser)s counts on you at this event, and has a page for you.", organiser=organiser),
            ]
    raise Refused(f"there is no letter of the kind {kind}")


def _beside(part: SessionRole) -> str:
    """With whom somebody is asked to present what is the other's."""
    held = speaker_queries.presentation_of(part)
    return "" if held is part or held.person is None else str(held.person.names.in_(i18n.language()))


def _lines(parts: Sequence[SessionRole], own: str, event: Event, lang: str) -> list[tuple[str, str]]:
    """Parts as names and values: the role, then its session and hours by the venue's clock and the speaker's own.

    The hours are those that the public sees, as soon as it sees any.
    """
    state = public.public_state(event)
    found = []
    for part in parts:
        session = state.session_of(part.session_id) or part.session
        said = [str(part.session.title.in_(lang))]
        if session.starts_at and session.ends_at:
            zones = dict.fromkeys((event.zone, own))
            said += [_hours(session.starts_at, session.ends_at, zone, lang) for zone in zones]
        else:
            said.append(gettext("To be announced"))
        found.append((str(ROLES[part.role]), ("；" if lang == "zh" else "; ").join(said)))
    return found


def _hours(starts_at: datetime, ends_at: datetime, zone: str, lang: str) -> str:
    starts, ends = clock.wall(starts_at, zone), clock.wall(ends_at, zone)
    end = i18n.format_clock(ends, zone, lang) if starts.date() == ends.date() else i18n.format_moment(ends, lang, zone)
    return f"{i18n.format_moment(starts, lang, zone)}–{end} {i18n.zone_label(zone, lang)}"


def _moment(speaker: Speaker, event: Event, lang: str) -> str:
    assert speaker.answer_by
    zone = speaker_queries.zone_of(speaker, event)
    return i18n.format_zoned(clock.wall(speaker.answer_by, zone), zone, lang)


def _to_organisers(letter: Letter, speaker: Speaker, event: Event) -> Draft:
    lang = letter.language
    name = harmless(speaker.person.names.in_(lang)) or gettext("A speaker")
    parts = _parts_of(letter.data["role_ids"], event)
    rows = [(str(ROLES[part.role]), str(part.session.title.in_(lang))) for part in parts]
    subject, sentence = (i18n.spaced(said, name) for said in _tidings(letter, name, str(event.title.in_(lang))))
    blocks: list[Block] = [sentence, Facts([(gettext("Event"), str(event.title.in_(lang))), *rows])]
    blocks.append(Link(gettext("The people of this event"), address("programme_desk.speakers", lang, slug=event.slug)))
    return Draft(subject, gettext("Hello,"), blocks)


def _tidings(letter: Letter, name: str, title: str) -> tuple[str, str]:
    """What organisers hear: the subject and the sentence."""
    if letter.kind == "co_speaker_proposed":
        return (
            gettext("%(name)s proposes a co-speaker: %(title)s", name=name, title=title),
            gettext("%(name)s would like to present together with somebody. Invite them, or not, on the desk.",
                    name=name),
        )  # fmt: skip
    if letter.kind == "speaker_remote":
        return (
            gettext("%(name)s takes part remotely: %(title)s", name=name, title=title),
            i18n.gap().join(
                [
                    gettext("%(name)s cannot travel, and takes part remotely. The reason is on the desk.", name=name),
                    *_notice(letter.data["hours_before"], of_several=len(letter.data["role_ids"]) > 1),
                ]
            ),
        )
    if letter.kind == "speaker_in_person":
        return (
            gettext("%(name)s takes part in person after all: %(title)s", name=name, title=title),
            gettext("%(name)s takes part in person after all.", name=name),
        )
    match letter.data["state"]:
        case "confirmed":
            return (
                gettext("%(name)s has confirmed: %(title)s", name=name, title=title),
                gettext("%(name)s has confirmed.", name=name),
            )
        case "declined":
            return (
                gettext("%(name)s has declined: %(title)s", name=name, title=title),
                gettext("%(name)s has declined. The reason is on the desk.", name=name),
            )
    return (
        gettext("%(name)s has withdrawn: %(title)s", name=name, title=title),
        gettext("%(name)s had confirmed, and will not take part after all. The reason is on the desk.", name=name),
    )


def _notice(hours: int | None, *, of_several: bool) -> list[str]:
    """How long before the first session organisers hear of it: in days, or in hours where it is soon."""
    if hours is None:
        return []
    if of_several and hours < 48:
        return [
            ngettext(
                "The first of these sessions begins in %(num)s hour.",
                "The first of these sessions begins in %(num)s hours.",
                hours,
            )
        ]
    if of_several:
        return [
            ngettext(
                "The first of these sessions begins in %(num)s day.",
                "The first of these sessions begins in %(num)s days.",
                hours // 24,
            )
        ]
    if hours < 48:
        return [ngettext("The session begins in %(num)s hour.", "The session begins in %(num)s hours.", hours)]
    return [ngettext("The session begins in %(num)s day.", "The session begins in %(num)s days.", hours // 24)]


def _parts_of(role_ids: Sequence[str], event: Event) -> Sequence[SessionRole]:
    query = (
        select(SessionRole)
        .join(SessionRole.session)
        .where(SessionRole.id.in_([UUID(role_id) for role_id in role_ids]), ProgrammeSession.event_id == event.id)
        .order_by(ProgrammeSession.starts_at.asc().nulls_last(), SessionRole.position)
    )
    return db.session.scalars(query).all()
