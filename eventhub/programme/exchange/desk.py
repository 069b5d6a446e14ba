"""The organiser's desk, as far as files with programmes go: look at what one would change, then take it over."""

from __future__ import annotations

from flask import flash, g, render_template
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation import fetching
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Unreadable
from eventhub.foundation.web import limit_per, limiter, see_other
from eventhub.programme.desk import Answer, bp

from . import keeping, reading, subscriptions, tables
from .entries import Problem, Reading
from .forms import AddressForm, ImportForm, UploadForm
from .signals import ProgrammeImported
from .subscriptions import Source
from .survey import Survey, survey
from .telling import Teller, problem_told
from .words import ERRORS, FAILURES, NOTICES

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
    return _choice(event, form, AddressForm(formdata=None)), form.status


@bp.post("/programme/import/address/")
@limiter.limit(limit_per(10, 5))
@event_room(may_edit_event)
def from_address(event: Event) -> Answer:
    """Look at what lies at an address, as at a file."""
    form = AddressForm()
    kept: list[str] = []

    def look() -> None:
        data, source = subscriptions.look_at(form.address.data or "")
        try:
            read = reading.read_calendar(data, event)
        except Unreadable as error:
            raise Invalid("address", error.message) from error
        kept.append(keeping.keep(g.actor, event.id, read, source))

    if form.validate_on_submit() and form.carried_out(look):
        keeping.sweep()
        return see_other("programme_desk.preview", slug=event.slug, token=kept[0])
    return _choice(event, UploadForm(formdata=None), form), form.status


def _choice(event: Event, form: UploadForm, source: AddressForm) -> str:
    return render_template(
        "programme/desk_import.html",
        event=event,
        form=form,
        source=source,
        columns=tables.COLUMNS,
        followed=subscriptions.list_subscriptions(event_id=event.id),
        failures=FAILURES,
    )


@bp.route("/programme/import/<token>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def preview(event: Event, token: str) -> Answer:
    """What a file would change in the programme, session by session; then that, at once or not at all."""
    try:
        kept = keeping.find(g.actor, event.id, token)
    except NotFound:
        flash(gettext("The file is kept for an hour only. Please choose it again."), "attention")
        return see_other("programme_desk.upload", slug=event.slug)
    read, source = kept.reading, kept.source
    found = survey(g.actor, event, read)
    form = ImportForm()
    status = 200
    if form.validate_on_submit():
        ticked = form.remove.data or ()
        gone = {session.id for session in found.missing if form.remove_all.data or str(session.id) in ticked}
        try:
            followed = source if form.follow.data else None
            done = subscriptions.import_and_follow(
                g.actor, event.id, read, followed, remove=gone, seen=form.seen.data or ""
            )
        except Conflict as refusal:
            flash(refusal.message, "attention")
            found, status = survey(g.actor, event, read), refusal.status
        else:
            keeping.drop(g.actor, event.id, token)
            flash(_told(done), "success")
            if followed:
                told = gettext("From now on the draft follows the calendar of %(host)s.", host=host_of(followed))
                flash(told, "info")
            return see_other("programme_desk.programme", slug=event.slug)
    form.seen.data = found.fingerprint
    shown = _shown(event, read, found)
    page = render_template("programme/desk_import_preview.html", form=form, host=host_of(source), **shown)
    return page, status


def host_of(source: Source | None) -> str:
    """The host of an address that may hold a secret."""
    return fetching.host_of(source.address) if source else ""


def _told(done: ProgrammeImported) -> str:
    parts = [
        ngettext("One session is new", "%(num)s sessions are new", done.added) if done.added else "",
        ngettext("one is changed", "%(num)s are changed", done.changed) if done.changed else "",
        ngettext("one is deleted", "%(num)s are deleted", done.removed) if done.removed else "",
    ]
    told = gettext(", ").join(filter(None, parts))
    if not told:
        return str(gettext("Nothing had to be changed."))
    return str(gettext("Imported: %(what)s. The public sees it with the next release.", what=told))


def _shown(event: Event, read: Reading, found: Survey) -> dict[str, object]:
    """What the preview shows of a file, in words; of long lists the beginning."""
    new, changed = found.new[:SHOWN], found.changed[:SHOWN]
    teller = Teller(event, found, [*new, *changed])
    stale = [Problem(one.entry.line, "stale", one.plan.title.in_(g.lang)) for one in found.lines if one.is_stale]
    return {
        "event": event,
        "errors": [problem_told(read, problem) for problem in read.problems if problem.what in ERRORS],
        "notices": [problem_told(read, problem) for problem in [*read.problems, *stale] if problem.what in NOTICES],
        "new": [(line, teller.told(line.plan)) for line in new],
        "changed": [(line, teller.changes(line)) for line in changed],
        "missing": found.missing[:SHOWN],
        "sizes": {"new": len(found.new), "changed": len(found.changed), "missing": len(found.missing)},
        "unchanged": found.unchanged,
        "rooms": [place.name.in_(g.lang) for place in found.rooms.values()],
        "tracks": [place.name.in_(g.lang) for place in found.tracks.values()],
    }
