"""The organiser's desk, as far as calendars go that hold the events of a series."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventhub.events import queries
from eventhub.events.models import Series
from eventhub.events.policy import may_edit_series
from eventhub.foundation import fetching
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Unreadable
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.web import limit_per, limiter, see_other

from . import keeping, series, subscriptions
from .forms import SeriesImportForm, SeriesUploadForm
from .series_telling import changes_of
from .signals import SeriesImported
from .telling import problem_told
from .words import ERRORS, FAILURES, NOTICES

bp = Blueprint("series_import_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/series/<slug>/import")
Answer = Response | str | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
@limiter.limit(limit_per(10, 5), methods=["POST"])
@declares(may_edit_series)
@signed_in
def upload(slug: str) -> Answer:
    """Choose a file or an address; it is read, and nothing else happens."""
    row = _series(slug)
    form = SeriesUploadForm(data={"zone": series.usual_header(row).zone})
    kept: list[str] = []

    def look() -> None:
        source = None
        if form.file.data:
            data = form.file.data.read()
        else:
            data, source = subscriptions.look_at(form.address.data or "")
        try:
            read = series.read(data, form.zone.data)
        except Unreadable as error:
            raise Invalid("address" if source else "file", error.message) from error
        kept.append(keeping.keep(g.actor, row.id, read, source))

    if form.validate_on_submit() and form.carried_out(look):
        keeping.sweep()
        return see_other(".preview", slug=row.slug, token=kept[0])
    followed = subscriptions.list_subscriptions(series_id=row.id)
    page = render_template(
        "programme/desk_series_import.html", series=row, form=form, followed=followed, failures=FAILURES
    )
    return page, form.status


@bp.route("/<token>/", methods=["GET", "POST"])
@declares(may_edit_series)
@signed_in
def preview(slug: str, token: str) -> Answer:
    """What a calendar would change in the series, event by event; then that, at once or not at all."""
    row = _series(slug)
    try:
        kept = keeping.find(g.actor, row.id, token)
    except NotFound:
        flash(gettext("The file is kept for an hour only. Please choose it again."), "attention")
        return see_other(".upload", slug=row.slug)
    read, source = kept.reading, kept.source
    found = series.survey_series(row, read)
    form = SeriesImportForm()
    status = 200
    if form.validate_on_submit():
        ticked = form.cancel.data or ()
        off = {line.event.id for line in found.cancelled if line.event and str(line.event.id) in ticked}
        how = source if form.follow.data else None
        try:
            done = subscriptions.import_events_and_follow(
                g.actor, row.id, read, how, cancel=off, seen=form.seen.data or ""
            )
        except Conflict as refusal:
            flash(refusal.message, "attention")
            found, status = series.survey_series(row, read), refusal.status
        else:
            keeping.drop(g.actor, row.id, token)
            flash(_told(done), "success")
            return see_other("event_desk.edit_series", slug=row.slug)
    form.seen.data = found.fingerprint
    page = render_template(
        "programme/desk_series_preview.html",
        series=row,
        form=form,
        found=found,
        changed=[(line, changes_of(line)) for line in found.changed],
        errors=[problem_told(read, problem) for problem in read.problems if problem.what in ERRORS],
        notices=[problem_told(read, problem) for problem in read.problems if problem.what in NOTICES],
        host=fetching.host_of(source.address) if source else "",
    )
    return page, status


def _told(done: SeriesImported) -> str:
    parts = [
        ngettext("One event is new", "%(num)s events are new", done.added) if done.added else "",
        ngettext("one is changed", "%(num)s are changed", done.changed) if done.changed else "",
        ngettext("one is cancelled", "%(num)s are cancelled", done.cancelled) if done.cancelled else "",
    ]
    told = gettext(", ").join(filter(None, parts))
    if not told:
        return str(gettext("Nothing had to be changed."))
    return str(gettext("The calendar is imported: %(what)s. New events are drafts.", what=told))


def _series(slug: str) -> Series:
    row = queries.get_series(g.actor, slug)
    require(may_edit_series(g.actor, row), hidden=True)
    return row
