"""The public pages of events and series."""

from __future__ import annotations

import re
from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from eventhub.foundation import clock
from eventhub.foundation.web import page_number
from eventhub.foundation.zones import reader_zone

from . import linked_data, policy, queries
from .filters import FilterForm
from .models import Event
from .queries import Filter
from .shifts import shifts_of

bp = Blueprint("events", __name__, url_prefix="/<any(en,zh):lang>")


@bp.get("/events/")
def index() -> str:
    """All public events: those to come, those past, or a month's."""
    view = request.args.get("view", "")
    form = FilterForm(request.args)
    form.offer(queries.list_organisers())
    wanted = form.wanted(past=view == "past")
    if view == "month":
        return render_template("events/month.html", form=form, view=view, month=_month(wanted))
    return render_template(
        "events/index.html",
        form=form,
        view=view,
        found=queries.list_public(wanted, page_number()),
        total=queries.count_public(wanted) if form.q.data or form.is_narrowed else None,
    )


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks of a month, each day with its events, and the months around it."""

    first: date
    before: date
    after: date
    today: date
    weeks: list[list[date]]
    events: dict[date, list[Event]]
    upcoming: date | None
    """The day of the next event, where the month itself has none."""


def _month(wanted: Filter) -> Month:
    today = clock.now().date()
    asked = re.fullmatch(r"(19[7-9]\d|20\d\d)-(0[1-9]|1[0-2])", request.args.get("month", ""))
    first = date(int(asked[1]), int(asked[2]), 1) if asked else today.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    by_day: dict[date, list[Event]] = defaultdict(list)
    for event in queries.list_between(first, after, wanted):
        day, last = event.day(), event.last_day()
        assert day and last  # the query found it by them
        day = max(day, first)
        while day <= last and day < after:
            by_day[day].append(event)
            day += timedelta(days=1)
    before = (first - timedelta(days=1)).replace(day=1)
    upcoming = None if by_day else _first_day_from(after, wanted)
    return Month(first, before, after, today, Calendar().monthdatescalendar(first.year, first.month), by_day, upcoming)


def _first_day_from(day: date, wanted: Filter) -> date | None:
    coming = (event.day() for event in queries.list_public(wanted).events)
    return min((one for one in coming if one and one >= day), default=None)


@bp.get("/events/<slug>/")
def event(slug: str) -> str | Response:
    """One event."""
    event = queries.get_visible(g.actor, slug)
    if event.slug != slug:
        return redirect(url_for(".event", slug=event.slug), 301)
    return render_template(
        "events/event.html",
        event=event,
        zone=reader_zone(event.zone, event.starts_at),
        parent=event.parent if event.parent and policy.may_find_event(g.actor, event.parent) else None,
        series=event.series if event.series and policy.may_find_series(g.actor, event.series) else None,
        is_shown=policy.is_shown(event),
        may_open_desk=policy.may_open_desk(g.actor, event),
        data=linked_data.of_event(event, g.lang) if policy.is_shown(event) else None,
    )


@bp.get("/series/<slug>/")
def series(slug: str) -> str | Response:
    """A series and its events in their order."""
    series = queries.get_series(g.actor, slug)
    if series.slug != slug:
        return redirect(url_for(".series", slug=series.slug), 301)
    events = queries.list_of_series(series, g.actor)
    own = [event for event in events if event.series_id == series.id]
    shown = [event for event in events if policy.is_shown(event)]
    zone = reader_zone("", next((event.starts_at for event in events), None))
    return render_template(
        "events/series.html",
        series=series,
        events=events,
        numbers={event.id: number for number, event in enumerate(own, 1)},
        zone=zone,
        shifts=shifts_of(events, zone.name),
        data=linked_data.of_series(series, shown, g.lang),
    )
