"""Choosing sessions on one's own page, by its private link."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.foundation.errors import Conflict, TooMany
from eventhub.foundation.i18n import language
from eventhub.foundation.web import is_within, private_page, see_other
from eventhub.registrations.models import Registration
from eventhub.registrations.own import holder
from eventhub.registrations.queries import get_by_link
from eventhub.registrations.views import bp

from . import queries, services, words


@bp.post("/registrations/<token>/sessions/<uuid:session_id>/sign-up/")
@private_page
def sign_up(token: str, session_id: UUID) -> Response:
    """A place in a session, or a turn for one."""
    registration = get_by_link(token)
    try:
        _count(registration)
        row = services.sign_up(holder(registration), registration.id, session_id)
    except (Conflict, TooMany) as refusal:
        flash(refusal.message, "attention")
        return _back_to(token)
    told = words.outcome(row, queries.positions_of(registration.id), queries.list_of(registration.id))
    flash(told, "success" if row.state == "confirmed" else "info")
    return _back_to(token, session_id)


@bp.post("/registrations/<token>/sessions/<uuid:session_id>/give-up/")
@private_page
def give_up(token: str, session_id: UUID) -> Response:
    """Leave a session, or its queue, to somebody else."""
    registration = get_by_link(token)
    titles = {one.sheet.session_id: one.sheet.title.in_(language()) for one in queries.list_of(registration.id)}
    try:
        _count(registration)
        services.give_up(holder(registration), registration.id, session_id)
    except TooMany as refusal:
        flash(refusal.message, "attention")
        return _back_to(token)
    if title := titles.get(session_id):
        flash(gettext("You are not signed up for “%(title)s” any more.", title=title), "success")
    else:
        flash(gettext("You are not signed up for this session any more."), "success")
    return _back_to(token, session_id)


def _count(registration: Registration) -> None:
    if not is_within("sign-ups of a registration", str(registration.id), 60, 60):
        raise TooMany(gettext("Sessions were chosen very often within an hour. Please wait a little."))


def _back_to(token: str, session_id: UUID | None = None) -> Response:
    """Their own page again: at the session whose button they pressed, or where it is said why nothing was done."""
    anchor = f"session-{session_id}" if session_id else None
    return see_other(".mine", token=token, zone=request.args.get("zone"), _anchor=anchor)
