"""One's own certificate, by one's private link, and the page that says whether one is good."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from eventhub.attendance.views import bp
from eventhub.events.models import Event
from eventhub.foundation.db import get
from eventhub.foundation.documents import as_answer
from eventhub.foundation.errors import NotFound
from eventhub.foundation.links import make
from eventhub.foundation.web import private_page, see_other
from eventhub.programme.models import Speaker
from eventhub.programme.speaker_queries import get_by_link
from eventhub.registrations import queries as registrations
from eventhub.registrations.models import Registration

from . import papers, queries
from .models import Certificate


@bp.get("/verify/")
def ask_code() -> AnyResponse | str:
    """A field for the code on a certificate, for those who have no camera; it leads to the page of the code."""
    code = queries.tidy(request.args.get("code", ""))
    return see_other(".verify", code=code) if code else render_template("attendance/verify.html", is_valid=None)


@bp.get("/verify/<code>/")
def verify(code: str) -> Response:
    """Whether a certificate is good, and nothing more: neither whose it is nor whether there ever was one."""
    page = render_template("attendance/verify.html", is_valid=queries.is_valid(code))
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/registrations/<token>/certificate.pdf")
@private_page
def certificate(token: str) -> Response:
    """A participant's own certificate."""
    registration = registrations.get_by_link(token)
    return _pdf(registration.event, queries.find_of_registration(registration))


@bp.get("/speak/<token>/certificate.pdf")
@private_page
def speaker_certificate(token: str) -> Response:
    """A speaker's own certificate."""
    _, speaker = get_by_link(token)
    return _pdf(get(Event, speaker.event_id), queries.find_of_speaker(speaker))


def way(registration: Registration, **_: Any) -> str | None:
    """The certificate at the top of the page of a registration: after the event it is what people come for."""
    if not registration.event.is_over() or queries.find_of_registration(registration) is None:
        return None
    token = make("registration", registration.id, registration.link_number)
    return render_template("attendance/_way_to_certificate.html", token=token)


def panel(registration: Registration, **_: Any) -> str | None:
    """The certificate on the page of a registration, once there is one."""
    if queries.find_of_registration(registration) is None:
        return None
    token = make("registration", registration.id, registration.link_number)
    return render_template("attendance/_certificate.html", endpoint="attendance.certificate", token=token)


def of_speaker(speaker: Speaker, token: str, **_: Any) -> str | None:
    """The certificate on a speaker's own page, once there is one."""
    if queries.find_of_speaker(speaker) is None:
        return None
    return render_template("attendance/_certificate.html", endpoint="attendance.speaker_certificate", token=token)


def _pdf(event: Event, found: Certificate | None) -> Response:
    if found is None:
        raise NotFound
    return as_answer(papers.TEMPLATE, papers.values_of(event, [found]), found.created_at, f"{event.slug}-certificate")
