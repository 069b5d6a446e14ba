"""Making a programme public: releases of all that has changed, and hotfixes of one change alone.

The event's row is locked first, as for every save in a programme: two releases come one after the other, and the
second learns of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import acting, announce, db, get, use_case
from eventhub.foundation.errors import Conflict, NotFound, Stale
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.people.models import Person

from . import differences, public, snapshots
from .differences import Difference
from .models import INTERNAL_ROLES, ProgrammeSession, Release, Room, SessionRole, Track
from .signals import ProgrammeReleased
from .snapshots import NOTHING, Snapshot, Values, living

Mend = Callable[[Values, Values], object]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the next release would hold, and how it is other than the `newest`, which is none before the first."""

    newest: Release | None
    draft: Snapshot
    found: Sequence[Difference]

    @property
    def fingerprint(self) -> str:
        """What tells just these differences from others, to be given to `release`."""
        return differences.fingerprint(self.newest.number if self.newest else 0, self.found)


def waiting(event: Event) -> Waiting:
    """What the next release would change."""
    newest = snapshots.newest(event.id)
    before, draft = snapshots.of_release(newest) if newest else NOTHING, snapshots.take(event.id)
    return Waiting(newest, draft, differences.between(before, draft))


def count_waiting(event: Event) -> int:
    """How many changes of a public programme nobody sees before its next release."""
    return 0 if event.status == "draft" else len(waiting(event).found)


