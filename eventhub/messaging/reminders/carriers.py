"""Carrying out what rules have ordered, outside any transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.outbox import carries

from . import services


@carries("reminders", is_spread=True)
def queue(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Queue the letters of a moment that has come, batch by batch."""
    round_id, is_timely = UUID(payload["round_id"]), payload.get("is_timely", True)
    while services.queue_batch(SYSTEM, round_id, is_timely=is_timely):
        pass
