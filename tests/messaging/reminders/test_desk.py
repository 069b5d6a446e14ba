"""The page of an event's reminders, as organisers use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import NotFound
from eventhub.messaging.examples import EXAMPLE
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.reminders import jobs, outlook, readers, services
from eventhub.messaging.reminders.models import ReminderRound, ReminderRule
from eventhub.messaging.reminders.services import RulePlan
from eventhub.people.names import Names
from eventhub.programme.forms import ROLES
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import services as registrations
from eventhub.registrations.models import EventInvitation, Pool, Registration
from eventhub.registrations.queries import find_registration
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet
from tests.conftest import on_sqlite
from tests.messaging.conftest import html, plain
from tests.queries import count_queries

pytestmark = on_sqlite

NINE = datetime(2027, 1, 14, 9)
BEGINS = clock.instant(NINE, "Asia/Shanghai")
DESK = "/en/organise/events/workshop/messages/reminders/"


@pytest.fixture(autouse=True)
def _long_before(app):
    with clock.standing_at(BEGINS - timedelta(days=20)):
        yield


@pytest.fixture
def event(make_event) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8), in_person=50)


@pytest.fixture
def browser(event: Event, make_member, sign_in):
    return sign_in(make_member(organisation=event.organisation))


def the_rule() -> ReminderRule:
    db.session.rollback()
    return db.session.scalars(sa.select(ReminderRule)).one()


@pytest.fixture
def begun(app) -> Iterator[list[str]]:
    """How transactions are begun."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            found.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_whom_letters_do_not_find_the_page_says_are_not_reminded(event: Event, browser, register, save):
    register(event, address="gone@example.org")
    save(MarkedAddress(organisation_id=event.organisation_id, address="gone@example.org", reason="5.1.1"))
    assert browser.submit(f"{DESK}offered/an_hour/", form_at=DESK).status_code == 303
    assert "1 registrant is not reminded" in browser.get(DESK).get_data(as_text=True)


def test_a_new_rule_in_hours_is_not_refused_for_an_hour_that_nobody_typed(event: Event, browser):
    assert 'value="09:00"' not in browser.get(f"{DESK}new/").get_data(as_text=True)
    form = {"unit": "hours", "amount": "3", "side": "before", "occasion": "event", "audience": "registrants"}
    assert browser.submit(f"{DESK}new/", {**form, "whose_clock": "own", "version": "0"}).status_code == 303


def test_what_is_offered_is_turned_on_adapted_off_and_removed(event: Event, browser, register):
    register(event, address="reader@example.org", country="CN")
    assert browser.submit(f"{DESK}offered/two_days/", form_at=DESK).status_code == 303
    page = browser.get(DESK.replace("/en/", "/zh/")).get_data(as_text=True)
    assert "活动开始前 2 天，收件人当地时间 09:00" in page
    assert "2027年1月12日 星期二 09:00" in page
    assert "offered/two_days/" not in page
    rule = the_rule()
    said = {"unit": "hours", "amount": "3", "side": "before", "occasion": "event", "whose_clock": "own",
            "audience": "registrants", "read": str(rule.version), "version": str(rule.version)}  # fmt: skip
    refused = browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": "09:00"})
    assert refused.status_code == 422
    assert "An hour can be given where the rule counts days." in refused.get_data(as_text=True)
    assert browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": ""}).status_code == 303
    assert "3 hours before the event" in browser.get(DESK).get_data(as_text=True)
    stale = browser.submit(f"{DESK}{rule.id}/", {**said, "at_clock": "", "amount": "4"})
    assert stale.status_code == 409
    assert browser.submit(f"{DESK}{rule.id}/turn/", {"on": "no"}, form_at=DESK).status_code == 303
    assert not the_rule().is_on
    assert browser.submit(f"{DESK}{rule.id}/remove/", form_at=DESK).status_code == 303
    assert the_rule().removed_at
    assert browser.get(f"{DESK}{rule.id}/").status_code == 404
    assert browser.post(f"{DESK}offered/nothing/", data={"csrf_token": browser.csrf(DESK)}).status_code == 404


