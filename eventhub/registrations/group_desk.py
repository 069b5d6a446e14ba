"""The organiser's room for registrations: what people may do themselves, and who comes in whose stead."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, render_template
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.web import see_other

from . import policy, rights, substitutes, words
from .desk import Answer, bp
from .group_forms import RightsForm


@bp.route("/rights/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def rights_page(event: Event) -> Answer:
    """What registrants may do by themselves, and until when."""

    def form_over(**options: Any) -> tuple[RightsForm, int]:
        row = rights.find_rights(event.id)
        return RightsForm.of(row, **options), row.version if row else 0

    form, version = form_over()

    def save() -> None:
        rights.set_rights(g.actor, event.id, form.plan(), form.version.data)

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".rights_page", slug=event.slug)
    return render_template("registrations/desk_rights.html", event=event, form=form), form.status


@bp.get("/substitutes/")
@event_room(policy.may_manage_registrations)
def wishes(event: Event) -> Answer:
    """Who would like somebody else to come in their stead."""
    return render_template(
        "registrations/desk_substitutes.html", event=event, wishes=substitutes.list_wishes(event), words=words
    )


@bp.post("/substitutes/<uuid:substitution_id>/<any(approve, decline):decision>/")
@event_room(policy.may_manage_registrations)
def decide_wish(event: Event, substitution_id: UUID, decision: str) -> Answer:
    """Let somebody else come, or not."""
    lets_in = decision == "approve"
    try:
        substitutes.decide(g.actor, substitutes.get_wish(event, substitution_id).id, lets_in=lets_in)
    except NotFound:
        flash(gettext("Somebody else has just changed this. Please look at it again."), "attention")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    else:
        passed = gettext("The place is passed on. A letter is on its way to both.")
        flash(passed if lets_in else gettext("The place stays as it was. A letter says so."), "success")
    return see_other(".wishes", slug=event.slug)
