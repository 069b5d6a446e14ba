"""What rules go by, whom they remind, and what they have queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, null, or_, select
from sqlalchemy.orm import aliased

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import Translated
from eventhub.foundation.zones import is_zone, zone_of_country
from eventhub.messaging.choices.services import is_wanted
from eventhub.messaging.inbox.queries import is_reached
from eventhub.messaging.models import Letter
from eventhub.people.models import Person
from eventhub.programme.models import INTERNAL_ROLES, ProgrammeSession, SessionRole, Speaker
from eventhub.programme.public import PublicSession, shown_state
from eventhub.registrations.models import HELD, EventInvitation, Place, Pool, Registration
from eventhub.registrations.queries import is_looked_after
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet

from .models import Reminder, ReminderRound, ReminderRule
from .moments import WORTH_AFTER

# Of a moment that nobody looked at for so long nobody counts any more whom it would have reached.
LOOKED_BACK = timedelta(days=14)
# A moment further back than this when somebody looked before has come because something was moved: who has
# been reminded of the same thing before is not reminded of it twice.
ON_TIME = timedelta(minutes=15)
# By what a registrant's clock is known, as `Registration.own_zone` has it: a zone, or the code of a country.
_KNOWN_OF = func.coalesce(Registration.zone, Person.zone, Registration.country)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule goes by, at one instant: an event, one of its sessions, or a deadline that some have in common."""

    id: UUID
    at: datetime
    title: Translated | None = None


