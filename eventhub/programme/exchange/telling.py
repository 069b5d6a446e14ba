"""What a file would change, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.i18n import LOCALES, Text, Translated, format_clock, format_day, language
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import queries
from eventhub.programme.forms import KINDS, LANGUAGES, LEVELS, MODES, ROLES
from eventhub.programme.plans import SessionPlan, SpeakerPlan

from .entries import Place, Problem, Reading
from .survey import Line, Survey
from .words import ERRORS, OF_CALENDARS, PROBLEMS

LABELS = {
    "kind": _l("Kind"),
    "title": _l("Title"),
    "abstract": _l("Abstract"),
    "description": _l("Description"),
    "venue": _l("Venue"),
    "starts": _l("Start"),
    "ends": _l("End"),
    "room_id": _l("Room"),
    "track_id": _l("Track"),
    "language": _l("Language"),
    "interpretation": _l("Interpretation into"),
    "level": _l("Level"),
    "capacity": _l("Capacity"),
    "has_sign_up": _l("Sign-up"),
    "is_chatham_house": _l("Chatham House Rule"),
    "do_not_record": _l("Not to be recorded"),
    "repeats_id": _l("Repeats another session"),
    "foreign_id": _l("Id in the other system"),
    "speakers": _l("People"),
}
_LONGEST = 160  # letters of a text that are shown of it


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes another."""

    label: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Told:
    """A session that is to come."""

    title: Text
    when: str
    room: str
    people: Sequence[str]


def problem_told(reading: Reading, problem: Problem) -> tuple[str, str]:
    """Where in the file something is wrong, and what it is."""
    number = problem.line
    if not number:
        place = ""
    elif reading.form == "xlsx":
        place = gettext("Row %(number)s", number=number)
    elif reading.form == "json":
        place = gettext("Entry %(number)s", number=number)
    else:
        place = gettext("Line %(number)s", number=number)
    if place and problem.title and problem.what in ERRORS:
        place = gettext("%(place)s, “%(title)s”:", place=place, title=problem.title)
    words = OF_CALENDARS.get(problem.what) if reading.form == "ics" else None
    return place, str(words or PROBLEMS[problem.what]) % {"about": problem.about}


class Teller:
    """Tells what is planned for some of a survey's lines."""

    def __init__(self, event: Event, found: Survey, lines: Iterable[Line]) -> None:
        self._zone = event.zone
        self._rooms = _names({room.id: room.name for room in queries.list_rooms(event)}, found.rooms)
        self._tracks = _names({track.id: track.name for track in queries.list_tracks(event)}, found.tracks)
        ids = {
            speaker.person_id
            for line in lines
            for plan in (line.plan, line.before)
            for speaker in (plan.speakers if plan else ())
            if speaker.person_id
        }
        rows = db.session.execute(select(Person.id, Person.names).where(Person.id.in_(ids)))
        self._people: dict[UUID, Names] = {row.id: row.names for row in rows}

    def told(self, plan: SessionPlan) -> Told:
        """A session in a few words."""
        room = self._rooms.get(plan.room_id, "")
        return Told(plan.title.in_(language()), _hours(plan, self._zone), room, [self._name(s) for s in plan.speakers])

    def changes(self, line: Line) -> list[Change]:
        """What of a session becomes another, part by part."""
        found = []
        known = line.before and line.before.foreign_id
        for name in line.what:
            if name == "foreign_id" and known and len(line.what) > 1:
                continue  # its series was moved: of an occurrence the name only repeats the hours
            was, now = (self._words(name, plan) for plan in (line.before, line.plan))
            if was == now:  # two texts may differ where nobody sees it, as by what a translation was made from
                was, now = gettext("Otherwise"), gettext("As in the file")
            found.append(Change(str(LABELS[name]), was, now))
        if line.cancels:
            found.append(Change(gettext("State"), gettext("Scheduled"), gettext("Cancelled, and announced at once")))
        return found

    def _words(self, name: str, plan: SessionPlan | None) -> str:
        value = getattr(plan, name)
        if isinstance(value, Translated):
            return shortly(" / ".join(value.texts[lang] for lang in LOCALES if lang in value.texts))
        if isinstance(value, datetime):
            return f"{format_day(value, short=True)} {format_clock(value, self._zone)}"
        if name == "speakers":
            return ", ".join(self._part(speaker) for speaker in value)
        if isinstance(value, bool):
            return str(gettext("Yes") if value else gettext("No"))
        if isinstance(value, UUID):
            return str({**self._rooms, **self._tracks}.get(value, gettext("Yes")))
        if name in {"language", "interpretation"}:
            codes = [value] if isinstance(value, str) else value or ()
            return ", ".join(str(LANGUAGES.get(code, code)) for code in codes)
        return str({**KINDS, **LEVELS}.get(value, value)) if value else ""

    def _part(self, speaker: SpeakerPlan) -> str:
        told = [str(ROLES.get(speaker.role, speaker.role))]
        if speaker.mode != "in_person":
            told.append(str(MODES[speaker.mode]))
        if affiliation := speaker.affiliation.in_(language()):
            told.append(affiliation)
        return str(gettext("%(name)s (%(what)s)", name=self._name(speaker), what=", ".join(told)))

    def _name(self, speaker: SpeakerPlan) -> str:
        names = self._people.get(speaker.person_id) if speaker.person_id else None
        return names.in_(language()) if names else speaker.name.in_(language())


def _names(there: Mapping[UUID, Translated], new: Mapping[UUID, Place]) -> dict[UUID | None, str]:
    names = {**there, **{place_id: place.name for place_id, place in new.items()}}
    return {place_id: name.in_(language()) for place_id, name in names.items()}


def _hours(plan: SessionPlan, zone: str) -> str:
    if plan.starts is None or plan.ends is None:
        return ""
    return f"{format_day(plan.starts, short=True)} {format_clock(plan.starts, zone)}–{format_clock(plan.ends, zone)}"


def shortly(text: str) -> str:
    """The beginning of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"
