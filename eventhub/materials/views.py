"""A speaker's slides, by their private link."""

from __future__ import annotations

from flask import Blueprint, flash, render_template
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import files_web
from eventhub.foundation.db import get
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.web import private_page, see_other
from eventhub.programme import speaker_queries

from . import queries, services
from .forms import SlidesForm
from .models import MOST_BYTES

bp = Blueprint("materials", __name__, url_prefix="/<any(en,zh):lang>/speak/<token>/slides/<uuid:role_id>")


@bp.route("/", methods=["GET", "POST"])
@files_web.takes_files(MOST_BYTES)
@private_page
def slides(token, role_id):
    """The slides of a part, to be sent or sent again."""
    actor, speaker = speaker_queries.get_by_link(token)
    part = queries.get_part(speaker, role_id)
    form = SlidesForm.for_part(part.role)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with form.file.received() as upload:
                services.add_slides(actor, role_id, upload)
        except (Invalid, Conflict) as refusal:
            form.file.errors = [refusal.message]
        else:
            flash(gettext("Your slides have arrived. They become public when an organiser releases them."), "success")
            return see_other("programme.speak", token=token)
    event = get(Event, speaker.event_id)
    return render_template("materials/slides.html", token=token, event=event, part=part, form=form), status


@bp.post("/remove/")
@private_page
def remove(token, role_id):
    """No slides of the part any more."""
    actor, speaker = speaker_queries.get_by_link(token)
    services.remove_slides(actor, queries.get_part(speaker, role_id).role.id)
    flash(gettext("Your slides are removed."), "success")
    return see_other("programme.speak", token=token)


@bp.get("/<name>")
@private_page
def file(token, role_id, name):
    """The slides as they were sent, released or not."""
    _, speaker = speaker_queries.get_by_link(token)
    part = queries.get_part(speaker, role_id)
    if part.slides is None:
        raise NotFound
    return files_web.send(part.slides.file, name, is_public=False)
