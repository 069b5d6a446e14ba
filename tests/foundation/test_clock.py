"""Wall clocks and instants, in every zone of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation import clock

ZONES = sorted(clock.zone_names())
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31)).map(lambda m: m.replace(microsecond=0))


@cache
def changes(zone_name: str) -> list[tuple[datetime, timedelta]]:
    """When a zone's clocks are changed between 2015 and 2035, and by how much they are put forward."""
    zone, found = clock.zone(zone_name), []
    day = datetime(2015, 1, 1, tzinfo=UTC)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    while day.year < 2036:
        following = day + timedelta(days=1)
        if offset(day) != offset(following):
            low, high = day, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append((high, offset(following) - offset(day)))
        day = following
    return found


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[str, datetime, timedelta, timedelta]:
    """A zone, an instant at which its clocks are changed, by how much, and a moment's distance from it."""
    name = draw(st.sampled_from([name for name in ZONES if changes(name)]))
    moment, step = draw(st.sampled_from(changes(name)))
    return name, moment, step, timedelta(minutes=draw(st.integers(-180, 180)))


@given(st.sampled_from(ZONES), moments)
def test_an_instant_comes_back_from_the_wall_clock(zone_name, moment):
    moment = moment.replace(tzinfo=UTC)
    wall = clock.wall(moment, zone_name)
    again = clock.instant(wall, zone_name)
    assert wall.tzinfo is None
    assert again == moment or (clock.is_twice(wall, zone_name) and again < moment)


@given(st.sampled_from(ZONES), moments)
def test_a_wall_clock_comes_back_from_the_instant(zone_name, wall):
    moment = clock.instant(wall, zone_name)
    assert moment.tzinfo == UTC
    assert clock.is_skipped(wall, zone_name) != (clock.wall(moment, zone_name) == wall)


@given(near_a_change())
def test_around_a_change_of_clocks(case):
    zone_name, change, step, distance = case
    moment = change + distance
    wall = clock.wall(moment, zone_name)
    assert not clock.is_skipped(wall, zone_name), "what a clock shows is never skipped"
    again = clock.instant(wall, zone_name)
    if step < timedelta() and timedelta() <= distance < -step:
        assert clock.is_twice(wall, zone_name)
        assert again == moment + step, "of two, the first is meant"
    else:
        assert again == moment


@given(near_a_change())
def test_a_time_that_is_skipped_means_as_long_after_the_change(case):
    zone_name, change, step, distance = case
    if step > timedelta():
        into = abs(distance) % step
        wall = clock.wall(change, zone_name) - step + into
        assert clock.is_skipped(wall, zone_name)
        assert not clock.is_twice(wall, zone_name)
        assert clock.instant(wall, zone_name) == change + into


@pytest.mark.parametrize(
    ("zone_name", "wall", "instant"),
    [
        ("Asia/Shanghai", "2019-10-23T09:00", "2019-10-23T01:00"),
        ("Asia/Kathmandu", "2027-01-01T00:00", "2026-12-31T18:15"),
        ("Europe/Zurich", "2027-03-28T01:59", "2027-03-28T00:59"),
        ("Europe/Zurich", "2027-03-28T02:30", "2027-03-28T01:30"),  # skipped
        ("Europe/Zurich", "2027-10-31T02:30", "2027-10-31T00:30"),  # twice: the first
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45"),  # put back by half an hour: the first
        ("Africa/Casablanca", "2025-07-01T12:00", "2025-07-01T11:00"),
        ("Pacific/Kiritimati", "2020-02-29T23:59", "2020-02-29T09:59"),
    ],
)
def test_known_hours(zone_name, wall, instant):
    assert clock.instant(datetime.fromisoformat(wall), zone_name) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_the_second_of_two_is_not_asked_for_by_chance():
    twice = datetime(2027, 10, 31, 2, 30, fold=1)
    assert clock.instant(twice, "Europe/Zurich") == clock.instant(twice.replace(fold=0), "Europe/Zurich")
    assert not clock.is_skipped(twice, "Europe/Zurich")


@pytest.mark.parametrize("name", ["", "Beijing", "EST", "../../etc/passwd", "Asia/Nowhere", "posix/Asia/Tokyo", "北京"])
def test_only_zones_that_a_person_may_choose_are_known(name):
    with pytest.raises(ValueError, match="unknown time zone"):
        clock.zone(name)


def test_the_clock_can_stand_still_and_goes_on_afterwards():
    moment = datetime(2020, 2, 3, 14, 5, tzinfo=clock.zone("Europe/Zurich"))
    with clock.standing_at(moment):
        assert clock.now() == datetime(2020, 2, 3, 13, 5, tzinfo=UTC)
        assert clock.now().tzinfo == UTC
        with pytest.raises(ZeroDivisionError), clock.standing_at(moment + timedelta(days=1)):
            raise ZeroDivisionError
        assert clock.now() == moment
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_zone_is_read_from_its_file_twice():
    """The readers of one letter may live in all of them, one after the other."""
    first = [id(clock.zone(name)) for name in ZONES]
    read = clock.zone.cache_info().misses
    assert [id(clock.zone(name)) for name in ZONES] == first
    assert clock.zone.cache_info().misses == read