def test_a_reminder_is_looked_at_as_one_whom_it_is_for_gets_it_and_sent_to_oneself(event: Event, browser, register,
                                                                                   letters):  # fmt: skip
    """In their name, by their clock, from where they take part, and with nobody's private link."""
    near = register(event, "Wang Fang", address="near@example.org", country="CN")
    far = register(event, "Amina Abdi", pool="online", address="far@example.org", country="KE")
    elsewhere = register(event, "Gone", address="gone@example.org", country="KE")
    registrations.cancel_registration(SYSTEM, elsewhere.id)
    letters()
    rule = services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "days"))
    asked = f"{DESK}{rule.id}/preview/?who={far.id}"
    for lang, subject, clocks, online in (
        ("en", "Reminder: Workshop", "By your clock", "Online"), ("zh", "提醒：", "您的时间", "线上"),
    ):  # fmt: skip
        page = unescape(browser.get(f"{asked}&language={lang}").get_data(as_text=True))
        assert "Gone" not in page and "Wang Fang</option>" in page
        for said in (subject, clocks, online):
            assert said in page[page.index("letter-shown") :]
        assert page[page.index("letter-shown") :].count("Amina Abdi") == 2
        [address] = re.findall(r"http\S*/(?:en|zh)/registrations/\S*", page)
        assert links.row_id_of(address.rstrip("/").split("/")[-1]) == links.NOWHERE
        assert browser.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 404
    seen = unescape(browser.get(f"{DESK}{rule.id}/preview/?who={near.id}").get_data(as_text=True))
    assert "By your clock" not in seen and "Conference Hotel" in seen
    tested = browser.submit(f"{DESK}{rule.id}/test/", {"who": str(far.id), "language": "en"}, form_at=asked)
    assert tested.location.endswith(f"?who={far.id}&language=en")
    [test] = letters()
    assert test["Subject"] == "Test: Reminder: Workshop"
    assert test["To"] not in {"near@example.org", "far@example.org"}
    assert "Dear Amina Abdi" in plain(test) and "By your clock" in plain(test)
    assert not any(part.get_content_type() == "text/calendar" for part in test.walk())
    for part in (plain(test), html(test)):
        tokens = re.findall(r"/registrations/([\w-]{43})", part)
        assert tokens and {links.row_id_of(one) for one in tokens} == {links.NOWHERE}


@pytest.mark.parametrize("audience", ["speakers", "moderators"])
def test_a_reminder_to_those_in_a_session_is_shown_with_their_own_parts(
    event: Event, browser, make_session, make_person, audience
):
    """Of the first session in which there is anybody whom the rule is for."""
    make_session(event, "Opening")
    person = make_person(names=Names(family="Abdi", given="Amina"), zone="Africa/Nairobi")
    role = "moderator" if audience == "moderators" else "presenter"
    make_session(event, "Their own", speakers=[SpeakerPlan(role, person_id=person.id)])
    rule = services.save_rule(SYSTEM, event.id, RulePlan("session", audience, 1, "days"))
    page = browser.get(f"{DESK}{rule.id}/preview/").get_data(as_text=True)
    assert "Reminder: Their own" in page and "Dear Amina Abdi," in page and "Nairobi time" in page
    assert "Opening" not in page and "an invented reader" not in page
    assert f"<dt>{ROLES[role]}</dt>" in page


@pytest.mark.parametrize("audience", ["speakers", "signed_up"])
def test_those_of_all_sessions_can_be_chosen_to_look_at_a_reminder(
    event: Event, browser, make_session, make_person, register, save, letters, monkeypatch, audience
):
    """Each with the first session of which it tells them; where there are too many, some of each session."""
    monkeypatch.setattr(readers, "MOST_OFFERED", 5)
    busy = make_person(address="busy@example.org")
    for title, number in (("Opening", 3), ("Water", 2), ("Health", 2)):
        people = [busy, *(make_person(names=Names(family=f"{title} {one}")) for one in range(1, number))]
        session = make_session(event, title, speakers=[SpeakerPlan("presenter", person_id=one.id) for one in people])
        if audience == "signed_up":
            sheet = save(SignUpSheet(event_id=event.id, session_id=session.id, slug=title, title=session.title,
                                     starts_at=session.starts_at, ends_at=session.ends_at))  # fmt: skip
            for place, one in enumerate(people, start=1):
                address = one.address or f"{one.id}@example.org"
                reader = find_registration(event.id, address) or register(event, "Reader", address=address)
                save(SignUp(sheet_id=sheet.id, registration_id=reader.id, number=place, state="confirmed"))
    rule = services.save_rule(SYSTEM, event.id, RulePlan("session", audience, 1, "days"))
    room = f"{DESK}{rule.id}/"
    with count_queries() as asked:
        page = unescape(browser.get(f"{room}preview/").text)
    offered = re.findall(r'<option value="([-\w]{36})"[^>]*>[^<]+ · (\w+)</option>', page)
    assert [title for _, title in offered] == ["Opening"] * 3 + ["Water", "Health"]
    assert "Reminder: Opening" in page
    assert sum("row_number" in one for one in asked.statements) == 1, "of all of them at once"
    letters()
    for who_id, title in offered:
        assert f"Reminder: {title}" in browser.get(f"{room}preview/?who={who_id}").text
        browser.submit(f"{room}test/", {"who": who_id, "language": "en"}, form_at=f"{room}preview/")
        [test] = letters()
        assert test["Subject"] == f"Test: Reminder: {title}"


