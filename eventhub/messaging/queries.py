"""Finding letters, and those they go to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from eventhub.attendance.certificates.models import Certificate
from eventhub.events.models import Event, Series
from eventhub.foundation import bulk, clock, outbox
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import language
from eventhub.foundation.work import OutboxRow
from eventhub.people.models import Person
from eventhub.programme import speaker_queries
from eventhub.programme.models import Speaker
from eventhub.registrations.models import EventInvitation, Place, Registration
from eventhub.registrations.queries import list_of_address, looks_after_somebody
from eventhub.registrations.series import queries as series_queries
from eventhub.registrations.series.models import SeriesRegistration

from .inbox.queries import is_reached, marked_among, organiser_of
from .models import Letter

PAGE = 50
# So many of each sort of those whom a letter to all does not reach are named.
MOST_NAMED = 20
# The one kind of letter that is about a registrant, and goes to neither them nor their contact.
TO_ORGANISERS = "substitute_asked"


def imported(import_id: UUID, after: UUID | None) -> Select[Registration]:
    """Those whom a list brought in and who have an address, after one of them by their ids."""
    query = select(Registration).where(Registration.import_id == import_id, Registration.address.is_not(None))
    if after is not None:
        query = query.where(Registration.id > after)
    places = selectinload(Registration.places).joinedload(Place.pool)
    return query.options(places).order_by(Registration.id)


def list_registrations(registration_ids: Sequence[UUID]) -> Sequence[Registration]:
    """Registrations of these ids, with the contacts of those who are looked after."""
    query = select(Registration).where(Registration.id.in_(registration_ids)).options(joinedload(Registration.contact))
    return db.session.scalars(query.order_by(Registration.id)).all()


def list_places(place_ids: Sequence[UUID]) -> list[Place]:
    """Places with their registrations, in the order of these ids."""
    query = select(Place).where(Place.id.in_(place_ids))
    query = query.options(joinedload(Place.registration).joinedload(Registration.contact))
    found = {place.id: place for place in db.session.scalars(query)}
    return [found[place_id] for place_id in place_ids if place_id in found]


def list_certificates(certificate_ids: Sequence[UUID]) -> Sequence[Certificate]:
    """Certificates of these ids that are good, with those whose they are."""
    query = select(Certificate).where(Certificate.id.in_(certificate_ids), Certificate.revoked_at.is_(None))
    whose = joinedload(Certificate.registration).joinedload(Registration.contact)
    return db.session.scalars(query.options(whose, joinedload(Certificate.speaker).joinedload(Speaker.person))).all()


def list_page(event: Event, state: str, number: int) -> Pagination:
    """One page of an event's letters, the newest first; of one state where one is named."""
    query = select(Letter).where(Letter.event_id == event.id)
    if state:
        query = query.where(Letter.state == state)
    query = query.order_by(Letter.created_at.desc(), Letter.id)
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def find_retries(letters: Iterable[Letter]) -> dict[UUID, OutboxRow]:
    """The work of those letters that have been tried in vain and will be tried again, by its id."""
    ids = [letter.outbox_id for letter in letters if letter.state == "queued"]
    tried = select(OutboxRow).where(OutboxRow.id.in_(ids), OutboxRow.error.is_not(None))
    return {row.id: row for row in db.session.scalars(tried)}


