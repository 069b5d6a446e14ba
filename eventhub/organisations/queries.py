"""Finding organisations and those who act for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import contains_eager, joinedload

from eventhub.foundation import clock, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.people.models import Person

from . import policy
from .models import ROLES, Invitation, Membership, Organisation


def get_organisation(slug: str) -> Organisation:
    """The organisation of a slug; raises NotFound."""
    organisation = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        raise NotFound
    return organisation


def list_organisations(actor: Actor) -> Sequence[Organisation]:
    """The organisations that the actor acts for; for the operator, all."""
    query = select(Organisation).order_by(Organisation.slug)
    if not policy.may_add_organisation(actor):
        query = query.where(Organisation.id.in_(actor.organisations(*ROLES)))
    return db.session.scalars(query).all()


def list_members(organisation_id: UUID) -> Sequence[Membership]:
    """Those who act for an organisation, by name."""
    query = select(Membership).join(Membership.person).options(contains_eager(Membership.person))
    query = query.where(Membership.organisation_id == organisation_id).order_by(Person.sort_key, Person.id)
    return db.session.scalars(query).all()


def list_invitations(organisation_id: UUID) -> Sequence[Invitation]:
    """The invitations that may still be accepted, the latest first."""
    query = select(Invitation).where(Invitation.organisation_id == organisation_id, _is_open())
    return db.session.scalars(query.order_by(Invitation.created_at.desc(), Invitation.id)).all()


def is_headless(organisation_id: UUID) -> bool:
    """Whether nobody administers the organisation."""
    query = select(Membership.id).where(
        Membership.organisation_id == organisation_id, Membership.role == "administrator"
    )
    return db.session.scalar(query.limit(1)) is None


def get_invitation(token: str, *, lock: bool = False) -> Invitation:
    """The invitation whose link this is, as long as it is good; raises NotFound alike for any that is not."""
    query = select(Invitation).where(Invitation.id == links.row_id_of(token), _is_open())
    query = query.options(joinedload(Invitation.organisation))
    if lock:
        query = query.with_for_update(key_share=True, of=Invitation).execution_options(populate_existing=True)
    invitation = db.session.scalar(query)
    is_genuine = links.is_genuine(
        "invitation", token, invitation.id if invitation else None, invitation.link_number if invitation else None
    )
    if invitation is None or not is_genuine:
        raise NotFound
    return invitation


def _is_open() -> ColumnElement[bool]:
    return and_(Invitation.accepted_at.is_(None), Invitation.expires_at > clock.now())
