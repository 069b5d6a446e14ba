"""What is sent twice, by a double click or from another page that still stood open, is told to be done already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db
from eventhub.privacy import services as privacy
from eventhub.registrations import delegations, services, substitutes
from eventhub.registrations.agreements import Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.substitutes import PassedOnAlready, Substitute
from tests.conftest import Browser, on_postgres
from tests.filled import filled
from tests.races import side_by_side

from .test_substitutes import WEI, holder, join, mine, of

Make = Callable[..., Any]
LI = Substitute("Li", "li@example.org", "zh")
SAID = {"name": "Wei", "address": "Wei@example.org", "knows": "y"}


def test_a_place_is_passed_on_once_and_both_presses_say_to_whom(make_event: Make):
    event = make_event(in_person=3)
    join(event, "a", "b", "li")
    # Whoever has a place already is named as anybody: no answer tells that they are registered.
    for former, other, third in (("a", WEI, LI), ("b", LI, WEI)):
        row = of(event, former)
        assert substitutes.name_substitute(holder(row), row.id, other)
        with pytest.raises(PassedOnAlready) as again:
            substitutes.name_substitute(holder(row), row.id, other)
        said = f"This is done already: your place is passed on to {other.name}."
        assert (again.value.is_done, again.value.message) == (True, said)
        with pytest.raises(PassedOnAlready) as late:
            substitutes.name_substitute(holder(row), row.id, third)
        assert (late.value.is_done, third.name in late.value.message) == (False, False)
    assert sorted(one.state for name in ("wei", "li") for one in of(event, name).places) == ["confirmed", "unverified"]


def test_a_place_that_was_given_up_otherwise_was_not_passed_on(make_event: Make):
    event = make_event(in_person=2)
    join(event, "a")
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, WEI)
    join(event, "a")  # they come after all
    services.cancel_registration(SYSTEM, a.id)
    with pytest.raises(Exception, match="Only a place that is confirmed can be passed on") as refused:
        substitutes.name_substitute(holder(a), a.id, WEI)
    assert not isinstance(refused.value, PassedOnAlready)


@on_postgres
@pytest.mark.parametrize(("named", "status"), [(WEI, 200), (LI, 409)])
def test_of_two_presses_at_once_the_later_says_that_it_is_done(
    app: Flask, make_event: Make, client: Browser, named: Substitute, status: int
):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a")
    actor, its_id, at = holder(a), a.id, f"{mine(a)}substitute/"
    data, answers = filled(client.get(at).text, **SAID), list[Any]()
    db.session.rollback()
    errors = side_by_side(
        app,
        lambda: substitutes.name_substitute(actor, its_id, named),
        lambda: answers.append(client.post(at, data=data)),
    )
    assert errors == []
    [answer] = answers
    assert (answer.status_code, "Only a place that is confirmed" in answer.text) == (status, False)
    assert "Your own link has ended" in answer.text
    assert ("This is done already: your place is passed on to Wei." in answer.text) == (named is WEI)


def test_a_contact_whose_link_goes_on_is_told_there(make_event: Make, client: Browser):
    event = make_event(in_person=5)
    contact = Details(name="C", address="c@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, [Member(Details(name="B"), "in_person")], "in_person")
    c = of(event, "c")
    data = filled(client.get(f"{mine(c)}substitute/").text, **SAID)
    told = []
    for _ in range(2):
        assert client.post(f"{mine(c)}substitute/", data=data).status_code == 303
        told.append(client.get(mine(c)).text)
    assert "Your place is passed on. A letter is on its way to both of you." in told[0]
    assert '<div class="notice info" role="status"><p>This is done already: your place is passed on to Wei.' in told[1]
    client.post(f"{mine(c)}substitute/", data={**data, "address": "li@example.org"})
    assert '<div class="notice attention" role="status"><p>Your place is passed on already' in client.get(mine(c)).text
    # Where whoever has it is erased, it is passed on all the same.
    privacy.erase(SYSTEM, of(event, "wei").id)
    client.post(f"{mine(c)}substitute/", data=data)
    assert "Your place is passed on already, and nobody else can be named for it." in client.get(mine(c)).text


def test_a_place_that_is_taken_from_another_page_again_is_taken(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, WEI)
    wei = of(event, "wei")
    at, page = f"{mine(wei)}take-over/", client.get(f"{mine(wei)}take-over/").text
    data = filled(page, consent="y", language="zh")
    assert client.post(at, data=data).status_code == 303
    assert "The place is yours." in client.get(mine(wei)).text
    assert client.post(at, data=data).status_code == 303
    page = client.get(mine(wei)).text
    assert "You have taken this place already. Nothing has changed." in page
    assert "The place is yours." not in page
    services.cancel_registration(SYSTEM, wei.id)
    client.post(at, data=data)
    assert "This place is not held for you any more, and is free for others." in client.get(mine(wei)).text


@on_postgres
def test_of_two_who_take_one_place_at_once_neither_hears_that_it_is_too_late(
    app: Flask, make_event: Make, client: Browser
):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, WEI)
    wei = of(event, "wei")
    actor, its_id, at = holder(wei), wei.id, mine(wei)
    data = filled(client.get(f"{at}take-over/").text, consent="y", language="zh")
    answers = list[Any]()
    db.session.rollback()
    errors = side_by_side(
        app,
        lambda: substitutes.take_over(actor, its_id, Details(name="Wei")),
        lambda: answers.append(client.post(f"{at}take-over/", data=data)),
    )
    assert (errors, [answer.status_code for answer in answers]) == ([], [303])
    assert "You have taken this place already." in client.get(at).text


def test_what_is_cancelled_from_another_page_again_was_cancelled_already(make_event: Make, client: Browser):
    event = make_event(in_person=5)
    contact = Details(name="C", address="c@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, [Member(Details(name="B"), "in_person")], "in_person")
    at = mine(of(event, "c"))
    own = filled(client.get(f"{at}cancel/").text)
    group = filled(client.get(f"{at}delegates/cancel/").text)
    for deed, data, words in (
        ("cancel/", own, "Your registration is cancelled already. There is nothing more you need to do."),
        ("delegates/cancel/", group, "Your delegation is cancelled already. There is nothing more you need to do."),
    ):
        client.post(f"{at}{deed}", data=data)
        assert words not in client.get(at).text
        assert client.post(f"{at}{deed}", data=data).status_code == 303
        page = client.get(at).text
        assert f'<div class="notice info" role="status"><p>{words}</p>' in page
        assert "Thank you for telling us" not in page
