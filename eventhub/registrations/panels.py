"""What registrations show on an event's page and on its desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g, render_template

from eventhub.events.holidays import always_of
from eventhub.events.models import Event
from eventhub.events.panels import told_holidays
from eventhub.events.policy import may_find_series
from eventhub.foundation import clock
from eventhub.foundation.zones import ReaderZone

from . import policy, queries, words
from .forms import to_choose
from .queries import Seats
from .questions import policy as question_policy
from .waiting import count_waiting


def _seats(event: Event) -> list[Seats]:
    """How the pools stand, read once for all the panels of a page."""
    known: dict[Any, list[Seats]] = g.setdefault("seats_of_events", {})
    if event.id not in known:
        known[event.id] = queries.list_seats(event)
    return known[event.id]


def places_left(event: Event, **_: Any) -> str | None:
    """How many places are left in each pool that has a limit, while there is something to register for."""
    if event.registration_state() not in {"open", "not_yet"}:
        return None
    limited = [one for one in to_choose(_seats(event)) if one.pool.capacity is not None]
    return render_template("registrations/_places_left.html", seats=limited, words=words) if limited else None


def way_in(event: Event, zone: ReaderZone, **_: Any) -> str | None:
    """The button that leads to the form, or why there is none."""
    if event.status != "published" or event.is_over():
        return None
    offered, state = to_choose(_seats(event)), event.registration_state()
    is_full = bool(offered) and all(one.is_full for one in offered)
    if state == "open" and not offered:
        state = "closed"
    series = event.series if event.series and may_find_series(g.actor, event.series) else None
    values = {"event": event, "zone": zone, "state": state, "is_full": is_full, "series": series}
    return render_template("registrations/_way_in.html", **values)


def attention(event: Event, **_: Any) -> str | None:
    """People who wait, and pools that are nearly full, while the event is still to come."""
    if not policy.may_see_registrations(g.actor, event) or event.status != "published" or event.is_over():
        return None
    return render_template(
        "registrations/_attention.html",
        event=event,
        seats=_seats(event),
        waiting=count_waiting(g.actor, event),
        words=words,
    )


def steps(event: Event, **_: Any) -> str | None:
    """The step to publication of saying how people register; without it there is no limit to the places."""
    if not question_policy.may_edit_form(g.actor, event):
        return None
    is_done = any(one.pool.capacity is not None for one in _seats(event))
    return render_template("registrations/_desk_steps.html", event=event, is_done=is_done)


def holidays_of_registrants(event: Event, **_: Any) -> str | None:
    """The public holidays over an event's days where those who registered come from, but for those told anyway."""
    if not policy.may_see_registrations(g.actor, event):
        return None
    countries = [code for code in queries.list_countries(event) if code not in always_of(event)]
    return told_holidays(event, countries) if countries else None


def shared(pairs: Sequence[tuple[Event, Event]], **_: Any) -> str | None:
    """How many people are registered for two events that are held at one time, as items of a list."""
    told = [pair for pair in pairs if all(policy.may_see_registrations(g.actor, event) for event in pair)]
    counts = queries.count_shared({event.id for pair in told for event in pair}) if told else {}
    found = [(*pair, counts.get(frozenset(event.id for event in pair), 0)) for pair in told]
    found = [one for one in found if one[2]]
    return render_template("registrations/_shared.html", shared=found) if found else None


@dataclass(frozen=True, slots=True)
class Plot:
    """The rise of the registrations: points of a line in a square of 100, its days and its top."""

    points: str
    first: date
    last: date
    total: int


def overview(event: Event, **_: Any) -> str | None:
    """How each pool stands, and how the registrations came."""
    if not policy.may_see_registrations(g.actor, event):
        return None
    return render_template(
        "registrations/_overview.html", event=event, seats=_seats(event), words=words, plot=_plot(event)
    )


def _plot(event: Event) -> Plot | None:
    rows = [(date.fromisoformat(str(day)), count) for day, count in queries.days_of(event)]
    if not rows:
        return None
    first, came = rows[0][0], dict(rows)
    # The line begins the day before, at nothing, and goes on to today, or to the end of what has ended.
    today = clock.now().date()
    last = max(rows[-1][0], min(today, event.ends_at.date()) if event.ends_at else today)
    days, total = (last - first).days + 1, sum(came.values())
    points, so_far = ["0,100"], 0
    for number in range(1, days + 1):
        so_far += came.get(first + timedelta(days=number - 1), 0)
        points.append(f"{100 * number / days:.4g},{100 - 100 * so_far / total:.4g}")
    return Plot(" ".join(points), first, last, total)
