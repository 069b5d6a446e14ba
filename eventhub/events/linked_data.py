"""Events and series as search engines read them: schema.org in JSON-LD."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from eventhub.foundation.clock import zone
from eventhub.foundation.i18n import HTML_LANG
from eventhub.foundation.markup import to_plain
from eventhub.foundation.web import absolute
from eventhub.organisations.models import Organisation

from .models import Event, Series

_STATUS = {"published": "EventScheduled", "postponed": "EventPostponed", "cancelled": "EventCancelled"}
_ATTENDANCE = {
    "in_person": "OfflineEventAttendanceMode",
    "online": "OnlineEventAttendanceMode",
    "hybrid": "MixedEventAttendanceMode",
}


def of_event(event: Event, lang: str) -> dict[str, Any]:
    """An event in one language."""
    return {"@context": "https://schema.org", **_event(event, lang), "organizer": _organisers(event, lang)}


def of_series(series: Series, events: Sequence[Event], lang: str) -> dict[str, Any]:
    """A series in one language, with its events."""
    return {
        "@context": "https://schema.org",
        "@type": "EventSeries",
        "name": series.title.in_(lang),
        "description": to_plain(series.description.in_(lang)),
        "url": absolute(url_for("events.series", slug=series.slug, lang=lang)),
        "organizer": _organisation(series.organisation, lang),
        "subEvent": [_event(event, lang) for event in events],
    }


def _event(event: Event, lang: str) -> dict[str, Any]:
    address = absolute(url_for("events.event", slug=event.slug, lang=lang))
    data = {
        "@type": "Event",
        "name": event.title.in_(lang),
        "description": to_plain(event.summary.in_(lang)),
        "url": address,
        "startDate": _local(event.starts_at, event.zone),
        "endDate": _local(event.known_end(), event.zone),
        "eventStatus": f"https://schema.org/{_STATUS[event.status]}",
        "eventAttendanceMode": f"https://schema.org/{_ATTENDANCE[event.mode]}",
        "location": _places(event, lang, address),
        "inLanguage": [HTML_LANG[code] for code in event.working_languages],
    }
    return {name: value for name, value in data.items() if value}


def _local(moment: datetime | None, zone_name: str) -> str | None:
    return moment.astimezone(zone(zone_name)).isoformat() if moment else None


def _places(event: Event, lang: str, address: str) -> list[dict[str, str]]:
    places = []
    if event.mode != "online" and (event.venue or event.venue_address):
        name, street = event.venue.in_(lang), event.venue_address.in_(lang)
        places.append({"@type": "Place", "name": name or street, "address": street or name})
    if event.mode != "in_person":
        # The meeting's own address is for those who have registered; the page tells how to come in.
        places.append({"@type": "VirtualLocation", "url": address})
    return places


def _organisers(event: Event, lang: str) -> list[dict[str, str]]:
    equals = [partner.organisation for partner in event.partners if partner.part == "co_organiser"]
    return [_organisation(one, lang) for one in (event.organisation, *equals)]


def _organisation(one: Organisation, lang: str) -> dict[str, str]:
    address = absolute(url_for("organisations.organisation", slug=one.slug, lang=lang))
    return {"@type": "Organization", "name": one.name.in_(lang), "url": address}
