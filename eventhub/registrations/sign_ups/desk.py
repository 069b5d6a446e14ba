"""The organiser's room for registrations, as far as signing up for sessions goes."""

from __future__ import annotations

from uuid import UUID

from flask import flash, g, render_template, request, url_for
from flask_babel import gettext

from eventhub.accounts import sessions as browsers
from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.web import page_number, see_other
from eventhub.programme import queries as programmes
from eventhub.registrations import policy
from eventhub.registrations import words as registration_words
from eventhub.registrations.desk import Answer, bp
from eventhub.registrations.exchange.export_desk import as_file
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import get_of_event

from . import exports, queries, services, words


@bp.get("/sessions/")
@event_room(policy.may_see_registrations)
def sessions(event: Event) -> Answer:
    """How the list of each session stands."""
    stands = queries.list_stands(event.id)
    return render_template(
        "registrations/desk_sessions.html",
        event=event,
        stands=stands,
        unreleased=programmes.count_with_sign_up(event.id, besides=[one.sheet.session_id for one in stands]),
        is_manager=policy.may_manage_registrations(g.actor, event),
    )


@bp.get("/sessions/<uuid:session_id>/")
@event_room(policy.may_see_registrations)
def session_people(event: Event, session_id: UUID) -> Answer:
    """Those on the list of a session, page by page, with a search; and whom organisers can put on it."""
    stand = queries.get_stand_of(event, session_id)
    is_manager = policy.may_manage_registrations(g.actor, event)
    wanted, sought = request.args.get("words", ""), request.args.get("add", "") if is_manager else ""
    pages = queries.list_page(stand, wanted, page_number(), in_addresses=is_manager)
    return render_template(
        "registrations/desk_session_people.html",
        event=event,
        stand=stand,
        pages=pages,
        pools=queries.pools_of([one.registration_id for one in pages.items]),
        positions=queries.positions_on(stand.sheet) if stand.waiting else {},
        wanted=wanted,
        sought=sought,
        found=queries.find_people(stand, sought, in_addresses=is_manager),
        may_change=is_manager and stand.sheet.state == "open" and not stand.sheet.has_begun(),
        is_manager=is_manager,
        words=words,
        registration_words=registration_words,
    )


@bp.post("/sessions/<uuid:session_id>/<any(add, remove):deed>/")
@event_room(policy.may_manage_registrations)
def change_session_people(event: Event, session_id: UUID, deed: str) -> Answer:
    """Put somebody on the list of a session, at its end, or take them off it."""
    row = _registration_of(event)
    try:
        if deed == "remove":
            services.give_up(g.actor, row.id, session_id)
            flash(gettext("%(name)s is not signed up any more, and hears of it.", name=row.name), "success")
        elif services.sign_up(g.actor, row.id, session_id).state == "waitlisted":
            flash(gettext("%(name)s is on the waitlist, and hears of it.", name=row.name), "info")
        else:
            flash(gettext("%(name)s is signed up, and hears of it.", name=row.name), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".session_people", slug=event.slug, session_id=session_id)


def _registration_of(event: Event) -> Registration:
    try:
        return get_of_event(event, UUID(request.form.get("registration", "")))
    except ValueError:
        raise NotFound from None


@bp.post("/sessions/export/<any(csv, xlsx):file_format>/", defaults={"session_id": None})
@bp.post("/sessions/<uuid:session_id>/export/<any(csv, xlsx):file_format>/")
@event_room(policy.may_export)
def export_sign_ups(event: Event, session_id: UUID | None, file_format: str) -> Answer:
    """The list of a session, or all of them in one, as a file; the audit says who took it."""
    name = f"{event.slug}-sessions"
    if session_id is not None:
        name = f"{event.slug}-{queries.get_stand_of(event, session_id).sheet.slug}"
    number = queries.count_rows(event, session_id)
    if asking := browsers.make_sure_first(number, url_for(".sessions", slug=event.slug)):
        return asking
    services.note_export(g.actor, event.id, session_id, file_format)
    return as_file(exports.rows_of(event, session_id), name, file_format)
