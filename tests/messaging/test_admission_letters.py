"""What letters say of places that are held, offered or decided upon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.registrations import decisions, moves, queries, services, substitutes
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan, promote_waiting, save_pool
from eventhub.registrations.substitutes import Substitute
from tests.conftest import Browser, both
from tests.messaging.conftest import plain

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    made: Event = make_event("Roundtable", in_person=1, online=5)
    return made


def rule(event: Event, key: str = "in_person", **plan: Any) -> None:
    pool = queries.find_pool(event, key)
    assert pool
    kept = PoolPlan.of(pool)
    given = {name: plan.get(name, getattr(kept, name)) for name in kept.__slots__}
    save_pool(SYSTEM, event.id, PoolPlan(**given), key)


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def test_a_held_place_says_until_when_and_how(event: Event, register: Make, letters: Make):
    rule(event, hold_hours=3)
    one = register(event, language="zh")
    [letter] = letters()
    assert letter["Subject"] == "请确认名额：研讨会：Roundtable"
    assert "系统已为您保留名额，截止时间为 " in plain(letter)
    assert "北京时间" in plain(letter)
    services.confirm(holder(one), one.id)
    [letter] = letters()
    assert letter["Subject"] == "报名成功：研讨会：Roundtable"
    assert any(part.get_content_type() == "text/calendar" for part in letter.walk())


def test_a_letter_that_was_kept_waiting_says_how_it_stands_now(event: Event, register: Make, letters: Make):
    rule(event, hold_hours=3)
    one = register(event)
    services.confirm(holder(one), one.id)
    assert [letter["Subject"] for letter in letters()] == ["You have a place: Roundtable"] * 2


def test_an_offer_and_its_end_are_told(event: Event, register: Make, letters: Make):
    rule(event, promotion="offer", offer_hours=24)
    first, second = register(event), register(event)
    letters()
    services.cancel_registration(SYSTEM, first.id)
    offer = next(letter for letter in letters() if letter["To"] == second.typed_address)
    assert offer["Subject"] == "Please take your place: Roundtable"
    assert "A place has come free for you: In person." in plain(offer)
    assert "It is yours if you take it by your own link below until " in plain(offer)
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        promote_waiting(SYSTEM, event.id)
        [over] = letters()
    assert over["Subject"] == "The time to take your place is over: Roundtable"
    assert over["To"] == second.typed_address
    [calendar] = [part for part in over.walk() if part.get_content_type() == "text/calendar"]
    assert "STATUS:CANCELLED" in calendar.get_payload(decode=True).decode(), "no pencil mark stays in their calendar"


def test_whom_somebody_passed_their_place_is_told_so_and_not_that_one_came_free(
    make_event: Make, register: Make, letters: Make, client: Browser
):
    event = make_event("Roundtable", in_person=2, online=5, mode="hybrid")
    givers = [register(event), register(event)]
    waits, online = register(event, language="zh"), register(event, pool="online")
    letters()
    for giver, named in zip(givers, (waits, online), strict=True):
        wanted = Substitute("X", named.address, "en")
        substitutes.name_substitute(holder(giver), giver.id, wanted)
    told = {letter["To"]: letter for letter in letters()}
    first, second = told[waits.typed_address], told[online.typed_address]
    assert first["Subject"] == "有人把名额转给了您：研讨会：Roundtable"
    assert "一位不能参加的报名者把名额（线下）转给了您。" in plain(first)
    assert "逾期名额将转给下一位候补者，您也不在线下候补名单中。" in plain(first)
    assert "空缺" not in plain(first)
    assert "Somebody who cannot come has passed their place on to you: In person." in plain(second)
    assert "Where: Online" not in plain(second), "it is a place in the room that they are to say yes to"
    for row in (waits, online):
        page = client.get(f"/en/registrations/{links.make('registration', row.id, row.link_number)}/").text
        assert "Somebody who cannot come has passed their place on to you: In person." in page
        assert "you are not on the waitlist for places in person either" in page
        assert "has come free" not in page
    mine = f"/en/registrations/{links.make('registration', online.id, online.link_number)}/"
    assert "Leave this place to others" in client.get(mine).text
    client.submit(f"{mine}stop-waiting/", form_at=mine)
    assert "That place goes to somebody else. Yours stays." in client.get(mine).text


def test_who_is_offered_one_that_came_free_later_is_not_told_of_the_former(
    event: Event, register: Make, letters: Make, client: Browser
):
    rule(event, promotion="offer", offer_hours=1)
    first, second = register(event), register(event, pool="online")
    substitutes.name_substitute(holder(first), first.id, Substitute("X", second.address, "en"))
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        promote_waiting(SYSTEM, event.id)
        third = register(event)
        moves.wait_for(holder(second), second.id, "in_person")
        letters()
        services.cancel_registration(SYSTEM, third.id)
        offer = next(letter for letter in letters() if letter["To"] == second.typed_address)
        assert "A place has come free for you: In person." in plain(offer)


def test_a_decision_is_told_in_the_organisers_words(event: Event, register: Make, letters: Make):
    rule(event, admission="approval", capacity=1)
    rows = [register(event, language=lang) for lang in ("en", "zh", "en")]
    assert {letter["Subject"] for letter in letters()} == {
        "Your registration has reached the organisers: Roundtable",
        "主办方已收到您的报名：研讨会：Roundtable",
    }
    decisions.approve(SYSTEM, event.id, [rows[0].id, rows[1].id], both("Bring boots.", "请带靴子。"))
    told = {letter["To"]: letter for letter in letters()}
    first, second = told[rows[0].typed_address], told[rows[1].typed_address]
    assert first["Subject"] == "You have a place: Roundtable"
    assert "Bring boots." in plain(first)
    assert "The organisers have let you in: you take part in person." in plain(first)
    assert "请带靴子。" in plain(second)
    assert "主办方已通过您的报名；一有空缺，您将按顺序获得名额。" in plain(second)
    decisions.decline(SYSTEM, event.id, [rows[2].id], both("", "名额有限。"))
    [no] = letters()
    assert no["Subject"] == "No place this time: Roundtable"
    assert "名额有限。" in plain(no), "written in one language only, and told all the same"
    assert not any(part.get_content_type() == "text/calendar" for part in no.walk())


def test_whoever_waits_beside_a_place_hears_of_both(event: Event, register: Make, letters: Make):
    register(event)
    letters()
    services.register(
        SYSTEM, event.id, services.Details(name="B", address="b@example.org"), "in_person", meanwhile="online"
    )
    [letter] = letters()
    assert letter["Subject"] == "You are on the waitlist: Roundtable"
    assert "You are number 1 on the waitlist." in plain(letter)
    assert "Until a place there comes free you take part online." in plain(letter)


def test_whoever_waits_hears_of_the_place_that_is_held_meanwhile(event: Event, register: Make, letters: Make):
    rule(event, "online", hold_hours=3)
    register(event)
    letters()
    services.register(
        VISITOR, event.id, services.Details(name="B", address="b@example.org"), "in_person", meanwhile="online"
    )
    [letter] = letters()
    assert letter["Subject"] == "You are on the waitlist: Roundtable"
    assert "A place is held for you until " in plain(letter)
    assert "Please confirm it by then by your own link below" in plain(letter)


def test_whoever_is_offered_a_place_hears_what_they_keep_until_then(event: Event, register: Make, letters: Make):
    rule(event, promotion="offer", offer_hours=24)
    first, one, two = register(event), register(event, pool="online"), register(event, pool="online", language="zh")
    moves.wait_for(holder(one), one.id, "in_person")
    moves.wait_for(holder(two), two.id, "in_person")
    letters()
    services.cancel_registration(SYSTEM, first.id)
    [offer] = [letter for letter in letters() if letter["To"] == one.typed_address]
    assert "A place has come free for you: In person." in plain(offer)
    assert "Until you take it you keep your place online." in plain(offer)
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        promote_waiting(SYSTEM, event.id)
        told = {letter["To"]: plain(letter) for letter in letters()}
    assert "You keep your place online." in told[one.typed_address]
    assert "在您确认之前，您的线上名额继续保留。" in told[two.typed_address]


def test_whoever_is_declined_a_place_hears_which_one_they_keep(event: Event, register: Make, letters: Make):
    rule(event, admission="approval")
    both_ways, alone = register(event, pool="online"), register(event)
    moves.wait_for(holder(both_ways), both_ways.id, "in_person")
    letters()
    decisions.decline(SYSTEM, event.id, [both_ways.id, alone.id])
    told = {letter["To"]: plain(letter) for letter in letters()}
    assert "You keep your place online." in told[both_ways.typed_address]
    assert "You keep" not in told[alone.typed_address]


def test_whoever_takes_a_place_that_was_passed_on_hears_that_they_keep_their_turn(
    event: Event, register: Make, letters: Make
):
    seated, waits, online = register(event), register(event), register(event, pool="online")
    letters()
    substitutes.name_substitute(holder(online), online.id, Substitute("W", waits.address, "en"))
    words = "You keep your turn on the waitlist for places in person."
    assert [words in plain(letter) for letter in letters() if letter["To"] == waits.typed_address] == [True]
    services.confirm(holder(waits), waits.id)
    [letter] = letters()
    assert letter["Subject"] == "You have a place: Roundtable"
    assert words in plain(letter)
    services.register(VISITOR, event.id, services.Details(name="W", address=waits.address), "in_person")
    with clock.standing_at(clock.now() + timedelta(days=1)):
        services.register(VISITOR, event.id, services.Details(name="W", address=waits.address), "in_person")
        again = [letter for letter in letters() if letter["Subject"] == "You are registered already: Roundtable"]
    assert again and all(words in plain(letter) for letter in again)
    services.cancel_registration(SYSTEM, seated.id)
    assert not any("You keep" in plain(letter) for letter in letters())
