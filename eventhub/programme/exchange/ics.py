"""Calendars as other systems write them (RFC 5545), read line by line with patience for what they do wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import cast

from flask_babel import gettext
from icalendar import Timezone, vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from eventhub.foundation import clock
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.i18n import Translated

from . import moments
from .entries import (
    LINE,
    LONGEST_KEY,
    PASSAGE,
    Entry,
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
from .frab_reading import markdown
from .recurrence import Bounds, Rule, Series, occurrences
from .words import JOIN

_LONGEST_NAME = 2000  # of a property with its parameters
_MOST_DEPTH = 8
_MOST_DATES = 1000  # in the lists of one entry
_MOST_OTHERS, _LONGEST_OTHER = 20, 300  # properties of one entry that nobody here understands, and characters of each
_PROPERTY = re.compile(r'([A-Za-z0-9-]+)((?:;(?:[^":]|"[^"]*")*)?):')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;]*)')
_WANTED = {
    "UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "SEQUENCE", "DTSTAMP",
    "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
}  # fmt: skip
# What our own feed writes before the title of an entry that is not as planned.
_STATE = re.compile(r"\[(?:Cancelled|Postponed|已取消|延期)\] ")
_OWN = re.compile(r"session-([0-9a-f-]{36})@")
_OWN_EVENT = re.compile(r"event-([0-9a-f-]{36})@")
# The rules of a zone that somebody wrote themselves; any that turns the clocks oftener than once a year is none. Each
# is gone through year by year, and there are programs that begin with the year 1.
_YEARLY = re.compile(r"FREQ=YEARLY(;(BYMONTH=\d{1,2}|BYDAY=[+-]?[1-5][A-Z]{2}|UNTIL=\w+|WKST=[A-Z]{2}|INTERVAL=1))*")
_MOST_RULES, _MOST_TURNS = 8, 500

When = datetime | date
# The hours that are assumed of an event of which a calendar tells the days alone.
_MORNING, _EVENING = time(9), time(18)


@dataclass(slots=True)
class _Block:
    """One component of the file: where it begins, and its properties as they stand."""

    line: int
    lines: list[str] = field(default_factory=list)
    properties: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The value of a property, without the marks by which it was kept on one line (RFC 5545 §3.3.11)."""
        value = self.properties.get(name, [({}, "")])[0][1]
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)

    def keep_other(self, name: str, line: str) -> None:
        """Keep what nobody here understands; not who is named in it, which is not ours to keep, nor a meeting's key."""
        fits = len(self.others) < _MOST_OTHERS and len(line) <= _LONGEST_OTHER
        if fits and name.startswith("X-") and not re.search("@|://", line):
            self.others.append(clean(line))

    def plain(self, name: str) -> str:
        """The value of a property that is no text."""
        return self.properties.get(name, [({}, "")])[0][1].strip()


def read(data: bytes, zone: str, bounds: Bounds, *, of_events: bool = False) -> Reading:
    """The entries of a calendar, its repetitions within some bounds, by the clock of a zone.

    Of our own feeds those of sessions, or those of events. An entry of whole days is an event, and no session.
    """
    notes = Notes()
    calendar = _Calendar(zone, bounds, notes, of_events=of_events)
    calendar.gather(_lines(data, notes))
    entries = tuple(calendar.entries())
    return Reading("ics", zone, entries, calendar.rooms, {}, tuple(notes.problems))


def _lines(data: bytes, notes: Notes) -> Iterator[tuple[int, str]]:
    """The lines, each with its number, put together again before they are decoded: some were cut inside a letter."""
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoding = _encoding(data.replace(b"\n ", b"").replace(b"\n\t", b""), notes)
    number, held = 0, [b""]
    for at, line in enumerate(data.split(b"\n"), 1):
        if line[:1] in {b" ", b"\t"}:
            held.append(line[1:])
            continue
        yield number, b"".join(held).decode(encoding, "replace")
        number, held = at, [line]
    yield number, b"".join(held).decode(encoding, "replace")


