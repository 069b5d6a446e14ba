"""Finding events and series."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, cast, func, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from eventhub.foundation import clock, search
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import language
from eventhub.foundation.slugs import id_of_old_slug
from eventhub.organisations.models import Organisation

from . import policy
from .models import AlsoListed, Event, Partner, Series

PAGE = 20
# An event that is under way has begun within this time, or lists of what is on would look through the whole archive.
LONGEST = timedelta(days=366)
Found = TypeVar("Found")


# Made once, for every page of an event begins with them.
_WHOLE = select(Event).options(
    joinedload(Event.organisation),
    joinedload(Event.series),
    joinedload(Event.partners).joinedload(Partner.organisation),  # few, so one question asks for all
)
_OF_SLUG, _OF_ID = _WHOLE.where(Event.slug == bindparam("slug")), _WHOLE.where(Event.id == bindparam("id"))


def find_event(slug: str) -> Event | None:
    """The event of a slug, today's or a former one, with what its page shows."""
    event = db.session.scalars(_OF_SLUG, {"slug": slug}).unique().one_or_none()
    if event is None and (old := id_of_old_slug(Event.__tablename__, slug)):
        event = db.session.scalars(_OF_ID, {"id": old}).unique().one_or_none()
    return event


def get_visible(actor: Actor, slug: str) -> Event:
    """The event of a slug, if the actor may see it; raises NotFound alike where it is not there."""
    return check_visible(actor, find_event(slug))


def check_visible(actor: Actor, event: Event | None) -> Event:
    """The event that was found, if the actor may see it; raises NotFound alike where there is none."""
    if event is None or not policy.may_see_event(actor, event):
        raise NotFound
    return event


def give_partners(event: Event, *, are_there: bool) -> None:
    """Let an event that was read alone know its partners: in one question, or in none where it has none."""
    query = select(Partner).where(Partner.event_id == event.id).options(joinedload(Partner.organisation))
    found = db.session.scalars(query.order_by(Partner.position)).all() if are_there else []
    set_committed_value(event, "partners", list(found))


def get_series(actor: Actor, slug: str) -> Series:
    """The series of a slug, today's or a former one, if the actor may see it; raises NotFound."""
    query = select(Series).options(joinedload(Series.organisation))
    series = db.session.scalar(query.where(Series.slug == slug))
    if series is None and (old := id_of_old_slug(Series.__tablename__, slug)):
        series = db.session.scalar(query.where(Series.id == old))
    if series is None or not policy.may_see_series(actor, series):
        raise NotFound
    return series


