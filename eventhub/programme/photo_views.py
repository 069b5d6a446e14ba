"""Pages on which a speaker, or an organiser for them, sends a photograph."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation import files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import NotFound
from eventhub.foundation.files import StoredFile
from eventhub.foundation.files_web import PictureForm, send, takes_files
from eventhub.foundation.permissions import require
from eventhub.foundation.web import private_page, see_other
from eventhub.people import policy as people_policy
from eventhub.people import services as people

from . import photos, policy, queries, speaker_queries
from .desk import bp as desk_bp
from .models import Speaker
from .views import bp

Answer = AnyResponse | str | tuple[str, int]


@bp.route("/speak/<token>/photo/", methods=["GET", "POST"])
@takes_files(files.MOST_BYTES_OF_A_PICTURE)
@private_page
def speak_photo(token: str) -> Answer:
    """The speaker's photograph, to be sent or sent again."""
    actor, speaker, event = _enter(token)
    form = PictureForm()
    if form.validate_on_submit() and form.carried_out(
        lambda upload: photos.set_speaker_photo(actor, speaker.id, upload)
    ):
        flash(gettext("Your photograph is in place."), "success")
        return see_other(".speak", token=token)
    return render_template(
        "programme/speak_photo.html", token=token, event=event, person=speaker.person, form=form
    ), form.status


@bp.post("/speak/<token>/photo/remove/")
@private_page
def speak_remove_photo(token: str) -> Answer:
    """No photograph of the speaker any more."""
    actor, speaker, _ = _enter(token)
    photos.remove_speaker_photo(actor, speaker.id)
    flash(gettext("Your photograph is removed."), "success")
    return see_other(".speak", token=token)


@bp.get("/speak/<token>/photo/<name>")
@private_page
def speak_photo_file(token: str, name: str) -> Response:
    """The photograph for its speaker, before anybody else may see it too."""
    _, speaker, _ = _enter(token)
    file = db.session.get(StoredFile, speaker.person.photo_id) if speaker.person.photo_id else None
    if file is None:
        raise NotFound
    return send(file, name, is_public=False)


def _enter(token: str) -> tuple[Actor, Speaker, Event]:
    """Whoever came by a link that may change the profile; to others there is no such page."""
    actor, speaker = speaker_queries.get_by_link(token)
    event = get(Event, speaker.event_id)
    require(policy.may_edit_profile(actor, speaker, event), hidden=True)
    return actor, speaker, event


def of_speaker(speaker: Speaker, event: Event, token: str, **_: Any) -> str | None:
    """The photograph on a speaker's own page, for those who may change it."""
    actor = Actor("link", thing_id=speaker.id, purpose="speaker")  # the page has let its reader in by the token
    if not policy.may_edit_profile(actor, speaker, event):
        return None
    form = PictureForm(formdata=None)
    return render_template("programme/_photo_of_speaker.html", token=token, person=speaker.person, form=form)


@desk_bp.route("/speakers/<uuid:person_id>/photo/", methods=["GET", "POST"])
@takes_files(files.MOST_BYTES_OF_A_PICTURE)
@event_room(may_edit_event)
def person_photo(event: Event, person_id: UUID) -> Answer:
    """The photograph of somebody whom only one's own organisation knows."""
    person = queries.get_known_person(g.actor, person_id)
    require(people_policy.may_edit_person(g.actor, person), hidden=True)
    form = PictureForm()
    if form.validate_on_submit() and form.carried_out(lambda upload: people.set_photo(g.actor, person.id, upload)):
        flash(gettext("The photograph is in place."), "success")
        return see_other(".edit_person", slug=event.slug, person_id=person.id)
    return render_template("programme/desk_photo.html", event=event, person=person, form=form), form.status


@desk_bp.post("/speakers/<uuid:person_id>/photo/remove/")
@event_room(may_edit_event)
def remove_person_photo(event: Event, person_id: UUID) -> Answer:
    """No photograph of them any more."""
    people.remove_photo(g.actor, queries.get_known_person(g.actor, person_id).id)
    flash(gettext("The photograph is removed."), "success")
    return see_other(".edit_person", slug=event.slug, person_id=person_id)
