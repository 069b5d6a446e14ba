"""What somebody sends who means no good: each was once answered badly."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid
from eventhub.foundation.logs import scrub
from eventhub.foundation.sheets import is_risky
from eventhub.foundation.web import network_of_reader
from eventhub.people.addresses import normalise
from eventhub.programme import services as programme
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import both, on_sqlite, organisation_of
from tests.filled import filled

pytestmark = on_sqlite


@pytest.mark.parametrize("address", ["/en/sign-in/", "/en/links/", "/en/sign-up/", "/en/reset/"])
@pytest.mark.parametrize("body", ["[1]", '{"address": 7}', '{"address": "\\ud800@b.org", "password": "x"}'])
def test_a_form_is_a_form_and_nothing_else(client, address, body):
    token = client.csrf(address)
    answer = client.post(address, data=body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 415


def test_a_monstrous_address_is_refused_before_its_letters_are_composed(client):
    with pytest.raises(ValueError):  # noqa: PT011 - that it is refused, and soon
        normalise("a" + "\u0315\u0300" * 100_000 + "@example.org")
    # What would take minutes for quadratic work is answered at once, or this test would never end.
    assert client.submit("/en/links/", {"address": "a" + "\u0315\u0300" * 30_000 + "@e.org"}).status_code == 422


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "1e3", "٣"])
def test_a_row_without_a_number_of_ours_is_no_row(sign_in, make_member, make_event, make_session, number):
    organiser = make_member()
    event = make_event(organisation=organisation_of(organiser))
    browser, desk = sign_in(organiser), f"/en/organise/events/{event.slug}/"
    session = f"{desk}programme/sessions/{make_session(event).id}/"
    for address, row in ((session, f"speakers-{number}-role"), (f"{desk}settings/", f"partners-{number}-part")):
        form = filled(browser.get(address).text)
        assert browser.post(address, data={**form, row: "x"}).status_code == 303


def test_what_is_ticked_twice_is_ticked_once(sign_in, make_member, make_event):
    organiser = make_member()
    series = events.add_series(organiser, organisation_of(organiser), both("Webinars"))
    event = make_event(organisation=organisation_of(organiser))
    browser, address = sign_in(organiser), f"/en/organise/events/{event.slug}/settings/"
    form = filled(browser.get(address).text, also_listed=[str(series.id)] * 2, working_languages=["en", "en"])
    assert browser.post(address, data=form).status_code == 303
    db.session.expire_all()
    assert [row.series_id for row in event.also_listed] == [series.id]
    assert event.working_languages == ["en"]


@pytest.mark.parametrize("year", [1, 1969, 2101, 9999])
def test_years_that_calendars_cannot_tell_are_refused(make_event, make_session, year):
    event = make_event()
    header = {name: getattr(event, name) for name in events.Header.__dataclass_fields__}
    start = datetime(year, 12, 31, 9)
    hours = {"starts": start, "ends": start + timedelta(hours=1)}
    with pytest.raises(Invalid):
        events.change_event(SYSTEM, event.id, events.Header(**{**header, **hours}))
    with pytest.raises(Invalid):
        programme.move_session(SYSTEM, make_session(event).id, start)


def test_a_hidden_persons_calendar_is_hidden_with_them(client, make_event, make_session, make_person):
    event, person = make_event(), make_person()
    make_session(event, speakers=[SpeakerPlan(role="panellist", person_id=person.id)])
    address = f"/en/people/{person.slug}/calendar.ics"
    assert client.get(address).status_code == 200
    header = {name: getattr(event, name) for name in events.Header.__dataclass_fields__}
    events.change_event(SYSTEM, event.id, events.Header(**{**header, "visibility": "invitation"}))
    assert client.get(address, query_string={"now": 1}).status_code == 404


def test_a_token_is_scrubbed_wherever_it_stands():
    token = "A" * 6 + "b" * 37
    for path in (f"/en/registrations//{token}/", f"/en/calendar/{token}.ics", f"/x/<{token}"):
        assert token not in scrub(path)
        assert "AAAAAA…" in scrub(path)


@pytest.mark.parametrize("page", ["99999999999999999999999999", "-1", "x"])
def test_no_page_number_is_too_great(sign_in, make_member, page):
    assert sign_in(make_member()).get(f"/en/organise/?page={page}").status_code == 200


@pytest.mark.parametrize("read", ["[1]", "5", "null", "[" * 20_000])
def test_a_stale_save_with_a_broken_memory_is_a_stale_save(sign_in, make_member, make_event, read):
    organiser = make_member()
    event = make_event(organisation=next(iter(organiser.organisations("organiser"))))
    browser, address = sign_in(organiser), f"/en/organise/events/{event.slug}/settings/"
    assert browser.submit(address, {"version": "0", "read": read, "title_en": "Other"}).status_code in {409, 422}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8:1:2::6]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::6]", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("_hidden", "unknown"),
    ],
)
def test_one_subscriber_is_one_network(app, address, network):
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network_of_reader() == network


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "Sem;=1+1", "＝1+1", "\u200b=1", "a\n=2"])
def test_no_cell_becomes_a_formula(cell):
    assert is_risky(cell)
    assert not is_risky("王芳, a+b=c")


def test_a_page_with_a_session_of_its_own_is_kept_by_nobody(client, make_event):
    event = make_event(in_person=5)
    answer = client.get(f"/en/events/{event.slug}/register/")
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-store"
