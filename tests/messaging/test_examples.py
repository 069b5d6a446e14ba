"""Letters that nobody could get yet, shown as they would go to a reader who was invented."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from eventhub.events import services as event_services
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.tables import Base
from eventhub.messaging import examples, samples
from eventhub.messaging import letters as drawing
from eventhub.messaging.examples import EXAMPLE
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.models import AUDIENCES
from eventhub.messaging.reminders.services import RulePlan
from eventhub.messaging.to_groups import services as to_groups
from eventhub.messaging.to_groups.groups import Group
from eventhub.messaging.to_groups.services import GroupPlan
from eventhub.messaging.wordings.occasions import OCCASIONS, SERIES
from eventhub.organisations.models import Organisation
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import position_of
from tests.conftest import both, on_sqlite, organisation_of

from .conftest import html, plain

NAMES = {"en": "Li Ming (invented)", "zh": "李明（虚构）"}
RULES = [(occasion, audience) for occasion, audiences in AUDIENCES.items() for audience in audiences]


def counted() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    return {name: db.session.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in Base.metadata.tables}


def shown(page: str) -> str:
    """The letter that a page shows, and its plain text."""
    return unescape(page[page.index('<article class="letter-shown"') :])


@pytest.fixture
def new_event(make_event) -> Event:
    return make_event(slug="new", published=False)


@pytest.fixture
def browser(new_event: Event, make_member, sign_in):
    return sign_in(make_member(organisation=new_event.organisation))


@on_sqlite
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_each_letter_of_an_event_with_nobody_is_shown_and_tested_as_to_an_invented_reader(browser, letters, occasion):
    room = f"/en/organise/events/new/messages/words/{occasion}/"
    before = counted()
    for lang, name in NAMES.items():
        page = browser.get(f"{room}?language={lang}").get_data(as_text=True)
        assert shown(page).count(name) == 2 and "an invented reader stands in" in page
    assert counted() == before
    browser.submit(f"{room}test/", {"who": str(EXAMPLE), "language": "zh"}, form_at=room)
    [test] = letters()
    assert test["Subject"].startswith("测试")
    assert NAMES["zh"] in plain(test) and NAMES["zh"] in html(test)
    told = {name: number - before[name] for name, number in counted().items() if number != before[name]}
    assert told == {"letters": 1, "outbox": 1}


@on_sqlite
@pytest.mark.parametrize("occasion", SERIES)
def test_letters_of_a_series_for_which_nobody_registered_are_shown_and_tested_as_well(
    make_event, make_member, sign_in, letters, occasion
):
    member = make_member("administrator")
    organisation = db.session.get(Organisation, organisation_of(member))
    browser, room = sign_in(member), f"/en/organise/organisations/{organisation.slug}/letters/{occasion}/"
    assert "It cannot be shown yet" in browser.get(room).get_data(as_text=True)
    series = event_services.add_series(SYSTEM, organisation.id, both("Webinars"), slug="webinars")
    assert "It cannot be shown yet" in browser.get(room).get_data(as_text=True)
    make_event("First of it", organisation=organisation, series_id=series.id)
    before = counted()
    for lang, name in NAMES.items():
        page = shown(browser.get(f"{room}?language={lang}").get_data(as_text=True))
        assert page.count(name) == 2
    assert counted() == before
    browser.submit(f"{room}test/", {"who": str(EXAMPLE), "language": "en"}, form_at=room)
    [test] = letters()
    assert test["Subject"].startswith("Test: ") and NAMES["en"] in plain(test)
    if occasion in {"series_registered", "series_cancelled", "series_offered"}:
        assert "First of it" in plain(test)


@on_sqlite
@pytest.mark.parametrize(("occasion", "audience"), RULES)
def test_each_reminder_is_shown_and_tested_while_it_is_for_nobody(
    make_event, make_session, make_member, sign_in, letters, occasion, audience
):
    closes = clock.now() + timedelta(days=10)
    event = make_event("Far away", zone="Europe/Berlin", registration_closes_at=closes)
    make_session(event, "First session")
    browser = sign_in(make_member(organisation=event.organisation))
    rule = reminders.save_rule(SYSTEM, event.id, RulePlan(occasion, audience, 1, "days"))
    room = f"/en/organise/events/{event.slug}/messages/reminders/{rule.id}/"
    letters()
    before = counted()
    for lang, name in NAMES.items():
        page = browser.get(f"{room}preview/?language={lang}").get_data(as_text=True)
        assert shown(page).count(name) == 2 and "an invented reader stands in" in page
    assert counted() == before
    browser.submit(f"{room}test/", {"who": str(EXAMPLE), "language": "en"}, form_at=f"{room}preview/")
    [test] = letters()
    assert test["Subject"] == "Test: Reminder: " + ("First session" if occasion == "session" else "Far away")
    assert NAMES["en"] in plain(test)
    if audience != "guests":
        assert "By your clock" in plain(test) and "Beijing time" in plain(test)
    if audience == "moderators":
        assert "Moderator:" in plain(test)


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "chosen"), [("registrants", {}), ("registrants", {"modes": ["online"]}), ("speakers", {}), ("guests", {})]
)
def test_a_letter_to_a_group_of_nobody_is_shown_and_tested_as_well(new_event, browser, letters, kind, chosen):
    said = both("To {name}", "致{name}"), both("See {link} in {where}.", "{link}，{where}")
    plan = GroupPlan(subject=said[0], text=said[1], group=Group(kind=kind, **chosen))
    letter = to_groups.add_letter(SYSTEM, new_event.id, plan)
    room = f"/en/organise/events/new/messages/groups/{letter.id}/"
    before = counted()
    for lang, name in NAMES.items():
        page = browser.get(f"{room}?language={lang}").get_data(as_text=True)
        assert shown(page).count(name) >= 2 and "an invented reader stands in" in page
        assert "Nobody gets this letter as things stand." in page
    assert counted() == before
    browser.submit(f"{room}test/", {"who": str(EXAMPLE), "language": "en"}, form_at=room)
    [test] = letters()
    assert test["Subject"] == f"Test: To {NAMES['en']}" and NAMES["en"] in plain(test)
    assert ("in Online." in plain(test)) == bool(chosen)
    told = {name: number - before[name] for name, number in counted().items() if number != before[name]}
    assert told == {"letters": 1, "outbox": 1}


@on_sqlite
def test_where_somebody_is_in_a_group_nobody_is_invented(make_event, make_member, sign_in, register):
    event = make_event(in_person=2)
    register(event, "Amina")
    letter = to_groups.add_letter(SYSTEM, event.id, GroupPlan(subject=both("Hi"), text=both("Hi {name}")))
    room = f"/en/organise/events/{event.slug}/messages/groups/{letter.id}/"
    browser = sign_in(make_member(organisation=event.organisation))
    page = browser.get(f"{room}?who={EXAMPLE}").get_data(as_text=True)
    assert "Hi Amina" in page and "invented" not in page
    asked = {"who": str(EXAMPLE), "language": "en"}
    assert browser.submit(f"{room}test/", asked, form_at=room).status_code == 404


def test_the_invented_reader_is_known_only_while_a_letter_is_drawn_and_is_written_nowhere(make_event, register):
    event = make_event(in_person=1)
    register(event), register(event)
    before = counted()
    letter = samples.sample("waitlisted", "en", event.id, {}, EXAMPLE)
    with examples.at_hand(letter):
        [place] = db.session.get(Registration, EXAMPLE).places
        assert position_of(place) == 2, "behind the one who waits"
        assert not (db.session.new or db.session.dirty or db.session.deleted)
        db.session.flush()
    assert "You are number 2 on the waitlist" in str(drawing.preview(letter).blocks)
    assert db.session.get(Registration, EXAMPLE) is None and place not in db.session
    assert counted() == before


@on_sqlite
def test_where_somebody_could_get_a_letter_nobody_is_invented(make_event, make_member, sign_in, register):
    event = make_event(slug="known")
    register(event, "Amina")
    browser, room = sign_in(make_member(organisation=event.organisation)), "/en/organise/events/known/messages/words/"
    page = browser.get(f"{room}confirmed/?who={EXAMPLE}").get_data(as_text=True)
    assert "Dear Amina," in page and "invented" not in page
    asked = {"who": str(EXAMPLE), "language": "en"}
    assert browser.submit(f"{room}confirmed/test/", asked, form_at=f"{room}confirmed/").status_code == 404
