"""The zone of a country, where there is but one."""

from __future__ import annotations

import pytest

from eventhub.foundation import clock
from eventhub.foundation.zones import told_zone, zone_of_country


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("CN", "Asia/Shanghai"),
        ("CH", "Europe/Zurich"),
        ("NP", "Asia/Kathmandu"),
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
