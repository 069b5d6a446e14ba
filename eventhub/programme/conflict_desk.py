"""The organiser's desk, as far as the conflicts of a programme go."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from math import ceil
from typing import Any
from uuid import UUID

from flask import flash, g, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_sqlalchemy.pagination import Pagination
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_open_desk
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.forms import EditForm, tidy
from eventhub.foundation.web import page_number, see_other

from . import conflict_queries, conflict_services
from .conflict_kinds import Conflict
from .conflicts import find
from .desk import Answer, bp

PAGE = 50
MINUTE = timedelta(minutes=1)


class AcceptForm(EditForm):
    """Why a conflict is let be."""

    key = HiddenField()
    kind = HiddenField()
    reason = StringField(
        _l("Why it can stay as it is"),
        [
            DataRequired(_l("Write why it can stay as it is.")),
            Length(max=500, message=_l("Please shorten this to %(most)s characters.", most=500)),
        ],
        filters=[tidy],
    )


class Pages(Pagination):
    """A list that is at hand, a page at a time."""

    def _query_items(self) -> list[Any]:
        rows: list[Any] = self._query_args["rows"]
        return rows[self._query_offset :][: self.per_page]

    def _query_count(self) -> int:
        return len(self._query_args["rows"])


@bp.get("/programme/conflicts/")
@event_room(may_open_desk)
def conflicts(event: Event) -> Answer:
    """What an organiser should look at: the conflicts by day, and those that were let be beneath."""
    return _page(event, AcceptForm(formdata=None))


@bp.post("/programme/conflicts/")
@event_room(may_edit_event)
def accept_conflict(event: Event) -> Answer:
    """A conflict that is let be, with the reason."""
    form = AcceptForm()

    def save() -> None:
        key, kind, reason = (str(field.data or "") for field in (form.key, form.kind, form.reason))
        conflict_services.accept_conflict(g.actor, event.id, key, kind, reason)

    if form.validate() and form.carried_out(save):
        flash(gettext("The conflict is accepted. It stands below, with the reason."), "success")
        return see_other("programme_desk.conflicts", slug=event.slug, page=_asked_page())
    return _page(event, form), form.status


@bp.post("/programme/conflicts/<uuid:acceptance_id>/withdraw/")
@event_room(may_edit_event)
def withdraw_acceptance(event: Event, acceptance_id: UUID) -> Response:
    """A conflict that was let be, open again."""
    conflict_services.withdraw_acceptance(g.actor, conflict_queries.get_acceptance(event, acceptance_id).id)
    flash(gettext("The conflict is open again."), "success")
    return see_other("programme_desk.conflicts", slug=event.slug)


def _asked_page() -> int | None:
    number = page_number()
    return number if number > 1 else None


def _page(event: Event, sent: AcceptForm) -> str:
    found = find(event, actor=g.actor)
    unsettled = [conflict for conflict in found if conflict.accepted is None]
    # Whoever accepts the last one on the last page looks at the page before it.
    number = min(page_number(), max(1, ceil(len(unsettled) / PAGE)))
    pages = Pages(page=number, per_page=PAGE, error_out=False, rows=unsettled)
    accepted = [(conflict, conflict.accepted) for conflict in found if conflict.accepted]
    return render_template(
        "programme/desk_conflicts.html",
        event=event,
        pages=pages,
        days=[(day, list(of_day)) for day, of_day in groupby(_with_forms(pages.items, sent), key=_day)],
        accepted=accepted,
        names=conflict_queries.names_of(acceptance for _, acceptance in accepted),
        times=[time // MINUTE for time in conflict_queries.needed_times(event)],
        may_edit=may_edit_event(g.actor, event),
    )


def _with_forms(found: list[Conflict], sent: AcceptForm) -> list[tuple[Conflict, AcceptForm]]:
    """Each conflict with its own form: what was sent about one of them stays in its."""
    rows = []
    for number, conflict in enumerate(found, 1):
        is_sent = sent.key.data == conflict.key
        form = sent if is_sent else AcceptForm(formdata=None, data={"key": conflict.key, "kind": conflict.kind})
        form.reason.id = f"reason-{number}"
        rows.append((conflict, form))
    return rows


def _day(row: tuple[Conflict, AcceptForm]) -> date | None:
    hours = row[0].hours
    return clock.wall(hours.starts, row[0].zone).date() if hours else None
