"""What people hear of their letter of invitation for a visa."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.registrations.visa import services
from eventhub.registrations.visa.queries import Passport
from tests.messaging.conftest import plain

Make = Callable[..., Any]


def test_a_letter_says_that_it_is_ready_and_nothing_that_stands_in_it(make_event: Make, register: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    services.change_plan(SYSTEM, event.id, is_offered=True, keep_days=10)
    wang, anna = register(event, "王芳", language="zh"), register(event, "Anna")
    passport = Passport(
        full_name="WANG FANG", nationality="CN", number="E777", born=date(1980, 1, 1), arrives=date(2027, 3, 9),
        leaves=date(2027, 3, 10), embassy="Embassy",
    )  # fmt: skip
    letters()
    requests = [
        services.ask(Actor("link", thing_id=one.id, purpose="registration"), one.id, passport) for one in (wang, anna)
    ]
    services.issue(SYSTEM, requests[0].id)
    services.decline(SYSTEM, requests[1].id)
    told = {letter["Subject"]: plain(letter) for letter in letters()}
    assert set(told) == {"您的邀请函已备好：研讨会：Roundtable", "No letter of invitation: Roundtable"}
    assert "/zh/registrations/" in told["您的邀请函已备好：研讨会：Roundtable"]
    assert not any(said in text for text in told.values() for said in ("WANG", "E777", "1980", "Embassy"))
