"""What happens to materials."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class MaterialAdded(Fact):
    """There are slides or a handout for a session."""

    event_id: UUID
    session_id: UUID
    material_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class MaterialChanged(Fact):
    """A material has another title, or another file in place of the one it had."""

    event_id: UUID
    session_id: UUID
    material_id: UUID
    is_new_file: bool


@dataclass(frozen=True, slots=True)
class MaterialReleased(Fact):
    """Whoever sees a session can now open this of it."""

    event_id: UUID
    session_id: UUID
    material_id: UUID


@dataclass(frozen=True, slots=True)
class MaterialHeld(Fact):
    """A material is for its organisers and its speaker alone again."""

    event_id: UUID
    session_id: UUID
    material_id: UUID


@dataclass(frozen=True, slots=True)
class MaterialRemoved(Fact):
    """A material and its file are gone."""

    event_id: UUID
    session_id: UUID
    material_id: UUID
