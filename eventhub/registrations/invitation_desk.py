"""The organiser's room for invitations: who was asked, who has answered what, and whom to ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.errors import Conflict, Invalid, Unreadable
from eventhub.foundation.i18n import spaced
from eventhub.foundation.web import page_number, see_other

from . import guest_lists, invitations, policy, queries, words
from .desk import Answer, bp
from .invitation_forms import GuestsForm, ListFileForm
from .words import INVITATION_STATES

# So long guests have to answer where nobody says otherwise.
USUAL = timedelta(days=14)


@bp.get("/invitations/")
@event_room(policy.may_manage_registrations)
def guests(event: Event) -> Answer:
    """Everybody who was invited, and what they have answered."""
    state = request.args.get("state", "")
    state = state if state in INVITATION_STATES else ""
    return render_template(
        "registrations/desk_invitations.html",
        event=event,
        pages=queries.list_invitations(event, state, page_number()),
        counts=queries.count_invitations(event),
        state=state,
        states=INVITATION_STATES,
        words=words,
    )


@bp.route("/invitations/new/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def invite(event: Event) -> Answer:
    """Invite people, by a list that is typed, pasted, or read from a file."""
    upload = ListFileForm()
    is_upload = "file" in request.files
    read = _read(upload) if is_upload else ""
    pools = [one.pool for one in queries.list_seats(event) if one.pool.is_offered]
    form, status = GuestsForm.of(pools, _usual(event), read), 422 if upload.errors else 200
    if is_upload:
        form.process(formdata=None, data={**form.data, "guests": read, "answer_by": _usual(event)})
    elif form.validate_on_submit():
        try:
            number = invitations.invite(
                g.actor,
                event.id,
                form.pool.data,
                guest_lists.read(form.guests.data or "", form.language.data),
                clock.instant(form.answer_by.data or _usual(event), event.zone),
                form.words(event),
            )
        except (Conflict, Invalid) as refusal:
            _blame(form, refusal)
            status = refusal.status
        else:
            flash(ngettext("One invitation is on its way.", "%(num)s invitations are on their way.", number), "success")
            return see_other(".guests", slug=event.slug)
    elif form.is_submitted():
        status = 422
    return render_template("registrations/desk_invite.html", event=event, form=form, upload=upload), status


def _blame(form: GuestsForm, refusal: Conflict | Invalid) -> None:
    if isinstance(refusal, Invalid) and refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors.append(refusal.message)


def _read(upload: ListFileForm) -> str:
    if not upload.validate_on_submit() or not upload.file.data:
        return ""
    try:
        return guest_lists.written(upload.file.data.stream)
    except Unreadable as refusal:
        upload.file.errors = [refusal.message]
        return ""


def _usual(event: Event) -> datetime:
    until = clock.now() + USUAL
    if event.starts_at and clock.now() < event.starts_at < until:
        return clock.wall(event.starts_at, event.zone).replace(tzinfo=None)
    return clock.wall(until, event.zone).replace(tzinfo=None, hour=18, minute=0, second=0, microsecond=0)


@bp.post("/invitations/remind/")
@event_room(policy.may_manage_registrations)
def remind_guests(event: Event) -> Answer:
    """Ask those who have not answered once more."""
    number = invitations.remind(g.actor, event.id)
    if number:
        flash(ngettext("A reminder is on its way.", "%(num)s reminders are on their way.", number), "success")
    else:
        flash(gettext("Nobody is to be reminded now: all have answered, or were just written to."), "info")
    return see_other(".guests", slug=event.slug)


@bp.post("/invitations/<uuid:invitation_id>/withdraw/")
@event_room(policy.may_manage_registrations)
def withdraw_invitation(event: Event, invitation_id: UUID) -> Answer:
    """Take an invitation back."""
    invitation = queries.get_invitation_of(event, invitation_id)
    name = invitation.name or invitation.address
    invitations.withdraw(g.actor, invitation.id)
    flash(spaced(gettext("The invitation of %(name)s is withdrawn.", name=name), name), "success")
    return see_other(".guests", slug=event.slug)
