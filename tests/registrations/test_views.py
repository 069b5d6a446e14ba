"""The registration form, the page that answers it, and one's own registration by its private link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get
from eventhub.foundation.i18n import Translated
from eventhub.foundation.web import limiter
from eventhub.people.models import Person
from eventhub.registrations import moves, pools, queries, rights, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Consent, Pool, Registration
from eventhub.registrations.rights import RightsPlan
from tests.conftest import Browser, on_sqlite
from tests.queries import count_queries

pytestmark = on_sqlite

Make = Callable[..., Any]


def form(**changes: str) -> dict[str, str]:
    """A form filled in; None leaves a field out."""
    values = {
        "pool": "in_person",
        "name": "王芳",
        "address": "wang@example.org",
        "organisation": "爱德基金会",
        "stakeholder_type": "national_ngo",
        "country": "NP",
        "language": "zh",
        "consent": "y",
        **changes,
    }
    return {key: value for key, value in values.items() if value}


def at(event: Event, lang: str = "en") -> str:
    """Where to register."""
    return f"/{lang}/events/{event.slug}/register/"


def status_of(page: str) -> str:
    """What the page's main element says came of it."""
    found = re.search(r'<main[^>]*data-registration-status="(\w+)"', page)
    return found[1] if found else ""


def answer(client: Browser, event: Event, lang: str = "en", **changes: str) -> str:
    """The page that answers a registration."""
    sent = client.submit(at(event, lang), form(**changes))
    assert sent.status_code == 303, sent.text
    return str(client.get(sent.location).text)


def registered(event: Event) -> list[Registration]:
    """All who are registered."""
    return list(db.session.scalars(select(Registration).where(Registration.event_id == event.id)))


def only(event: Event) -> Registration:
    """The one who is registered."""
    (one,) = registered(event)
    return one


def mine(registration: Registration, lang: str = "en") -> str:
    """One's own page."""
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


@pytest.fixture
def registration(make_event: Make) -> Registration:
    """Somebody with the only place in person, beside three online."""
    event = make_event(in_person=1, online=3)
    services.register(SYSTEM, event.id, Details(name="Li Wei", address="li@example.org"), "in_person")
    return only(event)


def test_a_registration_is_kept_as_it_was_typed(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    assert status_of(answer(client, event, "zh")) == "confirmed"
    one = only(event)
    assert (one.name, one.organisation, one.stakeholder_type, one.country, one.language, one.place.pool.key) == (
        "王芳", "爱德基金会", "national_ngo", "NP", "zh", "in_person",
    )  # fmt: skip
    assert db.session.execute(select(Consent.purpose, Consent.language)).one() == ("event", "zh")


def test_the_page_says_when_one_is_waitlisted(make_event: Make, client: Browser):
    event = make_event(in_person=0)
    assert "Full, waitlist open" in client.get(at(event)).text
    assert status_of(answer(client, event)) == "waitlisted"
    assert "Full, waitlist open (1 waiting)" in client.get(at(event)).text


def test_the_answer_is_the_same_for_a_known_address(make_event: Make, client: Browser):
    event = make_event()
    first = answer(client, event)
    again = answer(client, event, address=" WANG@example.org")
    assert first == again
    assert "/registrations/" not in first
    assert len(registered(event)) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("name", "  "), ("address", "wang@"), ("address", ""), ("pool", ""), ("pool", "balcony"),
     ("consent", ""), ("stakeholder_type", "cartel"), ("country", "XX"), ("name", "x" * 201)],
)  # fmt: skip
def test_a_wrong_form_comes_back_with_all_that_was_typed(
    make_event: Make, client: Browser, lang: str, field: str, typed: str
):
    event = make_event()
    sent = client.submit(at(event, lang), {**form(), field: typed} if typed else form(**{field: ""}))
    assert sent.status_code == 422
    assert f'id="{field}-error"' in sent.text
    kept = {"name": "王芳", "organisation": "爱德基金会", "address": "wang@example.org"}
    assert all(f'value="{value}"' in sent.text for name, value in kept.items() if name != field)
    assert registered(event) == []


def test_nothing_is_ticked_beforehand(make_event: Make, client: Browser):
    page = client.get(at(make_event())).text
    assert not re.search(r'<input[^>]*id="consent"[^>]*checked|<input[^>]*checked[^>]*id="consent"', page)
    assert not re.search(r'<input[^>]*checked[^>]*name="pool"', page)


