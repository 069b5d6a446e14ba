"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf something is done: every use-case takes it first, policies ask it, the audit keeps it.

    `thing_id` is what a private link is for, and `purpose` which of that thing's links it was; `scopes` are
    the roles held, written `role@organisation`.
    """

    kind: Literal["visitor", "link", "member", "token", "system"]
    person_id: UUID | None = None
    thing_id: UUID | None = None
    purpose: str = ""
    scopes: frozenset[str] = frozenset()
    is_operator: bool = False

    @property
    def is_system(self) -> bool:
        """Whether the machine acts by itself: a job, the command line, a receiver."""
        return self.kind == "system"

    def holds_link(self, purpose: str, thing_id: UUID) -> bool:
        """Whether the actor came by the private link of this purpose for this thing."""
        return self.kind == "link" and self.purpose == purpose and self.thing_id == thing_id

    def has_role(self, organisation_id: UUID, *roles: str) -> bool:
        """Whether the actor holds one of the roles in an organisation."""
        return any(f"{role}@{organisation_id}" in self.scopes for role in roles)

    def organisations(self, *roles: str) -> frozenset[UUID]:
        """The organisations in which the actor holds one of the roles."""
        held = (scope.split("@", 1) for scope in self.scopes)
        return frozenset(UUID(organisation) for role, organisation in held if role in roles)


VISITOR = Actor("visitor")
SYSTEM = Actor("system")
