"""The desk's front page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from eventhub.accounts.models import Account
from eventhub.events import services
from eventhub.events.services import Partners
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.messaging.models import Letter
from eventhub.registrations.models import Place, Pool, Registration
from tests.conftest import Browser, both, on_sqlite, organisation_of

pytestmark = on_sqlite

DESK = "/en/organise/"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


def text(browser: Browser, address: str = DESK) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_visitors_are_led_to_sign_in_and_back(client: Browser):
    response = client.get(DESK)
    assert response.status_code == 302
    assert "/en/sign-in/" in response.location
    assert "next=" in response.location


def test_who_acts_for_nobody_is_told_why_it_is_empty(make_person, save, sign_in):
    person = make_person()
    save(Account(person_id=person.id, address=person.address, confirmed_at=clock.now()))
    page = text(sign_in(Actor("member", person_id=person.id)))
    assert "You do not act for an organisation yet" in page
    assert "new-event" not in page


def test_the_beginning_is_pointed_out(desk: Browser):
    page = text(desk)
    assert "Begin with a new event" in page
    assert "Network 1" in page


def test_a_viewer_of_nothing_yet_is_offered_no_beginning(make_member, sign_in):
    page = text(sign_in(make_member("viewer")))
    assert "as soon as its organisers add them" in page
    assert "new-event" not in page


def test_one_sees_what_one_runs_the_next_first_and_the_last_before_older_ones(
    desk: Browser, organiser: Actor, make_event
):
    own, now = organisation_of(organiser), clock.now().replace(tzinfo=None)
    make_event("First of ours", organisation=own, starts=now + timedelta(days=3), ends=now + timedelta(days=4))
    make_event("Second of ours", organisation=own, published=False, starts=now + timedelta(days=9), ends=None)
    make_event("Shared as equals", partners=Partners(co_organisers=[own]))
    make_event("No date yet", organisation=own, starts=None, ends=None)
    for title, days in (("Last month", 30), ("Last year", 365)):
        begun = now - timedelta(days=days)
        make_event(title, organisation=own, starts=begun, ends=begun + timedelta(hours=1))
    make_event("Somebody else's")
    make_event("Only helped with", partners=Partners(assisting=[own]))
    page = text(desk)
    order = ["No date yet", "First of ours", "Second of ours", "Shared as equals", "Last month", "Last year"]
    assert sorted(order, key=page.index) == order
    assert "Somebody else" not in page
    assert "Only helped with" not in page


def test_ones_own_series_lead_to_their_texts(desk: Browser, organiser: Actor, make_organisation):
    mine = services.add_series(SYSTEM, organisation_of(organiser), both("Our webinars"))
    services.add_series(SYSTEM, make_organisation().id, both("Their webinars"))
    page = text(desk)
    assert f'href="/en/organise/series/{mine.slug}/"' in page
    assert "Their webinars" not in page


def test_it_says_in_a_word_what_waits(desk: Browser, organiser: Actor, make_event, make_session, save):
    own = organisation_of(organiser)
    make_event("No date", organisation=own, starts=None, ends=None)
    unplaced = make_event("Unplaced", organisation=own)
    make_session(unplaced, starts=None, ends=None)
    cancelled = make_event("Called off", organisation=own, published=True, starts=unplaced.starts)
    services.cancel_event(SYSTEM, cancelled.id)
    full = make_event("With places", organisation=own, published=False, in_person=2, online=3)
    page = text(desk)
    for said in ("Needs a date", "One session has no hours yet", "Not published yet", "0 of 5"):
        assert said in page
    pool = db.session.query(Pool).filter_by(event_id=full.id, key="online").one()
    for number, state in enumerate(("confirmed", "waitlisted", "cancelled")):
        registration = save(Registration(event_id=full.id, name="Name", stakeholder_type="other"))
        save(Place(registration_id=registration.id, pool_id=pool.id, state=state, number=number))
    assert "1 of 5" in text(desk)
    registration = save(Registration(event_id=full.id, name="Name", stakeholder_type="other"))
    save(Place(registration_id=registration.id, pool_id=pool.id, state="pending", number=9))
    assert "One person waits for your approval" in text(desk)
    save(Letter(kind="confirmed", address="a@example.org", language="en", event_id=full.id, state="failed", data={}))
    assert "1 letter could not be delivered" in text(desk)


def test_later_events_are_on_later_pages(desk: Browser, organiser: Actor, make_event):
    for number in range(21):
        make_event(f"Event {number:02}", organisation=organisation_of(organiser), published=False)
    assert 'rel="next"' in text(desk)
    assert 'rel="prev"' in text(desk, f"{DESK}?page=2")
    for odd in ("0", "-3", "x", "99"):
        assert desk.get(f"{DESK}?page={odd}").status_code == 200


def test_it_asks_as_often_for_three_events_as_for_one(desk: Browser, organiser: Actor, make_event, make_session):
    count = 0

    def add(*_: object) -> None:
        nonlocal count
        count += 1

    def ask() -> int:
        nonlocal count
        text(desk)
        count = 0
        text(desk)
        return count

    listening.listen(db.engine, "before_cursor_execute", add)
    try:
        make_session(make_event(organisation=organisation_of(organiser), in_person=1))
        one = ask()
        make_event(organisation=organisation_of(organiser), in_person=3, online=2)
        make_event(organisation=organisation_of(organiser), published=False)
        assert ask() == one
    finally:
        listening.remove(db.engine, "before_cursor_execute", add)
