"""Carrying notices out, outside any transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.outbox import carries

from . import services


@carries("notice", is_spread=True)
def tell(payload: dict[str, Any], outbox_id: UUID) -> None:
    """See what has changed by now, and order a letter for each whom it concerns: speakers, registrants, then guests."""
    notice_id = services.close(SYSTEM, UUID(payload["event_id"]), outbox_id)
    if notice_id is None:
        return
    services.write_to_speakers(SYSTEM, notice_id)
    last: UUID | None = None
    while last := services.spread(SYSTEM, notice_id, last):
        pass
    while last := services.spread_to_guests(SYSTEM, notice_id, last):
        pass
