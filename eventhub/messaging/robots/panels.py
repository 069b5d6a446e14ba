"""What robots have to show in pages of lower floors."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.events.models import Event
from eventhub.foundation.db import get
from eventhub.organisations import policy
from eventhub.organisations.models import Organisation

from . import queries


def attention(event: Event, **_: Any) -> str | None:
    """Robots that were paused because nobody took what they said, for those who can mend them."""
    if not policy.may_administer(g.actor, event.organisation_id):
        return None
    paused = sum(bool(robot.paused_at) for robot in queries.list_robots(event.organisation_id))
    if not paused:
        return None
    slug = get(Organisation, event.organisation_id).slug
    return render_template("messaging/_paused_robots.html", slug=slug, paused=paused)
