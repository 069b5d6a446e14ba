"""What letters have to show in pages of lower floors."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request

from eventhub.events.models import Event, Series
from eventhub.events.policy import may_edit_event, may_edit_series
from eventhub.foundation import clock
from eventhub.registrations.policy import may_manage_registrations

from . import queries, words
from .notices import services as notices
from .notices.waiting import Waiting, gathered
from .to_groups import queries as to_groups

_WHERE_CHANGES_ARE_MADE = {"event_desk", "programme_desk"}


def attention(event: Event, **_: Any) -> str | None:
    """Letters about an event that could not be delivered, for those who can send them again."""
    if not may_manage_registrations(g.actor, event) or not (failed := queries.count_failed(event)):
        return None
    return render_template("messaging/_attention.html", event=event, failed=failed)


def telling(event: Event, deed: str, **_: Any) -> str | None:
    """How many people are told when an event is published again, postponed or cancelled, and how many are not.

    Who these are is for those who may see its registrations; whoever else may cancel it sees the numbers.
    """
    if event.status == "draft":
        return None
    is_resumed = deed == "publish"
    numbers = {
        "readers": queries.count_readers(event),
        "speakers": len(queries.speakers_to_tell(event, is_resumed=is_resumed)),
        "guests": queries.count_guests(event),
    }
    unwritten = queries.count_unwritten(event)
    if is_resumed and not any(numbers.values()) and not unwritten.without_address and not unwritten.unreached:
        return None
    stopped = 0 if is_resumed else to_groups.count_under_way(event)
    return render_template(
        "messaging/_telling.html",
        event=event,
        **numbers,
        unwritten=unwritten,
        stopped=stopped,
        may_name=may_manage_registrations(g.actor, event),
    )


def waiting(event: Event, **_: Any) -> str | None:
    """When those concerned hear of what has changed, as long as that is to come: where changes are made."""
    if request.blueprint not in _WHERE_CHANGES_ARE_MADE or not may_edit_event(g.actor, event):
        return None
    due_at = notices.find_waiting(event.id)
    if due_at is None or gathered(event) == Waiting():
        return None
    return render_template(
        "messaging/_waiting.html",
        event=event,
        due_at=due_at if due_at > clock.now() else None,
        may_look=may_manage_registrations(g.actor, event),
    )


def of_series(series: Series, **_: Any) -> str | None:
    """Letters about a series that could not be delivered, for those who run it."""
    if not may_edit_series(g.actor, series) or not (failed := queries.list_failed_of_series(series)):
        return None
    return render_template("messaging/_failed_of_series.html", series=series, letters=failed, words=words)
