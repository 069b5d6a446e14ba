"""What a guest meets by the link in their invitation: come, say no, or send somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext

from eventhub.foundation import files_web, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.web import private_page, see_other
from eventhub.foundation.zones import reader_zone, told_zone

from . import invitations, queries, rights, words
from .consents import queries as consent_queries
from .invitation_forms import AnswerForm, DeclineForm, PassOnForm
from .models import EventInvitation, Registration
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .views import bp


@bp.before_app_request
def lead_to_form():
    """Whoever opens an invitation to an event without the last part of its address is led to it."""
    if request.endpoint != "organisations.invitation" or request.method != "GET":
        return None
    token = (request.view_args or {})["token"]
    try:
        queries.get_invitation(token)
    except NotFound:
        return None  # it may be one to an organisation, and is looked for there
    return see_other("registrations.invited", token=token)


@bp.route("/invitations/<token>/register/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
@private_page
def invited(token):
    """The invitation, and the form by which it is accepted."""
    invitation = queries.get_invitation(token)
    form, status = _form_of(invitation), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            with form.answers() as answers:
                details = replace(form.details, answers=answers, zone=told_zone())
                registration = invitations.accept(_guest(invitation), invitation.id, details)
        except (Conflict, Invalid) as refusal:
            if not (isinstance(refusal, Invalid) and (form.blame_answer(refusal) or form.blame_companions(refusal))):
                form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            return _to_registration(registration)
    return _page(invitation, token, form=form), status


@bp.post("/invitations/<token>/decline/")
@private_page
def decline_invitation(token):
    """Say that one does not come."""
    invitation = queries.get_invitation(token)
    form = DeclineForm()
    if form.validate_on_submit():
        try:
            invitations.decline(_guest(invitation), invitation.id, form.reason.data or "")
            flash(gettext("Thank you for telling us. The organisers know that you do not come."), "success")
        except Conflict as refusal:
            flash(refusal.message, "attention")
        return see_other(".invited", token=token)
    return _page(invitation, token, decline_form=form), 422


@bp.post("/invitations/<token>/pass-on/")
@private_page
def pass_invitation_on(token):
    """Send a colleague in one's stead."""
    invitation = queries.get_invitation(token)
    form, status = PassOnForm.of(invitation), 422
    if form.validate_on_submit():
        try:
            invitations.pass_on(_guest(invitation), invitation.id, form.guest())
        except (Conflict, Invalid) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            flash(gettext("Your invitation is passed on. A letter is on its way to your colleague."), "success")
            return see_other(".invited", token=token)
    return _page(invitation, token, pass_on_form=form), status


def _page(
    invitation: EventInvitation,
    token: str,
    form: AnswerForm | None = None,
    decline_form: DeclineForm | None = None,
    pass_on_form: PassOnForm | None = None,
) -> str:
    event = invitation.event
    # A form that was not sent says nothing of what another was.
    return render_template(
        "registrations/invited.html",
        invitation=invitation,
        event=event,
        token=token,
        form=form or _form_of(invitation, formdata=None),
        question_words=question_words,
        directory=question_queries.directory_for(question_queries.list_questions(event.id)),
        decline_form=decline_form or DeclineForm(formdata=None),
        pass_on_form=pass_on_form or PassOnForm.of(invitation, formdata=None),
        zone=reader_zone(event.zone, event.starts_at),
        pool=words.name_of(invitation.pool),
        rights=rights.get_rights(event.id),
    )


def _form_of(invitation: EventInvitation, **options: Any) -> AnswerForm:
    """The form with the questions of the event."""
    event = invitation.event
    questions = question_queries.asked(event, question_queries.list_questions(event.id))
    form_class = AnswerForm.asking(
        questions, question_queries.count_chosen(questions), consent_queries.list_asked(event)
    )
    return form_class.of(invitation, rights.get_rights(event.id).most_companions, **options)


def _guest(invitation: EventInvitation) -> Actor:
    return Actor("link", thing_id=invitation.id, purpose="event_invitation")


def _to_registration(registration: Registration):
    """Whoever holds the letter of the invitation has shown that the address is theirs: they may see their page."""
    token = links.make("registration", registration.id, registration.link_number)
    flash(gettext("You are registered. A letter with the link to this page is on its way to you."), "success")
    return see_other(".mine", token=token)
