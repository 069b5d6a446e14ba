"""Finding materials, and what of them may be opened by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from eventhub.events.models import Event
from eventhub.events.policy import may_open_desk, may_see_event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.files import StoredFile
from eventhub.programme import speaker_queries
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker
from eventhub.programme.public import PublicSession, PublicSpeaker, public_state

from . import policy
from .models import Material


def _whole() -> Select[Material]:
    return select(Material).options(
        joinedload(Material.session),
        joinedload(Material.role).joinedload(SessionRole.person),
        joinedload(Material.file),
        joinedload(Material.uploader),
    )


def list_materials(event: Event) -> Sequence[Material]:
    """All materials of an event, in the order of its sessions."""
    query = _whole().join(Material.session).where(Material.event_id == event.id)
    return db.session.scalars(
        query.order_by(ProgrammeSession.starts_at.asc().nulls_last(), ProgrammeSession.id, Material.created_at)
    ).all()


def get_material(event: Event, material_id: UUID) -> Material:
    """The material of an id, if it is in this event; raises NotFound alike where it is another's."""
    material = db.session.scalar(_whole().where(Material.id == material_id, Material.event_id == event.id))
    if material is None:
        raise NotFound
    return material


def count_held(event: Event) -> int:
    """How many materials wait to be released."""
    query = select(func.count()).where(Material.event_id == event.id, Material.state == "held")
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody does in a session, and their slides for it where there are any."""

    role: SessionRole
    slides: Material | None


def list_parts(speaker: Speaker) -> list[Part]:
    """The parts of a speaker in their event that slides are wanted of, or are there for, in the order of time."""
    roles = speaker_queries.list_parts(speaker)
    found = db.session.scalars(_whole().where(Material.role_id.in_([role.id for role in roles])))
    slides = {material.role_id: material for material in found}
    parts = [Part(role, slides.get(role.id)) for role in roles]
    return [part for part in parts if part.slides or policy.has_slides(part.role, part.role.session)]


def get_part(speaker: Speaker, role_id: UUID) -> Part:
    """One of these parts; raises NotFound alike where it is somebody else's."""
    for part in list_parts(speaker):
        if part.role.id == role_id:
            return part
    raise NotFound


def list_sessions(event: Event) -> Sequence[ProgrammeSession]:
    """The sessions of an event that materials can be for, with the people in them."""
    query = (
        select(ProgrammeSession)
        .where(ProgrammeSession.event_id == event.id, ProgrammeSession.state == "scheduled")
        .where(ProgrammeSession.kind.not_in(("break", "blocker")))
        .options(joinedload(ProgrammeSession.speakers).joinedload(SessionRole.person))
    )
    ordered = query.order_by(ProgrammeSession.starts_at.asc().nulls_last(), ProgrammeSession.id)
    return db.session.scalars(ordered).unique().all()


@dataclass(frozen=True, slots=True)
class PublicMaterial:
    """A released material, and whose slides it is."""

    material: Material
    speaker: PublicSpeaker | None


def list_public(session: PublicSession) -> list[PublicMaterial]:
    """What may be opened by everybody who sees a session.

    Slides are shown with their speaker or not at all: what of the people in it is public, the session says.
    """
    query = (
        select(Material)
        .join(Material.session)
        .options(joinedload(Material.file), contains_eager(Material.session))
        .where(Material.session_id == session.id, Material.state == "released")
        .order_by(Material.kind, Material.created_at, Material.id)
    )
    speakers: dict[Any, PublicSpeaker] = {speaker.role_id: speaker for speaker in session.speakers}
    return [
        PublicMaterial(material, speakers.get(material.role_id))
        for material in db.session.scalars(query)
        if not material.names_a_speaker or (material.role_id in speakers and not material.session.is_chatham_house)
    ]


def may_open_file(actor: Actor, file: StoredFile) -> bool:
    """Whether somebody may open the file of a material: those who run the event, or everybody who sees it there."""
    material = db.session.get(Material, file.owner_id)
    if material is None or material.file_id != file.id:
        return False
    event = db.session.get(Event, material.event_id)
    assert event
    if may_open_desk(actor, event):
        return True
    session = public_state(event).session_of(material.session_id) if may_see_event(actor, event) else None
    return session is not None and any(one.material is material for one in list_public(session))
