"""The rooms of an event's desk: which there are, and who may enter which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Flask, current_app, g, request, url_for
from flask_babel import LazyString

from eventhub.events import policy, queries
from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import NotFound
from eventhub.foundation.permissions import declares, require, signed_in

Policy = Callable[[Actor, Event], bool]


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its page, its name, and who may enter."""

    endpoint: str
    name: LazyString
    policy: Policy


def init_app(app: Flask, rooms: Sequence[Room], **within: Sequence[Room]) -> None:
    """Register the rooms in the order shown, and the pages of large ones by a name of theirs.

    Templates call `desk_tabs(event)`, and within a large room `desk_tabs(event, "registrations")`.
    """
    app.extensions["eventhub_rooms"] = {"": rooms, **within}
    app.jinja_env.globals["desk_tabs"] = tabs


def tabs(event: Event, within: str = "") -> list[tuple[str, str, bool]]:
    """Word, address and whether it is this one, of each room that the actor may enter."""
    rooms = cast("Mapping[str, Sequence[Room]]", current_app.extensions["eventhub_rooms"])[within]
    entered = [
        (str(room.name), url_for(room.endpoint, slug=event.slug)) for room in rooms if room.policy(g.actor, event)
    ]
    # A page lies in the room whose address its own begins with: in the innermost, for the first room's holds them all.
    here = max((address for _, address in entered if request.path.startswith(address)), key=len, default="")
    return [(name, address, address == here) for name, address in entered]


def event_room(allowed: Policy) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a view the event of its slug: 404 to those who have no part in running it, 403 where the policy says no."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def enter(slug: str, **values: Any) -> Any:
            event = queries.find_event(slug)
            if event is None or not policy.may_open_desk(g.actor, event):
                raise NotFound
            require(allowed(g.actor, event))
            return view(event, **values)

        return declares(allowed)(signed_in(enter))

    return decorate
