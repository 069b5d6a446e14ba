"""The organiser's room for registrations, as far as lists go out: at once where they are short, else when ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, flash, g, render_template, request, send_file, stream_with_context, url_for
from flask_babel import gettext

from eventhub.accounts import sessions
from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import files
from eventhub.foundation.errors import NotFound
from eventhub.foundation.sheets import csv_pieces
from eventhub.foundation.web import see_other
from eventhub.foundation.wechat import leave_if_inside
from eventhub.registrations import access, exports, policy
from eventhub.registrations import queries as registrations
from eventhub.registrations.desk import Answer, bp

from . import orders, queries
from .forms import ExportForm
from .models import ExportOrder

# So many rows are written while their reader waits.
AT_ONCE = 500


@bp.get("/export/")
@event_room(policy.may_export)
def export_list(event: Event) -> Answer:
    """Choose the columns and the format of a list, and find those that were made before."""
    size = registrations.count_of(event)
    return render_template(
        "registrations/desk_export.html",
        event=event,
        form=ExportForm.of(exports.columns_of(g.actor, event)),
        orders=queries.find_orders(g.actor, event),
        size=size,
        is_asked=sessions.must_make_sure(size),
        unasked=sessions.UNASKED,
    )


@bp.post("/export/<any(csv, xlsx, json):file_format>/")
@event_room(policy.may_export)
def export(event: Event, file_format: str) -> Answer:
    """The list as a file, at once where it is short; the audit says who took it."""
    known = exports.columns_of(g.actor, event)
    wanted = [key for key in known if key in request.form.getlist("columns")] or list(known)
    size = registrations.count_of(event)
    if size > AT_ONCE or sessions.must_make_sure(size):
        order = orders.order(g.actor, event.id, file_format, wanted)
        return see_other(".export_order", slug=event.slug, order_id=order.id)
    leave_if_inside()
    access.note_export(g.actor, event.id, file_format)
    return as_file(exports.rows_of(g.actor, event, wanted), f"{event.slug}-registrations", file_format)


@bp.get("/exports/<uuid:order_id>/")
@event_room(policy.may_export)
def export_order(event: Event, order_id: UUID) -> Answer:
    """How far a file is; the page looks again by itself until it is ready."""
    order = _own(event, order_id)
    page = render_template(
        "registrations/desk_export_order.html",
        event=event,
        order=order,
        is_asked=sessions.must_make_sure(order.size),
    )
    response = Response(page)
    if order.state == "waiting":
        response.headers["Refresh"] = "2"
    return response


@bp.post("/exports/<uuid:order_id>/file/")
@event_room(policy.may_export)
def export_file(event: Event, order_id: UUID) -> Answer:
    """The file that somebody has asked for, to them alone; the audit says each time who took it."""
    order = _own(event, order_id)
    file = queries.file_of(order)
    here = url_for(".export_order", slug=event.slug, order_id=order.id)
    if asking := sessions.make_sure_first(order.size, here):
        return asking
    access.note_export(g.actor, event.id, order.file_format, order.size)
    return _sent(f"{event.slug}-registrations", order.file_format, files.path_of(file))


@bp.post("/exports/<uuid:order_id>/drop/")
@event_room(policy.may_export)
def drop_order(event: Event, order_id: UUID) -> Answer:
    """Let go of a file that is not wanted any more."""
    orders.drop(g.actor, _own(event, order_id).id)
    flash(gettext("The file is deleted."), "success")
    return see_other(".export_list", slug=event.slug)


def _own(event: Event, order_id: UUID) -> ExportOrder:
    order = queries.get_order(g.actor, order_id)
    if order.event_id != event.id:
        raise NotFound
    return order


def as_file(rows: Iterator[list[str]], name: str, file_format: str) -> Response:
    """Rows as a file to be saved, kept nowhere on the way."""
    if file_format != "csv":
        return _sent(name, file_format, exports.file_of(rows, file_format))
    pieces: Any = stream_with_context(csv_pieces(rows))
    response = Response(pieces, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return _kept_nowhere(response)


def _sent(name: str, file_format: str, what: Any) -> Response:
    media_type, name = exports.MEDIA_TYPES[file_format], f"{name}.{file_format}"
    return _kept_nowhere(send_file(what, media_type, as_attachment=True, download_name=name, etag=False))


def _kept_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
