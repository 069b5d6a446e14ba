"""The organiser's desk, as far as making a programme public goes."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_open_desk
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, Stale
from eventhub.foundation.forms import passage, written
from eventhub.foundation.web import see_other

from . import public, releases, snapshots, telling
from .desk import Answer, bp
from .differences import Difference


class ReleaseForm(FlaskForm):
    """What an organiser says of a release, and what they had seen of it."""

    note_en = passage(_l("Note in English"), 2000)
    note_zh = passage(_l("Note in Chinese"), 2000)
    tells = BooleanField(_l("Write to those concerned"), default=True)
    seen = HiddenField()


@bp.route("/programme/release/", methods=["GET", "POST"])
@event_room(may_edit_event)
def release(event: Event) -> Answer:
    """What the next release would change; and the release."""
    form, status = ReleaseForm(), 200
    if form.validate_on_submit():
        try:
            done = releases.release(
                g.actor,
                event.id,
                written(form, "note", main=event.main_language),
                seen=form.seen.data or "",
                tells=form.tells.data,
            )
        except (Conflict, Stale) as refusal:
            form.form_errors.append(refusal.message)
            status = 409
        else:
            flash(gettext("Release %(number)s is public.", number=done.number), "success")
            return see_other("programme_desk.programme", slug=event.slug)
    now = releases.waiting(event)
    form.seen.data = now.fingerprint
    return render_template(
        "programme/desk_release.html",
        event=event,
        form=form,
        newest=now.newest,
        told=telling.tell(event, now.found, {**(now.newest.names if now.newest else {}), **now.draft.names}),
        is_substantial=any(one.is_substantial for one in now.found),
        has_changes=bool(now.found),
    ), 422 if form.errors and status == 200 else status


@bp.get("/programme/releases/")
@event_room(may_open_desk)
def list_releases(event: Event) -> Answer:
    """The releases of the programme, the newest first."""
    return render_template("programme/desk_releases.html", event=event, releases=releases.list_of(event.id))


@bp.get("/programme/releases/<int:number>/")
@event_room(may_open_desk)
def look_at_release(event: Event, number: int) -> Answer:
    """An earlier release as the public saw it, and what was new in it."""
    kept = releases.get_numbered(event, number)
    snapshot = snapshots.of_release(kept)
    return render_template(
        "programme/desk_release_kept.html",
        event=event,
        release=kept,
        state=public.state_of(event, snapshot),
        told=telling.tell(event, [Difference(values) for values in kept.changes], kept.names),
        may_edit=may_edit_event(g.actor, event),
    )


@bp.route("/programme/releases/<int:number>/bring-back/", methods=["GET", "POST"])
@event_room(may_edit_event)
def bring_back(event: Event, number: int) -> Answer:
    """Ask before the draft becomes what an earlier release was, then do it."""
    kept = releases.get_numbered(event, number)
    if request.method == "GET":
        return render_template("programme/desk_bring_back.html", event=event, release=kept)
    releases.bring_back(g.actor, kept.id)
    flash(gettext("The draft is as in release %(number)s. Nothing of it is public yet.", number=number), "success")
    return see_other("programme_desk.programme", slug=event.slug)
