"""Who may see and change registrations, by their role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from eventhub.events.services import Partners
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.registrations import policy
from eventhub.registrations.models import Registration

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("role", "sees", "manages"),
    [
        ("administrator", True, True),
        ("organiser", True, True),
        ("check_in", True, False),
        ("translator", False, False),
        ("viewer", False, False),
    ],
)
def test_each_role_sees_what_its_work_needs(
    make_event: Make, make_organisation: Make, make_member: Make, role: str, sees: bool, manages: bool
):
    owner, equal = make_organisation(), make_organisation()
    event = make_event(organisation=owner, partners=Partners(co_organisers=[equal.id]))
    registration = Registration(event=event, id=uuid4(), name="Li Wei")
    for organisation, is_own in ((owner, True), (equal, False)):  # a co-organiser has a room of its own
        member = make_member(role, organisation)
        assert policy.may_see_registrations(member, event) is (sees and is_own)
        assert policy.may_manage_registrations(member, event) is (manages and is_own)
        assert policy.may_export(member, event) is (manages and is_own)
        assert policy.may_edit_registration(member, registration) is (manages and is_own)


def test_other_organisations_and_partners_that_only_assist_see_nothing(
    make_event: Make, make_organisation: Make, make_member: Make
):
    assisting = make_organisation()
    event = make_event(partners=Partners(assisting=[assisting.id]))
    for member in (make_member("administrator"), make_member("administrator", assisting), VISITOR):
        assert not policy.may_see_registrations(member, event)
        assert not policy.may_export(member, event)


def test_a_registration_is_its_persons_by_the_link_or_signed_in(make_event: Make):
    person_id = uuid4()
    one = Registration(event=make_event(), id=uuid4(), name="Li Wei", person_id=person_id)
    nobodys = Registration(event=one.event, id=uuid4(), name="Li Wei")
    assert policy.may_edit_registration(Actor("member", person_id=person_id), one)
    assert not policy.may_edit_registration(Actor("member", person_id=uuid4()), one)
    assert not policy.may_edit_registration(VISITOR, nobodys)
    assert policy.may_edit_registration(Actor("link", thing_id=one.id, purpose="registration"), one)
    assert not policy.may_edit_registration(Actor("link", thing_id=one.id, purpose="calendar"), one)
    assert not policy.may_edit_registration(Actor("link", thing_id=one.id, purpose="registration"), nobodys)
    assert policy.may_edit_registration(SYSTEM, one)


def test_everybody_who_sees_an_event_may_register_while_it_is_open(make_event: Make, make_member: Make):
    event = make_event()
    assert policy.may_register(VISITOR, event)
    with clock.standing_at(clock.now() + timedelta(days=60)):
        assert not policy.may_register(VISITOR, event)
    closed = make_event(visibility="invitation")
    assert not policy.may_register(VISITOR, closed)
    assert policy.may_register(make_member("organiser", closed.organisation), closed)
    assert not policy.may_register(SYSTEM, make_event(published=False))
