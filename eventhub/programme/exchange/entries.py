"""What a file says of a programme, whatever its format: sessions, the people in them, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask_babel import gettext
from pydantic import AfterValidator, PlainSerializer

from eventhub.foundation import clock
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.i18n import EMPTY, Translated

from .words import ERRORS

# No programme of ours is larger; what is, was made to hurt.
MOST_ENTRIES = 5000
MOST_PEOPLE = 100  # in one session
MOST_PROBLEMS = 500
LINE, PASSAGE = 200, 20_000  # characters, as in the forms of the desk
LONGEST_KEY = 200

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Controls and halves of characters: no text holds them, and no database takes them all.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# A time of a wall clock; where it is kept until somebody confirms it, it still says which of two it is.
Wall = Annotated[datetime, PlainSerializer(clock.written), AfterValidator(clock.unmarked)]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a reader of the file has to know: `what` is a key of `words.PROBLEMS`.

    `title` is that of the entry which begins on the line, where it has one.
    """

    line: int
    what: str
    about: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a track as a file names it; `id` may be one of ours."""

    name: Translated
    id: UUID | None = None
    slug: str | None = None
    colour: str | None = None
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in a session as a file names them; None is what it does not say.

    `presents_with` is the place, in the same list, of whom they share a presentation with.
    """

    name: Translated
    id: UUID | None = None
    role: str | None = None
    mode: str | None = None
    affiliation: Translated | None = None
    country: str | None = None
    presentation_title: Translated | None = None
    presentation_abstract: Translated | None = None
    presentation_minutes: int | None = None
    presents_with: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as a file has it; None is what the file does not say, or leaves empty, and stays as it is.

    Where the file `is_whole`, one of our own, it says everything: what it leaves out is nothing. `key` is what the
    other system calls the session, `id` may be ours. `room` and `track` are keys of the reading's places, and empty
    for none; `repeats` is the id of another session in the file. `sequence` and `stamp` tell which of two versions
    is the newer, `properties` is what a calendar says that nobody here understands.
    Of what `is_of_days` the file tells the days alone, and its hours are assumed.
    """

    line: int
    title: Translated
    key: str = ""
    id: UUID | None = None
    is_whole: bool = False
    kind: str | None = None
    abstract: Translated | None = None
    starts: Wall | None = None
    ends: Wall | None = None
    is_of_days: bool = False
    room: str | None = None
    track: str | None = None
    language: str | None = None
    interpretation: tuple[str, ...] | None = None
    level: str | None = None
    capacity: int | None = None
    has_sign_up: bool | None = None
    is_chatham_house: bool = False
    do_not_record: bool = False
    is_cancelled: bool = False
    repeats: UUID | None = None
    people: tuple[Guest, ...] | None = None
    sequence: int = 0
    stamp: str = ""
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from a file; its hours are the wall clock of `zone`."""

    form: str
    zone: str
    entries: tuple[Entry, ...]
    rooms: Mapping[str, Place] = field(default_factory=dict)
    tracks: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class Notes:
    """What is noticed while a file is read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._counts = {True: 0, False: 0}
        self._told: set[tuple[str, str]] = set()
        self._keys: set[str] = set()
        self._titles: dict[int, str] = {}

    def entitle(self, line: int, title: str) -> None:
        """Let what is noted of the entry on a line name it."""
        self._titles[line] = title[:60]

    def add(self, line: int, what: str, about: object = "") -> None:
        """Note a problem; beyond some hundreds of errors, or of anything else, nobody reads them."""
        is_error = what in ERRORS
        self._counts[is_error] += 1
        if self._counts[is_error] <= MOST_PROBLEMS:
            self.problems.append(Problem(line, what, clean(str(about)[:200])[:80], self._titles.get(line, "")))

    def once(self, line: int, what: str, about: str) -> None:
        """Note where something that may be the same in a thousand entries comes first."""
        if (what, about) not in self._told:
            self._told.add((what, about))
            self.add(line, what, about)

    def knows_key(self, line: int, key: str) -> bool:
        """Whether an entry of this key cannot be taken, as another one has it or it is too long; which is noted."""
        if len(key) > LONGEST_KEY:
            self.add(line, "long_key", key[:40])
        elif key and key in self._keys:
            self.add(line, "same_key", key)
        else:
            self._keys.add(key)
            return False
        return True


def too_many(number: int, most: int = MOST_ENTRIES) -> None:
    """Raise Unreadable where a file has more entries than a programme can."""
    if number > most:
        raise Unreadable(gettext("The file has more than %(most)s entries.", most=most))


def clean(text: str) -> str:
    """A text of several lines without what nobody sees and the space around it."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    """A text on one line, with single spaces."""
    return " ".join(clean(text).split())


def shortened(text: str, most: int, line: int, notes: Notes) -> str:
    """The text, or its beginning and a note where it is longer than the forms of the desk take."""
    if len(text) <= most:
        return text
    notes.add(line, "shortened", text[:40])
    return text[: most - 1].rstrip() + "…"


def said(text: str) -> Translated:
    """A text that does not tell its language: Chinese where it has a Chinese character in it, else English."""
    if not text:
        return EMPTY
    lang = "zh" if _HAN.search(text) else "en"
    return Translated.of(lang, **{lang: text})


def id_in(text: object) -> UUID | None:
    """The id that a text is, if it is one."""
    try:
        return UUID(str(text)) if isinstance(text, str) and 32 <= len(text) <= 45 else None
    except ValueError:
        return None
