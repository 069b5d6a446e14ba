"""What puts the demo's content into the database, through the services that everybody's data goes through."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from eventhub.accounts import services as accounts
from eventhub.accounts.queries import find_account
from eventhub.events import models as event_models
from eventhub.events import services as events
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, format_days
from eventhub.foundation.slugs import slugify
from eventhub.foundation.web import settings
from eventhub.organisations import services as organisations
from eventhub.organisations.models import Organisation
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import releases, speakers
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan, SpeakerPlan
from eventhub.programme.public import public_state
from eventhub.programme.speaker_queries import list_invitees
from eventhub.registrations import delegations, pools
from eventhub.registrations import services as registrations
from eventhub.registrations.agreements import Agreement, Details
from eventhub.registrations.consents import queries as consent_queries
from eventhub.registrations.consents import services as consents
from eventhub.registrations.consents.services import AskPlan
from eventhub.registrations.queries import find_registration
from eventhub.registrations.sign_ups import services as sign_ups

from . import content, shapes
from .coming import DELEGATIONS, INVITATIONS, REGISTRATIONS
from .organisations import ORGANISATIONS, spaced
from .people import PASSWORD, PEOPLE, SIGN_INS

TUESDAY = 1

# A single break inside a paragraph: not between paragraphs, and not before an item of a list.
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n|[-*] |\d+\. )")

Sluggish = TypeVar("Sluggish", Organisation, Person, event_models.Series, event_models.Event)


class NotADemo(Exception):
    """The site has organisations of its own, beside which the demo does not belong."""


@dataclass(slots=True)
class _Known:
    """What is in the database, by the keys and slugs of the content."""

    organisations: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    series: dict[str, UUID] = field(default_factory=dict)


def load(actor: Actor, today: date, *, if_empty: bool = False) -> None:
    """The demo in the database: what is there already stays, and what is to come is dated anew.

    Raises NotADemo beside a real organisation; with `if_empty`, nothing happens beside any. The invented people register
    only where letters stay on this machine, for each registration is followed by one.
    """
    if if_empty and db.session.scalar(select(Organisation.id).limit(1)):
        return
    _load_content(actor, today)
    if settings().maildir:
        for registration in REGISTRATIONS:
            _load_registration(registration, today)
        for delegation in DELEGATIONS:
            _load_delegation(delegation, today)
        for invitation in INVITATIONS:
            _load_invitation(invitation, today)


@use_case
def _load_content(actor: Actor, today: date) -> None:
    """Organisations, people, series, events and sign-ins, all or nothing."""
    if db.session.scalar(select(Organisation.id).where(Organisation.is_demo.is_(False)).limit(1)):
        raise NotADemo("This site has organisations of its own. The demo is for a site without any.")
    known = _Known()
    for organisation in ORGANISATIONS:
        known.organisations[organisation.key] = _load_organisation(actor, organisation)
    for person in PEOPLE:
        known.people[person.key] = _load_person(actor, person, known)
    for series in content.SERIES:
        known.series[series.slug] = _load_series(actor, series, known)
    for event in content.EVENTS:
        _load_event(actor, event, known, today)
    for sign_in in SIGN_INS:
        _load_sign_in(actor, sign_in, known)


def _find(model: type[Sluggish], slug: str) -> Sluggish | None:
    return db.session.scalar(select(model).where(model.slug == slug))


def _text(text: shapes.Text | None, source: str = "en") -> Translated:
    if not text:
        return EMPTY
    # The content is broken into lines for its own readers; on the page a line ends where the window does.
    joined = {lang: _LINE_BREAK.sub("" if lang == "zh" else " ", words) for lang, words in text.items()}
    return Translated.of(source, **joined)


def _affiliation(person: shapes.Person) -> Translated:
    organisation = next(known for known in ORGANISATIONS if known.key == person.organisation)
    return Translated.of(
        en=f"{person.position['en']}, {organisation.short_name['en']}",
        zh=spaced(organisation.short_name["zh"], person.position["zh"]),
    )


def _load_organisation(actor: Actor, organisation: shapes.Organisation) -> UUID:
    slug = slugify(organisation.key)
    if there := _find(Organisation, slug):
        return there.id
    short_name = organisation.short_name
    details = organisations.Details(
        name=_text(organisation.name),
        stakeholder_type=organisation.stakeholder_type,
        country=organisation.country,
        # A short name is one for all languages: where Chinese has its own, there is only the whole name.
        short_name=short_name["en"] if short_name["en"] == short_name["zh"] else None,
    )
    return organisations.add_organisation(actor, details, slug=slug, is_demo=True).id


def _names(person: shapes.Person) -> Names:
    return Names(
        family=person.family,
        given=person.given,
        family_first=bool(person.han_family),
        han_family=person.han_family,
        han_given=person.han_given,
    )


def _load_person(actor: Actor, person: shapes.Person, known: _Known) -> UUID:
    names = _names(person)
    if there := _find(Person, slugify(names.in_("en"))):
        return there.id
    profile = people.Profile(
        names=names,
        language=person.language,
        zone=person.zone,
        affiliation=_affiliation(person),
        country=person.country,
        biography=_text(person.biography),
    )
    return people.add_person(actor, profile, known_to=known.organisations[person.organisation]).id


def _load_sign_in(actor: Actor, sign_in: shapes.SignIn, known: _Known) -> None:
    if find_account(sign_in.email):
        return
    person_id = known.people[sign_in.person]
    accounts.add_account(actor, sign_in.email, PASSWORD, person_id=person_id)
    for key in sorted({thing.organiser for thing in (*content.EVENTS, *content.SERIES)}):
        organisations.add_member(actor, known.organisations[key], person_id, sign_in.role)


def _load_series(actor: Actor, series: shapes.Series, known: _Known) -> UUID:
    if there := _find(event_models.Series, series.slug):
        return there.id
    source = series.main_language
    return events.add_series(
        actor,
        known.organisations[series.organiser],
        _text(series.title, source),
        _text(series.description, source),
        _text(series.small_print, source),
        slug=series.slug,
    ).id


def _load_event(actor: Actor, event: shapes.Event, known: _Known, today: date) -> None:
    first_day = _first_day(event, today)
    if there := _find(event_models.Event, event.slug):
        _date_anew(actor, there, event, first_day, today)
        return
    partners = events.Partners(
        co_organisers=[known.organisations[key] for key in event.co_organisers],
        assisting=[known.organisations[key] for key in event.assisting],
        supporting=[known.organisations[key] for key in event.supporting],
        also_listed=[known.series[slug] for slug in event.also_listed_in],
    )
    header = _header(event, known, first_day, today)
    row = events.add_event(actor, known.organisations[event.organiser], header, partners, slug=event.slug)
    _load_programme(actor, row.id, event, known, first_day)
    if event.pools:
        pools.change_pools(actor, row.id, event.pools)
    for ask in consent_queries.list_asks(get(event_models.Event, row.id)):
        if ask.purpose in event.asks:
            consents.save_ask(actor, row.id, ask.key, AskPlan(is_asked=True))
    if event.status == "published":
        events.publish_event(actor, row.id)


def _load_registration(registration: shapes.Registration, today: date) -> None:
    """Register as a visitor did on that day, and let the letter that follows be one of that day, not of today."""
    event = _find(event_models.Event, registration.event)
    assert event
    if find_registration(event.id, registration.email):
        return
    details = Details(
        name=registration.han_family + registration.han_given or f"{registration.given} {registration.family}",
        organisation=registration.organisation,
        stakeholder_type=registration.stakeholder_type,
        country=registration.country,
        language=registration.language,
        address=registration.email,
        # Who comes agrees to all that is asked, but for one in three.
        agreements=[
            Agreement(purpose=ask.purpose, recipient=ask.recipient, wording=ask.digest, language=registration.language)
            for ask in consent_queries.list_asked(event)
            if registration.days_ago % 3 or ask.needed_from == registration.country
        ],
    )
    day = today - timedelta(days=registration.days_ago)
    with clock.standing_at(datetime.combine(day, time(hour=1 + registration.days_ago % 10), UTC)):
        registrations.register(VISITOR, event.id, details, registration.pool)
        row = find_registration(event.id, registration.email)
        assert row
        for slug in registration.sessions:
            sign_ups.sign_up(Actor("link", thing_id=row.id, purpose="registration"), row.id, _session_of(event, slug))
        outbox.drain()


def _load_delegation(delegation: shapes.Delegation, today: date) -> None:
    """Register several people as their contact did on that day, with the letters of that day."""
    event = _find(event_models.Event, delegation.event)
    assert event
    if find_registration(event.id, delegation.email):
        return
    contact = Details(
        name=delegation.contact,
        address=delegation.email,
        organisation=delegation.organisation,
        stakeholder_type=delegation.stakeholder_type,
        country=delegation.country,
        language=delegation.language,
    )
    people = [replace(contact, name=name, address=address or None) for name, address in delegation.people]
    day = today - timedelta(days=delegation.days_ago)
    with clock.standing_at(datetime.combine(day, time(hour=3), UTC)):
        members = [delegations.Member(details, delegation.pool) for details in people]
        delegations.register_delegation(VISITOR, event.id, contact, members, most_waiting=len(members))
        outbox.drain()


def _session_of(event: event_models.Event, slug: str) -> UUID:
    session = public_state(event).session(slug)
    assert session
    return session.id


def _load_invitation(invitation: shapes.Invitation, today: date) -> None:
    """Ask somebody for the parts that are proposed to them, as an organiser did on that day."""
    event = _find(event_models.Event, invitation.event)
    person = next(person for person in PEOPLE if person.key == invitation.person)
    row = _find(Person, slugify(_names(person).in_("en")))
    assert event and row
    if any(one.speaker for one in list_invitees(event, [row.id])):
        return
    day = today - timedelta(days=invitation.days_ago)
    with clock.standing_at(datetime.combine(day, time(hour=2), UTC)):
        speakers.invite(SYSTEM, event.id, [row.id], {row.id: invitation.email})
        outbox.drain()


def _first_day(event: shapes.Event, today: date) -> date:
    if isinstance(event.first_day, str):
        return date.fromisoformat(event.first_day)
    earliest = today + timedelta(days=event.first_day)
    return earliest + timedelta(days=(TUESDAY - earliest.weekday()) % 7)


def _wall(first_day: date, day: int, hour: str) -> datetime:
    return datetime.combine(first_day + timedelta(days=day - 1), time.fromisoformat(hour))


def _window(event: shapes.Event, first_day: date, today: date) -> tuple[datetime | None, datetime | None]:
    """When registration opens and closes."""
    if event.registration_opens is None:
        return None, None
    opens = datetime.combine(today + timedelta(days=event.registration_opens), time())
    closes = _wall(first_day, 1, event.start) - timedelta(days=event.registration_closes)
    return clock.instant(opens, event.zone), clock.instant(closes, event.zone)


def _header(event: shapes.Event, known: _Known, first_day: date, today: date) -> events.Header:
    source, parent = event.main_language, event.parent
    opens, closes = _window(event, first_day, today)
    parent_dates = EMPTY
    if parent:
        days = date.fromisoformat(parent.first_day), date.fromisoformat(parent.last_day)
        parent_dates = Translated.of(**{lang: format_days(*days, lang) for lang in LOCALES})
    return events.Header(
        kind=event.kind,
        mode=event.mode,
        title=_text(event.title, source),
        summary=_text(event.summary, source),
        description=_text(event.description, source),
        note=_text(event.small_print, source),
        zone=event.zone,
        starts=_wall(first_day, 1, event.start),
        ends=_wall(first_day, event.days, event.end),
        venue=_text(event.venue, source),
        venue_address=_text(event.address, source),
        visibility=event.visibility,
        main_language=source,
        working_languages=event.working_languages,
        contact_address=event.contact,
        series_id=known.series[event.series] if event.series else None,
        parent_name=_text(parent.name) if parent else EMPTY,
        parent_dates=parent_dates,
        parent_url=parent.url or None if parent else None,
        registration_opens_at=opens,
        registration_closes_at=closes,
    )


def _date_anew(actor: Actor, row: event_models.Event, event: shapes.Event, first_day: date, today: date) -> None:
    """Move an event to its first day with all its sessions, at the hours that they have by now."""
    shift = timedelta(days=(first_day - row.starts.date()).days) if row.starts else timedelta()
    if not shift:
        return
    header = events.Header(**{column.name: getattr(row, column.name) for column in fields(events.Header)})
    opens, closes = _window(event, first_day, today)
    moved = replace(
        header,
        starts=row.starts + shift if row.starts else None,
        ends=row.ends + shift if row.ends else None,
        registration_opens_at=opens,
        registration_closes_at=closes,
    )
    events.change_event(actor, row.id, moved)
    for session in db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.event_id == row.id)):
        if session.starts:
            programme.move_session(actor, session.id, session.starts + shift)
    releases.release_with_event(actor, row.id)


def _load_programme(actor: Actor, event_id: UUID, event: shapes.Event, known: _Known, first_day: date) -> None:
    source = event.main_language
    rooms: dict[str, UUID] = {}
    for room in event.rooms:
        rooms[room.key] = programme.save_room(actor, event_id, _text(room.name, source), is_virtual=room.virtual).id
    tracks: dict[str, UUID] = {}
    for track in event.tracks:
        name = _text(track.name, source)
        tracks[track.key] = programme.save_track(actor, event_id, name, track.colour, slug=track.key).id
    for session in event.sessions:
        is_interpreted = any(role.role == "interpreter" for role in session.roles)
        others = [lang for lang in event.working_languages if lang != session.language]
        plan = SessionPlan(
            kind=session.kind,
            title=_text(session.title, source),
            abstract=_text(session.abstract, source),
            starts=_wall(first_day, session.day, session.start),
            ends=_wall(first_day, session.day, session.end),
            room_id=rooms.get(session.room),
            track_id=tracks.get(session.track),
            # A break has no language of its own.
            language=None if session.kind == "break" else session.language,
            interpretation=others if is_interpreted else (),
            capacity=session.places,
            has_sign_up=session.places is not None,
            speakers=[_speaker(role, known) for role in session.roles],
        )
        programme.add_session(actor, event_id, plan, slug=session.key)


def _speaker(role: shapes.Role, known: _Known) -> SpeakerPlan:
    person = next((person for person in PEOPLE if person.key == role.person), None)
    key = person.organisation if person else role.organisation
    organisation = next((organisation for organisation in ORGANISATIONS if organisation.key == key), None)
    return SpeakerPlan(
        role=role.role,
        mode=role.mode,
        person_id=known.people[person.key] if person else None,
        state=role.state,
        # Who is not named is labelled by what they represent, so that an affiliation would say it twice.
        name=_text(role.name),
        affiliation=_affiliation(person) if person else EMPTY,
        stakeholder_type=role.stakeholder_type or (organisation.stakeholder_type if organisation else None),
        country=role.country or (person.country if person else None),
    )