def test_what_was_sent_of_sessions_names_them(event: Event, browser, make_session, make_person):
    for title in ("Water", "Health"):
        make_session(event, title, speakers=[SpeakerPlan("presenter", person_id=make_person().id)])
    services.save_rule(SYSTEM, event.id, RulePlan("session", "speakers", 1, "hours"))
    for hours in (1, 0):
        with clock.standing_at(BEGINS - timedelta(hours=hours)):
            jobs.look()
            outbox.drain()
    for lang, titles in (("en", ("Health", "Water")), ("zh", ("场次：Health", "场次：Water"))):
        sent = browser.get(DESK.replace("/en/", f"/{lang}/")).text.split("<tbody>")[-1]
        told = [re.search("<br>.*?</span>", row)[0] for row in sent.split("<tr>")[1:]]
        assert [one.split(" · ")[-1].removesuffix("</span>") for one in told] == list(titles)


def test_a_reminder_to_the_invited_is_shown_without_their_links(event: Event, browser, save):
    pool = db.session.scalar(sa.select(Pool).where(Pool.event_id == event.id, Pool.mode == "in_person"))
    until = BEGINS - timedelta(days=5)
    save(EventInvitation(event_id=event.id, pool_id=pool.id, name="Guest", typed_address="g@example.org",
                         address="g@example.org", language="zh", answer_by=until))  # fmt: skip
    rule = services.save_rule(SYSTEM, event.id, RulePlan("invitation", "guests", 1, "days"))
    page = browser.get(f"{DESK}{rule.id}/preview/").get_data(as_text=True)
    assert "Dear Guest," in page and "9 January 2027" in page and "an invented reader" not in page
    [address] = re.findall(r"http\S*/invitations/\S*", page)
    assert links.row_id_of(address.rstrip("/").split("/")[-1]) == links.NOWHERE


def test_only_those_whom_a_rule_is_for_are_shown_and_only_to_who_may_see_them(
    event: Event, browser, make_event, make_member, sign_in, register
):
    mine, stranger = register(event), register(make_event(), "Stranger")
    rule = services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "days"))
    room = f"{DESK}{rule.id}/"
    assert "Stranger" not in browser.get(f"{room}preview/?who={stranger.id}").get_data(as_text=True)
    for who in (stranger.id, EXAMPLE, ""):
        answer = browser.submit(f"{room}test/", {"who": str(who), "language": "en"}, form_at=f"{room}preview/")
        assert answer.status_code == 404
    organiser, outsider = make_member(organisation=event.organisation), make_member()
    with pytest.raises(NotFound):
        services.send_test(organiser, rule.id, stranger.id, "en")
    with pytest.raises(NotFound):
        services.send_test(outsider, rule.id, mine.id, "en")
    assert sign_in(outsider).get(f"{room}preview/").status_code == 404
    viewer = sign_in(make_member("viewer", organisation=event.organisation))
    assert viewer.get(f"{room}preview/").status_code in {403, 404}


@pytest.mark.parametrize("occasion", ["session", "registration_closes"])
def test_a_reminder_that_has_nothing_to_tell_of_says_what_it_lacks(event: Event, browser, occasion):
    audience = "guests" if occasion == "registration_closes" else "speakers"
    rule = services.save_rule(SYSTEM, event.id, RulePlan(occasion, audience, 1, "days"))
    page = browser.get(f"{DESK}{rule.id}/preview/").get_data(as_text=True)
    assert "There is nothing yet that it could tell of" in page and "letter-shown" not in page


def test_an_hour_by_each_readers_own_clock_is_told_with_its_first_and_last_moment(event: Event, browser, register):
    register(event, address="near@example.org", country="CN")
    browser.submit(f"{DESK}offered/two_days/", form_at=DESK)
    alone = "At 09:00 by each reader’s own clock: <time"
    assert alone in browser.get(DESK).text, "though all live by the event's clock"
    register(event, address="far@example.org", zone="America/New_York")
    register(event, address="east@example.org", zone="Asia/Tokyo")
    text = re.sub("<[^>]+>", "", browser.get(DESK).text)
    assert (
        "At 09:00 by each reader’s own clock: first on Monday 11 January 2027, 22:00 Beijing time, "
        "last on Tuesday 12 January 2027, 09:00 Beijing timeTo 3 people"
    ) in text
    chinese = re.sub("<[^>]+>", "", browser.get(DESK.replace("/en/", "/zh/")).text)
    assert (
        "收件人当地时间 09:00：最早 2027年1月11日 星期一 22:00（北京时间），最晚 2027年1月12日 星期二 09:00" in chinese
    )
    register(event, address="asleep@example.org", zone="Europe/London")
    services.save_rule(
        SYSTEM, event.id, RulePlan("event", "registrants", 2, "days", at_clock="09:00", is_own_clock=False)
    )
    assert "where it is night then, until" in browser.get(DESK).text


