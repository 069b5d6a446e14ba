"""What happens with people's data, told for each event; and one's own data, seen, taken and erased."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events import queries as events
from eventhub.foundation import clock
from eventhub.foundation.web import private_page, settings
from eventhub.foundation.wechat import leave_if_inside
from eventhub.registrations import delegations
from eventhub.registrations import queries as registrations
from eventhub.registrations.consents import queries as consents
from eventhub.registrations.own import holder
from eventhub.registrations.questions import queries as questions

from . import keeping, parts, services, words

bp = Blueprint("privacy", __name__, url_prefix="/<any(en,zh):lang>")


@bp.get("/events/<slug>/privacy/")
def event(slug: str) -> str | AnyResponse:
    """What happens with the data of those who register for an event, and on which day each kind is erased."""
    row = events.get_visible(g.actor, slug)
    if row.slug != slug:
        return redirect(url_for(".event", slug=row.slug), 301)
    asked = questions.asked(row, questions.list_questions(row.id))
    return render_template(
        "privacy/event.html",
        event=row,
        kinds=keeping.KINDS,
        days=keeping.days_of(row),
        dates=keeping.erased_on(row),
        asks=consents.list_asked(row),
        questions=[one for one in asked if one.keep_days is not None],
        is_confidential=consents.is_confidential(row),
    )


@bp.get("/registrations/<token>/data/")
@private_page
def mine(token: str) -> str:
    """All that is kept of whoever holds the link, to be read."""
    registration = registrations.get_by_link(token)
    return render_template(
        "privacy/mine.html",
        token=token,
        event=registration.event,
        registration=registration,
        parts=parts.PARTS,
        told=parts.told(registration),
        words=words,
        dates=keeping.erased_on(registration.event),
        kinds=keeping.KINDS,
    )


@bp.post("/registrations/<token>/data/download/")
@private_page
def download(token: str) -> Response:
    """The same as a file for machines."""
    registration = registrations.get_by_link(token)
    leave_if_inside()
    services.note_taking(holder(registration), registration.id)
    told = {
        "site": settings().base_url,
        "event": registration.event.slug,
        "title": dict(registration.event.title.texts),
        "taken_at": clock.now(),
        **parts.told(registration),
    }
    text = json.dumps(told, ensure_ascii=False, indent=2, default=_plain)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@bp.route("/registrations/<token>/data/erase/", methods=["GET"])
@private_page
def ask_to_erase(token: str) -> str:
    """The question before it: what goes, and what cannot."""
    registration = registrations.get_by_link(token)
    return render_template(
        "privacy/erase.html",
        token=token,
        event=registration.event,
        registration=registration,
        left=delegations.count_left(registration),
    )


@bp.post("/registrations/<token>/data/erase/")
@private_page
def erase(token: str) -> str:
    """Everything erased; the link that led here leads nowhere any more."""
    registration = registrations.get_by_link(token)
    title, slug = registration.event.title, registration.event.slug
    services.erase(holder(registration), registration.id)
    return render_template("privacy/erased.html", title=title, slug=slug)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
