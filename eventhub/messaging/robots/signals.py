"""What happens to robots."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class RobotSaved(Fact):
    """An organisation has another robot, or one that tells other things, or at another address."""

    organisation_id: UUID
    robot_id: UUID
    kind: str
    occasions: tuple[str, ...]
    has_new_address: bool


@dataclass(frozen=True, slots=True)
class RobotRemoved(Fact):
    """A robot speaks no more, and is forgotten."""

    organisation_id: UUID
    robot_id: UUID


@dataclass(frozen=True, slots=True)
class RobotPaused(Fact):
    """A robot was written to in vain too often: it is left alone until somebody resumes it."""

    organisation_id: UUID
    robot_id: UUID


@dataclass(frozen=True, slots=True)
class RobotResumed(Fact):
    """A robot that was paused speaks again."""

    organisation_id: UUID
    robot_id: UUID
