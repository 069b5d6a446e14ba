"""Public holidays over the days of an event, as hints on its desk."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask_babel import Babel

from eventhub.events import holidays
from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.registrations.services import Details, register
from tests.conftest import in_november_2026, on_sqlite, organisation_of


def event(first: str, last: str, zone: str = "Asia/Shanghai", mode: str = "in_person") -> Event:
    starts, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return Event(starts=starts, ends=ends, zone=zone, mode=mode)


@pytest.mark.parametrize(
    ("first", "last", "countries", "lang", "told"),
    [
        ("2027-10-01", "2027-10-01", ["CN"], "en", ["National Day (China)"]),
        ("2027-10-01", "2027-10-01", ["CN"], "zh", ["国庆节 (中国)"]),
        ("2026-10-10", "2026-10-10", ["CN"], "en", ["a working day, though it is a weekend (China)"]),
        ("2026-02-20", "2026-02-20", ["CN"], "en", ["a day off, for which another one is worked (China)"]),
        ("2027-12-31", "2028-01-01", ["CH"], "en", ["New Year's Day (Switzerland)"]),
        ("2027-10-03", "2027-10-03", ["DE", "DE"], "zh", ["German Unity Day (德国)"]),
        ("2027-04-27", "2027-04-27", ["ZA"], "en", ["Freedom Day (South Africa)"]),
        ("2027-01-01", "2027-12-31", ["CN"], "en", []),
        ("2027-10-12", "2027-10-13", ["CN", "AQ", "XX"], "en", []),
    ],
)
def test_what_is_told_of_the_days_of_an_event(first, last, countries, lang, told):
    bare = Flask("bare")
    Babel(bare)
    with bare.test_request_context():
        assert [str(day.told(lang)) for day in holidays.over(event(first, last), countries)] == told


def test_the_country_is_that_of_the_zone_where_people_meet():
    assert holidays.place_of(event("2027-10-01", "2027-10-01")) == "CN"
    assert holidays.place_of(event("2027-10-01", "2027-10-01", "Europe/Zurich")) == "CH"
    assert holidays.place_of(event("2027-10-01", "2027-10-01", mode="online")) is None


@in_november_2026
@on_sqlite
def test_the_desk_tells_those_of_its_place_and_of_five_people(make_member, make_event, sign_in):
    organiser = make_member("organiser")
    day = datetime(2028, 10, 3, 9)
    made = make_event(organisation=organisation_of(organiser), starts=day, ends=day.replace(hour=17))
    desk = sign_in(organiser)
    for number in range(5):
        page = desk.get(f"/en/organise/events/{made.slug}/").get_data(as_text=True)
        assert "National Day (China)" in page
        assert "Germany" not in page, number
        details = Details(name=f"Ann {number}", address=f"ann{number}@example.org", country="DE")
        register(SYSTEM, made.id, details, "in_person")
    for room in ("", "publish/", "settings/"):
        page = desk.get(f"/en/organise/events/{made.slug}/{room}").get_data(as_text=True)
        assert "German Unity Day (Germany)" in page, room
    assert "国庆节" in desk.get(f"/zh/organise/events/{made.slug}/publish/").get_data(as_text=True)
