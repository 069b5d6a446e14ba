"""Choosing sessions by one's private link, what the public pages say, and the organiser's room."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.accounts import sessions
from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.web import limiter
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import plan_of
from eventhub.registrations import pools
from eventhub.registrations.models import Registration
from eventhub.registrations.sign_ups import services
from tests.conftest import Browser, both, on_sqlite
from tests.queries import count_queries

pytestmark = on_sqlite

Make = Callable[..., Any]
MARKUP = "<b>{event.__class__}</b> 龑𠮷"


def mine(registration: Registration, lang: str = "en") -> str:
    """One's own page."""
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def press(client: Browser, registration: Registration, session: ProgrammeSession, deed: str, lang: str = "en") -> str:
    """Press a button of one's own page; what the page says then."""
    page = mine(registration, lang)
    sent = client.submit(f"{page}sessions/{session.id}/{deed}/", form_at=page)
    assert (sent.status_code, sent.location.split("#")[0]) == (303, page), sent.text
    return str(client.get(page).text)


def test_sessions_are_chosen_and_given_up_by_one_button_each(client: Browser, offer: Make, people: Make):
    first = offer(MARKUP, 1)
    same = offer("Same time", starts=first.starts, ends=first.ends)
    plain = offer("Plain", has_sign_up=False)
    ana, bo = people("ana", "bo")
    page = client.get(mine(ana)).text
    assert (page.count("Sign up for this session"), "1 of 1 places left" in page) == (2, True)
    assert "&lt;b&gt;{event.__class__}&lt;/b&gt;" in page
    assert "Plain" not in page
    assert "You have a place in “&lt;b&gt;" in press(client, ana, first, "sign-up")
    page = press(client, ana, same, "sign-up")
    assert "You have a place in “Same time”. It is held at the same time as “&lt;b&gt;" in page
    assert page.count("At the same time you have chosen") == 2
    page = press(client, bo, first, "sign-up", "zh")
    assert "您在“场次：&lt;b&gt;{event.__class__}&lt;/b&gt; 龑𠮷”候补名单第 1 位。" in page
    assert "候补第 1 位" in page
    given_up = press(client, ana, first, "give-up")
    assert "You are not signed up for “&lt;b&gt;{event.__class__}&lt;/b&gt; 龑𠮷” any more." in given_up
    assert "You are not signed up for this session any more." in press(client, ana, first, "give-up")
    assert "您已报名" not in page
    assert "Number 1 on the waitlist" not in client.get(mine(bo)).text
    assert client.get(f"{mine(ana)}sessions/{first.id}/sign-up/").status_code == 405
    token = client.csrf(mine(ana))
    assert client.post(f"{mine(ana)}sessions/{plain.id}/sign-up/", data={"csrf_token": token}).status_code == 404


def test_a_session_that_was_called_off_does_not_vanish_from_the_page_of_who_had_chosen_it(
    client: Browser, event: Event, offer: Make, people: Make
):
    session, (ana, bo) = offer(MARKUP, 5), people("ana", "bo")
    press(client, ana, session, "sign-up")
    programme.cancel_session(SYSTEM, session.id)
    page = client.get(mine(ana)).text
    assert "You had signed up for “&lt;b&gt;{event.__class__}" in page
    assert ("This session does not take place." in page, "Choose your sessions" in page) == (True, False)
    assert "This session does not take place." not in client.get(mine(bo)).text
    events.cancel_event(SYSTEM, event.id)
    page = client.get(mine(bo)).text
    badges = re.search(r'<p class="badges">.*?</p>', page, re.DOTALL)[0]
    assert ("Cancelled" in badges, "Confirmed" in badges) == (True, False)


def test_the_page_says_why_nothing_can_be_chosen(client: Browser, event: Event, offer: Make, people: Make):
    pools.change_pools(SYSTEM, event.id, {"in_person": 1})
    session, (ana, bo) = offer(), people("ana", "bo")
    assert "You can choose as soon as you have a place at the event." in client.get(mine(bo)).text
    assert "can be chosen by those who have a place" in press_anyway(client, bo, session)
    press(client, ana, session, "sign-up")
    with clock.standing_at(session.starts_at):
        page = client.get(mine(ana)).text
        assert ("You have a place</span>" in page, "Give up this session" in page) == (True, False)
        assert "has begun: sign-up for it is over" in press_anyway(client, ana, session)
    events.postpone_event(SYSTEM, event.id)
    assert "Give up this session" not in client.get(mine(ana)).text


