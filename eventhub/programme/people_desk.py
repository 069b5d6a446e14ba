"""The people whom an organiser's organisation knows, on a programme or not."""

from __future__ import annotations

from functools import partial

from flask import g, render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import Form, SearchField

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.people import policy as people_policy

from . import queries
from .desk import bp


class KnownForm(Form):
    """Who is looked for."""

    words = SearchField(_l("Search"))


@bp.get("/speakers/known/")
@event_room(may_edit_event)
def known_people(event: Event) -> str:
    """Everybody whom the organiser may put on a programme, with a search."""
    form = KnownForm(request.args)
    return render_template(
        "programme/desk_known.html",
        event=event,
        form=form,
        people=queries.search_known_people(g.actor, form.words.data or ""),
        most=queries.OFFERED,
        may_edit_person=partial(people_policy.may_edit_person, g.actor),
    )
