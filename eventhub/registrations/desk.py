"""The organiser's room for registrations: who has registered, and how many places there are."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import files, files_web
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.i18n import spaced
from eventhub.foundation.permissions import require
from eventhub.foundation.web import page_number, see_other
from eventhub.organisations.words import STAKEHOLDER_TYPES

from . import access, delegations, limits, moves, policy, queries, services, words
from .consents import queries as consent_queries
from .forms import AddForm, FilterForm
from .models import Registration
from .questions import pages as question_pages
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .waiting import count_waiting

bp = Blueprint("registrations_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/registrations")
Answer = AnyResponse | str | tuple[str, int]


@bp.get("/")
@event_room(policy.may_see_registrations)
def index(event: Event) -> Answer:
    """Who has registered, page by page, with a search and filters."""
    seats = queries.list_seats(event)
    form = FilterForm(request.args)
    groups = delegations.list_delegations(event)
    form.offer([one.pool for one in seats], {str(one.contact.id): words.delegation(one) for one in groups})
    is_manager = policy.may_manage_registrations(g.actor, event)
    pages = queries.list_page(event, form.filter(in_addresses=is_manager), page_number())
    return render_template(
        "registrations/desk_list.html",
        event=event,
        form=form,
        pages=pages,
        positions=queries.positions(
            event, [one.id for row in pages for one in row.places if one.state == "waitlisted"]
        ),
        seats=seats,
        waiting=count_waiting(g.actor, event),
        contacts={one.contact.id for one in groups},
        is_manager=is_manager,
        has_answers=not is_manager and bool(question_queries.list_readable(g.actor, event)),
        words=words,
        types=STAKEHOLDER_TYPES,
    )


@bp.route("/<uuid:registration_id>/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
@event_room(policy.may_manage_registrations)
def registration(event: Event, registration_id: UUID) -> Answer:
    """One registration, and all that an organiser can do for its person."""
    row = queries.get_of_event(event, registration_id)
    page = question_pages.over(g.actor, row)
    form = page.form

    def save() -> None:
        with form.answers() as answers:
            services.change_registration(g.actor, row.id, form.description, form.version.data, answers)

    if not form.is_submitted():
        form.begin(row.version)
    elif form.validate() and form.carried_out(
        save, lambda: (question_pages.over(g.actor, row, formdata=None).form, row.version)
    ):
        flash(gettext("Saved."), "success")
        return _back_to(row)
    return render_template(
        "registrations/desk_registration.html",
        event=event,
        registration=row,
        position=queries.position_of(row.place),
        others=[one for one in queries.list_seats(event) if one.pool.is_offered and one.pool is not row.place.pool],
        form=form,
        told=page.told,
        agreements=consent_queries.list_of(row),
        directory=page.directory,
        question_words=question_words,
        words=words,
    ), form.status


@bp.get("/<uuid:registration_id>/answers/")
@event_room(policy.may_see_registrations)
def answers(event: Event, registration_id: UUID) -> Answer:
    """What somebody answered, as far as the reader may read it: for those who receive people at the door."""
    row = queries.get_of_event(event, registration_id)
    readable = question_queries.list_readable(g.actor, event)
    told = question_queries.list_answered(readable, question_queries.values_of(row.id))
    return render_template(
        "registrations/desk_answers.html",
        event=event,
        registration=row,
        told=told,
        question_words=question_words,
        words=words,
    )


@bp.get("/<uuid:registration_id>/files/<uuid:question_id>/")
@event_room(policy.may_see_registrations)
def answer_file(event: Event, registration_id: UUID, question_id: UUID) -> Response:
    """A file that somebody sent as an answer; its name, which may tell of them, is in no address."""
    file = question_queries.get_file(queries.get_of_event(event, registration_id), question_id)
    require(files.may_open(g.actor, file), hidden=True)
    return files_web.send(file, file.name, is_public=False)


@bp.post("/<uuid:registration_id>/cancel/")
@event_room(policy.may_manage_registrations)
def cancel(event: Event, registration_id: UUID) -> Answer:
    """Give a registration up for its person."""
    row = queries.get_of_event(event, registration_id)
    name = row.name
    services.cancel_registration(g.actor, row.id)
    text = gettext("The registration of %(name)s is cancelled. The place goes to the next on the waitlist.", name=name)
    flash(spaced(text, name), "success")
    return _back_to(row)


@bp.post("/<uuid:registration_id>/switch/")
@event_room(policy.may_manage_registrations)
def switch(event: Event, registration_id: UUID) -> Answer:
    """Have a person take part in the other way."""
    row = queries.get_of_event(event, registration_id)
    try:
        limits.count_change(row)
        moves.switch_pool(g.actor, row.id, request.form.get("pool", ""))
        flash(gettext("Saved."), "success")
    except (Conflict, Invalid, TooMany) as refusal:
        flash(refusal.message, "attention")
    return _back_to(row)


@bp.post("/<uuid:registration_id>/new-link/")
@event_room(policy.may_manage_registrations)
def rotate(event: Event, registration_id: UUID) -> Answer:
    """End a person's private links and send them new ones."""
    row = queries.get_of_event(event, registration_id)
    limits.count_change(row)
    access.rotate_link(g.actor, row.id)
    flash(gettext("The old link is void. A letter with the new one is on its way."), "success")
    return _back_to(row)


def _back_to(row: Registration) -> AnyResponse:
    return see_other(".registration", slug=row.event.slug, registration_id=row.id)


@bp.route("/new/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def add(event: Event) -> Answer:
    """Register somebody by hand."""
    seats = queries.list_seats(event)
    form, status = AddForm.of(seats), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            row = services.add_by_hand(g.actor, event.id, form.details, form.pool.data)
        except (Conflict, Invalid) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            flash(gettext("The registration is made."), "success")
            return _back_to(row)
    lines = {one.pool.key: words.line_of(one) for one in seats}
    return render_template("registrations/desk_add.html", event=event, form=form, lines=lines), status
