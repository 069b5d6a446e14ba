"""Somebody else comes instead, others come along, and what registrants may do themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.attendance import tickets
from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.messaging.models import Letter
from eventhub.registrations import (
    companions,
    delegations,
    group_personal,
    moves,
    pools,
    queries,
    rights,
    services,
    substitutes,
)
from eventhub.registrations.agreements import Agreement, Description, Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.models import Consent, Registration, Substitution
from eventhub.registrations.pools import PoolPlan, save_pool
from eventhub.registrations.rights import RightsPlan
from eventhub.registrations.substitutes import Substitute
from eventhub.registrations.waiting import count_waiting
from tests.conftest import Browser, organisation_of
from tests.filled import filled

Make = Callable[..., Any]
WEI = Substitute("Wei", "wei@example.org", "zh")


def join(event: Event, *names: str, pool: str = "in_person", brings: tuple[str, ...] = ()) -> list[str]:
    """Register people one after the other, and say what each got."""
    return [
        services.register(
            VISITOR, event.id, Details(name=name, address=f"{name}@example.org", companions=brings), pool
        ).state
        for name in names
    ]  # fmt: skip


def of(event: Event, name: str) -> Registration:
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def state(event: Event, name: str) -> str:
    return str(of(event, name).place.state)


def mine(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def letters() -> list[tuple[str, str]]:
    rows = db.session.execute(select(Letter.kind, Letter.address))
    return sorted((row[0], row[1].partition("@")[0]) for row in rows)


def allow(event: Event, **plan: Any) -> None:
    rights.set_rights(SYSTEM, event.id, RightsPlan(**plan))


def test_a_place_passes_on_past_the_queue(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b")
    a = of(event, "a")
    code, number = tickets.code_of(a), a.link_number
    assert substitutes.name_substitute(holder(a), a.id, WEI)
    assert [state(event, name) for name in ("a", "b", "wei")] == ["cancelled", "waitlisted", "unverified"]
    assert a.link_number == number + 1
    assert tickets.code_of(a) != code
    assert {("substituted", "a"), ("substitute_named", "wei")} <= set(letters())
    assert db.session.scalars(select(AuditEntry.fact).where(AuditEntry.fact == "PlacePassedOn")).all()
    # Whoever is named agrees for themself, and then the place is theirs.
    wei = of(event, "wei")
    assert (wei.name, wei.language, wei.substitute_for_id, wei.organisation) == ("Wei", "zh", a.id, "")
    assert wei.must_take_over
    with pytest.raises(Conflict):
        services.confirm(holder(wei), wei.id)
    with pytest.raises(Conflict):
        moves.switch_pool(holder(wei), wei.id, "online")
    agreed = Agreement(purpose="event", wording="1", language="zh")
    substitutes.take_over(holder(wei), wei.id, Details(name="魏", agreements=[agreed]))
    assert (wei.name, state(event, "wei"), state(event, "b")) == ("魏", "confirmed", "waitlisted")
    assert db.session.scalars(select(Consent.registration_id)).all() == [wei.id]
    with pytest.raises(Conflict):
        substitutes.take_over(holder(wei), wei.id, Details(name="魏"))


def test_a_place_that_nobody_takes_over_goes_to_the_next_in_line(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b")
    substitutes.name_substitute(holder(of(event, "a")), of(event, "a").id, WEI)
    with clock.standing_at(clock.now() + timedelta(hours=49)):
        pools.promote_waiting(SYSTEM, event.id)
        assert [state(event, name) for name in ("wei", "b")] == ["cancelled", "confirmed"]
        wei = of(event, "wei")
        with pytest.raises(Conflict):
            substitutes.take_over(holder(wei), wei.id, Details(name="Wei"))
    # Who had registered and cancelled once can be named as well, and has the same row.
    b = of(event, "b")
    substitutes.name_substitute(holder(b), b.id, WEI)
    assert (of(event, "wei").id, state(event, "wei"), len(wei.places)) == (wei.id, "unverified", 1)


def test_who_takes_a_place_that_was_passed_on_waits_on_for_the_other(make_event: Make):
    event = make_event(in_person=1, online=1)
    join(event, "a", "b", "w")
    join(event, "on", pool="online")
    giver = of(event, "on")
    substitutes.name_substitute(holder(giver), giver.id, Substitute("W", "w@example.org", "en"))
    w = of(event, "w")
    services.confirm(holder(w), w.id)
    assert {place.pool.key: place.state for place in w.live} == {"online": "confirmed", "in_person": "waitlisted"}
    services.cancel_registration(SYSTEM, of(event, "a").id)
    assert state(event, "b") == "confirmed", "who was before them"
    services.cancel_registration(SYSTEM, of(event, "b").id)
    assert {place.pool.key: place.state for place in of(event, "w").live} == {"in_person": "confirmed"}


def test_who_is_passed_a_place_and_chooses_another_has_that_one_as_anybody(make_event: Make):
    event = make_event(in_person=1, online=1)
    join(event, "a", "w")
    a, w = of(event, "a"), of(event, "w")
    substitutes.name_substitute(holder(a), a.id, Substitute("W", "w@example.org", "en"))
    assert (w.place.was_passed_on, w.place.pool.key) == (True, "in_person")
    moves.switch_pool(holder(w), w.id, "online")
    assert (w.place.was_passed_on, w.substitute_for_id) == (False, None)
    assert {place.pool.key: place.state for place in w.live} == {"online": "confirmed"}


def test_who_is_registered_already_is_not_given_away(make_event: Make):
    event = make_event(in_person=3, online=5)
    join(event, "a", "b", "c")
    join(event, "w1", "w2")
    join(event, "on", pool="online")
    # Who waits is offered it; who has no such place is offered it beside the other; who has one keeps it.
    for former, named in (("a", "w2"), ("b", "on")):
        row = of(event, former)
        assert substitutes.name_substitute(holder(row), row.id, Substitute("X", f"{named}@example.org", "en"))
    assert (state(event, "w1"), state(event, "w2")) == ("waitlisted", "offered")
    on = of(event, "on")
    assert {place.pool.key: place.state for place in on.places} == {"online": "confirmed", "in_person": "offered"}
    services.confirm(holder(on), on.id)
    assert {place.pool.key: place.state for place in on.places} == {"online": "cancelled", "in_person": "confirmed"}
    c = of(event, "c")
    substitutes.name_substitute(holder(c), c.id, Substitute("X", "w2@example.org", "en"))
    assert state(event, "w1") == "confirmed"
    assert of(event, "w2").name == "w2"
    assert [kind for kind, to in letters() if kind == "substituted"] == ["substituted"] * 3


def test_the_organisers_may_want_to_be_asked(make_event: Make, make_member: Make, sign_in: Make, client: Browser):
    actor = make_member()
    event = make_event(in_person=2, organisation=organisation_of(actor))
    allow(event, substitutes="approval")
    join(event, "a", "b")
    a, b = of(event, "a"), of(event, "b")
    for row in (a, a, b):
        assert not substitutes.name_substitute(holder(row), row.id, WEI)
    assert state(event, "a") == "confirmed"
    assert ("substitute_asked", "contact") in letters()
    assert group_personal.told(a)["substitute_wanted"] == [{"name": "Wei", "address": "wei@example.org"}]
    assert "You have asked the organisers whether Wei may come" in client.get(mine(a)).text
    browser, at = sign_in(actor), f"/en/organise/events/{event.slug}/registrations/"
    assert "2 substitutes to decide" in browser.get(at).text
    first, second = substitutes.list_wishes(event)
    first_id = first.id
    assert "wei@example.org" in browser.get(f"{at}substitutes/").text
    # Whom they have read of is not let in any more once somebody else is named.
    substitutes.name_substitute(holder(a), a.id, replace(WEI, address="li@example.org"))
    browser.submit(f"{at}substitutes/{first_id}/approve/", form_at=f"{at}substitutes/")
    assert "Somebody else has just changed this." in browser.get(f"{at}substitutes/").text
    assert state(event, "a") == "confirmed"
    substitutes.name_substitute(holder(a), a.id, WEI)
    second, first = substitutes.list_wishes(event)
    first_id = first.id
    browser.submit(f"{at}substitutes/{second.id}/decline/", form_at=f"{at}substitutes/")
    assert (state(event, "b"), ("substitute_declined", "b") in letters()) == ("confirmed", True)
    browser.submit(f"{at}substitutes/{first.id}/approve/", form_at=f"{at}substitutes/")
    assert (state(event, "a"), state(event, "wei")) == ("cancelled", "unverified")
    assert "Nobody waits for your decision" in browser.get(f"{at}substitutes/").text
    with pytest.raises(NotFound):
        substitutes.decide(SYSTEM, first_id, lets_in=True)
    # A wish can be taken back, ends with the place, and is gone with whoever is erased.
    substitutes.name_substitute(holder(b), b.id, WEI)
    substitutes.take_back(holder(b), b.id)
    substitutes.take_back(holder(b), b.id)
    assert substitutes.list_wishes(event) == []
    substitutes.name_substitute(holder(b), b.id, WEI)
    services.cancel_registration(SYSTEM, b.id)
    assert count_waiting(SYSTEM, event).wishes == 0
    join(event, "b")
    substitutes.name_substitute(holder(b), b.id, WEI)
    wish = substitutes.find_wish(b)
    assert wish
    events.cancel_event(SYSTEM, event.id)
    browser.submit(f"{at}substitutes/{wish.id}/approve/", form_at=at)
    group_personal.erase(SYSTEM, of(event, "wei"))
    assert db.session.scalars(select(Substitution)).all() == []


def test_what_cannot_be_passed_on(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b")
    a, b = of(event, "a"), of(event, "b")
    with pytest.raises(Conflict):
        substitutes.name_substitute(holder(b), b.id, WEI)
    with pytest.raises(NotFound):
        substitutes.name_substitute(holder(b), a.id, WEI)
    for wrong in (
        Substitute("", "x@example.org", "en"),
        Substitute("X", "A@example.org", "en"),
        Substitute("X", "", "en"),
    ):
        with pytest.raises(Invalid):
            substitutes.name_substitute(holder(a), a.id, wrong)
    allow(event, substitutes="no")
    with pytest.raises(Conflict):
        substitutes.name_substitute(holder(a), a.id, WEI)
    allow(event, substitute_hours=24 * 50)
    with pytest.raises(Conflict):
        substitutes.name_substitute(holder(a), a.id, WEI)
    assert substitutes.name_substitute(SYSTEM, a.id, WEI)  # an organiser always may


def test_a_contact_keeps_the_link_to_their_delegation(make_event: Make):
    event = make_event(in_person=5)
    contact = Details(name="C", address="c@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, [Member(Details(name="B"), "in_person")], "in_person")
    c = of(event, "c")
    number = c.link_number
    substitutes.name_substitute(holder(c), c.id, WEI)
    assert c.link_number == number
    b = delegations.list_of_contact(c)[0]
    with pytest.raises(NotFound):
        substitutes.name_substitute(holder(c), b.id, WEI)


def test_by_the_private_page(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a")
    page = client.get(f"{mine(a)}substitute/").text
    assert client.post(f"{mine(a)}substitute/", data=filled(page, name="", address="x")).status_code == 422
    said = {"name": "魏 <b>", "address": "wei@example.org", "knows": "y"}
    own = client.post(f"{mine(a)}substitute/", data=filled(page, **{**said, "address": "a@example.org"}))
    assert (own.status_code, 'id="address-error"' in own.text) == (422, True)
    former = mine(a)
    done = client.post(f"{former}substitute/", data=filled(page, **said))
    assert "Your own link has ended" in done.text
    assert client.get(former).status_code == 404
    wei = of(event, "wei")
    page = client.get(mine(wei)).text
    assert "passed their place on to you" in page
    assert ("Waiting for your answer" in page, "Waiting for the e-mail" in page) == (True, False)
    # The button of a held place leads to the form: they have agreed to nothing yet.
    assert client.submit(f"{mine(wei)}confirm/", form_at=f"{mine(wei)}take-over/").location.endswith("/take-over/")
    page = client.get(f"{mine(wei)}take-over/").text
    assert "魏 &lt;b&gt;" in page
    asked = set(re.findall(r'name="(agree-[^"]+)"', client.get(f"/en/events/{event.slug}/register/").text))
    assert asked and set(re.findall(r'name="(agree-[^"]+)"', page)) == asked, "as whoever registers"
    assert client.post(f"{mine(wei)}take-over/", data=filled(page)).status_code == 422
    assert client.post(f"{mine(wei)}take-over/", data=filled(page, consent="y", language="zh")).status_code == 303
    assert (of(event, "wei").place.state, of(event, "wei").language) == ("confirmed", "zh")
    assert client.get(f"{mine(wei)}take-over/").status_code == 302


def test_whoever_is_brought_takes_up_a_place(make_event: Make):
    event = make_event(in_person=4)
    with pytest.raises(Invalid):
        join(event, "a", brings=("Child",))
    allow(event, most_companions=3)
    assert join(event, "a", brings=("Child", "  ", "Mother")) == ["confirmed"]
    assert of(event, "a").companions == ["Child", "Mother"]
    # Two are wanted and one is free: they wait for both together, and nobody overtakes them.
    assert join(event, "b", brings=("Husband",)) == ["waitlisted"]
    assert join(event, "c") == ["waitlisted"]
    seats = queries.list_seats(event)[0]
    assert (seats.taken, seats.left, seats.waiting) == (3, 1, 2)
    companions.change_companions(holder(of(event, "a")), of(event, "a").id, ["Child"])
    assert [state(event, name) for name in "abc"] == ["confirmed", "confirmed", "waitlisted"]
    with pytest.raises(Invalid):
        companions.change_companions(holder(of(event, "b")), of(event, "b").id, ["Husband", "Son"])
    for wrong in (("1", "2", "3", "4"), ("x" * 201,)):
        with pytest.raises(Invalid):
            companions.change_companions(holder(of(event, "a")), of(event, "a").id, wrong)
    services.cancel_registration(SYSTEM, of(event, "b").id)
    assert state(event, "c") == "confirmed"
    companions.change_companions(holder(of(event, "a")), of(event, "a").id, ["Child", "Mother"])
    assert queries.list_seats(event)[0].left == 0


def test_a_group_larger_than_its_pool_keeps_nobody_waiting(make_event: Make):
    event = make_event(in_person=3)
    allow(event, most_companions=3)
    with pytest.raises(Invalid):
        join(event, "a", brings=("1", "2", "3"))
    join(event, "a")
    assert join(event, "b", brings=("1", "2")) == ["waitlisted"]
    pools.change_pools(SYSTEM, event.id, {"in_person": 2})
    assert join(event, "c") == ["confirmed"]
    assert state(event, "b") == "waitlisted"


def test_quotas_count_whoever_is_brought(make_event: Make):
    event = make_event(in_person=5)
    allow(event, most_companions=3)
    pool = queries.find_pool(event, "in_person")
    assert pool
    plan = {name: getattr(PoolPlan.of(pool), name) for name in PoolPlan.__slots__}
    quota = {"kind": "country", "value": "CN", "capacity": 2}
    save_pool(SYSTEM, event.id, PoolPlan(**{**plan, "quotas": [quota]}), "in_person")

    def come(name: str, country: str, *brings: str) -> str:
        details = Details(name=name, address=f"{name}@example.org", country=country, companions=brings)
        return services.register(VISITOR, event.id, details, "in_person").state

    assert [come("a", "CN", "1", "2"), come("b", "CN", "1"), come("c", "CN")] == [
        "waitlisted",
        "confirmed",
        "waitlisted",
    ]
    assert come("d", "CH", "1", "2", "3") == "waitlisted"  # three are free
    assert come("e", "CH") == "waitlisted"  # and they are the next one's
    services.cancel_registration(SYSTEM, of(event, "d").id)
    assert state(event, "e") == "confirmed"


def test_whoever_is_not_counted_is_only_written_down(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    allow(event, most_companions=1, counts_companions=False)
    page = client.get(f"/en/events/{event.slug}/register/").text
    assert "One person at most" in page
    said = {"name": "A", "address": "a@example.org", "pool": "in_person", "consent": "y"}
    many = client.post(f"/en/events/{event.slug}/register/", data=filled(page, **said, companions="1\n2"))
    assert (many.status_code, 'id="companions-error"' in many.text) == (422, True)
    assert (
        client.post(f"/en/events/{event.slug}/register/", data=filled(page, **said, companions="王芳")).status_code
        == 303
    )
    a = of(event, "a")
    assert (a.companions, a.place.state, a.place.size) == (["王芳"], "confirmed", 1)
    page = client.get(mine(a)).text
    assert "王芳" in page
    assert "王芳" in client.get(f"{mine(a)}ticket/").text
    assert client.submit(f"{mine(a)}companions/", {"companions": ""}, form_at=mine(a)).status_code == 303
    many = client.submit(f"{mine(a)}companions/", {"companions": "龑\n2"}, form_at=mine(a))
    assert (many.status_code, "龑\n2</textarea>" in many.text) == (422, True)
    assert 'id="companions-error"' in many.text
    assert client.submit(f"{mine(a)}companions/", {"companions": "x" * 3000}, form_at=mine(a)).status_code == 422
    assert get(Registration, a.id).companions == []


def test_what_registrants_may_do_ends_when_the_organisers_say(make_event: Make, client: Browser):
    event = make_event(in_person=2, online=2)
    join(event, "a")
    a = of(event, "a")
    allow(event, change_hours=24 * 31, switch_hours=24 * 31, cancel_hours=24 * 31, substitute_hours=24 * 31)
    for deed in (
        lambda: services.cancel_registration(holder(a), a.id),
        lambda: services.change_registration(holder(a), a.id, Description(name="B")),
        lambda: moves.switch_pool(holder(a), a.id, "online"),
        lambda: moves.wait_for(holder(a), a.id, "online"),
        lambda: companions.change_companions(holder(a), a.id, []),
    ):
        with pytest.raises(Conflict):
            deed()
    page = client.get(mine(a)).text
    assert page.count("This was possible until") == 4  # of each of the four deeds, in its own place
    assert "Change to" not in page
    assert "Name a substitute" not in page
    assert "This was possible until" in client.get(f"{mine(a)}substitute/").text
    client.submit(f"{mine(a)}cancel/", form_at=f"{mine(a)}cancel/")
    assert state(event, "a") == "confirmed"
    services.change_registration(SYSTEM, a.id, Description(name="B"))
    allow(event, cancel_hours=2, change_hours=2, switch_hours=2)
    assert client.get(mine(a)).text.count("Possible until") == 3
    services.cancel_registration(holder(a), a.id)


def test_the_desk_sets_what_registrants_may_do(make_event: Make, make_member: Make, sign_in: Make):
    actor = make_member()
    event = make_event(organisation=organisation_of(actor))
    browser, at = sign_in(actor), f"/en/organise/events/{event.slug}/registrations/rights/"
    page = browser.get(at).text
    assert browser.post(at, data=filled(page, cancel_hours="-1")).status_code == 422
    said = {"cancel_hours": "48", "substitutes": "approval", "most_companions": "2"}
    assert browser.post(at, data=filled(page, **said)).status_code == 303
    plan = rights.get_rights(event.id)
    assert (plan.cancel_hours, plan.substitutes, plan.most_companions) == (48, "approval", 2)
    with pytest.raises(Stale):
        rights.set_rights(actor, event.id, RightsPlan(), version=0)
    for wrong in ({"substitutes": "perhaps"}, {"cancel_hours": 99999}, {"most_companions": 11}):
        with pytest.raises(Invalid):
            rights.set_rights(actor, event.id, RightsPlan(**wrong))
    with pytest.raises(NotFound):
        rights.set_rights(VISITOR, event.id, RightsPlan())
    # A copy of the event that has its pools has this as well.
    header = events.Header(**{name: getattr(event, name) for name in events.Header.__slots__})
    copy = events.add_event(SYSTEM, event.organisation_id, header)
    rights.copy_rights(SYSTEM, copy.id, event.id)
    rights.copy_rights(SYSTEM, copy.id, make_event().id)
    assert rights.get_rights(copy.id) == plan
