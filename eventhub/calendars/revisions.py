"""What a private feed depends on, in one indexed question: the number of its key, and the revisions it is made from.

As long as the answer is the same, so is the feed; without a row there is none (any more).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from eventhub.accounts.models import Account
from eventhub.calendars.models import CalendarFeed, CalendarHolder, CalendarKey
from eventhub.events.models import Event, Partner
from eventhub.events.policy import STAFF
from eventhub.foundation.links import NOWHERE
from eventhub.organisations.models import Membership
from eventhub.programme.models import Speaker
from eventhub.registrations.models import Registration
from eventhub.registrations.series.models import SeriesEntry, SeriesRegistration

# Nobody's id stands in the written question, until it is asked.
_ID: ColumnElement[Any] = bindparam("row_id", NOWHERE, Uuid())
_FEED = and_(CalendarFeed.kind == "event", CalendarFeed.scope_id == Event.id)
_STATE = (Event.id, Event.public_revision, CalendarFeed.revision, func.coalesce(CalendarHolder.revision, 0))


def _of_one(table: Any) -> Select[Any]:
    query = select(table.calendar_number, *_STATE).join(Event, Event.id == table.event_id)
    query = query.join(CalendarFeed, _FEED).outerjoin(CalendarHolder, CalendarHolder.holder_id == table.id)
    return query.where(table.id == _ID)


def _of_series() -> Any:
    """The series' own feed tells of its name, which stands in the head."""
    mine, named = SeriesRegistration, aliased(CalendarFeed)
    entries = select(SeriesEntry.event_id).where(SeriesEntry.series_registration_id == mine.id)
    query = (
        select(mine.calendar_number, *_STATE, func.coalesce(named.revision, 0))
        .outerjoin(named, and_(named.kind == "series", named.scope_id == mine.series_id))
        .outerjoin(Registration, Registration.address == mine.address)
        .outerjoin(
            Event,
            and_(
                Event.id == Registration.event_id,
                or_(Event.series_id == mine.series_id, Event.id.in_(entries.correlate(mine))),
            ),
        )
        .outerjoin(CalendarFeed, _FEED)
        .outerjoin(CalendarHolder, CalendarHolder.holder_id == Registration.id)
    )
    return query.where(mine.id == _ID).order_by(Event.id)


def _key(*columns: Any) -> Select[Any]:
    """A key that is open, of somebody whose address is known to be theirs."""
    query = select(CalendarKey.number, *columns).join(Account, Account.person_id == CalendarKey.person_id)
    return query.where(CalendarKey.id == _ID, CalendarKey.is_open, Account.confirmed_at.is_not(None))


def _of_mine() -> Any:
    registered = (
        _key(*_STATE)
        .join(Registration, Registration.address == Account.address)
        .join(Event, Event.id == Registration.event_id)
        .outerjoin(CalendarFeed, _FEED)
        .outerjoin(CalendarHolder, CalendarHolder.holder_id == Registration.id)
    )
    speaking = (
        _key(*_STATE)
        .join(Speaker, Speaker.person_id == CalendarKey.person_id)
        .join(Event, Event.id == Speaker.event_id)
        .outerjoin(CalendarFeed, _FEED)
        .outerjoin(CalendarHolder, CalendarHolder.holder_id == Speaker.id)
    )
    return union_all(_alone(), registered, speaking)


def _alone() -> Select[Any]:
    """The key by itself, which somebody without any event has too."""
    return _key(CalendarKey.id, literal(0), literal(0), literal(0))


def run_by(person_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """The condition for events that somebody has a part in running, by their person."""
    own = select(Membership.organisation_id).where(Membership.person_id == person_id, Membership.role.in_(STAFF))
    partners = select(Partner.event_id).where(Partner.part == "co_organiser", Partner.organisation_id.in_(own))
    return or_(Event.organisation_id.in_(own), Event.id.in_(partners))


def _of_run() -> Any:
    person = select(CalendarKey.person_id).where(CalendarKey.id == _ID).scalar_subquery()
    running = (
        _key(Event.id, Event.public_revision, CalendarFeed.revision, literal(0))
        .join(Event, run_by(person))
        .join(CalendarFeed, _FEED)
    )
    return union_all(_alone(), running)


_QUESTIONS = {
    "registration": _of_one(Registration),
    "speaker": _of_one(Speaker),
    "series": _of_series(),
    "mine": _of_mine(),
    "run": _of_run(),
}


def revision_of(kind: str, row_id: UUID, connection: Connection) -> Hashable | None:
    """What the feed of a holder or key depends on now; None where it may not be read (any more).

    Asked in words that were written once: to put a statement together takes longer than its answer.
    """
    words, order, values = _written(kind, connection.dialect)
    given = {**values, "row_id": row_id if connection.dialect.name == "postgresql" else row_id.hex}
    rows = connection.exec_driver_sql(words, tuple(given[name] for name in order) if order else given).all()
    return tuple(sorted(map(tuple, rows), key=str)) or None


_kept: dict[tuple[str, str], tuple[str, Sequence[str], dict[str, Any]]] = {}


def _written(kind: str, dialect: Dialect) -> tuple[str, Sequence[str], dict[str, Any]]:
    """A question in a database's own words, the names of what it is asked with in their order, and their values."""
    name = dialect.name
    if (kind, name) not in _kept:
        # One statement is the same for all databases of a kind.
        compiled = _QUESTIONS[kind].compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        _kept[kind, name] = str(compiled), list(compiled.positiontup or ()), dict(compiled.params)
    return _kept[kind, name]
