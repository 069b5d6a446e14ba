"""The page on which somebody chooses which letters they get, and the one click with which mail programs end them."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask_babel import gettext

from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import csrf, private_page, see_other
from eventhub.messaging.views import bp

from . import services
from .models import LetterChoice

Answer = object


@bp.route("/letters/<token>/", methods=["GET", "POST"])
@csrf.exempt
@private_page
def choice(token: str) -> Answer:
    """Which letters an organiser writes to this address; looking at the page changes nothing.

    RFC 8058 §3.2: a mail program posts `List-Unsubscribe=One-Click` without a session or a token of the page. To end
    letters needs nothing else, whoever has the link; to want them again needs the form.
    """
    found = services.get_by_link(token)
    actor = Actor("link", thing_id=found.id, purpose=services.PURPOSE)
    if request.method == "POST":
        wish = request.form.get("wish", "")
        if request.form.get("List-Unsubscribe") == "One-Click":
            services.end(actor, found.id)
            return _page(found, token)
        csrf.protect()
        if wish == "end":
            services.end(actor, found.id)
            flash(gettext("You get no more letters of this kind."), "success")
        elif wish == "want":
            services.want(actor, found.id)
            flash(gettext("You get these letters again."), "success")
        else:
            raise NotFound
        return see_other(".choice", token=token)
    return _page(found, token)


def _page(found: LetterChoice, token: str) -> str:
    news = services.news_of(found)
    return render_template(
        "messaging/choice.html",
        organiser=found.organisation.name.in_(g.lang),
        address=found.address,
        is_off=found.off_at is not None,
        news=news,
        token=token,
    )
