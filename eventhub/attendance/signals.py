"""What happens at the doors."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class DoorOpened(Fact):
    """A device was admitted to check people in at an event."""

    event_id: UUID
    door_id: UUID


@dataclass(frozen=True, slots=True)
class DoorRevoked(Fact):
    """A device was turned out: its code opens nothing any more."""

    event_id: UUID
    door_id: UUID


@dataclass(frozen=True, slots=True)
class PersonArrived(Fact):
    """Somebody was let in to the event or to one of its sessions; a repeat is of somebody who was in already."""

    event_id: UUID
    arrival_id: UUID
    registration_id: UUID | None
    walk_in_id: UUID | None
    session_id: UUID | None
    door_id: UUID | None
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class ArrivalUndone(Fact):
    """Somebody was not there after all."""

    event_id: UUID
    arrival_id: UUID
    registration_id: UUID | None
    walk_in_id: UUID | None
    session_id: UUID | None
    door_id: UUID | None


@dataclass(frozen=True, slots=True)
class WalkInErased(Fact):
    """The name of somebody who came without a registration was erased; that somebody came stays."""

    event_id: UUID
    walk_in_id: UUID


@dataclass(frozen=True, slots=True)
class AttendanceExported(Fact):
    """Somebody took the list of who has a place and who came out of the service: so many rows."""

    event_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class BadgesPrinted(Fact):
    """Somebody took badges out of the service: so many."""

    event_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class ListPrinted(Fact):
    """Somebody took a list of people out of the service to print it: `signatures`, `participants` or `internal`."""

    event_id: UUID
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class CertificatePlanChanged(Fact):
    """What an event's certificates say, or who gets one, is another from now on."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class CertificateIssued(Fact):
    """Somebody has a certificate."""

    event_id: UUID
    certificate_id: UUID


@dataclass(frozen=True, slots=True)
class CertificatesIssued(Fact):
    """Those who have earned a certificate and had none were given theirs, each of which is announced besides."""

    event_id: UUID
    certificate_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CertificateRevoked(Fact):
    """A certificate is not good any more."""

    event_id: UUID
    certificate_id: UUID