def press_anyway(client: Browser, registration: Registration, session: ProgrammeSession) -> str:
    """Send what no button of the page sends any more."""
    token = client.csrf(mine(registration))
    client.post(f"{mine(registration)}sessions/{session.id}/sign-up/", data={"csrf_token": token})
    return str(client.get(mine(registration)).text)


def test_a_button_pressed_without_end_is_refused_in_words(client: Browser, app: Any, monkeypatch, offer, people):
    monkeypatch.setattr(app.extensions["eventhub_settings"], "rate_limit_factor", 1 / 60, raising=False)
    session, (ana,) = offer(), people("ana")
    limiter.limiter.storage.reset()
    try:
        press(client, ana, session, "sign-up")
        for deed in ("sign-up", "give-up"):
            assert "very often within an hour" in press(client, ana, session, deed)
    finally:
        limiter.limiter.storage.reset()


def test_public_pages_say_that_one_signs_up_and_what_is_left(client: Browser, event: Event, offer: Make, people: Make):
    room = programme.save_room(SYSTEM, event.id, both("Hall"), capacity=2)
    session, (ana, bo) = offer(room_id=room.id), people("ana", "bo")
    address = f"/en/events/workshop/sessions/{session.slug}/"
    page = client.get(address).text
    assert "2 of 2 places left" in page
    assert "Then you choose this session by the private link in your letter." in page
    assert "who takes part online needs none" in page
    for one in (ana, bo):
        services.sign_up(SYSTEM, one.id, session.id)
    assert "Full, waitlist open" in client.get(address).text
    sent = client.get("/zh/events/workshop/registered/?outcome=confirmed&pool=in_person").text
    assert "请通过邮件中的链接选择。" in sent
    with clock.standing_at(session.starts_at):
        page = client.get(address).text
        assert ("Closed" in page, "You sign up for this session." in page) == (True, False)
    assert "Sign-up needed" in client.get("/en/events/workshop/programme/").text
    programme.cancel_session(SYSTEM, session.id)
    page = client.get(address).text
    assert "Sign-up" not in page
    assert "链接选择" not in client.get("/zh/events/workshop/registered/?outcome=confirmed&pool=in_person").text


def organiser_of(event: Event, make_member: Make, role: str = "organiser") -> Actor:
    """Somebody who acts for the event's organisation."""
    actor = make_member(role, event.organisation)
    assert isinstance(actor, Actor)
    return actor


def test_organisers_see_who_comes_and_keep_the_list(
    event: Event, offer: Make, people: Make, make_member: Make, sign_in: Make
):
    browser: Browser = sign_in(organiser_of(event, make_member))
    room = "/en/organise/events/workshop/registrations/sessions/"
    assert "No session has sign-up yet" in browser.get(room).text
    session, (ana, bo), (far,) = offer("Group work", 1), people("ana", "bo"), people("far", pool="online")
    assert "Nobody has signed up yet." in browser.get(f"{room}{session.id}/").text
    for one in (ana, far):
        services.sign_up(SYSTEM, one.id, session.id)
    programme.add_session(SYSTEM, event.id, plan_of_next(session))
    page = browser.get(room).text
    assert "One more session of the draft is to have sign-up." in page
    assert "+ 1 online" in page
    here = f"{room}{session.id}/"
    page = browser.get(f"{here}?add=bo@example").text
    assert ("ana@example.org" in page, "Signed up online" in page, page.count("bo@example.org")) == (True, True, 1)
    assert "found by these words" in browser.get(f"{here}?add=ana").text  # who is there already
    assert "Nobody on this list" in browser.get(f"{here}?words=nobody").text
    assert "far@example.org" not in browser.get(f"{here}?words=ana").text

    def act(deed: str, who: Registration) -> str:
        browser.submit(f"{here}{deed}/", {"registration": str(who.id)}, form_at=here)
        return str(browser.get(here).text)

    assert "Group work" in browser.get(f"/en/organise/events/workshop/registrations/{ana.id}/").text
    assert "Sessions chosen" not in browser.get(f"/en/organise/events/workshop/registrations/{bo.id}/").text
    assert browser.get(f"{room}{bo.id}/").status_code == 404
    page = act("add", bo)
    assert "bo is on the waitlist, and hears of it." in page
    assert "number 1" in page
    assert "ana is not signed up any more, and hears of it." in act("remove", ana)
    assert "far is signed up" in (act("remove", far) and act("add", far))
    with clock.standing_at(session.starts_at):
        assert "sign-up for it is over" in act("add", ana)
    assert browser.submit(f"{here}add/", {"registration": "x"}, form_at=here).status_code == 404
    programme.cancel_session(SYSTEM, session.id)
    page = browser.get(here).text
    assert ("does not take place" in page, "Add somebody" in page) == (True, False)


