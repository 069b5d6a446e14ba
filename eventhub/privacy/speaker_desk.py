"""The organiser's way to erase a speaker who asks for it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation.web import see_other
from eventhub.programme import speaker_queries

from . import speakers

bp = Blueprint("privacy_speakers", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/speakers")


@bp.get("/<uuid:person_id>/erase/")
@event_room(may_edit_event)
def ask_to_erase(event: Event, person_id: UUID) -> str:
    """The question before it."""
    person = speaker_queries.get_invitee(event, person_id).person
    return render_template("privacy/desk_erase_speaker.html", event=event, person=person)


@bp.post("/<uuid:person_id>/erase/")
@event_room(may_edit_event)
def erase(event: Event, person_id: UUID) -> AnyResponse:
    """Everything of a speaker erased, as they have asked."""
    speakers.erase_speaker(g.actor, event.id, person_id)
    flash(gettext("Everything of this person is erased."), "success")
    return see_other("programme_desk.speakers", slug=event.slug)