@use_case
def release(
    actor: Actor, event_id: UUID, note: Translated = EMPTY, *, seen: str | None = None, tells: bool = True
) -> Release:
    """The draft, public from now on; those concerned hear of it unless `tells` is false.

    Raises Stale where what it would change is not what was `seen`, and Conflict where it would change nothing or the
    event itself is a draft.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    if event.status == "draft":
        raise Conflict(gettext("Publish the event first: its programme is released with it."))
    now = waiting(event)
    if seen is not None and seen != now.fingerprint:
        raise Stale(gettext("The programme has changed since you looked at it. Nothing is released yet."))
    if now.newest is not None and not now.found:
        raise Conflict(gettext("Nothing has changed since the last release."))
    return _store(event, now.newest, now.draft, now.found, note, tells=tells)


@use_case
def release_with_event(actor: Actor, event_id: UUID) -> Release | None:
    """The draft public together with its event, which tells whom it has to tell itself; none where it is already."""
    event = get(Event, event_id, lock=True)
    now = waiting(event)
    if now.newest is not None and not now.found:
        return None
    return _store(event, now.newest, now.draft, now.found, EMPTY, tells=False)


def hotfix(event: Event, mends: Mapping[UUID, Mend], *, tells: bool = True) -> None:
    """One change alone made public, in the newest release's own programme; the caller makes it in the draft.

    Each of `mends` changes the values of the session of its id, and the names of its parts, in place. Nothing happens
    while none of the sessions is public, or where nothing becomes another.
    """
    newest = snapshots.newest(event.id)
    if event.status == "draft" or newest is None:
        return
    before = snapshots.of_release(newest)
    wanted = {str(session_id): mend for session_id, mend in mends.items()}
    mended = [deepcopy(one) if one["id"] in wanted else one for one in before.sessions]
    after = Snapshot({**before.programme, "sessions": mended}, dict(before.names))
    for session in mended:
        if mend := wanted.get(session["id"]):
            mend(session, after.names)
    if found := differences.between(before, after):
        _store(event, newest, after, found, EMPTY, kind="hotfix", tells=tells)


@use_case
def bring_back(actor: Actor, release_id: UUID) -> None:
    """The draft as an earlier release has it: what came later leaves the draft, what left it comes back.

    People who have declined or withdrawn since then stay away, and nothing is public before the next release.
    """
    kept = get(Release, release_id)
    event = get(Event, kept.event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    snapshot = snapshots.of_release(kept)
    rooms, tracks = _parts_back(event, snapshot)
    known = {
        session.id: session
        for session in db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.event_id == event.id))
    }
    wanted = {UUID(session["id"]): session for session in snapshot.sessions}
    for session_id, values in wanted.items():
        _session_back(event, known[session_id], values, rooms, tracks)
        _people_back(known[session_id], values["parts"], snapshot.names)
    for session_id, session in known.items():
        if session_id not in wanted and session.starts is not None and session.state != "deleted":
            session.state = "deleted"
    db.session.flush()
    public.change(event.id, wanted)


def list_of(event_id: UUID) -> Sequence[Release]:
    """The releases of an event, the newest first, without what they hold."""
    query = select(Release).where(Release.event_id == event_id).order_by(Release.number.desc())
    return db.session.scalars(query).all()


def get_numbered(event: Event, number: int) -> Release:
    """The release of a number; raises NotFound."""
    found = db.session.scalar(select(Release).where(Release.event_id == event.id, Release.number == number))
    if found is None:
        raise NotFound
    return found


def concerned_among(changes: Sequence[Values], programmes: Sequence[Values]) -> dict[UUID, set[UUID]]:
    """Whose sessions have changed: the ids of people, each with those sessions, in the `programmes` before and after.

    Who was asked and has not answered is in no release, and has to know when or where their session is, or that it
    is not any more.
    """
    found_changes = [Difference(values) for values in changes]
    changed = {one.session_id for one in found_changes if one.session_id and not one.is_known}
    found: dict[UUID, set[UUID]] = {}
    for programme in programmes:
        for session in programme["sessions"]:
            if (session_id := UUID(session["id"])) in changed:
                for part in session["parts"]:
                    if "person_id" in part:
                        found.setdefault(UUID(part["person_id"]), set()).add(session_id)
    asked = select(SessionRole.person_id, SessionRole.session_id).where(
        SessionRole.session_id.in_([one.session_id for one in found_changes if one.session_id and one.is_substantial]),
        SessionRole.state == "invited",
        SessionRole.role.not_in(INTERNAL_ROLES),
    )
    for person_id, session_id in db.session.execute(asked):
        if person_id:
            found.setdefault(person_id, set()).add(session_id)
    return found


def _store(
    event: Event,
    before: Release | None,
    snapshot: Snapshot,
    found: Sequence[Difference],
    note: Translated,
    *,
    kind: str = "release",
    tells: bool,
) -> Release:
    names = dict(snapshot.names)
    if before is not None:
        # The changelog names those who have left as well.
        left = {p["id"] for one in found for p in one.values.get("people", {}).get("left", ())}
        names |= {part_id: before.names[part_id] for part_id in left if part_id in before.names}
    row = Release(
        event_id=event.id,
        number=before.number + 1 if before else 1,
        kind=kind,
        note=note,
        person_id=acting().person_id,
        changes=[one.values for one in found] if before else [],
        snapshot=snapshot.programme,
        names=names,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    concerned = {one.session_id for one in found if one.session_id}
    renames = before is not None and any(one.session_id is None for one in found)
    public.change(event.id, concerned, whole=before is None or renames)
    announce(ProgrammeReleased(event.id, row.id, row.number, row.kind, tells=tells and before is not None))
    return row


def _parts_back(event: Event, snapshot: Snapshot) -> tuple[set[UUID], set[UUID]]:
    """The rooms and tracks of a release, made again where they are gone; their ids."""
    found = []
    for model, noun in ((Room, "rooms"), (Track, "tracks")):
        there = set(db.session.scalars(select(model.id).where(model.event_id == event.id)))
        for position, values in enumerate(snapshot.programme[noun]):
            if UUID(values["id"]) not in there:
                columns: Values = {"id": UUID(values["id"]), "event_id": event.id, "position": position}
                columns["name"] = Translated.from_json(values["name"]) if "name" in values else EMPTY
                kept = ("is_virtual",) if model is Room else ("slug", "colour")
                db.session.add(model(**columns, **{key: values[key] for key in kept if key in values}))
                there.add(columns["id"])
        found.append(there)
    db.session.flush()
    return found[0], found[1]


_SIMPLE: dict[str, Any] = {
    "kind": None, "state": None, "language": None, "level": None, "capacity": None, "has_sign_up": False,
    "do_not_record": False,
}  # fmt: skip


def _session_back(event: Event, session: ProgrammeSession, values: Values, rooms: set[UUID], tracks: set[UUID]) -> None:
    for key, otherwise in _SIMPLE.items():
        setattr(session, key, values.get(key, otherwise))
    for key in ("title", "abstract"):
        setattr(session, key, living(values.get(key), getattr(session, key).as_json()))
    session.interpretation = list(values.get("interpretation", ()))
    session.starts, session.ends = (clock.read(values[key]) for key in ("starts", "ends"))
    session.starts_at, session.ends_at = (clock.instant(at, event.zone) for at in (session.starts, session.ends))
    room_id, track_id = (UUID(values[key]) if key in values else None for key in ("room_id", "track_id"))
    session.room_id = room_id if room_id in rooms else None
    session.track_id = track_id if track_id in tracks else None


def _people_back(session: ProgrammeSession, parts: Sequence[Values], names: Values) -> None:
    known = {str(role.id): role for role in session.speakers}
    roles = []
    for position, part in enumerate(parts):
        role = known.pop(part["id"], None) or _part_again(part, names)
        if role is None:
            continue
        role.role, role.mode, role.position = part["role"], part["mode"], position
        for key in ("presentation_title", "presentation_abstract"):
            setattr(role, key, living(part.get(key), (getattr(role, key) or EMPTY).as_json()))
        role.presentation_minutes = part.get("presentation_minutes")
        roles.append(role)
    for position, role in enumerate(known.values(), len(roles)):
        role.position = position
        if role.state == "confirmed" and role.role not in INTERNAL_ROLES:
            role.state, role.state_since = "proposed", clock.now()
    session.speakers = [*roles, *known.values()]


def _part_again(part: Values, names: Values) -> SessionRole | None:
    """A part whose row has left the draft; None where who it was has been erased."""
    told = names.get(part["id"])
    person_id = UUID(part["person_id"]) if "person_id" in part else None
    if told is None or (person_id and db.session.get(Person, person_id) is None):
        return None
    words = {key: Translated.from_json(told[key]) for key in ("name", "affiliation") if key in told}
    facts = {key: told[key] for key in ("country", "stakeholder_type") if key in told}
    return SessionRole(id=UUID(part["id"]), person_id=person_id, **words, **facts)
