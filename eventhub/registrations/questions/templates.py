"""Forms that are kept to be used again, and a form that goes with a copy of its event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import Translated
from eventhub.foundation.permissions import require
from eventhub.organisations.models import Organisation
from eventhub.registrations.signals import FormTaken, FormTemplateRemoved, FormTemplateSaved

from . import queries
from .models import FormTemplate, Option, Question
from .services import QuestionPlan, check, check_room, lock_form, next_position, write

MOST_TEMPLATES = 100


@use_case
def save_template(actor: Actor, event_id: UUID, name: str) -> FormTemplate:
    """The questions that an event asks, kept by its organisation under a name; what had that name before is replaced.

    Raises Invalid without a name, and Conflict where nothing is asked.
    """
    event, questions = lock_form(actor, event_id)
    asked = [one for one in questions if one.retired_at is None]
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise Invalid("name", gettext("Please name the form."))
    if not asked:
        raise Conflict(gettext("This event asks nothing yet: there is nothing to keep."))
    get(Organisation, event.organisation_id, lock=True)  # two who save under one name come one after the other
    kept = {template.name: template for template in queries.list_templates(event)}
    if name not in kept and len(kept) >= MOST_TEMPLATES:
        raise Conflict(gettext("%(most)s forms at most.", most=MOST_TEMPLATES))
    template = kept.get(name) or FormTemplate(organisation_id=event.organisation_id, name=name)
    template.questions = list(_told(asked))
    db.session.add(template)
    db.session.flush()
    announce(FormTemplateSaved(event.id, template.id))
    return template


@use_case
def take_template(actor: Actor, event_id: UUID, template_id: UUID) -> int:
    """The questions of a form that the event's organisation keeps, behind those that there are; how many.

    Raises NotFound where the organisation has no such form, and Conflict where there would be too many questions.
    """
    event, questions = lock_form(actor, event_id)
    template = get(FormTemplate, template_id)
    require(template.organisation_id == event.organisation_id, hidden=True)
    return _add(event.id, questions, template.questions)


@use_case
def remove_template(actor: Actor, event_id: UUID, template_id: UUID) -> None:
    """No such form of the event's organisation any more; the events that have taken it keep their questions."""
    event, _ = lock_form(actor, event_id)
    template = db.session.scalar(
        select(FormTemplate).where(
            FormTemplate.id == template_id, FormTemplate.organisation_id == event.organisation_id
        )
    )
    if template is None:
        raise NotFound
    db.session.delete(template)
    announce(FormTemplateRemoved(event.id, template.id))


@use_case
def copy_form(actor: Actor, event_id: UUID, like: UUID) -> int:
    """The questions that another event asks, asked here as well; how many."""
    event, questions = lock_form(actor, event_id)
    return _add(event.id, questions, list(_told(one for one in queries.list_questions(like) if not one.retired_at)))


def _told(questions: Iterable[Question]) -> Iterable[dict[str, Any]]:
    """Questions as plain values: a condition names the other one by its number among these."""
    numbers: dict[UUID, int] = {}
    for number, question in enumerate(questions):
        numbers[question.id] = number
        yield {
            "kind": question.kind,
            "label": question.label.as_json(),
            "help": question.help.as_json(),
            "options": [option.as_json() for option in question.options if not option.is_retired],
            "is_required": question.is_required,
            "condition": numbers.get(question.condition_id) if question.condition_id else None,
            "condition_values": question.condition_values,
            "seen_by": question.seen_by,
            "keep_days": question.keep_days,
            "is_sensitive": question.is_sensitive,
        }


def _add(event_id: UUID, questions: Sequence[Question], told: Sequence[Mapping[str, Any]]) -> int:
    here, new = list(questions), list[Question]()
    for one in told:
        options = [Option.from_json(option) for option in one["options"]]
        values = list(one["condition_values"])
        other = None if one["condition"] is None else new[one["condition"]]
        if other is not None:
            values = [value for value in values if value in other.values()]
        plan = QuestionPlan(
            kind=one["kind"],
            label=Translated.from_json(one["label"]),
            help=Translated.from_json(one["help"]),
            options=options,
            is_required=one["is_required"],
            condition_id=other.id if other and values else None,
            condition_values=values if other else (),
            seen_by=one["seen_by"],
            keep_days=one["keep_days"],
            is_sensitive=one["is_sensitive"],
        )
        question = Question(event_id=event_id, position=next_position(here), kind=plan.kind)
        # Its options keep their keys, on which its own conditions depend.
        question.stored_options = [option.as_json() for option in options]
        check_room(plan.kind, here)
        check(plan, here, question)
        write(question, plan)
        here.append(question)
        new.append(question)
    announce(FormTaken(event_id, len(new)))
    return len(new)
