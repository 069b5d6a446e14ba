"""Schedules of other systems, and our own, as they are read from XML and JSON alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any

import nh3
from flask_babel import gettext

from eventhub.foundation.errors import Unreadable
from eventhub.foundation.i18n import LOCALES, Translated
from eventhub.programme.models import MODES, ROLES

from . import extras, moments, words
from .entries import (
    LINE,
    MOST_PEOPLE,
    PASSAGE,
    Entry,
    Guest,
    Notes,
    Place,
    Reading,
    clean,
    id_in,
    one_line,
    said,
    shortened,
    too_many,
)
from .extras import Values, object_in

_TAGS = {"p", "br", "li", "ul", "ol", "a", "strong", "b", "em", "i"}
_SCHEMES = {"http", "https", "mailto"}


def from_json(data: bytes) -> Values | None:
    """The events of a `schedule.json` in the shape that `xml.read` gives; none where it is some other JSON.

    Raises Unreadable where it is no JSON.
    """
    try:
        told = object_in(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise Unreadable(gettext("The file is no JSON.")) from error
    schedule = object_in(told.get("schedule")) or told
    conference = object_in(schedule.get("conference"))
    if not isinstance(conference.get("days"), list):
        return None
    own = object_in(schedule.get("eventhub"))
    return {"conference": conference, "eventhub": own, "events": list(_events(conference["days"], own))}


def _events(days: list[Any], own: Values) -> Iterator[Values]:
    sessions, number = object_in(own.get("sessions")), 0
    for day in map(object_in, days):
        for name, events in object_in(day.get("rooms")).items():
            for event in map(object_in, events if isinstance(events, list) else []):
                number += 1
                too_many(number)
                beside = sessions.get(event["guid"]) if isinstance(event.get("guid"), str) else None
                more = {"line": number, "day": day.get("date"), "room_name": name}
                yield {**event, **more, **({} if beside is None else {"own": object_in(beside)})}


def read(form: str, schedule: Values, zone: str) -> Reading:
    """What a schedule says, with its hours by the clock of a zone."""
    reader = _Reader(schedule, zone)
    entries = tuple(filter(None, map(reader.entry, schedule["events"])))
    return Reading(form, zone, entries, reader.rooms, reader.tracks, tuple(reader.notes.problems))


class _Reader:
    def __init__(self, schedule: Values, zone: str) -> None:
        own = schedule["eventhub"]
        self.notes = Notes()
        self.rooms = _places(own.get("rooms"))
        self.tracks = _places(own.get("tracks"))
        self._zone = zone
        self._day_change = _hour(schedule["conference"].get("day_change"))

    def entry(self, event: Values) -> Entry | None:
        """An event as an entry; none where it cannot be one, which is noted then."""
        line: int = event["line"]
        own = event.get("own")
        told = object_in(own)
        is_whole = own is not None
        title = self._title(event, told, line)
        if not title:
            self.notes.add(line, "no_title")
            return None
        self.notes.entitle(line, title.in_("en"))
        key = one_line(_text(event, "guid") or _text(event, "code") or _text(event, "id"))
        hours = self._hours(event, line)
        if hours is None or self.notes.knows_key(line, key):
            return None
        is_chatham_house = told.get("is_chatham_house") is True
        self._note_what_is_left_out(event, line, is_whole=is_whole)
        kind = words.kind_of(_text(event, "type"))
        if kind is None and (unknown := one_line(_text(event, "type"))):
            self.notes.once(line, "kind", unknown)
        return Entry(
            line=line,
            key=key,
            id=id_in(key),
            is_whole=is_whole,
            title=title,
            kind=kind,
            abstract=self._abstract(event, told, line),
            starts=hours[0],
            ends=hours[1],
            room=self._room(event, told, is_whole=is_whole),
            track=self._track(event, told, is_whole=is_whole),
            language=words.language_of(_text(event, "language")) or ("" if is_whole else None),
            interpretation=extras.languages_in(told.get("interpretation")) if is_whole else None,
            level=extras.level_in(told.get("level")) if is_whole else None,
            capacity=extras.number_in(told.get("capacity")) if is_whole else None,
            has_sign_up=told.get("has_sign_up") is True if is_whole else None,
            is_chatham_house=is_chatham_house,
            # In one of our own files that is also said of what is under the Chatham House Rule.
            do_not_record=_is_true((told if is_whole else event).get("do_not_record")),
            is_cancelled=told.get("is_cancelled") is True,
            repeats=id_in(told.get("repeats")),
            people=None if is_chatham_house else self._people(event, told, line, is_whole=is_whole),
        )

    def _note_what_is_left_out(self, event: Values, line: int, *, is_whole: bool) -> None:
        spoken = one_line(_text(event, "language"))
        if spoken and words.language_of(spoken) is None:
            self.notes.once(line, "language", spoken)
        if not is_whole and (licence := one_line(_text(event, "recording_license"))):
            self.notes.once(line, "licence", licence)

    def _title(self, event: Values, told: Values, line: int) -> Translated:
        title = _text(event, "title")
        if "own" in event:
            if told.get("is_cancelled") is True:
                return extras.text_in(told.get("title"))
            return extras.whole_text(told.get("title"), clean(title))
        if isinstance(event.get("title"), dict):
            return _in_languages(event["title"])
        title, subtitle = one_line(title), one_line(_text(event, "subtitle"))
        whole = said(title)
        if title and subtitle:
            title = f"{title}：{subtitle}" if whole.source == "zh" else f"{title}: {subtitle}"
        return said(shortened(title, LINE, line, self.notes))

    def _abstract(self, event: Values, told: Values, line: int) -> Translated | None:
        parts = [_text(event, name) for name in ("abstract", "description")]
        if "own" in event:
            return extras.whole_text(told.get("abstract"), clean(parts[0]), PASSAGE)
        first, second = (markdown(part) for part in parts)
        # Some systems say the same in both.
        text = second if second.startswith(first) else f"{first}\n\n{second}"
        return said(shortened(clean(text), PASSAGE, line, self.notes)) or None

    def _hours(self, event: Values, line: int) -> tuple[datetime, datetime] | None:
        try:
            begins = self._begin(event)
        except ValueError:
            self.notes.add(line, "no_start", _text(event, "date") or _text(event, "start"))
            return None
        try:
            lasts = moments.length(_text(event, "duration"))
        except ValueError:
            self.notes.add(line, "bad_duration", _text(event, "duration"))
            return None
        return moments.span(line, begins, lasts, self._zone, self.notes)

    def _begin(self, event: Values) -> datetime:
        if told := _text(event, "date").strip():
            return moments.moment(told)
        # Older schedules tell the day, and the hour on it; what is before the change of days is after midnight.
        day, hour = date.fromisoformat(_text(event, "day").strip()), moments.hour(_text(event, "start"))
        return datetime.combine(day, hour) + timedelta(days=1 if hour < self._day_change and day < date.max else 0)

    def _room(self, event: Values, told: Values, *, is_whole: bool) -> str | None:
        if is_whole and (known := _known(told.get("room"), self.rooms)) is not None:
            return known
        name = shortened(one_line(_text(event, "room_name") or _text(event, "room")), LINE, event["line"], self.notes)
        if not name:
            return None
        self.rooms.setdefault(name, Place(said(name), id_in(event.get("room_guid"))))
        return name

    def _track(self, event: Values, told: Values, *, is_whole: bool) -> str | None:
        if is_whole and (known := _known(told.get("track"), self.tracks)) is not None:
            return known
        name = _in_languages(object_in(event.get("track")))
        key = name.in_("en") or shortened(one_line(_text(event, "track")), LINE, event["line"], self.notes)
        if not key:
            return None
        self.tracks.setdefault(key, Place(name or said(key)))
        return key

    def _people(self, event: Values, told: Values, line: int, *, is_whole: bool) -> tuple[Guest, ...] | None:
        people = event.get("persons")
        listed = [object_in(person) for person in people] if isinstance(people, list) else []
        if len(listed) > MOST_PEOPLE:
            self.notes.add(line, "people", MOST_PEOPLE)
        beside = told.get("people")
        more = beside if isinstance(beside, list) else []
        found = []
        for number, person in enumerate(listed[:MOST_PEOPLE]):
            name = _text(person, "public_name") or _text(person, "full_public_name") or _text(person, "name")
            name = clean(name) if is_whole else one_line(name)
            if not name:
                continue
            guest = Guest(
                said(shortened(name, LINE, line, self.notes)),
                id_in(person.get("guid")),
                words.one_of(person.get("role"), ROLES),
                words.one_of(person.get("mode"), MODES),
            )
            found.append(extras.guest_in(more[number] if number < len(more) else {}, guest) if is_whole else guest)
        return tuple(found) if found or is_whole else None


def _places(values: object) -> dict[str, Place]:
    found = [extras.place_in(value) for value in values] if isinstance(values, list) else []
    return {str(place.id): place for place in found if place and place.id}


def _known(key: object, places: Mapping[str, Place]) -> str | None:
    """The key of a place where it is one, empty where there is none; no answer where it leads nowhere."""
    if key is None:
        return ""
    return key if isinstance(key, str) and key in places else None


def _is_true(value: object) -> bool:
    """Whether XML or JSON says yes."""
    return value is True or (isinstance(value, str) and value.strip().lower() in {"true", "1", "yes"})


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else ""
    return value if isinstance(value, str) else ""


def _in_languages(texts: Values) -> Translated:
    """A text that JSON tells by language: `{"en": …, "zh-hans": …}`."""
    found = {
        lang: one_line(text)[:LINE]
        for lang in LOCALES
        for code, text in texts.items()
        if isinstance(text, str) and code.lower().split("-")[0] == lang
    }
    return Translated.of(next(iter(found), "en"), **found)


def _hour(text: object) -> time:
    try:
        return moments.hour(text) if isinstance(text, str) else time()
    except ValueError:
        return time()


def markdown(text: str) -> str:
    """A text that may be HTML, as FOSDEM's, in Markdown; any other text as it is."""
    if not re.match(r"\s*<[a-zA-Z]", text) and "</p>" not in text:
        return text
    # A parser of browsers' own rules closes what is open, drops what is dangerous and writes entities in one way.
    html = nh3.clean(text[: 3 * PASSAGE], tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=None)
    html = " ".join(html.split())
    html = re.sub(r'<a href="([^"<>]*)">([^<]*)</a>', r"[\2](\1)", html)
    html = re.sub(r"</?(?:strong|b)>", "**", html)
    html = re.sub(r"</?(?:em|i)>", "*", html)
    html = re.sub(r" ?<li> ?(?:<p>)?", "\n- ", html)
    html = re.sub(r"<br> ?", "\n", html)
    html = re.sub(r" ?</?(?:p|ul|ol)> ?", "\n\n", html)
    return re.sub(r"\n{3,}", "\n\n", unescape(re.sub(r" ?<[^<>]*>", "", html))).strip()