def _encoding(unfolded: bytes, notes: Notes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            unfolded.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8":
            notes.add(0, "encoding")
        return encoding
    notes.add(0, "latin")
    return "latin-1"


class _Calendar:
    def __init__(self, zone: str, bounds: Bounds, notes: Notes, *, of_events: bool) -> None:
        self._own, self._takes_days = _OWN_EVENT if of_events else _OWN, of_events
        self.rooms: dict[str, Place] = {}
        self._zone, self._bounds, self._notes = zone, bounds, notes
        self._events: list[_Block] = []
        self._zones: dict[str, _Block] = {}
        self._known: dict[str, tzinfo | None] = {}
        self._floating: tzinfo = clock.zone(zone)
        self._is_cancelled = False

    def gather(self, lines: Iterable[tuple[int, str]]) -> None:
        """Take the file apart into the components that count."""
        path: list[str] = []
        block: _Block | None = None
        for number, line in lines:
            name, parameters, value = _property(line)
            if name == "BEGIN":
                path.append(value.strip().upper())
                if len(path) > _MOST_DEPTH:
                    raise Unreadable(gettext("The file is nested too deeply to be a calendar."))
                if len(path) == 2:
                    block = _Block(number)
            if block is not None and path[1:2] == ["VTIMEZONE"]:
                block.lines.append(line[:_LONGEST_NAME])
            if name == "END":
                if len(path) == 2 and block is not None:
                    self._keep(path[1], block)
                    block = None
                path = path[:-1]
            elif block is not None and len(path) == 2 and (name in _WANTED or name == "TZID"):
                block.properties.setdefault(name, []).append((parameters, value))
            elif block is not None and len(path) == 2:
                block.keep_other(name, line)
            elif len(path) == 1:
                self._head(name, value)
        if path:
            # Half a calendar would look like a shorter one, of which the rest was taken out.
            self._notes.add(block.line if block else 0, "cut_off", f"END:{path[-1]}")

    def _head(self, name: str, value: str) -> None:
        if name == "METHOD":
            self._is_cancelled = value.strip().upper() == "CANCEL"
        elif name == "X-WR-TIMEZONE" and (found := _named_zone(value)):
            self._floating = found

    def _keep(self, name: str, block: _Block) -> None:
        if name == "VEVENT":
            self._events.append(block)
            too_many(len(self._events))
        elif name == "VTIMEZONE" and len(self._zones) < 50:
            self._zones.setdefault(block.plain("TZID"), block)

    def entries(self) -> Iterator[Entry]:
        """The entries in the order of the file; what repeats is expanded where its rule stands."""
        newest = self._newest()
        changed: dict[str, list[_Block]] = {}
        series = {uid for (uid, original), block in newest.items() if not original and _repeats(block)}
        for (uid, original), block in newest.items():
            if original and uid in series:
                changed.setdefault(uid, []).append(block)
        for (uid, original), block in newest.items():
            if uid not in series:
                yield from self._single(f"{uid}/{original}" if original else uid, block)
            elif not original:
                yield from self._expanded(uid, block, changed.get(uid, []))

    def _newest(self) -> Mapping[tuple[str, str], _Block]:
        """The entries by UID and by which repetition they change; of two versions the newer (RFC 5546 §2.1.5)."""
        found: dict[tuple[str, str], _Block] = {}
        for block in self._events:
            self._notes.entitle(block.line, one_line(block.text("SUMMARY")))
            uid = one_line(block.text("UID"))
            if not uid or len(uid) > LONGEST_KEY:
                self._notes.add(block.line, "long_key" if uid else "no_uid", uid[:40])
                continue
            if (_OWN.match(uid) or _OWN_EVENT.match(uid)) and not self._own.match(uid):
                continue  # as the event itself, which our own feed has beside its sessions
            if not block.plain("DTSTAMP"):
                self._notes.once(block.line, "no_stamp", "")
            key = (uid, block.plain("RECURRENCE-ID")[:20])
            if key in found:
                older, found[key] = sorted((found[key], block), key=_age)
                self._notes.add(older.line, "older", one_line(older.text("SUMMARY"))[:40])
            else:
                found[key] = block
        return found

    def _single(self, key: str, block: _Block) -> Iterator[Entry]:
        begins = self._when(block, "DTSTART")
        if begins is None:
            self._notes.add(block.line, "no_start", block.plain("DTSTART"))
        elif not isinstance(begins, datetime):
            self._notes.add(block.line, "whole_day", one_line(block.text("SUMMARY"))[:40])
        else:
            finish = self._finish(block, begins)
            if finish is not None and (entry := self._entry(key, block, begins, finish)):
                yield entry

    def _finish(self, block: _Block, begins: datetime) -> datetime | None:
        is_of_days = self._is_of_days(block)
        if "DTEND" in block.properties:
            end = self._when(block, "DTEND")
            if isinstance(end, datetime) and is_of_days == (len(block.plain("DTEND")) == len("20270310")):
                return self._evening(begins, end - begins) if is_of_days else end
            self._notes.add(block.line, "bad_end", block.plain("DTEND"))
            return None
        if "DURATION" in block.properties:
            try:
                lasts: timedelta = vDuration.from_ical(block.plain("DURATION")[:40])  # type: ignore[no-untyped-call]
                end = (begins.astimezone(UTC) + lasts).astimezone(begins.tzinfo)
                return self._evening(begins, lasts) if is_of_days else end
            except (ValueError, OverflowError):
                self._notes.add(block.line, "bad_duration", block.plain("DURATION"))
                return None
        if is_of_days:
            return self._evening(begins, timedelta(days=1))
        self._notes.add(block.line, "no_length", one_line(block.text("SUMMARY"))[:40])
        return begins + timedelta(hours=1)

    def _is_of_days(self, block: _Block) -> bool:
        return self._takes_days and len(block.plain("DTSTART")) == len("20270310")

    def _evening(self, begins: datetime, lasts: timedelta) -> datetime:
        """When the last of so many days ends; calendars name the day after it, and some the day itself."""
        last = begins.date() + timedelta(days=lasts.days - 1 if lasts.days else 0)
        return datetime.combine(last, _EVENING, begins.tzinfo)

    def _expanded(self, uid: str, block: _Block, changed: list[_Block]) -> Iterator[Entry]:
        begins = self._when(block, "DTSTART")
        if not isinstance(begins, datetime):
            yield from self._single(uid, block)  # says what is wrong
            return
        finish = self._finish(block, begins)
        told = block.plain("RRULE")
        if self._is_of_days(block):
            told = re.sub(r"(UNTIL=\d{8})(?=;|$)", r"\1T235959", told)  # the last day is one of them
        with self._bounds.working():
            rule = Rule.of(told, begins)
        if isinstance(rule, str):
            self._notes.add(block.line, rule, block.plain("RRULE")[:60])
            return
        if finish is None:
            return
        if rule and rule.is_endless:
            self._notes.once(block.line, "endless", f"{self._bounds.first:%Y-%m-%d} – {self._bounds.last:%Y-%m-%d}")
        series = Series(begins, finish, rule, self._dates(block, "RDATE"), self._dates(block, "EXDATE"))
        others = []
        for other in changed:
            original, start = self._when(other, "RECURRENCE-ID"), self._when(other, "DTSTART")
            if isinstance(original, datetime) and isinstance(start, datetime):
                end = self._finish(other, start)
                if end is not None:
                    others.append((original, start, end))
                    continue
            self._notes.add(other.line, "no_start", other.plain("DTSTART"))
        for original, start, end, number in occurrences(series, others, self._bounds):
            one = block if number is None else changed[number]
            key = f"{uid}/{original:%Y%m%dT%H%M}"
            if entry := self._entry(key, one, start, end):
                yield entry

    def _dates(self, block: _Block, name: str) -> list[datetime]:
        found = []
        for parameters, value in block.properties.get(name, ()):
            for text in value.split(",")[:_MOST_DATES]:
                # A period counts by its beginning.
                when = self._moment(parameters, text.partition("/")[0].strip(), block.line)
                if isinstance(when, datetime):
                    found.append(when)
        return found[:_MOST_DATES]

    def _entry(self, key: str, block: _Block, begins: datetime, finish: datetime) -> Entry | None:
        title, line = one_line(block.text("SUMMARY")), block.line
        if not title:
            self._notes.add(line, "no_title")
            return None
        hours = moments.between(line, begins, finish, self._zone, self._notes)
        if hours is None:
            return None
        own = self._own.match(key)
        sequence, stamp = _age(block)
        if own:
            title = _STATE.sub("", title, count=1)
        is_of_days = self._is_of_days(block)
        if is_of_days and not own:
            self._notes.add(line, "days", title[:40])
        return Entry(
            line=line,
            key=key,
            id=id_in(own[1]) if own else None,
            title=said(shortened(title, LINE, line, self._notes)),
            starts=hours[0],
            ends=hours[1],
            is_of_days=is_of_days,
            # Our own feed puts together of several texts what others write in one: it is not taken apart again.
            abstract=None if own else self._abstract(block),
            room=None if own else self._room(block),
            is_cancelled=self._is_cancelled or block.plain("STATUS").upper() == "CANCELLED",
            sequence=sequence,
            stamp=stamp,
            properties=() if own else tuple(block.others),
        )

    def _abstract(self, block: _Block) -> Translated | None:
        if "DESCRIPTION" not in block.properties:
            return None
        return said(shortened(clean(markdown(block.text("DESCRIPTION"))), PASSAGE, block.line, self._notes))

    def _room(self, block: _Block) -> str | None:
        name = shortened(one_line(block.text("LOCATION")), LINE, block.line, self._notes)
        if "://" in name or JOIN.search(name):
            # The address of a meeting is for those who take part, and rooms are public.
            self._notes.once(block.line, "link", "")
            return None
        if not name:
            return None
        self.rooms.setdefault(name, Place(said(name)))
        return name

    # --- time ----------------------------------------------------------------------------------------------

    def _when(self, block: _Block, name: str) -> When | None:
        parameters, value = block.properties.get(name, [({}, "")])[0]
        return self._moment(parameters, value.strip(), block.line)

    def _moment(self, parameters: Mapping[str, str], value: str, line: int) -> When | None:
        try:
            if len(value) == 8:
                day = datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
                # Whole days are the same wherever they are read, and so are the hours assumed of them.
                return datetime.combine(day, _MORNING, clock.zone(self._zone)) if self._takes_days else day
            found = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - given below
        except ValueError:
            return None
        if not clock.is_within_reach(found):
            return None
        if value.endswith("Z"):
            return found.replace(tzinfo=UTC)
        name = parameters.get("TZID", "")
        return found.replace(tzinfo=self._zone_of(name, line) if name else self._floating)

    def _zone_of(self, name: str, line: int) -> tzinfo:
        if name not in self._known:
            self._known[name] = _named_zone(name) or self._described_zone(name)
            if self._known[name] is None:
                self._notes.once(line, "zone", name[:40])
        return self._known[name] or clock.zone(self._zone)

    def _described_zone(self, name: str) -> tzinfo | None:
        """The zone that the file describes itself under a name of its own."""
        block = self._zones.get(name)
        if block is None or len(block.lines) > 200:
            return None
        told = dict(line.partition(":")[::2] for line in block.lines)
        if found := _named_zone(told.get("X-LIC-LOCATION", "")):
            return found
        rules = [line.upper().removeprefix("RRULE:") for line in block.lines if line.upper().startswith("RRULE")]
        turns = sum(line.count(",") + 1 for line in block.lines if line.upper().startswith("RDATE"))
        if len(rules) > _MOST_RULES or turns > _MOST_TURNS or not all(map(_YEARLY.fullmatch, rules)):
            return None
        with self._bounds.working():
            return _zone_described_by(block.lines)


def _zone_described_by(lines: Iterable[str]) -> tzinfo | None:
    try:
        described = cast(Timezone, Timezone.from_ical("\r\n".join(lines)))
        zone: tzinfo = described.to_tz(lookup_tzid=False)
        datetime(2027, 1, 1, tzinfo=zone).utcoffset()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        return None
    return zone


def _property(line: str) -> tuple[str, dict[str, str], str]:
    found = _PROPERTY.match(line[:_LONGEST_NAME])
    if found is None:
        return "", {}, ""
    parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])}
    return found[1].upper(), parameters, line[found.end() :]


def _repeats(block: _Block) -> bool:
    return bool({"RRULE", "RDATE"} & block.properties.keys())


def _age(block: _Block) -> tuple[int, str]:
    sequence = block.plain("SEQUENCE")
    stamp = block.plain("DTSTAMP")
    return (
        int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
        stamp if re.fullmatch(r"\d{8}T\d{6}Z?", stamp) else "",
    )


def _named_zone(name: str) -> tzinfo | None:
    """The zone of a name: of IANA's, of Windows', or one of IANA's behind a path (`/mozilla.org/…/Europe/Berlin`)."""
    name = name.strip()[:100]
    name = WINDOWS_TO_OLSON.get(name, name)
    parts = name.strip("/").split("/")
    for size in (1, 2, 3):
        last = "/".join(parts[-size:])
        if last.upper() in {"UTC", "GMT", "Z"}:
            return UTC
        if last in clock.zone_names():
            return clock.zone(last)
    return None
