"""The builder: what an event asks of those who register, as its organisers lay it out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.web import see_other
from eventhub.foundation.zones import reader_zone
from eventhub.registrations import queries as registrations
from eventhub.registrations import words as registration_words
from eventhub.registrations.consents import queries as consent_queries
from eventhub.registrations.desk import Answer, bp
from eventhub.registrations.forms import RegisterForm

from . import policy, queries, services, templates, words
from .forms import QuestionForm, TakeForm, TemplateForm, WordsForm
from .models import KINDS, Question


@bp.get("/form/")
@event_room(policy.may_edit_form)
def form(event: Event) -> Answer:
    """The questions of the event in their order, and what can be done with them."""
    return _list(event, TemplateForm(formdata=None))


def _list(event: Event, save_form: TemplateForm) -> Answer:
    questions = queries.list_questions(event.id)
    templates = queries.list_templates(event)
    take_form = TakeForm(formdata=None)
    take_form.offer(templates)
    return render_template(
        "registrations/desk_form.html",
        event=event,
        asked=[one for one in questions if one.retired_at is None],
        retired=[one for one in questions if one.retired_at is not None],
        by_id={one.id: one for one in questions},
        answered=queries.answered(questions),
        templates=templates,
        save_form=save_form,
        take_form=take_form,
        words=words,
    ), 422 if save_form.errors else 200


@bp.route("/form/new/", methods=["GET", "POST"], defaults={"question_id": None})
@bp.route("/form/<uuid:question_id>/", methods=["GET", "POST"])
@event_room(policy.may_edit_form)
def question(event: Event, question_id: UUID | None) -> Answer:
    """One question, or a new one of the kind that the address names."""
    row = queries.get_question(event, question_id) if question_id else None
    kind = row.kind if row else request.args.get("kind", "")
    if kind not in KINDS:
        raise NotFound

    def form_over(**options: Any) -> tuple[QuestionForm, int]:
        return QuestionForm.of(kind, row, _earlier(event, row), **options), row.version if row else 0

    filled, version = form_over()
    wants_row = filled.wants_row()

    def save() -> None:
        plan = filled.plan(kind, row, event)
        services.save_question(g.actor, event.id, plan, row.id if row else None, filled.version.data if row else None)

    if not filled.is_submitted():
        filled.begin(version)
    elif not wants_row and filled.validate():
        try:
            if filled.carried_out(save, lambda: form_over(formdata=None)):
                flash(gettext("Saved."), "success")
                return see_other(".form", slug=event.slug)
        except Conflict as refusal:
            filled.form_errors.append(refusal.message)
    return render_template(
        "registrations/desk_question.html",
        event=event,
        question=row,
        form=filled,
        kind=words.KINDS[kind],
        is_answered=row is not None and bool(queries.answered([row])),
    ), filled.status


@bp.get("/form/texts/")
@event_room(policy.may_translate_form)
def form_texts(event: Event) -> Answer:
    """The questions whose texts can be written in the other language."""
    asked = [one for one in queries.list_questions(event.id) if one.retired_at is None]
    rows = [(one, _other(one), min(_freshness(one), key=("missing", "stale", "fresh").index)) for one in asked]
    return render_template("registrations/desk_form_texts.html", event=event, rows=rows)


@bp.route("/form/<uuid:question_id>/texts/", methods=["GET", "POST"])
@event_room(policy.may_translate_form)
def question_texts(event: Event, question_id: UUID) -> Answer:
    """One question's texts in the other language, beside those they are made from."""
    row = queries.get_question(event, question_id)
    lang = _other(row)
    filled = WordsForm.of(row, lang)

    def save() -> None:
        services.translate_question(g.actor, event.id, row.id, filled.words(lang), filled.version.data)

    def reread() -> tuple[WordsForm, int]:
        return WordsForm.of(row, lang, formdata=None), row.version

    if not filled.is_submitted():
        filled.begin(row.version)
    elif filled.validate() and filled.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".form_texts", slug=event.slug)
    by_key = {one.key: one.text for one in row.options}
    return render_template(
        "registrations/desk_question_texts.html", event=event, question=row, form=filled, lang=lang, options=by_key
    ), filled.status


def _other(question: Question) -> str:
    """The language that a question was not written in."""
    return next(lang for lang in LOCALES if lang != question.label.source)


def _freshness(question: Question) -> list[str]:
    lang = _other(question)
    texts = (question.label, question.help, *(one.text for one in question.options))
    return [text.freshness(lang) for text in texts if text]


def _earlier(event: Event, row: Question | None) -> list[Question]:
    asked = [one for one in queries.list_questions(event.id) if one.retired_at is None]
    return [one for one in asked if row is None or one.position < row.position]


@bp.post("/form/<uuid:question_id>/<any(up, down, retire, bring_back, remove):deed>/")
@event_room(policy.may_edit_form)
def act_on_question(event: Event, question_id: UUID, deed: str) -> Answer:
    """Ask a question earlier, later, no more or again, or remove it."""
    try:
        if deed in {"up", "down"}:
            services.move_question(g.actor, event.id, question_id, up=deed == "up")
        elif deed == "retire":
            services.retire_question(g.actor, event.id, question_id)
            flash(gettext("The question is not asked any more. Its answers stay."), "success")
        elif deed == "bring_back":
            services.bring_back_question(g.actor, event.id, question_id)
            flash(gettext("The question is asked again, at the end of the form."), "success")
        else:
            services.remove_question(g.actor, event.id, question_id)
            flash(gettext("The question is removed."), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".form", slug=event.slug)


@bp.get("/form/preview/")
@event_room(policy.may_edit_form)
def preview(event: Event) -> Answer:
    """The form as those who register see it, in the language of the page, also before it opens; it is not sent."""
    questions = queries.asked(event, queries.list_questions(event.id))
    all_seats = registrations.list_seats(event)
    seats = [one for one in all_seats if one.pool.is_offered and one.pool.admission != "invitation"]
    asks = consent_queries.list_asked(event)
    shown = RegisterForm.asking(questions, queries.count_chosen(questions), asks).of(seats)
    return render_template(
        "registrations/desk_form_preview.html",
        event=event,
        form=shown,
        lines={one.pool.key: registration_words.places_left(one) for one in seats},
        zone=reader_zone(event.zone, event.starts_at),
        question_words=words,
        directory=queries.directory_for(questions),
    )


@bp.post("/form/templates/save/")
@event_room(policy.may_edit_form)
def save_template(event: Event) -> Answer:
    """Keep the questions of this event under a name."""
    filled = TemplateForm()
    if not filled.validate():
        return _list(event, filled)
    try:
        templates.save_template(g.actor, event.id, filled.name.data or "")
    except (Conflict, Invalid) as refusal:
        flash(refusal.message, "attention")
    else:
        flash(gettext("The form is kept: it can be taken into every event of the organisation."), "success")
    return see_other(".form", slug=event.slug)


@bp.post("/form/templates/<any(take, remove):deed>/")
@event_room(policy.may_edit_form)
def act_on_template(event: Event, deed: str) -> Answer:
    """Take the questions of a kept form into this event, or keep it no more."""
    try:
        template_id = UUID(request.form.get("template", ""))
    except ValueError:
        raise NotFound from None
    try:
        if deed == "take":
            number = templates.take_template(g.actor, event.id, template_id)
            flash(ngettext("One question is added.", "%(num)s questions are added.", number), "success")
        else:
            templates.remove_template(g.actor, event.id, template_id)
            flash(gettext("The form is not kept any more. Events that have taken it keep their questions."), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".form", slug=event.slug)
