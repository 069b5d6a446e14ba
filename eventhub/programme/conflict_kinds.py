"""The kinds of conflict in a programme: what each is about, what makes it this one, and the sentence that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar

from babel.lists import format_list
from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l

from eventhub.foundation import clock
from eventhub.foundation.i18n import babel_locale, format_clock, format_day, language, zone_label

from .conflict_queries import Held, HeldRoom, Part, Somebody
from .models import AcceptedConflict
from .stretches import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something in a programme that an organiser should look at; it hinders nobody from saving or releasing.

    `zone` is the event's. `accepted` says who has let it be, and why.
    """

    kind: ClassVar[str]
    words: ClassVar[LazyString]
    # Whether it is about hours: then it becomes another conflict as soon as one of its sessions moves.
    is_timed: ClassVar[bool] = True

    sessions: tuple[Held, ...]
    zone: str
    accepted: AcceptedConflict | None = None

    @property
    def hours(self) -> Stretch | None:
        """When it happens, in instants; None where its session has no hours yet."""
        return self.sessions[0].hours

    @property
    def key(self) -> str:
        """What is written of this conflict and of no other: its kind, what it is about, and when."""
        ids = sorted(held.id.hex for held in self.sessions)
        times = sorted(str(held.hours) for held in self.sessions) if self.is_timed else ()
        return " ".join((self.kind, *ids, *map(str, self.marks()), *times))

    def marks(self) -> Iterable[object]:
        """What, beside its sessions, makes it this conflict and no other."""
        return ()

    def sentence(self, lang: str | None = None) -> str:
        """What is wrong, in one plain sentence of a language: the page's, where none is named."""
        lang = lang or language()
        with nullcontext() if lang == language() else force_locale(lang):
            return str(self.wording()) % self.facts(lang)

    def wording(self) -> LazyString:
        """The sentence with gaps for its facts."""
        return self.words

    def facts(self, lang: str) -> dict[str, Any]:
        """What fills the gaps: what each kind can tell, and more where it overrides this."""
        return {
            "session": self.sessions[0].title.in_(lang),
            "other": self.sessions[-1].title.in_(lang),
            "hours": hours_in_words((self.hours,) if self.hours else (), self.zone, lang),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overlap(Conflict):
    """Two sessions at once."""

    @property
    def hours(self) -> Stretch:
        """The time that both take."""
        one, other = (hours_of(held) for held in self.sessions)
        return Stretch(max(one.starts, other.starts), min(one.ends, other.ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTwice(_Overlap):
    """A room in which two sessions are held at once."""

    kind = "room_twice"
    words = _l("%(room)s holds two sessions at once on %(hours)s: “%(session)s” and “%(other)s”.")

    room: HeldRoom

    def marks(self) -> Iterable[object]:
        return (self.room.id.hex,)

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | {"room": self.room.name.in_(lang)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTwice(_Overlap):
    """An account of a meeting platform that is to hold two meetings at once."""

    kind = "account_twice"
    words = _l("“%(session)s” and “%(other)s” use the meeting account %(account)s at once on %(hours)s.")

    account: str

    def marks(self) -> Iterable[object]:
        return *sorted(held.room.id.hex for held in self.sessions if held.room), self.account

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | {"account": self.account}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTwice(_Overlap):
    """Somebody who has a part in two sessions at once; the second may be in another event."""

    kind = "person_twice"
    words = _l("%(person)s is in two sessions at once on %(hours)s: “%(session)s” and “%(other)s”.")
    words_across = _l(
        "%(person)s is in two sessions at once on %(hours)s: “%(session)s” here and “%(other)s” in “%(event)s”."
    )

    person: Somebody

    def marks(self) -> Iterable[object]:
        return (self.person.id.hex,)

    def wording(self) -> LazyString:
        return self.words_across if self.sessions[1].event else self.words

    def facts(self, lang: str) -> dict[str, Any]:
        event = self.sessions[1].event
        named = {"person": self.person.name_in(lang), "event": event.title.in_(lang) if event else ""}
        return Conflict.facts(self, lang) | named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Haste(Conflict):
    """A session that begins too soon after another; `needed` is the time that there should be."""

    words_at_once: ClassVar[LazyString]

    needed: timedelta

    @property
    def hours(self) -> Stretch:
        """The moment at which the later one begins."""
        later = hours_of(self.sessions[1])
        return Stretch(later.starts, later.starts)

    @property
    def left(self) -> timedelta:
        """The time that there is."""
        return hours_of(self.sessions[1]).starts - hours_of(self.sessions[0]).ends

    def wording(self) -> LazyString:
        return self.words if self.left else self.words_at_once

    def facts(self, lang: str) -> dict[str, Any]:
        minute = timedelta(minutes=1)
        return Conflict.facts(self, lang) | {"left": self.left // minute, "needed": self.needed // minute}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChange(_Haste):
    """Somebody who has too little time to get from one room to the next."""

    kind = "room_change"
    words = _l(
        "%(person)s has only %(left)s min to get from “%(session)s” (%(here)s) to “%(other)s” (%(there)s), "
        "which begins on %(hours)s; changing rooms takes %(needed)s min."
    )
    words_at_once = _l(
        "%(person)s has no time to get from “%(session)s” (%(here)s) to “%(other)s” (%(there)s), "
        "which begins on %(hours)s; changing rooms takes %(needed)s min."
    )

    person: Somebody

    def marks(self) -> Iterable[object]:
        return self.person.id.hex, *(held.room.id.hex for held in self.sessions if held.room)

    def facts(self, lang: str) -> dict[str, Any]:
        here, there = (_place(held, lang) for held in self.sessions)
        return _Haste.facts(self, lang) | {"person": self.person.name_in(lang), "here": here, "there": there}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTest(_Haste):
    """A session that begins so soon after another in its room that the connection to somebody far cannot be tested."""

    kind = "connection_test"
    words = _l(
        "There are only %(left)s min to test the connection to %(people)s in %(room)s between “%(session)s” and "
        "“%(other)s”, which begins on %(hours)s; a test takes %(needed)s min."
    )
    words_at_once = _l(
        "There is no time to test the connection to %(people)s in %(room)s between “%(session)s” and "
        "“%(other)s”, which begins on %(hours)s; a test takes %(needed)s min."
    )

    room: HeldRoom
    people: Sequence[Somebody]

    def marks(self) -> Iterable[object]:
        return (self.room.id.hex,)

    def facts(self, lang: str) -> dict[str, Any]:
        people = in_a_row([person.name_in(lang) for person in self.people], lang)
        return _Haste.facts(self, lang) | {"room": self.room.name.in_(lang), "people": people}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideHours(Conflict):
    """A session before the event begins or after it has ended; `parts` are these of its hours, in instants."""

    kind = "outside_hours"
    words = _l("“%(session)s” is outside the hours of the event: %(hours)s.")

    parts: tuple[Stretch, ...]

    def marks(self) -> Iterable[object]:
        return self.parts

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | {"hours": hours_in_words(self.parts, self.zone, lang)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomUnavailable(Conflict):
    """A session in a room that cannot be had for some of its hours, `parts`, in instants."""

    kind = "room_unavailable"
    words = _l("%(room)s cannot be used on %(hours)s, when “%(session)s” is in it.")

    room: HeldRoom
    parts: tuple[Stretch, ...]

    def marks(self) -> Iterable[object]:
        return self.room.id.hex, *self.parts

    def facts(self, lang: str) -> dict[str, Any]:
        named = {"room": self.room.name.in_(lang), "hours": hours_in_words(self.parts, self.zone, lang)}
        return Conflict.facts(self, lang) | named


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUnavailable(Conflict):
    """A session at hours, `parts`, in instants, at which somebody in it cannot come; told by their own clock."""

    kind = "person_unavailable"
    words = _l("%(person)s is not available on %(hours)s (%(zone)s), during “%(session)s”.")

    person: Somebody
    parts: tuple[Stretch, ...]

    def marks(self) -> Iterable[object]:
        return self.person.id.hex, *self.parts

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | _by_own_clock(self.person, self.parts, self.zone, lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night(Conflict):
    """A session in which somebody takes part from afar while it is night where they are."""

    kind = "night"
    words = _l(
        "%(person)s takes part remotely in “%(session)s”, which is at night where they are: %(hours)s (%(zone)s)."
    )
    words_unknown = _l(
        "%(person)s takes part remotely in “%(session)s”, which is at night by the event’s clock: %(hours)s "
        "(%(zone)s); their own time zone is not known."
    )

    person: Somebody

    def marks(self) -> Iterable[object]:
        return self.person.id.hex, self.person.zone or self.zone

    def wording(self) -> LazyString:
        return self.words if self.person.zone else self.words_unknown

    def facts(self, lang: str) -> dict[str, Any]:
        hours = (hours_of(self.sessions[0]),)
        return Conflict.facts(self, lang) | _by_own_clock(self.person, hours, self.zone, lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTooSmall(Conflict):
    """A session for which more people may sign up than its room holds."""

    kind = "room_too_small"
    words = _l("“%(session)s” offers %(offered)s places, but %(room)s holds %(held)s.")
    is_timed = False

    room: HeldRoom
    offered: int
    held: int

    def marks(self) -> Iterable[object]:
        return self.room.id.hex, self.offered, self.held

    def facts(self, lang: str) -> dict[str, Any]:
        named = {"room": self.room.name.in_(lang), "offered": self.offered, "held": self.held}
        return Conflict.facts(self, lang) | named


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManySignedUp(Conflict):
    """A session for which more people have signed up than it, or its room, has places."""

    kind = "too_many_signed_up"
    words = _l("Signed up for “%(session)s”: %(signed_up)s. Places: %(places)s.")
    is_timed = False

    signed_up: int
    places: int

    def marks(self) -> Iterable[object]:
        return self.signed_up, self.places

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | {"signed_up": self.signed_up, "places": self.places}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModerator(Conflict):
    """A panel that nobody moderates."""

    kind = "no_moderator"
    words = _l("The panel “%(session)s” has no moderator.")
    is_timed = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInterpreter(Conflict):
    """A session for which interpretation is promised, without an interpreter who has confirmed."""

    kind = "no_interpreter"
    words = _l("“%(session)s” promises interpretation into %(languages)s, but no interpreter has confirmed.")
    is_timed = False

    def marks(self) -> Iterable[object]:
        return sorted(self.sessions[0].interpretation)

    def facts(self, lang: str) -> dict[str, Any]:
        names = babel_locale(lang).languages
        languages = in_a_row([str(names.get(code, code)) for code in self.sessions[0].interpretation], lang)
        return Conflict.facts(self, lang) | {"languages": languages}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed(Conflict):
    """Somebody in a session who has not said yes."""

    kind = "unconfirmed"
    words_by_state: ClassVar[dict[str, LazyString]] = {
        "proposed": _l("%(person)s is proposed for “%(session)s” but not invited yet."),
        "invited": _l("%(person)s is invited to “%(session)s” but has not answered yet."),
        "declined": _l("%(person)s has declined to take part in “%(session)s”."),
        "withdrawn": _l("%(person)s has withdrawn from “%(session)s”."),
    }
    is_timed = False

    part: Part

    def marks(self) -> Iterable[object]:
        return self.part.id.hex, self.part.state

    def wording(self) -> LazyString:
        return self.words_by_state[self.part.state]

    def facts(self, lang: str) -> dict[str, Any]:
        return Conflict.facts(self, lang) | {"person": self.part.somebody.name_in(lang)}


# From what makes a programme impossible to what makes it incomplete: the order in which a page tells them.
KINDS: tuple[type[Conflict], ...] = (
    RoomTwice, PersonTwice, AccountTwice, RoomUnavailable, PersonUnavailable, OutsideHours, RoomChange, ConnectionTest,
    Night, TooManySignedUp, RoomTooSmall, NoModerator, NoInterpreter, Unconfirmed,
)  # fmt: skip


def hours_of(held: Held) -> Stretch:
    """The hours of a session that has some."""
    assert held.hours
    return held.hours


@lru_cache(4096)
def hours_in_words(stretches: tuple[Stretch, ...], zone: str, lang: str) -> str:
    """`Wed 10 Mar, 14:00–15:30 and 17:00–18:00`, `3月10日 周三 14:00–15:30、17:00–18:00`: by the clock of a zone."""
    told, said = [], None
    for one in stretches:
        starts, ends = clock.wall(one.starts, zone), clock.wall(one.ends, zone)
        first, last = (_hour(starts, zone, said, lang), _hour(ends, zone, starts.date(), lang))
        dash = "–" if starts.date() == ends.date() else " – "
        told.append(first if one.starts == one.ends else f"{first}{dash}{last}")
        said = ends.date()
    return in_a_row(told, lang)


def _hour(wall: datetime, zone: str, said: date | None, lang: str) -> str:
    """An hour, with its day unless that was said just before."""
    if wall.date() == said:
        return format_clock(wall, zone, lang)
    return f"{format_day(wall, lang, short=True)}{', ' if lang == 'en' else ' '}{format_clock(wall, zone, lang)}"


def in_a_row(words: Sequence[str], lang: str) -> str:
    """`A, B and C`, `A、B、C`."""
    return "、".join(words) if lang == "zh" else str(format_list(words, locale=babel_locale(lang)))


def _by_own_clock(person: Somebody, hours: tuple[Stretch, ...], zone: str, lang: str) -> dict[str, str]:
    own = person.zone or zone
    named = {"person": person.name_in(lang), "hours": hours_in_words(hours, own, lang)}
    return named | {"zone": zone_label(own, lang)}


def _place(held: Held, lang: str) -> str:
    if held.event:
        return str(held.event.title.in_(lang))
    return str(held.room.name.in_(lang)) if held.room else ""
