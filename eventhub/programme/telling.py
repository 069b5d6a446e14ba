"""What has changed in a programme, in sentences: for organisers, for the changelog and for letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import undefer

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.db import db, get
from eventhub.foundation.i18n import Text, Translated, format_clock, format_day, format_moment, language, spaced
from eventhub.foundation.markup import to_plain
from eventhub.people.models import Person
from eventhub.people.names import Names

from .conflict_kinds import in_a_row
from .differences import Difference
from .forms import ROLES
from .models import ProgrammeSession, Release, SessionRole, Speaker
from .snapshots import Values

# What is told by its name only: what it was is seldom worth a sentence.
DETAILS = {
    "kind": _l("kind of session"),
    "track_id": _l("track"),
    "language": _l("language"),
    "interpretation": _l("interpretation"),
    "level": _l("level"),
    "capacity": _l("number of places"),
    "has_sign_up": _l("sign-up"),
    "do_not_record": _l("recording"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One session's changes as its reader's sentences; no title where they are about rooms or tracks."""

    session_id: UUID | None
    slug: str
    title: Text
    sentences: tuple[str, ...]


def tell(
    event: Event, found: Sequence[Difference], names: Mapping[str, Values], reader_id: UUID | None = None
) -> list[Told]:
    """The differences in the language in force; `names` are the words by which those with a part are known.

    Of a session under the Chatham House Rule nothing is told of its people, so that one may have no sentence. Where
    `reader_id` says which person reads it, what is about them is told to them.
    """
    return list(_Teller(event, found, names, reader_id).all(found))


def tell_changes(
    event: Event,
    changes: Sequence[Values],
    names: Mapping[str, Values],
    *,
    about: set[UUID] | None = None,
    wanted: Callable[[Difference], bool] = lambda _: True,
    reader_id: UUID | None = None,
) -> list[Told]:
    """What changed between any two releases, in the language in force, as far as it is wanted."""
    found = [Difference(values) for values in changes]
    found = [one for one in found if (about is None or one.session_id in about) and wanted(one)]
    return [told for told in tell(event, found, names, reader_id) if told.sentences]


def _of_others(release: Release, about: set[UUID], reader_id: UUID) -> list[Difference]:
    """What a release changed in some sessions, but for what its reader did there themself."""
    is_own = release.kind == "hotfix" and release.person_id in {None, reader_id}
    found = [Difference(values) for values in release.changes]
    own = {str(reader_id)}
    return [one for one in found if one.session_id in about and not (is_own and set(one.people()) == own)]


def note_of(release: Release) -> str:
    """The organisers' note on a release without markup, in the language in force, or marked where it is in another."""
    note = release.note.in_(language())
    text = to_plain(note)
    return gettext("%(text)s (not yet translated)", text=text) if text and note.is_fallback else text


def tell_speaker(speaker: Speaker) -> list[Told]:
    """What others changed in a speaker's own sessions since they last said that they had read it, each told once."""
    since = speaker.seen_at or speaker.invited_at or speaker.created_at
    query = select(Release).where(Release.event_id == speaker.event_id, Release.created_at > since, Release.number > 1)
    rows = db.session.scalars(query.order_by(Release.number).options(undefer(Release.names))).all()
    own = (
        select(ProgrammeSession.id)
        .join(ProgrammeSession.speakers)
        .where(ProgrammeSession.event_id == speaker.event_id, SessionRole.person_id == speaker.person_id)
        .where(SessionRole.state != "proposed")
    )
    about = set(db.session.scalars(own)) if rows else set()
    names: dict[str, Values] = {}
    found: list[Difference] = []
    for row in rows:
        found += _of_others(row, about, speaker.person_id)
        names |= row.names
    by_session: dict[UUID | None, Told] = {}
    # Of all releases at once: who was away for long has dozens of them to be told.
    for told in tell(get(Event, speaker.event_id), found, names, speaker.person_id) if found else ():
        if told.sentences:
            before = by_session.pop(told.session_id, None)
            sentences = dict.fromkeys((*(before.sentences if before else ()), *told.sentences))
            by_session[told.session_id] = replace(told, sentences=tuple(sentences))
    return list(reversed(by_session.values()))


