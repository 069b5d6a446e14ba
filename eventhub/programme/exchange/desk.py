"""The organiser's desk, as far as files with programmes go: look at what one would change, then take it over."""

from __future__ import annotations

from flask import flash, g, render_template
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import NotFound, Stale
from eventhub.foundation.web import limit_per, limiter, see_other
from eventhub.programme.desk import Answer, bp

from . import keeping, reading, services, tables
from .entries import Reading
from .forms import ImportForm, UploadForm
from .signals import ProgrammeImported
from .survey import Survey, survey
from .telling import Teller, problem_told
from .words import ERRORS, NOTICES

SHOWN = 200  # of each sort; nobody reads more


@bp.route("/programme/import/", methods=["GET", "POST"])
@limiter.limit(limit_per(30, 5), methods=["POST"])
@event_room(may_edit_event)
def upload(event: Event) -> Answer:
    """Choose a file, and which columns and formats there are; a file is read, and nothing else happens."""
    form = UploadForm()
    kept: list[str] = []

    def look() -> None:
        kept.append(keeping.keep(g.actor, event.id, reading.read(form.file.data.read(), event)))

    if form.validate_on_submit() and form.carried_out(look):
        keeping.sweep()
        return see_other("programme_desk.preview", slug=event.slug, token=kept[0])
    return render_template("programme/desk_import.html", event=event, form=form, columns=tables.COLUMNS), form.status


@bp.route("/programme/import/<token>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def preview(event: Event, token: str) -> Answer:
    """What a file would change in the programme, session by session; then that, at once or not at all."""
    try:
        read = keeping.find(g.actor, event.id, token)
    except NotFound:
        flash(gettext("The file is kept for an hour only. Please choose it again."), "attention")
        return see_other("programme_desk.upload", slug=event.slug)
    found = survey(g.actor, event, read)
    form = ImportForm()
    status = 200
    if form.validate_on_submit():
        ticked = form.remove.data or ()
        gone = {session.id for session in found.missing if form.remove_all.data or str(session.id) in ticked}
        try:
            done = services.import_sessions(g.actor, event.id, read, remove=gone, seen=form.seen.data or "")
        except Stale as refusal:
            flash(refusal.message, "attention")
            found, status = survey(g.actor, event, read), refusal.status
        else:
            keeping.drop(g.actor, event.id, token)
            flash(_told(done), "success")
            return see_other("programme_desk.programme", slug=event.slug)
    form.seen.data = found.fingerprint
    return render_template("programme/desk_import_preview.html", form=form, **_shown(event, read, found)), status


def _told(done: ProgrammeImported) -> str:
    parts = [
        ngettext("One session is new", "%(num)s sessions are new", done.added) if done.added else "",
        ngettext("one is changed", "%(num)s are changed", done.changed) if done.changed else "",
        ngettext("one is deleted", "%(num)s are deleted", done.removed) if done.removed else "",
    ]
    told = gettext(", ").join(filter(None, parts))
    if not told:
        return str(gettext("Nothing had to be changed."))
    return str(gettext("The file is imported: %(what)s. The public sees it with the next release.", what=told))


def _shown(event: Event, read: Reading, found: Survey) -> dict[str, object]:
    """What the preview shows of a file, in words; of long lists the beginning."""
    new, changed = found.new[:SHOWN], found.changed[:SHOWN]
    teller = Teller(event, found, [*new, *changed])
    return {
        "event": event,
        "errors": [problem_told(read, problem) for problem in read.problems if problem.what in ERRORS],
        "notices": [problem_told(read, problem) for problem in read.problems if problem.what in NOTICES],
        "new": [(line, teller.told(line.plan)) for line in new],
        "changed": [(line, teller.changes(line)) for line in changed],
        "missing": found.missing[:SHOWN],
        "sizes": {"new": len(found.new), "changed": len(found.changed), "missing": len(found.missing)},
        "unchanged": found.unchanged,
        "rooms": [place.name.in_(g.lang) for place in found.rooms.values()],
        "tracks": [place.name.in_(g.lang) for place in found.tracks.values()],
    }
