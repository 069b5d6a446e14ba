"""Home, and the privacy notice."""

from __future__ import annotations

from email.utils import parseaddr

from flask import Response, g, make_response, render_template

from eventhub.events import queries
from eventhub.foundation.web import LANGUAGE_COOKIE, settings, wished_language

from .blueprint import bp

MOST_COMING, MOST_PAST, MOST_SERIES = 6, 6, 6


@bp.get("/")
def home() -> Response:
    """What comes next, the series, and what was."""
    response = make_response(
        render_template(
            "pages/home.html",
            coming=queries.list_coming(MOST_COMING),
            past=queries.list_past(MOST_PAST),
            series=queries.list_public_series(MOST_SERIES),
        )
    )
    if g.lang != wished_language():
        # Only who reads another language than their browser asks for needs to be remembered.
        response.set_cookie(
            LANGUAGE_COOKIE, g.lang, max_age=31536000, secure=settings().is_secure, httponly=True, samesite="Lax"
        )
    return response


@bp.get("/privacy/")
def privacy() -> str:
    """What is kept of people, why, and how they see, change and delete it."""
    return render_template("pages/privacy.html", contact=parseaddr(settings().mail_from)[1])
