"""Who the person behind a session is, and what they may act for."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from eventhub.accounts.sessions import current_account
from eventhub.foundation.actor import VISITOR, Actor
from eventhub.foundation.db import db

from .models import Membership


def actor_of_session() -> Actor:
    """The member who is signed in, with their roles in organisations; a visitor otherwise."""
    account = current_account()
    if account is None:
        return VISITOR
    return actor_of(account.person_id, is_operator=account.is_operator)


def actor_of(person_id: UUID, *, is_operator: bool = False) -> Actor:
    """The actor that a person is, with their roles in organisations."""
    roles = db.session.execute(
        select(Membership.role, Membership.organisation_id).where(Membership.person_id == person_id)
    )
    scopes = frozenset(f"{role}@{organisation}" for role, organisation in roles)
    return Actor("member", person_id=person_id, scopes=scopes, is_operator=is_operator)
