"""The organiser's room for what is kept: until when, and erasing somebody who asks for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.web import see_other
from eventhub.registrations import delegations
from eventhub.registrations import queries as registrations
from eventhub.registrations.policy import may_manage_registrations

from . import keeping, services
from .forms import KeepingForm

bp = Blueprint("privacy_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/registrations")
Answer = AnyResponse | str | tuple[str, int]


@bp.route("/keeping/", methods=["GET", "POST"], endpoint="keeping")
@event_room(may_manage_registrations)
def settle(event: Event) -> Answer:
    """For how long each kind of data is kept, and the day on which it is erased."""

    def form_over(**options: Any) -> tuple[KeepingForm, int]:
        row = keeping.find(event)
        return KeepingForm.of(keeping.days_of(event), **options), row.version if row else 0

    form, version = form_over()

    def save() -> None:
        services.settle_keeping(g.actor, event.id, form.days, form.version.data)

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".keeping", slug=event.slug)
    return render_template(
        "privacy/desk_keeping.html", event=event, form=form, kinds=keeping.KINDS, dates=keeping.erased_on(event)
    ), form.status


@bp.get("/<uuid:registration_id>/erase/")
@event_room(may_manage_registrations)
def ask_to_erase(event: Event, registration_id: UUID) -> Answer:
    """The question before it."""
    row = registrations.get_of_event(event, registration_id)
    return render_template("privacy/desk_erase.html", event=event, registration=row, left=delegations.count_left(row))


@bp.post("/<uuid:registration_id>/erase/")
@event_room(may_manage_registrations)
def erase(event: Event, registration_id: UUID) -> Answer:
    """Everything of somebody erased, as they have asked."""
    row = registrations.get_of_event(event, registration_id)
    services.erase(g.actor, row.id)
    flash(gettext("Everything of this person is erased."), "success")
    return see_other("registrations_desk.index", slug=event.slug)
