"""The desk's front page: what one runs, and what of it needs attention."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import g, render_template
from flask_babel import gettext, ngettext
from sqlalchemy import func, literal, select, union_all

from eventhub.events import policy, queries
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.i18n import LOCALES, gaps
from eventhub.foundation.permissions import signed_in
from eventhub.foundation.web import page_number
from eventhub.messaging.models import Letter
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import COUNTING, Place, Pool

from .blueprint import bp


@dataclass(frozen=True, slots=True)
class Line:
    """An event on the desk: how many places are taken of how many (none: no limit), and what it waits for."""

    event: Event
    taken: int
    capacity: int | None
    attention: str


@bp.get("/organise/")
@signed_in
def desk() -> str:
    """The events one runs, the next ones first, and the organisations one acts for."""
    number = page_number()
    page = queries.list_run_by(g.actor, number)
    ids = [event.id for event in page.events]
    places, waiting = _places(ids), _waiting(ids)
    lines = [Line(event, *places.get(event.id, (0, 0)), _attention(event, waiting)) for event in page.events]
    return render_template(
        "pages/desk.html",
        lines=lines,
        page_of_events=page,
        organisations=queries.list_organisations(g.actor.organisations(*policy.STAFF)),
        series=queries.list_own_series(g.actor),
        may_add=bool(g.actor.organisations(*policy.EDITORS)),
    )


def _places(event_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int | None]]:
    taken = select(func.count(Place.id)).where(Place.pool_id == Pool.id, Place.state.in_(COUNTING)).scalar_subquery()
    found: dict[UUID, tuple[int, int | None]] = {}
    pools = select(Pool.event_id, Pool.capacity, taken).where(Pool.event_id.in_(event_ids))
    for event_id, capacity, number in db.session.execute(pools):
        so_far, limit = found.get(event_id, (0, 0))
        found[event_id] = so_far + number, None if capacity is None or limit is None else limit + capacity
    return found


def _waiting(event_ids: Collection[UUID]) -> dict[tuple[str, UUID | None], int]:
    """How many letters of each event were not delivered, people wait for approval, and sessions have no hours yet."""
    session = ProgrammeSession
    counted = {
        "letters": (Letter.event_id, select(Letter.id).where(Letter.state == "failed")),
        "people": (Pool.event_id, select(Place.id).join(Place.pool).where(Place.state == "pending")),
        "sessions": (
            session.event_id,
            select(session.id).where(session.state == "scheduled", session.starts_at.is_(None)),
        ),
    }
    parts = [
        query.with_only_columns(literal(what), event_id, func.count()).where(event_id.in_(event_ids)).group_by(event_id)
        for what, (event_id, query) in counted.items()
    ]
    return {(row[0], row[1]): row[2] for row in db.session.execute(union_all(*parts))}


def _attention(event: Event, waiting: Mapping[tuple[str, UUID | None], int]) -> str:
    """What is most urgent; all else stands on the event's overview."""
    if number := waiting.get(("letters", event.id)):
        told = ngettext("%(num)s letter could not be delivered", "%(num)s letters could not be delivered", number)
        return str(told)
    if event.status == "cancelled" or event.is_over():
        return ""
    if number := waiting.get(("people", event.id)):
        return str(ngettext("One person waits for your approval", "%(num)s people wait for your approval", number))
    if event.status == "postponed" or not event.starts:
        return str(gettext("Needs a date"))
    if number := waiting.get(("sessions", event.id)):
        return str(ngettext("One session has no hours yet", "%(num)s sessions have no hours yet", number))
    texts = (event.title, event.summary, event.description, event.note, event.venue, event.venue_address)
    if gaps(texts, event.published_languages or LOCALES):
        return str(gettext("Translations are missing or out of date"))
    return str(gettext("Not published yet")) if event.status == "draft" else ""
