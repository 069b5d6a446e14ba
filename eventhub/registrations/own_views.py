"""Looking after one's own registration, by its private link."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask_babel import gettext

from eventhub.events.policy import may_see_event
from eventhub.foundation import files_web
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.web import private_page, see_other
from eventhub.foundation.zones import ALL

from . import access, clocks, limits, moves, queries, services, substitutes, words
from .consents import queries as consent_queries
from .consents import services as consents
from .forms import to_choose
from .group_forms import CompanionsForm
from .models import Registration
from .own import allowed_to, group_of, holder, zone_for
from .questions import pages
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .views import bp


@bp.route("/registrations/<token>/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
@private_page
def mine(token):
    """One's own registration: how it stands, and all that can be done with it."""
    registration = queries.get_by_link(token)
    actor = holder(registration)
    page = pages.over(actor, registration)
    form = page.form

    def save():
        with form.answers() as answers:
            services.change_registration(actor, registration.id, form.description, form.version.data, answers)

    def reread():
        return pages.over(actor, registration, formdata=None).form, registration.version

    if not form.is_submitted():
        form.begin(registration.version)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Your changes are saved."), "success")
        return _back_to(token)
    return show(token, registration, page), form.status


def show(token: str, registration: Registration, page: pages.Page, companions: CompanionsForm | None = None) -> str:
    """The page of a registration, where wanted with what was refused of those who come along."""
    seats = queries.list_seats(registration.event)  # first, for with them come the pools of its places
    place, second = registration.place, registration.second
    taken = {one.pool_id for one in registration.live}
    can_wait = place.state == "confirmed" and second is None
    others = [
        one
        for one in to_choose(seats)
        if one.pool.id not in taken and not registration.must_take_over and (one.pool.admission == "anyone" or can_wait)
    ]
    group, agreements = group_of(registration), consent_queries.list_of(registration)
    if place.has_ended and not group.can_cancel:  # whoever does not come is asked for nothing any more
        agreements = [one for one in agreements if one.is_given]
    return render_template(
        "registrations/mine.html",
        token=token,
        registration=registration,
        event=registration.event,
        zone=zone_for(registration),
        usual_clock=clocks.usual_words(registration),
        place=place,
        second=second,
        position=queries.position_of(place),
        second_position=queries.position_of(second) if second else None,
        form=page.form,
        told=page.told,
        directory=page.directory,
        question_words=question_words,
        others=others,
        allowed=allowed_to(registration),
        group=group,
        companions=companions or CompanionsForm.of(registration, formdata=None),
        wish=substitutes.find_wish(registration),
        words=words,
        may_see_event=may_see_event(g.actor, registration.event),
        agreements=agreements,
    )


@bp.post("/registrations/<token>/clock/")
@private_page
def choose_clock(token):
    """Choose the clock by which the page and the letters tell hours, besides the event's."""
    registration, zone = queries.get_by_link(token), request.form.get("zone", "")
    if zone == ALL:  # the long list, which is on the page only for those who want it
        return see_other(".mine", token=token, zone=ALL, _anchor="clock")
    try:
        clocks.choose_zone(holder(registration), registration.id, zone or None)
        flash(gettext("Your changes are saved."), "success")
    except Invalid as refusal:
        flash(refusal.message, "attention")
    return see_other(".mine", token=token)


@bp.get("/registrations/<token>/files/<uuid:question_id>/")
@private_page
def answer_file(token, question_id):
    """A file that somebody sent as an answer, for themself; its name, which may tell of them, is in no address."""
    file = question_queries.get_file(queries.get_by_link(token), question_id)
    return files_web.send(file, file.name, is_public=False)


@bp.post("/registrations/<token>/consents/")
@private_page
def agree(token):
    """Agree to a purpose, or take that back; both hold at once."""
    registration = queries.get_by_link(token)
    person, key = holder(registration), request.form.get("key", "")
    if request.form.get("deed") == "withdraw":
        consents.withdraw(person, registration.id, key)
        flash(gettext("Taken back. From now on nothing is done by it."), "success")
    else:
        try:
            consents.give(person, registration.id, key, request.form.get("words", ""))
        except Conflict as refusal:
            flash(refusal.message, "attention")
        else:
            flash(gettext("Thank you. You can take this back at any time."), "success")
    return see_other(".mine", token=token, zone=request.args.get("zone"), _anchor="agreed")