def rules_of(event_id: UUID, *, lock: bool = False) -> Sequence[ReminderRule]:
    """The rules of an event that were not removed, in the order in which they were made."""
    query = select(ReminderRule).where(ReminderRule.event_id == event_id, ReminderRule.removed_at.is_(None))
    query = query.order_by(ReminderRule.created_at, ReminderRule.id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def get_of_event(event: Event, rule_id: UUID) -> ReminderRule:
    """A rule, if it is one of this event that was not removed; raises NotFound."""
    rule = db.session.get(ReminderRule, rule_id)
    if rule is None or rule.event_id != event.id or rule.removed_at is not None:
        raise NotFound
    return rule


def list_due_events(now: datetime) -> Sequence[UUID]:
    """The events that take place, are not long over, and have a rule that is on."""
    query = (
        select(ReminderRule.event_id)
        .join(Event, Event.id == ReminderRule.event_id)
        .where(ReminderRule.is_on, ReminderRule.removed_at.is_(None), Event.status == "published")
        .where(or_(Event.ends_at.is_(None), Event.ends_at > now - timedelta(days=100)))
    )
    return db.session.scalars(query.distinct().order_by(ReminderRule.event_id)).all()


def occasions(rule: ReminderRule, event: Event) -> list[Occasion]:
    """What a rule goes by as things stand now, the first of it first; of an event that does not take place, nothing."""
    until = clock.now() + rule.timing.reach  # no later deadline has a moment that has come
    return would_be(rule, event, until) if event.status == "published" else []


def would_be(rule: ReminderRule, event: Event, until: datetime | None = None) -> list[Occasion]:
    """What a rule goes by where the event takes place as it stands now; of deadlines those `until` then, or all."""
    match rule.occasion:
        case "event":
            return _of_event(rule, event)
        case "session":
            shown = [one for one in shown_state(event).sessions if not one.is_cancelled and one.kind != "break"]
            found = [Occasion(one.id, one.ends_at if rule.is_after else one.starts_at, one.title) for one in shown]
            return sorted(found, key=lambda one: (one.at, one.id.hex))
        case "registration_closes":
            return [Occasion(event.id, event.registration_closes_at)] if event.registration_closes_at else []
    return [Occasion(event.id, at) for at in db.session.scalars(_deadlines(rule, event, until)) if at is not None]


def _of_event(rule: ReminderRule, event: Event) -> list[Occasion]:
    if event.starts is None:
        return []
    # Derived anew from the wall: the rules of a zone may be others than when the event was saved.
    at = clock.instant(event.starts, event.zone)
    if rule.is_after:
        end = clock.instant(event.ends, event.zone) if event.ends else event.ends_at
        at = end or at
    return [Occasion(event.id, at)]


def _deadlines(rule: ReminderRule, event: Event, until: datetime | None) -> Select[Any]:
    column: Any
    if rule.occasion == "invitation":
        column = EventInvitation.answer_by
        query = select(column).where(EventInvitation.event_id == event.id, EventInvitation.state == "open")
    elif rule.occasion == "offer":
        column = Place.held_until
        query = select(column).join(Place.pool).where(Pool.event_id == event.id, Place.state.in_(HELD))
    else:
        column = Speaker.answer_by
        query = select(column).where(Speaker.event_id == event.id)
    query = query.where(column > clock.now() - LOOKED_BACK)
    return (query if until is None else query.where(column <= until)).distinct().order_by(column)


def occasion_of(rule: ReminderRule, event: Event, occasion_id: UUID, at: datetime) -> Occasion | None:
    """The occasion of an id, if it still is at this instant; a deadline that some have is asked of each of them."""
    if rule.occasion in {"invitation", "offer", "answer"}:
        return Occasion(occasion_id, at) if event.status == "published" else None
    return next((one for one in occasions(rule, event) if one.id == occasion_id and one.at == at), None)


def session_of(event: Event, session_id: UUID) -> PublicSession | None:
    """The session of an occasion, as the public sees it, or will see it as long as the event is a draft."""
    return shown_state(event).session_of(session_id)


def zones(audience: str, unit: str, event: Event) -> set[str]:
    """The zones of those whom a rule in this unit may remind, as far as they make a difference to it."""
    if unit != "days" or audience == "guests":
        return {event.zone}
    return {zone_of(audience, place, event) for place in _places(audience, event)}


def _places(audience: str, event: Event) -> set[str | None]:
    """The zones or countries of registrants, or the zones of those on the programme: none is that of the event."""
    if audience in {"registrants", "signed_up"}:
        known = select(_KNOWN_OF).outerjoin(Registration.person).where(Registration.event_id == event.id)
        return {None, *db.session.scalars(known.distinct())}
    own = select(func.coalesce(Speaker.zone, Person.zone)).join(Person, Person.id == Speaker.person_id)
    parts = select(Person.zone).join(SessionRole, SessionRole.person_id == Person.id).join(SessionRole.session)
    found = set(db.session.scalars(own.where(Speaker.event_id == event.id).distinct()))
    return {None, *found, *db.session.scalars(parts.where(ProgrammeSession.event_id == event.id).distinct())}


def due_people(rule: ReminderRule, event: Event, moment: ReminderRound, *, is_timely: bool) -> Select[Any]:
    """Id, address and language of those whom a moment of a rule reaches and who have not had the letter.

    Where it `is_timely`, also of those who had it when what they are reminded of was to be at another time.
    """
    until = None if rule.reaches_late else moment.due_at
    query, person = people_for(rule, event, Occasion(moment.occasion_id, moment.occasion_at), until)
    had = select(Reminder.id).where(
        Reminder.rule_id == rule.id, Reminder.recipient_id == person, Reminder.occasion_id == moment.occasion_id
    )
    if is_timely:
        had = had.where(Reminder.occasion_at == moment.occasion_at)
    # Asked of one person after the other, by the unique key: joined, PostgreSQL knows nothing yet of so many rows of
    # one moment, takes them for one, and goes through all of them for each person.
    query = query.where(~had.correlate_except(Reminder).offset(0).exists())
    if rule.unit == "days" and rule.audience != "guests":
        query = query.where(_lives_by(rule, event, moment, list(query.selected_columns)[3]))
    return query.with_only_columns(*list(query.selected_columns)[:3], maintain_column_froms=True)


def zone_of(audience: str, told: str | None, event: Event) -> str:
    """By which clock somebody lives, as far as a zone or a country tells, else the event's."""
    is_told = audience in {"speakers", "moderators"} or is_zone(told or "")
    return (told if is_told else zone_of_country(told or "")) or event.zone


def moment_for(rule: ReminderRule, event: Event, at: datetime, zone: str) -> datetime:
    """When a rule writes about what is at an instant to those in a zone."""
    return rule.timing.moment(at, event.zone, zone)


def _lives_by(
    rule: ReminderRule, event: Event, moment: ReminderRound, place: ColumnElement[Any]
) -> ColumnElement[bool]:
    """That somebody's own clock, known by a zone that they named or their country, is one that says it is now."""
    theirs = {
        one
        for one in _places(rule.audience, event)
        if moment_for(rule, event, moment.occasion_at, zone_of(rule.audience, one, event)) == moment.due_at
    }
    known = place.in_([one for one in theirs if one is not None])
    return or_(known, place.is_(None)) if None in theirs else known


def is_meant(rule: ReminderRule, event: Event, occasion: Occasion, recipient_id: UUID) -> bool:
    """Whether somebody who was to be reminded still is one of those whom the rule is for."""
    query, person = people_for(rule, event, occasion, None)
    return db.session.execute(query.where(person == recipient_id).limit(1)).first() is not None


def count_missed(rule: ReminderRule, event: Event, moment: ReminderRound, *, is_timely: bool) -> int:
    """How many a moment would have reached that came to nothing."""
    missed = due_people(rule, event, moment, is_timely=is_timely).subquery()
    return db.session.scalar(select(func.count()).select_from(missed)) or 0


def people_for(
    rule: ReminderRule, event: Event, occasion: Occasion, until: datetime | None
) -> tuple[Select[Any], ColumnElement[Any]]:
    """Id, address, language, and zone or country of those whom a rule is for; with `until`, who were so by then."""
    if rule.occasion == "offer":
        return _offered(rule, event, occasion, until), Registration.id.expression
    if rule.audience in {"registrants", "signed_up"}:
        return _registrants(rule, event, occasion, until), Registration.id.expression
    if rule.audience == "guests":
        return _guests(rule, event, occasion, until), EventInvitation.id.expression
    if rule.occasion == "answer":
        return _asked(event, occasion, until), Person.id.expression
    return _speakers(rule, event, occasion, until), Person.id.expression


def _registrants(rule: ReminderRule, event: Event, occasion: Occasion, until: datetime | None) -> Select[Any]:
    """Who has a place, or looks after somebody without an address who has; of a session with sign-up, in that."""
    delegate = aliased(Registration)
    own = _has_place(rule, Registration, until)
    theirs = _has_place(rule, delegate, until)
    if rule.audience == "signed_up":
        own, theirs = (
            and_(one, _has_signed_up(occasion, who, until)) for one, who in ((own, Registration), (theirs, delegate))
        )
    looks_after = (
        exists()
        .where(delegate.contact_id == Registration.id, is_looked_after(delegate), theirs)
        .correlate(Registration)
    )
    return _registered(event).where(or_(own, looks_after))


def addresses(rule: ReminderRule, event: Event) -> Select[Any]:
    """Id, address and language of all whom a rule of this kind could be for."""
    if rule.occasion == "offer" or rule.audience in {"registrants", "signed_up"}:
        return _registered(event)
    return _invited(event) if rule.audience == "guests" else _on_programme(event)


def _rows(query: Any) -> Select[Any]:
    """The same question, whatever its columns are called: those who are asked for are of several kinds."""
    found: Select[Any] = query
    return found


def _registered(event: Event) -> Select[Any]:
    """Who is registered for an event with an address at which letters find somebody."""
    address = func.coalesce(Registration.typed_address, Registration.address)
    query: Any = select(Registration.id, address, Registration.language, _KNOWN_OF).outerjoin(Registration.person)
    reached = Registration.address.is_not(None), is_reached(Registration.address, event.organisation_id)
    return _rows(query.where(Registration.event_id == event.id, *reached))


def _has_place(rule: ReminderRule, who: Any, until: datetime | None) -> ColumnElement[bool]:
    has = exists().where(Place.registration_id == who.id, Place.state == "confirmed").correlate(who)
    if rule.pools:
        has = has.where(Place.pool_id.in_(map(UUID, rule.pools)))
    return has if until is None else has.where(Place.state_since <= until)


def _has_signed_up(occasion: Occasion, who: Any, until: datetime | None) -> ColumnElement[bool]:
    has = exists().where(
        SignUp.registration_id == who.id,
        SignUp.sheet_id == SignUpSheet.id,
        SignUpSheet.session_id == occasion.id,
        SignUp.state == "confirmed",
    )
    has = has.correlate(who)
    return has if until is None else has.where(SignUp.state_since <= until)


def _offered(rule: ReminderRule, event: Event, occasion: Occasion, until: datetime | None) -> Select[Any]:
    query = _registered(event).join(Registration.places).join(Place.pool)
    query = query.where(Pool.event_id == event.id, Place.state.in_(HELD), Place.held_until == occasion.at)
    if rule.pools:
        query = query.where(Pool.id.in_(map(UUID, rule.pools)))
    return query if until is None else query.where(Place.state_since <= until)


def _guests(rule: ReminderRule, event: Event, occasion: Occasion, until: datetime | None) -> Select[Any]:
    query = _invited(event).where(EventInvitation.state == "open", EventInvitation.answer_by > clock.now())
    if rule.occasion == "invitation":
        query = query.where(EventInvitation.answer_by == occasion.at)
    if rule.pools:
        query = query.where(EventInvitation.pool_id.in_(map(UUID, rule.pools)))
    return query if until is None else query.where(EventInvitation.created_at <= until)


def _invited(event: Event) -> Select[Any]:
    columns = EventInvitation.id, EventInvitation.typed_address, EventInvitation.language, cast(null(), Text)
    reached = is_reached(EventInvitation.address, event.organisation_id)
    wanted = is_wanted(EventInvitation.address, event.organisation_id)
    return _rows(select(*columns).where(EventInvitation.event_id == event.id, reached, wanted))


def _speakers(rule: ReminderRule, event: Event, occasion: Occasion, until: datetime | None) -> Select[Any]:
    part = and_(
        SessionRole.person_id == Person.id,
        SessionRole.session_id == ProgrammeSession.id,
        ProgrammeSession.event_id == event.id,
        ProgrammeSession.state == "scheduled",
        SessionRole.state == "confirmed",
        SessionRole.role.not_in(INTERNAL_ROLES),
    )
    has = exists().where(part).correlate(Person)
    if rule.occasion == "session":
        has = has.where(ProgrammeSession.id == occasion.id)
    if rule.audience == "moderators":
        has = has.where(SessionRole.role == "moderator")
    if until is not None:
        has = has.where(SessionRole.state_since <= until)
    return _on_programme(event).where(has)


def _on_programme(event: Event) -> Select[Any]:
    here = and_(Speaker.person_id == Person.id, Speaker.event_id == event.id)
    address, zone = func.coalesce(Person.address, Speaker.address), func.coalesce(Speaker.zone, Person.zone)
    query = select(Person.id, address, Person.language, zone).outerjoin(Speaker, here)
    return _rows(query.where(address.is_not(None), is_reached(func.lower(address), event.organisation_id)))


def _asked(event: Event, occasion: Occasion, until: datetime | None) -> Select[Any]:
    is_open = exists().where(
        SessionRole.person_id == Person.id,
        SessionRole.state == "invited",
        SessionRole.session_id == ProgrammeSession.id,
        ProgrammeSession.event_id == event.id,
        ProgrammeSession.state == "scheduled",
    )
    query = _on_programme(event).where(Speaker.answer_by == occasion.at, is_open.correlate(Person))
    return query if until is None else query.where(func.coalesce(Speaker.invited_at, Speaker.created_at) <= until)


def known_moments(rule_ids: Iterable[UUID]) -> set[tuple[UUID, UUID, datetime, datetime]]:
    """The moments of these rules that have come: rule, occasion, its instant, and when."""
    query = select(
        ReminderRound.rule_id, ReminderRound.occasion_id, ReminderRound.occasion_at, ReminderRound.due_at
    ).where(ReminderRound.rule_id.in_(list(rule_ids)))
    return {(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)}


def list_passed(event: Event) -> Sequence[tuple[ReminderRound, ReminderRule]]:
    """The moments that were told to registrants by their own clocks, as far as it still helps to hear of them."""
    now = clock.now()
    query = (
        select(ReminderRound, ReminderRule)
        .join(ReminderRule, ReminderRule.id == ReminderRound.rule_id)
        .where(ReminderRound.event_id == event.id, ReminderRound.state == "done")
        .where(ReminderRule.is_on, ReminderRule.removed_at.is_(None), ReminderRule.unit == "days")
        .where(ReminderRule.audience.in_(("registrants", "signed_up")))
        .where(
            or_(ReminderRound.occasion_at > now, and_(ReminderRule.is_after, ReminderRound.due_at > now - WORTH_AFTER))
        )
    )
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(ReminderRound.due_at, ReminderRound.id))]


