"""The page on which organisers say for how long changes are gathered before they are told."""

from __future__ import annotations

from typing import Any

from flask import flash, g, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.forms import EditForm
from eventhub.foundation.web import see_other
from eventhub.messaging.desk import bp
from eventhub.registrations.policy import may_manage_registrations

from . import services
from .models import USUAL_MINUTES
from .waiting import gathered


class QuietForm(EditForm):
    """For how long changes are gathered."""

    quiet_minutes = IntegerField(_l("Minutes until changes are told"), [InputRequired(_l("Give the minutes."))])


@bp.route("/changes/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def notices(event: Event) -> Any:
    """For how long changes of an event and its programme are gathered before those concerned hear of them."""

    def form_over(**options: Any) -> tuple[QuietForm, int]:
        plan = services.find_plan(event.id)
        minutes = plan.quiet_minutes if plan else USUAL_MINUTES
        return QuietForm(data={"quiet_minutes": minutes}, **options), plan.version if plan else 0

    form, version = form_over()

    def save() -> None:
        services.set_quiet_period(g.actor, event.id, form.quiet_minutes.data or 0, form.version.data)

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".notices", slug=event.slug)
    due_at = services.find_waiting(event.id)
    return render_template(
        "messaging/desk_notices.html",
        event=event,
        form=form,
        due_at=due_at,
        waiting=gathered(event) if due_at else None,
    ), form.status
