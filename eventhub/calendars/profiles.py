"""A feed in the words of one kind of reader, made from what is kept for all: the same data gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from eventhub.calendars.ical import Component, escaped, folded, plain, with_more
from eventhub.calendars.lines import Line, read
from eventhub.foundation.i18n import HTML_LANG


class Profile(StrEnum):
    """For whom a feed is written."""

    STANDARD = "standard"
    # Importers that refuse a whole file for one property which they do not know, as those of some phones.
    PHONE = "phone"
    # ReliefWeb Response, which cuts a text at two percent signs and loses a title that says its language.
    RELIEFWEB = "reliefweb"
    # Readers that know RFC 9073: who speaks, where it is and the text with its marks, each apart.
    RICH = "rich"


# What RFC 5545 itself has, and the three names that every reader knows for a calendar.
_ON_PHONES = frozenset(
    {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "X-WR-CALDESC", "X-WR-TIMEZONE",
        "UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "CLASS", "TRANSP", "DTSTART", "DTEND",
        "SUMMARY", "DESCRIPTION", "LOCATION", "CONTACT", "CATEGORIES", "GEO", "URL", "ACTION", "TRIGGER",
    }
)  # fmt: skip
_OF_HEADS_ALONE = frozenset({"LAST-MODIFIED", "URL"})


def head(opening: bytes, profile: Profile, zones: Sequence[str]) -> bytes:
    """A calendar's own lines as a profile has them; `zones` are those that its entries use."""
    if profile in {Profile.STANDARD, Profile.RICH}:
        return opening
    lines = read(opening)
    if profile is Profile.PHONE:
        lines = [line for line in lines if line.name in _ON_PHONES - _OF_HEADS_ALONE]
    elif all(line.name != "X-WR-TIMEZONE" for line in lines):
        # Without this line, that parser takes a calendar whose hours are in UTC for an error.
        lines.append(Line("X-WR-TIMEZONE", {}, zones[0] if zones else "UTC"))
    return folded(_dressed(lines, profile))


def entries(components: Iterable[Component], profile: Profile, lang: str) -> list[Component]:
    """The entries as a profile has them."""
    if profile is Profile.STANDARD:
        return list(components)
    if profile is Profile.RICH:
        return [replace(one, body=_enriched(one, lang)) for one in components]
    if profile is Profile.RELIEFWEB:
        # Its readers see no STATUS, and would come.
        components = [one for one in components if not one.is_cancelled]
    return [replace(one, body=folded(_dressed(read(one.body), profile))) for one in components]


def _dressed(lines: Iterable[Line], profile: Profile) -> Iterator[str]:
    for line in lines:
        if profile is Profile.PHONE:
            if line.name in _ON_PHONES:
                yield Line(
                    line.name, {n: v for n, v in line.parameters.items() if n in {"TZID", "VALUE"}}, line.value
                ).written()
        else:
            bare = line.without("LANGUAGE")
            yield Line(bare.name, bare.parameters, _apart(bare.value)).written()


def _apart(value: str) -> str:
    while "%%" in value:
        value = value.replace("%%", "% %")
    return value


def _enriched(component: Component, lang: str) -> bytes:
    """An entry with what RFC 9073 adds: §6.5 the text with its marks, §6.6 data, §7.1 who speaks, §7.2 where."""
    extras, language = component.extras, HTML_LANG[lang]
    said = {line.name: line for line in read(component.body)}
    added = []
    if html := extras.get("html"):
        added.append(f"STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html;LANGUAGE={language}:{_text(html)}")
    data = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": said["SUMMARY"].text,
        "startDate": component.starts_at.isoformat(),
        "endDate": component.ends_at.isoformat(),
        "url": said["URL"].value,
    }
    added.append(
        'STRUCTURED-DATA;VALUE=TEXT;FMTTYPE=application/ld+json;SCHEMA="https://schema.org/Event":'
        + _text(json.dumps(data, ensure_ascii=False))
    )
    # A name for each part, beneath the entry's own: it stays theirs in every revision.
    own, _, domain = component.uid.rpartition("@")
    for person in extras.get("people", ()):
        added += [
            "BEGIN:PARTICIPANT",
            f"UID:participant-{person['id']}@{domain}",
            "PARTICIPANT-TYPE:SPEAKER",
            f"NAME;LANGUAGE={language}:{_text(person['name'])}",
            f"DESCRIPTION;LANGUAGE={language}:{_text(person['word'])}",
        ]
        if page := person.get("page"):
            added.append(f"URL:{plain(page)}")
        if photo := person.get("photo"):
            added.append(f"IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/jpeg:{plain(photo)}")
        added.append("END:PARTICIPANT")
    place = extras.get("place") or {}
    for part, kind in (("room", "room"), ("name", "building")):
        if place.get(part):
            added += ["BEGIN:VLOCATION", f"UID:{part}-{own}@{domain}", f"NAME;LANGUAGE={language}:{_text(place[part])}"]
            if part == "name" and place.get("address"):
                added.append(f"DESCRIPTION;LANGUAGE={language}:{_text(place['address'])}")
            added += [f"LOCATION-TYPE:{kind}", "END:VLOCATION"]
    return with_more(component.body, added)


def _text(text: str) -> str:
    return escaped(plain(text))