def test_a_rule_shows_what_is_next_though_others_are_still_to_begin_whose_moment_is_over(
    event: Event, browser, make_session, make_person
):
    for number in range(6):  # each an hour after the one before
        person = make_person(address=f"speaker-{number}@example.org")
        make_session(event, f"Part {number}", speakers=[SpeakerPlan("presenter", person_id=person.id)])
    rule = services.save_rule(SYSTEM, event.id, RulePlan("session", "speakers", 4, "hours"))
    with clock.standing_at(BEGINS - timedelta(minutes=5)):
        [shown] = outlook.ahead(event, [rule]).values()
    assert [(one.first, one.people) for one in shown] == [(BEGINS, 1), (BEGINS + timedelta(hours=1), 1)]


def test_rules_about_sessions_stand_with_their_next_ones(event: Event, browser, make_session, make_person):
    for number in (1, 2):
        person = make_person(address=f"speaker-{number}@example.org")
        make_session(event, f"Part {number}", speakers=[SpeakerPlan("presenter", person_id=person.id)])
    browser.submit(f"{DESK}offered/speakers/", form_at=DESK)
    for lang in ("en", "zh"):
        answer = browser.get(DESK.replace("/en/", f"/{lang}/"))
        assert answer.status_code == 200
        assert "Part 1" in answer.text and "Part 2" in answer.text


def test_the_page_asks_as_much_of_three_rules_and_moments_as_of_one(event: Event, browser, register):
    for number in range(3):
        register(event, address=f"reader{number}@example.org", country="CN")

    def asked(minutes: int) -> int:
        services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", minutes, "minutes"))
        with clock.standing_at(BEGINS - timedelta(minutes=minutes)):
            jobs.look()
            outbox.drain()
        # One that has passed, and as many that are still to come.
        services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", minutes + 1, "minutes"))
        browser.get(DESK)
        with count_queries() as queries:
            page = browser.get(DESK).get_data(as_text=True)
        assert f"{minutes + 1} minutes before the event" in page
        return len(queries)

    one = asked(70)
    asked(60)
    assert asked(50) == one


def test_a_minute_in_which_nothing_is_due_begins_no_transaction_that_writes(event: Event, register, begun: list[str]):
    register(event, address="reader@example.org", country="CN")
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    begun.clear()
    with count_queries() as asked:
        jobs.look()
        with clock.standing_at(BEGINS - timedelta(minutes=61)):
            jobs.look()
        assert asked.statements
        assert all(one.startswith("SELECT") for one in asked.statements)
        assert begun == ["BEGIN"] * len(begun)
    with clock.standing_at(BEGINS - timedelta(hours=1)):
        jobs.look()
        assert "BEGIN IMMEDIATE" in begun
        assert db.session.scalar(sa.select(sa.func.count(ReminderRound.id))) == 1
        db.session.rollback()
        begun.clear()
        jobs.look()
        assert "BEGIN IMMEDIATE" not in begun


def test_a_contact_is_reminded_for_a_delegate_without_an_address(event: Event, register, letters):
    contact = register(event, address="contact@example.org", country="CN")
    delegate = register(event, address="delegate@example.org", country="CN")
    own = register(event, address="own@example.org", country="CN")
    letters()

    @use_case
    def take_address(actor):
        row = db.session.get(Registration, delegate.id)
        row.contact_id, row.address, row.typed_address = contact.id, None, None
        for place in db.session.get(Registration, contact.id).places:
            place.state = "cancelled"

    take_address(SYSTEM)
    services.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 1, "hours"))
    with clock.standing_at(BEGINS - timedelta(hours=1)):
        jobs.look()
        found = {str(one["To"]) for one in letters()}
    assert found == {"contact@example.org", str(own.address)}


def test_the_page_says_which_reminder_comes_by_itself(event: Event, browser):
    told = {"en": "One comes by itself, once: to whoever was invited", "zh": "会在截止前自动收到一次提醒"}
    for lang, said in told.items():
        page = browser.get(f"/{lang}/organise/events/{event.slug}/messages/reminders/").get_data(as_text=True)
        assert said in page
        assert "Nothing is sent by itself" not in page
