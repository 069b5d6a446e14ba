"""What a list would do to an event's registrations, person by person; nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, select

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid
from eventhub.registrations.models import ENDED, Place, Registration
from eventhub.registrations.questions.answers import Answers, Sitting
from eventhub.registrations.questions.queries import values_of_all

from .choices import Choices
from .columns import plain
from .people import Entry, Problem, Reader
from .tables import Table

T = TypeVar("T")
ASKED_AT_ONCE = 500  # a database takes so many values in one question


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is registered: as much as is needed to find them again."""

    id: UUID
    address: str | None
    name: str
    organisation: str
    has_ended: bool

    @property
    def who(self) -> tuple[str, str]:
        """By what those are compared who have no address."""
        return plain(self.name), plain(self.organisation)


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody on the list, and what becomes of them: they are new, back again, merged with whom we know, or left."""

    entry: Entry
    act: str  # new, back, merge, leave
    known: Known | None = None
    answers: Answers | None = None
    keeps: bool = True  # what is known of them already


@dataclass(frozen=True, slots=True)
class Survey:
    """What a list would do: `problems` are solved or left out, `notices` are worth knowing, `namesakes` are asked."""

    lines: list[Line]
    problems: list[Problem]
    notices: list[Problem]
    namesakes: list[tuple[Entry, Known]]
    folded: int
    choices: Choices

    def count(self, act: str) -> int:
        """How many people something becomes of."""
        return sum(line.act == act for line in self.lines)

    @property
    def merged(self) -> int:
        """How many rows speak of somebody who is registered, or on the list before, and change no more than that."""
        return self.count("merge") + self.folded

    @property
    def refused(self) -> int:
        """How many rows are wrong."""
        return len({problem.line for problem in self.problems})

    @property
    def is_asked(self) -> bool:
        """Whether the organiser has yet to say who somebody is."""
        return bool(self.namesakes) and not self.choices.namesakes

    @property
    def may_go_on(self) -> bool:
        """Whether it can be carried out as it is."""
        has_work = any(line.act != "leave" for line in self.lines)
        return has_work and not self.is_asked and (not self.problems or self.choices.leave_out)

    @property
    def fingerprint(self) -> str:
        """By what it is known again that nothing has changed between a look at it and its carrying out."""
        said = [(line.entry.line, line.act, str(line.known and line.known.id)) for line in self.lines]
        wrong = [problem.line for problem in self.problems]
        told = repr((self.choices.as_json(), said, wrong))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def survey(event: Event, table: Table, choices: Choices) -> Survey:
    """What a list would do now."""
    sitting = Sitting(event)
    reader = Reader(choices.columns, sitting.questions)
    entries = reader.read(table, has_heading=choices.has_heading)
    problems, notices = reader.problems, list[Problem]()
    wrong = {problem.line for problem in problems}
    entries = [entry for entry in entries if entry.line not in wrong]
    entries, folded = _folded(entries, choices, notices)
    by_address = _by_address(event, entries)
    by_name = _by_name(event, entries)
    lines, namesakes = [], []
    for entry in entries:
        known = by_address.get(entry.address) if entry.address else None
        if not entry.address and (other := by_name.get(entry.who)):
            namesakes.append((entry, other))
            is_same = choices.namesakes == "same" or (choices.namesakes == "ticked" and entry.line in choices.ticked)
            known = other if is_same else None
        lines.append(Line(entry, _act(known, choices, notices, entry), known, keeps=choices.duplicates != "overwrite"))
    answered = _with_answers(lines, sitting, problems)
    return Survey(answered, sorted(problems, key=_in_order), sorted(notices, key=_in_order), namesakes, folded, choices)


def _in_order(problem: Problem) -> int:
    return problem.line


def _act(known: Known | None, choices: Choices, notices: list[Problem], entry: Entry) -> str:
    if known is None:
        return "new"
    if known.has_ended:
        if choices.take_back:
            return "back"
        text = gettext("%(name)s gave the place up or was declined, and stays out.", name=known.name)
        notices.append(Problem(entry.line, str(text)))
        return "leave"
    return "leave" if choices.duplicates == "skip" else "merge"


def _folded(entries: Iterable[Entry], choices: Choices, notices: list[Problem]) -> tuple[list[Entry], int]:
    """The entries with those of one address as one, by the rule for duplicates; how many there are less."""
    found: list[Entry] = []
    places: dict[str, int] = {}
    folded = 0
    for entry in entries:
        if not entry.address or entry.address not in places:
            if entry.address:
                places[entry.address] = len(found)
            found.append(entry)
            continue
        folded += 1
        place = places[entry.address]
        text = gettext("The same address as in row %(line)s: taken as one person.", line=found[place].line)
        notices.append(Problem(entry.line, str(text)))
        if choices.duplicates != "skip":
            found[place] = merged(found[place], entry, choices.duplicates)
    return found, folded


def merged(before: Entry, after: Entry, rule: str) -> Entry:
    """What two rows say of one person."""
    first, second = (after, before) if rule == "overwrite" else (before, after)
    return replace(
        before,
        name=first.name or second.name,
        organisation=first.organisation or second.organisation,
        stakeholder_type=first.stakeholder_type or second.stakeholder_type,
        country=first.country or second.country,
        language=first.language or second.language,
        answers={**second.answers, **first.answers},
    )


def _some(values: Iterable[T]) -> Iterator[list[T]]:
    """Values by as many as are asked for at once."""
    left = iter(values)
    while batch := list(islice(left, ASKED_AT_ONCE)):
        yield batch


def _known(event: Event, condition: ColumnElement[bool]) -> Iterator[Known]:
    query = (
        select(Registration.id, Registration.address, Registration.name, Registration.organisation, Place.state)
        .join(Place, (Place.registration_id == Registration.id) & Place.is_main)
        .where(Registration.event_id == event.id, condition)
        .order_by(Registration.created_at, Registration.id)
    )
    for row in db.session.execute(query):
        yield Known(row[0], row[1], row[2], row[3], row[4] in ENDED)


def _by_address(event: Event, entries: Iterable[Entry]) -> dict[str, Known]:
    """Those whom a row's address belongs to."""
    wanted = [entry.address for entry in entries if entry.address]
    return {
        known.address: known
        for some in _some(wanted)
        for known in _known(event, Registration.address.in_(some))
        if known.address
    }


