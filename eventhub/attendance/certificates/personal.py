"""What certificates hold of one person, to be told them and to be erased."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from eventhub.attendance.signals import CertificateRevoked
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.permissions import require
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import may_edit_registration

from .models import Certificate


def told(registration: Registration) -> dict[str, Any]:
    """The certificates of a registration as they were issued, and whether they are good."""
    return _told(_of(Certificate.registration_id == registration.id))


@use_case
def erase(actor: Actor, registration: Registration) -> None:
    """No name and no words on the registration's certificates any more, and none of them good.

    That there were any goes on being counted.
    """
    require(may_edit_registration(actor, registration), hidden=True)
    _erase(_of(Certificate.registration_id == registration.id))


def erase_of_walk_ins(walk_in_ids: Collection[UUID]) -> None:
    """The same for those who came without a registration. Only inside a use-case."""
    _erase(_of(Certificate.walk_in_id.in_(walk_in_ids)))


def erase_of_speaker(speaker_id: UUID) -> None:
    """The same for a speaker, whose certificates are nobody's then. Only inside a use-case."""
    theirs = _of(Certificate.speaker_id == speaker_id)
    _erase(theirs)
    for one in theirs:
        one.speaker_id = None


def _told(certificates: list[Certificate]) -> dict[str, Any]:
    return {
        "certificates": [
            {
                "kind": one.kind,
                "name": one.name,
                "said": one.said,
                "code": one.code,
                "issued_at": one.created_at,
                "revoked_at": one.revoked_at,
            }
            for one in certificates
        ]
    }


def _erase(certificates: list[Certificate]) -> None:
    for one in certificates:
        one.name, one.said = "", {}
        if one.revoked_at is None:
            one.revoked_at = clock.now()
            announce(CertificateRevoked(one.event_id, one.id))


def _of(whose: ColumnElement[bool]) -> list[Certificate]:
    query = select(Certificate).where(whose)
    return list(db.session.scalars(query.order_by(Certificate.created_at, Certificate.id)))
