"""A registration's form with the questions of its event, for whoever looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventhub.foundation.actor import Actor
from eventhub.registrations.forms import DescriptionForm
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import is_person_of

from . import policy, queries
from .fields import with_questions
from .queries import Answered


@dataclass(frozen=True, slots=True)
class Page:
    """The form, and what was answered to questions that have no field in it."""

    form: DescriptionForm
    told: list[Answered]
    directory: list[str]


def over(actor: Actor, registration: Registration, **options: Any) -> Page:
    """The form over a registration and those of its answers that the actor may change, and what else they may read."""
    event = registration.event
    questions = queries.list_questions(event.id)
    if not questions:
        return Page(DescriptionForm.of(registration, **options), [], [])
    is_person = is_person_of(actor, registration)
    values, asked = queries.values_of(registration.id), queries.asked(event, questions)
    mine = [one for one in asked if policy.may_answer(actor, registration, one)]
    form_class = with_questions(
        DescriptionForm,
        asked,
        queries.count_chosen(asked, besides=registration.id),
        known=values,
        fields_for=mine,
        is_complete=is_person,
    )
    others = [one for one in questions if one not in mine or one.kind == "file"]
    readable = [one for one in others if is_person or policy.may_read_answers(actor, event, one)]
    told = queries.list_answered(readable, values)
    return Page(form_class.of(registration, **options), told, queries.directory_for(mine))
