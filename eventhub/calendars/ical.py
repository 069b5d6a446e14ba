"""iCalendar bytes (RFC 5545, 7986): one VEVENT, and a calendar put together from kept ones.

All here is a function of its arguments: the same data gives the same bytes, without clock or database.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCategory, vDDDTypes, vDuration, vInt, vText, vUri
from icalendar.timezone.tzid import tzid_from_tzinfo

from eventhub.calendars.zones import vtimezone
from eventhub.foundation.i18n import HTML_LANG, Text

REFRESH_INTERVAL = timedelta(hours=1)
NAME_LENGTH = 60  # Longer calendar names are cut in the middle by clients' side bars.
_LONGEST = 74  # octets; with the space before what goes on there are 75
# Line ends of other conventions, which readers that split by them would take for the end of a property.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")


class State(StrEnum):
    """What has become of an entry, as its title and STATUS tell it."""

    CONFIRMED = "confirmed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """How sure a person's own place is."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


STATUS = {State.CONFIRMED: "CONFIRMED", State.POSTPONED: "TENTATIVE", State.CANCELLED: "CANCELLED"}
# Here and not in the catalogue: a kept component must not change with the interface.
PREFIXES = {
    "en": {State.CONFIRMED: "", State.POSTPONED: "[Postponed] ", State.CANCELLED: "[Cancelled] "},
    "zh": {State.CONFIRMED: "", State.POSTPONED: "[延期] ", State.CANCELLED: "[已取消] "},
}

_REVISION = re.compile(rb"(\r\n(?:DTSTAMP|LAST-MODIFIED):)(\d{8}T\d{6}Z)(?=\r\n)")
_SEQUENCE = re.compile(rb"(?<=\r\nSEQUENCE:)\d+(?=\r\n)")
_STAMP = re.compile(rb"(?<=\r\nDTSTAMP:)\d{8}T\d{6}Z(?=\r\n)")
_END = b"END:VEVENT\r\n"
_IN_ADDRESSES = "@!$'*+-._~"  # what RFC 6068 lets stand in the address of a mailto: as it is
_DAYS = re.compile(rb"(?<=\r\n)DTSTART;VALUE=DATE:\d{8}\r\nDTEND;VALUE=DATE:\d{8}\r\n")
_LOCATION = re.compile(rb"(?<=\r\n)LOCATION[:;][^\r]*\r\n(?: [^\r]*\r\n)*")
_CONFERENCE = re.compile(rb"(?<=\r\n)CONFERENCE[:;][^\r]*\r\n(?: [^\r]*\r\n)*")
# Where somebody is who takes part from afar: the page from which one joins. Here, as the prefixes are.
JOINING = {"en": "Take part online", "zh": "线上参会"}
_ONLINE = {"en": "Online: ", "zh": "线上："}


@dataclass(frozen=True)
class Period:
    """From when to when: aware datetimes shown in `zone`, or dates of whole days, the end exclusive."""

    start: datetime | date
    end: datetime | date
    zone: str

    @property
    def is_all_day(self) -> bool:
        """Whether whole days are meant."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True)
class Entry:
    """All that one VEVENT says, to readers of one language."""

    uid: str
    sequence: int
    created: datetime
    last_modified: datetime
    state: State
    period: Period
    language: str
    summary: Text
    url: str
    description: Text | None = None
    location: Text | None = None
    contact: Text | None = None
    categories: tuple[Text, ...] = ()
    conference: str | None = None
    geo: tuple[float, float] | None = None
    colour: str | None = None
    is_frame: bool = False


@dataclass(frozen=True)
class Head:
    """What a calendar says of itself; a personal one names no source, since its address is the key to it."""

    language: str
    name: Text
    url: str
    last_modified: datetime
    zone: str | None
    source: str | None = None
    description: Text | None = None
    colour: str | None = None
    image: str | None = None


@dataclass(frozen=True)
class Component:
    """A kept VEVENT with what its place in a calendar depends on, and what only some forms say besides."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    zone: str | None
    body: bytes
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def is_cancelled(self) -> bool:
        """Whether it is called off, for everybody or for whose it is."""
        return b"\r\nSTATUS:CANCELLED\r\n" in self.body


