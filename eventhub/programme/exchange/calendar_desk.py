"""The organiser's desk, as far as calendars go that an event's programme or a series follows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_edit_series
from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.web import see_other

from . import series, subscriptions
from .models import Subscription
from .series_telling import changes_of
from .survey import survey
from .telling import LABELS, Teller, problem_told
from .words import FAILURES, HAPPENED

bp = Blueprint("calendars_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/calendars")
Answer = Response | str
SHOWN = 100


def may_follow(actor: Actor, row: Subscription) -> bool:
    """Whoever may edit what follows the calendar."""
    if row.event is not None:
        return may_edit_event(actor, row.event)
    return row.series is not None and may_edit_series(actor, row.series)


def _calendar_room(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def enter(subscription_id: UUID, **values: Any) -> Any:
        row = subscriptions.find(subscription_id)
        if row is None:
            raise NotFound
        require(may_follow(g.actor, row), hidden=True)
        return view(row, **values)

    return declares(may_follow)(signed_in(enter))


@bp.get("/<uuid:subscription_id>/")
@_calendar_room
def calendar(row: Subscription) -> Answer:
    """How a calendar that is followed does: what was done last, and what is other here than there."""
    reading = subscriptions.reading_of(row)
    differences: list[tuple[Any, ...]] = []
    can_compare = not subscriptions.is_of_another_zone(row)
    if row.event is not None and can_compare:
        found = survey(g.actor, row.event, reading)
        lines = [line for line in found.changed if line.what != ("foreign_id",)][:SHOWN]
        teller = Teller(row.event, found, lines)
        differences = [
            (line.session.id, line.session.version, line.session.title, teller.changes(line))
            for line in lines
            if line.session is not None
        ]
    elif row.series is not None:
        differences = [
            (line.event.id, line.event.version, line.event.title, changes_of(line))
            for line in series.survey_series(row.series, reading).changed[:SHOWN]
            if line.event is not None
        ]
    return render_template(
        "programme/desk_calendar.html",
        row=row,
        back=_back(row),
        owner=row.event or row.series,
        differences=differences if can_compare else None,
        older=[problem_told(reading, one)[1] for one in reading.problems if one.what == "stale"],
        happened=[_told(one) for one in row.changes],
        failures=FAILURES,
    )


def _told(one: dict[str, Any]) -> tuple[str, str, str]:
    """What happened to which session or event, and to which parts of it."""
    title = Translated.from_json(one["title"]).in_(g.lang)
    return str(HAPPENED[one["what"]]), title, gettext(", ").join(str(LABELS[part]) for part in one.get("parts", ()))


@bp.post("/<uuid:subscription_id>/pause/")
@_calendar_room
def pause(row: Subscription) -> Answer:
    """Look at it no more for the time being."""
    subscriptions.pause(g.actor, row.id)
    flash(gettext("Nobody looks at the calendar until you resume it."), "success")
    return see_other(".calendar", subscription_id=row.id)


@bp.post("/<uuid:subscription_id>/resume/")
@_calendar_room
def resume(row: Subscription) -> Answer:
    """Look at it again, at once."""
    subscriptions.resume(g.actor, row.id)
    flash(gettext("The calendar is looked at within a minute."), "success")
    return see_other(".calendar", subscription_id=row.id)


@bp.post("/<uuid:subscription_id>/seen/")
@_calendar_room
def seen(row: Subscription) -> Answer:
    """Know what was done, and hear no more of it."""
    subscriptions.mark_seen(g.actor, row.id)
    return see_other(".calendar", subscription_id=row.id)


@bp.post("/<uuid:subscription_id>/remove/")
@_calendar_room
def remove(row: Subscription) -> Answer:
    """Follow it no more."""
    back = _back(row)
    subscriptions.remove(g.actor, row.id)
    flash(gettext("The calendar is not followed any more. What came from it stays."), "success")
    return Response(status=303, headers={"Location": back})


@bp.post("/<uuid:subscription_id>/take-over/")
@_calendar_room
def take_over(row: Subscription) -> Answer:
    """Let one session or event be as the calendar has it."""
    try:
        thing, version = UUID(request.form["thing"]), int(request.form["version"])
    except (KeyError, ValueError):
        abort(400)
    try:
        subscriptions.take_over(g.actor, row.id, thing, version)
    except Stale as refusal:
        flash(refusal.message, "attention")
    else:
        flash(gettext("It is now as the calendar has it."), "success")
    return see_other(".calendar", subscription_id=row.id)


def _back(row: Subscription) -> str:
    if isinstance(row.event, Event):
        return url_for("programme_desk.upload", slug=row.event.slug)
    return url_for("series_import_desk.upload", slug=row.series.slug if row.series else "")


def attention(event: Event, **_: Any) -> str:
    """Which of the calendars that an event follows want a person, as items of the overview's list."""
    if event.is_over() or event.status == "cancelled":
        return ""
    followed = subscriptions.list_subscriptions(event_id=event.id)
    rows = [row for row in followed if row.problem or row.state == "paused"]
    waiting = [row for row in followed if any(one["what"] in subscriptions.WAITING for one in row.changes)]
    if not rows and not waiting:
        return ""
    return render_template("programme/_calendar_attention.html", rows=rows, waiting=waiting, failures=FAILURES)
