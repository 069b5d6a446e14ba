"""What a registrant does about others by their private link: their delegation, companions, and a substitute."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from eventhub.foundation import files_web, links
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.i18n import spaced
from eventhub.foundation.web import private_page, see_other
from eventhub.foundation.zones import told_zone

from . import companions, delegations, limits, own_views, queries, substitutes, words
from .consents import queries as consent_queries
from .forms import BLANK
from .group_forms import CompanionsForm, SubstituteForm
from .invitation_forms import AnswerForm
from .models import Registration
from .own import allowed_to, group_of, holder, zone_for
from .questions import pages
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .substitutes import PassedOnAlready
from .views import bp


def _back_to(token: str) -> Any:
    return see_other(".mine", token=token, zone=request.args.get("zone"))


@bp.post("/registrations/<token>/delegates/confirm/")
@private_page
def confirm_delegates(token: str) -> Any:
    """Take the places that are held for those of the delegation who have no address."""
    contact = queries.get_by_link(token)
    number = delegations.confirm_all(holder(contact), contact.id)
    if number:
        flash(ngettext("One place is confirmed.", "%(num)s places are confirmed.", number), "success")
    else:
        flash(gettext("The time to confirm these places is over."), "attention")
    return _back_to(token)


@bp.post("/registrations/<token>/delegates/<uuid:delegate_id>/cancel/")
@private_page
def cancel_delegate(token: str, delegate_id: UUID) -> Any:
    """Say that one of the delegation does not come."""
    contact = queries.get_by_link(token)
    group = group_of(contact)
    people = {one.registration.id: one.registration.name for one in group.looked_after}
    name = (people | {one.id: one.name for one in group.named}).get(delegate_id, "")
    try:
        delegations.cancel_delegate(holder(contact), contact.id, delegate_id)
    except Conflict as refusal:
        flash(refusal.message, "attention")
    else:
        text = gettext(
            "%(name)s does not come. Thank you: a place that comes free goes to the next in line.", name=name
        )
        flash(spaced(text, name), "success")
    return _back_to(token)


@bp.route("/registrations/<token>/delegates/cancel/", methods=["GET", "POST"])
@private_page
def cancel_delegation(token: str) -> Any:
    """Say that nobody of the delegation comes, after a question."""
    contact = queries.get_by_link(token)
    group = group_of(contact)
    if not group.can_cancel:
        flash(gettext("Your delegation is cancelled already. There is nothing more you need to do."), "info")
        return _back_to(token)
    if request.method == "POST":
        try:
            delegations.cancel_all(holder(contact), contact.id)
        except Conflict as refusal:
            flash(refusal.message, "attention")
        else:
            flash(gettext("Your delegation is cancelled. Your own registration has not changed."), "success")
        return _back_to(token)
    return render_template(
        "registrations/cancel_delegation.html",
        token=token,
        registration=contact,
        event=contact.event,
        group=group,
        zone=zone_for(contact),
    )


@bp.post("/registrations/<token>/companions/")
@private_page
def bring(token: str) -> Any:
    """Say who comes along."""
    registration = queries.get_by_link(token)
    actor, form, status = holder(registration), CompanionsForm.of(registration), 422
    if form.validate_on_submit():
        try:
            limits.count_change(registration)
            companions.change_companions(actor, registration.id, form.names())
        except (Conflict, Invalid, TooMany) as refusal:
            form.companions.errors, status = [refusal.message], refusal.status
        else:
            flash(gettext("Your changes are saved."), "success")
    if not form.companions.errors:
        return _back_to(token)
    if not allowed_to(registration).may["change"]:  # the field is not there any more
        flash(form.companions.errors[0], "attention")
        return _back_to(token)
    page = pages.over(actor, registration, formdata=None)
    page.form.begin(registration.version)
    return own_views.show(token, registration, page, form), status


@bp.route("/registrations/<token>/substitute/", methods=["GET", "POST"])
@private_page
def name_substitute(token: str) -> Any:
    """Name somebody who comes instead."""
    registration = queries.get_by_link(token)
    event = registration.event
    form, status = SubstituteForm.of(registration), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            # A stranger's mailbox gets a letter by it, as by a registration.
            limits.count_registration(form.address.normalised)
            limits.count_change(registration)
            is_done = substitutes.name_substitute(holder(registration), registration.id, form.substitute)
        except Invalid as refusal:
            field = form.name if refusal.field == "name" else form.address
            field.errors = [*field.errors, refusal.message]
        except PassedOnAlready as refusal:  # pressed twice, or in another page that still stood open
            if not _opens(token, registration):
                page = render_template("registrations/passed_on.html", event=event, already=refusal.message)
                return page, 200 if refusal.is_done else refusal.status
            flash(refusal.message, "info" if refusal.is_done else "attention")
            return _back_to(token)
        except (Conflict, TooMany) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            if is_done and not _opens(token, registration):
                return render_template("registrations/passed_on.html", event=event)
            told = gettext("Your place is passed on. A letter is on its way to both of you.")
            asked = gettext("The organisers are asked. Until they have decided, the place is yours.")
            flash(told if is_done else asked, "success")
            return _back_to(token)
    return render_template(
        "registrations/substitute.html",
        token=token,
        registration=registration,
        event=event,
        form=form,
        allowed=allowed_to(registration),
        zone=zone_for(registration),
    ), status


def _opens(token: str, registration: Registration) -> bool:
    """Whether the link by which somebody came still leads to their page: a contact's does."""
    return links.is_genuine("registration", token, registration.id, registration.link_number)