@dataclass(frozen=True)
class Party:
    """Who invites or is invited: a name, or none, and an address."""

    name: str
    address: str

    def line(self, name: str, *parameters: str) -> str:
        """The property of this name with this person as its value."""
        # A quotation mark would end the name, whatever it is in: RFC 6868 has a way to write it.
        said = plain(self.name).replace("^", "^^").replace("\n", "^n").replace('"', "^'")
        named = [f'CN="{said}"'] if said else []
        return f"{';'.join([name, *named, *parameters])}:mailto:{quote(plain(self.address), safe=_IN_ADDRESSES)}"


class _Text(vText):
    """A text that is escaped as ours are."""

    def to_ical(self) -> bytes:
        """Its bytes."""
        return escaped(self).encode()


def render(entry: Entry) -> bytes:
    """The entry as a folded VEVENT.

    Without ORGANIZER and ATTENDEE, which would make clients mail the organiser; DTSTAMP is the last revision,
    as RFC 5545 §3.8.7.2 has it for a calendar without METHOD. Its lines are written here and not by icalendar, which
    takes ten times as long: a release may write two thousand entries.
    """
    is_busy = entry.state is not State.CANCELLED and not entry.is_frame
    revised = _utc(entry.last_modified)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escaped(entry.uid)}",
        f"DTSTAMP:{revised}",
        f"CREATED:{_utc(entry.created)}",
        f"LAST-MODIFIED:{revised}",
        f"SEQUENCE:{entry.sequence}",
        f"STATUS:{STATUS[entry.state]}",
        "CLASS:PUBLIC",
        f"TRANSP:{'OPAQUE' if is_busy else 'TRANSPARENT'}",
        f"DTSTART{_when(entry.period.start, entry.period.zone)}",
        f"DTEND{_when(entry.period.end, entry.period.zone)}",
        _text_line("SUMMARY", entry.summary, prefix=PREFIXES[entry.language][entry.state]),
        _text_line("DESCRIPTION", entry.description),
        _text_line("LOCATION", entry.location),
        _text_line("CONTACT", entry.contact),
    ]
    # One of nothing but what cannot be written would be none at all to readers of other forms.
    for lang, texts in groupby(filter(plain, entry.categories), key=attrgetter("lang")):
        lines.append(f"CATEGORIES;LANGUAGE={HTML_LANG[lang]}:{','.join(escaped(plain(text)) for text in texts)}")
    if entry.geo:
        lines.append(f"GEO:{entry.geo[0]};{entry.geo[1]}")
    lines.append(f"URL:{_on_one_line(entry.url)}")
    if entry.conference:
        said = f'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="{JOINING[entry.language]}"'
        lines.append(f"{said}:{_on_one_line(entry.conference)}")
    if entry.colour:
        lines.append(f"COLOR:{entry.colour}")
    return folded([*lines, "END:VEVENT"])


def _text_line(name: str, text: Text | None, *, prefix: str = "") -> str:
    return f"{name};LANGUAGE={HTML_LANG[text.lang]}:{escaped(plain(prefix + text))}" if text else ""


