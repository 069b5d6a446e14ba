"""The organiser's desk, as far as an event's own header and its state go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.foundation.errors import Conflict, Forbidden, Invalid
from eventhub.foundation.forms import texts_of, written
from eventhub.foundation.i18n import EMPTY, LOCALES, gaps
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.web import see_other

from . import policy, queries, services
from .forms import (
    AddressForm,
    CopyForm,
    EventForm,
    ListingForm,
    NoticeForm,
    PublishForm,
    SeriesForm,
    values_of_event,
    values_of_new_event,
)
from .listings import list_event, unlist_event
from .models import Event, Series
from .rooms import event_room

bp = Blueprint("event_desk", __name__, url_prefix="/<any(en,zh):lang>/organise")
Answer = Response | str | tuple[str, int]


@bp.get("/events/<slug>/")
@event_room(policy.may_open_desk)
def overview(event: Event) -> Answer:
    """What needs attention at an event, and the way to its publication."""
    texts = (event.title, event.summary, event.description, event.note, event.venue, event.venue_address)
    return render_template(
        "events/desk_overview.html",
        event=event,
        gaps=gaps(texts, event.published_languages or LOCALES),
        may_edit=policy.may_edit_event(g.actor, event),
    )


@bp.route("/new-event/", methods=["GET", "POST"])
@declares(policy.may_add_event)
@signed_in
def create() -> Answer:
    """A new event, as a draft."""
    owners = queries.list_organisations(g.actor.organisations(*policy.EDITORS))
    if not owners:
        raise Forbidden(gettext("You may not add events. Ask an administrator of your organisation."))
    form = EventForm(data={**values_of_new_event(), "organisation_id": str(owners[0].id)})
    wants_row = form.wants_row()
    _offer(form, None)
    if form.is_submitted() and not wants_row and form.is_complete(None):
        owner = next(row for row in owners if str(row.id) == form.organisation_id.data)
        try:
            event = services.add_event(g.actor, owner.id, form.header(None), form.chosen_partners())
        except Invalid as error:
            form.blame(error)
        else:
            flash(gettext("The event is there, as a draft. Only your organisation sees it."), "success")
            return see_other("event_desk.overview", slug=event.slug)
    return render_template("events/desk_event.html", form=form, event=None), form.status


@bp.route("/events/<slug>/settings/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def settings(event: Event) -> Answer:
    """The event's header, both languages side by side."""
    form = EventForm(data=values_of_event(event))
    wants_row = form.wants_row()
    _offer(form, event)

    def save() -> None:
        header, partners = form.header(event), form.chosen_partners()
        services.change_event(g.actor, event.id, header, partners, version=form.version.data)

    def reread() -> tuple[EventForm, int]:
        theirs = EventForm(formdata=None, data=values_of_event(event))
        _offer(theirs, event)
        return theirs, event.version

    if not form.is_submitted():
        form.begin(event.version)
    elif not wants_row and form.is_complete(event) and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other("event_desk.settings", slug=event.slug)
    return render_template("events/desk_event.html", form=form, event=event), form.status


def _offer(form: EventForm, event: Event | None) -> None:
    owners = {event.organisation_id} if event else g.actor.organisations(*policy.EDITORS)
    form.offer(
        owners=queries.list_organisations(owners),
        organisations=queries.list_organisations(),
        series=queries.list_own_series(g.actor, event),
        parents=queries.list_parents(g.actor, event),
    )


