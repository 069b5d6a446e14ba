"""Who may do what with organisations.

The site's operator brings organisations in and finds each its first administrator; what an organisation then
does is its own affair.
"""

from __future__ import annotations

from uuid import UUID

from eventhub.foundation.actor import Actor

from .models import ROLES


def may_add_organisation(actor: Actor) -> bool:
    """The site's operator."""
    return actor.is_system or actor.is_operator


def may_open_organisation(actor: Actor, organisation_id: UUID) -> bool:
    """Whoever acts for the organisation, and the operator."""
    return may_add_organisation(actor) or actor.has_role(organisation_id, *ROLES)


def may_administer(actor: Actor, organisation_id: UUID) -> bool:
    """The organisation's administrators."""
    return actor.is_system or actor.has_role(organisation_id, "administrator")


def may_invite(actor: Actor, organisation_id: UUID, role: str, *, is_headless: bool) -> bool:
    """The organisation's administrators; where it has none yet, the operator invites the first."""
    return may_administer(actor, organisation_id) or (actor.is_operator and is_headless and role == "administrator")


def may_add_member(actor: Actor) -> bool:
    """Only the command line and the demo make members without their consent; others invite."""
    return actor.is_system


def may_join(actor: Actor) -> bool:
    """Whoever has signed in, and so is somebody."""
    return actor.kind == "member"
