"""Test letters: how a letter would read, by mail to whoever writes its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import get
from eventhub.foundation.errors import Conflict
from eventhub.people.models import Person

from . import previews, samples, services


def order(actor: Actor, kind: str, lang: str, event: Event | None, data: Mapping[str, Any], who_id: UUID) -> str:
    """A letter as somebody would get it, on its way to the one who asks; their address, or nothing without one.

    Raises Conflict where it has nothing that it could tell of: the work of sending it could only fail.
    """
    if previews.drawn(kind, lang, event, data, who_id) is None:
        said = gettext("Nothing was sent: there is nothing now that this letter could tell of.")
        raise Conflict(said)
    person = get(Person, actor.person_id)
    if person.address:
        about = samples.data_of_test(kind, who_id, **data)
        services.order("test", person.address, lang, data=about, event_id=event.id if event else None)
    return person.address or ""
