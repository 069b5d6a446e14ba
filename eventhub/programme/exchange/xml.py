"""`schedule.xml`: written from the same document as the JSON, and read into the same shape."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any
from xml.sax import ContentHandler, SAXException
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml.sax
from defusedxml import DefusedXmlException
from flask_babel import gettext

from eventhub.foundation.errors import Unreadable

from .entries import too_many
from .extras import Values, object_in

PROCESSOR = "eventhub"  # to whom the processing instructions are addressed
MOST_DEPTH = 12  # schedule, day, room, event, persons, person: half of it would do
# What XML 1.0 §2.2 lets no document hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIELDS = (
    "date", "start", "duration", "room", "slug", "url", "title", "subtitle", "track", "type", "language", "abstract",
    "description",
)  # fmt: skip


def written(document: Values) -> str:
    """A programme's document as XML.

    The conference comes first: Giggity tells the format by its first thousand letters. By `day_change` a day begins
    at midnight, where Giggity would otherwise move what begins before six to the day after.
    """
    schedule = document["schedule"]
    conference, own = schedule["conference"], schedule["eventhub"]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<schedule>",
        f"<generator{_attributes(document['generator'])}/>",
        _element("version", schedule["version"]),
        "<conference>",
        *(_element(name, conference[name]) for name in ("acronym", "title", "start", "end")),
        _element("days", conference["daysCount"]),
        _element("day_change", "00:00"),
        _element("timeslot_duration", conference["timeslot_duration"]),
        _element("base_url", schedule["base_url"]),
        _element("time_zone_name", conference["time_zone_name"]),
        "</conference>",
        _instruction({"rooms": own["rooms"], "tracks": own["tracks"]}),
    ]
    guids = {room["name"]: room["guid"] for room in reversed(conference["rooms"])}
    for day in conference["days"]:
        frame = {"index": day["index"], "date": day["date"], "start": day["day_start"], "end": day["day_end"]}
        lines.append(f"<day{_attributes(frame)}>")
        for name, events in day["rooms"].items():
            lines.append(f"<room{_attributes({'name': name, 'guid': guids.get(name)})}>")
            for event in events:
                lines += _event(event, own["sessions"][event["guid"]])
            lines.append("</room>")
        lines.append("</day>")
    lines.append("</schedule>\n")
    return "\n".join(lines)


def _event(event: Values, own: Values) -> list[str]:
    return [
        f"<event{_attributes({'guid': event['guid'], 'id': event['id']})}>",
        *(_element(name, event[name]) for name in _FIELDS),
        "<recording>",
        _element("license", event["recording_license"]),
        _element("optout", event["do_not_record"] or "false"),
        "</recording>",
        "<persons>",
        *(
            _element("person", person["public_name"], {key: person[key] for key in ("id", "guid", "role", "mode")})
            for person in event["persons"]
        ),
        "</persons>",
        "<links/>",
        "<attachments/>",
        _instruction(own),
        "</event>",
    ]


def _element(name: str, text: object, attributes: Values | None = None) -> str:
    return f"<{name}{_attributes(attributes or {})}>{escape(_FORBIDDEN.sub('', str(text)))}</{name}>"


def _attributes(values: Values) -> str:
    told = ((key, value) for key, value in values.items() if value is not None)
    return "".join(f" {key}={quoteattr(_FORBIDDEN.sub('', str(value)))}" for key, value in told)


def _instruction(own: Values) -> str:
    """An object as a processing instruction, in which nothing looks like its end, like markup or like a quotation."""
    told = json.dumps(own, ensure_ascii=False, separators=(",", ":"))
    told = re.sub(r"\\(.)", lambda found: r"\u0022" if found[1] == '"' else found[0], told)
    told = _FORBIDDEN.sub(_escaped, re.sub("[<>&']", _escaped, told))
    return f"<?{PROCESSOR} {told}?>"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


# What frab says of the recording, by the names that it has in JSON.
_RECORDING = {"license": "recording_license", "optout": "do_not_record"}

# --- reading -----------------------------------------------------------------------------------------------


class _Schedule(ContentHandler):
    """Gathers the events of a schedule while it is read, each with the line on which it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.is_schedule = False
        self.conference: Values = {}
        self.own: Values = {}
        self.events: list[Values] = []
        self._path: list[str] = []
        self._day: Values = {}
        self._room: Values = {}
        self._event: Values | None = None
        self._text: list[str] = []
        self._field = 0  # at which depth the field lies that is being read
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the reader calls it so
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the reader calls it so
        self._path.append(name)
        if len(self._path) > MOST_DEPTH:
            raise Unreadable(gettext("The file is nested too deeply to be a schedule."))
        if self._field:
            return  # markup inside a text, of which the words are read
        self._text = []
        above = self._path[-2:-1]
        if self._event is not None and (
            (above == ["event"] and name in _FIELDS) or (above == ["recording"] and name in _RECORDING)
        ):
            self._field = len(self._path)
        elif len(self._path) == 1:
            self.is_schedule = name == "schedule"
        elif name == "day":
            self._day = dict(attrs)
        elif name == "room":
            self._room = dict(attrs)
        elif name == "event":
            too_many(len(self.events) + 1)
            line = (self._locator.getLineNumber() if self._locator else None) or 0
            self._event = {"line": line, "persons": [], "day": self._day.get("date", ""), **_ids(attrs)}
            self._event |= {"room_name": self._room.get("name", ""), "room_guid": self._room.get("guid", "")}
        elif name == "person" and self._event is not None:
            self._event["persons"].append({key: attrs[key] for key in ("guid", "role", "mode") if key in attrs})

    def characters(self, content: str) -> None:
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - the reader calls it so
        depth = len(self._path)
        self._path.pop()
        if self._field and depth > self._field:
            self._text.append(" ")
            return
        text, self._text, self._field = "".join(self._text), [], 0
        if self._event is None:
            if self._path[-1:] == ["conference"]:
                self.conference.setdefault(name, text.strip())
        elif name == "event":
            self.events.append(self._event)
            self._event = None
        elif name == "person" and self._event["persons"]:
            self._event["persons"][-1]["public_name"] = text
        elif name in _RECORDING and self._path[-1:] == ["recording"]:
            self._event[_RECORDING[name]] = text
        elif name in _FIELDS:
            self._event[name] = text

    def processingInstruction(self, target: str, data: str) -> None:  # noqa: N802 - the reader calls it so
        if target != PROCESSOR:
            return
        try:
            told = object_in(json.loads(data))
        except (ValueError, RecursionError):
            return
        if self._event is not None:
            self._event["own"] = told
        elif not self.own:
            self.own = told


def _ids(attrs: AttributesImpl) -> Values:
    return {key: attrs[key] for key in ("id", "guid") if key in attrs}


def read(data: bytes) -> Values | None:
    """The events of a `schedule.xml`, with its conference; none where it is some other XML.

    Raises Unreadable where it is no XML, or wants more than a schedule may: a document type, entities, another file.
    """
    handler: Any = _Schedule()
    try:
        defusedxml.sax.parse(BytesIO(data), handler, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(gettext("The file has a document type or entities, which no schedule needs.")) from error
    except (SAXException, ValueError, LookupError) as error:
        line = getattr(error, "getLineNumber", lambda: None)()
        where = gettext("line %(line)s", line=line) if line else gettext("its encoding")
        raise Unreadable(gettext("The file is not well-formed XML: %(where)s.", where=where)) from error
    if not handler.is_schedule:
        return None
    return {"conference": handler.conference, "eventhub": handler.own, "events": handler.events}