@dataclass(frozen=True, slots=True)
class Filter:
    """What a visitor looks for among the public events."""

    words: str = ""
    kind: str = ""
    mode: str = ""
    language: str = ""
    organisation: str = ""
    past: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and whether another follows."""

    events: Sequence[Event]
    number: int
    has_next: bool


def is_listed() -> ColumnElement[bool]:
    """The condition for events that stand in public lists."""
    return and_(Event.visibility == "public", Event.status != "draft")


def _cards() -> Select[Event]:
    return select(Event).options(joinedload(Event.organisation), joinedload(Event.series))


def _over(moment: datetime) -> ColumnElement[bool]:
    return and_(Event.starts_at < moment, or_(Event.ends_at < moment, Event.ends_at.is_(None)))


def _coming(wanted: Filter, most: int) -> ColumnElement[bool]:
    """The condition for the first so many events to come: those under way, later ones, and those without a date.

    Each of the three is a stretch of one index, so that it costs the same however many events there are.
    """
    moment = clock.now()
    stretches = (
        and_(Event.starts_at >= moment - LONGEST, Event.starts_at < moment, Event.ends_at >= moment),
        Event.starts_at >= moment,
        Event.starts_at.is_(None),
    )
    firsts = [
        _only(wanted, select(Event.id)).where(is_listed(), stretch).order_by(Event.starts_at, Event.id).limit(most)
        for stretch in stretches
    ]
    return Event.id.in_(union_all(*(select(first.subquery().c.id) for first in firsts)))


def list_public(wanted: Filter, number: int = 1) -> Page:
    """One page of the public events: those to come from the next on, or the past ones from the last back."""
    query = _cards().where(is_listed())
    if wanted.past:
        query = query.where(_over(clock.now())).order_by(Event.starts_at.desc(), Event.id)
    elif wanted.words:
        query = query.order_by(
            Event.starts_at.desc().nulls_first(), Event.id
        )  # who searches, searches the past as well
    else:
        query = query.where(_coming(wanted, number * PAGE + 1)).order_by(Event.starts_at.asc().nulls_last(), Event.id)
    rows = db.session.scalars(_only(wanted, query).offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], number, len(rows) > PAGE)


def count_public(wanted: Filter) -> int:
    """How many public events there are on all pages of such a list."""
    query = _only(wanted, select(func.count(Event.id))).where(is_listed())
    moment = clock.now()
    if wanted.past:
        query = query.where(_over(moment))
    elif not wanted.words:
        query = query.where(or_(Event.starts_at.is_(None), Event.starts_at >= moment, Event.ends_at >= moment))
    return db.session.scalar(query) or 0


def _only(wanted: Filter, query: Select[Found]) -> Select[Found]:
    if wanted.kind:
        query = query.where(Event.kind == wanted.kind)
    if wanted.mode:
        query = query.where(Event.mode == wanted.mode)
    if wanted.language:
        query = query.where(_speaks(wanted.language))
    if wanted.organisation:
        query = query.where(Event.organisation.has(slug=wanted.organisation))
    if wanted.words and (found := search.matches("event", Event.id, wanted.words)) is not None:
        query = query.where(found)
    return query


def _speaks(language: str) -> ColumnElement[bool]:
    # The list of languages is JSON; its text form holds each in quotation marks on both databases.
    return cast(Event.working_languages, String).contains(f'"{language}"', autoescape=True)


def list_between(first: date, following: date, wanted: Filter) -> Sequence[Event]:
    """The public events whose days, by the clock of their venue, fall between two days; the latter not included."""
    begin, end = datetime.combine(first, time()), datetime.combine(following, time())
    query = _only(wanted, _cards()).where(
        is_listed(),
        Event.starts >= begin - LONGEST,
        Event.starts < end,
        or_(Event.ends >= begin, Event.starts >= begin),
    )
    return db.session.scalars(query.order_by(Event.starts_at, Event.id).limit(500)).all()


def list_coming(most: int) -> Sequence[Event]:
    """The next public events."""
    query = _cards().where(_coming(Filter(), most)).order_by(Event.starts_at.asc().nulls_last(), Event.id)
    return db.session.scalars(query.limit(most)).all()


def list_past(most: int) -> Sequence[Event]:
    """The public events that were last."""
    query = _cards().where(is_listed(), _over(clock.now())).order_by(Event.starts_at.desc(), Event.id)
    return db.session.scalars(query.limit(most)).all()


def list_of_series(series: Series, actor: Actor) -> Sequence[Event]:
    """The events of a series in their order, also those listed in it; drafts only for those who run them.

    A public series does not give away its unlisted events; one that is itself unlisted may name them.
    """
    listed = select(AlsoListed.event_id).where(AlsoListed.series_id == series.id)
    query = (
        _cards().options(selectinload(Event.partners)).where(or_(Event.series_id == series.id, Event.id.in_(listed)))
    )
    rows = db.session.scalars(query.order_by(Event.starts_at.asc().nulls_last(), Event.id)).all()
    may_find = policy.may_find_event if series.visibility == "public" else policy.may_see_event
    return [event for event in rows if may_find(actor, event)]


def list_guests(series: Series) -> Sequence[Event]:
    """The public events that a series shows though they do not belong to it."""
    listed = select(AlsoListed.event_id).where(AlsoListed.series_id == series.id)
    query = _cards().where(Event.id.in_(listed), is_listed()).order_by(Event.starts_at.asc().nulls_last(), Event.id)
    return db.session.scalars(query).all()


def list_public_series(most: int) -> Sequence[Series]:
    """The public series, the newest first."""
    query = select(Series).options(joinedload(Series.organisation)).where(Series.visibility == "public")
    return db.session.scalars(query.order_by(Series.created_at.desc(), Series.id).limit(most)).all()


def series_of(event: Event) -> list[UUID]:
    """The series that show an event: its own and those it is also listed in."""
    listed = db.session.scalars(select(AlsoListed.series_id).where(AlsoListed.event_id == event.id)).all()
    return [*([event.series_id] if event.series_id else []), *listed]


def run_by(actor: Actor) -> ColumnElement[bool]:
    """The condition for events that the actor has a part in running."""
    organisations = actor.organisations(*policy.STAFF)  # events with a role of their own are among these ids as well
    partners = select(Partner.event_id).where(
        Partner.part == "co_organiser", Partner.organisation_id.in_(organisations)
    )
    return or_(Event.organisation_id.in_(organisations), Event.id.in_(organisations), Event.id.in_(partners))


def list_run_by(actor: Actor, number: int = 1) -> Page:
    """One page of the events that the actor has a part in running.

    First those without a date and those that are not over, the nearest before the others; then the past ones from the
    last back.
    """
    is_past = _over(clock.now())
    query = (
        _cards()
        .where(run_by(actor))
        .order_by(
            case((is_past, 1), else_=0),
            case((is_past, None), else_=Event.starts_at).asc().nulls_first(),
            Event.starts_at.desc(),
            Event.id,
        )
    )
    rows = db.session.scalars(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], number, len(rows) > PAGE)


def list_organisers() -> Sequence[Organisation]:
    """The organisations that organise something public, for a choice among them."""
    organise = select(Event.id).where(Event.organisation_id == Organisation.id, is_listed()).exists()
    return db.session.scalars(select(Organisation).where(organise)).all()


def list_own_series(actor: Actor, event: Event | None = None) -> Sequence[Series]:
    """The series that the actor may edit, and those that already list the event, the newest first."""
    listing = series_of(event) if event is not None else []
    wanted = or_(Series.organisation_id.in_(actor.organisations(*policy.EDITORS)), Series.id.in_(listing))
    return db.session.scalars(select(Series).where(wanted).order_by(Series.created_at.desc(), Series.id)).all()


def list_parents(actor: Actor, event: Event | None = None) -> Sequence[Event]:
    """The latest events that the actor has a part in running, and the event's own parent."""
    rows = list(db.session.scalars(select(Event).where(run_by(actor)).order_by(Event.created_at.desc()).limit(50)))
    if event is not None and event.parent is not None and event.parent not in rows:
        rows.append(event.parent)
    return [row for row in rows if row is not event]


def list_organisations(ids: Collection[UUID] | None = None) -> list[Organisation]:
    """All organisations, or those of some ids, by their names in the reader's language."""
    query = select(Organisation)
    if ids is not None:
        query = query.where(Organisation.id.in_(ids))
    return sorted(db.session.scalars(query), key=lambda row: row.name.in_(language()).casefold())
