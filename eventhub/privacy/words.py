"""What people call what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import LOCALES, country_name, format_zoned, language, zone_words
from eventhub.messaging.inbox.words import ANSWERS as CALENDAR_ANSWERS
from eventhub.messaging.words import KINDS as LETTER_KINDS
from eventhub.messaging.words import STATES as LETTER_STATES
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.registrations.words import POOLS, STATES

LABELS = {
    "name": _l("Name"),
    "address": _l("E-mail address"),
    "organisation": lazy_pgettext("person", "Organisation"),
    "stakeholder_type": _l("Type of organisation"),
    "country": _l("Country or region"),
    "language": _l("Language of letters"),
    "registered_at": _l("Registered at"),
    "verified_at": _l("Address confirmed at"),
    "places": _l("Places"),
    "pool": _l("Takes part"),
    "state": _l("State"),
    "since": _l("So since"),
    "agreements": _l("Agreed to"),
    "words": _l("Words"),
    "agreed_at": _l("Agreed at"),
    "withdrawn_at": _l("Taken back at"),
    "invitations": _l("Invitations"),
    "invited_at": _l("Invited at"),
    "reason": _l("Reason"),
    "question": _l("Question"),
    "answer": _l("Answer"),
    "at": _l("At"),
    "door": _l("Door"),
    "session": _l("Session"),
    "kind": _l("Kind"),
    "subject": _l("Subject"),
    "sent_at": _l("Sent at"),
    "companions": _l("Brings"),
    "delegates": _l("Whom you named"),
    "registered_by_contact": _l("Registered by"),
    "substitute_wanted": _l("Who is to come in your stead"),
    "sign_ups": _l("Sessions you chose"),
    "starts_at": _l("Begins"),
    "ends_at": _l("Ends"),
    "number": _l("Number in the queue"),
    "ended_by": _l("Ended by"),
    "series_registrations": _l("Series"),
    "series": _l("Series"),
    "zone": _l("Time zone"),
    "wants_all": _l("The whole series"),
    "events": _l("Events"),
    "certificates": _l("Certificates"),
    "code": _l("Code"),
    "issued_at": _l("Issued at"),
    "revoked_at": _l("Void since"),
    "visa_letter": _l("Letter of invitation for a visa"),
    "asked_at": _l("Asked for at"),
    "erased_at": _l("Erased at"),
    "passport_full_name": _l("Full name as in the passport"),
    "passport_nationality": _l("Nationality"),
    "passport_number": _l("Passport number"),
    "passport_born": _l("Date of birth"),
    "passport_arrives": _l("First day in the country"),
    "passport_leaves": _l("Last day in the country"),
    "passport_embassy": _l("Embassy or consulate"),
    "revision": _l("How often it was renewed"),
    "calendar_invitations": _l("Invitations by calendar"),
    "told_at": _l("Sent at"),
    "calendar_answer": _l("Answer"),
    "answered_at": _l("Answered at"),
    "devices": _l("Devices"),
    "push_service": _l("Told through"),
    "undelivered_since": _l("Letters have not reached you since"),
}

ENDED_BY = {
    "person": _l("By yourself"),
    "organisers": _l("By the organisers"),
    "place": _l("With the place at the event"),
    "session": _l("The session does not take place"),
    "freedom": _l("Nobody need sign up any more"),
}


def label(key: str) -> str:
    """What people call a value of this name; the name itself where a package has given it no other."""
    return str(LABELS.get(key, key))


def rows_of(told: dict[str, Any]) -> tuple[list[tuple[str, Any]], list[tuple[str, list[dict[str, Any]]]]]:
    """Of what a package tells the single values, and its lists; empty ones are left out."""
    single = [(key, value) for key, value in told.items() if not isinstance(value, list) and value not in (None, "")]
    return single, [(key, value) for key, value in told.items() if isinstance(value, list) and value]


def headings(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Those of the values of a list's rows that any row has; what is a document in itself stands in the file alone."""
    return (
        key for key in rows[0] if any(row[key] not in (None, "") and not isinstance(row[key], dict) for row in rows)
    )


def shown(key: str, value: Any, event: Event) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return format_zoned(clock.wall(value, event.zone), event.zone)
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    known: dict[str, Any] = {
        "stakeholder_type": STAKEHOLDER_TYPES,
        "language": LOCALES,
        "state": {**STATES, **LETTER_STATES},
        "pool": POOLS,
        "kind": LETTER_KINDS,
        "ended_by": ENDED_BY,
        "calendar_answer": CALENDAR_ANSWERS,
    }.get(key, {})
    if key == "zone":
        return zone_words(value, language())
    return country_name(value) if key == "country" else str(known.get(value, value))
