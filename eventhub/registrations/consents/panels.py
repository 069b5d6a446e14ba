"""What consents have to show in pages of lower floors."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.events.models import Event
from eventhub.registrations.policy import may_manage_registrations

from . import queries


def way(event: Event, **_: Any) -> str | None:
    """The link to the list of participants on the event's page, where there is one."""
    return render_template("registrations/_participants.html", event=event) if queries.has_public_list(event) else None


def attention(event: Event, **_: Any) -> str | None:
    """Co-organisers who see nobody, because nobody is asked whether they may."""
    partners = [one for one in event.partners if one.part == "co_organiser"]
    if not partners or event.status != "published" or event.is_over() or not may_manage_registrations(g.actor, event):
        return None
    blind = [ask for ask in queries.list_asks(event) if ask.partner and not ask.is_asked]
    return render_template("registrations/_consent_attention.html", event=event, asks=blind) if blind else None
