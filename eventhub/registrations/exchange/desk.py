"""The organiser's room for registrations, as far as lists go in: look at what one would do, then take it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import files_web
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.files import MEGABYTE
from eventhub.foundation.i18n import language
from eventhub.foundation.web import limit_per, limiter, see_other
from eventhub.registrations import forms, policy, words
from eventhub.registrations import queries as registrations
from eventhub.registrations.desk import Answer, bp
from eventhub.registrations.questions import queries as questions
from eventhub.registrations.signals import PeopleImported

from . import columns, queries, services, tables
from .choices import Choices
from .forms import ChoiceForm, ListForm
from .models import MOST_BYTES, MOST_PEOPLE, PeopleList
from .people import Problem
from .survey import Survey, survey
from .tables import Table

# How much is shown of each sort of what is to be decided, and of the people, whose list its sender has.
SHOWN, FIRST = 100, 20
NAMES = {"name", "family_name", "given_name"}


@bp.route("/import/", methods=["GET", "POST"])
@files_web.takes_files(MOST_BYTES)
@limiter.limit(limit_per(30, 5), methods=["POST"])
@event_room(policy.may_manage_registrations)
def import_list(event: Event) -> Answer:
    """Send a list of people, or paste one; it is read and kept, and nothing else happens."""
    form = ListForm()
    kept: list[PeopleList] = []

    def keep() -> None:
        sent = tables.read(form.file.data.read()) if form.file.data else tables.pasted(form.pasted.data or "")
        table = columns.without_title(sent, _asked(event))
        if len(table.rows) < len(sent.rows):
            line = table.rows[0][0]
            flash(gettext("Row %(line)s names the columns. What stands above it is left out.", line=line), "info")
        kept.append(services.keep_list(g.actor, event.id, table, _guessed(event, table)))

    if form.validate_on_submit() and form.carried_out(keep):
        return see_other(".look_at_list", slug=event.slug, list_id=kept[0].id)
    return render_template(
        "registrations/desk_import.html",
        event=event,
        form=form,
        lists=queries.find_lists(g.actor, event),
        columns=columns.COLUMNS,
        most=MOST_PEOPLE,
        megabytes=MOST_BYTES // MEGABYTE,
    ), form.status


def _guessed(event: Event, table: Table) -> Choices:
    found, has_heading = columns.guess(table, _asked(event))
    pool = next(iter(forms.offered(registrations.list_seats(event))), "")
    return Choices(columns=found, has_heading=has_heading, pool=pool, language=language())


def _asked(event: Event) -> list[Any]:
    return questions.asked(event, questions.list_questions(event.id))


@bp.route("/import/<uuid:list_id>/", methods=["GET", "POST"])
@event_room(policy.may_manage_registrations)
def look_at_list(event: Event, list_id: UUID) -> Answer:
    """What a list would do, person by person; then that, at once or not at all."""
    kept = _kept(event, list_id)
    table, chosen = queries.table_of(kept), queries.choices_of(kept)
    pools = forms.offered(registrations.list_seats(event))
    form, status = ChoiceForm.of(table, chosen, _asked(event), pools), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        is_same = form.choices == queries.choices_of(kept)
        if not is_same:
            services.choose(g.actor, kept.id, form.choices)
        if request.form.get("act") != "import":
            return see_other(".look_at_list", slug=event.slug, list_id=kept.id)
        if not is_same:
            flash(gettext("You chose otherwise than what you looked at. This is what it comes to now."), "attention")
            return see_other(".look_at_list", slug=event.slug, list_id=kept.id)
        try:
            done = services.carry_out(g.actor, kept.id, form.seen.data or "")
            flash(_told(done, is_pending=chosen.is_pending), "success")
            return see_other(".index", slug=event.slug)
        except (Conflict, Invalid) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
    named = bool(NAMES & set(chosen.columns))
    found = survey(event, table, chosen) if named else None
    left = next((one.left for one in registrations.list_seats(event) if one.pool.key == chosen.pool), None)
    form.seen.data = found.fingerprint if found else ""
    return render_template(
        "registrations/desk_import_preview.html",
        event=event,
        people_list=kept,
        form=form,
        found=found,
        columns=_shown(table, chosen, form),
        lines=_lines(found),
        left=None if chosen.is_pending else left,
        most=SHOWN,
        by_words=by_words,
        words=words,
    ), status


@bp.post("/import/<uuid:list_id>/drop/")
@event_room(policy.may_manage_registrations)
def drop_list(event: Event, list_id: UUID) -> Answer:
    """Let go of a list that is not wanted."""
    services.drop_list(g.actor, _kept(event, list_id).id)
    flash(gettext("The list is deleted."), "success")
    return see_other(".import_list", slug=event.slug)


def by_words(problems: Sequence[Problem]) -> list[tuple[str, list[int]]]:
    """What is to be said, each thing once, with the rows of which it is said."""
    told: dict[str, list[int]] = {}
    for problem in problems:
        told.setdefault(problem.what, []).append(problem.line)
    return list(told.items())


def _kept(event: Event, list_id: UUID) -> PeopleList:
    kept = queries.get_list(g.actor, list_id)
    if kept.event_id != event.id:
        raise NotFound
    return kept


def _shown(table: Table, chosen: Choices, form: ChoiceForm) -> list[dict[str, Any]]:
    """Each column with what it is called, what stands in its first rows, and the field that says what it is."""
    named = columns.headings(table, has_heading=chosen.has_heading)
    first = [cells for _, cells in table.rows[chosen.has_heading :][:3]]
    return [
        {"name": name, "examples": [cells[place] for cells in first if cells[place]], "field": field}
        for place, (name, field) in enumerate(zip(named, form.columns(), strict=True))
    ]


def _lines(found: Survey | None) -> list[Any]:
    return [line for line in found.lines if line.act != "leave"][:FIRST] if found else []


def _told(done: PeopleImported, *, is_pending: bool) -> str:
    added = ngettext("One person is registered", "%(num)s people are registered", done.added)
    if is_pending:
        added = ngettext("One person waits for approval", "%(num)s people wait for approval", done.added)
    parts = [
        added if done.added else "",
        ngettext("one is on the waitlist", "%(num)s of them are on the waitlist", done.waiting) if done.waiting else "",
        ngettext("one is back again", "%(num)s are back again", done.back) if done.back else "",
        ngettext("one is changed", "%(num)s are changed", done.changed) if done.changed else "",
    ]
    told = gettext(", ").join(filter(None, parts))
    if not told:
        return str(gettext("Nothing had to be changed."))
    if done.is_told and (done.added or done.back):
        return str(gettext("%(what)s. Their letters are on their way.", what=told))
    return str(gettext("%(what)s. No letters were sent.", what=told))
