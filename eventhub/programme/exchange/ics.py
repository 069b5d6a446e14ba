"""Calendars as other systems write them (RFC 5545), read entry by entry with patience for what they do wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, Translated

from . import identity, moments
from .components import Block, Components
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
)
from .frab_reading import markdown
from .recurrence import Bounds, Changed, Rule, Series, occurrences
from .words import JOIN
from .zones import Zones

_MOST_DATES = 1000  # in the lists of one entry
# What an EventHub's feed writes before the title of an entry that is not as planned.
_STATE = re.compile(r"\[(?:Cancelled|Postponed|已取消|延期)\] ")
_SESSION = re.compile(r"session-([0-9a-f-]{36})@(.+)")
_EVENT = re.compile(r"event-([0-9a-f-]{36})@(.+)")
_MOMENT = re.compile(r"(\d{8}T\d{4})(?:\d{2})?(Z?)")
_DURATION = re.compile(
    r"([+-]?)P(?=.)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)

When = datetime | date
# The hours that are assumed of an event of which a calendar tells the days alone.
_MORNING, _EVENING = time(9), time(18)


def read(data: bytes, zone: str, bounds: Bounds, *, domain: str, of_events: bool = False) -> Reading:
    """The entries of a calendar, its repetitions within some bounds, by the clock of a zone.

    Of feeds like ours those of sessions, or those of events; `domain` tells which are ours. An entry of whole days is
    an event, and no session.
    """
    notes = Notes()
    calendar = _Calendar(Components(data, notes), zone, bounds, notes, domain=domain, of_events=of_events)
    entries = tuple(calendar.entries())
    return Reading("ics", zone, entries, calendar.rooms, {}, tuple(notes.problems))


class _Calendar:
    def __init__(
        self, parts: Components, zone: str, bounds: Bounds, notes: Notes, *, domain: str, of_events: bool
    ) -> None:
        self._like_ours, self._beside = (_EVENT, _SESSION) if of_events else (_SESSION, _EVENT)
        self._domain, self._takes_days = domain.casefold(), of_events
        self.rooms: dict[str, Place] = {}
        self._zone, self._bounds, self._notes = zone, bounds, notes
        self._events = parts.events
        self._zones = Zones(parts.zones, zone, bounds, notes)
        self._floating = self._zones.find(parts.head.get("X-WR-TIMEZONE", "")) or clock.zone(zone)
        self._is_cancelled = parts.head.get("METHOD", "").upper() == "CANCEL"

    def entries(self) -> Iterator[Entry]:
        """The entries in the order of the file; what repeats is expanded where its rule stands."""
        newest = self._newest()
        changed: dict[str, list[Block]] = {}
        series = {uid for (uid, original), block in newest.items() if not original and block.repeats}
        for (uid, original), block in newest.items():
            if original and uid in series:
                changed.setdefault(uid, []).append(block)
        for (uid, original), block in newest.items():
            if uid not in series:
                yield from self._single(self._key(uid, block) if original else uid, block)
            elif not original:
                yield from self._expanded(uid, block, changed.get(uid, []))

    def _newest(self) -> Mapping[tuple[str, str], Block]:
        """The entries by UID and by which repetition they change; of two versions the newer (RFC 5546 §2.1.5)."""
        found: dict[tuple[str, str], Block] = {}
        uids = [one_line(block.text("UID")) for block in self._events]
        told = {like[2].casefold() for uid in uids if (like := self._like_ours.fullmatch(uid))} | {self._domain}
        for uid, block in zip(uids, self._events, strict=True):
            self._notes.entitle(block.line, one_line(block.text("SUMMARY")))
            if not uid or len(uid) > LONGEST_KEY:
                self._notes.add(block.line, "long_key" if uid else "no_uid", uid[:40])
                continue
            if (beside := self._beside.fullmatch(uid)) and beside[2].casefold() in told:
                continue  # as the event itself, which a feed like ours has beside its sessions
            if not block.plain("DTSTAMP"):
                self._notes.once(block.line, "no_stamp", "")
            key = (uid, self._original(block))
            if key in found:
                older, found[key] = sorted((found[key], block), key=lambda one: one.age)
                self._notes.add(older.line, "older", one_line(older.text("SUMMARY"))[:40])
            else:
                found[key] = block
        return found

    def _original(self, block: Block) -> str:
        """Which repetition a block changes, in whatever zone it is told."""
        original = self._when(block, "RECURRENCE-ID")
        if isinstance(original, datetime):
            return f"{original.astimezone(UTC):%Y%m%dT%H%M}"
        return f"{original:%Y%m%d}" if original else block.plain("RECURRENCE-ID")[:20]

    def _key(self, uid: str, block: Block) -> str:
        """What a repetition is called whose series is not in the file: by its own clock, where it tells one."""
        original, begins = self._when(block, "RECURRENCE-ID"), self._begins(block)
        if original is None:
            return f"{uid}/{block.plain('RECURRENCE-ID')[:20]}"
        if not isinstance(original, datetime):
            hour = begins.time() if isinstance(begins, datetime) else time()
            original = datetime.combine(original, _MORNING if self._takes_days else hour)
        elif original.tzinfo is UTC and isinstance(begins, datetime):
            original = original.astimezone(begins.tzinfo)
        return identity.of_occurrence(uid, original)

    def _single(self, key: str, block: Block) -> Iterator[Entry]:
        begins = self._begins(block)
        if self._is_off(block) and not (block.plain("DTSTART") and block.text("SUMMARY")):
            yield self._called_off(key, block, block.age)
        elif begins is None:
            self._notes.add(block.line, "no_start", block.plain("DTSTART"))
        elif not isinstance(begins, datetime):
            self._notes.add(block.line, "whole_day", one_line(block.text("SUMMARY"))[:40])
        else:
            begins = self._shown(begins, block.line)
            finish = self._finish(block, begins)
            if finish is not None and (entry := self._entry(key, block, begins, finish, block.age)):
                yield entry

    def _is_off(self, block: Block) -> bool:
        return self._is_cancelled or block.plain("STATUS").upper() == "CANCELLED"

    def _called_off(self, key: str, block: Block, age: tuple[int, str]) -> Entry:
        """What says no more than that it is called off, as it may (RFC 5546 §3.2.5): all else of it is known."""
        return Entry(block.line, EMPTY, key, self._own_id(key), is_cancelled=True, sequence=age[0], stamp=age[1])

    def _own_id(self, key: str) -> UUID | None:
        """Which of our own it is, where the feed is of this site; another EventHub's are as foreign as any."""
        like = self._like_ours.fullmatch(key)
        return id_in(like[1]) if like and like[2].casefold() == self._domain else None

    def _expanded(self, uid: str, block: Block, changed: list[Block]) -> Iterator[Entry]:
        begins = self._begins(block)
        if not isinstance(begins, datetime):
            yield from self._single(uid, block)  # says what is wrong
            return
        finish = self._finish(block, begins)
        with self._bounds.working():
            rule = Rule.of(block.plain("RRULE"), begins)
        if isinstance(rule, str):
            self._notes.add(block.line, rule, block.plain("RRULE")[:60])
            return
        if finish is None:
            return
        if rule and rule.is_endless:
            self._notes.once(block.line, "endless", f"{self._bounds.first:%Y-%m-%d} – {self._bounds.last:%Y-%m-%d}")
        if other := block.plain("EXRULE") or "".join(value for _, value in block.properties.get("RRULE", [])[1:]):
            self._notes.add(block.line, "other_rule", other[:60])
        without = [when for when, _ in self._dates(block, "EXDATE")]
        series = Series(
            begins,
            finish,
            rule,
            [(self._at_hour_of(begins, when), end) for when, end in self._dates(block, "RDATE")],
            [when for when in without if isinstance(when, datetime)],
            {when for when in without if not isinstance(when, datetime)},
        )
        others = [(one, found) for one in changed if (found := self._changed(one, begins, finish))]
        for planned, start, end, number in occurrences(series, [found for _, found in others], self._bounds):
            one = block if number is None else others[number][0]
            # A repetition of its own is as new as its series: each has a SEQUENCE of its own, and the series' may be
            # the greater one.
            key, age = identity.of_occurrence(uid, planned), max(block.age, one.age)
            if self._is_off(one) and not one.text("SUMMARY"):
                yield self._called_off(key, one, age)
            elif entry := self._entry(key, one, start, end, age):
                yield entry

    def _changed(self, block: Block, begins: datetime, finish: datetime) -> Changed | None:
        """A repetition that is other than its series; none, and a note, where nobody can tell which or when it is."""
        original, start = self._when(block, "RECURRENCE-ID"), self._begins(block)
        onward = block.parameter("RECURRENCE-ID", "RANGE").upper() == "THISANDFUTURE"
        planned = self._at_hour_of(begins, original) if original else None
        if planned and start is None and self._is_off(block):
            return Changed(planned, planned, planned + (finish - begins), onward)
        if planned is None or not isinstance(start, datetime):
            self._notes.add(block.line, "no_start", block.plain("DTSTART"))
            return None
        end = self._finish(block, start)
        return Changed(planned, start, end, onward) if end is not None else None

    def _entry(self, key: str, block: Block, begins: datetime, finish: datetime, age: tuple[int, str]) -> Entry | None:
        title, line = one_line(block.text("SUMMARY")), block.line
        if not title:
            self._notes.add(line, "no_title")
            return None
        if (hours := moments.between(line, begins, finish, self._zone, self._notes)) is None:
            return None
        own = self._own_id(key)
        if self._like_ours.fullmatch(key):
            title = _STATE.sub("", title, count=1)
        is_of_days = self._is_of_days(block)
        if is_of_days and not own:
            self._notes.add(line, "days", title[:40])
        return Entry(
            line=line,
            key=key,
            id=own,
            title=said(shortened(title, LINE, line, self._notes)),
            starts=hours[0],
            ends=hours[1],
            is_of_days=is_of_days,
            # Our own feed puts together of several texts what others write in one: it is not taken apart again.
            abstract=None if own else self._abstract(block),
            room=None if own else self._room(block),
            is_cancelled=self._is_off(block),
            sequence=age[0],
            stamp=age[1],
            properties=() if own else tuple(block.others),
        )

    def _abstract(self, block: Block) -> Translated | None:
        if "DESCRIPTION" not in block.properties:
            return None
        return said(shortened(clean(markdown(block.text("DESCRIPTION"))), PASSAGE, block.line, self._notes))

    def _room(self, block: Block) -> str | None:
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

    def _begins(self, block: Block) -> When | None:
        """When it begins. Whole days are the same wherever they are read, and so are the hours assumed of them."""
        found = self._when(block, "DTSTART")
        if found is None or isinstance(found, datetime) or not self._takes_days:
            return found
        return datetime.combine(found, _MORNING, clock.zone(self._zone))

    def _is_of_days(self, block: Block) -> bool:
        return self._takes_days and len(block.plain("DTSTART")) == len("20270310")

    def _finish(self, block: Block, begins: datetime) -> datetime | None:
        is_of_days = self._is_of_days(block)
        if "DTEND" in block.properties:
            end = self._when(block, "DTEND")
            if isinstance(end, datetime) and not is_of_days:
                return self._shown(end, block.line)
            if is_of_days and end is not None and not isinstance(end, datetime):
                return self._evening(begins, (end - begins.date()).days)
            self._notes.add(block.line, "bad_end", block.plain("DTEND"))
            return None
        if "DURATION" in block.properties:
            end = _after(begins, block.plain("DURATION"))
            if end is None:
                self._notes.add(block.line, "bad_duration", block.plain("DURATION"))
            elif is_of_days:
                return self._evening(begins, (end - begins).days)
            return end
        if is_of_days:
            return self._evening(begins, 1)
        self._notes.add(block.line, "no_length", one_line(block.text("SUMMARY"))[:40])
        return _after(begins, "PT1H")

    def _evening(self, begins: datetime, days: int) -> datetime:
        """When the last of so many days ends; calendars name the day after it, and some the day itself."""
        last = begins.date() + timedelta(days=days - 1 if days else 0)
        return datetime.combine(last, _EVENING, begins.tzinfo)

    def _shown(self, moment: datetime, line: int) -> datetime:
        """A moment as its clock shows it: over what it skips, so much after the change (RFC 5545 §3.3.5)."""
        shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
        if shown.replace(tzinfo=None) != moment.replace(tzinfo=None):
            self._notes.add(line, "put_forward", f"{moment:%Y-%m-%d %H:%M} → {shown:%H:%M}")
        return shown

    def _at_hour_of(self, begins: datetime, when: When) -> datetime:
        """A day at the hour of the series; a moment is one already."""
        return when if isinstance(when, datetime) else datetime.combine(when, begins.time(), begins.tzinfo)

    def _dates(self, block: Block, name: str) -> list[tuple[When, datetime | None]]:
        """The moments or days in a list, with the ends of those that are periods (RFC 5545 §3.3.9)."""
        found = []
        for parameters, value in block.properties.get(name, ()):
            for text in value.split(",")[:_MOST_DATES]:
                first, _, last = text.strip().partition("/")
                when = self._moment(parameters, first, block)
                if when is None:
                    continue
                end = self._moment(parameters, last, block)
                if isinstance(when, datetime) and last[:1] in {"P", "+"}:
                    end = _after(when, last)
                found.append((when, end if isinstance(end, datetime) and isinstance(when, datetime) else None))
        return found[:_MOST_DATES]

    def _when(self, block: Block, name: str) -> When | None:
        parameters, value = block.properties.get(name, [({}, "")])[0]
        return self._moment(parameters, value.strip(), block)

    def _moment(self, parameters: Mapping[str, str], value: str, block: Block) -> When | None:
        moment = _MOMENT.fullmatch(value.upper())
        try:
            form = "%Y%m%dT%H%M" if moment else "%Y%m%d" if len(value) == 8 else ""
            found = datetime.strptime(moment[1] if moment else value, form)  # noqa: DTZ007 - given below
        except ValueError:
            return None
        if not clock.is_within_reach(found):
            return None
        if moment is None:
            return found.date()
        if moment[2]:
            return found.replace(tzinfo=UTC)
        # What names no zone is by the clock of its entry, where that names one.
        name = parameters.get("TZID") or block.parameter("DTSTART", "TZID")
        return found.replace(tzinfo=self._zones.of(name, block.line) if name else self._floating)


def _after(begins: datetime, lasts: str) -> datetime | None:
    """The end after a duration: its days are days by the clock, its hours are hours (RFC 5545 §3.3.6)."""
    found = _DURATION.fullmatch(lasts.upper())
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    day = begins + sign * timedelta(weeks=weeks, days=days)
    exact = sign * timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return (day.astimezone(UTC) + exact).astimezone(begins.tzinfo)
