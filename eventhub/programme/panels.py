"""What a programme shows on pages of the floors beneath: of an event, of a person."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.zones import ReaderZone
from eventhub.people.models import Person

from .public import PublicSession, PublicState, list_parts, shown_state

FIRST_SESSIONS, FIRST_PEOPLE = 4, 6


def of_event(event: Event, zone: ReaderZone, **_: Any) -> str | None:
    """The next sessions of an event, or its first where it is over, and the people in it."""
    state = shown_state(event)
    if not state.sessions and event.is_over():
        return None
    return render_template(
        "programme/_of_event.html",
        event=event,
        zone=zone,
        state=state,
        sessions=_next_sessions(state),
        people=state.people[:FIRST_PEOPLE],
        address=url_for("programme.session", slug=event.slug, session="x").removesuffix("x/"),
    )


def _next_sessions(state: PublicState) -> list[PublicSession]:
    now = clock.now()
    told = [session for session in state.sessions if session.kind != "break"]
    coming = [session for session in told if session.ends_at > now]
    return (coming or told)[:FIRST_SESSIONS]


def of_person(person: Person, **_: Any) -> str | None:
    """The public sessions of a person, the latest first."""
    parts = list_parts(person.id)
    return render_template("programme/_of_person.html", parts=parts) if parts else None