class _Teller:
    def __init__(
        self, event: Event, found: Sequence[Difference], names: Mapping[str, Values], reader_id: UUID | None
    ) -> None:
        self.names = names
        self.put: set[str] = set()  # the names of people and rooms that sentences hold
        self.reader = str(reader_id) if reader_id else None
        self.lang, self.zone = language(), event.zone
        ids = {UUID(person_id) for one in found for person_id in one.people()}
        rows = db.session.execute(select(Person.id, Person.names).where(Person.id.in_(ids))) if ids else ()
        self.people: dict[str, Names] = {str(row[0]): row[1] for row in rows}
        hidden = select(ProgrammeSession.id).where(
            ProgrammeSession.event_id == event.id, ProgrammeSession.is_chatham_house
        )
        self.hidden = set(db.session.scalars(hidden))

    def all(self, found: Sequence[Difference]) -> Iterator[Told]:
        for one in found:
            title = (
                Translated.from_json(one.values["title"]).in_(self.lang) if "title" in one.values else Text.of("", "")
            )
            yield Told(one.session_id, one.values.get("slug", ""), title, tuple(self.spaced(one)))

    def spaced(self, one: Difference) -> Iterator[str]:
        for sentence in self.sentences(one):
            yield spaced(sentence, *self.put)

    def sentences(self, one: Difference) -> Iterator[str]:
        what, was, stands = one.what, one.values.get("was", {}), one.values.get("is", {})
        if "new" in what:
            yield gettext("New in the programme: %(when)s.", when=self.when(stands))
        if "gone" in what:
            yield gettext("No longer in the programme; it was to be on %(when)s.", when=self.when(was))
        if "removed" in what:
            yield gettext("No longer in the programme; it had been cancelled.")
        if "cancelled" in what:
            yield gettext("Cancelled; it was to be on %(when)s.", when=self.when(was))
        if "restored" in what:
            yield gettext("Takes place after all: %(when)s.", when=self.when(stands))
        if "moved" in what:
            yield self.moved(was, stands)
        if "room" in what:
            yield self.room(was, stands)
        if "people" in what:
            yield from self.people_of(self.seen_of(one))
        if "texts" in what:
            yield gettext("Its title or description has been revised.")
        if "details" in what:
            named = [str(DETAILS[name]) for name in one.values.get("details", ()) if name in DETAILS]
            told = in_a_row(named, self.lang)
            yield gettext("Revised: %(what)s.", what=told) if named else gettext("Details have been revised.")
        if one.session_id is None:
            yield from self.of_places(one)

    def of_places(self, one: Difference) -> Iterator[str]:
        if "rooms" in one.what:
            yield from self.places(
                one.values,
                lambda names: gettext("New rooms: %(names)s.", names=names),
                lambda names: gettext("Rooms that are gone: %(names)s.", names=names),
                gettext("Rooms have been renamed or put in another order."),
            )
        if "tracks" in one.what:
            yield from self.places(
                one.values,
                lambda names: gettext("New tracks: %(names)s.", names=names),
                lambda names: gettext("Tracks that are gone: %(names)s.", names=names),
                gettext("Tracks have been renamed or put in another order."),
            )

    def places(
        self, told: Values, added: Callable[[str], str], gone: Callable[[str], str], recast: str
    ) -> Iterator[str]:
        for key, say in (("added", added), ("gone", gone)):
            if names := [str(Translated.from_json(name).in_(self.lang)) for name in told.get(key, ())]:
                yield say(gettext(", ").join(names))
        if told.get("is_recast", True):
            yield recast

    def moved(self, was: Values, stands: Values) -> str:
        before, now = (_span(stand) for stand in (was, stands))
        if len({moment.date() for moment in (*before, *now)}) > 1:
            return str(gettext("Moved from %(was)s to %(now)s.", was=self.hours(was), now=self.hours(stands)))
        day = format_day(now[0].date(), self.lang)
        told = {"day": day, "was": _clocks(before, self.zone), "now": _clocks(now, self.zone)}
        if clock.is_same(before[0], now[0]):
            return str(gettext("Its length has changed: %(day)s, %(now)s instead of %(was)s.", **told))
        return str(gettext("Moved on %(day)s from %(was)s to %(now)s.", **told))

    def hours(self, stand: Values) -> str:
        starts, ends = _span(stand)
        is_one_day = ends.date() == starts.date()
        end = format_clock(ends, self.zone) if is_one_day else f" {format_moment(ends, self.lang, self.zone)}"
        return f"{format_moment(starts, self.lang, self.zone)}–{end}"

    def when(self, stand: Values) -> str:
        room = self.name_of_room(stand)
        return gettext("%(hours)s, %(room)s", hours=self.hours(stand), room=room) if room else self.hours(stand)

    def name_of_room(self, stand: Values) -> str:
        if "room" not in stand:
            return ""
        room = str(Translated.from_json(stand["room"]).in_(self.lang))
        self.put.add(room)
        return room

    def room(self, was: Values, stands: Values) -> str:
        before, after = self.name_of_room(was), self.name_of_room(stands)
        if before and after:
            return str(gettext("Now in %(room)s instead of %(before)s.", room=after, before=before))
        if after:
            return str(gettext("Now in %(room)s.", room=after))
        return str(gettext("No room is named any more; it was %(before)s.", before=before))

    def seen_of(self, one: Difference) -> Values:
        """Of whom something is told: of all in a session, or of its reader alone where others are not to be named."""
        told: Values = one.values["people"]
        if one.session_id not in self.hidden:
            return told
        return {key: [part for part in parts if self.is_reader(part)] for key, parts in told.items()}

    def people_of(self, told: Values) -> Iterator[str]:
        for part in told["joined"]:
            if self.is_reader(part):
                yield gettext("You are in the programme now: %(role)s.", role=ROLES[part["role"]])
                continue
            yield gettext("%(name)s joins: %(role)s.", name=self.name(part), role=ROLES[part["role"]])
        for part in told["left"]:
            if self.is_reader(part):
                yield gettext("You do not take part in this session any more.")
                continue
            yield gettext("%(name)s does not take part any more.", name=self.name(part))
        for part in told["changed"]:
            if self.is_reader(part):
                yield from _told_to_reader(part)
                continue
            name, was = self.name(part), part["was"]
            if part["mode"] != was["mode"]:
                yield _mode(name, part["mode"])
            if part["role"] != was["role"]:
                yield gettext("%(name)s has another part: %(role)s.", name=name, role=ROLES[part["role"]])
            if (part["mode"], part["role"]) == (was["mode"], was["role"]):
                yield gettext("%(name)s is announced in other words.", name=name)

    def is_reader(self, part: Values) -> bool:
        return self.reader is not None and part.get("person_id") == self.reader

    def name(self, part: Values) -> str:
        name = self.name_of(part)
        self.put.add(name)
        return name

    def name_of(self, part: Values) -> str:
        if names := self.people.get(part.get("person_id", "")):
            return names.in_(self.lang)
        told = self.names.get(part["id"], {})
        label = Translated.from_json(told["name"]).in_(self.lang) if "name" in told else ""
        return str(label or gettext("Somebody"))


def _span(stand: Values) -> tuple[datetime, datetime]:
    return clock.read(stand["starts"]), clock.read(stand["ends"])


def _clocks(hours: tuple[datetime, datetime], zone: str) -> str:
    return "–".join(format_clock(at, zone) for at in hours)


def _told_to_reader(part: Values) -> Iterator[str]:
    """What became another in somebody's own part, in words to them."""
    was = part["was"]
    if part["mode"] != was["mode"]:
        yield _own_mode(part["mode"])
    if part["role"] != was["role"]:
        yield gettext("You have another part: %(role)s.", role=ROLES[part["role"]])
    if (part["mode"], part["role"]) == (was["mode"], was["role"]):
        yield gettext("You are announced in other words.")


def _own_mode(mode: str) -> str:
    if mode == "remote":
        return str(gettext("You now take part remotely."))
    if mode == "recorded":
        return str(gettext("You now take part by a recording."))
    return str(gettext("You now take part in person."))


def _mode(name: str, mode: str) -> str:
    if mode == "remote":
        return str(gettext("%(name)s now takes part remotely.", name=name))
    if mode == "recorded":
        return str(gettext("%(name)s now takes part by a recording.", name=name))
    return str(gettext("%(name)s now takes part in person.", name=name))
