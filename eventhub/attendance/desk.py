"""The organisers' room for the doors: the devices that are admitted, and who came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.accounts import sessions
from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import links
from eventhub.foundation.errors import Conflict
from eventhub.foundation.i18n import spaced
from eventhub.foundation.web import address, page_number, see_other
from eventhub.people.finding import is_found
from eventhub.registrations.words import name_of

from . import exports, policy, queries, roll, services, tickets, words
from .forms import DoorForm
from .models import closing, have_closed
from .roll import Entry

bp = Blueprint("attendance_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/door")
Answer = AnyResponse | str | tuple[str, int]
PAGE = 50
_SHORTEST_PLOT = timedelta(minutes=2)
SHOWN = ("not_yet", "came", "walk_ins")


@bp.route("/", methods=["GET", "POST"])
@event_room(policy.may_run_doors)
def index(event: Event) -> Answer:
    """Who came so far, and the devices at the doors; a form admits another one."""
    form = DoorForm()
    if form.validate_on_submit():
        slug = event.slug
        try:
            door = services.open_door(g.actor, event.id, form.name.data or "")
        except Conflict as refusal:
            flash(refusal.message, "attention")
            return see_other(".index", slug=slug)
        return see_other(".device", slug=slug, door_id=door.id)
    by_place = queries.count_by_place(event)
    first_seen = queries.came_at(event)
    status = 422 if form.errors else 200
    return render_template(
        "attendance/desk_index.html",
        event=event,
        form=form,
        doors=queries.list_doors(event),
        closing=closing(event),
        have_closed=have_closed(event),
        pools=queries.count_by_pool(event),
        walk_ins=queries.count_walk_ins(event),
        at_door=by_place.get(event.id, 0),
        sessions=[(one, by_place.get(one.id, 0)) for one in queries.list_sessions(event)],
        repeats=queries.list_repeats(event),
        plot=_plot(sorted(first_seen.values())),
        may_export=policy.may_export(g.actor, event),
        words=words,
        name_of=name_of,
    ), status


@bp.get("/devices/<uuid:door_id>/")
@event_room(policy.may_run_doors)
def device(event: Event, door_id: UUID) -> Answer:
    """One device: the code that admits it, to be scanned by its own camera."""
    door = queries.get_door(event, door_id)
    link = address("attendance.door", g.lang, token=links.make("door", door.id, door.link_number))
    page = render_template(
        "attendance/desk_device.html",
        event=event,
        door=door,
        closing=closing(event),
        link=link if door.is_open else "",
        drawing=tickets.svg_of(link) if door.is_open else "",
    )
    response = Response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/devices/<uuid:door_id>/revoke/")
@event_room(policy.may_run_doors)
def revoke(event: Event, door_id: UUID) -> Answer:
    """Turn a device out."""
    door = queries.get_door(event, door_id)
    name = door.name
    services.revoke_door(g.actor, door.id)
    flash(spaced(gettext("%(name)s is turned out. Its code opens nothing any more.", name=name), name), "success")
    return see_other(".index", slug=event.slug)


@bp.get("/people/")
@event_room(policy.may_run_doors)
def people(event: Event) -> Answer:
    """Who came, who has not yet, and who came without a registration."""
    shown = request.args.get("show", SHOWN[0])
    shown = shown if shown in SHOWN else SHOWN[0]
    wanted = request.args.get("words", "").strip()
    first_seen = queries.came_at(event)
    found = [one for one in roll.roll_of(event) if _belongs(one, shown, first_seen)]
    if wanted:
        found = [one for one in found if is_found(one.keys, wanted)]
    number = min(page_number(), max(1, -(-len(found) // PAGE)))
    return render_template(
        "attendance/desk_people.html",
        event=event,
        shown=shown,
        wanted=wanted,
        people=found[(number - 1) * PAGE : number * PAGE],
        total=len(found),
        pages=Pages(number, -(-len(found) // PAGE)),
        pools=words.pool_names(event),
        may_erase=policy.may_erase(g.actor, event),
        arrivals=queries.arrivals_of(event, [one.id for one in found[(number - 1) * PAGE : number * PAGE]]),
        words=words,
    )


@bp.post("/arrivals/<uuid:arrival_id>/undo/")
@event_room(policy.may_run_doors)
def undo(event: Event, arrival_id: UUID) -> Answer:
    """Take a check-in back, whichever door it came from."""
    arrival = services.undo(g.actor, event.id, arrival_id)
    who = arrival.registration or arrival.walk_in
    name = who.name if who else ""
    text = (
        gettext("The check-in of %(name)s is taken back.", name=name)
        if name
        else gettext("The check-in is taken back.")
    )
    flash(spaced(text, name), "success")
    return see_other(".people", slug=event.slug, show="came")


@bp.post("/walk-ins/<uuid:walk_in_id>/erase/")
@event_room(policy.may_erase)
def erase(event: Event, walk_in_id: UUID) -> Answer:
    """Erase the name of somebody who came without a registration."""
    services.erase_walk_in(g.actor, event.id, walk_in_id)
    flash(gettext("The name is erased."), "success")
    return see_other(".people", slug=event.slug, show="walk_ins")


@bp.post("/export/")
@event_room(policy.may_export)
def export(event: Event) -> Answer:
    """Who came, as a file for spreadsheets; the audit says who took it."""
    if asking := sessions.make_sure_first(services.count_told(event), url_for(".index", slug=event.slug)):
        return asking
    services.note_export(g.actor, event.id)
    response = Response(stream_with_context(exports.csv_of(event)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{event.slug}-attendance.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page lies in its list."""

    page: int
    pages: int

    @property
    def has_prev(self) -> bool:
        """Whether there is an earlier one."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Whether there is a later one."""
        return self.page < self.pages

    @property
    def prev_num(self) -> int:
        """The number of the earlier one."""
        return self.page - 1

    @property
    def next_num(self) -> int:
        """The number of the later one."""
        return self.page + 1


def _belongs(one: Entry, shown: str, first_seen: dict[UUID, datetime]) -> bool:
    if shown == "walk_ins":
        return one.is_walk_in and one.id in first_seen
    if shown == "came":
        return not one.is_walk_in and one.id in first_seen
    return one.is_awaited and one.id not in first_seen


@dataclass(frozen=True, slots=True)
class Plot:
    """How people came: points of a line in a square of 100, the moments at its ends and its top."""

    points: str
    first: datetime
    last: datetime
    total: int


def _plot(moments: Sequence[datetime]) -> Plot | None:
    if not moments or moments[-1] - moments[0] < _SHORTEST_PLOT:
        return None
    first, last, total = moments[0], moments[-1], len(moments)
    length = (last - first).total_seconds()
    # More points than the drawing is wide show nothing more.
    step = max(1, total // 200)
    numbered = [
        (moment, number) for number, moment in enumerate(moments, 1) if number % step == 0 or number in {1, total}
    ]
    points = " ".join(
        f"{100 * (moment - first).total_seconds() / length:.1f},{100 - 100 * number / total:.1f}"
        for moment, number in numbered
    )
    return Plot(f"0,100 {points}", first, last, total)
