"""Asking for a letter of invitation, and having it, by one's private link."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.foundation import links
from eventhub.foundation.documents import as_answer
from eventhub.foundation.errors import Conflict, Invalid, NotFound, TooMany
from eventhub.foundation.web import private_page, see_other
from eventhub.registrations import limits
from eventhub.registrations import queries as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.own import holder
from eventhub.registrations.views import bp

from . import papers, policy, queries, services
from .forms import PassportForm

Answer = AnyResponse | str | tuple[str, int]


@bp.route("/registrations/<token>/visa/", methods=["GET", "POST"])
@private_page
def visa(token: str) -> Answer:
    """The form for a letter of invitation; what was typed once is not shown again."""
    registration = registrations.get_by_link(token)
    plan = queries.find_plan(registration.event)
    if plan is None or not plan.is_offered or not policy.is_invited(registration):
        raise NotFound
    form, status = PassportForm(), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            limits.count_change(registration)
            services.ask(holder(registration), registration.id, form.passport)
        except Invalid as refusal:
            form.blame(refusal)
        except (Conflict, TooMany) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            flash(gettext("Your request is with the organisers. A letter tells you when yours is ready."), "success")
            return see_other(".mine", token=token)
    return render_template(
        "registrations/visa.html",
        token=token,
        event=registration.event,
        form=form,
        until=queries.end_of_keeping(registration.event, plan.keep_days),
    ), status


@bp.get("/registrations/<token>/invitation-letter.pdf")
@private_page
def visa_letter(token: str) -> Response:
    """The letter of invitation, once it is issued and as long as what it says is kept."""
    registration = registrations.get_by_link(token)
    request = queries.find_request(registration)
    passport = queries.passport_of(request) if request and request.state == "issued" else None
    if request is None or passport is None or request.issued_at is None:
        raise NotFound
    values, name = papers.values_of(request, passport, g.lang), f"{registration.event.slug}-invitation"
    return as_answer(papers.TEMPLATE, values, request.issued_at, name)


@bp.post("/registrations/<token>/visa/withdraw/")
@private_page
def withdraw_visa(token: str) -> Answer:
    """Take the request back; what stood in the passport is erased at once."""
    registration = registrations.get_by_link(token)
    services.withdraw(holder(registration), registration.id)
    flash(gettext("Your passport data are erased."), "success")
    return see_other(".mine", token=token)


def panel(registration: Registration, **_: Any) -> str | None:
    """How a letter of invitation stands, on the page of a registration, where the event offers them."""
    request = queries.find_request(registration)
    plan = queries.find_plan(registration.event)
    may_ask = plan is not None and plan.is_offered and policy.is_invited(registration)
    has_data = request is not None and request.sealed is not None
    if not may_ask and not has_data:
        return None
    return render_template(
        "registrations/_visa.html",
        token=links.make("registration", registration.id, registration.link_number),
        visa=request,
        has_data=has_data,
        may_ask=may_ask,
        until=queries.end_of_keeping(registration.event, request.keep_days) if request else None,
        event=registration.event,
    )
