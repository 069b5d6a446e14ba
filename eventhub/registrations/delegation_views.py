"""Registering a delegation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import g, redirect, render_template, request, url_for

from eventhub.events import queries as events
from eventhub.events.models import Event
from eventhub.foundation import files_web, proofs
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.web import see_other
from eventhub.foundation.zones import told_zone
from eventhub.people.addresses import normalise

from . import delegations, limits, policy, queries, rights, words
from .consents import queries as consent_queries
from .delegation_forms import DelegationForm
from .delegations import InvalidRows, PlacesMissing, Told
from .forms import to_choose
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .views import about_reader, bp, closed, zone_of

STATES = ("confirmed", "unverified", "pending", "waitlisted")


@bp.route("/events/<slug>/register/delegation/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
def delegation(slug: str) -> Any:
    """Register several people at once."""
    event = events.get_visible(g.actor, slug)
    if event.slug != slug:
        return redirect(url_for(".delegation", slug=event.slug), 301)
    if not policy.may_register(g.actor, event):
        return closed(event)
    seats = to_choose(queries.list_seats(event))
    if not seats or not rights.get_rights(event.id).has_delegations:
        return redirect(url_for(".register", slug=event.slug)) if seats else closed(event)
    questions = question_queries.asked(event, question_queries.list_questions(event.id))
    transfers = consent_queries.transfers_of([event])
    form_class = DelegationForm.delegating(questions, question_queries.count_chosen(questions), transfers)
    form, status, missing = form_class.for_pools(seats, about_reader()), 200, None
    if form.is_submitted() and not form.wants_rows([one.pool for one in seats]):
        status = 422
        if form.validate():
            try:
                told = _carry_out(event, form)
                return see_other(".delegation_registered", slug=slug, zone=told_zone(), **told.states)
            except PlacesMissing as refusal:
                missing, status = refusal.told, refusal.status
            except InvalidRows as refusal:
                form.blame_rows(refusal.rows)
            except Conflict:
                return closed(event)
            except (Invalid, TooMany) as refusal:
                form.form_errors.append(refusal.message)
                status = refusal.status
    return render_template(
        "registrations/delegation.html",
        event=event,
        form=form,
        lines={one.pool.key: words.line_of(one) for one in seats},
        missing=missing,
        most=delegations.MOST,
        zone=zone_of(event),
        question_words=question_words,
        directory=question_queries.directory_for(questions),
    ), status


def _carry_out(event: Event, form: DelegationForm) -> Told:
    proof = proofs.look_at("delegation")
    members = form.members()
    given = [form.contact, *(member.details for member in members)]
    addresses = {normalise(details.address) for details in given if details.address}
    limits.count_delegation(addresses, len(members) + 1)
    if form.homepage.data:
        # A program has filled it in: it shall believe that all were registered, and try nothing else.
        return Told({"confirmed": len(members)})
    with form.answers() as answers:
        contact = replace(form.contact_with(answers), zone=told_zone())
        most_waiting = request.form.get("go_on", 0, int)
        return proofs.spending(
            g.actor,
            proof,
            lambda: delegations.register_delegation(
                g.actor, event.id, contact, members, form.own_key, most_waiting=most_waiting
            ),
        )


@bp.get("/events/<slug>/registered/delegation/")
def delegation_registered(slug: str) -> Any:
    """What came of a delegation, in numbers; it says nothing of who is in it."""
    event = events.get_visible(g.actor, slug)
    given = {state: request.args.get(state, 0, int) for state in STATES}
    states = {state: min(number, delegations.MOST + 1) for state, number in given.items() if number > 0}
    if not states:
        return redirect(url_for(".delegation", slug=slug))
    return render_template("registrations/delegation_registered.html", event=event, states=states, zone=zone_of(event))