def plan_of_next(session: ProgrammeSession) -> Any:
    """The plan of another session like this one."""
    return replace(plan_of(session), title=both("Next"))


def test_more_than_there_are_places_are_said_to_the_organiser(
    event: Event, offer: Make, people: Make, make_member: Make, sign_in: Make
):
    room = programme.save_room(SYSTEM, event.id, both("Hall"), capacity=2)
    session = offer(room_id=room.id)
    for one in people("ana", "bo"):
        services.sign_up(SYSTEM, one.id, session.id)
    programme.save_room(SYSTEM, event.id, both("Hall"), capacity=1, room_id=room.id)
    here = f"/en/organise/events/workshop/registrations/sessions/{session.id}/"
    assert (
        "More people have signed up than there are places." in sign_in(organiser_of(event, make_member)).get(here).text
    )


def test_lists_leave_the_service_with_an_audit_line_and_for_organisers_only(
    event: Event, offer: Make, people: Make, make_member: Make, sign_in: Make, monkeypatch: pytest.MonkeyPatch
):
    first, second = offer("First", 1), offer("Second")
    ana, bo = people("=1+1", "bo")
    for session in (first, second):
        for one in (ana, bo):
            services.sign_up(SYSTEM, one.id, session.id)
    browser: Browser = sign_in(organiser_of(event, make_member))
    room = "/en/organise/events/workshop/registrations/sessions/"
    with monkeypatch.context() as patch:
        patch.setattr(sessions, "UNASKED", 3)
        asking = browser.submit(f"{room}export/csv/", form_at=room)
    assert asking.location.startswith("/en/account/make-sure/")
    sent = browser.submit(f"{room}export/csv/", form_at=room)
    lines = sent.get_data(as_text=True).splitlines()
    assert [line.split(",")[0::2][:2] for line in lines[1:]] == [
        ["First", "'=1+1"], ["First", "bo"], ["Second", "'=1+1"], ["Second", "bo"],
    ]  # fmt: skip
    assert ("On the waitlist,1," in lines[2], sent.headers["Cache-Control"]) == (True, "private, no-store")
    sent = browser.submit(f"{room}{first.id}/export/xlsx/", form_at=f"{room}{first.id}/")
    assert f"workshop-{first.slug}.xlsx" in sent.headers["Content-Disposition"]
    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(sent.data)).namelist()
    sent.close()
    told = db.session.scalars(select(AuditEntry.data).where(AuditEntry.fact == "SignUpsExported"))
    assert sorted((one["rows"], one["format"]) for one in told) == [(2, "xlsx"), (4, "csv")]
    door: Browser = sign_in(organiser_of(event, make_member, "check_in"))
    page = door.get(f"{room}{first.id}/").text
    assert ("bo" in page, "@example.org" in page, "Export" in page, "Remove" in page) == (True, False, False, False)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is None
    assert sign_in(make_member()).get(f"{room}{first.id}/").status_code == 404


def test_pages_ask_no_more_for_three_than_for_one(
    client: Browser, event: Event, offer: Make, people: Make, make_member: Make, sign_in: Make
):
    browser: Browser = sign_in(organiser_of(event, make_member))
    room = "/en/organise/events/workshop/registrations/sessions/"
    counts = []
    who = people("a", "b", "c")
    for number in (1, 2):
        sessions = [offer(f"S{number}{n}", 1) for n in range(number)]
        for session in sessions:
            for one in who[: number + 1]:
                services.sign_up(SYSTEM, one.id, session.id)
        asked = []
        for reader, page in ((client, mine(who[1])), (browser, room), (browser, f"{room}{sessions[0].id}/")):
            reader.get(page)
            with count_queries() as queries:
                reader.get(page)
            asked.append(len(queries))
        counts.append(asked)
    assert counts[0] == counts[1]