@bp.post("/registrations/<token>/switch/")
@private_page
def switch(token):
    """Take part in the other way."""
    registration = queries.get_by_link(token)
    former, waited = registration.place.pool, registration.place.state == "waitlisted"
    try:
        limits.count_change(registration)
        place = moves.switch_pool(holder(registration), registration.id, request.form.get("pool", ""))
    except (Conflict, Invalid, TooMany) as refusal:
        flash(refusal.message, "attention")
    else:
        waits = place.state == "waitlisted"
        if place.pool_id == former.id:  # asked for twice, from another page that still stood open
            flash(words.unchanged(former, waits=waits), "info")
        else:
            flash(words.switch(former, place.pool, waited=waited, waits=waits).done, "success")
    return _back_to(token)


@bp.post("/registrations/<token>/confirm/")
@private_page
def confirm(token):
    """Take the place that is held or offered; a link alone does not, for programs that check letters open it too."""
    registration = queries.get_by_link(token)
    if registration.must_take_over:
        return see_other(".take_over", token=token)  # they have agreed to nothing yet
    try:
        services.confirm(holder(registration), registration.id)
    except Conflict as refusal:
        flash(refusal.message, "attention")
    else:
        flash(gettext("The place is yours."), "success")
    return _back_to(token)


@bp.post("/registrations/<token>/wait/")
@private_page
def wait(token):
    """Wait for a place in another pool, and keep the one there is until then."""
    registration = queries.get_by_link(token)
    try:
        limits.count_change(registration)
        place = moves.wait_for(holder(registration), registration.id, request.form.get("pool", ""))
    except (Conflict, Invalid, TooMany) as refusal:
        flash(refusal.message, "attention")
    else:
        if place.state == "waitlisted":
            flash(gettext("You are on the waitlist, and keep your place until one there comes free."), "success")
        else:
            flash(gettext("Saved."), "success")
    return _back_to(token)


@bp.post("/registrations/<token>/meanwhile/")
@private_page
def meanwhile(token):
    """Take part in another way until the place for which one waits comes free."""
    registration = queries.get_by_link(token)
    try:
        limits.count_change(registration)
        moves.take_meanwhile(holder(registration), registration.id, request.form.get("pool", ""))
    except (Conflict, Invalid, TooMany) as refusal:
        flash(refusal.message, "attention")
    else:
        flash(gettext("You have a place until then, and keep your turn on the waitlist."), "success")
    return _back_to(token)


@bp.post("/registrations/<token>/stop-waiting/")
@private_page
def stop_waiting(token):
    """Leave the queue of another pool, and keep the place there is."""
    registration = queries.get_by_link(token)
    was_passed_on = registration.second is not None and registration.second.was_passed_on
    moves.leave_queue(holder(registration), registration.id)
    if was_passed_on:
        flash(gettext("That place goes to somebody else. Yours stays."), "success")
    else:
        flash(gettext("You do not wait any more. Your place stays."), "success")
    return _back_to(token)


def _back_to(token):
    return see_other(".mine", token=token, zone=request.args.get("zone"))


@bp.route("/registrations/<token>/cancel/", methods=["GET", "POST"])
@private_page
def cancel(token):
    """Give the registration up, after a question: programs that check letters open every link in them."""
    registration = queries.get_by_link(token)
    if registration.place.has_ended:  # done before, in another page that still stood open
        flash(gettext("Your registration is cancelled already. There is nothing more you need to do."), "info")
        return _back_to(token)
    if request.method == "POST":
        try:
            services.cancel_registration(holder(registration), registration.id)
            flash(gettext("Your registration is cancelled. Thank you for telling us."), "success")
        except Conflict as refusal:
            flash(refusal.message, "attention")
        return _back_to(token)
    event = registration.event
    return render_template(
        "registrations/cancel.html", token=token, registration=registration, event=event, zone=zone_for(registration)
    )


@bp.post("/registrations/<token>/new-link/")
@private_page
def rotate(token):
    """End this link and have another sent; the page does not lead to it, for whoever found the old one may read it."""
    registration = queries.get_by_link(token)
    limits.count_change(registration)
    access.rotate_link(holder(registration), registration.id)
    return render_template("registrations/link_ended.html", event=registration.event)
