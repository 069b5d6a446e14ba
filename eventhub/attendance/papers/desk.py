"""The organisers' room for papers: badges, sheets to sign, and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from flask import Blueprint, g, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from eventhub.accounts import sessions as browsers
from eventhub.attendance import policy, queries
from eventhub.events.models import Event
from eventhub.events.queries import get_visible
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.documents import as_answer
from eventhub.foundation.errors import Conflict, Unavailable

from . import services, sheets
from .bearers import Bearer, Choice, count_printed, list_bearers, list_walk_ins
from .forms import BadgeForm, ListForm, SignatureForm

bp = Blueprint("papers_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/documents")
Answer = AnyResponse | str | tuple[str, int]


@bp.get("/")
@event_room(policy.may_make_papers)
def index(event: Event) -> Answer:
    """All that can be printed for the event."""
    return _page(event)


@bp.post("/badges/")
@event_room(policy.may_make_papers)
def badges(event: Event) -> Answer:
    """Badges of those who are chosen, as a PDF."""
    form = _badge_form(event)
    if not form.validate_on_submit():
        return _page(event, form), 422

    def make() -> AnyResponse:
        people = list_bearers(event, replace(form.choice, language=_languages(form)[0]))
        services.check_number(len(people), services.MOST_BADGES)
        if asking := browsers.make_sure_first(len(people), url_for(".index", slug=event.slug)):
            return asking
        values = sheets.badges(event, people, _languages(form), form.sheet.data)
        said = {one.id: one.digest for one in people}
        response = as_answer("attendance/badges.typ", values, clock.now(), f"{event.slug}-badges")
        services.note_badges(g.actor, event_id, said, are_printed=bool(form.are_printed.data))
        return response

    event_id = event.id
    return _made(event, form, make)


@bp.post("/signatures/")
@event_room(policy.may_make_papers)
def signatures(event: Event) -> Answer:
    """A sheet to sign, as a PDF."""
    form = _signature_form(event)
    if not form.validate_on_submit():
        return _page(event, form), 422

    def make() -> AnyResponse:
        people = list_bearers(event, Choice(with_unregistered=True, language=_languages(form)[0]))
        services.check_number(len(people), services.MOST_ROWS)
        if asking := browsers.make_sure_first(len(people), url_for(".index", slug=event.slug)):
            return asking
        what, _, which = form.occasion.data.partition(":")
        sessions = queries.list_sessions(event) if what == "session" else []
        session = next((one for one in sessions if one.id == UUID(which)), None)
        day = date.fromisoformat(which) if what == "day" else None
        values = sheets.signature_sheet(event, people, _languages(form), session, day)
        response = as_answer("attendance/sheet.typ", values, clock.now(), f"{event.slug}-signatures")
        services.note_list(g.actor, event_id, "signatures", len(people))
        return response

    event_id = event.id
    return _made(event, form, make)


@bp.post("/participants/")
@event_room(policy.may_make_papers)
def participants(event: Event) -> Answer:
    """A list of those who take part, as a PDF."""
    form = ListForm(prefix="list")
    if not form.validate_on_submit():
        return _page(event, form), 422

    def make() -> AnyResponse:
        is_internal = form.kind.data == "internal"
        people: Sequence[Bearer] = list_bearers(event, Choice(online_too=True))
        if is_internal:
            people = [*people, *list_walk_ins(event)]
        agreed = sheets.agreed_to_be_listed(event)
        values = sheets.participant_list(event, people, _languages(form), agreed, is_internal=is_internal)
        if not is_internal and not values["rows"]:
            raise Conflict(
                gettext("Nobody has agreed to be listed so far. The list for the organisers names everybody.")
            )
        services.check_number(len(values["rows"]), services.MOST_ROWS)
        if asking := browsers.make_sure_first(len(values["rows"]), url_for(".index", slug=event.slug)):
            return asking
        response = as_answer("attendance/sheet.typ", values, clock.now(), f"{event.slug}-participants")
        services.note_list(g.actor, event_id, form.kind.data, len(values["rows"]))
        return response

    event_id = event.id
    return _made(event, form, make)


def _made(event: Event, form: FlaskForm, make: Callable[[], AnyResponse]) -> Answer:
    """The document; where it cannot be made, the page with the reason in the form that asked for it."""
    slug = event.slug
    try:
        return make()
    except (Conflict, Unavailable) as refusal:
        form.form_errors.append(refusal.message)
        return _page(get_visible(g.actor, slug), form), refusal.status


def _page(event: Event, *sent: FlaskForm) -> str:
    forms = {type(form): form for form in sent}
    badge_form = forms.get(BadgeForm) or _badge_form(event, formdata=None)
    expected = queries.count_expected(event)
    return render_template(
        "attendance/desk_papers.html",
        event=event,
        badge_form=badge_form,
        signature_form=forms.get(SignatureForm) or _signature_form(event, formdata=None),
        list_form=forms.get(ListForm) or ListForm(prefix="list", formdata=None),
        in_person=expected,
        unprinted=expected - count_printed(event),
        listed=len(sheets.agreed_to_be_listed(event)),
    )


def _badge_form(event: Event, **options: object) -> BadgeForm:
    form = BadgeForm(prefix="badge", **options)
    form.offer(queries.list_pools(event))
    return form


def _signature_form(event: Event, **options: object) -> SignatureForm:
    form = SignatureForm(prefix="sheet", **options)
    form.offer(event, sheets.days_of(event), queries.list_sessions(event))
    return form


def _languages(form: FlaskForm) -> list[str]:
    return sheets.languages_of(form.form.data, g.lang)
