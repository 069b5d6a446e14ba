"""Pools and approvals at the desk, and what a participant does with a place that is held, offered or waited for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db
from eventhub.registrations import pools, queries, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Pool, Registration
from eventhub.registrations.pools import PoolPlan, save_pool
from eventhub.registrations.questions.services import QuestionPlan, save_question
from tests.conftest import Browser, both, on_sqlite
from tests.filled import filled
from tests.queries import count_queries

pytestmark = on_sqlite

Make = Callable[..., Any]
ROOM = "/en/organise/events/roundtable/registrations/"


@pytest.fixture
def event(make_event: Make) -> Event:
    made: Event = make_event("Roundtable", slug="roundtable", in_person=1, online=5)
    return made


@pytest.fixture
def organiser(event: Event, make_member: Make, sign_in: Make) -> Browser:
    browser: Browser = sign_in(make_member("organiser", event.organisation))
    return browser


def rule(event: Event, key: str = "in_person", **plan: Any) -> None:
    pool = queries.find_pool(event, key)
    assert pool
    kept = PoolPlan.of(pool)
    given = {name: plan.get(name, getattr(kept, name)) for name in kept.__slots__}
    save_pool(SYSTEM, event.id, PoolPlan(**given), key)


def enter(event: Event, name: str, key: str = "in_person", meanwhile: str = "") -> Registration:
    services.register(VISITOR, event.id, Details(name=name, address=f"{name}@example.org"), key, meanwhile)
    return row(event, name)


def row(event: Event, name: str) -> Registration:
    db.session.expire_all()
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def mine(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def status(browser: Browser, address: str) -> str:
    page = browser.get(address).text
    return page.split('data-registration-status="', 1)[1].split('"', 1)[0]


def test_a_pool_is_made_and_changed_with_all_its_rules(event: Event, organiser: Browser):
    form = filled(organiser.get(f"{ROOM}places/new/").text)
    wrong = organiser.post(f"{ROOM}places/new/", data={**form, "capacity": "3"})
    assert (wrong.status_code, "Please write a name." in wrong.text) == (422, True)
    more = organiser.post(f"{ROOM}places/new/", data={**form, "name_en": "Press", "add_row": "quotas"})
    form = filled(more.text, name_zh="媒体", admission="approval", promotion="offer", capacity="4", hold_hours="12")
    form |= {"quotas-0-group": "country:CN", "quotas-0-capacity": "2", "languages": ["zh"], "is_open": "y"}
    form |= {"closes": ["2030-01-01", "18:00"]}
    assert organiser.post(f"{ROOM}places/new/", data=form).status_code == 303
    pool = queries.find_pool(event, "press")
    assert pool
    assert (pool.name.in_("zh"), pool.mode, pool.capacity, pool.admission, pool.promotion, pool.hold_hours) == (
        "媒体", "in_person", 4, "approval", "offer", 12,
    )  # fmt: skip
    assert (pool.quotas, pool.languages) == ([{"kind": "country", "value": "CN", "capacity": 2}], ["zh"])
    assert pool.closes and f"{pool.closes:%Y-%m-%d %H:%M}" == "2030-01-01 18:00"
    page = organiser.get(f"{ROOM}places/").text
    assert "Press" in page
    assert "China: 0 of at most 2" in page
    assert "媒体" in organiser.get(f"{ROOM}places/".replace("/en/", "/zh/")).text
    form = filled(organiser.get(f"{ROOM}places/press/").text)
    assert form["quotas-0-group"] == ["country:CN"]
    assert organiser.post(f"{ROOM}places/press/", data={**form, "quotas-0-remove": "y"}).status_code == 303
    db.session.expire_all()
    assert pool.quotas == []
    late = organiser.post(f"{ROOM}places/press/", data={**form, "capacity": "9"})
    assert late.status_code == 409


def test_the_standard_pools_keep_their_way_of_taking_part(event: Event, organiser: Browser):
    form = filled(organiser.get(f"{ROOM}places/online/").text)
    assert "mode" not in form
    assert organiser.post(f"{ROOM}places/online/", data={**form, "mode": "in_person"}).status_code == 303
    db.session.expire_all()
    assert {pool.key: pool.mode for pool in db.session.scalars(db.select(Pool))} == {
        "in_person": "in_person", "online": "online",
    }  # fmt: skip


def test_many_are_let_in_or_not_at_once_with_words_of_the_organisers(event: Event, organiser: Browser):
    rule(event, admission="approval", capacity=2)
    rows = [enter(event, name) for name in ("a", "b", "c")]
    assert "3 people wait for your approval" in organiser.get("/en/organise/events/roundtable/").text
    assert "3 wait for approval" in organiser.get(ROOM).text
    address = f"{ROOM}pending/"
    page = organiser.get(address).text
    boxes = re.findall(r'<th scope="row"><label class="check"><input [^>]*name="chosen"[^>]*><span>(.)</span>', page)
    assert boxes == ["a", "b", "c"], "the box is beside the name that it is about"
    assert "2 of 2 places are free" in page
    none = organiser.submit(address, {"decision": "approve"})
    assert (none.status_code, "Choose at least one person." in none.text) == (422, True)
    let_in = {"chosen": [str(rows[0].id), str(rows[1].id)], "decision": "approve", "words_en": "Welcome"}
    assert organiser.submit(address, let_in).status_code == 303
    assert "2 people are let in" in organiser.get(address).text
    assert organiser.submit(address, {"chosen": [str(rows[2].id)], "decision": "decline"}).status_code == 303
    assert "Nobody waits." in organiser.get(address).text
    assert [row(event, name).place.state for name in "abc"] == ["confirmed", "confirmed", "declined"]


def test_whoever_decides_reads_what_was_answered_sensitive_answers_folded(event: Event, organiser: Browser):
    rule(event, admission="approval")
    why, food = (
        save_question(
            SYSTEM, event.id, QuestionPlan(kind="short_text", label=both(label), is_sensitive=secret, keep_days=days)
        )
        for label, secret, days in (("Why", False, None), ("Food", True, 5))
    )
    said = {why.id: "To <learn>", food.id: "No fish"}
    details = Details(name="Ann", address="ann@example.org", country="KE", stakeholder_type="academia", answers=said)
    services.register(VISITOR, event.id, details, "in_person")
    enter(event, "b")
    page = organiser.get(f"{ROOM}pending/").text
    assert "Kenya" in page
    open_part, folded = page.split("Sensitive answers", 1)
    assert [word in open_part for word in ("To &lt;learn&gt;", "No fish")] == [True, False]
    assert "No fish" in folded.split("</details>")[0]


def test_the_page_of_those_who_wait_asks_as_often_for_three_as_for_one(event: Event, organiser: Browser):
    rule(event, admission="approval")

    def asked() -> int:
        with count_queries() as queries_made:
            assert organiser.get(f"{ROOM}pending/").status_code == 200
        return len(queries_made)

    enter(event, "a")
    one = asked()
    enter(event, "b")
    enter(event, "c")
    assert asked() == one


def test_a_held_place_is_confirmed_by_a_button_and_not_by_the_link_alone(event: Event, client: Browser):
    rule(event, hold_hours=3)
    answer = client.submit("/en/events/roundtable/register/", {
        "pool": "in_person", "name": "a", "address": "a@example.org", "language": "en", "consent": "y",
    })  # fmt: skip
    assert "outcome=unverified" in answer.location
    page = client.get(answer.location).text
    assert 'data-registration-status="unverified"' in page
    assert "It is held for 3 hours" in page
    address = mine(row(event, "a"))
    assert status(client, address) == "unverified"
    assert row(event, "a").place.state == "unverified"
    assert client.submit(f"{address}confirm/", form_at=address).status_code == 303
    page = client.get(address).text
    assert "The place is yours." in page
    assert row(event, "a").place.state == "confirmed"


def test_whoever_waits_sees_where_and_leaves_the_queue(event: Event, client: Browser):
    enter(event, "a")
    address = mine(enter(event, "b", meanwhile="online"))
    page = client.get(address).text
    assert "You are number 1 on the waitlist for places in person." in page
    assert status(client, address) == "confirmed"
    assert client.submit(f"{address}stop-waiting/", form_at=address).status_code == 303
    assert "Wait for this one as well: In person" in client.get(address).text
    assert client.submit(f"{address}wait/", {"pool": "in_person"}, form_at=address).status_code == 303
    assert "keep your place until one there comes free" in client.get(address).text
    assert client.submit(f"{address}wait/", {"pool": "nothing"}, form_at=address).status_code == 303
    assert "Choose how to take part." in client.get(address).text


def test_an_offer_on_the_page_says_until_when_and_what_it_costs(event: Event, client: Browser):
    rule(event, promotion="offer")
    first = enter(event, "a")
    address = mine(enter(event, "b", meanwhile="online"))
    services.cancel_registration(SYSTEM, first.id)
    page = client.get(address).text
    assert "A place has come free for you: In person." in page
    assert "give up the other? Online" in page
    assert client.submit(f"{address}confirm/", form_at=address).status_code == 303
    assert [(one.pool.key, one.state) for one in row(event, "b").live] == [("in_person", "confirmed")]


def test_whoever_waits_takes_part_online_until_then_by_a_button(event: Event, client: Browser):
    enter(event, "a")
    address = mine(enter(event, "b"))
    assert "Until then, take part here: Online" in client.get(address).text
    assert client.submit(f"{address}meanwhile/", {"pool": "online"}, form_at=address).status_code == 303
    page = client.get(address).text
    assert "keep your turn on the waitlist" in page
    assert "You are number 1 on the waitlist for places in person." in page
    assert "Take part there until then" not in page


def test_an_offer_that_is_over_is_not_shown_as_if_it_still_stood(event: Event, client: Browser):
    rule(event, promotion="offer")
    first = enter(event, "a")
    address = mine(enter(event, "b"))
    services.cancel_registration(SYSTEM, first.id)
    assert f"{address}confirm/" in client.get(address).text
    with clock.standing_at(clock.now() + timedelta(days=9)):
        page = client.get(address).text
    assert "The time to confirm this place is over, and it is free for others." in page
    assert f"{address}confirm/" not in page


def test_a_place_meanwhile_is_offered_only_where_one_has_to_wait(event: Event, client: Browser):
    at = "/en/events/roundtable/register/"
    assert "While you wait" not in client.get(at).text
    enter(event, "a")
    assert "Take part until then: Online" in client.get(at).text
    answer = client.submit(at, {
        "pool": "in_person", "meanwhile": "online", "name": "b", "address": "b@example.org", "language": "en",
        "consent": "y",
    })  # fmt: skip
    assert "Until then there is a place for you online." in client.get(answer.location).text
    pools.change_pools(SYSTEM, event.id, {"online": 1})
    assert "While you wait" not in client.get(at).text


def test_an_event_whose_pools_are_all_by_invitation_has_no_form(event: Event, client: Browser):
    rule(event, admission="invitation")
    rule(event, "online", is_open=False)
    assert "Registration is closed" in client.get("/en/events/roundtable/").text
    assert 'name="address"' not in client.get("/en/events/roundtable/register/").text
    save_pool(SYSTEM, event.id, PoolPlan("online", both("Press", "媒体"), capacity=0))
    assert "Press: Full, waitlist open" in client.get("/en/events/roundtable/").text


def test_who_is_pending_or_declined_reads_it_on_their_page(event: Event, client: Browser):
    from eventhub.registrations import decisions

    rule(event, admission="approval")
    address = mine(enter(event, "a"))
    assert "The organisers have not decided yet: In person." in client.get(address).text
    decisions.decline(SYSTEM, event.id, [row(event, "a").id])
    assert "The organisers had no place for you: In person." in client.get(address).text
    assert "报名未能通过：线下" in client.get(address.replace("/en/", "/zh/")).text


def test_the_desk_tells_of_full_pools_and_of_those_who_wait(event: Event, organiser: Browser):
    save_pool(SYSTEM, event.id, PoolPlan("in_person", both("Press"), capacity=1))
    enter(event, "a", "press")
    overview = organiser.get("/en/organise/events/roundtable/").text
    assert "All places are taken: Press" in overview
    enter(event, "b", "press")
    assert "1 person is waiting for a place: Press" in organiser.get("/en/organise/events/roundtable/").text


def test_the_page_that_thanks_names_no_pool_of_those_who_are_invited(event: Event, client: Browser):
    save_pool(SYSTEM, event.id, PoolPlan("in_person", both("Secret delegation"), 3, "invitation"))
    page = f"/en/events/{event.slug}/registered/"
    answer = client.get(f"{page}?outcome=confirmed&pool=secret-delegation")
    assert answer.status_code == 302
    shown = client.get(f"{page}?outcome=waitlisted&pool=in_person&meanwhile=secret-delegation")
    assert (shown.status_code, "Secret delegation" in shown.text) == (200, False)


def test_a_pool_says_in_which_languages_it_can_be_followed(event: Event, client: Browser):
    rule(event, "online", languages=["zh"])
    assert "<small>5 of 5 places left · Chinese</small>" in client.get("/en/events/roundtable/register/").text
    assert "<small>1 of 1 places left</small>" in client.get("/en/events/roundtable/register/").text
