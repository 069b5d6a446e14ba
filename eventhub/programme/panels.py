"""What a programme shows on pages of the floors beneath: of an event, of a person."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from flask import g, render_template, url_for
from markupsafe import Markup

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.fragments import render_once
from eventhub.foundation.zones import ReaderZone
from eventhub.people.models import Person

from .public import PublicSession, PublicSpeaker, PublicState, list_parts, shown_state

FIRST_SESSIONS, FIRST_PEOPLE = 4, 6


def of_event(event: Event, zone: ReaderZone, **_: Any) -> str | None:
    """The next sessions of an event, or its first where it is over, and the people in it."""
    state = shown_state(event)
    if not state.sessions and event.is_over():
        return None
    sessions = _next_sessions(state)
    told = (event.slug, event.status, event.zone, g.lang, zone.name, zone.query, tuple(one.id for one in sessions))

    def render() -> Markup:
        page = render_template(
            "programme/_of_event.html",
            event=event,
            zone=zone,
            state=state,
            sessions=[(session, _voices(session.speakers)) for session in sessions],
            people=_first_people(state),
            address=url_for("programme.session", slug=event.slug, session="x").removesuffix("x/"),
        )
        return Markup(page)  # noqa: S704 - a template of ours, which escapes

    return render_once(("of_event", event.id, state.revision, *told), render)


def _next_sessions(state: PublicState) -> list[PublicSession]:
    now = clock.now()
    told = [session for session in state.sessions if session.kind != "break"]
    return list(islice((one for one in told if one.ends_at > now), FIRST_SESSIONS)) or told[:FIRST_SESSIONS]


def _voices(speakers: Iterable[PublicSpeaker]) -> list[tuple[PublicSpeaker, list[str]]]:
    """Each who speaks for themself, once, with all that they are; who only interprets lends others a voice."""
    found: dict[str, tuple[PublicSpeaker, list[str]]] = {}
    for speaker in speakers:
        roles = found.setdefault(speaker.key, (speaker, []))[1]
        if speaker.role not in roles:
            roles.append(speaker.role)
    return [(speaker, roles) for speaker, roles in found.values() if roles != ["interpreter"]]


def _first_people(state: PublicState) -> list[tuple[PublicSpeaker, list[str]]]:
    voices = (
        _voices(part for session in sessions for part in session.speakers if part.key == person.key)
        for person, sessions in state.people
    )
    return list(islice(chain.from_iterable(voices), FIRST_PEOPLE))


def of_person(person: Person, **_: Any) -> str | None:
    """The public sessions of a person: those to come, the nearest first, then those past, the latest first."""
    parts, now = list_parts(person.id), clock.now()
    if not parts:
        return None
    coming = [(part, event) for part, event in reversed(parts) if part.ends_at > now]
    past = [(part, event) for part, event in parts if part.ends_at <= now]
    return render_template("programme/_of_person.html", coming=coming, past=past)
