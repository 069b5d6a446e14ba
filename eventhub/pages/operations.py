"""How the service is doing, for whoever keeps it running: work by kind, what was given up, the clock, the workers.

Nobody is named here: who keeps a site running need not know who comes to its events.
"""

from __future__ import annotations

from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from eventhub.foundation import clock, operations, outbox
from eventhub.foundation.permissions import declares, keeps_the_site, require, signed_in
from eventhub.foundation.web import page_number, see_other

from .blueprint import bp

# Whoever keeps a site reads of its work here; a kind that has no word yet is shown as the code calls it.
KINDS = {
    "letter": _("Letters"),
    "letter_to_all": _("Letters to all, being written"),
    "group_letter": _("Letters to groups, being written"),
    "notice": _("Letters about changes, being written"),
    "sign_ups_ended": _("Letters about sessions that do not take place, being written"),
    "reminders": _("Reminders, being written"),
    "certificates": _("Letters about certificates, being written"),
    "import": _("Letters after imports, being written"),
    "places": _("Letters about places, being written"),
    "links": _("Letters with links, being written"),
    "nothing": _("Letters of which there are none"),
    "registrations_export": _("Lists, being made"),
    "robot": _("Messages of robots in chats"),
    "push": _("Notices on devices"),
}


@bp.get("/operations/")
@declares(keeps_the_site)
@signed_in
def operate() -> str:
    """What waits and for how long, what was given up and why, what runs by the clock, and who works."""
    require(keeps_the_site(g.actor), hidden=True)
    return render_template(
        "pages/operations.html",
        kinds=KINDS,
        now=clock.now(),
        work=operations.work_by_kind(),
        failures=operations.failures(page_number()),
        jobs=operations.clock_jobs(),
        workers=operations.workers(),
        holder=operations.holder(),
        lanes=operations.slow_lanes(),
        is_live=operations.is_live,
        reason=operations.reason,
    )


@bp.post("/operations/again/")
@declares(keeps_the_site)
@signed_in
def try_again() -> Response:
    """Try one piece of work that was given up once more, or all of a kind."""
    require(keeps_the_site(g.actor), hidden=True)
    if kind := request.form.get("kind"):
        number = outbox.all_again(g.actor, kind)
        flash(ngettext("%(num)s piece is tried again.", "%(num)s pieces are tried again.", number), "info")
    else:
        outbox.again(g.actor, _id(request.form.get("row", "")))
        flash(gettext("It is tried again."), "info")
    return see_other(".operate")


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
