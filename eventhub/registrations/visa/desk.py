"""The organisers' page for letters of invitation."""

from __future__ import annotations

from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.documents import as_answer
from eventhub.foundation.errors import Conflict, NotFound, Stale
from eventhub.foundation.i18n import spaced
from eventhub.foundation.web import see_other
from eventhub.registrations.desk import Answer, bp

from . import papers, policy, queries, services
from .forms import PlanForm


@bp.route("/visa/", methods=["GET", "POST"])
@event_room(policy.may_issue_letters)
def visa(event: Event) -> Answer:
    """Who asked for a letter, and whether the event offers any."""
    plan = queries.find_plan(event)
    form = PlanForm(obj=plan)

    def save() -> None:
        services.change_plan(
            g.actor,
            event.id,
            is_offered=bool(form.is_offered.data),
            keep_days=form.keep_days.data or 0,
            version=form.version.data,
        )

    def reread() -> tuple[PlanForm, int]:
        newer = queries.find_plan(event)
        return PlanForm(obj=newer, formdata=None), newer.version if newer else 1

    if not form.is_submitted():
        form.begin(plan.version if plan else 1)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".visa", slug=event.slug)
    return render_template(
        "registrations/desk_visa.html", event=event, form=form, requests=queries.list_requests(event)
    ), form.status


@bp.get("/visa/<uuid:request_id>/")
@event_room(policy.may_issue_letters)
def visa_request(event: Event, request_id: UUID) -> Answer:
    """One request with what stands in the passport, to be compared and decided on."""
    row = queries.get_request(event, request_id)
    response = Response(
        render_template(
            "registrations/desk_visa_request.html",
            event=event,
            visa=row,
            passport=queries.passport_of(row),
            until=queries.end_of_keeping(event, row.keep_days),
            is_invited=policy.is_invited(row.registration),
        ),
        mimetype="text/html",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/visa/<uuid:request_id>/letter.pdf")
@event_room(policy.may_issue_letters)
def visa_letter(event: Event, request_id: UUID) -> Answer:
    """The letter as its person gets it, to be looked at before it is issued."""
    row = queries.get_request(event, request_id)
    passport = queries.passport_of(row)
    if passport is None:
        raise NotFound
    values, of = papers.values_of(row, passport, g.lang), row.issued_at or row.created_at
    return as_answer(papers.TEMPLATE, values, of, f"{event.slug}-invitation")


@bp.post("/visa/<uuid:request_id>/issue/")
@event_room(policy.may_issue_letters)
def issue_visa_letter(event: Event, request_id: UUID) -> Answer:
    """Issue the letter; its person hears that it is ready."""
    try:
        version = request.form.get("version", 0, int)
        services.issue(g.actor, queries.get_request(event, request_id).id, version)
        flash(gettext("The letter is issued. Its owner hears that it is ready on their private page."), "success")
    except Stale:
        flash(gettext("Other data were sent meanwhile. Please look at them before you issue the letter."), "attention")
        return see_other(".visa_request", slug=event.slug, request_id=request_id)
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".visa", slug=event.slug)


@bp.post("/visa/<uuid:request_id>/decline/")
@event_room(policy.may_issue_letters)
def decline_visa_letter(event: Event, request_id: UUID) -> Answer:
    """Refuse a letter; the passport data are erased at once."""
    asked = queries.get_request(event, request_id)
    name = asked.registration.name
    services.decline(g.actor, asked.id)
    text = gettext("The request of %(name)s is declined, and the passport data are erased.", name=name)
    flash(spaced(text, name), "success")
    return see_other(".visa", slug=event.slug)
