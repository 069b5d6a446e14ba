"""The zone of a country, where there is but one."""

from __future__ import annotations

import pytest

from eventhub.foundation import clock
from eventhub.foundation.zones import zone_of_country


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
