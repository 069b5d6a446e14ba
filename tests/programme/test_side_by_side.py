"""The events of an organisation side by side."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.organisations.models import Organisation
from eventhub.programme import services, side_by_side
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations.services import Details, register
from tests.conftest import both, in_november_2026, organisation_of
from tests.queries import count_queries

pytestmark = in_november_2026

NINE = datetime(2027, 3, 10, 9)


@pytest.fixture
def organiser(make_member: Any) -> Any:
    return make_member("organiser")


def page(browser: Any, organisation: Any, lang: str = "en", **query: str) -> str:
    address = f"/{lang}/organise/organisations/{organisation.slug}/side-by-side/"
    answer = browser.get(address, query_string={"from": "2027-03-08", **query})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def network(organiser, make_event, make_session, make_person):
    """Two events at one time in one hotel, with one speaker and one room in common."""
    owner = db.session.get(Organisation, organisation_of(organiser))
    person = make_person()
    for name, first in (("Workshop", 0), ("Webinar", 1)):
        event = make_event(name, organisation=owner, starts=NINE, ends=NINE + timedelta(hours=8), published=not first)
        hall = services.save_room(SYSTEM, event.id, both("Hall", f"大厅{first}"))
        hours = {"starts": NINE + timedelta(minutes=30 * first), "ends": NINE + timedelta(hours=1)}
        speaker = SpeakerPlan("panellist", person_id=person.id)
        make_session(event, f"{name} opening", room_id=hall.id, speakers=[speaker], **hours)
        if first:
            make_session(event, "Afterwards", starts=NINE + timedelta(hours=1), ends=NINE + timedelta(hours=2))
    return owner, person


def test_sessions_stand_by_hour_in_the_zone_that_was_chosen(organiser, network, sign_in):
    owner, _ = network
    desk = sign_in(organiser)
    here = page(desk, owner)
    assert "09:00–10:00 Workshop opening" in here
    assert "09:30–10:00 Webinar opening" in here, "drafts too"
    assert "02:00–03:00 Workshop opening" in page(desk, owner, zone="Europe/Zurich")
    assert "Workshop opening" not in page(desk, owner, **{"from": "2027-03-11"})
    assert page(desk, owner, **{"from": "nonsense"})
    assert "研讨会：Workshop" in page(desk, owner, "zh")


def test_clashes_are_told_in_words(organiser, network, sign_in):
    owner, person = network
    here = page(sign_in(organiser), owner)
    name = person.names.in_("en")
    assert f"Wed 10 Mar 09:30–10:00: {name} is in “Workshop opening” of “Workshop”" in here
    assert "are in the same room, Hall." in here
    assert here.count("Afterwards") == 1, "what begins as another ends does not meet it"


def test_only_what_one_runs_is_told(organiser, network, sign_in, make_member, make_event):
    owner, _ = network
    assert (
        sign_in(make_member("organiser")).get(f"/en/organise/organisations/{owner.slug}/side-by-side/").status_code
        == 404
    )


def test_five_people_in_common_are_told_and_fewer_are_not(organiser, sign_in, make_event, make_session):
    owner = db.session.get(Organisation, organisation_of(organiser))
    made = [make_event(name, organisation=owner, starts=NINE, ends=NINE + timedelta(hours=3)) for name in ("A", "B")]
    for event in made:
        make_session(event)
    desk = sign_in(organiser)
    for number in range(5):
        assert "registered for both" not in page(desk, owner), number
        for event in made:
            register(SYSTEM, event.id, Details(name="Ann", address=f"ann{number}@example.org"), "in_person")
    assert "5 people are registered for both “A” and “B”." in page(desk, owner)


def test_of_very_many_clashes_the_first_are_told(organiser, sign_in, make_event, make_session):
    owner = db.session.get(Organisation, organisation_of(organiser))
    for name in ("A", "B"):
        event = make_event(name, organisation=owner, starts=NINE, ends=NINE + timedelta(hours=3))
        for number in range(16):
            make_session(event, f"{name}{number}", starts=NINE, ends=NINE + timedelta(hours=1))
    here = page(sign_in(organiser), owner)
    assert here.count("are at the same venue") == side_by_side.MOST_CLASHES < 16 * 16
    assert "these are the first of their clashes" in here


def test_one_and_three_events_ask_alike(organiser, sign_in, make_event, make_session):
    owner = db.session.get(Organisation, organisation_of(organiser))
    desk = sign_in(organiser)

    def more(number: int) -> int:
        for _ in range(number):
            event = make_event(organisation=owner, starts=NINE, ends=NINE + timedelta(hours=3))
            room = services.save_room(SYSTEM, event.id, both("Hall"))
            make_session(event, room_id=room.id, speakers=[SpeakerPlan("panellist", name=both("Somebody"))])
        with count_queries() as counted:
            page(desk, owner)
        return len(counted)

    more(2)  # two events meet, so that all is asked
    assert more(1) == more(3)
