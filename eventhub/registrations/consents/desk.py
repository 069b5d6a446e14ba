"""The organiser's room for registrations, as far as consents go, and the room of a co-organiser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, stream_with_context, url_for
from flask_babel import gettext

from eventhub.accounts import sessions
from eventhub.events.models import Event
from eventhub.events.policy import EDITORS
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import LOCALES, country_name, language
from eventhub.foundation.sheets import csv_pieces
from eventhub.foundation.web import see_other
from eventhub.organisations.models import Organisation
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.registrations import desk
from eventhub.registrations import words as registration_words
from eventhub.registrations.desk import Answer
from eventhub.registrations.policy import may_manage_registrations
from eventhub.registrations.questions import queries as question_queries
from eventhub.registrations.questions import words as question_words

from . import policy, queries, services, words
from .forms import AskForm

bp = Blueprint("participants_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>/participants")


@desk.bp.get("/consents/")
@event_room(may_manage_registrations)
def consents(event: Event) -> Answer:
    """The purposes that the event could ask for, and how many people agree."""
    return render_template(
        "registrations/desk_consents.html",
        event=event,
        asks=queries.list_asks(event),
        given=queries.count_given(event),
        is_confidential=queries.is_confidential(event),
        purposes=words.PURPOSES,
    )


@desk.bp.route("/consents/<key>/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def consent(event: Event, key: str) -> Answer:
    """One purpose: whether it is asked for, and in which words."""
    ask = queries.get_ask(event, key)

    def form_over(**options: Any) -> tuple[AskForm, int]:
        now = queries.get_ask(event, key)
        return AskForm.of(now, **options), now.version

    form, version = form_over()

    def save() -> None:
        services.save_ask(g.actor, event.id, key, form.plan(ask), form.version.data)

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".consents", slug=event.slug)
    return render_template(
        "registrations/desk_consent.html", event=event, ask=ask, form=form, purposes=words.PURPOSES
    ), form.status


@bp.get("/")
@event_room(policy.may_see_participants)
def index(event: Event) -> Answer:
    """Those who agree that the reader's organisation sees them."""
    partner, others = _partner(event)
    people = list(queries.list_participants(event, partner.id))
    return render_template(
        "registrations/desk_participants.html",
        event=event,
        partner=partner,
        others=others,
        people=people,
        is_asked=any(ask.is_asked and ask.recipient == str(partner.id) for ask in queries.list_asks(event)),
        words=registration_words,
        types=STAKEHOLDER_TYPES,
    )


@bp.post("/export/")
@event_room(policy.may_see_participants)
def export(event: Event) -> Answer:
    """The list as a file for spreadsheets; the audit says who took it."""
    partner, _ = _partner(event)
    number = sum(1 for _ in queries.list_participants(event, partner.id))
    back = url_for(".index", slug=event.slug, organisation=partner.slug)
    if asking := sessions.make_sure_first(number, back):
        return asking
    services.note_export(g.actor, event.id, partner.id)
    response = Response(stream_with_context(csv_pieces(_rows(event, partner))), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{event.slug}-participants.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _partner(event: Event) -> tuple[Organisation, list[Organisation]]:
    """The co-organiser whose list is asked for, and all for which the reader acts."""
    mine = queries.partners_of(g.actor, event, EDITORS)
    wanted = request.values.get("organisation", mine[0].slug)
    for partner in mine:
        if partner.slug == wanted:
            return partner, mine
    raise NotFound


def _rows(event: Event, partner: Organisation) -> Iterator[list[str]]:
    questions = question_queries.list_readable(g.actor, event)
    people = list(queries.list_participants(event, partner.id))
    shows_addresses = any(one.address for one in people)
    yield [
        gettext("Name"),
        *([gettext("E-mail address")] if shows_addresses else []),
        gettext("Organisation"),
        gettext("Type of organisation"),
        gettext("Country or region"),
        gettext("Language of letters"),
        gettext("Takes part"),
        gettext("State"),
        *(str(question.label.in_(language())) for question in questions),
    ]
    answers = question_queries.values_of_all([one.registration.id for one in people], [one.id for one in questions])
    for one in people:
        person, told = one.registration, answers.get(one.registration.id, {})
        yield [
            person.name,
            *([one.address] if shows_addresses else []),
            person.organisation,
            str(STAKEHOLDER_TYPES.get(person.stakeholder_type or "", "")),
            country_name(person.country) if person.country else "",
            LOCALES[person.language],
            registration_words.name_of(one.pool),
            str(registration_words.STATES.get(one.place.state, one.place.state)),
            *(question_words.told(question, told.get(question.id)) for question in questions),
        ]
