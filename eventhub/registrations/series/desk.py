"""The organiser's list of those who registered for the events of a series that are theirs."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from eventhub.accounts import sessions
from eventhub.events import queries as events
from eventhub.events.models import Event, Series
from eventhub.events.policy import may_edit_series
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.sheets import csv_pieces
from eventhub.foundation.web import page_number
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.registrations import words

from . import people, policy, queries

bp = Blueprint(
    "series_registrations_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/series/<slug>/registrations"
)
Answer = AnyResponse | str


def _mine(slug: str) -> tuple[Series, list[Event]]:
    """The series, and those of its events whose registrations are the reader's to see."""
    series = events.get_series(g.actor, slug)
    found = queries.list_own(series, g.actor)
    require(policy.may_manage_any(g.actor, found) or may_edit_series(g.actor, series), hidden=True)
    return series, policy.managed(g.actor, found)


@bp.get("/")
@declares(policy.may_manage_any)
@signed_in
def index(slug: str) -> Answer:
    """How many registered for each event, and who for how many."""
    series, mine = _mine(slug)
    pages = people.list_page(mine, page_number())
    found = people.participants(mine, list(pages.items))
    # Who wants the whole of it told that to those who run the series, not to each who runs an event in it.
    is_ours = may_edit_series(g.actor, series)
    addresses = [one.latest.address for one in found if one.latest.address]
    return render_template(
        "registrations/desk_series.html",
        series=series,
        events=mine,
        counts=people.count_by_event(mine),
        pages=pages,
        found=found,
        want_all=people.want_all(series, addresses) if is_ours else set(),
        is_ours=is_ours,
        words=words,
        types=STAKEHOLDER_TYPES,
    )


@bp.post("/export/")
@declares(policy.may_manage_any)
@signed_in
def export(slug: str) -> Answer:
    """The list as a file for spreadsheets; the audit of each event says who took it."""
    series, mine = _mine(slug)
    if asking := sessions.make_sure_first(people.count_people(mine), url_for(".index", slug=series.slug)):
        return asking
    people.note_export(g.actor, series, "csv")
    pieces = stream_with_context(csv_pieces(people.rows_of(mine)))
    response = Response(pieces, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{series.slug}-registrations.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
