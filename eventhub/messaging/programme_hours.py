"""Whether the hours of sessions are those of their event yet, where that has moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.circumstances import Circumstances
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.public import public_state


def lags_behind(event: Event, was: Mapping[str, Any] | None) -> bool:
    """Whether the hours of an event are others than they were, and its sessions are not yet released at theirs."""
    if was is None:
        return False
    before, now = Circumstances.from_json(was), Circumstances.of(event)
    if (before.starts, before.ends, before.zone) == (now.starts, now.ends, now.zone):
        return False
    public = {one.id: one for one in public_state(event).sessions if not one.is_cancelled}
    if not public:
        return False
    first, last = min(one.starts_at for one in public.values()), max(one.ends_at for one in public.values())
    if (event.starts_at and first < event.starts_at) or (event.ends_at and last > event.ends_at):
        return True
    draft = select(ProgrammeSession.id, ProgrammeSession.starts_at).where(ProgrammeSession.id.in_(public.keys()))
    return any(public[session_id].starts_at != starts_at for session_id, starts_at in db.session.execute(draft))


def hours_follow() -> str:
    """That sessions whose event has moved still have the hours that they had."""
    return str(gettext("The hours of its sessions follow. Until then, please go by those of the event."))
