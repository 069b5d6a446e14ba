"""Calendar files for letters."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from eventhub.calendars import ical, queries
from eventhub.calendars.ical import Component

# Beyond so many a letter carries the event's own entry alone: whoever goes to a great conference subscribes.
MOST_SESSIONS = 40


def attachment_for(
    event_id: UUID, lang: str, session_id: UUID | None = None, registration_id: UUID | None = None
) -> bytes | None:
    """An event with its sessions, or one session, as a letter's .ics file; None while calendars know nothing of it.

    With a registration it is as in the registrant's own feed: tentative for somebody who waits, called off for somebody
    who gave their place up.

    The own entry of an event with several sessions is a frame of whole days; the hours are in the sessions'.
    They are the very components that the feeds hold, so that a calendar with both has one entry of each. They
    invite nobody: METHOD:PUBLISH, to be sent as `text/calendar; charset=utf-8; method=PUBLISH`.
    """
    if session_id is None:
        components = queries.list_components("event", event_id, lang)
        if 0 < len(components) <= MOST_SESSIONS:
            return ical.publication(lang, _for_holder(components, lang, registration_id))
    component = queries.find_component(event_id, lang, session_id)
    return ical.publication(lang, _for_holder([component], lang, registration_id)) if component else None


def attachment_of_sessions(event_id: UUID, lang: str, session_ids: Sequence[UUID]) -> bytes | None:
    """Some sessions of an event as a letter's .ics file, as `attachment_for`; None while none of them is public."""
    found = [queries.find_component(event_id, lang, session_id) for session_id in dict.fromkeys(session_ids)]
    components = [component for component in found if component]
    return ical.publication(lang, components) if components else None


def _for_holder(components: Sequence[Component], lang: str, registration_id: UUID | None) -> Sequence[Component]:
    share = queries.share_of_registration(registration_id) if registration_id else None
    return [queries.personal(one, lang, share) for one in components] if share else components
