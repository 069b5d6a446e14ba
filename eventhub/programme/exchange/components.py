"""A calendar taken apart into the components that count, however its lines are written (RFC 5545 §3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext

from eventhub.foundation.errors import Unreadable

from .entries import Notes, clean, too_many

_LONGEST_NAME = 2000  # of a property with its parameters
_MOST_DEPTH = 8
_MOST_ZONES = 50
_MOST_OTHERS, _LONGEST_OTHER = 20, 300  # properties of one entry that nobody here understands, and characters of each
_PROPERTY = re.compile(r'([A-Za-z0-9-]+)((?:;(?:[^":]|"[^"]*")*)?):')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;]*)')
_WANTED = {
    "UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "SEQUENCE", "DTSTAMP",
    "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "TZID",
}  # fmt: skip


@dataclass(slots=True)
class Block:
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

    def parameter(self, name: str, parameter: str) -> str:
        """A parameter of a property, or nothing."""
        return self.properties.get(name, [({}, "")])[0][0].get(parameter, "")

    @property
    def repeats(self) -> bool:
        """Whether it is a series."""
        return bool({"RRULE", "RDATE"} & self.properties.keys())

    @property
    def age(self) -> tuple[int, str]:
        """What tells the newer of two versions: SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5)."""
        sequence, stamp = self.plain("SEQUENCE"), self.plain("DTSTAMP")
        return (
            int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
            stamp if re.fullmatch(r"\d{8}T\d{6}Z?", stamp) else "",
        )


class Components:
    """The entries of a calendar, the zones that it describes, and the properties at its head."""

    def __init__(self, data: bytes, notes: Notes) -> None:
        self.events: list[Block] = []
        self.zones: dict[str, Block] = {}
        self.head: dict[str, str] = {}
        path: list[str] = []
        block: Block | None = None
        for number, line in _lines(data, notes):
            name, parameters, value = _property(line)
            if name == "BEGIN":
                path.append(value.strip().upper())
                if len(path) > _MOST_DEPTH:
                    raise Unreadable(gettext("The file is nested too deeply to be a calendar."))
                if len(path) == 2:
                    block = Block(number)
            if block is not None and path[1:2] == ["VTIMEZONE"]:
                block.lines.append(line[:_LONGEST_NAME])
            if name == "END":
                if len(path) == 2 and block is not None:
                    self._keep(path[1], block)
                    block = None
                path = path[:-1]
            elif block is not None and len(path) == 2 and name in _WANTED:
                block.properties.setdefault(name, []).append((parameters, value))
            elif block is not None and len(path) == 2:
                block.keep_other(name, line)
            elif len(path) == 1 and name in {"METHOD", "X-WR-TIMEZONE"}:
                self.head[name] = value.strip()
        if path:
            # Half a calendar would look like a shorter one, of which the rest was taken out.
            notes.add(block.line if block else 0, "cut_off", f"END:{path[-1]}")

    def _keep(self, name: str, block: Block) -> None:
        if name == "VEVENT":
            self.events.append(block)
            too_many(len(self.events))
        elif name == "VTIMEZONE" and len(self.zones) < _MOST_ZONES:
            self.zones.setdefault(block.plain("TZID"), block)


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


def _property(line: str) -> tuple[str, dict[str, str], str]:
    found = _PROPERTY.match(line[:_LONGEST_NAME])
    if found is None:
        return "", {}, ""
    parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])}
    return found[1].upper(), parameters, line[found.end() :]
