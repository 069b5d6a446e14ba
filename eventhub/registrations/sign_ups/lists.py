"""Who has a place in a session and who is next: the rules of a list's queue.

Whoever changes a list has locked the event and its pools first, as whoever gives or takes a place at the event does:
the last place in a session is given once, and nobody keeps one whose place at the event ends at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.permissions import require
from eventhub.programme import queries as programmes
from eventhub.programme import sign_up_counts as counts
from eventhub.programme.public import PublicSession, public_state
from eventhub.registrations import policy
from eventhub.registrations.models import COUNTING, Place, Registration
from eventhub.registrations.queue import lock

from . import queries
from .models import LIVE, SignUp, SignUpSheet
from .signals import SignUpEnded, SignUpPromoted, SignUpQueued, SignUpsEnded


def has_place(registration: Registration) -> bool:
    """Whether somebody has a place at the event, or one is held for them that they need only confirm."""
    return registration.place.state in COUNTING and not registration.must_take_over


def needs_place(sheet: SignUpSheet, registration: Registration) -> bool:
    """Whether somebody takes up one of the places: where these are seats, only who comes does."""
    return not sheet.is_seated or registration.place.pool.mode != "online"


def join(sheet: SignUpSheet, sign_up: SignUp, *, takes_place: bool) -> str:
    """Put somebody at the end of a list; how they stand there then."""
    state = "waitlisted" if takes_place and queries.stand_of(sheet).is_full else "confirmed"
    sheet.last_number += 1
    sign_up.number, sign_up.takes_place, sign_up.ended_by = sheet.last_number, takes_place, None
    set_state(sign_up, state)
    return state


def set_state(sign_up: SignUp, state: str) -> None:
    """A sign-up in another state from now on."""
    sign_up.state, sign_up.state_since = state, clock.now()


def end(event: Event, sign_up: SignUp, ended_by: str) -> None:
    """Take somebody off a list; whoever calls this then promotes those who wait."""
    set_state(sign_up, "cancelled")
    sign_up.ended_by = ended_by
    announce(SignUpEnded(event.id, sign_up.registration_id, sign_up.sheet.session_id, ended_by))


def promote(event: Event, sheet: SignUpSheet) -> None:
    """Give free places to those who wait, in strict order, until the session begins; and keep how many are taken."""
    db.session.flush()
    stand = queries.stand_of(sheet)
    taken = stand.taken
    if stand.waiting and stand.left != 0 and sheet.state == "open" and event.status == "published":
        for one in () if sheet.has_begun() else queries.waiting_on(sheet, stand.left):
            set_state(one, "confirmed")
            announce(SignUpPromoted(event.id, one.registration_id, sheet.session_id))
            taken += 1
        db.session.flush()
    counts.note_signed_up(SYSTEM, sheet.session_id, taken)


@use_case
def follow_programme(actor: Actor, event_id: UUID, session_ids: Sequence[UUID] = (), *, whole: bool = False) -> None:
    """Let the lists say what the public sees of these sessions of an event, or of all of them.

    A list comes with its session. One whose session was cancelled or removed, or needs no sign-up any more, frees
    those on it. A capacity that rises promotes those who wait, one that falls drops nobody.
    """
    event = get(Event, event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    programme = public_state(event)
    concerned = set(session_ids)
    shown = {one.id: one for one in programme.sessions if whole or one.id in concerned}
    if not any(one.has_sign_up for one in shown.values()) and not queries.has_any_sheet(event_id):
        return
    event, _ = lock(event_id)
    rooms = programmes.room_capacities(event_id)
    sheets = {one.session_id: one for one in queries.sheets_of(event_id) if whole or one.session_id in concerned}
    for session in shown.values():
        if session.has_sign_up and not session.is_cancelled and session.id not in sheets:
            sheet = sheets[session.id] = SignUpSheet(event_id=event.id, session_id=session.id, last_number=0)
            _describe(event, sheet, session, rooms)
            db.session.add(sheet)
    db.session.flush()
    recast = {sheet.id for sheet in sheets.values() if _follow(event, sheet, shown.get(sheet.session_id), rooms)}
    db.session.flush()
    # Of a hundred lists hardly one has somebody to promote: all are looked at together.
    recast |= {one.sheet.id for one in queries.list_stands(event_id) if one.waiting and one.left != 0}
    for sheet in sheets.values():
        if sheet.id in recast:
            promote(event, sheet)


def _follow(event: Event, sheet: SignUpSheet, session: PublicSession | None, rooms: dict[UUID, int | None]) -> bool:
    """Bring a list up to what its session looks like now; whether those on it stand otherwise than before."""
    was, was_seated = sheet.state, sheet.is_seated
    if session is not None:
        _describe(event, sheet, session, rooms)
    if session is None or session.is_cancelled:
        sheet.state, ended_by = "gone", "session"
    elif not session.has_sign_up:
        sheet.state, ended_by = "free", "freedom"
    else:
        sheet.state = "open"
        if sheet.is_seated != was_seated:
            _recount(sheet)
        return sheet.is_seated != was_seated
    if was == "open":
        _end_all(event, sheet, ended_by)
    return was == "open"


def _end_all(event: Event, sheet: SignUpSheet, ended_by: str) -> None:
    """Take everybody off a list, told as one fact: hundreds may have signed up."""
    db.session.flush()
    ended = (
        update(SignUp)
        .where(SignUp.sheet_id == sheet.id, SignUp.state.in_(LIVE))
        .values(state="cancelled", state_since=clock.now(), ended_by=ended_by)
        .returning(SignUp.registration_id)
        .execution_options(synchronize_session="fetch")
    )
    if registration_ids := tuple(sorted(db.session.scalars(ended))):
        announce(SignUpsEnded(event.id, sheet.session_id, registration_ids, ended_by))


def _describe(event: Event, sheet: SignUpSheet, session: PublicSession, rooms: dict[UUID, int | None]) -> None:
    """What the public sees of the session; its own number of places, or else that of its room."""
    sheet.slug, sheet.title = session.slug, session.title
    sheet.starts_at, sheet.ends_at = session.starts_at, session.ends_at
    # A room that the draft has no more has the seats that it had, until the release says where the session is instead.
    if session.capacity or not session.room or session.room.id in rooms:
        sheet.capacity = session.capacity or (rooms[session.room.id] if session.room else None)
    sheet.is_seated = event.mode != "online" and not (session.room and session.room.is_virtual)


def _recount(sheet: SignUpSheet) -> None:
    """Say anew who takes up a place, of whom nobody loses one by that."""
    for one in queries.live_on(sheet):
        one.takes_place = needs_place(sheet, one.registration)
        if not one.takes_place and one.state == "waitlisted":
            set_state(one, "confirmed")
            announce(SignUpPromoted(sheet.event_id, one.registration_id, sheet.session_id))


@use_case
def follow_pool(actor: Actor, event_id: UUID, pool_id: UUID) -> None:
    """Say anew who needs a seat, after those in a pool take part in another way; nobody loses one by that."""
    sheets = (select(SignUp.sheet_id).join(Place, Place.registration_id == SignUp.registration_id)).where(
        Place.pool_id == pool_id
    )
    event, _ = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    for sheet in db.session.scalars(select(SignUpSheet).where(SignUpSheet.id.in_(sheets)).order_by(SignUpSheet.id)):
        if sheet.state == "open":
            _recount(sheet)
            promote(event, sheet)


@use_case
def follow_place(actor: Actor, registration_id: UUID) -> None:
    """Let what somebody has signed up for follow their place at the event.

    Without one their sign-ups end. Who comes after all needs a seat: where none is free, they wait for one. Who takes
    part online from now on needs none, and it goes to the next in line.
    """
    live = [one for one in queries.list_of(registration_id) if not one.sheet.has_begun()]
    if not live:
        return
    event, _ = lock(live[0].sheet.event_id)
    registration = get(Registration, registration_id)
    require(policy.may_edit_registration(actor, registration), hidden=True)
    for one in live:
        sheet = one.sheet
        if not has_place(registration):
            end(event, one, "place")
        elif (takes_place := needs_place(sheet, registration)) != one.takes_place:
            _seat(event, one, takes_place=takes_place)
        promote(event, sheet)


def _seat(event: Event, sign_up: SignUp, *, takes_place: bool) -> None:
    sheet, was = sign_up.sheet, sign_up.state
    if not takes_place:
        sign_up.takes_place = False
        set_state(sign_up, "confirmed")
        if was == "waitlisted":
            announce(SignUpPromoted(event.id, sign_up.registration_id, sheet.session_id))
    elif join(sheet, sign_up, takes_place=True) == "waitlisted":
        announce(SignUpQueued(event.id, sign_up.registration_id, sheet.session_id))
