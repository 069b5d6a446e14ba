"""The zone of a country, where there is but one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eventhub.foundation import clock
from eventhub.foundation.forms import EditForm, ZoneField
from eventhub.foundation.i18n import zones_by_city
from eventhub.foundation.zones import current_name, reader_zone, told_zone, zone_of_country


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("CN", "Asia/Shanghai"),
        ("CH", "Europe/Zurich"),
        ("NP", "Asia/Kathmandu"),
        ("DE", "Europe/Berlin"),
        ("MY", "Asia/Kuala_Lumpur"),
        ("CY", "Asia/Nicosia"),
        ("UZ", "Asia/Tashkent"),
        ("ES", None),
        ("ID", None),
        ("AU", None),
        ("US", None),
        ("", None),
        ("XX", None),
    ],
)
def test_a_country_with_one_clock_has_a_zone_and_no_other_is_guessed(country: str, zone: str | None):
    assert zone_of_country(country) == zone
    assert zone is None or zone in clock.zone_names()


@pytest.mark.parametrize(
    ("address", "device", "zone"),
    [
        ("Asia/Kathmandu", "America/New_York", "Asia/Kathmandu"),
        ("all", "America/New_York", "America/New_York"),
        ("", "UTC", "UTC"),
        ("Asia/Katmandu", "", "Asia/Kathmandu"),
        ("", "Asia/Calcutta", "Asia/Kolkata"),
        ("", "Etc/UTC", "UTC"),
        ("Etc/GMT", "Asia/Rangoon", "Asia/Yangon"),
        ("Mars/Olympus", "Etc/GMT+5", None),
        ("", "../../etc/passwd", None),
        ("", "", None),
    ],
)
def test_a_form_tells_a_zone_by_its_address_else_by_the_device(app, address: str, device: str, zone: str | None):
    with app.test_request_context(f"/?zone={address}", method="POST", data={"zone": device}):
        assert told_zone() == zone
    with app.test_request_context("/"):
        assert told_zone() is None


def test_every_name_of_a_zone_leads_to_one_that_is_offered_and_shows_the_same_clock():
    names, offered = clock.zone_names(), {name for name, _ in zones_by_city("en", clock.zone_names())}
    # Too new for the locale data, which knows no words for it: it is taken, and not offered yet.
    assert {name for name in names if current_name(name) not in offered} == {"America/Coyhaique"}
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in (1990, 2020, 2026) for month in (1, 7)]
    for name in names:
        assert [clock.wall(one, name) for one in moments] == [clock.wall(one, current_name(name)) for one in moments]
    assert current_name("Africa/Asmera") == "Africa/Asmara", "not the place that keeps the same clock"


@pytest.mark.parametrize("asked", ["Asia/Katmandu", "Asia/Kathmandu"])
@pytest.mark.parametrize("own", [None, "Asia/Katmandu"])
@pytest.mark.parametrize("venue", ["Asia/Katmandu", "Asia/Kathmandu"])
def test_the_clock_of_the_venue_is_told_once_by_whatever_name(app, asked: str, own: str | None, venue: str):
    with app.test_request_context(f"/?zone={asked}"):
        zone = reader_zone(venue, None, own)
        assert (zone.name, zone.query, zone.is_asked) == (venue, "", True)
    with app.test_request_context("/"):
        assert (reader_zone(venue, None, own).query, reader_zone("", None, own).name) == (
            "",
            "Asia/Kathmandu" if own else "",
        )


@pytest.mark.parametrize(
    ("sent", "kept", "taken"),
    [
        ("Asia/Calcutta", None, "Asia/Kolkata"),
        ("Asia/Kolkata", None, "Asia/Kolkata"),
        ("Asia/Calcutta", "Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_a_form_takes_a_zone_by_the_name_that_it_has_today(app, sent: str, kept: str | None, taken: str):
    class Form(EditForm):
        zone = ZoneField("Zone")

    with app.test_request_context("/", method="POST", data={"zone": sent}):
        form = Form(data={"zone": kept}, meta={"csrf": False})
        assert form.validate(), form.errors
        assert form.zone.data == taken
