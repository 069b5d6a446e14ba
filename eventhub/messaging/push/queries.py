"""Reads of devices."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from eventhub.foundation.db import db

from .models import PushSubscription


def devices_of(registration_id: UUID) -> Sequence[PushSubscription]:
    """The devices on which a registrant is told, the oldest first."""
    query = select(PushSubscription).where(PushSubscription.registration_id == registration_id)
    return db.session.scalars(query.order_by(PushSubscription.created_at, PushSubscription.id)).all()
