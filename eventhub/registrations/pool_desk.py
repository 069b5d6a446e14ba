"""The organiser's room for registrations, as far as pools go, and those who wait for approval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import country_name
from eventhub.foundation.web import page_number, see_other
from eventhub.organisations.words import STAKEHOLDER_TYPES

from . import decisions, policy, pools, queries, words
from .desk import Answer, bp
from .models import Pool
from .pool_forms import ADMISSIONS, PROMOTIONS, DecisionForm, PoolForm
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.queries import Answered


@bp.get("/places/")
@event_room(policy.may_manage_registrations)
def places(event: Event) -> Answer:
    """The pools: how each stands, and by which rules its places are given."""
    return render_template(
        "registrations/desk_places.html",
        event=event,
        seats=(seats := queries.list_all_seats(event)),
        quotas={one.pool.key: _quotas(one.pool) for one in seats if one.pool.quotas},
        words=words,
        admissions=ADMISSIONS,
        promotions=PROMOTIONS,
    )


def _quotas(pool: Pool) -> list[tuple[str, int, int]]:
    """Each quota of a pool: whose it is, how many have a place, and how many may."""
    taken = queries.count_by_quota(pool)
    return [
        (
            str(STAKEHOLDER_TYPES[rule["value"]])
            if rule["kind"] == "stakeholder_type"
            else country_name(rule["value"]),
            taken.get((rule["kind"], rule["value"]), 0),
            rule["capacity"],
        )
        for rule in pool.quotas
    ]


@bp.route("/places/new/", methods=["GET", "POST"], defaults={"key": None})
@bp.route("/places/<key>/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def pool(event: Event, key: str | None) -> Answer:
    """One pool, or a new one."""
    row = queries.find_pool(event, key) if key else None
    if key and row is None:
        raise NotFound

    def form_over(**options: Any) -> tuple[PoolForm, int]:
        return PoolForm.of(row, **options), row.version if row else 0

    form, version = form_over()
    wants_row = form.wants_row()

    def save() -> None:
        pools.save_pool(g.actor, event.id, form.plan(row), key, form.version.data if row else None)

    if not form.is_submitted():
        form.begin(version)
    elif not wants_row and form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".places", slug=event.slug)
    return render_template(
        "registrations/desk_pool.html", event=event, pool=row, form=form, words=words, is_own=row is None or row.is_own
    ), form.status


@bp.route("/pending/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def pending(event: Event) -> Answer:
    """Those who wait for approval, in the order in which they came; some or all of them let in, or not."""
    pages = queries.list_pending(event, page_number())
    form, status = DecisionForm(), 200
    form.chosen.choices = [(place.registration_id, place.registration.name) for place in pages.items]
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            told = _decide(event, form)
        except (Conflict, Invalid) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            flash(told, "success")
            return see_other(".pending", slug=event.slug)
    return render_template(
        "registrations/desk_pending.html",
        event=event,
        pages=pages,
        form=form,
        told=_answers(event, [place.registration_id for place in pages.items]),
        question_words=question_words,
        types=STAKEHOLDER_TYPES,
        words=words,
        seats=[one for one in queries.list_seats(event) if one.pool.admission == "approval"],
    ), status


def _answers(event: Event, registration_ids: Sequence[UUID]) -> dict[UUID, list[Answered]]:
    """What each of them answered, as far as the reader may read it."""
    readable = question_queries.list_readable(g.actor, event)
    values = question_queries.values_of_all(registration_ids, [one.id for one in readable])
    return {one: question_queries.list_answered(readable, values.get(one, {})) for one in registration_ids}


def _decide(event: Event, form: DecisionForm) -> str:
    chosen, said = form.chosen.data or [], form.words(event)
    if request.form.get("decision") == "decline":
        number = decisions.decline(g.actor, event.id, chosen, said)
        return str(ngettext("One person hears that there is no place.", "%(num)s people hear that there is no place.",
                            number))  # fmt: skip
    number = decisions.approve(g.actor, event.id, chosen, said)
    return str(ngettext("One person is let in, and hears of it.", "%(num)s people are let in, and hear of it.", number))
