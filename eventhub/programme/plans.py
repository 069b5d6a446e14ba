"""What an organiser says of a session and of the people in it, before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from flask_babel import gettext

from eventhub.foundation.i18n import EMPTY, Translated, language

from .models import ProgrammeSession


@dataclass(frozen=True, slots=True)
class SpeakerPlan:
    """Who does what in a session, and how: a person we know, or somebody by their label.

    `role_id` names the row that this says anew, so that who it is may change and its private link stay.
    """

    role: str
    mode: str = "in_person"
    person_id: UUID | None = None
    name: Translated = EMPTY
    affiliation: Translated = EMPTY
    stakeholder_type: str | None = None
    country: str | None = None
    presentation_title: Translated = EMPTY
    presentation_abstract: Translated = EMPTY
    presentation_minutes: int | None = None
    presents_with_id: UUID | None = None
    state: str = "confirmed"
    role_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What an organiser says of a session; its hours are the wall clock of the event's zone."""

    kind: str
    title: Translated
    abstract: Translated = EMPTY
    starts: datetime | None = None
    ends: datetime | None = None
    room_id: UUID | None = None
    track_id: UUID | None = None
    language: str | None = None
    interpretation: Sequence[str] = ()
    level: str | None = None
    capacity: int | None = None
    has_sign_up: bool = False
    is_chatham_house: bool = False
    do_not_record: bool = False
    repeats_id: UUID | None = None
    foreign_id: str | None = None
    speakers: Sequence[SpeakerPlan] = ()


# What a plan says of a role, by the names of its columns.
SPOKEN = tuple(column.name for column in fields(SpeakerPlan) if column.name != "role_id")


def plan_of(session: ProgrammeSession, *, with_people: bool = True) -> SessionPlan:
    """What was last said of a session, to say it again with one thing changed."""
    speakers = tuple(
        SpeakerPlan(role_id=role.id, **{name: getattr(role, name) for name in SPOKEN})
        for role in (session.speakers if with_people else ())
    )
    values = {column.name: getattr(session, column.name) for column in fields(SessionPlan) if column.name != "speakers"}
    return SessionPlan(**values, speakers=speakers)


def not_scheduled(session: ProgrammeSession) -> str:
    """Why a session cannot be moved that is cancelled or deleted."""
    title = session.title.in_(language())
    return str(gettext("“%(session)s” does not take place any more. Restore it first.", session=title))
