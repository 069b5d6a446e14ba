"""Calendar files for letters."""

from __future__ import annotations

from uuid import UUID

from eventhub.calendars import ical, queries


def attachment_for(event_id: UUID, lang: str, session_id: UUID | None = None) -> bytes | None:
    """An event, or one session of it, as the .ics file of a letter; None while calendars know nothing of it.

    It is the very component that the feeds hold, so that a calendar with both has one entry. It invites
    nobody: METHOD:PUBLISH, to be sent as `text/calendar; charset=utf-8; method=PUBLISH`.
    """
    component = queries.find_component(event_id, lang, session_id)
    return ical.publication(lang, [component]) if component else None