def escaped(text: str) -> str:
    """A text as RFC 5545 §3.3.11 writes it; icalendar makes a line end of a backslash and an N."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _on_one_line(url: str) -> str:
    return plain(url).replace("\n", "")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


@cache
def _is_utc(zone: str) -> bool:
    """Whether a zone is UTC by another name, and always was."""
    return tzid_from_tzinfo(ZoneInfo(zone)) == "UTC"


def _when(when: datetime | date, zone: str) -> str:
    """A moment or a day as DTSTART and DTEND have it, with the parameter that says which."""
    written = _written(when, zone)
    if not isinstance(written, datetime):
        return f";VALUE=DATE:{written:%Y%m%d}"
    if written.tzinfo is UTC or _is_utc(zone):
        return f":{written:%Y%m%dT%H%M%SZ}"
    return f";TZID={zone}:{written:%Y%m%dT%H%M%S}"


def folded(lines: Iterable[str]) -> bytes:
    """Lines as icalendar itself folds them; it goes through them letter by letter, which takes ten times as long."""
    return b"".join(_fold(line.encode()) for line in lines if line)


def with_more(body: bytes, lines: Iterable[str]) -> bytes:
    """A kept VEVENT with these lines before its end."""
    return body.removesuffix(_END) + folded(lines) + _END


def _fold(line: bytes) -> bytes:
    begin, parts = 0, []
    while len(line) - begin > _LONGEST:
        end = begin + _LONGEST
        while line[end] & 0xC0 == 0x80:  # in the middle of a letter
            end -= 1
        if line[end - 1] in b"\\^" and end > begin + 1:  # in the middle of what it escapes
            end -= 1
        parts.append(line[begin:end])
        begin = end
    return b"%s\r\n" % b"\r\n ".join((*parts, line[begin:]))


def _read(body: bytes) -> Event:
    """A kept VEVENT, whose texts are written again as they were."""
    event = cast(Event, Event.from_ical(body))
    for name, value in list(event.items()):
        if isinstance(value, vText):
            event[name] = _Text(str(value), params=value.params)
        for category in value if isinstance(value, list) else [value]:
            if isinstance(category, vCategory):
                category.cats = [_Text(one) for one in category.cats]
    return event


def marked(body: bytes, language: str, state: State, sequence: int, revised: datetime) -> bytes:
    """A kept VEVENT whose thing is gone, in another state: nothing else is known of it any more."""
    event = _read(body)
    summary = str(event["summary"])
    for prefix in filter(None, PREFIXES[language].values()):
        summary = summary.removeprefix(prefix)
    fresh = {
        "summary": PREFIXES[language][state] + summary,
        "status": STATUS[state],
        "transp": "TRANSPARENT" if state is State.CANCELLED else str(event["transp"]),
    }
    for name, value in fresh.items():
        parameters = event[name].params
        event[name] = _Text(value, params=parameters)
    event["sequence"] = vInt(sequence)
    for name in ("dtstamp", "last-modified"):
        event[name] = vDDDTypes(revised.astimezone(UTC))
    return bytes(event.to_ical(sorted=False))


def personal(
    body: bytes, language: str, standing: Standing, since: datetime, *, revision: int = 0, mode: str = ""
) -> bytes:
    """A kept VEVENT as it is for one person, whose place has had this standing since then.

    Who has no place any more sees it called off, in its title too: a calendar may look at nothing else. `revision`, how
    often they were told another thing than before, is added to the sequence. By `mode`, who is online is not sent to
    a venue, nor who comes asked to join. No text holds a line of its own: only properties that are meant are changed.
    """
    if revision:
        body = _SEQUENCE.sub(lambda found: b"%d" % (int(found[0]) + revision), body, count=1)
    if standing is Standing.CANCELLED:
        event = _read(body)
        body = marked(body, language, State.CANCELLED, int(str(event["sequence"])), max(since, event.last_modified))
    if mode == "online":
        body = _LOCATION.sub(lambda _: _online(body, language), body, count=1)
    elif mode == "in_person":
        body = _CONFERENCE.sub(b"", body, count=1)
    body = body.replace(b"\r\nCLASS:PUBLIC\r\n", b"\r\nCLASS:PRIVATE\r\n", 1)
    if standing is Standing.WAITING:
        body = body.replace(b"\r\nSTATUS:CONFIRMED\r\n", b"\r\nSTATUS:TENTATIVE\r\n", 1)
    return _REVISION.sub(
        lambda found: found[1] + max(found[2], f"{since.astimezone(UTC):%Y%m%dT%H%M%SZ}".encode()), body
    )


def with_hours(component: Component) -> Component:
    """An entry of whole days with the hours of its one day: for where it stands without its event's sessions.

    Beside them it is a frame that takes up no time; alone it is all that says when to come.
    """
    if "hours" not in component.extras:
        return component
    first, last, zone = component.extras["hours"]
    starts, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    lines = folded([f"DTSTART{_when(starts, zone)}", f"DTEND{_when(ends, zone)}"])
    body = _DAYS.sub(lambda _: lines, component.body, count=1)
    if not component.is_cancelled:
        body = body.replace(b"\r\nTRANSP:TRANSPARENT\r\n", b"\r\nTRANSP:OPAQUE\r\n", 1)
    return replace(component, starts_at=starts.astimezone(UTC), ends_at=ends.astimezone(UTC), zone=zone, body=body)


def _online(body: bytes, language: str) -> bytes:
    url = str(Event.from_ical(body)["url"])
    return folded([_text_line("LOCATION", Text.of(_ONLINE[language] + url, language))])


def addressed(body: bytes, sequence: int, made_at: datetime, organizer: Party, attendee: Party, *answer: str) -> bytes:
    """A kept VEVENT as an invitation of one person, or the end of it, says it (RFC 5546 §3.2.2 and §3.2.5).

    Its DTSTAMP is when the message was made, and the attendee is nobody but its recipient; `answer` are the parameters
    that say how the attendee's answer stands.
    """
    body = _SEQUENCE.sub(b"%d" % sequence, body, count=1)
    body = _STAMP.sub(_utc(made_at).encode(), body, count=1)
    who = attendee.line("ATTENDEE", "CUTYPE=INDIVIDUAL", "ROLE=REQ-PARTICIPANT", *answer)
    return with_more(body, [organizer.line("ORGANIZER"), who])


def publication(language: str, components: Iterable[Component], method: str = "PUBLISH") -> bytes:
    """Kept components as a file to be imported once (METHOD:PUBLISH), as letters carry it; nobody need answer it.

    With another method it is a message of iTIP, whose component is `addressed`.
    """
    calendar = _calendar(language)
    calendar.add("method", method)
    return _with(calendar, sorted(components, key=_order))


def assemble(
    head: Head, components: Iterable[Component], dress: Callable[[bytes, Sequence[str]], bytes] | None = None
) -> bytes:
    """A whole VCALENDAR of kept components, ordered by start and UID, after the zones they use.

    `dress` rewrites the calendar's own lines for some readers, knowing these zones.

    Without METHOD, which would oblige every entry to name an organiser, and without UID, by which vdirsyncer
    would take the whole calendar for one entry. An empty one holds its zone, since RFC 5545 §3.6 asks for a
    component.
    """
    ordered = sorted(components, key=_order)
    empty = [] if ordered else [vtimezone(head.zone or "Etc/UTC", head.last_modified, head.last_modified)]
    return _with(_headed(head), ordered, *empty, dress=dress)


def plain(text: str) -> str:
    """The text without what no calendar line can carry: control characters, foreign line ends, surrogates."""
    return _UNWRITABLE.sub("", _LINE_ENDS.sub("\n", text))


def _written(when: datetime | date, zone: str) -> datetime | date:
    if not isinstance(when, datetime):
        return when
    local = when.astimezone(ZoneInfo(zone))
    # Of two equal hours in autumn the second has no form with TZID, and readers differ about which the first is.
    is_twofold = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return when.astimezone(UTC) if is_twofold else local


def _language(lang: str) -> dict[str, str]:
    return {"LANGUAGE": HTML_LANG[lang]}


def _order(component: Component) -> tuple[datetime, str]:
    return component.starts_at, component.uid


def _with(
    calendar: Calendar,
    components: Sequence[Component],
    *zones: bytes,
    dress: Callable[[bytes, Sequence[str]], bytes] | None = None,
) -> bytes:
    """The calendar's bytes with the components in them, and before these the zones they use."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for component in components:
        if component.zone:
            first, last = spans.get(component.zone, (component.starts_at, component.ends_at))
            spans[component.zone] = (first, max(last, component.ends_at))
    used = [vtimezone(zone, *spans[zone]) for zone in sorted(spans)]
    closing = b"END:VCALENDAR\r\n"
    opening = calendar.to_ical(sorted=False).removesuffix(closing)
    if dress is not None:
        opening = dress(opening, sorted(spans))
    return b"".join([opening, *zones, *used, *(component.body for component in components), closing])