def test_where_there_is_one_way_to_take_part_it_is_chosen(make_event: Make, client: Browser):
    assert re.search(r'<input checked[^>]*name="pool"', client.get(at(make_event(mode="online"))).text)


def test_a_program_that_fills_in_every_field_believes_that_it_is_registered(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    assert status_of(answer(client, event, homepage="https://example.org")) == "confirmed"
    assert registered(event) == []


def test_a_member_finds_what_is_known_of_them(make_event: Make, make_member: Make, sign_in: Make):
    event, member = make_event(), make_member()
    own = get(Person, member.person_id).address
    browser = sign_in(member)
    assert f'value="{own}"' in browser.get(at(event)).text
    answer(browser, event, address=own)
    assert only(event).person_id == member.person_id


def test_closed_doors_say_why(make_event: Make, client: Browser):
    hour = timedelta(hours=1)
    cases = [
        (make_event(registration_opens_at=clock.now() + hour), "has not opened yet"),
        (make_event(registration_closes_at=clock.now() - hour), "is closed"),
        (make_event(), "cancelled"),
        (make_event(), "postponed"),
    ]
    events.cancel_event(SYSTEM, cases[2][0].id)
    events.postpone_event(SYSTEM, cases[3][0].id)
    for event, why in cases:
        page = client.get(at(event))
        assert (page.status_code, status_of(page.text), why in page.text) == (200, "refused", True)
        sent = client.submit(at(event), form(), form_at="/en/links/")
        assert (sent.status_code, status_of(sent.text)) == (409, "refused")


def test_what_nobody_may_see_cannot_be_registered_for(make_event: Make, client: Browser):
    for event in (make_event(published=False), make_event(visibility="invitation")):
        assert client.get(at(event)).status_code == 404
        assert client.get(f"/en/events/{event.slug}/registered/?outcome=confirmed&pool=online").status_code == 404


def test_a_former_address_leads_to_the_form(make_event: Make, client: Browser):
    event = make_event(slug="old-name")
    events.rename_event_slug(SYSTEM, event.id, "new-name")
    assert client.get("/en/events/old-name/register/").location == "/en/events/new-name/register/"


@pytest.mark.parametrize("query", ["", "?outcome=confirmed", "?outcome=king&pool=online", "?pool=x&outcome=confirmed"])
def test_an_answer_to_nothing_leads_to_the_form(make_event: Make, client: Browser, query: str):
    event = make_event()
    assert client.get(f"/en/events/{event.slug}/registered/{query}").location == at(event)


@pytest.fixture
def strict_limits(app: Flask) -> Iterator[None]:
    """The limits as on a real site, counted from nothing."""
    settings = app.extensions["eventhub_settings"]
    factor = settings.rate_limit_factor
    object.__setattr__(settings, "rate_limit_factor", 1)
    limiter.reset()
    yield
    object.__setattr__(settings, "rate_limit_factor", factor)
    limiter.reset()


@pytest.fixture
def organiser_of(make_member: Make, sign_in: Make) -> Callable[[Registration], Browser]:
    """The browser of somebody who organises the event of a registration."""
    return lambda registration: sign_in(make_member("organiser", registration.event.organisation))


@pytest.mark.usefixtures("strict_limits")
def test_one_mailbox_is_used_five_times_an_hour(make_event: Make, client: Browser):
    event = make_event()
    for _ in range(5):
        answer(client, event)
    sent = client.submit(at(event), form(address="Wang@example.org"))
    assert (sent.status_code, 'value="王芳"' in sent.text) == (429, True)
    answer(client, event, address="other@example.org")


@pytest.mark.usefixtures("strict_limits")
def test_one_network_registers_sixty_in_five_minutes(make_event: Make, client: Browser):
    event = make_event()
    token = client.csrf(at(event))
    sent = [
        client.post(at(event), data={"csrf_token": token, **form(address=f"{n}@example.org")}).status_code
        for n in range(62)
    ]
    assert sent == [303] * 60 + [429] * 2


@pytest.mark.usefixtures("strict_limits")
def test_one_registration_causes_six_letters_an_hour(registration: Registration, client: Browser, organiser_of: Make):
    address = mine(registration)
    keys = ["online", "in_person"] * 4
    for pool in keys:
        assert client.submit(f"{address}switch/", {"pool": pool}, form_at=address).status_code == 303
    db.session.expire_all()
    told = select(func.count(AuditEntry.id)).where(AuditEntry.fact == "PlaceChanged")
    assert db.session.scalar(told) == 6
    assert "changed several times within an hour" in client.get(address).text
    assert client.submit(f"{address}new-link/", form_at=address).status_code == 429
    desk = f"/en/organise/events/{registration.event.slug}/registrations/{registration.id}/"
    organiser = organiser_of(registration)
    assert organiser.submit(f"{desk}switch/", {"pool": "online"}, form_at=desk).status_code == 303
    assert organiser.submit(f"{desk}new-link/", form_at=desk).status_code == 429
    assert db.session.scalar(told) == 6


def test_my_page_shows_how_it_stands_and_how_long_the_queue_is(registration: Registration, client: Browser):
    page = client.get(mine(registration))
    assert (page.status_code, status_of(page.text)) == (200, "confirmed")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    late = Details(name="Late", address="late@example.org")
    services.register(SYSTEM, registration.event_id, late, "in_person")
    waiting = queries.find_registration(registration.event_id, "late@example.org")
    assert waiting
    assert "number 1 on the waitlist" in client.get(mine(waiting)).text


def test_my_page_changes_what_i_said(registration: Registration, client: Browser):
    sent = client.submit(mine(registration), {"name": "李伟", "language": "zh", "country": "CN", "organisation": ""})
    assert sent.status_code == 303
    changed = only(registration.event)
    assert (changed.name, changed.language, changed.country) == ("李伟", "zh", "CN")
    wrong = client.submit(mine(changed), {"name": "", "language": "zh", "organisation": "Kept"})
    assert (wrong.status_code, 'value="Kept"' in wrong.text) == (422, True)
    assert "Your changes are not saved yet." in wrong.text
    assert "Please write a name or a pseudonym." in wrong.text


def test_a_cancelled_registration_shows_facts_and_the_way_back_only(registration: Registration, client: Browser):
    question = client.get(f"{mine(registration)}cancel/").text
    assert registration.name in question
    client.submit(f"{mine(registration)}cancel/", {}, form_at=f"{mine(registration)}cancel/")
    html = client.get(mine(registration)).text
    assert status_of(html) == "cancelled"
    assert "Register again" in html
    assert "Save changes" not in html
    assert "End this link" not in html


def test_a_save_that_meets_another_shows_both(registration: Registration, client: Browser):
    page = client.get(mine(registration)).text
    hidden = dict(re.findall(r'name="(version|csrf_token)"[^>]*value="([^"]*)"', page))
    services.change_registration(SYSTEM, registration.id, services.Description(name="By the organiser"))
    sent = client.post(mine(registration), data={**hidden, "name": "By me", "language": "en"})
    assert (sent.status_code, "By the organiser" in sent.text, 'value="By me"' in sent.text) == (409, True, True)


def test_my_page_switches_and_says_what_came_of_it(registration: Registration, client: Browser):
    assert "3 of 3 places left" in client.get(mine(registration)).text
    sent = client.submit(f"{mine(registration)}switch/", {"pool": "online"}, form_at=mine(registration))
    assert sent.location == mine(registration)
    assert only(registration.event).place.pool.key == "online"
    assert "You now take part online. Your place in person was given up." in client.get(sent.location).text
    # The same page stood open elsewhere, and is told what is so.
    client.submit(f"{mine(registration)}switch/", {"pool": "online"}, form_at=mine(registration))
    page = client.get(mine(registration)).text
    assert "You have chosen to take part online already." in page
    assert "was given up" not in page
    services.register(SYSTEM, registration.event_id, Details(name="B", address="b@example.org"), "in_person")
    page = client.submit(f"{mine(registration)}switch/", {"pool": "in_person"}, form_at=mine(registration))
    assert status_of(client.get(page.location).text) == "waitlisted"
    client.submit(f"{mine(registration)}switch/", {"pool": "in_person"}, form_at=mine(registration))
    assert "You are on the waitlist for places in person already." in client.get(mine(registration)).text
    client.submit(f"{mine(registration)}switch/", {"pool": "balcony"}, form_at=mine(registration))
    assert "Choose how to take part" in client.get(mine(registration)).text


def test_who_waits_is_told_of_the_waitlist_and_not_of_a_place(registration: Registration, client: Browser):
    services.register(SYSTEM, registration.event_id, Details(name="B", address="b@example.org"), "in_person")
    waiting = queries.find_registration(registration.event_id, "b@example.org")
    assert waiting
    page = client.get(mine(waiting)).text
    assert "You get a place online at once, and leave the waitlist for places in person." in page
    assert 'data-confirm="Leave the waitlist for places in person and take part online?"' in page
    assert "so that those behind you move up" in page
    assert "give up" not in page.lower()
    assert "You leave the waitlist" in client.get(f"{mine(waiting)}cancel/").text
    client.submit(f"{mine(waiting)}switch/", {"pool": "online"}, form_at=mine(waiting))
    page = client.get(mine(waiting)).text
    assert "You now take part online, and have left the waitlist for places in person." in page
    assert "You join the waitlist for places in person, at its end, and give up your place online." in page


def test_the_place_shown_is_that_of_ones_own_pool(registration: Registration, client: Browser):
    assert "Conference Hotel" in client.get(mine(registration)).text
    moves.switch_pool(SYSTEM, registration.id, "online")
    assert "Conference Hotel" not in client.get(mine(registration)).text
    assert "Conference Hotel" in client.get(at(registration.event)).text


def test_a_chosen_zone_goes_along_from_the_event_to_the_answer(make_event: Make, client: Browser):
    event = make_event(registration_closes_at=clock.now() + timedelta(days=2))
    zone = "?zone=Europe/Zurich"
    page = client.get(f"/en/events/{event.slug}/{zone}").text
    assert f"{at(event)}?zone=Europe%2FZurich" in page
    assert page.split("Closes: ")[1].split("</small>")[0].count("<time") == 2
    sent = client.submit(f"{at(event)}{zone}", form())
    assert "zone=Europe/Zurich" in sent.location
    for address in (f"{at(event)}{zone}", sent.location, f"{mine(only(event))}{zone}"):
        assert "Geneva time" in client.get(address).text


def test_cancelling_asks_first_and_a_look_changes_nothing(registration: Registration, client: Browser):
    address = f"{mine(registration)}cancel/"
    assert "Cancel my registration" in client.get(address).text
    assert only(registration.event).place.state == "confirmed"
    assert client.submit(address).location == mine(registration)
    page = client.get(mine(registration)).text
    assert (status_of(page), "Register again" in page) == ("cancelled", True)
    lost = client.get(f"{mine(registration)}switch/")
    assert (lost.status_code, f'href="{mine(registration)}"' in lost.text) == (405, True)
    assert client.get(f"{mine(registration)}new-link/").status_code == 405


def test_a_link_that_was_ended_opens_nothing_and_does_not_lead_to_the_new_one(
    registration: Registration, client: Browser
):
    before = mine(registration)
    page = client.submit(f"{before}new-link/", form_at=before)
    after = mine(only(registration.event))
    assert (page.status_code, after in page.text, before == after) == (200, False, False)
    assert [client.get(address).status_code for address in (before, after)] == [404, 200]
    # Whoever presses the button once more reads that it is done, and gets the way to the new one.
    again = client.submit(f"{before}new-link/", form_at=after)
    assert again.status_code == 404
    assert "If you have just passed on your place, ended this link or had your data erased, that is done." in again.text
    assert 'class="button primary" href="/en/links/"' in again.text


def test_every_wrong_link_is_the_same_page(registration: Registration, client: Browser):
    good = mine(registration).split("/")[3]
    wrong = {
        "nothing": "0wrong0",
        "another's": links.make("registration", uuid4(), 1),
        "another version's": links.make("registration", registration.id, 2),
        "another purpose's": links.make("calendar", registration.id, 1),
        "altered": good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "too long": good + "A",
    }
    pages = set()
    for token in wrong.values():
        for address in ("", "cancel/"):
            page = client.get(f"/en/registrations/{token}/{address}")
            pages.add((page.status_code, page.text.replace(token, "").replace("cancel/", "")))
    assert len(pages) == 1
    assert next(iter(pages))[0] == 404


@pytest.mark.usefixtures("strict_limits")
def test_only_wrong_links_are_counted(registration: Registration, client: Browser):
    for _ in range(65):
        assert client.get(mine(registration)).status_code == 200
    wrong = [client.get("/en/registrations/wrong/").status_code for _ in range(62)]
    assert wrong == [404] * 60 + [429] * 2
    assert client.get(mine(registration)).status_code == 200, "one who guesses shuts nobody out who shares a network"


def test_my_page_tells_of_a_cancelled_event_and_of_one_that_is_over(registration: Registration, client: Browser):
    with clock.standing_at(clock.now() + timedelta(days=60)):
        assert "This event is over" in client.get(mine(registration)).text
    events.postpone_event(SYSTEM, registration.event_id)
    assert "has been postponed" in client.get(mine(registration, "en")).text
    events.cancel_event(SYSTEM, registration.event_id, Translated.of(en="Too few rooms."))
    assert "has been cancelled" in client.get(mine(registration)).text
    told = client.get(mine(registration, "zh")).text.split('"notice attention"')[1]
    assert '<div lang="en"><p>Too few rooms.' in told and "尚未翻译" in told


def test_the_event_page_says_what_is_left_and_leads_to_the_form(make_event: Make, client: Browser):
    event = make_event(in_person=2)
    page = client.get(f"/en/events/{event.slug}/").text
    assert ("2 of 2 places left" in page, at(event) in page, "Join the waitlist" in page) == (True, True, False)
    pools.change_pools(SYSTEM, event.id, {"in_person": 0, "online": 0})
    assert "Join the waitlist" in client.get(f"/en/events/{event.slug}/").text
    closed = make_event(registration_closes_at=clock.now() - timedelta(hours=1))
    page = client.get(f"/en/events/{closed.slug}/").text
    assert ("Registration is closed" in page, at(closed) in page) == (True, False)
    later = make_event(registration_opens_at=clock.now() + timedelta(hours=1))
    assert "Registration opens" in client.get(f"/en/events/{later.slug}/").text
    events.cancel_event(SYSTEM, event.id)
    assert at(event) not in client.get(f"/en/events/{event.slug}/").text


def test_nobody_is_registered_without_the_forms_token(make_event: Make, client: Browser):
    event = make_event()
    assert client.post(at(event), data=form()).status_code == 400
    assert db.session.scalar(select(func.count(Registration.id))) == 0


def test_the_own_page_shows_the_hours_of_ones_country_and_cancelling_twice_says_so(client: Browser, make_event):
    event = make_event("Workshop", mode="hybrid")
    answer(client, event, country="NP")
    registration = only(event)
    address = f"/en/registrations/{links.make('registration', registration.id, registration.link_number)}/"
    assert "Kathmandu time" in client.get(address).text
    assert "selected>Beijing time" in " ".join(client.get(f"{address}?zone=Asia/Shanghai").text.split())
    assert client.submit(f"{address}cancel/").status_code == 303
    assert client.get(f"{address}cancel/").status_code == 303
    assert "There is nothing more you need to do." in client.get(address).text


def test_a_plain_form_and_what_is_sent_with_it_ask_no_more_than_they_need(make_event: Make, client: Browser):
    event = make_event()
    client.get(at(event))
    with count_queries() as shown:
        client.get(at(event))
    with count_queries() as sent:
        client.submit(at(event), form(country="CH"))
    # It is shown once more before it is sent: what is read under the locks, and written, makes the rest.
    assert (len(shown), len(sent)) == (1, 11), sent.statements


def test_pools_stand_in_the_order_of_their_organisers_and_without_any_there_is_no_form(
    make_event: Make, client: Browser
):
    event = make_event(mode="hybrid")
    cards = re.compile(r'name="pool"[^>]*value="(\w+)"')
    first, second = cards.findall(client.get(at(event)).text)
    db.session.execute(update(Pool).where(Pool.key == first).values(position=9))
    db.session.commit()
    assert cards.findall(client.get(at(event)).text) == [second, first]
    db.session.execute(delete(Pool))
    db.session.commit()
    page = client.get(at(event))
    assert (page.status_code, cards.findall(page.text)) == (200, [])
    assert "Registration is closed." in page.text


def test_a_form_that_is_kept_says_what_is_so_now(make_event: Make, client: Browser):
    event, other = make_event(in_person=2), make_event(in_person=5)
    assert "2 of 2 places left" in client.get(at(event)).text
    assert "5 of 5 places left" in client.get(at(other)).text
    assert "剩余 2 个名额" in client.get(at(event, "zh")).text
    client.submit(at(event), form())
    page = client.get(at(event)).text
    assert "1 of 2 places left" in page
    assert "王芳" not in page
    values = {field.name: getattr(event, field.name) for field in fields(events.Header)}
    venue = Translated.of(en="The new hall", zh="新厅")
    events.change_event(SYSTEM, event.id, events.Header(**{**values, "venue": venue}))
    assert "The new hall" in client.get(at(event)).text
    rights.set_rights(SYSTEM, event.id, RightsPlan(most_companions=2))
    assert 'name="companions"' in client.get(at(event)).text
    assert 'name="companions"' not in client.get(at(other)).text
