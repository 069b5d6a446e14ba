"""Looking after one's own registration for a series, by its private link."""

from __future__ import annotations

from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext

from eventhub.accounts.limits import count_letter
from eventhub.events.models import Event
from eventhub.events.policy import may_see_event, may_see_series
from eventhub.events.shifts import shifts_of
from eventhub.foundation import files_web, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import Conflict, Invalid, NotFound, TooMany
from eventhub.foundation.web import private_page, see_other
from eventhub.foundation.zones import ReaderZone
from eventhub.registrations import access, limits, own, words
from eventhub.registrations import queries as registrations
from eventhub.registrations.consents import queries as consents
from eventhub.registrations.models import Registration
from eventhub.registrations.questions import queries as question_queries
from eventhub.registrations.questions import words as question_words
from eventhub.registrations.questions.models import MOST_BYTES, MOST_FILES
from eventhub.registrations.views import bp

from . import personal, queries, services
from .forms import SeriesDescriptionForm, TakeForm
from .models import SeriesRegistration
from .policy import LINK
from .views import zone_for


@bp.route("/registrations/series/<token>/", methods=["GET", "POST"])
@private_page
def my_series(token):
    """One's own registration for a series: how each event stands, and all that can be done with them."""
    registration = queries.get_by_link(token)
    holder, form = _holder(registration), SeriesDescriptionForm.of(registration)

    def save():
        services.change(
            holder,
            registration.id,
            form.description,
            wants_all=bool(form.wants_all.data),
            zone=form.zone.data or None,
            version=form.version.data,
        )

    def reread():
        return SeriesDescriptionForm.of(registration, formdata=None), registration.version

    if not form.is_submitted():
        form.begin(registration.version)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Your changes are saved."), "success")
        return _back_to(token)
    rows = queries.list_registrations(registration)
    mine = [row for row in rows if row.live]
    taken = {row.event_id for row in mine}
    others = queries.choices_among(g.actor, queries.list_own(registration.series, g.actor))
    answers = {entry.event_id: entry.answer for entry in registration.entries}
    zone = _zone_of(registration, mine)
    return render_template(
        "registrations/series_mine.html",
        token=token,
        registration=registration,
        series=registration.series,
        may_see_series=may_see_series(g.actor, registration.series),
        form=form,
        rows=mine,
        way_to=_way_to,
        may_see=lambda event: may_see_event(g.actor, event),
        positions=queries.positions_of(place for row in mine for place in row.live),
        held=services.held_among(mine),
        rest=services.rest_of(mine),
        others=[one for one in others if one.event.id not in taken],
        offered={event_id for event_id, answer in answers.items() if answer == "offered"},
        zone=zone,
        shifts=shifts_of([row.event for row in mine], zone.name),
        words=words,
    ), form.status


def _way_to(row: Registration) -> str:
    return links.make("registration", row.id, row.link_number)


