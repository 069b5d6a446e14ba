"""How somebody takes part in a session, and that they do not after all: public at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import partial
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case

from . import releases, services, snapshots
from .models import ProgrammeSession, SessionRole
from .signals import ModeChanged, PartWithdrawn


@use_case
def set_mode(
    actor: Actor, role_ids: Collection[UUID], mode: str, *, reason: str = "", is_reason_own: bool = False
) -> list[SessionRole]:
    """People who have these parts in another way, public at once: in the room, from afar, or recorded.

    The parts are of one event. One transaction and one release change all of them in the draft and in public, tell
    calendars and those concerned, and free what is not needed any more.
    """
    found = [_role(actor, role_id) for role_id in role_ids]
    moved = [(event, session, role) for event, session, role in found if role.mode != mode]
    by_session: dict[UUID, list[UUID]] = defaultdict(list)
    for _, session, role in moved:
        role.mode, role.reason, role.is_reason_own = mode, reason, is_reason_own
        _touch(session)
        by_session[session.id].append(role.id)
    if moved:
        event = moved[0][0]
        releases.hotfix(event, {key: partial(_set_mode, roles, mode) for key, roles in by_session.items()})
    for event, session, role in moved:
        announce(ModeChanged(event.id, session.id, role.id, role.person_id, mode))
    return [role for _, _, role in found]


def _set_mode(role_ids: Collection[UUID], mode: str, values: snapshots.Values, _: snapshots.Values) -> None:
    for role_id in role_ids:
        _part_of(values, role_id).update(mode=mode)


@use_case
def withdraw_part(actor: Actor, role_id: UUID, *, reason: str = "", is_reason_own: bool = False) -> SessionRole:
    """A part that its person will not take after all; nobody is announced who does not come."""
    event, session, role = _role(actor, role_id)
    if role.state == "withdrawn":
        return role
    was_confirmed = role.state == "confirmed"
    role.state, role.state_since = "withdrawn", clock.now()
    role.reason, role.is_reason_own = reason, is_reason_own
    _touch(session)
    if was_confirmed:
        releases.hotfix(event, {session.id: lambda values, _: _take_out(values, role.id)})
        announce(PartWithdrawn(event.id, session.id, role.id, role.person_id))
    return role


def _role(actor: Actor, role_id: UUID) -> tuple[Event, ProgrammeSession, SessionRole]:
    role = get(SessionRole, role_id)
    event, session = services.part_of_event(actor, ProgrammeSession, role.session_id)
    return event, session, get(SessionRole, role_id, lock=True)


def _touch(session: ProgrammeSession) -> None:
    flag_modified(session, "event_id")
    db.session.flush()


def _take_out(values: snapshots.Values, role_id: UUID) -> None:
    values["parts"] = [part for part in values["parts"] if part["id"] != str(role_id)]


def _part_of(values: snapshots.Values, role_id: UUID) -> snapshots.Values:
    """The part of a role in a released session; one that nobody sees where it is not public."""
    return next((part for part in values["parts"] if part["id"] == str(role_id)), {})
