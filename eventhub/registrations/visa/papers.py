"""The letter of invitation as a document."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale, gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import country_name, format_date, format_days, spaced
from eventhub.organisations.layouts.papers import layout_of

from .models import VisaRequest
from .queries import Passport

TEMPLATE = "registrations/visa_letter.typ"


def values_of(request: VisaRequest, passport: Passport, lang: str) -> dict[str, Any]:
    """All that stands in the letter, in one language."""
    event = request.event
    with force_locale(lang):
        return {
            "languages": [lang],
            "layout": layout_of(event.organisation, [lang]),
            "title": gettext("Letter of invitation"),
            "to": passport.embassy,
            "date": format_date(clock.wall(request.issued_at or clock.now(), event.zone).date(), lang),
            "greeting": gettext("To whom it may concern"),
            "passages": _passages(event, passport, lang),
            "facts": _facts(event, passport, lang),
            "closing": gettext("Yours faithfully"),
            "organiser": str(event.organisation.name.in_(lang)),
            "contact": event.contact_address or "",
        }


def _passages(event: Event, passport: Passport, lang: str) -> list[str]:
    organiser = str(event.organisation.name.in_(lang))
    invites = gettext(
        "%(organiser)s invites %(name)s to take part in “%(event)s”, and confirms that a place is kept for them.",
        organiser=organiser,
        name=passport.full_name,
        event=event.title.in_(lang),
    )
    return [
        spaced(invites, organiser, passport.full_name, lang=lang),
        gettext("We would be grateful if a visa could be granted for this stay."),
    ]


def _facts(event: Event, passport: Passport, lang: str) -> list[tuple[str, str]]:
    place = " · ".join(filter(None, (str(event.venue.in_(lang)), str(event.venue_address.in_(lang)))))
    first, last = event.day(), event.last_day()
    found = [
        (gettext("Name"), passport.full_name),
        (gettext("Date of birth"), format_date(passport.born, lang)),
        (gettext("Nationality"), country_name(passport.nationality, lang)),
        (gettext("Passport number"), passport.number),
        (gettext("Event"), str(event.title.in_(lang))),
        (gettext("Dates of the event"), format_days(first, last, lang) if first and last else ""),
        (gettext("Where"), place),
        (gettext("Stay"), format_days(passport.arrives, passport.leaves, lang)),
    ]
    return [(word, text) for word, text in found if text]
