"""A VTIMEZONE means to independent readers what zoneinfo means."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import tz as dateutil_tz
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Timezone

from eventhub.calendars.zones import vtimezone

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
seconds = st.integers(
    int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())
)
instants = seconds.map(lambda second: datetime.fromtimestamp(second, UTC))


def read_by_dateutil(component: bytes, instant: datetime) -> timedelta | None:
    zone = dateutil_tz.tzical(io.StringIO(component.decode())).get()
    return instant.astimezone(zone).utcoffset()


@settings(deadline=None)  # a machine that does much at once is no failure
@given(st.sampled_from(ZONES), instants, instants)
def test_every_zone_has_the_right_offset_at_the_instants_asked_for(tzid: str, one: datetime, other: datetime) -> None:
    component = vtimezone(tzid, min(one, other), max(one, other))
    for instant in (one, other, one + (other - one) / 2):
        assert read_by_dateutil(component, instant) == instant.astimezone(ZoneInfo(tzid)).utcoffset()


def test_every_zone_is_right_in_each_season_of_the_coming_years() -> None:
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
    days = [first + timedelta(days=day, hours=day % 24) for day in range(0, 1095, 13)]

    def is_wrong(tzid: str) -> bool:
        component = vtimezone(tzid, first, last).decode()
        zone = dateutil_tz.tzical(io.StringIO(component)).get()
        return any(day.astimezone(zone).utcoffset() != day.astimezone(ZoneInfo(tzid)).utcoffset() for day in days)

    assert [tzid for tzid in ZONES if is_wrong(tzid)] == []


@pytest.mark.parametrize("tzid", ["Europe/Zurich", "America/New_York", "Africa/Casablanca", "Asia/Shanghai"])
def test_icalendar_reads_summer_and_winter_hours(tzid: str) -> None:
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
    zone = Timezone.from_ical(vtimezone(tzid, first, last)).to_tz(lookup_tzid=False)
    for month in range(1, 13):
        instant = datetime(2027, month, 15, 12, tzinfo=UTC)
        assert instant.astimezone(zone).utcoffset() == instant.astimezone(ZoneInfo(tzid)).utcoffset()


def test_a_zone_with_yearly_rules_is_two_rules_from_before_every_session() -> None:
    year = datetime(2026, 5, 1, tzinfo=UTC)
    assert vtimezone("Europe/Zurich", year, year).decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Zurich",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


def test_a_zone_without_summer_time_is_one_standard_with_equal_offsets() -> None:
    year = datetime(2026, 5, 1, tzinfo=UTC)
    assert vtimezone("Asia/Shanghai", year, year).decode().split("\r\n")[2:-2] == [
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "END:STANDARD",
    ]


@pytest.mark.parametrize("tzid", ["Africa/Casablanca", "Europe/Istanbul"])
def test_a_zone_without_yearly_rules_has_one_sub_component_a_change(tzid: str) -> None:
    component = vtimezone(tzid, datetime(2015, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
    assert b"RRULE" not in component
    assert b"RDATE" not in component
    assert component.count(b"BEGIN:STANDARD") > 1


def test_one_change_in_each_of_two_years_is_not_taken_for_two_yearly_rules() -> None:
    # Northern Cyprus stayed on summer time from March 2016 until October 2017.
    first, last = datetime(2016, 1, 1, tzinfo=UTC), datetime(2017, 12, 31, tzinfo=UTC)
    component = vtimezone("Asia/Famagusta", first, last)
    for instant in (first, datetime(2016, 12, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC), last):
        assert read_by_dateutil(component, instant) == instant.astimezone(ZoneInfo("Asia/Famagusta")).utcoffset()


def test_a_meeting_before_1970_still_has_an_observance_that_began_before_it() -> None:
    instant = datetime(1955, 7, 1, tzinfo=UTC)
    component = vtimezone("Asia/Tokyo", instant, instant)
    assert b"DTSTART:1954" in component
    assert read_by_dateutil(component, instant) == timedelta(hours=9)
