"""What happens to organisations and those who act for them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class OrganisationAdded(Fact):
    """There is a new organisation."""

    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class OrganisationChanged(Fact):
    """An organisation's name, or what else the public sees of it, is another."""

    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class MemberInvited(Fact):
    """Somebody is asked to act for an organisation: a letter with the link "invitation" goes to their address."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(Fact):
    """An invitation is not good any more."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class MemberAdded(Fact):
    """A person acts for an organisation from now on."""

    organisation_id: UUID
    person_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class RoleChanged(Fact):
    """A member of an organisation has another role."""

    organisation_id: UUID
    person_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class MemberRemoved(Fact):
    """A person acts for an organisation no more."""

    organisation_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class LayoutChanged(Fact):
    """An organisation's documents look otherwise from now on."""

    organisation_id: UUID
