"""Finding lists and sign-ups, and counting places in sessions."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.registrations.models import COUNTING, Place, Pool, Registration

from .models import LIVE, SignUp, SignUpSheet

PAGE = 50
MOST_FOUND = 10
# Who was erased after a session goes on being counted there, and stands in no list of people.
_IS_NAMED = SignUp.state.in_(LIVE), Registration.erased_at.is_(None)


@dataclass(frozen=True, slots=True)
class Stand:
    """How a list stands: who has signed up, the places that takes up, and the people who wait."""

    sheet: SignUpSheet
    signed_up: int
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        """The places nobody has; None where there is no limit."""
        return None if self.sheet.capacity is None else max(0, self.sheet.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        """Whether a newcomer waits: a place is theirs only while one is free and nobody waits for it."""
        return self.left is not None and (self.left == 0 or self.waiting > 0)


# Made once: hundreds may sign up for a session within a minute.
_CONFIRMED = SignUp.state == "confirmed"
_COUNTS = (
    func.count(SignUp.id).filter(_CONFIRMED),
    func.count(SignUp.id).filter(_CONFIRMED, SignUp.takes_place),
    func.count(SignUp.id).filter(SignUp.state == "waitlisted"),
)
_COUNTS_ON = select(*_COUNTS).where(SignUp.sheet_id == bindparam("sheet_id"))
_STANDS: Select[SignUpSheet, int, int, int] = (
    select(SignUpSheet, *_COUNTS).outerjoin(SignUp, SignUp.sheet_id == SignUpSheet.id).group_by(SignUpSheet.id)
)
_STANDS_OF_EVENT = _STANDS.where(SignUpSheet.event_id == bindparam("event_id"), SignUpSheet.state == "open").order_by(
    SignUpSheet.starts_at, SignUpSheet.id
)
_SHEET = select(SignUpSheet).where(SignUpSheet.session_id == bindparam("session_id"))
_SHEET = _SHEET.execution_options(populate_existing=True)
_OWN = select(SignUp).where(SignUp.registration_id == bindparam("registration_id"))
_OWN = _OWN.execution_options(populate_existing=True)
_OWN_ON = _OWN.where(SignUp.sheet_id == bindparam("sheet_id"))
_OWN_IN_TIME = _OWN.join(SignUp.sheet).options(contains_eager(SignUp.sheet))
_OWN_IN_TIME = _OWN_IN_TIME.order_by(SignUpSheet.starts_at, SignUpSheet.id)
_LIVE_IN_TIME = _OWN_IN_TIME.where(SignUp.state.in_(LIVE))
_AHEAD = aliased(SignUp)
_POSITION = (
    select(func.count(_AHEAD.id))
    .where(_AHEAD.sheet_id == SignUp.sheet_id, _AHEAD.state == "waitlisted", _AHEAD.number <= SignUp.number)
    .scalar_subquery()
)
_POSITIONS = (
    select(SignUpSheet.session_id, _POSITION)
    .join(SignUp, SignUp.sheet_id == SignUpSheet.id)
    .where(SignUp.registration_id == bindparam("registration_id"), SignUp.state == "waitlisted")
)


def stand_of(sheet: SignUpSheet) -> Stand:
    """How one list stands."""
    return Stand(sheet, *db.session.execute(_COUNTS_ON, {"sheet_id": sheet.id}).one())


def list_stands(event_id: UUID) -> list[Stand]:
    """How each list of an event stands on which one can sign up, in the order of time."""
    return [Stand(*row) for row in db.session.execute(_STANDS_OF_EVENT, {"event_id": event_id})]


def find_stand(session_id: UUID) -> Stand | None:
    """How the list of a session stands, if one can sign up for it."""
    query = _STANDS.where(SignUpSheet.session_id == session_id, SignUpSheet.state == "open")
    row = db.session.execute(query).one_or_none()
    return Stand(*row) if row else None


def has_sheets(event_id: UUID) -> bool:
    """Whether there are sessions at an event for which one can sign up."""
    query = select(SignUpSheet.id).where(SignUpSheet.event_id == event_id, SignUpSheet.state == "open")
    return db.session.scalar(query.limit(1)) is not None


def has_any_sheet(event_id: UUID) -> bool:
    """Whether an event has lists, closed ones too."""
    return db.session.scalar(select(SignUpSheet.id).where(SignUpSheet.event_id == event_id).limit(1)) is not None


def get_stand_of(event: Event, session_id: UUID) -> Stand:
    """How the list of a session stands, also after it was closed; raises NotFound where the event has none for it."""
    query = _STANDS.where(SignUpSheet.session_id == session_id, SignUpSheet.event_id == event.id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return Stand(*row)


def find_sheet(session_id: UUID) -> SignUpSheet | None:
    """The list of a session, as it was committed last or is written in this transaction."""
    return db.session.scalar(_SHEET, {"session_id": session_id})


def sheets_of(event_id: UUID) -> Sequence[SignUpSheet]:
    """All lists of an event, closed ones too."""
    query = select(SignUpSheet).where(SignUpSheet.event_id == event_id).order_by(SignUpSheet.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def find_sign_up(registration_id: UUID, sheet: SignUpSheet) -> SignUp | None:
    """How a registration stands on a list, also after it left it."""
    return db.session.scalar(_OWN_ON, {"registration_id": registration_id, "sheet_id": sheet.id})


def list_of(registration_id: UUID, *, only_live: bool = True) -> list[SignUp]:
    """What a registration has signed up for, in the order of time; with what it has left where asked."""
    query = _LIVE_IN_TIME if only_live else _OWN_IN_TIME
    return list(db.session.scalars(query, {"registration_id": registration_id}))


def with_live(registration_ids: Collection[UUID]) -> Sequence[UUID]:
    """Those of some registrations that have signed up for anything: one question, however many they are."""
    query = select(SignUp.registration_id).where(SignUp.registration_id.in_(registration_ids), SignUp.state.in_(LIVE))
    return db.session.scalars(query.distinct().order_by(SignUp.registration_id)).all()


def live_on(sheet: SignUpSheet) -> Sequence[SignUp]:
    """Those who stand on a list, in the order in which they came."""
    query = select(SignUp).where(SignUp.sheet_id == sheet.id, SignUp.state.in_(LIVE)).order_by(SignUp.number)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def waiting_on(sheet: SignUpSheet, most: int | None) -> Sequence[SignUp]:
    """Those who wait on a list, the first of them first."""
    query = select(SignUp).where(SignUp.sheet_id == sheet.id, SignUp.state == "waitlisted").order_by(SignUp.number)
    return db.session.scalars(query.limit(most).execution_options(populate_existing=True)).all()


def positions_of(registration_id: UUID) -> dict[UUID, int]:
    """The position, from 1, of a registration on each list on which it waits, by the session's id."""
    rows = db.session.execute(_POSITIONS, {"registration_id": registration_id})
    return {row[0]: row[1] for row in rows}


