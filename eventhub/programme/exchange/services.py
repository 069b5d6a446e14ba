"""Taking a file over into a programme: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.errors import Conflict, Stale
from eventhub.programme import queries, services
from eventhub.programme.models import COLOURS

from . import origins
from .entries import Reading
from .signals import ProgrammeImported
from .survey import Line, Survey, survey, with_places
from .words import ERRORS


@use_case
def import_sessions(
    actor: Actor, event_id: UUID, reading: Reading, *, remove: Collection[UUID] = (), seen: str | None = None
) -> ProgrammeImported:
    """The draft with what a file says of its sessions; of those that the file does not have, only `remove` go.

    Raises Stale where what it would change is not what was `seen`, or its hours were read for another time zone, and
    Conflict where there are errors in the file.
    """
    event = services.editable(actor, event_id)
    if any(problem.what in ERRORS for problem in reading.problems):
        raise Conflict(gettext("There are errors in the file. Nothing of it is imported."))
    found = survey(actor, event, reading)
    if reading.zone != event.zone or (seen is not None and seen != found.fingerprint):
        raise Stale(gettext("The programme has changed since you looked at it. Nothing is imported yet."))
    added, changed = len(found.new), len(found.changed)
    made = _make_places(actor, event, found)
    # As long as somebody holds them, the session asks the database for none of them again.
    held = [*queries.list_rooms(event), *queries.list_tracks(event)]
    new = [line for line in found.lines if line.session is None]
    crossing = _add(actor, event, new, made)
    known = [(line, line.session) for line in found.lines if line.session is not None and not line.is_stale]
    for _, session in known:
        if session.state == "deleted":
            services.restore_session(actor, session.id)
    services.change_sessions(
        actor, event.id, {session.id: with_places(line.plan, made) for line, session in known if line.what}
    )
    for line, session in known:
        if line.cancels:
            services.cancel_session(actor, session.id)
    origins.note_sessions(event.id, [(line.entry, session.id) for line, session in known])
    held.clear()
    if crossing:
        _refer(actor, event, reading, crossing)
    gone = [session for session in found.missing if session.id in remove]
    for session in gone:
        services.delete_session(actor, session.id)
    fact = ProgrammeImported(event.id, reading.form, added, changed, len(gone))
    announce(fact)
    return fact


def _make_places(actor: Actor, event: Event, found: Survey) -> dict[UUID | None, UUID]:
    made: dict[UUID | None, UUID] = {}
    for named, place in found.rooms.items():
        made[named] = services.save_room(actor, event.id, place.name, is_virtual=place.is_virtual).id
    for number, (named, place) in enumerate(found.tracks.items()):
        colour = place.colour or COLOURS[number % len(COLOURS)]
        made[named] = services.save_track(actor, event.id, place.name, colour, slug=place.slug).id
    return made


def _add(actor: Actor, event: Event, new: Sequence[Line], made: Mapping[UUID | None, UUID]) -> list[UUID]:
    """Add the sessions that come, and say which of them speak of others."""
    plans = [with_places(line.plan, made) for line in new]
    added = list(zip(new, services.add_sessions(actor, event.id, plans), strict=True))
    for line, session in added:
        if line.cancels:
            services.cancel_session(actor, session.id)
    origins.note_sessions(event.id, [(line.entry, session.id) for line, session in added])
    return [session.id for line, session in added if _refers(line)]


def _refers(line: Line) -> bool:
    """Whether an entry speaks of what has an id only now: another session of the file, or somebody in its own."""
    people = line.entry.people or ()
    return line.entry.repeats is not None or any(guest.presents_with is not None for guest in people)


def _refer(actor: Actor, event: Event, reading: Reading, session_ids: Collection[UUID]) -> None:
    """Write down what the new sessions say of each other, now that all of them are there."""
    db.session.flush()
    changed = [(line, line.session) for line in survey(actor, event, reading).changed if line.session]
    wanted = set(session_ids)
    services.change_sessions(
        actor, event.id, {session.id: line.plan for line, session in changed if session.id in wanted}
    )
