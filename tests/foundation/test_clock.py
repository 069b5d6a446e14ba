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
    assert again == moment
    assert not wall.fold or clock.is_twice(wall, zone_name), "there is no second where there is only one"


@given(st.sampled_from(ZONES), moments, st.sampled_from([0, 1]))
def test_a_time_comes_back_as_the_same_of_two_from_what_is_kept_of_it(zone_name, wall, fold):
    wall = clock.settled(wall.replace(second=0, fold=fold), zone_name)
    for again in (clock.unmarked(clock.marked(wall)), clock.read(clock.written(wall))):
        assert clock.is_same(again, wall)
        assert clock.instant(again, zone_name) == clock.instant(wall, zone_name)
    if not clock.is_skipped(wall, zone_name):
        assert clock.is_same(clock.wall(clock.instant(wall, zone_name), zone_name), wall)


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
    assert clock.instant(wall, zone_name) == moment
    is_second = step < timedelta() and timedelta() <= distance < -step
    assert wall.fold == is_second
    if is_second:
        assert clock.is_twice(wall, zone_name)
        assert clock.instant(wall.replace(fold=0), zone_name) == moment + step, "where nothing is said, the first"
    assert clock.is_same(clock.later(wall, -distance, zone_name), clock.wall(change, zone_name))


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


@pytest.mark.parametrize(
    ("zone_name", "wall", "first", "second"),
    [
        ("Europe/Zurich", "2027-10-31T02:30", "2027-10-31T00:30", "2027-10-31T01:30"),
        ("America/New_York", "2027-11-07T01:59", "2027-11-07T05:59", "2027-11-07T06:59"),
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45", "2027-04-03T15:15"),
        ("Africa/Casablanca", "2025-02-23T02:30", "2025-02-23T01:30", "2025-02-23T02:30"),
        ("Asia/Shanghai", "2027-10-31T02:30", "2027-10-30T18:30", "2027-10-30T18:30"),  # once
        ("Europe/Zurich", "2027-03-28T02:30", "2027-03-28T01:30", "2027-03-28T01:30"),  # never
    ],
)
def test_which_of_two_is_meant(zone_name, wall, first, second):
    at = datetime.fromisoformat(wall)
    found = [clock.instant(at.replace(fold=fold), zone_name) for fold in (0, 1)]
    assert found == [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (first, second)]
    assert (
        clock.is_twice(at, zone_name) == (first != second) == (clock.settled(at.replace(fold=1), zone_name).fold == 1)
    )
    assert clock.is_skipped(at, zone_name) == clock.is_skipped(at.replace(fold=1), zone_name)


def test_what_was_kept_before_reads_as_the_first_of_two():
    assert clock.read("2027-10-31T02:30").fold == clock.read("2027-10-31T02:30:00").fold == 0
    assert clock.written(datetime(2027, 10, 31, 2, 30)) == "2027-10-31T02:30"
    assert clock.written(datetime(2027, 10, 31, 2, 30, fold=1)) > clock.written(datetime(2027, 10, 31, 2, 30))
    assert clock.is_same(None, None)
    assert not clock.is_same(datetime(2027, 10, 31, 2, 30, fold=1), datetime(2027, 10, 31, 2, 30))


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


def test_the_clock_can_go_on_from_a_moment():
    moment = datetime(2020, 2, 3, 14, 5, tzinfo=UTC)
    with clock.standing_at(moment + timedelta(days=9)), clock.going_from(moment):
        first = clock.now()
        while clock.now() == first:
            pass
        assert moment <= first < clock.now() < moment + timedelta(seconds=5)
        with clock.standing_at(moment + timedelta(days=1)):
            assert clock.now() == moment + timedelta(days=1)
        assert clock.now() < moment + timedelta(seconds=5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_zone_is_read_from_its_file_twice():
    """The readers of one letter may live in all of them, one after the other."""
    first = [id(clock.zone(name)) for name in ZONES]
    read = clock.zone.cache_info().misses
    assert [id(clock.zone(name)) for name in ZONES] == first
    assert clock.zone.cache_info().misses == read
