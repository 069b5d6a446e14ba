"""A calendar as JSCalendar (RFC 8984): one Group whose entries speak all languages at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from eventhub.calendars.ical import Component, Head
from eventhub.calendars.jcal import extended
from eventhub.calendars.lines import Block, Line, nested
from eventhub.foundation.i18n import HTML_LANG

PRODID = "-//eventhub//calendar"
_STATES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled"}


def group(head: Head, components: Mapping[str, Sequence[Component]]) -> bytes:
    """A calendar's Group: what each entry says in the head's language, and beside it in the others.

    `components` are the same entries in each language.
    """
    others = {
        lang: {component.uid: component for component in found}
        for lang, found in components.items()
        if lang != head.language
    }
    entries = [
        _entry(
            component,
            head.language,
            {lang: found[component.uid] for lang, found in others.items() if component.uid in found},
        )
        for component in sorted(components[head.language], key=lambda one: (one.starts_at, one.uid))
    ]
    said = {
        "@type": "Group",
        # Its own address is what a calendar is known by, whichever its language.
        "uid": str(uuid5(NAMESPACE_URL, head.url)),
        "prodId": PRODID,
        "updated": _utc(head.last_modified),
        "title": str(head.name),
        "locale": HTML_LANG[head.language],
        "color": head.colour,
        "source": head.source,
        "links": {"1": {"@type": "Link", "href": head.url, "rel": "alternate"}},
        "entries": entries,
    }
    return json.dumps(_without_nothing(said), ensure_ascii=False, separators=(",", ":")).encode()


def _entry(component: Component, lang: str, others: Mapping[str, Component]) -> dict[str, Any]:
    block = nested(component.body)
    said = {line.name: line for line in block.lines}
    state = said["STATUS"].value
    translations = {HTML_LANG[other]: _translation(component, block, found, other) for other, found in others.items()}
    return _without_nothing(
        {
            "@type": "Event",
            "uid": component.uid,
            "prodId": PRODID,
            "created": extended(said["CREATED"].value),
            "updated": extended(said["LAST-MODIFIED"].value),
            "sequence": int(said["SEQUENCE"].value),
            **_when(said["DTSTART"], said["DTEND"], component.zone),
            "title": said["SUMMARY"].text,
            "description": said["DESCRIPTION"].text if "DESCRIPTION" in said else None,
            "locale": HTML_LANG[lang],
            "status": _STATES[state],
            "freeBusyStatus": "busy" if said["TRANSP"].value == "OPAQUE" else "free",
            "privacy": said["CLASS"].value.lower(),
            "color": said["COLOR"].value if "COLOR" in said else None,
            "keywords": _keywords(block),
            "links": {"1": {"@type": "Link", "href": said["URL"].value, "rel": "alternate"}},
            "locations": _locations(component, said.get("LOCATION")),
            "virtualLocations": _virtual(said.get("CONFERENCE")),
            "participants": _participants(component),
            "localizations": translations,
        }
    )


def _when(starts: Line, ends: Line, zone: str | None) -> dict[str, Any]:
    """The wall clock of its start with its zone, and how long it lasts: never an end."""
    if starts.parameters.get("VALUE") == ["DATE"]:
        first, last = _day(starts.value), _day(ends.value)
        return {
            "start": f"{first.isoformat()}T00:00:00",
            "duration": f"P{(last - first).days}D",
            "showWithoutTime": True,
        }
    begin, end = _instant(starts), _instant(ends)
    # Of two equal hours in autumn only UTC tells which is meant, as in the other forms.
    is_utc = starts.value.endswith("Z")
    return {
        "start": extended(starts.value).removesuffix("Z"),
        "timeZone": "Etc/UTC" if is_utc else starts.parameters["TZID"][0],
        "duration": _duration(end - begin),
    }


def _day(value: str) -> date:
    return date.fromisoformat(extended(value))


def _instant(line: Line) -> datetime:
    told = datetime.fromisoformat(extended(line.value).removesuffix("Z"))
    zone = line.parameters.get("TZID")
    return told.replace(tzinfo=ZoneInfo(zone[0]) if zone else UTC).astimezone(UTC)


def _duration(length: timedelta) -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number]
    return "PT" + ("".join(parts) or "0S")


def _keywords(block: Block) -> dict[str, bool]:
    return {text: True for line in block.lines if line.name == "CATEGORIES" for text in line.texts}


def _locations(component: Component, line: Line | None) -> dict[str, Any]:
    if not component.extras.get("place") or line is None:
        return {}
    return {"1": {"@type": "Location", "name": line.text}}


def _virtual(line: Line | None) -> dict[str, Any]:
    if line is None:
        return {}
    features = {feature.lower(): True for feature in line.parameters.get("FEATURE", ())}
    label = line.parameters.get("LABEL", [""])[0]
    return {"1": {"@type": "VirtualLocation", "name": label, "uri": line.value, "features": features}}


def _participants(component: Component) -> dict[str, Any]:
    return {
        person["id"]: _without_nothing(
            {
                "@type": "Participant",
                "name": person["name"],
                "description": person["word"],
                "kind": "individual",
                # Of the roles that the standard knows, one is that of whoever leads.
                "roles": {"attendee": True, **({"chair": True} if person["role"] == "moderator" else {})},
                "links": {"1": {"@type": "Link", "href": person["page"]}} if person.get("page") else {},
            }
        )
        for person in component.extras.get("people", ())
    }


def _translation(component: Component, block: Block, other: Component, lang: str) -> dict[str, Any]:
    """What is said otherwise in another language, as a patch (§4.6.1)."""
    theirs = nested(other.body)
    said = {line.name: line for line in theirs.lines}
    patch: dict[str, Any] = {
        "title": said["SUMMARY"].text,
        "description": said["DESCRIPTION"].text if "DESCRIPTION" in said else None,
        "keywords": _keywords(theirs),
        "links/1/href": said["URL"].value,
    }
    for name, places in (
        ("locations", _locations(other, said.get("LOCATION"))),
        ("virtualLocations", _virtual(said.get("CONFERENCE"))),
    ):
        if places and block.find("LOCATION" if name == "locations" else "CONFERENCE"):
            patch[f"{name}/1/name"] = places["1"]["name"]
    known = {person["id"] for person in component.extras.get("people", ())}
    for person in other.extras.get("people", ()):
        if person["id"] in known:
            patch[f"participants/{person['id']}/name"] = person["name"]
            patch[f"participants/{person['id']}/description"] = person["word"]
    return _without_nothing(patch)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_nothing(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, "", {})}