def get_of_event(event: Event, letter_id: UUID) -> Letter:
    """A letter, if it is one about this event; raises NotFound."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.event_id != event.id:
        raise NotFound
    return letter


def count_failed(event: Event) -> int:
    """How many letters about an event could not be delivered, or, as those to all, not even be written."""
    failed = select(func.count(Letter.id)).where(Letter.event_id == event.id, Letter.state == "failed")
    return (db.session.scalar(failed) or 0) + len(list_given_up(event))


def list_failed_of_series(series: Series, most: int = PAGE) -> Sequence[Letter]:
    """The letters about a series, which are about no single event, that could not be delivered; the newest first."""
    query = _failed_of_series(series).order_by(Letter.created_at.desc(), Letter.id)
    return db.session.scalars(query.limit(most)).all()


def get_failed_of_series(series: Series, letter_id: UUID) -> Letter:
    """A letter about a series that could not be delivered; raises NotFound."""
    found = db.session.scalar(_failed_of_series(series).where(Letter.id == letter_id))
    if found is None:
        raise NotFound
    return found


def _failed_of_series(series: Series) -> Select[Letter]:
    theirs = select(bulk.spelt(SeriesRegistration.id)).where(SeriesRegistration.series_id == series.id)
    failed = select(Letter).where(
        Letter.event_id.is_(None), Letter.state == "failed", Letter.kind.startswith("series_", autoescape=True)
    )
    return failed.where(Letter.data["series_registration_id"].as_string().in_(theirs))


def list_given_up(event: Event) -> Sequence[OutboxRow]:
    """The letters to many about an event that were given up before each had become one letter."""
    query = select(OutboxRow).where(
        OutboxRow.event_id == event.id, OutboxRow.state == "failed", OutboxRow.kind.in_(outbox.spreads())
    )
    return db.session.scalars(query.order_by(OutboxRow.created_at, OutboxRow.id)).all()


def get_spread(event: Event, outbox_id: UUID) -> OutboxRow:
    """A letter to many, if it is one about this event; raises NotFound."""
    row = db.session.get(OutboxRow, outbox_id)
    if row is None or row.event_id != event.id or row.kind not in outbox.spreads():
        raise NotFound
    return row


# By which fact an event came to stand so.
_TURNS = {"cancelled": "EventCancelled", "postponed": "EventPostponed"}


def turned_at(event: Event) -> datetime | None:
    """Since when an event has been cancelled or postponed; None where it is neither."""
    if event.status not in _TURNS:
        return None
    turns = AuditEntry.fact == _TURNS[event.status], AuditEntry.event_id == event.id
    return db.session.scalar(select(func.max(AuditEntry.created_at)).where(*turns))


def circumstances_before(event_id: UUID) -> dict[str, Any] | None:
    """How an event was when it was last cancelled or postponed, where it was made another since; else None."""
    facts = (*_TURNS.values(), "EventChanged", "EventPublished")
    entries = select(AuditEntry.fact, AuditEntry.data).where(AuditEntry.event_id == event_id)
    entries = entries.where(AuditEntry.fact.in_(facts)).order_by(AuditEntry.created_at, AuditEntry.id)
    is_off, was = False, None
    for fact, data in db.session.execute(entries):
        if fact in _TURNS.values():
            was = was if is_off else None  # cancelled while it was postponed: its date is known from before that
            is_off = True
        elif fact == "EventPublished":
            is_off = False
        elif is_off:
            was = was or data.get("was")
    return was


def has_letter_since(registration_id: UUID, moment: datetime, kind: str = "") -> bool:
    """Whether a letter to a registrant, or one of a kind, was ordered after a moment, and did not fail."""
    recent = exists().where(Letter.registration_id == registration_id, Letter.created_at > moment)
    recent = recent.where(Letter.state != "failed")
    recent = recent.where(Letter.kind != TO_ORGANISERS)
    if kind:
        recent = recent.where(Letter.kind == kind)
    return bool(db.session.scalar(select(recent)))


# Who has a place, or might get one, hears what becomes of the event; and who looks after somebody of whom that is so.
_CONCERNED = ("confirmed", "offered", "pending", "waitlisted")


def find_waiting_letter(registration_id: UUID, kind: str) -> Letter | None:
    """A letter of a kind to a registrant that nobody has begun to send, kept so until the commit.

    The letter is locked with its work: who has waited for somebody else here must not read what it said before.
    """
    return db.session.scalars(_waiting(kind).where(Letter.registration_id == registration_id)).first()


def list_waiting_letters(event_id: UUID, kind: str) -> Sequence[Letter]:
    """The same to all registrants for an event who read them themselves."""
    query = _waiting(kind).join(Registration, Registration.id == Letter.registration_id)
    query = query.where(Letter.event_id == event_id, Registration.address.is_not(None)).order_by(Letter.id)
    return db.session.scalars(query).all()


def _waiting(kind: str) -> Select[Letter]:
    query = (
        select(Letter)
        .join(OutboxRow, OutboxRow.id == Letter.outbox_id)
        .where(Letter.kind == kind, Letter.state == "queued")
        .where(OutboxRow.state == "waiting", OutboxRow.attempts == 0)
        .with_for_update(of=(OutboxRow, Letter))
    )
    return query.execution_options(populate_existing=True)


def readers(event_id: UUID, after: UUID | None = None) -> Select[Registration]:
    """Who a letter to all goes to, in the order of their ids, from the one after an id on.

    To an address at which a letter has found nobody none goes any more: it would only make ours suspect to others.
    """
    query = concerned(event_id).where(Registration.address.is_not(None))
    query = query.where(is_reached(Registration.address, organiser_of(event_id))).order_by(Registration.id)
    return query if after is None else query.where(Registration.id > after)


def concerned(event_id: UUID) -> Select[Registration]:
    """Whom of the registrants a letter to all concerns, whether they can be reached or not."""
    query = select(Registration).join(Registration.places).where(Registration.event_id == event_id)
    return query.where(Place.is_main, or_(Place.state.in_(_CONCERNED), looks_after_somebody()))


def open_invitations(event_id: UUID, after: UUID | None = None) -> Select[EventInvitation]:
    """The invitations that wait for an answer which would be in time, as `readers`."""
    query = unanswered(event_id).where(is_reached(EventInvitation.address, organiser_of(event_id)))
    query = query.order_by(EventInvitation.id)
    return query if after is None else query.where(EventInvitation.id > after)


def unanswered(event_id: UUID) -> Select[EventInvitation]:
    """The invitations that wait for an answer which would be in time, whether their guests can be reached or not."""
    query = select(EventInvitation).where(EventInvitation.event_id == event_id, EventInvitation.state == "open")
    return query.where(EventInvitation.answer_by > clock.now())


def count_readers(event: Event) -> int:
    """How many registrants a letter to all would reach."""
    return _count(readers(event.id))


def count_guests(event: Event) -> int:
    """How many of those who are invited and have not answered it would reach."""
    return _count(open_invitations(event.id))


def _count(query: Select[Registration] | Select[EventInvitation]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


@dataclass(frozen=True, slots=True)
class Unwritten:
    """How many of those whom a letter to all concerns get none: without an address, or with one that finds nobody.

    Some of them are named: by the ids of registrations, people and invitations, with what they are called.
    """

    without_address: int
    unreached: int
    named: Mapping[str, Sequence[tuple[UUID, str]]]


def count_unwritten(event: Event) -> Unwritten:
    """To how many registrants, speakers and guests a letter to all would not come; each counts once.

    Who has no address and a contact to look after them hears of it where their contact does.
    """
    contact = aliased(Registration)
    read_at = func.coalesce(Registration.address, contact.address)
    is_lost = read_at.is_not(None) & ~is_reached(read_at, event.organisation_id)
    registrants = (
        concerned(event.id)
        .outerjoin(contact, contact.id == Registration.contact_id)
        .where(Registration.erased_at.is_(None))
    )
    numbers = func.count().filter(read_at.is_(None)), func.count().filter(is_lost)
    without, lost = db.session.execute(registrants.with_only_columns(*numbers)).one()
    unheard = speaker_queries.list_concerned(event.id)
    reached = speaker_queries.addresses_of(event.id, unheard)
    marked = marked_among(event.organisation_id, [address for address, _ in reached.values()])
    marked -= registered_among(concerned(event.id), marked).keys()
    guests = unanswered(event.id).where(~is_reached(EventInvitation.address, event.organisation_id))
    silent = [one for one in unheard if one not in reached or reached[one][0] in marked]
    named = {
        "registrants": _named(registrants.where(read_at.is_(None) | is_lost), Registration),
        "speakers": _named_people(silent),
        "guests": _named(guests, EventInvitation),
    }
    return Unwritten(without + len(unheard) - len(reached), lost + len(marked) + _count(guests), named)


def _named(query: Select[Any], row: type[Registration | EventInvitation]) -> list[tuple[UUID, str]]:
    some = query.with_only_columns(row.id, row.name).order_by(row.name, row.id).limit(MOST_NAMED)
    return [(its_id, name) for its_id, name in db.session.execute(some)]


def _named_people(ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    some = select(Person).where(Person.id.in_(ids)).order_by(Person.sort_key, Person.id).limit(MOST_NAMED)
    return [(one.id, str(one.names.in_(language()))) for one in db.session.scalars(some)]


def registered_among(query: Select[Registration], addresses: Collection[str]) -> dict[str, UUID]:
    """Those of a few normalised addresses to which a letter to registrants goes, with whose it is."""
    found = db.session.scalars(query.where(Registration.address.in_(addresses)))
    return {one.address: one.id for one in found if one.address}


def speaking(event: Event) -> dict[str, UUID]:
    """By the addresses to which we write about their parts, the people who have one in an event; one of each address.

    Whoever is registered with it as well hears of both by one letter.
    """
    return _first_of(speaker_queries.addresses_of(event.id, speaker_queries.list_concerned(event.id)))


def _first_of(found: Mapping[UUID, tuple[str, str]]) -> dict[str, UUID]:
    return {address: person_id for person_id, (address, _) in sorted(found.items(), reverse=True)}


def speakers_to_tell(event: Event, *, is_resumed: bool) -> dict[UUID, tuple[str, str]]:
    """Who was asked for a part in an event or has one: the ids of people, with their address and language.

    As with `readers`, nobody at an address at which a letter has found nobody, and nobody who has the letter to
    registrants. Where the event `is_resumed` that tells what the part of one is now: of others at their address each
    has a letter.
    """
    found = speaker_queries.addresses_of(event.id, speaker_queries.list_concerned(event.id))
    addresses = [address for address, _ in found.values()]
    marked = marked_among(event.organisation_id, addresses)
    registered, first = registered_among(readers(event.id), addresses), _first_of(found)
    return {
        person_id: told
        for person_id, told in found.items()
        if told[0] not in marked and (told[0] not in registered or (is_resumed and first[told[0]] != person_id))
    }


def list_coming(address: str) -> list[Registration]:
    """What is registered under a normalised address for events that are not over, the next first."""
    coming = [one for one in list_of_address(address) if not one.event.is_over(clock.now())]
    return sorted(coming, key=lambda one: (one.event.starts_at is None, one.event.starts_at, one.event_id))


def list_open_invitations(address: str) -> list[EventInvitation]:
    """To which events a normalised address is invited and can still answer, the first to be answered first."""
    query = (
        select(EventInvitation)
        .where(EventInvitation.address == address, EventInvitation.state == "open")
        .order_by(EventInvitation.answer_by, EventInvitation.id)
    )
    found = db.session.scalars(query.options(joinedload(EventInvitation.event), joinedload(EventInvitation.pool)))
    return [one for one in found if one.is_open and one.event.status == "published"]


def list_coming_series(address: str) -> list[SeriesRegistration]:
    """What is registered under a normalised address for series of which it has, or wants, something to come."""
    return series_queries.list_coming(series_queries.list_of_address(address))


def list_coming_desks(address: str) -> list[tuple[Speaker, Event]]:
    """Whose pages as a speaker are told to a normalised address, with their events that are not over."""
    return [(one, event) for one, event in speaker_queries.list_of_address(address) if not event.is_over(clock.now())]
