"""Gathering changes, and telling what they came to: each person once, and of what is as it was nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from eventhub.events.circumstances import Circumstances
from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.permissions import require
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import queries
from eventhub.messaging.inbox.queries import marked_among
from eventhub.messaging.services import BATCH, order, order_for, order_for_guest
from eventhub.programme import differences, releases, snapshots
from eventhub.programme.differences import Difference
from eventhub.programme.models import Release
from eventhub.programme.snapshots import Snapshot
from eventhub.programme.speaker_queries import addresses_of
from eventhub.registrations.models import EventInvitation, Place, Pool, Registration
from eventhub.registrations.policy import may_manage_registrations
from eventhub.registrations.queries import looks_after_somebody
from eventhub.registrations.sign_ups.models import LIVE, SignUp, SignUpSheet

from .models import MOST_MINUTES, USUAL_MINUTES, ChangeNotice, Gathering, NoticePlan
from .signals import QuietPeriodSet

# When, where and whether a session is.
_STAND = ("starts", "ends", "room_id", "state")
# What begins so soon is told at once.
SOON = timedelta(hours=24)


def find_plan(event_id: UUID) -> NoticePlan | None:
    """How long the changes of an event are gathered, if anybody has set it."""
    return db.session.scalar(select(NoticePlan).where(NoticePlan.event_id == event_id))


def find_waiting(event_id: UUID) -> datetime | None:
    """When what has changed of an event is told, where something waits to be."""
    query = select(OutboxRow.due_at).join(Gathering, Gathering.outbox_id == OutboxRow.id)
    return db.session.scalar(query.where(Gathering.event_id == event_id, OutboxRow.state == "waiting"))


@use_case
def set_quiet_period(actor: Actor, event_id: UUID, minutes: int, version: int | None = None) -> NoticePlan:
    """For how many minutes the changes of an event are gathered from now on.

    Raises Invalid where it is no such number, Stale where somebody saved it since `version`, which is 0 before.
    """
    event = get(Event, event_id, lock=True)
    require(may_manage_registrations(actor, event), hidden=True)
    plan = find_plan(event.id) or NoticePlan(event_id=event.id, version=0)
    check_version(plan, version)
    if not 0 <= minutes <= MOST_MINUTES:
        raise Invalid("quiet_minutes", gettext("A number from %(least)s to %(most)s.", least=0, most=MOST_MINUTES))
    plan.quiet_minutes = minutes
    db.session.add(plan)
    announce(QuietPeriodSet(event.id, minutes))
    return plan


def gather_event(event: Event, was: Mapping[str, Any]) -> None:
    """That an event's time, place or form is another than it was, to be told with all else that changes meanwhile."""
    gathering = _gathering(event.id)
    gathering.was = gathering.was or {**was, "until": clock.now().isoformat()}
    before = Circumstances.from_json(was)
    starts = [event.starts_at, clock.instant(before.starts, before.zone) if before.starts else None]
    _tell_later(gathering, event, "event_changed", is_urgent=_is_soon(starts))


def gather_release(event: Event, release: Release, *, tells: bool) -> None:
    """What a release changed, to be told with all else; what a silent one moved is told with the next that is not."""
    gathering = _gathering(event.id)
    if not tells:
        if gathering.told_number is None and gathering.silent_number is None:
            gathering.silent_number = release.number - 1
    else:
        if gathering.told_number is None:
            gathering.told_number = release.number - 1
        found = [Difference(values) for values in release.changes]
        is_urgent = _is_soon([event.starts_at]) or any(_is_urgent(one, event) for one in found)
        _tell_later(gathering, event, "programme_changed", is_urgent=is_urgent)


