"""The organiser's page about invitations by calendar."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.calendars import invitations
from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.web import see_other, settings
from eventhub.registrations.policy import may_manage_registrations

from .words import ANSWERS

bp = Blueprint("messaging_inbox", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/messages/calendar")


@bp.get("/")
@event_room(may_manage_registrations)
def calendar(event: Event) -> str:
    """How many have answered what by calendar, and whether answers are asked for."""
    return render_template(
        "messaging/desk_calendar.html",
        event=event,
        counts=invitations.count_answers(event.id),
        answers=ANSWERS,
        is_asked=invitations.asks_for_answers(event.id),
        is_read=bool(settings().inbox_url),
    )


@bp.post("/")
@event_room(may_manage_registrations)
def wish_answers(event: Event) -> Response:
    """Ask for answers from now on, or no more."""
    is_on = request.form.get("asked") == "yes"
    invitations.wish_answers(g.actor, event.id, is_on=is_on)
    flash(gettext("From now on invitations ask for an answer.") if is_on else
          gettext("Invitations do not ask for an answer any more."), "success")  # fmt: skip
    return see_other(".calendar", slug=event.slug)
