"""The public list of participants, where there is one."""

from __future__ import annotations

from flask import g, render_template

from eventhub.events import queries as events
from eventhub.foundation.errors import NotFound
from eventhub.registrations.views import bp

from . import queries


@bp.get("/events/<slug>/participants/")
def participants(slug: str) -> str:
    """Those who agree to stand in it, by name; no such page where the organisers wanted none."""
    event = events.get_visible(g.actor, slug)
    if not queries.has_public_list(event):
        raise NotFound
    return render_template("registrations/participants.html", event=event, people=queries.list_public(event))