def _calendar(language: str) -> Calendar:
    calendar = Calendar()  # Calendar.new() would add a random UID.
    calendar.add("version", "2.0")
    # Without a release number, which would change every feed at every deployment.
    calendar.add("prodid", f"-//eventhub//calendar//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _headed(head: Head) -> Calendar:
    calendar = _calendar(head.language)
    name = plain(head.name).replace("\n", " ")
    if len(name) > NAME_LENGTH:
        name = name[: NAME_LENGTH - 1].rstrip() + "…"
    calendar.add("name", _Text(name), parameters=_language(head.name.lang))
    calendar.add("x-wr-calname", _Text(name))
    if head.description:
        description = _Text(plain(head.description))
        calendar.add("description", description, parameters=_language(head.description.lang))
        calendar.add("x-wr-caldesc", description)
    if head.zone:
        calendar.add("x-wr-timezone", vText(head.zone))
    # icalendar's own properties leave out VALUE, which RFC 7986 §5.7 and §5.8 demand.
    calendar.add("refresh-interval", vDuration(REFRESH_INTERVAL), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_INTERVAL))
    if head.source:
        calendar.add("source", vUri(head.source), parameters={"VALUE": "URI"})
    calendar.add("url", vUri(head.url))
    if head.colour:
        calendar.add("color", vText(head.colour))
    if head.image:
        calendar.add(
            "image", vUri(head.image), parameters={"VALUE": "URI", "DISPLAY": "BADGE", "FMTTYPE": "image/jpeg"}
        )
    calendar.add("last-modified", head.last_modified.astimezone(UTC))
    return calendar