@bp.route("/events/<slug>/address/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def address(event: Event) -> Answer:
    """Another address for the event; the former one goes on leading to it."""
    form = AddressForm(data={"slug": event.slug})
    if form.validate_on_submit() and form.slug.data:
        event = services.rename_event_slug(g.actor, event.id, form.slug.data)
        flash(gettext("The event has its new address. The former one goes on leading there."), "success")
        return see_other("event_desk.settings", slug=event.slug)
    return render_template("events/desk_address.html", form=form, event=event), 422 if form.errors else 200


@bp.route("/events/<slug>/publish/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def publish(event: Event) -> Answer:
    """The choice of languages in which everybody may read the event."""
    form = PublishForm(data={"languages": event.published_languages or list(event.title.texts)})
    if form.validate_on_submit():
        try:
            services.publish_event(g.actor, event.id, form.languages.data or ())
        except Invalid as error:
            form.languages.errors = [error.message]
        else:
            flash(gettext("The event is published."), "success")
            return see_other("event_desk.overview", slug=event.slug)
    return render_template("events/desk_publish.html", form=form, event=event), 422 if form.errors else 200


@bp.route("/events/<slug>/publish/languages/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def languages(event: Event) -> Answer:
    """Other languages for an event that is public already, without a letter to anybody."""
    if event.status == "draft":
        return see_other("event_desk.publish", slug=event.slug)
    form = PublishForm(data={"languages": event.published_languages})
    if form.validate_on_submit():
        try:
            services.change_languages(g.actor, event.id, form.languages.data or ())
        except Invalid as error:
            form.languages.errors = [error.message]
        else:
            flash(gettext("Saved."), "success")
            return see_other("event_desk.overview", slug=event.slug)
    return render_template("events/desk_languages.html", form=form, event=event), 422 if form.errors else 200


@bp.route("/events/<slug>/postpone/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def postpone(event: Event) -> Answer:
    """Tell that the event will take place at another time."""
    return _tell(event, "postpone", services.postpone_event)


@bp.route("/events/<slug>/cancel/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def cancel(event: Event) -> Answer:
    """Tell that the event will not take place."""
    return _tell(event, "cancel", services.cancel_event)


def _tell(event: Event, deed: str, carry_out: Callable[..., Event]) -> Answer:
    if event.status not in {"published", "postponed"}:
        raise Conflict(gettext("Only a published event can be postponed or cancelled."))
    # What was said of a postponement, as that a new date follows, is no reason why it is cancelled.
    form = NoticeForm(data=texts_of(notice=event.notice if deed == "postpone" else EMPTY))
    if form.validate_on_submit():
        carry_out(g.actor, event.id, written(form, "notice", EMPTY, event.main_language))
        told = {
            "postpone": gettext("The event is announced as postponed."),
            "cancel": gettext("The event is announced as cancelled."),
        }
        flash(told[deed], "success")
        return see_other("event_desk.overview", slug=event.slug)
    return render_template("events/desk_tell.html", form=form, event=event, deed=deed), 422 if form.errors else 200


@bp.route("/events/<slug>/copy/", methods=["GET", "POST"])
@event_room(policy.may_edit_event)
def copy(event: Event) -> Answer:
    """A new draft like this event."""
    form = CopyForm()
    if form.validate_on_submit():
        day = form.day.data
        starts = datetime.combine(day, event.starts.time() if event.starts else time(9)) if day else None
        try:
            copied = services.copy_event(g.actor, event.id, form.parts.data or (), starts)
        except Invalid as error:
            form.day.errors = [error.message]
        else:
            flash(gettext("This is the copy, as a draft. Only your organisation sees it."), "success")
            if copied.parent_dates:
                part = {"event": copied.parent_name.in_(g.lang), "dates": copied.parent_dates.in_(g.lang)}
                flash(
                    gettext(
                        "It is still named as part of “%(event)s”, %(dates)s. Change that in the settings.", **part
                    ),
                    "info",
                )
            return see_other("event_desk.overview", slug=copied.slug)
    return render_template("events/desk_copy.html", form=form, event=event), 422 if form.errors else 200


@bp.route("/new-series/", methods=["GET", "POST"])
@declares(policy.may_add_event)
@signed_in
def create_series() -> Answer:
    """A new series."""
    owners = queries.list_organisations(g.actor.organisations(*policy.EDITORS))
    if not owners:
        raise Forbidden(gettext("You may not add series. Ask an administrator of your organisation."))
    form = SeriesForm(data={"organisation_id": str(owners[0].id)})
    form.offer(owners)
    if form.validate_on_submit():
        owner = next(row for row in owners if str(row.id) == form.organisation_id.data)
        try:
            series = services.add_series(g.actor, owner.id, *form.texts(None))
        except Invalid as error:
            form.blame(error)
        else:
            flash(gettext("The series is there."), "success")
            return see_other("events.series", slug=series.slug)
    return render_template("events/desk_series.html", form=form, series=None), form.status


@bp.route("/series/<slug>/", methods=["GET", "POST"])
@declares(policy.may_edit_series)
@signed_in
def edit_series(slug: str) -> Answer:
    """A series' texts, both languages side by side."""
    series = queries.get_series(g.actor, slug)
    require(policy.may_edit_series(g.actor, series), hidden=True)
    form = _series_form(series)

    def save() -> None:
        services.change_series(g.actor, series.id, *form.texts(series), version=form.version.data)

    if not form.is_submitted():
        form.begin(series.version)
    elif form.validate() and form.carried_out(save, lambda: (_series_form(series, formdata=None), series.version)):
        flash(gettext("Saved."), "success")
        return see_other("event_desk.edit_series", slug=series.slug)
    return render_template("events/desk_series.html", form=form, series=series), form.status


@bp.route("/series/<slug>/listings/", methods=["GET", "POST"])
@declares(policy.may_edit_series)
@signed_in
def listings(slug: str) -> Answer:
    """The events that a series shows though they belong elsewhere, and one more of them."""
    series = queries.get_series(g.actor, slug)
    require(policy.may_edit_series(g.actor, series), hidden=True)
    form = ListingForm()
    if form.validate_on_submit():
        try:
            event = list_event(g.actor, series.id, form.wanted)
        except Invalid as error:
            form.slug.errors = [error.message]
        else:
            text = gettext("The series now shows “%(title)s” as well.", title=event.title.in_(g.lang))
            flash(text, "success")
            return see_other(".listings", slug=series.slug)
    guests = queries.list_guests(series)
    page = render_template("events/desk_listings.html", form=form, series=series, guests=guests)
    return page, 422 if form.errors else 200


@bp.post("/series/<slug>/listings/<uuid:event_id>/remove/")
@declares(policy.may_edit_series)
@signed_in
def remove_listing(slug: str, event_id: UUID) -> Answer:
    """Show an event in the series no more."""
    series = queries.get_series(g.actor, slug)
    unlist_event(g.actor, series.id, event_id)
    flash(gettext("The series does not show it any more."), "success")
    return see_other(".listings", slug=series.slug)


def _series_form(series: Series, **kwargs: Any) -> SeriesForm:
    texts = texts_of(title=series.title, description=series.description, note=series.note)
    form = SeriesForm(data={**texts, "organisation_id": str(series.organisation_id)}, **kwargs)
    form.offer([series.organisation])
    return form
