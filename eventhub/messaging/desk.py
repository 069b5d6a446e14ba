"""The room of an event's letters."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, g, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_series
from eventhub.events.queries import get_series
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.web import page_number, see_other
from eventhub.registrations.policy import may_manage_registrations

from . import left_out, queries, services, words
from .models import LETTER_STATES

bp = Blueprint("messaging_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/messages")


@bp.get("/")
@event_room(may_manage_registrations)
def letters(event: Event) -> str:
    """The letters about an event: sent, on their way, and those that could not be delivered."""
    wanted = request.args.get("state", "")
    state = wanted if wanted in LETTER_STATES else ""
    number = page_number()
    page = queries.list_page(event, state, number)
    retries, turned_at = queries.find_retries(page.items), queries.turned_at(event)
    return render_template(
        "messaging/desk_letters.html",
        event=event,
        letters=page,
        retries=retries,
        given_up=queries.list_given_up(event),
        left_out=left_out.find(event, turned_at),
        turned_at=turned_at,
        refused=request.args.get("refused", ""),
        state=state,
        words=words,
    )


@bp.post("/<uuid:letter_id>/")
@event_room(may_manage_registrations)
def send_again(event: Event, letter_id: UUID) -> Response:
    """Try a letter once more; where that is refused, the same page of the list says so beside it."""
    fate, here = request.form.get("fate", ""), {name: request.args.get(name) for name in ("state", "page")}
    if _tell_of(lambda: services.send_again(g.actor, queries.get_of_event(event, letter_id).id, fate=fate)):
        return see_other(".letters", slug=event.slug, **here)
    return see_other(".letters", slug=event.slug, **here, refused=letter_id, _anchor="refused")


@bp.post("/to-all/<uuid:outbox_id>/")
@event_room(may_manage_registrations)
def spread_again(event: Event, outbox_id: UUID) -> Response:
    """Spread a letter to many once more."""
    _tell_of(lambda: services.spread_again(g.actor, queries.get_spread(event, outbox_id).id))
    return see_other(".letters", slug=event.slug)


@bp.post("/left-out/")
@event_room(may_manage_registrations)
def write_to_left_out(event: Event) -> Response:
    """Write to those whom the letter that the event is cancelled or postponed has left out."""
    if number := left_out.write(g.actor, event.id, request.form.getlist("who")):
        told = ngettext("%(num)s letter is on its way.", "%(num)s letters are on their way.", number)
        flash(told, "info")
    else:
        flash(gettext("Nothing was sent: nobody was chosen, or they have been written to meanwhile."), "attention")
    return see_other(".letters", slug=event.slug)


# Letters about a series are about no single event: they stand on the desk of the series.
series_bp = Blueprint("series_letters_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/series/<slug>/messages")


@series_bp.post("/<uuid:letter_id>/")
@declares(may_edit_series)
@signed_in
def send_again_of_series(slug: str, letter_id: UUID) -> Response:
    """Try a letter about a series once more."""
    series = get_series(g.actor, slug)
    require(may_edit_series(g.actor, series), hidden=True)
    _tell_of(lambda: services.send_again(g.actor, queries.get_failed_of_series(series, letter_id).id))
    return see_other("series_registrations_desk.index", slug=slug)


def _tell_of(again: Callable[[], None]) -> bool:
    """Say what became of a letter tried once more, and whether it goes; a page may stand open until it is no more."""
    try:
        again()
    except Conflict as refusal:
        flash(refusal.message, "attention")
    except NotFound:
        said = gettext("Nothing was sent: this letter is no longer kept, or is on its way again already.")
        flash(said, "attention")
    else:
        flash(gettext("The letter is on its way again."), "info")
        return True
    return False
