"""Who may ask what, and who reads what was answered."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import EDITORS, answers_for
from eventhub.foundation.actor import Actor
from eventhub.registrations.models import Registration
from eventhub.registrations.policy import is_person_of, may_edit_registration

from .models import Question


def may_edit_form(actor: Actor, event: Event) -> bool:
    """The organisers of the event's own organisation: they answer for what is asked, and for who reads it."""
    return answers_for(actor, event, EDITORS)


def may_translate_form(actor: Actor, event: Event) -> bool:
    """Those who may edit it, and the translators of the event's own organisation: they change no question's sense."""
    if may_edit_form(actor, event):
        return True
    return actor.has_role(event.organisation_id, "translator") or actor.has_role(event.id, "translator")


def may_read_answers(actor: Actor, event: Event, question: Question) -> bool:
    """The event's own organisers; its co-organisers and those at its door where the question says so.

    Whoever receives people for a co-organiser needs both marks.
    """
    if may_edit_form(actor, event):
        return True
    own = any(actor.has_role(one, "check_in") for one in (event.organisation_id, event.id))
    if own and "check_in" in question.seen_by:
        return True
    partners = [partner.organisation_id for partner in event.partners if partner.part == "co_organiser"]
    if "co_organiser" not in question.seen_by:
        return False
    roles = (*EDITORS, "check_in") if "check_in" in question.seen_by else EDITORS
    return any(actor.has_role(organisation_id, *roles) for organisation_id in partners)


def may_answer(actor: Actor, registration: Registration, question: Question) -> bool:
    """The person concerned; for them whoever may edit their registration and read the answer, but for consents."""
    if is_person_of(actor, registration):
        return True
    if question.kind == "consent" or not may_edit_registration(actor, registration):
        return False
    return may_read_answers(actor, registration.event, question)
