"""Who registered for how many of an organiser's events in a series: for the desk, and as a list that leaves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, String, Subquery, and_, cast, func, select
from sqlalchemy.orm import contains_eager

from eventhub.events.models import Event, Series
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import LOCALES, country_name, language
from eventhub.foundation.permissions import require
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.registrations import access
from eventhub.registrations.models import ENDED, Place, Registration
from eventhub.registrations.words import STATES, name_of

from . import policy, queries
from .models import SeriesRegistration

PAGE = 50
BATCH = 200


@dataclass(frozen=True, slots=True)
class Participant:
    """One person, and their registrations by the event; the latest says how they describe themself."""

    latest: Registration
    by_event: dict[UUID, Registration]


def count_by_event(events: Sequence[Event]) -> dict[UUID, dict[str, int]]:
    """How many registrations of each event are in which state."""
    query = (
        select(Registration.event_id, Place.state, func.count())
        .join(Registration.places)
        .where(Registration.event_id.in_([event.id for event in events]), Place.is_main)
        .group_by(Registration.event_id, Place.state)
    )
    found: dict[UUID, dict[str, int]] = {event.id: {} for event in events}
    for event_id, state, number in db.session.execute(query):
        found[event_id][state] = number
    return found


def list_page(events: Sequence[Event], number: int) -> Pagination:
    """One page of the people who hold a place at some of the events, or wait for one: who has most of them first.

    Its items are addresses, or ids of registrations without one.
    """
    keys = _keys(events)
    query = select(keys.c.person).order_by(keys.c.number.desc(), keys.c.first, keys.c.person)
    return db.paginate(query, page=number, per_page=PAGE, error_out=False)


def count_people(events: Sequence[Event]) -> int:
    """How many people hold a place at some of the events, or wait for one."""
    return db.session.scalar(select(func.count()).select_from(_keys(events))) or 0


def _keys(events: Sequence[Event]) -> Subquery:
    person = _person()
    return (
        select(person.label("person"), func.count().label("number"), func.min(Registration.created_at).label("first"))
        .join(Registration.places)
        .where(Registration.event_id.in_([event.id for event in events]), _is_there())
        .group_by(person)
        .subquery()
    )


def _is_there() -> ColumnElement[bool]:
    return and_(Place.is_main, Place.state.not_in(ENDED), Registration.erased_at.is_(None))


def _person() -> ColumnElement[str]:
    # Somebody whom an organiser added without an address is one person at each event.
    return func.coalesce(Registration.address, cast(Registration.id, String))


def participants(events: Sequence[Event], people: Sequence[str]) -> list[Participant]:
    """Some people with all their registrations for the events, in the order of the people."""
    person = _person()
    query = (
        select(person, Registration)
        .join(Registration.places)
        .join(Place.pool)
        .where(Registration.event_id.in_([event.id for event in events]), person.in_(people))
        .where(_is_there())
        .options(contains_eager(Registration.places).contains_eager(Place.pool))
        .order_by(Registration.created_at, Registration.id)
    )
    found: dict[str, dict[UUID, Registration]] = {}
    for key, row in db.session.execute(query).unique():
        found.setdefault(key, {})[row.event_id] = row
    return [Participant(list(found[key].values())[-1], found[key]) for key in people if key in found]


def want_all(series: Series, addresses: Sequence[str]) -> set[str]:
    """Those of some addresses whose owners want the whole series."""
    query = select(SeriesRegistration.address).where(
        and_(SeriesRegistration.series_id == series.id, SeriesRegistration.wants_all),
        SeriesRegistration.address.in_(addresses),
    )
    return set(db.session.scalars(query))


@use_case
def note_export(actor: Actor, series: Series, file_format: str) -> None:
    """The audit lines without which no list leaves the service: one for each event whose people are in it."""
    mine = policy.managed(actor, queries.list_own(series, actor))
    require(bool(mine), hidden=True)
    for event in mine:
        access.note_export(actor, event.id, file_format)


def rows_of(events: Sequence[Event]) -> Iterator[list[str]]:
    """The headings and then one row for each person, with a column for each event; in the reader's language."""
    yield [
        gettext("Name"),
        gettext("E-mail address"),
        gettext("Organisation"),
        gettext("Type of organisation"),
        gettext("Country or region"),
        gettext("Language of letters"),
        gettext("Number of events"),
        *(str(event.title.in_(language())) for event in events),
    ]
    keys = _keys(events)
    order = keys.c.number.desc(), keys.c.first, keys.c.person
    people = [row[0] for row in db.session.execute(select(keys.c.person).order_by(*order))]
    for start in range(0, len(people), BATCH):
        for one in participants(events, people[start : start + BATCH]):
            row = one.latest
            yield [
                row.name,
                row.typed_address or "",
                row.organisation,
                str(STAKEHOLDER_TYPES.get(row.stakeholder_type or "", "")),
                country_name(row.country) if row.country else "",
                LOCALES[row.language],
                str(len(one.by_event)),
                *(_told(one.by_event.get(event.id)) for event in events),
            ]


def _told(row: Registration | None) -> str:
    if row is None:
        return ""
    return f"{STATES[row.place.state]} · {name_of(row.place.pool)}"
