"""What materials show on pages of the floors beneath."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.programme.models import Speaker
from eventhub.programme.public import PublicSession

from . import policy, queries
from .forms import SlidesForm


def of_session(session: PublicSession, **_: Any) -> str | None:
    """What everybody who sees a session may open of it."""
    materials = queries.list_public(session)
    return render_template("materials/_of_session.html", materials=materials) if materials else None


def of_speaker(speaker: Speaker, event: Event, token: str, **_: Any) -> str | None:
    """A speaker's slides, part by part, to be sent and sent again."""
    parts = queries.list_parts(speaker)
    forms = {
        part.role.id: SlidesForm.for_part(part.role, formdata=None)
        for part in parts
        if policy.has_slides(part.role, part.role.session) and event.status != "cancelled"
    }
    parts = [part for part in parts if part.slides or part.role.id in forms]
    if not parts:
        return None
    return render_template("materials/_of_speaker.html", event=event, token=token, parts=parts, forms_of_parts=forms)


def attention(event: Event, **_: Any) -> str | None:
    """How many materials wait to be released, for those who can."""
    if not may_edit_event(g.actor, event) or not (held := queries.count_held(event)):
        return None
    return render_template("materials/_attention.html", event=event, held=held)
