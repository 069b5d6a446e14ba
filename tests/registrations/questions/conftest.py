"""Events that ask something, and people who answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.models import Registration
from eventhub.registrations.questions.models import Option, Question
from eventhub.registrations.questions.services import QuestionPlan, save_question

Make = Callable[..., Any]


def both(text: str) -> Translated:
    """A text in both languages."""
    return Translated.of(en=text, zh=f"{text}（中文）")


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event that asks nothing yet."""
    made: Event = make_event("Roundtable", slug="roundtable", in_person=50, online=50)
    return made


@pytest.fixture
def ask(event: Event) -> Make:
    """Ask something: a kind, a label, and options by their texts, each alone or with its limit."""

    def make(kind: str, label: str | None = None, *options: Any, on: tuple[Question, str] | None = None, **more: Any):
        listed = [one if isinstance(one, tuple) else (one, None) for one in options]
        plan = QuestionPlan(
            kind=kind,
            label=both(label or f"A {kind}"),
            options=[Option("", both(text), most) for text, most in listed],
            condition_id=on[0].id if on else None,
            condition_values=[on[1]] if on else [],
            **more,
        )
        return save_question(SYSTEM, event.id, plan)

    return make


@pytest.fixture
def enter(event: Event) -> Make:
    """Register somebody with their answers."""

    def make(name: str = "wang", answers: dict[Question, Any] | None = None, pool: str = "online") -> Registration:
        given = {question.id: value for question, value in (answers or {}).items()}
        details = Details(name=name, address=f"{name}@example.org", answers=given)
        registering.register(VISITOR, event.id, details, pool)
        found = registrations.find_registration(event.id, f"{name}@example.org")
        assert found
        return found

    return make


def holder(registration: Registration) -> Actor:
    """The person, by their private link."""
    return Actor("link", thing_id=registration.id, purpose="registration")


def change(registration: Registration, answers: dict[Question, Any], actor: Actor | None = None) -> Registration:
    """Other answers."""
    described = Description(name=registration.name, language=registration.language)
    given: dict[UUID, Any] = {question.id: value for question, value in answers.items()}
    return registering.change_registration(
        actor or holder(registration), registration.id, described, registration.version, given
    )


def mine(registration: Registration, lang: str = "en") -> str:
    """One's own page."""
    db.session.refresh(registration)
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"
