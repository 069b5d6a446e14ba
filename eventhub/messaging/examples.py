"""The reader who stands in while nobody could get a letter: invented, marked as such, and in no database.

Letters find them as they find everybody, by their id: while one is drawn they are in the session as if they had been
read. Nothing of them counts as new or changed there, so that nothing can be written; afterwards the session knows them
no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from eventhub.events.models import Event, Series
from eventhub.foundation import clock, i18n
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, get
from eventhub.foundation.i18n import Translated
from eventhub.foundation.pending import complete
from eventhub.foundation.tables import Record
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker
from eventhub.registrations.models import EventInvitation, Place, Pool, Registration
from eventhub.registrations.series import queries as series_queries
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet

from .drafts import found
from .models import Letter
from .notices.models import ChangeNotice
from .place_news import true_while
from .samples import is_sample

M = TypeVar("M", bound=Record)
Readers = list[tuple[UUID, str]]

# The id of all that is invented here: no row of any table has it.
EXAMPLE = UUID(int=1)
NAMES = Names(given="Li Ming (invented)", han_family="李明（虚构）")
# Where they live: whose event is elsewhere sees how a reader's own clock is told.
_ZONE = "Asia/Shanghai"
_SESSION = Translated.of(en="An example session (invented)", zh="示例场次（虚构）")
_PLACES = {"substitute_named": "unverified", "substituted": "cancelled"}
_ASKING = {"speaker_invited", "speaker_reminded"}


def or_example(readers: Readers) -> Readers:
    """Some to whom a letter might go; the example reader where there is nobody."""
    return readers or [(EXAMPLE, NAMES.in_(i18n.language()))]


@contextmanager
def at_hand(letter: Letter) -> Iterator[None]:
    """Have the example reader, or changes, at hand that a sample of a letter tells of; they are gone afterwards."""
    rows = list(_rows(letter)) if is_sample(letter) else []
    db.session.add_all(rows)
    try:
        yield
    finally:
        for row in rows:
            db.session.expunge(row)


def part_of(person: Person, event: Event, kind: str, role: str, about: set[UUID] | None) -> SessionRole:
    """What the example reader does at an event: in the session that a letter is about, else in one like them."""
    session = next((row for one in about or () if (row := db.session.get(ProgrammeSession, one))), None)
    session = session or _session(event)
    state = "invited" if kind in _ASKING else "confirmed"
    return _read(SessionRole, session_id=session.id, person=person, role=role, state=state, session=session)


def sign_ups(event: Event) -> list[SignUp]:
    """That they have signed up for a session like them."""
    session = _session(event)
    said = {name: getattr(session, name) for name in ("title", "starts_at", "ends_at")}
    return [_read(SignUp, state="confirmed", sheet=_read(SignUpSheet, session_id=session.id, **said))]


def in_series(registration: SeriesRegistration) -> list[Registration]:
    """Their registrations for the events of a series."""
    lang, events = registration.language, series_queries.list_own(registration.series, SYSTEM)
    return [_registration(event, lang, "confirmed", row_id=uuid4()) for event in events]


def _rows(letter: Letter) -> Iterator[Record]:
    data, mine = letter.data, str(EXAMPLE)
    event = db.session.get(Event, letter.event_id) if letter.event_id else None
    if data.get("series_registration_id") == mine:
        series = get(Series, UUID(data["series_id"]))
        name = NAMES.in_(letter.language)
        yield _read(SeriesRegistration, series_id=series.id, series=series, entries=[], name=name, address="",
                    language=letter.language, zone=_ZONE, wants_all=True)  # fmt: skip
    if event is None:
        return
    if data.get("notice_id") == mine:
        yield _notice(event)
    if mine in {data.get("speaker_id"), data.get("person_id")}:
        person, now = _read(Person, names=NAMES, zone=_ZONE), clock.now()
        yield person
        yield _read(Speaker, event_id=event.id, person_id=person.id, person=person, invited_at=now,
                    answer_by=now + timedelta(days=10))  # fmt: skip
    elif data.get("event_invitation_id") == mine:
        yield _read(EventInvitation, event=event, pool=_pool(event, data.get("pool_id")), address="",
                    name=NAMES.in_(letter.language), answer_by=clock.now() + timedelta(days=10))  # fmt: skip
    elif letter.registration_id == EXAMPLE:
        state = _PLACES.get(letter.kind) or true_while(letter.kind) or "confirmed"
        registration = _registration(event, letter.language, state, data.get("pool_id"))
        yield registration
        yield from registration.places


def _registration(
    event: Event, lang: str, state: str, pool_id: str | None = None, row_id: UUID = EXAMPLE
) -> Registration:
    pool = _pool(event, pool_id)
    place = _read(Place, row_id, pool_id=pool.id, pool=pool, state=state, number=pool.last_number + 1)
    registration = _read(
        Registration, row_id, event_id=event.id, event=event, name=NAMES.in_(lang), language=lang, zone=_ZONE,
        person=None, contact=None, places=[place], address="",
    )  # fmt: skip
    set_committed_value(place, "registration", registration)
    return registration


def _pool(event: Event, pool_id: str | None) -> Pool:
    """The pool of an id, else the first of those that the event offers."""
    pools = db.session.scalars(select(Pool).where(Pool.event_id == event.id).order_by(Pool.position, Pool.key)).all()
    return found(min(pools, key=lambda pool: (str(pool.id) != pool_id, not pool.is_offered), default=None))


def _session(event: Event) -> ProgrammeSession:
    starts = event.starts or datetime.combine(clock.now().date() + timedelta(days=30), time(9))
    ends = starts + timedelta(hours=1)
    starts_at, ends_at = (clock.instant(wall, event.zone) for wall in (starts, ends))
    return _read(ProgrammeSession, title=_SESSION, starts=starts, ends=ends, starts_at=starts_at, ends_at=ends_at,
                 speakers=[])  # fmt: skip


def _notice(event: Event) -> ChangeNotice:
    """That a session like them is an hour earlier than it was."""
    session = _session(event)
    assert session.starts and session.ends
    was, now = (
        {"starts": clock.written(session.starts + later), "ends": clock.written(session.ends + later)}
        for later in (timedelta(hours=1), timedelta())
    )
    change = {"session": str(session.id), "title": _SESSION.as_json(), "what": ["moved"], "was": was, "is": now}
    return _read(ChangeNotice, event_id=event.id, changes=[change])


def _read(model: type[M], row_id: UUID = EXAMPLE, **values: Any) -> M:
    """A row as if it had been read from the database, with the defaults of its table."""
    row = model()
    for name, value in {**values, "id": row_id}.items():
        set_committed_value(row, name, value)
    complete(row)
    make_transient_to_detached(row)
    return row
