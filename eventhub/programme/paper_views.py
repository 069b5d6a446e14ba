"""Where the programme to print is had."""

from __future__ import annotations

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.policy import is_shown
from eventhub.events.queries import get_visible
from eventhub.foundation.errors import NotFound
from eventhub.foundation.fragments import Shelf
from eventhub.foundation.i18n import LOCALES

from .papers import paper
from .public import public_state
from .views import bp

BOTH = "both"
_shelf: Shelf[bytes] = Shelf(8 * 1024 * 1024)


@bp.get("/events/<slug>/programme.pdf")
def programme_pdf(slug: str) -> AnyResponse:
    """The released programme as a PDF: in the language of its address, or `?form=both` beside each other."""
    event = get_visible(g.actor, slug)
    if event.status == "draft":
        raise NotFound  # there is nothing that the public could see
    is_both = request.args.get("form") == BOTH
    if event.slug != slug:
        return redirect(url_for(".programme_pdf", slug=event.slug, form=BOTH if is_both else None), 301)
    state = public_state(event)
    # Whose address the page came from stands first.
    languages = (g.lang, *(lang for lang in LOCALES if lang != g.lang and is_both))
    body = _shelf.get((event.id, state.revision, event.slug, languages), lambda: paper(event, state, languages))
    response = Response(body, mimetype="application/pdf")
    form = BOTH if is_both else g.lang
    response.headers["Content-Disposition"] = f'inline; filename="{event.slug}-programme-{form}.pdf"'
    response.headers["Cache-Control"] = "public, no-cache" if is_shown(event) else "private, no-store"
    response.add_etag()
    return response.make_conditional(request)