def open_to_latecomers(now: datetime) -> Sequence[UUID]:
    """The moments that have come and go on for whoever comes late, where their rule says so."""
    query = (
        select(ReminderRound.id)
        .join(ReminderRule, ReminderRule.id == ReminderRound.rule_id)
        .where(ReminderRule.reaches_late, ReminderRule.is_on, ReminderRule.removed_at.is_(None))
        .where(ReminderRound.state == "done", ReminderRound.occasion_at > now, ReminderRule.is_after.is_(False))
    )
    return db.session.scalars(query.order_by(ReminderRound.id)).all()


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one moment: how many letters were queued, have left, failed, or were of no use any more.

    Where it was about a session, `title` is its name.
    """

    moment: ReminderRound
    sent: int
    failed: int
    title: Translated | None


def list_told(event: Event, most: int = 30) -> list[Told]:
    """The moments of an event's rules that reached anybody, or would have, the latest first."""
    query = (
        select(ReminderRound)
        .where(ReminderRound.event_id == event.id, (ReminderRound.queued > 0) | (ReminderRound.dropped > 0))
        .order_by(ReminderRound.due_at.desc(), ReminderRound.id)
    )
    rounds = db.session.scalars(query.limit(most)).all()
    counted = (
        select(Reminder.round_id, Letter.state, func.count())
        .join(Letter, Letter.id == Reminder.letter_id)
        .where(Reminder.round_id.in_([one.id for one in rounds]))
        .group_by(Reminder.round_id, Letter.state)
    )
    if not rounds:
        return []
    numbers = {(row[0], row[1]): row[2] for row in db.session.execute(counted)}
    sessions = select(ProgrammeSession).where(ProgrammeSession.id.in_([one.occasion_id for one in rounds]))
    titles = {one.id: one.title for one in db.session.scalars(sessions)}
    return [
        Told(one, numbers.get((one.id, "sent"), 0), numbers.get((one.id, "failed"), 0), titles.get(one.occasion_id))
        for one in rounds
    ]
