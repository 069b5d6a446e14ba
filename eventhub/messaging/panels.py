"""What letters have to show in pages of lower floors."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.events.models import Event, Series
from eventhub.events.policy import may_edit_series
from eventhub.registrations.policy import may_manage_registrations

from . import queries, words
from .to_groups import queries as to_groups


def attention(event: Event, **_: Any) -> str | None:
    """Letters about an event that could not be delivered, for those who can send them again."""
    if not may_manage_registrations(g.actor, event) or not (failed := queries.count_failed(event)):
        return None
    return render_template("messaging/_attention.html", event=event, failed=failed)


def telling(event: Event, deed: str, **_: Any) -> str | None:
    """How many people are told when an event is published again, postponed or cancelled."""
    if event.status == "draft":
        return None
    stopped = 0 if deed == "publish" else to_groups.count_scheduled(event)
    readers, speakers = queries.count_readers(event), len(queries.speakers_to_tell(event, is_resumed=deed == "publish"))
    if deed == "publish" and not readers and not speakers:
        return None
    return render_template("messaging/_telling.html", readers=readers, speakers=speakers, stopped=stopped)


def of_series(series: Series, **_: Any) -> str | None:
    """Letters about a series that could not be delivered, for those who run it."""
    if not may_edit_series(g.actor, series) or not (failed := queries.list_failed_of_series(series)):
        return None
    return render_template("messaging/_failed_of_series.html", series=series, letters=failed, words=words)
