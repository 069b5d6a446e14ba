"""A participant's ticket: on the page of their private link, on a page of its own, and to print."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.db import end_reading
from eventhub.foundation.documents import typeset
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import format_clock, format_days, zone_label
from eventhub.foundation.web import private_page
from eventhub.organisations.layouts.papers import layout_of
from eventhub.registrations import queries as registrations
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.words import name_of

from . import tickets
from .views import bp


@bp.get("/registrations/<token>/ticket/")
@private_page
def ticket(token: str) -> str:
    """The ticket alone and large, to be held out at the door."""
    registration, place = _with_place(token)
    return render_template(
        "attendance/ticket.html",
        token=token,
        registration=registration,
        event=registration.event,
        place=place,
        pool=name_of(place.pool),
        drawing=tickets.svg_of(tickets.code_of(registration)),
    )


@bp.get("/registrations/<token>/ticket.pdf")
@private_page
def ticket_pdf(token: str) -> Response:
    """The ticket to print, in the language of its address."""
    registration, place = _with_place(token)
    values, since = values_of(registration, place), place.state_since
    name = f"{registration.event.slug}-ticket-{g.lang}.pdf"
    end_reading()  # setting may have to wait for others: nobody waits for our connection meanwhile
    response = Response(typeset("attendance/ticket.typ", values, since), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def way(registration: Registration, **_: Any) -> str | None:
    """What leads to the ticket from the top of the page of a registration, for whoever stands at the door with it."""
    if not _is_wanted(registration):
        return None
    return render_template("attendance/_way_to_ticket.html", token=_token(registration))


def panel(registration: Registration, **_: Any) -> str | None:
    """The ticket on the page of a registration, as long as its place is one to be let in with."""
    if not _is_wanted(registration):
        return None
    token = _token(registration)
    drawing = tickets.svg_of(tickets.code_of(registration))
    return render_template("attendance/_ticket.html", token=token, drawing=drawing)


def _is_wanted(registration: Registration) -> bool:
    event = registration.event
    return place_of(registration) is not None and event.status != "cancelled" and not event.is_over()


def place_of(registration: Registration) -> Place | None:
    """The place that its ticket is for, if it has one."""
    return next((place for place in registration.places if tickets.has_ticket(place)), None)


def _token(registration: Registration) -> str:
    return links.make("registration", registration.id, registration.link_number)


def _with_place(token: str) -> tuple[Registration, Place]:
    registration = registrations.get_by_link(token)
    place = place_of(registration)
    if place is None or registration.event.status == "cancelled":
        raise NotFound
    return registration, place


def values_of(registration: Registration, place: Place) -> dict[str, Any]:
    """All that stands on the ticket to print, in the language of the page."""
    event, lang = registration.event, g.lang
    facts = [
        (gettext("When"), when(event)),
        (gettext("Where"), str(event.venue.in_(lang))),
        ("", str(event.venue_address.in_(lang))),
        (gettext("Takes part"), name_of(place.pool)),
        (gettext("Brings"), gettext(", ").join(registration.companions)),
        (gettext("Organiser"), str(event.organisation.name.in_(lang))),
        (gettext("Contact"), event.contact_address or ""),
    ]
    return {
        "language": lang,
        "languages": [lang],
        "layout": layout_of(event.organisation, [lang]),
        "heading": gettext("Ticket"),
        "title": str(event.title.in_(lang)),
        "name": registration.name,
        "organisation": registration.organisation,
        "facts": [(word, text) for word, text in facts if text],
        "code": tickets.matrix_of(tickets.code_of(registration)),
        "told": gettext(
            "Please show this code at the door. It is yours alone: whoever holds it can come in your place."
        ),
    }


def when(event: Event) -> str:
    """The days and the first hour, by the event's clock."""
    first, last = event.day(), event.last_day()
    if event.starts is None or first is None or last is None:
        return str(gettext("To be announced"))
    zone = zone_label(event.zone, g.lang, at=event.starts_at)
    glue = ", " if g.lang == "en" else " "
    return glue.join((format_days(first, last, g.lang), format_clock(event.starts), zone))
