"""A calendar as jCal (RFC 7265): the same lines as JSON, each with the type of its value."""

from __future__ import annotations

import json
import re
from typing import Any

from eventhub.calendars.lines import Block, Line, nested, unescaped

_TEXTS = (
    "version prodid calscale method name description summary location contact categories comment class transp status "
    "uid tzid tzname action color participant-type location-type styled-description"
)
# The types that the properties have by themselves (RFC 5545, 7986 and 9073); another is said by VALUE.
_TYPES = {
    **dict.fromkeys(_TEXTS.split(), "text"),
    **dict.fromkeys(["dtstamp", "created", "last-modified", "dtstart", "dtend"], "date-time"),
    **dict.fromkeys(["url", "source", "conference", "image", "structured-data"], "uri"),
    **dict.fromkeys(["refresh-interval", "trigger"], "duration"),
    **dict.fromkeys(["tzoffsetfrom", "tzoffsetto"], "utc-offset"),
    "sequence": "integer",
    "geo": "float",
    "rrule": "recur",
}
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)(\d\d)?")


def jcal(body: bytes) -> bytes:
    """The calendar of these bytes as `application/calendar+json`."""
    return json.dumps(_component(nested(body)), ensure_ascii=False, separators=(",", ":")).encode()


def _component(block: Block) -> list[Any]:
    return [block.name.lower(), [_property(line) for line in block.lines], [_component(one) for one in block.blocks]]


def _property(line: Line) -> list[Any]:
    name = line.name.lower()
    told = {parameter.lower(): values[0] if len(values) == 1 else values for parameter, values in _told(line)}
    # Of what no standard knows, nobody can say what it is: its value stands as it was written (§5.1).
    kind = line.parameters.get("VALUE", [_TYPES.get(name, "unknown")])[0].lower()
    return [name, told, kind, *_values(name, kind, line)]


def _told(line: Line) -> list[tuple[str, list[str]]]:
    return [(name, values) for name, values in line.parameters.items() if name != "VALUE"]


def _values(name: str, kind: str, line: Line) -> list[Any]:
    value = line.value
    if name == "categories":
        return list(line.texts)
    if name == "geo":
        return [[float(part) for part in value.split(";")]]
    if kind == "integer":
        return [int(value)]
    if kind == "text":
        return [unescaped(value)]
    if kind in {"date", "date-time"}:
        return [extended(value)]
    if kind == "utc-offset":
        return [_OFFSET.sub(lambda found: ":".join(filter(None, found.groups())), value)]
    if kind == "recur":
        return [_recur(value)]
    return [value]


def _recur(value: str) -> dict[str, Any]:
    parts = (part.split("=", 1) for part in value.split(";"))
    return {name.lower(): int(told) if told.lstrip("-").isdigit() else told for name, told in parts}


def extended(stamp: str) -> str:
    """A date or a moment with the marks between its parts that JSON's forms have."""
    found = _STAMP.fullmatch(stamp)
    assert found, "not a stamp of ours"
    year, month, day, hour, minute, second, utc = found.groups()
    date = f"{year}-{month}-{day}"
    return date if hour is None else f"{date}T{hour}:{minute}:{second}{utc}"