@bp.post("/registrations/<token>/substitute/take-back/")
@private_page
def keep_place(token: str) -> Any:
    """Take the wish back that somebody else comes, while the organisers have not decided."""
    registration = queries.get_by_link(token)
    substitutes.take_back(holder(registration), registration.id)
    flash(gettext("The place stays yours."), "success")
    return _back_to(token)


@bp.route("/registrations/<token>/take-over/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
@private_page
def take_over(token: str) -> Any:
    """Take the place that somebody passed on: with what one says and agrees to oneself."""
    registration = queries.get_by_link(token)
    event = registration.event
    if not registration.must_take_over:
        if request.method == "GET":
            return redirect(url_for(".mine", token=token))
        return _told_why_not_taken(token, registration)
    form, status = _form_of(registration), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            with form.answers() as answers:
                details = replace(form.details, answers=answers, zone=told_zone())
                substitutes.take_over(holder(registration), registration.id, details)
        except (Conflict, Invalid) as refusal:
            if not queries.get_by_link(token).must_take_over:  # pressed twice
                return _told_why_not_taken(token, registration)
            if not (isinstance(refusal, Invalid) and form.blame_answer(refusal)):
                form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            flash(gettext("The place is yours."), "success")
            return _back_to(token)
    return render_template(
        "registrations/take_over.html",
        token=token,
        registration=registration,
        event=event,
        place=registration.place,
        pool=words.name_of(registration.place.pool),
        form=form,
        question_words=question_words,
        directory=question_queries.directory_for(question_queries.list_questions(event.id)),
        zone=zone_for(registration),
    ), status


def _told_why_not_taken(token: str, registration: Registration) -> Any:
    """The page of whoever sends the form once more, from another page that still stood open."""
    is_done = registration.place.state == "confirmed"
    flash(substitutes.why_not_taken(registration), "info" if is_done else "attention")
    return _back_to(token)


def _form_of(registration: Registration) -> AnswerForm:
    event = registration.event
    questions = question_queries.asked(event, question_queries.list_questions(event.id))
    form_class = AnswerForm.asking(
        questions, question_queries.count_chosen(questions), consent_queries.list_asked(event)
    )
    said = {"name": registration.name, "language": registration.language}
    return form_class(data={**BLANK, **said})
