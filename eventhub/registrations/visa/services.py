"""Asking for a letter of invitation, deciding on it, and erasing what stood in a passport."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock, sealing
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.permissions import require
from eventhub.registrations.models import Registration
from eventhub.registrations.signals import (
    PassportErased,
    VisaLetterAsked,
    VisaLetterDeclined,
    VisaLetterIssued,
    VisaPlanChanged,
)

from . import policy, queries
from .models import MOST_DAYS, PURPOSE, VisaPlan, VisaRequest
from .queries import Passport

# Nobody who travels was born before.
_FIRST_YEAR = 1900


@use_case
def change_plan(
    actor: Actor, event_id: UUID, *, is_offered: bool, keep_days: int, version: int | None = None
) -> VisaPlan:
    """Whether the event offers letters, and how long after it passport data are kept from now on.

    Raises Invalid where that is no number of days, Stale where somebody saved since `version`.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_issue_letters(actor, event), hidden=True)
    plan = queries.find_plan(event)
    if plan is None:
        plan = VisaPlan(event_id=event.id)
        db.session.add(plan)
        db.session.flush()
    check_version(plan, version)
    if not 1 <= keep_days <= MOST_DAYS:
        raise Invalid("keep_days", gettext("A number of days from 1 to %(most)s.", most=MOST_DAYS))
    plan.is_offered, plan.keep_days = is_offered, keep_days
    announce(VisaPlanChanged(event.id))
    return plan


@use_case
def ask(actor: Actor, registration_id: UUID, passport: Passport) -> VisaRequest:
    """The person's request with these data, sealed; what was asked or issued before is replaced by it.

    Raises Conflict where the event offers no letters, or the person has no place to be invited to.
    """
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_ask(actor, registration), hidden=True)
    plan = queries.find_plan(registration.event)
    if plan is None or not plan.is_offered or not policy.is_invited(registration):
        raise Conflict(gettext("A letter for a visa cannot be asked for here. Please write to the organisers."))
    _check(passport)
    request = queries.find_request(registration)
    if request is None:
        request = VisaRequest(event_id=registration.event_id, registration_id=registration.id)
        db.session.add(request)
    request.state, request.issued_at, request.erased_at = "asked", None, None
    request.keep_days = plan.keep_days
    request.sealed = sealing.seal(PURPOSE, passport.as_text(), str(registration.id))
    db.session.flush()
    announce(VisaLetterAsked(registration.event_id, registration.id))
    return request


@use_case
def withdraw(actor: Actor, registration_id: UUID) -> None:
    """No request any more, and nothing of the passport; where there was none, nothing happens."""
    registration = get(Registration, registration_id, lock=True)
    require(policy.may_ask(actor, registration), hidden=True)
    if request := queries.find_request(registration):
        _erase(request)


@use_case
def issue(actor: Actor, request_id: UUID, version: int | None = None) -> VisaRequest:
    """The request granted: its person may load the letter down. Raises Conflict where its data are gone.

    Whoever issues answers for what they have read: raises Stale where other data were sent since `version`.
    """
    request = _lock(actor, request_id)
    if queries.passport_of(request) is None or not policy.is_invited(request.registration):
        raise Conflict(gettext("This letter cannot be issued: its data are erased, or there is no place any more."))
    if request.state != "issued":
        check_version(request, version)
        request.state, request.issued_at, request.person_id = "issued", clock.now(), actor.person_id
        announce(VisaLetterIssued(request.event_id, request.registration_id))
    return request


@use_case
def decline(actor: Actor, request_id: UUID) -> VisaRequest:
    """The request refused, and what stood in the passport erased at once; doing it twice is as good as once."""
    request = _lock(actor, request_id)
    if request.state != "declined":
        request.state, request.issued_at = "declined", None
        _erase(request)
        announce(VisaLetterDeclined(request.event_id, request.registration_id))
    return request


@use_case
def erase_passport(actor: Actor, registration: Registration) -> None:
    """Nothing of the person's passport any more, and no letter; that one was asked for goes on being counted."""
    require(policy.may_ask(actor, registration) or policy.may_issue_letters(actor, registration.event), hidden=True)
    if request := queries.find_request(registration):
        _erase(request)


@use_case
def erase_due(actor: Actor, event_id: UUID) -> int:
    """How many passports of an event were erased, because they were kept as long as their owners were told."""
    event = get(Event, event_id)
    require(policy.may_issue_letters(actor, event), hidden=True)
    number = 0
    query = select(VisaRequest).where(VisaRequest.event_id == event.id, VisaRequest.sealed.is_not(None))
    for request in db.session.scalars(query.with_for_update()):
        until = queries.end_of_keeping(event, request.keep_days)
        if until is not None and until <= clock.now():
            _erase(request)
            number += 1
    return number


def _lock(actor: Actor, request_id: UUID) -> VisaRequest:
    request = get(VisaRequest, request_id, lock=True)
    require(policy.may_issue_letters(actor, request.event), hidden=True)
    return request


def _check(passport: Passport) -> None:
    today = clock.now().date()
    if not passport.full_name or not passport.number or not passport.embassy:
        raise Invalid("full_name", gettext("Please fill in every field."))
    if passport.born.year < _FIRST_YEAR or passport.born >= today:
        raise Invalid("born", gettext("Please look at the date of birth again."))
    if passport.leaves < passport.arrives:
        raise Invalid("leaves", gettext("The last day is before the first."))


def _erase(request: VisaRequest) -> None:
    if request.sealed is not None:
        request.sealed, request.erased_at = None, clock.now()
        announce(PassportErased(request.event_id, request.registration_id))
