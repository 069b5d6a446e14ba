"""What the lists for sessions show on pages of sessions, of registrations and after registering."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import g, render_template

from eventhub.events.models import Event
from eventhub.events.policy import may_see_event
from eventhub.foundation import clock
from eventhub.foundation.zones import ReaderZone
from eventhub.programme.public import PublicSession
from eventhub.registrations.models import Registration

from . import lists, queries, words
from .queries import Stand


def of_session(event: Event, session: PublicSession, **_: Any) -> str | None:
    """How many places are left in a session for which one signs up; in its facts."""
    if not session.has_sign_up or session.is_cancelled:
        return None
    stand = _stand(event, session)
    return render_template(
        "registrations/_session_sign_up.html",
        stand=stand,
        is_open=stand and not stand.sheet.has_begun(),
        is_draft=event.status == "draft",
        words=words,
    )


def way(event: Event, session: PublicSession, **_: Any) -> str | None:
    """How one signs up for a session, as long as that can be done."""
    stand = None if session.is_cancelled or not session.has_sign_up else _stand(event, session)
    if stand is None or stand.sheet.has_begun():
        return None
    is_seated = stand.sheet.is_seated and stand.sheet.capacity is not None and event.mode == "hybrid"
    return render_template("registrations/_session_way.html", is_seated=is_seated)


def _stand(event: Event, session: PublicSession) -> Stand | None:
    """How the list of a session stands, read once for all the panels of a page."""
    known: dict[Any, Stand | None] = g.setdefault("stands_of_sessions", {})
    if session.id not in known:
        known[session.id] = queries.find_stand(session.id) if event.status == "published" else None
    return known[session.id]


def of_registration(registration: Registration, token: str, zone: ReaderZone, **_: Any) -> str | None:
    """The sessions that one can choose, by day, with a button each, and which of one's own were called off, if any."""
    event = registration.event
    stands = queries.list_stands(event.id)
    if registration.place.has_ended:
        return None
    signed_up = queries.list_of(registration.id, only_live=False)
    own = [one for one in signed_up if one.is_live]
    lost = [one.sheet for one in signed_up if one.ended_by == "session" and not one.sheet.has_begun()]
    if not stands and not lost:
        return None
    days = [
        (day, list(group))
        for day, group in groupby(stands, key=lambda one: clock.wall(one.sheet.starts_at, event.zone).date())
    ]
    return render_template(
        "registrations/_own_sessions.html",
        event=event,
        token=token,
        zone=zone,
        days=days,
        lost=lost,
        own={one.sheet_id: one for one in own},
        overlaps={one.sheet.id: words.overlaps(one.sheet, own) for one in stands},
        positions=queries.positions_of(registration.id),
        has_place=lists.has_place(registration),
        needs_place={one.sheet.id: lists.needs_place(one.sheet, registration) for one in stands},
        is_seated=any(one.sheet.is_seated for one in stands) and event.mode == "hybrid",
        takes_place=event.status == "published" and not event.is_over(),
        may_see_event=may_see_event(g.actor, event),
        words=words,
    )


def at_the_desk(registration: Registration, **_: Any) -> str | None:
    """What somebody has signed up for, on their page at the organiser's desk."""
    own = queries.list_of(registration.id)
    if not own:
        return None
    return render_template(
        "registrations/_desk_own_sessions.html",
        event=registration.event,
        own=own,
        positions=queries.positions_of(registration.id),
        words=words,
    )


def step(event: Event, state: str, **_: Any) -> str | None:
    """After registering: that sessions can be chosen by the letter's link, where there are some to choose."""
    if not queries.has_sheets(event.id):
        return None
    return render_template("registrations/_step_to_sessions.html", state=state)
