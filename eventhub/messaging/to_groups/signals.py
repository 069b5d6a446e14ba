"""What happens to letters to groups."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class GroupLetterSaved(Fact):
    """Somebody wrote or changed a letter to a group."""

    event_id: UUID
    group_letter_id: UUID


@dataclass(frozen=True, slots=True)
class GroupLetterReadied(Fact):
    """Somebody called a letter to a group ready."""

    event_id: UUID
    group_letter_id: UUID


@dataclass(frozen=True, slots=True)
class GroupLetterReleased(Fact):
    """Somebody released a letter to a group, to so many people."""

    event_id: UUID
    group_letter_id: UUID
    people: int


@dataclass(frozen=True, slots=True)
class GroupLetterStopped(Fact):
    """Somebody stopped a letter to a group; so many people do not get it."""

    event_id: UUID
    group_letter_id: UUID
    people: int


@dataclass(frozen=True, slots=True)
class GroupLetterTakenUp(Fact):
    """Somebody let a letter to a group go on that had been stopped; so many people get it after all."""

    event_id: UUID
    group_letter_id: UUID
    people: int


@dataclass(frozen=True, slots=True)
class GroupLetterSentAgain(Fact):
    """Somebody had a letter to a group tried once more for all to whom it could not be delivered."""

    event_id: UUID
    group_letter_id: UUID
    people: int


@dataclass(frozen=True, slots=True)
class GroupLetterRemoved(Fact):
    """Somebody threw a letter to a group away that had not gone out."""

    event_id: UUID
    group_letter_id: UUID