def _gathering(event_id: UUID) -> Gathering:
    query = select(Gathering).where(Gathering.event_id == event_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        # Whoever changes an event has locked its row: nobody else makes this one meanwhile.
        found = Gathering(event_id=event_id)
        db.session.add(found)
    return found


def _is_urgent(one: Difference, event: Event) -> bool:
    stands = (one.values[key] for key in ("was", "is") if key in one.values)
    starts = [clock.instant(clock.read(stand["starts"]), event.zone) for stand in stands]
    return bool({"cancelled", "gone"} & one.what) or _is_soon(starts)


def _is_soon(starts: Iterable[datetime | None]) -> bool:
    return any(at is not None and at <= clock.now() + SOON for at in starts)


def _tell_later(gathering: Gathering, event: Event, kind: str, *, is_urgent: bool) -> None:
    plan = find_plan(event.id)
    minutes = 0 if is_urgent else plan.quiet_minutes if plan else USUAL_MINUTES
    due_at = clock.now() + timedelta(minutes=minutes)
    row = db.session.get(OutboxRow, gathering.outbox_id) if gathering.outbox_id else None
    if row is None or row.state in {"done", "failed"}:
        payload = {"event_id": str(event.id), "kind": kind}
        gathering.outbox_id = outbox.put("notice", payload, event_id=event.id, due_at=due_at)
    elif row.state == "waiting":
        outbox.hasten(row.id, due_at)


def is_told(event_id: UUID, session_id: UUID) -> bool:
    """Whether registrants are about to be told of what has just happened to a session."""
    waiting = db.session.scalar(select(Gathering.told_number).where(Gathering.event_id == event_id))
    newest = snapshots.newest(event_id)
    if newest is None or waiting is None:  # a silent release is told of by itself to nobody
        return False
    changes = [Difference(values) for values in newest.changes]
    return any(one.session_id == session_id and one.is_substantial for one in changes)


@use_case
def close(actor: Actor, event_id: UUID, outbox_id: UUID) -> UUID | None:
    """What a gathering came to, to be told; None where all is as it was, or the event does not take place.

    Asked again by the same work, as after a killed worker, it is the same notice.
    """
    known = db.session.scalar(select(ChangeNotice.id).where(ChangeNotice.outbox_id == outbox_id))
    event = get(Event, event_id, lock=True)
    gathering = _gathering(event_id)
    if known or gathering.outbox_id != outbox_id:
        return known
    gathering.outbox_id, was, gathering.was = None, gathering.was, None
    if event.is_over() or event.status == "cancelled":
        return None
    if event.status != "published" or (was and Circumstances.from_json(was).are_as(Circumstances.of(event))):
        was = None  # of a postponement there is a letter of its own
    newest, told_number, changes = snapshots.newest(event_id), gathering.told_number, list[Difference]()
    if newest and told_number is not None:
        told, stands = snapshots.of_release(releases.get_numbered(event, told_number)), snapshots.of_release(newest)
        changes, gathering.told_number = differences.between(told, stands), None
        # What was moved silently comes along with what is told anyway, and is no reason to write by itself.
        if gathering.silent_number is not None and any(one.is_substantial for one in changes):
            changes = differences.between(_known(event, told, gathering.silent_number, told_number), stands)
            gathering.silent_number = None
    if was is None and not changes:
        return None
    notice = ChangeNotice(
        id=uuid4(), event_id=event.id, outbox_id=outbox_id, was=was, changes=[one.values for one in changes],
        from_number=told_number if changes else None, to_number=newest.number if newest and changes else None,
    )  # fmt: skip
    db.session.add(notice)
    return notice.id


def _known(event: Event, known: Snapshot, silent_number: int, told_number: int) -> Snapshot:
    """What people know of a programme: a release, with the sessions that silent ones before had moved where they were.

    What those added is no news, nor who is in it: only when and where something is, people have to know.
    """
    sessions = {one["id"]: one for one in known.sessions}
    seen: set[str] = set()
    names = dict(known.names)
    for number in range(silent_number, told_number):
        before = snapshots.of_release(releases.get_numbered(event, number))
        for one in before.sessions:
            if one["id"] in seen:
                continue
            seen.add(one["id"])
            later = {key: value for key, value in sessions.get(one["id"], one).items() if key not in _STAND}
            sessions[one["id"]] = later | {key: one[key] for key in _STAND if key in one}
        names = {**before.names, **names}
    return Snapshot({**known.programme, "sessions": list(sessions.values())}, names)


@use_case
def write_to_speakers(actor: Actor, notice_id: UUID) -> None:
    """A letter to all whose session changed; who is registered as well finds all else there, and gets no second one.

    Several may share an address, as that of an office: each has a letter, and the first is the registrant's as well. As
    with `queries.readers`, none goes where a letter has found nobody.
    """
    notice = get(ChangeNotice, notice_id)
    if notice.to_number is None or notice.from_number is None:
        return
    event = get(Event, notice.event_id)
    programmes = [releases.get_numbered(event, number).snapshot for number in (notice.to_number, notice.from_number)]
    concerned = releases.concerned_among(notice.changes, programmes)
    found = addresses_of(event.id, concerned.keys())
    addresses = [address for address, _ in found.values()]
    registered = queries.registered_among(_readers(notice), addresses)
    marked = marked_among(event.organisation_id, addresses)
    for person_id, (address, language) in sorted(found.items()):
        if address in marked:
            continue
        sessions = sorted(map(str, concerned[person_id]))
        data = {"notice_id": str(notice_id), "sessions": sessions, "person_id": str(person_id)}
        registration_id = registered.pop(address, None)
        cause = f"notice:{notice_id}:{registration_id or person_id}"
        order(
            "session_changed", address, language, cause=cause, data=data, event_id=event.id,
            registration_id=registration_id,
        )  # fmt: skip


@use_case
def spread(actor: Actor, notice_id: UUID, after: UUID | None) -> UUID | None:
    """The next batch of a notice, by the registrations' ids; the last id, or None when there are no more."""
    notice = get(ChangeNotice, notice_id)
    query = _readers(notice, after)
    of_programme: dict[str, Any] = {"notice_id": str(notice.id)} if notice.changes else {}
    batch, last = db.session.scalars(query.limit(BATCH)).all(), None
    those = Registration.id.in_([one.id for one in batch]), _finds_another(notice)
    concerned = set(db.session.scalars(select(Registration.id).join(Registration.places).where(Place.is_main, *those)))
    for registration in batch:
        last = registration.id
        kind = "event_changed" if last in concerned else "programme_changed"
        data = {**of_programme, "was": notice.was} if last in concerned else of_programme
        order_for(registration, kind, cause=f"notice:{notice_id}:{registration.id}", data=data, is_bulk=True)
    return last


@use_case
def spread_to_guests(actor: Actor, notice_id: UUID, after: UUID | None) -> UUID | None:
    """The next batch of those whose invitation names another time or place and waits for an answer; as `spread`."""
    notice, last = get(ChangeNotice, notice_id), None
    if notice.was is None:
        return last
    query = queries.open_invitations(notice.event_id, after)
    query = query.where(_told_as_it_was(notice, EventInvitation.created_at))
    query = query.where(EventInvitation.language.in_(_languages_of(notice)))
    if _is_of_another_hall(notice):
        query = query.where(EventInvitation.pool.has(Pool.mode != "online"))
    for invitation in db.session.scalars(query.limit(BATCH)):
        last = invitation.id
        cause = f"notice:{notice_id}:{invitation.id}"
        order_for_guest(invitation, "event_changed", cause=cause, data={"was": notice.was}, is_bulk=True)
    return last


def _told_as_it_was(notice: ChangeNotice, written_at: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """That a row is older than the change: whoever came after it was told of the event as it is."""
    until = (notice.was or {}).get("until")
    return written_at <= datetime.fromisoformat(until) if until and not notice.changes else true()


def _languages_of(notice: ChangeNotice) -> list[str]:
    """Those whose readers find the event's time, place or form another than it was: a name may be so in one alone."""
    if notice.was is None:
        return []
    was, now = Circumstances.from_json(notice.was), Circumstances.of(get(Event, notice.event_id))
    return [lang for lang in LOCALES if not was.are_as(now, readers=lang)]


def _is_of_another_hall(notice: ChangeNotice) -> bool:
    event = get(Event, notice.event_id)
    return bool(notice.was) and Circumstances.from_json(notice.was or {}).are_as(
        Circumstances.of(event), is_online=True
    )


def _readers(notice: ChangeNotice, after: UUID | None = None) -> Select[Registration]:
    """All who were registered before; of what moves nobody but those who speak, those who signed up for it.

    Of an event that is another than it was, those who find it so.
    """
    query = queries.readers(notice.event_id, after).where(_told_as_it_was(notice, Registration.created_at))
    if any(Difference(values).is_substantial for values in notice.changes):
        return query
    recast = [one.session_id for one in map(Difference, notice.changes) if recasts(one)]
    has_chosen = exists().where(
        SignUp.registration_id == Registration.id,
        SignUp.state.in_(LIVE),
        SignUp.sheet_id == SignUpSheet.id,
        SignUpSheet.session_id.in_(recast),
    )
    return query.where(or_(_finds_another(notice), has_chosen))


def _finds_another(notice: ChangeNotice) -> ColumnElement[bool]:
    """To whom the event is another than it was: of another hall alone nobody hears who is there online."""
    reads_so = Registration.language.in_(_languages_of(notice))
    if not _is_of_another_hall(notice):
        return reads_so
    return and_(reads_so, or_(Place.pool.has(Pool.mode != "online"), looks_after_somebody()))


def recasts(one: Difference) -> bool:
    """Whether somebody joins or leaves a session: who chose it, may have done so for them."""
    told = one.values.get("people", {})
    return bool(told.get("joined") or told.get("left"))