def positions_on(sheet: SignUpSheet) -> dict[UUID, int]:
    """The position of each sign-up that waits on a list, from 1."""
    query = select(SignUp.id, func.row_number().over(order_by=SignUp.number))
    rows = db.session.execute(query.where(SignUp.sheet_id == sheet.id, SignUp.state == "waitlisted"))
    return {row[0]: row[1] for row in rows}


def pools_of(registration_ids: Sequence[UUID]) -> dict[UUID, Pool]:
    """In which pool the main place of each of these registrations is."""
    query = select(Place.registration_id, Pool).join(Place.pool)
    rows = db.session.execute(query.where(Place.registration_id.in_(registration_ids), Place.is_main))
    return {row[0]: row[1] for row in rows}


def list_page(stand: Stand, words: str, number: int, *, in_addresses: bool) -> Pagination:
    """One page of those on a list who are found by these words: first those with a place, then those who wait."""
    query = (
        select(SignUp)
        .join(SignUp.registration)
        .where(SignUp.sheet_id == stand.sheet.id, *_IS_NAMED)
        .options(contains_eager(SignUp.registration))
        .order_by(SignUp.state, SignUp.number)
    )
    query = query.where(*_are_found(words, in_addresses=in_addresses))
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def find_people(stand: Stand, words: str, *, in_addresses: bool) -> Sequence[Registration]:
    """The first of those with a place at the event who are found by these words, and are not on the list."""
    if not words.strip():
        return []
    there = select(SignUp.registration_id).where(SignUp.sheet_id == stand.sheet.id, SignUp.state.in_(LIVE))
    query = (
        select(Registration)
        .join(Registration.places)
        .where(Registration.event_id == stand.sheet.event_id, Place.is_main, Place.state.in_(COUNTING))
        .where(Registration.id.not_in(there))
        .order_by(Registration.name, Registration.id)
    )
    query = query.where(*_are_found(words, in_addresses=in_addresses))
    return db.session.scalars(query.limit(MOST_FOUND)).all()


def _are_found(words: str, *, in_addresses: bool) -> list[ColumnElement[bool]]:
    columns = [Registration.name, Registration.organisation]
    if in_addresses:
        columns += [Registration.address, Registration.typed_address]  # type: ignore[list-item]  # nullable text is text
    found = unicodedata.normalize("NFKC", words[:200]).split()
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in found]


def count_rows(event: Event, session_id: UUID | None) -> int:
    """How many stand on the list of a session, or on all lists of an event."""
    query = select(func.count(SignUp.id)).join(SignUp.sheet).join(SignUp.registration)
    query = query.where(SignUpSheet.event_id == event.id, *_IS_NAMED)
    if session_id is not None:
        query = query.where(SignUpSheet.session_id == session_id)
    return db.session.scalar(query) or 0


def all_of(event: Event, session_id: UUID | None) -> Iterator[tuple[SignUp, SignUpSheet, Registration, Pool]]:
    """Those on the list of a session, or on all lists of an event, session by session and in order."""
    query = (
        select(SignUp, SignUpSheet, Registration, Pool)
        .join(SignUp.sheet)
        .join(SignUp.registration)
        .join(Registration.places)
        .join(Place.pool)
        .where(SignUpSheet.event_id == event.id, Place.is_main, *_IS_NAMED)
        .order_by(SignUpSheet.starts_at, SignUpSheet.id, SignUp.state, SignUp.number)
    )
    if session_id is not None:
        query = query.where(SignUpSheet.session_id == session_id)
    # What the server holds for us, to be fetched bit by bit, it holds within a transaction.
    rows = db.session.execute(query.execution_options(yield_per=500), bind_arguments={"bind": db.engine})
    for row in rows:
        yield row[0], row[1], row[2], row[3]
