"""Reading what calendars answer (RFC 5546 §3.2.3): nothing but a REPLY about one whole entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from icalendar import Calendar

from eventhub.people.addresses import normalise

_MOST = 100_000  # octets; an answer has some dozens of lines
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an attendee's calendar answers: to which revision of which entry, and when it was said."""

    uid: str
    attendee: str
    sequence: int
    made_at: datetime
    answer: str


def read_reply(body: bytes) -> Reply | None:
    """The answer in a calendar file; None where it is none, is about more than one entry or person, or is not whole."""
    if len(body) > _MOST:
        return None
    try:
        calendar = Calendar.from_ical(body)
        entries = calendar.walk("VEVENT") if isinstance(calendar, Calendar) else []
        if len(entries) != 1 or str(calendar.get("METHOD", "")).upper() != "REPLY":
            return None
        return _reply(entries[0])
    except Exception:  # noqa: BLE001 - whatever a stranger's file makes of its reader, it is no answer
        return None


def _reply(entry: Any) -> Reply | None:
    attendee, stamp, uid = entry.get("ATTENDEE"), entry.get("DTSTAMP"), entry.get("UID")
    is_of_one = attendee is not None and not isinstance(attendee, list) and "RECURRENCE-ID" not in entry
    if not is_of_one or isinstance(uid, list) or not uid or isinstance(stamp, list):
        return None
    made_at = stamp.dt
    if not isinstance(made_at, datetime) or made_at.tzinfo is None:
        return None
    scheme, _, address = str(attendee).partition(":")
    answer = _ANSWERS.get(str(attendee.params.get("PARTSTAT", "")).upper())
    if scheme.casefold() != "mailto" or answer is None:
        return None
    sequence = int(entry.get("SEQUENCE", 0))
    return Reply(str(uid), normalise(unquote(address)), sequence, made_at.astimezone(UTC), answer)
