"""The room of an event's materials."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_open_desk
from eventhub.events.rooms import event_room
from eventhub.foundation import files_web
from eventhub.foundation.errors import Conflict
from eventhub.foundation.forms import written
from eventhub.foundation.web import see_other

from . import queries, services
from .forms import MaterialForm, NewMaterialForm
from .models import MOST_BYTES

bp = Blueprint("materials_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/materials")
Answer = Response | str | tuple[str, int]


@bp.get("/")
@event_room(may_open_desk)
def index(event: Event) -> str:
    """All slides and handouts of the event: which are held, which are released."""
    return render_template(
        "materials/desk_list.html",
        event=event,
        materials=queries.list_materials(event),
        may_edit=may_edit_event(g.actor, event),
    )


@bp.route("/new/", methods=["GET", "POST"])
@files_web.takes_files(MOST_BYTES)
@event_room(may_edit_event)
def add(event: Event) -> Answer:
    """Slides or a handout, sent by an organiser."""
    form = NewMaterialForm()
    form.offer(queries.list_sessions(event))

    def save() -> None:
        kind, thing_id = form.chosen
        title = written(form, "title", main=event.main_language)
        with form.file.received() as upload:
            if kind == "slides":
                services.add_slides(g.actor, thing_id, upload, title or None)
            else:
                services.add_handout(g.actor, thing_id, upload, title)

    if form.is_submitted() and form.validate() and form.carried_out(save):
        flash(gettext("The file is here, and held until you release it."), "success")
        return see_other(".index", slug=event.slug)
    return render_template("materials/desk_new.html", event=event, form=form), form.status


@bp.route("/<uuid:material_id>/", methods=["GET", "POST"])
@files_web.takes_files(MOST_BYTES)
@event_room(may_edit_event)
def edit(event: Event, material_id: UUID) -> Answer:
    """A material under another title, or with another file."""
    material = queries.get_material(event, material_id)
    form = MaterialForm.of(material)

    def save() -> None:
        title, version = form.title(material.title, event.main_language), form.version.data
        if not form.file.data:
            services.change_material(g.actor, material.id, title, version=version)
            return
        with form.file.received() as upload:
            services.change_material(g.actor, material.id, title, upload, version)

    def reread() -> tuple[MaterialForm, int]:
        return MaterialForm.of(material, formdata=None), material.version

    if not form.is_submitted():
        form.begin(material.version)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".index", slug=event.slug)
    return render_template("materials/desk_edit.html", event=event, form=form, material=material), form.status


@bp.post("/<uuid:material_id>/<any(release,hold,remove):deed>/")
@event_room(may_edit_event)
def act(event: Event, material_id: UUID, deed: str) -> Response:
    """Release a material, hold it back again, or remove it."""
    material = queries.get_material(event, material_id)
    if deed == "release":
        try:
            services.release_material(g.actor, material.id)
        except Conflict as refusal:
            flash(refusal.message, "attention")
        else:
            flash(gettext("Released: it is on the page of its session."), "success")
    elif deed == "hold":
        services.hold_material(g.actor, material.id)
        flash(gettext("Held back: only you and its speaker can open it."), "success")
    else:
        services.remove_material(g.actor, material.id)
        flash(gettext("The file is gone."), "success")
    return see_other(".index", slug=event.slug)


@bp.post("/release/")
@event_room(may_edit_event)
def release_all(event: Event) -> Response:
    """Release all that is held."""
    count = services.release_all(g.actor, event.id)
    flash(ngettext("%(num)s file is released.", "%(num)s files are released.", count), "success")
    return see_other(".index", slug=event.slug)
