"""Calendar files for letters."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from eventhub.calendars import ical, queries

# Beyond so many a letter carries the event's own entry alone: whoever goes to a great conference subscribes.
MOST_SESSIONS = 40


def attachment_for(
    event_id: UUID,
    lang: str,
    *,
    registration_id: UUID | None = None,
    is_invited: bool = False,
    has_sessions: bool = True,
) -> bytes | None:
    """An event with its sessions as a letter's .ics file; None while calendars know nothing of it.

    With a registration it is as in the registrant's own feed: tentative for somebody who waits, called off for somebody
    who gave their place up, and of sessions for which one signs up with those that they have chosen.

    It is the event's own entry alone where it `has_sessions` no longer at the hours that these have in public.

    Whoever `is_invited` has the event's own entry by its invitation: here they get its sessions, if it has several, and
    nothing where one entry tells all.

    The own entry of an event with several sessions is a frame of whole days; the hours are in the sessions'.
    They are the very components that the feeds hold, so that a calendar with both has one entry of each. They
    invite nobody: METHOD:PUBLISH, to be sent as `text/calendar; charset=utf-8; method=PUBLISH`.
    """
    shares = queries.shares_of_registration(registration_id) if registration_id else ()
    components = (
        queries.components_of(event_id, lang, shares) if shares else queries.list_components("event", event_id, lang)
    )
    if is_invited and not has_sessions:
        return None
    if is_invited:
        own = queries.find_component(event_id, lang)
        rest = [one for one in components if own is None or one.uid != own.uid]
        # An entry of whole days has no zone: then the hours are in the sessions'.
        is_whole = own is None or own.zone is not None or not 0 < len(rest) < MOST_SESSIONS
        return None if is_whole else ical.publication(lang, rest)
    if has_sessions and 0 < len(components) <= MOST_SESSIONS:
        return ical.publication(lang, components)
    component = queries.find_component(event_id, lang)
    component = component and ical.with_hours(component)
    if component and shares:
        component = queries.personal(component, lang, shares[0])
    return ical.publication(lang, [component]) if component else None


def attachment_of_sessions(event_id: UUID, lang: str, session_ids: Sequence[UUID]) -> bytes | None:
    """Some sessions of an event as a letter's .ics file, as `attachment_for`; None while none of them is public."""
    found = [queries.find_component(event_id, lang, session_id) for session_id in dict.fromkeys(session_ids)]
    components = [component for component in found if component]
    return ical.publication(lang, components) if components else None