@bp.route("/registrations/series/<token>/events/<uuid:event_id>/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
@private_page
def take_of_series(token, event_id):
    """One more event of the series: taken by one click where it asks nothing, or left out."""
    registration = queries.get_by_link(token)
    event = db.session.get(Event, event_id)
    is_own = event is not None and event.series_id == registration.series_id
    found = queries.choices_among(g.actor, [event]) if event is not None and is_own else []
    mine = {row.event_id for row in queries.list_registrations(registration) if row.live}
    if event_id in mine:
        flash(gettext("You are registered for this event."), "info")
        return _back_to(token)
    if not found:
        flash(gettext("Registration for this event is not open."), "attention")
        return _back_to(token)
    choice = found[0]
    questions = queries.questions_of([choice.event]).get(event_id, [])
    transfers, counted = consents.transfers_of([choice.event]), question_queries.count_chosen(questions)
    form, status = TakeForm.over(choice, questions, counted, transfers, registration.country), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            limits.count_change(registration)
            with form.answers() as answers:
                agreed = form.agreed_transfers()
                services.take(_holder(registration), registration.id, event_id, form.pool.data, answers, agreed)
        except (Conflict, TooMany) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(gettext("You are registered for this event. A letter tells you how you stand."), "success")
            return _back_to(token)
    return render_template(
        "registrations/series_take.html",
        token=token,
        registration=registration,
        event=choice.event,
        form=form,
        lines={one.pool.key: words.line_of(one) for one in choice.seats},
        choice=choice,
        is_offered=any(entry.event_id == event_id and entry.answer == "offered" for entry in registration.entries),
        zone=_zone_of(registration, [], choice.event),
        question_words=question_words,
        directory=question_queries.directory_for(questions),
        words=words,
    ), status


@bp.post("/registrations/series/<token>/events/<uuid:event_id>/leave-out/")
@private_page
def leave_out_of_series(token, event_id: UUID):
    """Give up one event of the series, or say that it is not wanted."""
    registration = queries.get_by_link(token)
    known = {entry.event_id for entry in registration.entries}
    known |= {row.event_id for row in queries.list_registrations(registration)}
    text = gettext("Saved. The other events stay as they are.")
    if event_id in known:
        title = get(Event, event_id).title.in_(g.lang)
        text = gettext("You do not take part in “%(title)s”. The other events stay as they are.", title=title)
        try:
            services.leave_out(_holder(registration), registration.id, event_id)
        except Conflict as refusal:
            flash(refusal.message, "attention")
            return _back_to(token)
    flash(text, "success")
    return _back_to(token)


@bp.post("/registrations/series/<token>/confirm/")
@private_page
def confirm_series(token):
    """Take all places that are held or offered; a link alone does not, for programs that check letters open it too."""
    registration = queries.get_by_link(token)
    number = services.confirm(_holder(registration), registration.id)
    if number:
        flash(ngettext("The one place is yours.", "All %(num)s places are yours.", number), "success")
    else:
        flash(gettext("There is no place to confirm any more."), "attention")
    return _back_to(token)


@bp.route("/registrations/series/<token>/cancel/", methods=["GET", "POST"])
@private_page
def cancel_series(token):
    """Give up the rest of the series in one go, after a question."""
    registration = queries.get_by_link(token)
    rows = queries.list_registrations(registration)
    rest = services.rest_of(rows)
    if request.method == "POST":
        if services.cancel_rest(_holder(registration), registration.id):
            flash(gettext("Your registrations are cancelled. Thank you for telling us."), "success")
        elif any(row.live for row in rows):
            flash(gettext("There is nothing to cancel."), "info")
        else:  # done before, in another page that still stood open
            flash(gettext("Your registrations are cancelled already. There is nothing more you need to do."), "info")
        return _back_to(token)
    if not rest:
        flash(gettext("There is nothing to cancel."), "info")
        return _back_to(token)
    return render_template(
        "registrations/series_cancel.html",
        token=token,
        registration=registration,
        series=registration.series,
        rows=rest,
        zone=_zone_of(registration, rest),
        words=words,
    )


@bp.post("/registrations/<token>/series-link/")
@private_page
def send_series_link(token):
    """Have the link to one's registration for the series sent to its address, from the page of one of its events."""
    registration = registrations.get_by_link(token)
    address = registration.address
    if address is None or not queries.list_coming(personal.all_of(registration)):
        raise NotFound
    try:
        count_letter(address)
        access.ask_for_links(own.holder(registration), address, registration.language)
    except TooMany as refusal:
        flash(refusal.message, "attention")
    else:
        flash(gettext("A letter with all your links is on its way to %(address)s.",
                      address=registration.typed_address), "success")  # fmt: skip
    return see_other(".mine", token=token, zone=request.args.get("zone"))


@bp.post("/registrations/series/<token>/new-link/")
@private_page
def rotate_series(token):
    """End the links and have others sent; the page does not lead to them, for whoever found the old one may read it."""
    registration = queries.get_by_link(token)
    limits.count_change(registration)
    services.rotate_link(_holder(registration), registration.id)
    return render_template("registrations/series_link_ended.html", series=registration.series)


def _back_to(token):
    return see_other(".my_series", token=token, zone=request.args.get("zone"))


def _zone_of(registration: SeriesRegistration, rows: list[Registration], event: Event | None = None) -> ReaderZone:
    """The zone for a registrant: that of their country, where it has but one, until they choose another."""
    found = [event] if event else [row.event for row in rows]
    return zone_for(found, queries.zone_of(registration))


def _holder(registration: SeriesRegistration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose=LINK)
