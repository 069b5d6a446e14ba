"""Taking a list of people over: all of it at once, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import IO
from uuid import UUID, uuid4

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock, files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.permissions import require
from eventhub.registrations import policy
from eventhub.registrations.agreements import Description
from eventhub.registrations.consents.services import keep_ticked
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.questions import answers as replies
from eventhub.registrations.queue import (
    Newcomers,
    Pools,
    check_takes_place,
    draw_numbers,
    lock,
    offered,
    put,
    settle,
    size_in,
)
from eventhub.registrations.services import describe
from eventhub.registrations.signals import PeopleImported, PlaceTaken, RegistrationChanged

from . import queries
from .choices import Choices
from .models import LIST, PeopleList
from .signals import ListKept
from .survey import Line, Survey, survey
from .tables import Table

# How many rows the database gets at once.
BATCH = 500


@use_case
def keep_list(actor: Actor, event_id: UUID, table: Table, choices: Choices) -> PeopleList:
    """A list kept for a day, for its sender alone, with what seems to be meant by it."""
    event = get(Event, event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    require(actor.person_id is not None)
    assert actor.person_id
    row = PeopleList(
        id=uuid4(), event_id=event.id, person_id=actor.person_id, size=len(table.rows), choices=choices.as_json()
    )

    def write(file: IO[bytes]) -> None:
        file.write(table.as_json())

    with files.made("list.json", "application/json", write) as upload:
        row.file_id = files.store(LIST, row.id, upload, event.id).id
    db.session.add(row)
    announce(ListKept(event.id, row.id, row.size))
    return row


@use_case
def choose(actor: Actor, list_id: UUID, choices: Choices) -> PeopleList:
    """The list with what is to become of it, for whenever its sender looks at it again."""
    row = queries.get_list(actor, list_id, lock=True)
    row.choices = choices.as_json()
    return row


@use_case
def carry_out(actor: Actor, list_id: UUID, seen: str) -> PeopleImported:
    """The people of a list registered, and those who are there already changed, by what was chosen for it.

    The new ones get places in the order of the list as far as there are any, after all who waited before. Raises Stale
    where it would do something else than what was `seen`, and Conflict where it cannot be carried out.
    """
    event, pools = lock(queries.get_list(actor, list_id).event_id)  # first, as whoever erases somebody does
    kept = queries.get_list(actor, list_id, lock=True)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    check_takes_place(event)
    found = survey(event, queries.table_of(kept), queries.choices_of(kept))
    if found.fingerprint != seen:
        raise Stale(gettext("Something has changed since you looked at this. Nothing is imported yet."))
    if not found.may_go_on:
        raise Conflict(gettext("This list cannot be imported as it is. Please look at what is said of it."))
    fact = _take_over(event, pools, found, kept.id)
    forget_list(kept)
    announce(fact)
    return fact


def forget_list(kept: PeopleList) -> None:
    """No such list any more, nor what was in it; only inside a use-case."""
    if kept.file_id and (file := db.session.get(StoredFile, kept.file_id)):
        files.remove(file)
    db.session.delete(kept)


@use_case
def drop_list(actor: Actor, list_id: UUID) -> None:
    """The list gone before its day is over, as its sender wishes."""
    forget_list(queries.get_list(actor, list_id, lock=True))


def _take_over(event: Event, pools: Pools, found: Survey, import_id: UUID) -> PeopleImported:
    choices = found.choices
    pool = offered(pools, choices.pool)
    intake = Newcomers(event, pool)
    added, waiting = _add(event, pool, intake, found, import_id)
    back = changed = 0
    for line, registration in _with_rows(found):
        if line.act == "back":
            _take_back(
                registration, pool, "pending" if choices.is_pending else intake.next_state(registration, is_known=True)
            )
            registration.import_id = import_id
            _describe(line, registration, choices)
            place = registration.place
            announce(PlaceTaken(event.id, registration.id, place.id, place.state, is_told=False))
            back += 1
        else:
            changed += _merge(line, registration, choices)
    return PeopleImported(event.id, import_id, added, back, changed, choices.is_told, waiting)


def _add(event: Event, pool: Pool, intake: Newcomers, found: Survey, import_id: UUID) -> tuple[int, int]:
    """Register those who are new, some hundreds at a time; how many they are, and how many of them wait for a place."""
    now, added, waiting = clock.now(), [], 0
    lines = [line for line in found.lines if line.act == "new"]
    for line, number in zip(lines, draw_numbers(pool, len(lines)), strict=True):
        entry = line.entry
        registration = Registration(
            id=uuid4(),
            event_id=event.id,
            name=entry.name,
            organisation=entry.organisation,
            stakeholder_type=entry.stakeholder_type,
            country=entry.country,
            language=entry.language or found.choices.language,
            typed_address=entry.typed_address or None,
            address=entry.address or None,
            verified_at=now,
            import_id=import_id,
        )
        place = Place(id=uuid4(), registration=registration, pool=pool)
        state = "pending" if found.choices.is_pending else intake.next_state(registration, is_known=True)
        put(place, pool, state, number)
        waiting += place.state == "waitlisted"
        db.session.add(registration)
        added.append((registration, line.answers))
        if len(added) % BATCH == 0:
            db.session.flush()
    db.session.flush()
    replies.keep_all((registration, answers) for registration, answers in added if answers is not None)
    return len(added), waiting


def _with_rows(found: Survey) -> Iterator[tuple[Line, Registration]]:
    """Those whom we know already, read some hundreds at a time."""
    lines = [line for line in found.lines if line.act in {"back", "merge"}]
    for start in range(0, len(lines), BATCH):
        some = lines[start : start + BATCH]
        rows = queries.rows_of([line.known.id for line in some if line.known])
        for line in some:
            assert line.known
            if (row := rows.get(line.known.id)) is None:
                raise NotFound
            yield line, row


def _take_back(registration: Registration, pool: Pool, state: str) -> None:
    """Who has given up comes back at the end of the queue, and for themself, as anybody who registers anew."""
    registration.contact_id = registration.substitute_for_id = None
    registration.verified_at = registration.verified_at or clock.now()
    keep_ticked(registration, (), is_new=False)
    place = registration.place
    place.size = size_in(pool.event, registration)
    for other in [one for one in registration.places if one is not place]:
        registration.places.remove(other)
        db.session.delete(other)
        db.session.flush()
    put(place, pool, state)
    settle(registration)


def _merge(line: Line, registration: Registration, choices: Choices) -> bool:
    """Whether anything of somebody is otherwise than before, by the rule for duplicates."""
    if changed := _describe(line, registration, choices):
        announce(RegistrationChanged(registration.event_id, registration.id, changed))
    return bool(changed)


def _describe(line: Line, registration: Registration, choices: Choices) -> tuple[str, ...]:
    before = Description(**{field.name: getattr(registration, field.name) for field in fields(Description)})
    entry, after = line.entry, before
    for name in ("name", "organisation", "stakeholder_type", "country"):
        said, known = getattr(entry, name), getattr(before, name)
        value = (said or known) if choices.duplicates == "overwrite" else (known or said)
        after = replace(after, **{name: value})
    if entry.language and choices.duplicates == "overwrite":
        after = replace(after, language=entry.language)
    changed = describe(registration, after)
    if line.answers is not None and replies.keep(registration, line.answers):
        changed = (*changed, "answers")
    return changed
