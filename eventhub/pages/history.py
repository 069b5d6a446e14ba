"""What was done at an event, when and by whom, for its organisers: the audit in words.

A line names whoever acted for the organisers, and the session, the person on the programme or the registration that it
is about, but nothing of what was written: that is erased with the people, and the line stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select, union_all

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.foundation.web import page_number
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker

from .blueprint import bp
from .history_words import ACTORS, DEEDS

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done; `name` is that of the member who did it, `session` the title of what it is about.

    `speaker` is the name of whoever on the programme it is about, as long as they are on it.
    """

    entry: AuditEntry
    name: Names | None
    session: Translated | None
    speaker: Names | None

    @property
    def mode(self) -> str | None:
        """In which way a speaker takes part from then on, where that was what was done."""
        return self.entry.data.get("mode") if self.speaker else None

    @property
    def deed(self) -> str:
        """What was done, in a few words."""
        return str(DEEDS[self.entry.fact])

    @property
    def actor(self) -> str:
        """By what way somebody without a name did it."""
        return str(ACTORS[self.entry.actor_kind])

    @property
    def registration_id(self) -> UUID | None:
        """The registration that it is about."""
        return _id(self.entry, "registration_id")


@bp.get("/organise/events/<slug>/history/")
@event_room(may_edit_event)
def history(event: Event) -> str:
    """All that was done at an event, the newest first."""
    pages = _entries(event)
    return render_template("pages/history.html", event=event, pages=pages, lines=_lines(pages.items))


def way(event: Event, **_: Any) -> str:
    """The way there from an event's overview."""
    return render_template("pages/_history.html", event=event, words=gettext("History"))


def _entries(event: Event) -> Pagination:
    query = select(AuditEntry).where(AuditEntry.event_id == event.id, AuditEntry.fact.in_(DEEDS))
    newest = query.order_by(AuditEntry.created_at.desc(), AuditEntry.id)
    return db.paginate(newest, page=page_number(), per_page=PAGE, error_out=False)


def _lines(entries: Sequence[AuditEntry]) -> list[Line]:
    people = {one.actor_person_id for one in entries}
    named = select(Person.id, Person.names).where(Person.id.in_(people))
    titled = select(ProgrammeSession.id, ProgrammeSession.title).where(
        ProgrammeSession.id.in_(_told(entries, "session_id"))
    )
    names = {row.id: row.names for row in db.session.execute(named)}
    titles = {row.id: row.title for row in db.session.execute(titled)}
    speakers = _speakers(entries)
    return [
        Line(
            one,
            names.get(one.actor_person_id),
            titles.get(_id(one, "session_id")),
            speakers.get(_id(one, "speaker_id")) or speakers.get(_id(one, "role_id")),
        )
        for one in entries
    ]


def _speakers(entries: Sequence[AuditEntry]) -> dict[UUID | None, Names]:
    """Who is on the programme, by the ids of their desks and of their parts."""
    desks = select(Speaker.id, Person.names).join(Speaker.person).where(Speaker.id.in_(_told(entries, "speaker_id")))
    parts = (
        select(SessionRole.id, Person.names)
        .join(SessionRole.person)
        .where(SessionRole.id.in_(_told(entries, "role_id")))
    )
    return {row.id: row.names for row in db.session.execute(union_all(desks, parts))}


def _told(entries: Sequence[AuditEntry], name: str) -> set[UUID]:
    return {told for one in entries if (told := _id(one, name))}


def _id(entry: AuditEntry, name: str) -> UUID | None:
    told = entry.data.get(name)
    return UUID(told) if told else None
