"""The programme in a frame on partners' pages: on those alone that its organisers have named."""

from __future__ import annotations

from flask import g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from eventhub.events.policy import is_shown
from eventhub.events.queries import get_visible
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import CONTENT_SECURITY_POLICY
from eventhub.foundation.zones import reader_zone

from .public import public_state
from .settings import settings_of
from .views import bp, chosen_days, timetables


@bp.get("/embed/events/<slug>/")
def embed(slug: str) -> Response:
    """The released programme without the site around it; its links open beside the page that frames it."""
    event = get_visible(g.actor, slug)
    if not is_shown(event):
        raise NotFound
    if event.slug != slug:
        return redirect(url_for(".embed", slug=event.slug, day=request.args.get("day")), 301)
    state = public_state(event)
    zone, days = reader_zone(event.zone, event.starts_at), chosen_days(event, state)
    page = render_template(
        "programme/embed.html",
        event=event,
        state=state,
        zone=zone,
        days=days,
        body=timetables(event, state, zone, days),
    )
    response = make_response(page)
    kept, _ = settings_of(event)
    ancestors = " ".join(("'self'", *kept.framed_by))
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    response.headers["Content-Security-Policy"] = policy
    return response
