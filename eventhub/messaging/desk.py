"""The room of an event's letters."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template, request
from flask_babel import gettext

from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation.web import see_other

from . import queries, services
from .models import LETTER_STATES

bp = Blueprint("messaging_desk", __name__, url_prefix="/<any(en, zh):lang>/organise/events/<slug>/messages")


@bp.get("/")
@event_room(may_edit_event)
def letters(event):
    """The letters about an event: sent, on their way, and those that could not be delivered."""
    state = request.args.get("state", "")
    state = state if state in LETTER_STATES else ""
    page = queries.list_page(event, state, request.args.get("page", 1, type=int))
    return render_template("messaging/desk_letters.html", event=event, letters=page, state=state)


@bp.post("/<uuid:letter_id>/")
@event_room(may_edit_event)
def send_again(event, letter_id):
    """Try a letter once more."""
    letter = queries.get_of_event(event, letter_id)
    services.send_again(g.actor, letter.id)
    flash(gettext("The letter is on its way again."), "info")
    return see_other(".letters", slug=event.slug)
