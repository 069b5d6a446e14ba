"""Registering."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, g, redirect, render_template, request, url_for

from eventhub.events import queries as events
from eventhub.events.models import Event
from eventhub.foundation import files_web, proofs
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.web import see_other
from eventhub.foundation.zones import ReaderZone, reader_zone, told_zone
from eventhub.people.models import Person

from . import limits, policy, queries, services, words
from .forms import RegisterForm, to_choose
from .models import Pool
from .openings import opening_of
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import MOST_BYTES, MOST_FILES
from .services import Outcome

bp = Blueprint("registrations", __name__, url_prefix="/<any(en,zh):lang>")


@bp.route("/events/<slug>/register/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
def register(slug):
    """Register for an event."""
    opening = opening_of(g.actor, slug)
    if opening is None:
        return redirect(url_for(".register", slug=events.get_visible(g.actor, slug).slug), 301)
    event = opening.event
    if not policy.may_register(g.actor, event):
        return closed(event)
    seats = to_choose(opening.seats)
    if not seats:
        return closed(event)
    questions = opening.questions
    form_class = RegisterForm.asking(questions, question_queries.count_chosen(questions), opening.asks)
    form, status = form_class.of(seats, opening.rights.most_companions, **about_reader()), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        try:
            with form.answers() as answers:
                outcome = _carry_out(event.id, form, answers if questions else None)
            zone, held = told_zone(), outcome.meanwhile or None
            return see_other(
                ".registered", slug=slug, outcome=outcome.state, pool=outcome.pool_key, meanwhile=held, zone=zone
            )
        except Conflict:
            return closed(event)
        except (Invalid, TooMany) as refusal:
            if not (isinstance(refusal, Invalid) and (form.blame_answer(refusal) or form.blame_companions(refusal))):
                form.form_errors.append(refusal.message)
            status = refusal.status
    lines = {one.pool.key: words.line_of(one) for one in seats}
    return render_template(
        "registrations/register.html",
        event=event,
        form=form,
        lines=lines,
        rights=opening.rights,
        zone=zone_of(event),
        question_words=question_words,
        directory=question_queries.directory_for(questions),
    ), status


def zone_of(event: Event) -> ReaderZone:
    """The zone in which a reader sees the hours of an event."""
    return reader_zone(event.zone, event.starts_at)


def _carry_out(event_id, form, answers) -> Outcome:
    proof = proofs.look_at("register")
    limits.count_registration(form.address.normalised)
    if form.homepage.data:
        # Whatever filled this in shall believe that it was registered, and try nothing else.
        return Outcome(form.pool.data, "confirmed")
    details = replace(form.details, answers=answers, zone=told_zone())
    return proofs.spending(
        g.actor, proof, lambda: services.register(g.actor, event_id, details, form.pool.data, form.meanwhile_in)
    )


def about_reader() -> dict[str, str]:
    """What the form may begin with, for somebody who has signed in."""
    person = db.session.get(Person, g.actor.person_id) if g.actor.person_id else None
    if person is None:
        return {}
    return {
        "name": person.names.in_(g.lang),
        "address": person.address or "",
        "organisation": str(person.affiliation.in_(g.lang)),
        "country": person.country or "",
        "language": person.language,
        "zone": person.zone or "",
    }


def closed(event: Event) -> tuple[str, int]:
    """The page that says that registration is not open."""
    status = 409 if request.method == "POST" else 200
    return render_template("registrations/closed.html", event=event, zone=zone_of(event)), status


@bp.get("/events/<slug>/registered/")
def registered(slug):
    """What came of a registration, and what happens next; it says nothing of who registered."""
    event = events.get_visible(g.actor, slug)
    state, pool_key = request.args.get("outcome"), request.args.get("pool")
    pool = _told_to_all(event, pool_key)
    if state not in {"confirmed", "waitlisted", "pending", "unverified"} or pool is None:
        return redirect(url_for(".register", slug=slug))
    return render_template(
        "registrations/registered.html",
        event=event,
        state=state,
        pool=pool,
        meanwhile=_told_to_all(event, request.args.get("meanwhile")),
        words=words,
        zone=zone_of(event),
    )


def _told_to_all(event: Event, key: str | None) -> Pool | None:
    """The pool of a key, where it is none that only those know of who are invited."""
    pool = queries.find_pool(event, key) if key else None
    return None if pool is None or pool.admission == "invitation" else pool
