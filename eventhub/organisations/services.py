"""Bringing organisations in, and deciding who acts for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.i18n import Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import free_slug, slugify

from . import policy, queries
from .models import Invitation, Membership, Organisation
from .signals import (
    InvitationWithdrawn,
    MemberAdded,
    MemberInvited,
    MemberRemoved,
    OrganisationAdded,
    OrganisationChanged,
    RoleChanged,
)

INVITED_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Details:
    """What an organisation says of itself: its columns of the same names."""

    name: Translated
    stakeholder_type: str
    country: str | None = None
    short_name: str | None = None
    website: str | None = None


@use_case
def add_organisation(actor: Actor, details: Details, *, slug: str | None = None, is_demo: bool = False) -> Organisation:
    """A new organisation, still without anybody who acts for it."""
    require(policy.may_add_organisation(actor))
    wanted = slugify(slug or details.short_name or details.name.in_("en"))
    organisation = Organisation(slug=free_slug(wanted, Organisation.slug), is_demo=is_demo)
    _write(organisation, details)
    db.session.add(organisation)
    db.session.flush()
    announce(OrganisationAdded(organisation.id))
    return organisation


@use_case
def change_organisation(
    actor: Actor, organisation_id: UUID, details: Details, version: int | None = None
) -> Organisation:
    """The organisation with other details; raises Stale where somebody saved it since `version`."""
    organisation = get(Organisation, organisation_id, lock=True)
    require(policy.may_administer(actor, organisation.id), hidden=True)
    check_version(organisation, version)
    _write(organisation, details)
    announce(OrganisationChanged(organisation.id))
    return organisation


@use_case
def invite_member(actor: Actor, organisation_id: UUID, address: str, role: str, language: str) -> Invitation:
    """An invitation on its way to a normalised address; an earlier one to the same address ends with it."""
    organisation = get(Organisation, organisation_id, lock=True)
    is_headless = queries.is_headless(organisation.id)
    require(policy.may_invite(actor, organisation.id, role, is_headless=is_headless), hidden=True)
    for earlier in queries.list_invitations(organisation.id):
        if earlier.address == address:
            _end(earlier)
    invitation = Invitation(
        organisation_id=organisation.id,
        address=address,
        role=role,
        language=language,
        expires_at=clock.now() + INVITED_FOR,
    )
    db.session.add(invitation)
    db.session.flush()
    announce(MemberInvited(invitation.id))
    return invitation


@use_case
def withdraw_invitation(actor: Actor, invitation_id: UUID) -> Invitation:
    """The invitation, good for nothing from now on."""
    invitation = get(Invitation, invitation_id, lock=True)
    require(policy.may_administer(actor, invitation.organisation_id), hidden=True)
    _end(invitation)
    announce(InvitationWithdrawn(invitation.id))
    return invitation


@use_case
def accept_invitation(actor: Actor, token: str) -> Membership:
    """The membership of whoever holds the invitation's link and has signed in.

    Raises NotFound where the link is not good, or not good any more, and Conflict where they are a member.
    """
    invitation = queries.get_invitation(token, lock=True)
    require(policy.may_join(actor))
    assert actor.person_id  # a member is somebody
    membership = _join(invitation.organisation_id, actor.person_id, invitation.role)
    invitation.accepted_at = clock.now()
    return membership


@use_case
def add_member(actor: Actor, organisation_id: UUID, person_id: UUID, role: str) -> Membership:
    """The membership of a person, without an invitation; raises Conflict where they are a member."""
    require(policy.may_add_member(actor))
    return _join(organisation_id, person_id, role)


@use_case
def change_role(actor: Actor, membership_id: UUID, role: str) -> Membership:
    """The membership in another role; raises Conflict where it would leave nobody to administer the organisation."""
    membership = _membership(actor, membership_id)
    if role != "administrator":
        _keep_an_administrator(membership)
    membership.role = role
    announce(RoleChanged(membership.organisation_id, membership.person_id, role))
    return membership


@use_case
def remove_member(actor: Actor, membership_id: UUID) -> None:
    """The organisation without this member; raises Conflict where nobody would be left to administer it."""
    membership = _membership(actor, membership_id)
    _keep_an_administrator(membership)
    db.session.delete(membership)
    announce(MemberRemoved(membership.organisation_id, membership.person_id))


def _write(organisation: Organisation, details: Details) -> None:
    organisation.name, organisation.short_name = details.name, details.short_name
    organisation.stakeholder_type, organisation.country = details.stakeholder_type, details.country
    organisation.website = details.website


def _end(invitation: Invitation) -> None:
    invitation.expires_at = clock.now()


def _join(organisation_id: UUID, person_id: UUID, role: str) -> Membership:
    get(Organisation, organisation_id, lock=True)  # two at once for one person are told apart
    there = select(Membership.id).where(
        Membership.organisation_id == organisation_id, Membership.person_id == person_id
    )
    if db.session.scalar(there):
        raise Conflict(gettext("You act for this organisation already. Its administrators can change your role."))
    membership = Membership(organisation_id=organisation_id, person_id=person_id, role=role)
    db.session.add(membership)
    db.session.flush()
    announce(MemberAdded(organisation_id, person_id, role))
    return membership


def _membership(actor: Actor, membership_id: UUID) -> Membership:
    membership = get(Membership, membership_id)
    require(policy.may_administer(actor, membership.organisation_id), hidden=True)
    # The organisation is locked, so that two administrators who remove each other leave one of them.
    get(Organisation, membership.organisation_id, lock=True)
    return get(Membership, membership_id, lock=True)


def _keep_an_administrator(membership: Membership) -> None:
    others = select(Membership.id).where(
        Membership.organisation_id == membership.organisation_id,
        Membership.role == "administrator",
        Membership.id != membership.id,
    )
    if membership.role == "administrator" and db.session.scalar(others.limit(1)) is None:
        raise Conflict(gettext("An organisation needs an administrator. Please make somebody else one first."))