def _by_name(event: Event, entries: Iterable[Entry]) -> dict[tuple[str, str], Known]:
    """Those who have the name and organisation of somebody without an address, the first who came."""
    wanted = {entry.name.lower() for entry in entries if not entry.address}
    found: dict[tuple[str, str], Known] = {}
    for some in _some(sorted(wanted)):
        for known in _known(event, func.lower(Registration.name).in_(some)):
            found.setdefault(known.who, known)
    return found


def _with_answers(lines: Sequence[Line], sitting: Sitting, problems: list[Problem]) -> list[Line]:
    """The lines with the answers that their people will have; those whose answers cannot be kept are problems."""
    if not sitting.questions:
        return list(lines)
    kept = []
    ids = [line.known.id for line in lines if line.known and line.entry.answers]
    before = {
        its_id: values
        for some in _some(ids)
        for its_id, values in values_of_all(some, [one.id for one in sitting.questions]).items()
    }
    for line in lines:
        if not line.entry.answers or line.act == "leave":
            kept.append(line)
            continue
        was = before.get(line.known.id, {}) if line.known else {}
        given = line.entry.answers
        if line.act == "merge" and line.keeps:
            given = {key: value for key, value in given.items() if key not in was}
        try:
            kept.append(replace(line, answers=sitting.look_at(given, was)))
        except Invalid as error:
            problems.append(Problem(line.entry.line, error.message))
    return kept
