"""Taking slides and handouts in, and letting them out."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation import files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.files import Upload
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.programme.models import ProgrammeSession, SessionRole
from eventhub.programme.speaker_queries import find_of_person

from . import policy
from .models import FILE, Material
from .signals import MaterialAdded, MaterialChanged, MaterialHeld, MaterialReleased, MaterialRemoved


@use_case
def add_slides(actor: Actor, role_id: UUID, upload: Upload, title: Translated | None = None) -> Material:
    """The slides of somebody's part in a session, in place of those that were there.

    What a speaker sends is held until an organiser has looked at it, also where earlier slides were released.
    Raises Conflict where nothing is wanted of the part any more.
    """
    role = get(SessionRole, role_id, lock=True)  # two uploads for one part come one after the other
    session = get(ProgrammeSession, role.session_id)
    event = get(Event, session.event_id)
    _require_part(actor, role, event)
    if not policy.has_slides(role, session):
        raise Conflict(gettext("No slides are wanted for this part any more."))
    slides = db.session.scalar(select(Material).where(Material.role_id == role.id))
    if slides is None:
        return _add(actor, event, session, "slides", upload, title or EMPTY, role)
    if title is not None:
        slides.title = title
    _replace_file(actor, slides, upload, role)
    if not may_edit_event(actor, event):
        slides.state = "held"
    announce(MaterialChanged(event.id, session.id, slides.id, is_new_file=True))
    return slides


@use_case
def add_handout(actor: Actor, session_id: UUID, upload: Upload, title: Translated = EMPTY) -> Material:
    """A handout for a session, held to begin with."""
    session = get(ProgrammeSession, session_id)
    event = get(Event, session.event_id)
    require(may_edit_event(actor, event), hidden=True)
    return _add(actor, event, session, "handout", upload, title, None)


@use_case
def change_material(
    actor: Actor, material_id: UUID, title: Translated, upload: Upload | None = None, version: int | None = None
) -> Material:
    """The material with another title, and with another file where one is given; whether it is released stays."""
    material, event = _editable(actor, material_id)
    check_version(material, version)
    material.title = title
    if upload is not None:
        _replace_file(actor, material, upload, material.role)
    announce(MaterialChanged(event.id, material.session_id, material.id, is_new_file=upload is not None))
    return material


@use_case
def remove_slides(actor: Actor, role_id: UUID) -> None:
    """No slides of somebody's part any more; where there are none, nothing happens."""
    role = get(SessionRole, role_id, lock=True)
    session = get(ProgrammeSession, role.session_id)
    _require_part(actor, role, get(Event, session.event_id))
    slides = db.session.scalar(select(Material).where(Material.role_id == role.id))
    if slides is not None:
        _remove(slides)


@use_case
def remove_material(actor: Actor, material_id: UUID) -> None:
    """No such material any more, and no such file."""
    material, _ = _editable(actor, material_id)
    _remove(material)


@use_case
def release_material(actor: Actor, material_id: UUID) -> Material:
    """The material for everybody who sees its session. Raises Conflict where that would show who must not be shown."""
    material, _ = _editable(actor, material_id)
    if material.names_a_speaker and material.role is None:
        raise Conflict(gettext("These slides belong to nobody in the session any more."))
    if material.names_a_speaker and material.session.is_chatham_house:
        raise Conflict(
            gettext("This session is under the Chatham House Rule: slides would show who spoke. Add a handout instead.")
        )
    _set_state(material, "released")
    return material


@use_case
def release_all(actor: Actor, event_id: UUID) -> int:
    """How many materials of the event were held and are now released: all that can be."""
    event = get(Event, event_id)
    require(may_edit_event(actor, event), hidden=True)
    held = db.session.scalars(
        select(Material).where(Material.event_id == event.id, Material.state == "held").order_by(Material.id)
    )
    can_be = [one for one in held if not one.names_a_speaker or (one.role and not one.session.is_chatham_house)]
    for material in can_be:
        _set_state(material, "released")
    return len(can_be)


@use_case
def hold_material(actor: Actor, material_id: UUID) -> Material:
    """The material for its organisers and its speaker alone."""
    material, _ = _editable(actor, material_id)
    _set_state(material, "held")
    return material


def _require_part(actor: Actor, role: SessionRole, event: Event) -> None:
    speaker = find_of_person(event.id, role.person_id) if role.person_id else None
    require(policy.may_give_slides(actor, role, speaker, event), hidden=True)


def _editable(actor: Actor, material_id: UUID) -> tuple[Material, Event]:
    material = get(Material, material_id, lock=True)
    event = get(Event, material.event_id)
    require(may_edit_event(actor, event), hidden=True)
    return material, event


def _add(
    actor: Actor,
    event: Event,
    session: ProgrammeSession,
    kind: str,
    upload: Upload,
    title: Translated,
    role: SessionRole | None,
) -> Material:
    material_id = uuid4()
    material = Material(
        id=material_id,
        event_id=event.id,
        session_id=session.id,
        role_id=role.id if role else None,
        kind=kind,
        title=title,
        file_id=files.store(FILE, material_id, upload, event.id).id,
        uploader_id=_uploader(actor, role),
    )
    db.session.add(material)
    db.session.flush()
    announce(MaterialAdded(event.id, session.id, material.id, kind))
    return material


def _replace_file(actor: Actor, material: Material, upload: Upload, role: SessionRole | None) -> None:
    before = material.file
    material.file = files.store(FILE, material.id, upload, material.event_id)
    material.uploader_id = _uploader(actor, role)
    db.session.flush()
    files.remove(before)


def _uploader(actor: Actor, role: SessionRole | None) -> UUID | None:
    # Whoever came by a private link is the person whose part it is.
    return role.person_id if actor.kind == "link" and role is not None else actor.person_id


def _set_state(material: Material, state: str) -> None:
    if material.state == state:
        return
    material.state = state
    fact = MaterialReleased if state == "released" else MaterialHeld
    announce(fact(material.event_id, material.session_id, material.id))


def _remove(material: Material) -> None:
    announce(MaterialRemoved(material.event_id, material.session_id, material.id))
    file = material.file
    db.session.delete(material)
    db.session.flush()
    files.remove(file)
