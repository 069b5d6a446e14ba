"""A programme as conference apps read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, g, render_template, request

from eventhub.events.models import Event
from eventhub.events.policy import is_shown
from eventhub.events.queries import get_visible
from eventhub.foundation import clock
from eventhub.foundation.errors import NotFound
from eventhub.foundation.fragments import Shelf
from eventhub.programme.public import public_state
from eventhub.programme.views import bp

from . import frab, xml
from .extras import Values

# A schedule of a thousand sessions takes a tenth of a second to write and about 1.5 MB to keep.
_shelf: Shelf[str] = Shelf(8 * 1024 * 1024)


@bp.get("/events/<slug>/schedule.xml")
def schedule_xml(slug: str) -> Response:
    """The released programme in the format of pentabarf and frab."""
    return _sent(slug, "application/xml", xml.written)


@bp.get("/events/<slug>/schedule.json")
def schedule_json(slug: str) -> Response:
    """The released programme in the format of frab and pretalx."""
    return _sent(slug, "application/json", lambda document: json.dumps(document, ensure_ascii=False))


def _sent(slug: str, mimetype: str, write: Callable[[Values], str]) -> Response:
    event = get_visible(g.actor, slug)
    if event.status == "draft":
        raise NotFound  # there is nothing that the public could see
    state = public_state(event)
    key = (event.id, state.revision, event.slug, g.lang, mimetype)
    body = _shelf.get(key, lambda: write(frab.document(event, state, g.lang)))
    response = Response(body, mimetype=mimetype)
    if not is_shown(event):
        response.headers["Cache-Control"] = "private, no-store"
        return response
    response.headers["Cache-Control"] = "public, max-age=300, must-revalidate"
    response.headers["Access-Control-Allow-Origin"] = "*"  # anybody's page may read what anybody may read
    response.add_etag()
    if event.public_changed_at < clock.now() - timedelta(seconds=2):
        # Two changes in one second have one date: only when it is past does it tell the one from the other.
        response.last_modified = event.public_changed_at
    response.make_conditional(request)
    return response


def panel(event: Event, **_: Any) -> str | None:
    """Where conference apps find the programme."""
    if not is_shown(event) or not public_state(event).sessions:
        return None
    return render_template("programme/_exchange.html", event=event)
