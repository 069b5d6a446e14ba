"""What becomes of an event: how letters about that begin, whoever reads them, and how it stands while they are true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict
from eventhub.foundation.outbox import Refused
from eventhub.registrations.models import Registration

from .models import Letter

_STATUSES = {"event_postponed": "postponed", "event_cancelled": "cancelled"}
_NEWS = {*_STATUSES, "event_changed", "event_resumed"}


def is_true(kind: str, event: Event) -> bool:
    """Whether an event stands as a letter of a kind says: all but these two are for one that takes place."""
    return event.status == _STATUSES.get(kind, "published")


def is_overtaken(letter: Letter) -> bool:
    """Whether a letter tells what became of an event that has become another since: its reader hears of that."""
    if letter.kind not in _NEWS or letter.event_id is None:
        return False
    event = db.session.get(Event, letter.event_id)
    return event is not None and not is_true(letter.kind, event)


def data_for(
    registration: Registration, speaking: Mapping[str, UUID], data: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a registrant's letter of such news is made from: with whose part it tells of, see `queries.speaking`."""
    person_id = speaking.get(registration.address or "")
    return {**(data or {}), **({"speaks_id": str(person_id)} if person_id else {})}


def unseen(event: Event) -> Conflict:
    """Why older words do not go out by a page that does not say what has become of their event since."""
    if event.status == "cancelled":
        said = gettext("The event has been cancelled since this letter was written. Please look at it again.")
    else:
        said = gettext("The event has been postponed since this letter was written. Please look at it again.")
    return Conflict(said)


def is_off(kind: str, event: Event) -> bool:
    """Whether the date of an event is given up: as a letter of a kind says, else as the event stands."""
    if kind in _STATUSES:
        return True
    return event.status in _STATUSES.values() and kind not in {"event_changed", "event_resumed"}


def subject(kind: str, title: str) -> str:
    """The subject of a letter about what becomes of an event; Refused for any other."""
    match kind:
        case "event_changed":
            return str(gettext("Changed: %(title)s", title=title))
        case "event_resumed":
            return str(gettext("The event takes place: %(title)s", title=title))
        case "event_postponed":
            return str(gettext("Postponed: %(title)s", title=title))
        case "event_cancelled":
            return str(gettext("Cancelled: %(title)s", title=title))
    raise Refused(f"there is no letter of the kind {kind}")


def sentence(kind: str) -> str:
    """What registrants and guests hear alike; Refused where each hear something of their own."""
    match kind:
        case "event_changed":
            return str(gettext("The time, place or form of this event has changed."))
        case "event_resumed":
            return str(gettext("This event takes place. This is how it stands now."))
        case "event_cancelled":
            return str(gettext("This event will not take place. There is nothing you need to do."))
    raise Refused(f"there is no letter of the kind {kind}")
