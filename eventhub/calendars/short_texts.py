"""An event in a few lines, for groups in which people pass things on as text: what, when, where, and the link.

Each text is in the language that is asked for, whatever the page's is: who copies it chooses for those who read it
there. It says where and when in the words of the pages. Titles that have no translation stand as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select

from eventhub.calendars.faces import MARKS, page_of
from eventhub.calendars.ical import PREFIXES, State
from eventhub.events.models import Event, Series
from eventhub.events.queries import is_listed
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.i18n import format_clock, format_moment, writing_in, zone_label
from eventhub.people.models import Person
from eventhub.programme.public import PublicSession, list_parts

BEIJING = "Asia/Shanghai"
# Marks by which what follows is written from the other side, until another one ends that.
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MOST = 5  # of a series or a person: what comes next


def of_event(event: Event, lang: str) -> str:
    """The event's title, from when to when with weekdays in the zone of its venue, the place, and its page."""
    page = page_of(lang, f"events/{event.slug}")
    with writing_in(lang):
        lines = [
            _mark(event, lang) + event.title.in_(lang),
            *_when(event.starts_at, event.known_end(), event.zone, lang),
            _line(gettext("Where"), _place(event, lang)),
            _line(gettext("Organiser"), event.organisation.name.in_(lang)),
        ]
        if event.registration_state() == "open":
            lines.append(_line(gettext("Registration"), f"{page}register/"))
        return _joined([*lines, _line(gettext("Details"), page)])


def of_session(event: Event, session: PublicSession, lang: str) -> str:
    """A session in the same lines, with the event it is part of; no place where its page names none."""
    with writing_in(lang):
        place = _place_of_session(event, session, lang)
        return _joined(
            [
                _mark(event, lang, is_cancelled=session.is_cancelled) + session.title.in_(lang),
                _line(gettext("Event"), event.title.in_(lang)),
                *_when(session.starts_at, session.ends_at, event.zone, lang),
                *([_line(gettext("Where"), place)] if place else []),
                _line(gettext("Details"), page_of(lang, f"events/{event.slug}/sessions/{session.slug}")),
            ]
        )


def of_series(series: Series, lang: str) -> str:
    """A series with the next of its events that everybody may know of."""
    query = select(Event).where(Event.series_id == series.id, is_listed(), Event.starts_at > clock.now())
    coming = db.session.scalars(query.order_by(Event.starts_at, Event.id).limit(MOST)).all()
    with writing_in(lang):
        return _joined(
            [
                str(series.title.in_(lang)),
                *(
                    _line(
                        _span(event.starts_at, event.known_end(), event.zone, lang),
                        _mark(event, lang) + event.title.in_(lang) + MARKS[lang][3] % _short_place(event, lang),
                    )
                    for event in coming
                    if event.starts_at
                ),
                _line(gettext("Details"), page_of(lang, f"series/{series.slug}")),
            ]
        )


def of_person(person: Person, lang: str) -> str:
    """Somebody who speaks in public, with the next of their sessions."""
    coming = [(part, event) for part, event in reversed(list_parts(person.id)) if part.ends_at > clock.now()][:MOST]
    name = person.names.in_(lang)
    with writing_in(lang):
        return _joined(
            [
                name + MARKS[lang][3] % person.affiliation.in_(lang) if person.affiliation else name,
                *(
                    _line(
                        _span(part.starts_at, part.ends_at, event.zone, lang),
                        _mark(event, lang, is_cancelled=part.is_cancelled)
                        + part.title.in_(lang)
                        + MARKS[lang][3] % event.title.in_(lang),
                    )
                    for part, event in coming
                ),
                _line(gettext("Details"), page_of(lang, f"people/{person.slug}")),
            ]
        )


def _mark(event: Event, lang: str, *, is_cancelled: bool = False) -> str:
    if is_cancelled or event.status == "cancelled":
        return PREFIXES[lang][State.CANCELLED]
    return PREFIXES[lang][State.POSTPONED if event.status == "postponed" else State.CONFIRMED]


def _when(starts_at: datetime | None, ends_at: datetime | None, zone: str, lang: str) -> list[str]:
    """The hours by the venue's clock, and by that of those who read it in China where it is another one."""
    if starts_at is None:
        return [_line(gettext("When"), gettext("Date to be announced"))]
    lines = [_line(gettext("When"), _span(starts_at, ends_at, zone, lang))]
    if clock.wall(starts_at, BEIJING) != clock.wall(starts_at, zone):
        lines.append(_line(zone_label(BEIJING, lang), _hours(starts_at, ends_at, BEIJING, lang)))
    return lines


def _span(starts_at: datetime, ends_at: datetime | None, zone: str, lang: str) -> str:
    return _hours(starts_at, ends_at, zone, lang) + MARKS[lang][3] % zone_label(zone, lang)


def _hours(starts_at: datetime, ends_at: datetime | None, zone: str, lang: str) -> str:
    starts = clock.wall(starts_at, zone)
    first = format_moment(starts, lang, zone)
    if ends_at is None:
        return first
    ends = clock.wall(ends_at, zone)
    if ends.date() == starts.date():
        return f"{first}–{format_clock(ends, zone, lang)}"
    return f"{first} – {format_moment(ends, lang, zone)}"


def _place(event: Event, lang: str) -> str:
    if event.mode == "online" or not event.venue:
        return _short_place(event, lang)
    comma, _, _, brackets = MARKS[lang]
    place = comma.join(dict.fromkeys(filter(None, (event.venue.in_(lang), event.venue_address.in_(lang)))))
    return place + brackets % gettext("and online") if event.mode == "hybrid" else place


def _short_place(event: Event, lang: str) -> str:
    if event.mode == "online":
        return str(gettext("Online"))
    if not event.venue:
        return str(gettext("To be announced"))
    place = str(event.venue.in_(lang))
    return str(gettext("%(place)s and online", place=place)) if event.mode == "hybrid" else place


def _place_of_session(event: Event, session: PublicSession, lang: str) -> str:
    rooms = [str(session.room.name.in_(lang))] if session.room else []
    is_at_venue = event.venue and event.mode != "online" and not (session.room and session.room.is_virtual)
    if is_at_venue or (event.mode == "online" and not rooms):
        rooms.append(_place(event, lang))
    return MARKS[lang][0].join(dict.fromkeys(rooms))


def _line(what: str, told: str) -> str:
    return str(gettext("%(what)s: %(title)s", what=what, title=told))


def _joined(lines: Iterable[str]) -> str:
    """The lines, of which none can be made two, nor turned around, by what somebody typed in it."""
    return "\n".join(" ".join(_kept(mark) for mark in line.split()) for line in lines)


def _kept(word: str) -> str:
    # Marks of format are of use within words alone, where none of them turns what follows around.
    return "".join(mark for mark in word if unicodedata.bidirectional(mark) not in _TURNS)
