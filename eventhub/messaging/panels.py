"""What letters have to show in pages of lower floors."""

from __future__ import annotations

from typing import Any

from flask import render_template

from eventhub.events.models import Event

from . import queries


def attention(event: Event, **_: Any) -> str | None:
    """Letters about an event that could not be delivered."""
    failed = queries.count_failed(event)
    return render_template("messaging/_attention.html", event=event, failed=failed) if failed else None


def telling(event: Event, deed: str, **_: Any) -> str | None:
    """How many people will be told when an event is postponed or cancelled."""
    if deed not in {"postpone", "cancel"}:
        return None
    return render_template("messaging/_telling.html", readers=queries.count_readers(event))
