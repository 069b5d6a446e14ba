"""A programme to print: in one language, or in both beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import get_template_attribute
from flask_babel import force_locale, gettext

from eventhub.events.models import Event
from eventhub.foundation.db import end_reading
from eventhub.foundation.documents import typeset
from eventhub.foundation.i18n import LOCALES, format_clock, format_day, format_days, zone_label
from eventhub.foundation.markup import to_plain
from eventhub.foundation.web import address

from . import snapshots
from .models import KINDS, LEVELS, ROLES
from .public import PublicSession, PublicSpeaker, PublicState
from .rule import CHATHAM_HOUSE_RULE

Values = dict[str, Any]
# Before what is told besides; between the things of a list Chinese has another comma.
_ASIDE = {"en": ", ", "zh": "，"}
# More letters than this fill half a page: whoever keeps them together leaves gaps.
_LONG = 2400


def paper(event: Event, state: PublicState, languages: Sequence[str]) -> bytes:
    """The programme as a PDF, in these languages beside each other; raises Unavailable as `typeset` does."""
    values, changed_at = values_of(event, state, languages), event.public_changed_at
    end_reading()  # setting takes seconds, and may have to wait for others: nobody waits for our connection meanwhile
    return typeset("programme/programme.typ", values, changed_at)


def values_of(event: Event, state: PublicState, languages: Sequence[str]) -> Values:
    """All that stands in the programme to print, in the words of each language."""
    writers = [_Writer(event, lang) for lang in languages]

    def each(write: Any, *about: Any) -> dict[str, Any]:
        return {writer.lang: writer.written(write, *about) for writer in writers}

    titles = {session.id: each(_Writer.title, session) for session in state.sessions}

    def found(sessions: Iterable[PublicSession]) -> list[Values]:
        return [
            {"id": str(session.id), "when": writers[0].when(session, state), "title": titles[session.id]}
            for session in sessions
        ]

    return {
        "languages": list(languages),
        "address": address("programme.programme", languages[0], slug=event.slug),
        "title": each(_Writer.name_of_event),
        "organisers": each(_Writer.organisers),
        "facts": each(_Writer.facts),
        "notice": each(_Writer.notice),
        "summary": each(_Writer.summary),
        "words": {
            "by_day": each(lambda writer: gettext("Day by day")),
            "by_room": each(lambda writer: gettext("By room")),
            "by_person": each(lambda writer: gettext("By person")),
        },
        "days": [
            {
                "title": each(lambda writer, day=day: format_day(day, writer.lang)),
                "sessions": [
                    _session(session, event.zone, each(_Writer.session, session)) for session in state.on(day)
                ],
            }
            for day in state.days
        ],
        "rooms": [
            {"name": each(_Writer.room, room), "sessions": found(held)}
            for room in state.rooms
            if (held := [session for session in state.sessions if session.room and session.room.id == room.id])
        ],
        "people": [
            {"name": each(_Writer.person, speaker), "sessions": found(sessions)} for speaker, sessions in state.people
        ],
    }


def _session(session: PublicSession, zone: str, texts: Mapping[str, Values]) -> Values:
    letters = max(sum(map(len, text["abstract"])) + 80 * len(text["people"]) for text in texts.values())
    return {
        "id": str(session.id),
        "time": _hours(session, zone),
        "is_cancelled": session.is_cancelled,
        "is_long": letters * len(texts) > _LONG,
        "texts": texts,
    }


def _hours(session: PublicSession, zone: str) -> str:
    return f"{format_clock(session.starts, zone)}–{format_clock(session.ends, zone)}"


class _Writer:
    """Writes an event's programme in one language."""

    def __init__(self, event: Event, lang: str) -> None:
        self.event, self.lang = event, lang
        with force_locale(lang):
            self._kinds, self._roles, self._levels, self._languages = (
                {value: str(get_template_attribute("macros/badges.html", macro)(value)) for value in values}
                for macro, values in (
                    ("session_kind_word", KINDS),
                    ("role_word", ROLES),
                    ("level_word", LEVELS),
                    ("language_word", LOCALES),
                )
            )
            self._comma = str(gettext(", "))

    def written(self, write: Any, *about: Any) -> Any:
        """What a method of this class writes, in this language."""
        with force_locale(self.lang):
            return write(self, *about)

    def name_of_event(self) -> str:
        """The event's title."""
        return self.event.title.in_(self.lang)

    def organisers(self) -> str:
        """Who runs it, as equals."""
        equals = (one.organisation for one in self.event.partners if one.part == "co_organiser")
        return self._comma.join(one.name.in_(self.lang) for one in (self.event.organisation, *equals))

    def facts(self) -> list[tuple[str, str]]:
        """What there is to know before all sessions: a word and what it says."""
        event, first, last = self.event, self.event.day(), self.event.last_day()
        zone = zone_label(event.zone, self.lang, at=event.starts_at)
        release = snapshots.newest(event.id)
        found = [
            (gettext("When"), format_days(first, last, self.lang) if first and last else gettext("To be announced")),
            (gettext("Hours"), zone),
            (gettext("Where"), event.venue.in_(self.lang)),
            (gettext("Organisers"), self.organisers()),
        ]
        if release:
            day = format_day(event.public_changed_at.date(), self.lang)
            text = gettext("Release %(number)s, as of %(day)s", number=release.number, day=day)
            found.append((gettext("Programme"), text))
        return [(word, text) for word, text in found if text]

    def notice(self) -> str:
        """What has become of the event, where it does not take place as planned."""
        if self.event.status == "cancelled":
            return str(gettext("This event has been cancelled."))
        return str(gettext("This event has been postponed.")) if self.event.status == "postponed" else ""

    def summary(self) -> list[str]:
        """What the event is about."""
        return _paragraphs(self.event.summary.in_(self.lang))

    def title(self, session: PublicSession) -> str:
        """A session's title, with what has become of it."""
        title = session.title.in_(self.lang)
        return gettext("[Cancelled] %(title)s", title=title) if session.is_cancelled else title

    def when(self, session: PublicSession, state: PublicState) -> str:
        """When a session begins, with the day where there are several."""
        day = f"{format_day(session.starts, self.lang, short=True)} " if len(state.days) > 1 else ""
        return f"{day}{format_clock(session.starts, self.event.zone)}"

    def room(self, room: Any) -> str:
        """A room's name."""
        return str(room.name.in_(self.lang))

    def person(self, speaker: PublicSpeaker) -> str:
        """A name, or what stands for it."""
        return speaker.name_in(self.lang)

    def session(self, session: PublicSession) -> Values:
        """All that is told of a session."""
        return {
            "title": session.title.in_(self.lang),
            "state": gettext("This session has been cancelled.") if session.is_cancelled else "",
            "about": " · ".join(self._about(session)),
            "people": [self._part(speaker) for speaker in session.speakers],
            "abstract": _paragraphs(session.abstract.in_(self.lang)),
            "rule": CHATHAM_HOUSE_RULE[self.lang] if session.is_chatham_house else "",
        }

    def _about(self, session: PublicSession) -> Iterable[str]:
        if session.kind != "break":
            yield self._kinds[session.kind]
        if session.room:
            yield session.room.name.in_(self.lang)
        if session.track:
            yield session.track.name.in_(self.lang)
        if session.language:
            said = self._languages[session.language]
            if into := self._comma.join(self._languages[code] for code in session.interpretation):
                said = f"{said}{_ASIDE[self.lang]}{gettext('interpreted into: %(languages)s', languages=into)}"
            yield said
        if session.level:
            yield self._levels[session.level]
        if session.starts.date() != session.ends.date():
            ends = f"{format_day(session.ends, self.lang, short=True)} {format_clock(session.ends, self.event.zone)}"
            yield gettext("until %(moment)s", moment=ends)

    def _part(self, speaker: PublicSpeaker) -> Values:
        how = {"remote": gettext("takes part remotely"), "recorded": gettext("as a recording")}
        rest = (self._roles[speaker.role], speaker.affiliation.in_(self.lang), how.get(speaker.mode, ""))
        return {
            "name": speaker.name_in(self.lang),
            "rest": "".join(f"{_ASIDE[self.lang]}{one}" for one in rest if one),
            "presents": speaker.presentation_title.in_(self.lang),
        }


def _paragraphs(text: str) -> list[str]:
    return [part for part in to_plain(text).split("\n\n") if part]
