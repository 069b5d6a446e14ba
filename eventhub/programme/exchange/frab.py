"""A programme as frab and pretalx publish it in JSON; `schedule.xml` is the same told in elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from flask_babel import gettext

from eventhub import __version__
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.web import absolute, address
from eventhub.programme import snapshots
from eventhub.programme.public import PublicRoom, PublicSession, PublicSpeaker, PublicState

from . import extras, moments

SCHEMA = "https://c3voc.de/schedule/schema.json"
GENERATOR = "EventHub"
Values = dict[str, Any]
_COLOURS = {
    "teal": "#0f6b6b", "blue": "#2459a8", "violet": "#6547ad", "plum": "#8f2f7b", "brown": "#7b4a2d",
    "ochre": "#855800", "olive": "#55650f", "slate": "#4b5b6e",
}  # fmt: skip


def document(event: Event, state: PublicState, lang: str) -> Values:
    """The programme of an event in one language, in the order in which its parts are written."""
    write = _Writer(event, lang)
    nowhere = event.venue.in_(lang) or gettext("To be announced")
    days = state.days or tuple(filter(None, (event.day(),)))
    frame = list(filter(None, (*days, event.day(), event.last_day()))) or [event.public_changed_at.date()]
    told = {session.id: _speakers(session, lang) for session in state.sessions}
    return {
        "$schema": SCHEMA,
        "generator": {"name": GENERATOR, "version": __version__},
        "schedule": {
            "url": absolute(f"/{lang}/events/{event.slug}/programme/"),
            "version": _version(event),
            "base_url": absolute("/"),
            "conference": {
                "acronym": _acronym(event.slug),
                "title": event.title.in_(lang),
                "start": str(min(frame)),
                "end": str(max(frame)),
                "daysCount": len(days),
                "timeslot_duration": "00:05",
                "time_zone_name": event.zone,
                "rooms": [
                    {"name": room.name.in_(lang), "guid": str(room.id), "description": None, "capacity": None}
                    for room in state.rooms
                ],
                "tracks": [{"name": track.name.in_(lang), "color": _COLOURS[track.colour]} for track in state.tracks],
                "days": [
                    {
                        "index": index,
                        "date": str(day),
                        "day_start": moments.midnight(day, event.zone).isoformat(),
                        "day_end": _end(day, event.zone).isoformat(),
                        "rooms": {
                            name: [write.session(session, told[session.id], name) for session in sessions]
                            for name, sessions in _by_room(state.on(day), state.rooms, lang, nowhere)
                        },
                    }
                    for index, day in enumerate(days, 1)
                ],
            },
            "eventhub": {
                "rooms": [extras.of_room(room) for room in state.rooms],
                "tracks": [extras.of_track(track) for track in state.tracks],
                "sessions": {str(s.id): extras.of_session(s, told[s.id], lang) for s in state.sessions},
            },
        },
    }


class _Numbers:
    """The numbers that apps want beside ids: of 31 bits, so that none overflows, and the same in every export."""

    def __init__(self) -> None:
        self._of: dict[UUID, int] = {}
        self._taken: set[int] = set()

    def of(self, thing_id: UUID) -> int:
        """The lowest bits of an id, or those beside them where another thing has the same."""
        if thing_id not in self._of:
            numbers = (thing_id.int >> bits & 0x7FFFFFFF for bits in range(128))
            self._of[thing_id] = next(number for number in numbers if number and number not in self._taken)
            self._taken.add(self._of[thing_id])
        return self._of[thing_id]


def _version(event: Event) -> str:
    """Release and revision: apps take a schedule for unchanged as long as its version is the same."""
    release = snapshots.newest(event.id)
    return f"{release.number if release else 0}.{event.public_revision}"


def _acronym(slug: str) -> str:
    """The slug as the published schema wants it: no hyphens, four letters at least."""
    return slug.replace("-", "_").ljust(4, "_")


def _end(day: date, zone: str) -> datetime:
    last = datetime.combine(day, time(23, 59, 59))
    return clock.instant(last, zone).astimezone(clock.zone(zone))


def _by_room(
    sessions: Iterable[PublicSession], rooms: Sequence[PublicRoom], lang: str, nowhere: str
) -> Iterable[tuple[str, list[PublicSession]]]:
    """The sessions of a day under the names of their rooms, in the rooms' order; two rooms of one name are one."""
    found: dict[str, list[PublicSession]] = {str(room.name.in_(lang)): [] for room in rooms}
    for session in sessions:
        found.setdefault(str(session.room.name.in_(lang)) if session.room else nowhere, []).append(session)
    return [(name, held) for name, held in found.items() if held]


def _speakers(session: PublicSession, lang: str) -> list[PublicSpeaker]:
    return [speaker for speaker in session.speakers if speaker.name_in(lang)]


class _Writer:
    """Writes the sessions of one export, in one language."""

    def __init__(self, event: Event, lang: str) -> None:
        self._event, self._lang, self._zone = event, lang, clock.zone(event.zone)
        self._sessions, self._people = _Numbers(), _Numbers()
        # What all their addresses begin with: to make each by itself takes longer than all else.
        self._address = address("programme.session", lang, slug=event.slug, session="x").removesuffix("x/")

    def session(self, session: PublicSession, speakers: Sequence[PublicSpeaker], room: str) -> Values:
        """A session as an event of the schedule."""
        title = session.title.in_(self._lang)
        begins = session.starts_at.astimezone(self._zone)
        number = self._sessions.of(session.id)
        return {
            "id": number,
            "guid": str(session.id),
            "date": begins.isoformat(),
            "start": f"{begins:%H:%M}",
            "duration": moments.written(session.ends_at - session.starts_at),
            "room": room,
            "slug": f"{_acronym(self._event.slug)}-{number}-{session.slug}",
            "url": f"{self._address}{session.slug}/",
            "title": gettext("[Cancelled] %(title)s", title=title) if session.is_cancelled else title,
            "subtitle": "",
            "track": session.track.name.in_(self._lang) if session.track else "",
            "type": session.kind,
            "language": session.language or "",
            "abstract": session.abstract.in_(self._lang),
            "description": "",
            "recording_license": "",
            # What is said under the Chatham House Rule is not to be recorded either.
            "do_not_record": "true" if session.is_chatham_house or session.do_not_record else None,
            "persons": [self._person(speaker) for speaker in speakers],
            "links": [],
            "attachments": [],
        }

    def _person(self, speaker: PublicSpeaker) -> Values:
        # Somebody without a profile has an id that is the same in all sessions of the event.
        guid = speaker.person_id or uuid5(self._event.id, speaker.key)
        return {
            "id": self._people.of(guid),
            "guid": str(guid),
            "public_name": speaker.name_in(self._lang),
            "role": speaker.role,
            "mode": speaker.mode,
        }
