"""Registering for a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g, redirect, render_template, request, url_for

from eventhub.events import queries as events
from eventhub.events.models import Event, Series
from eventhub.events.policy import may_find_event
from eventhub.events.shifts import shifts_of
from eventhub.foundation import files_web, proofs
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.web import see_other
from eventhub.foundation.zones import ReaderZone, reader_zone, told_zone
from eventhub.registrations import limits, words
from eventhub.registrations.consents import queries as consents
from eventhub.registrations.models import Pool
from eventhub.registrations.questions import queries as question_queries
from eventhub.registrations.questions import words as question_words
from eventhub.registrations.questions.models import MOST_BYTES, MOST_FILES
from eventhub.registrations.services import Outcome
from eventhub.registrations.views import about_reader, bp

from . import queries, services
from .forms import ALL, SeriesForm
from .queries import Choice

# How states stand in the address of the page that answers, which must stay short for a series of sixty events.
LETTERS = {"c": "confirmed", "w": "waitlisted", "p": "pending", "u": "unverified"}


@bp.route("/series/<slug>/register/", methods=["GET", "POST"])
@files_web.takes_files(MOST_FILES * MOST_BYTES)
def register_for_series(slug):
    """Register once for a whole series, or for some of its events."""
    series = events.get_series(g.actor, slug)
    if series.slug != slug:
        return redirect(url_for(".register_for_series", slug=series.slug), 301)
    shown = events.list_of_series(series, g.actor)
    among = queries.choices_among(g.actor, [event for event in shown if event.series_id == series.id])
    if not among:
        return _page("series_closed", series, shown, among), 409 if request.method == "POST" else 200
    chosen = [one.event for one in _chosen(among)]
    by_event = queries.questions_of(chosen)
    questions = [question for asked in by_event.values() for question in asked]
    transfers = consents.transfers_of([one.event for one in among])
    form = SeriesForm.over(among, questions, question_queries.count_chosen(questions), about_reader(), transfers)
    new = [question for question in questions if str(question.event_id) not in form.has_seen]
    status = 200
    if form.is_submitted():
        is_good = form.validate()
        form.spare(new)
        status = 200 if not form.errors else 422
        if is_good and not new:
            try:
                with form.answers() as answers:
                    outcomes = _carry_out(series, form, answers)
                told = [_short(event_id, outcome) for event_id, outcome in outcomes]
                return see_other(".registered_for_series", slug=slug, p=told, zone=told_zone())
            except (Conflict, Invalid, TooMany) as refusal:
                form.blame(refusal.field if isinstance(refusal, Invalid) else "", refusal.message)
                status = refusal.status
    form.asked_for.data = " ".join(str(event_id) for event_id in by_event)
    return _page(
        "series_register",
        series,
        shown,
        among,
        form=form,
        asks_more=bool(new) and status == 200,
        asking=[event for event in chosen if event.id in by_event],
        question_words=question_words,
        directory=question_queries.directory_for(questions),
    ), status


def _chosen(among: list[Choice]) -> list[Choice]:
    """What was chosen in the form that was sent, before there is a form: its fields follow from it."""
    extent, ticked = request.form.get("extent"), set(request.form.getlist("events"))
    return [one for one in among if extent == ALL or str(one.event.id) in ticked]


def _carry_out(series: Series, form: SeriesForm, answers) -> list[tuple[UUID, Outcome]]:
    proof = proofs.look_at("series")
    limits.count_registration(form.address.normalised)
    if form.homepage.data:
        # Whatever filled this in shall believe that it was registered, and try nothing else.
        return [(wish.event_id, Outcome(wish.pool_key, "confirmed")) for wish in form.wishes]
    zone, details = told_zone(), form.details(answers)
    series_id, wishes, wants_all = series.id, form.wishes, form.wants_all
    return proofs.spending(
        g.actor,
        proof,
        lambda: services.register(g.actor, series_id, details, wishes, wants_all=wants_all, zone=zone),
    )


def _page(name: str, series: Series, shown: Sequence[Event], among: list[Choice], **values) -> str:
    own = {one.event.id for one in among}
    zone = zone_for([one.event for one in among] or shown)
    return render_template(
        f"registrations/{name}.html",
        series=series,
        choices=among,
        others=[event for event in shown if event.id not in own and _is_to_come(event)],
        zone=zone,
        shifts=shifts_of([event for event in shown if event.id in own], zone.name),
        words=words,
        **values,
    )


def _is_to_come(event: Event) -> bool:
    return not event.is_over() and event.status != "cancelled" and may_find_event(g.actor, event)


def zone_for(found: Sequence[Event], own: str | None = None) -> ReaderZone:
    """The zone in which somebody reads the hours of several events: of each venue, until they choose another."""
    return reader_zone("", next((event.starts_at for event in found if event.starts_at), None), own)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one wish: the event, the pool, and the state that a newcomer has there."""

    event: Event
    pool: Pool
    state: str


def _short(event_id: UUID, outcome: Outcome) -> str:
    letter = next(letter for letter, state in LETTERS.items() if state == outcome.state)
    return f"{event_id.hex[:10]}.{letter}.{outcome.pool_key}"


@bp.get("/series/<slug>/registered/")
def registered_for_series(slug):
    """What came of each wish, and what happens next; it says nothing of who registered."""
    series = events.get_series(g.actor, slug)
    found = {event.id.hex[:10]: event for event in queries.list_own(series, g.actor)}
    pools = queries.pools_by_key([event.id for event in found.values()])
    told = []
    for wish in request.args.getlist("p"):
        short, _, rest = wish.partition(".")
        letter, _, key = rest.partition(".")
        event = found.get(short)
        pool = pools.get((event.id, key)) if event else None
        if event and pool and letter in LETTERS:
            told.append(Told(event, pool, LETTERS[letter]))
    if not told:
        return redirect(url_for(".register_for_series", slug=series.slug))
    states = sorted({one.state for one in told})
    zone = zone_for([one.event for one in told])
    return render_template(
        "registrations/series_registered.html",
        series=series,
        told=told,
        state=next(state for state in ("confirmed", "unverified", "pending", "waitlisted") if state in states),
        states=states,
        zone=zone,
        shifts=shifts_of([one.event for one in told], zone.name),
        words=words,
    )
