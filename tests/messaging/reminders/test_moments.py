"""When a rule writes, in every zone and whatever clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation import clock
from eventhub.messaging.reminders.moments import Timing

ZONES = [
    "Asia/Shanghai", "Europe/Zurich", "Africa/Casablanca", "Asia/Kathmandu", "America/New_York", "Pacific/Apia",
    "Pacific/Kiritimati", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Asia/Beirut", "Pacific/Midway",
]  # fmt: skip


def at(wall: str, zone: str) -> datetime:
    return clock.instant(datetime.fromisoformat(wall), zone)


@pytest.mark.parametrize(
    ("timing", "begins", "zone", "reader", "expected"),
    [
        # A day before nine is nine, although the night between them was an hour shorter, or longer.
        (Timing(1, "days"), "2027-03-28 09:00", "Europe/Zurich", "Europe/Zurich", "2027-03-27 09:00"),
        (Timing(1, "days"), "2027-10-31 09:00", "Europe/Zurich", "Europe/Zurich", "2027-10-30 09:00"),
        # Of what begins in the hour that does not exist, 24 hours before are 24 hours.
        (Timing(24, "hours"), "2027-03-28 02:30", "Europe/Zurich", "Europe/Zurich", "2027-03-27 02:30"),
        # Morocco puts its clocks back for Ramadan, which begins on 8 February 2027.
        (Timing(2, "days", at_clock="09:00"), "2027-02-08 10:00", "Africa/Casablanca", "Africa/Casablanca",
         "2027-02-06 09:00"),
        (Timing(60, "minutes"), "2027-02-07 12:00", "Africa/Casablanca", "Africa/Casablanca", "2027-02-07 11:00"),
        # Nepal's clock is a quarter of an hour off.
        (Timing(2, "days", at_clock="09:00"), "2027-01-14 09:00", "Asia/Shanghai", "Asia/Kathmandu",
         "2027-01-12 09:00"),
        # For who lives behind the date line it is the day before already.
        (Timing(2, "days", at_clock="09:00"), "2027-01-14 09:00", "Asia/Shanghai", "America/New_York",
         "2027-01-11 09:00"),
        # By the event's clock it would be two in the reader's night: so it is seven.
        (Timing(2, "days", at_clock="09:00", is_own_clock=False), "2027-01-14 09:00", "Asia/Shanghai", "Europe/Zurich",
         "2027-01-12 07:00"),
        # On the day at nine, of what begins at eight: on the day before.
        (Timing(0, "days", at_clock="09:00"), "2027-01-14 08:00", "Asia/Shanghai", "Asia/Shanghai", "2027-01-13 09:00"),
        # Seven would be too late for what begins at five in the reader's morning: so it is the evening before.
        (Timing(0, "days", at_clock="09:00", is_own_clock=False), "2027-01-14 12:00", "Asia/Shanghai", "Europe/Zurich",
         "2027-01-13 21:00"),
        (Timing(1, "days", is_after=True, at_clock="09:00"), "2027-01-14 17:00", "Asia/Shanghai", "Asia/Shanghai",
         "2027-01-15 09:00"),
        (Timing(0, "days", is_after=True, at_clock="09:00"), "2027-01-14 17:00", "Asia/Shanghai", "Asia/Shanghai",
         "2027-01-15 09:00"),
    ],
)  # fmt: skip
def test_the_moment_of_a_rule(timing: Timing, begins: str, zone: str, reader: str, expected: str):
    due = timing.moment(at(begins, zone), zone, reader)
    assert clock.wall(due, reader) == datetime.fromisoformat(expected)


@given(
    wall=st.datetimes(datetime(2026, 1, 1), datetime(2035, 1, 1)),
    zone=st.sampled_from(ZONES),
    reader=st.sampled_from(ZONES),
    amount=st.integers(0, 60),
    hour=st.none() | st.times(datetime(2026, 1, 1, 7).time(), datetime(2026, 1, 1, 21, 59).time()),
    is_after=st.booleans(),
    is_own_clock=st.booleans(),
)
def test_days_are_on_their_side_near_by_and_never_in_anybodys_night(
    wall, zone, reader, amount, hour, is_after, is_own_clock
):
    at_clock = f"{hour:%H:%M}" if hour else None
    timing = Timing(amount if at_clock else amount + 1, "days", is_after, at_clock, is_own_clock)
    begins = clock.instant(wall.replace(second=0, microsecond=0), zone)
    due = timing.moment(begins, zone, reader)
    assert due > begins if is_after else due < begins
    assert 7 <= clock.wall(due, reader).hour < 22
    assert abs(due - begins) <= timing.reach
    if at_clock and is_own_clock:
        assert f"{clock.wall(due, reader):%H:%M}" == at_clock


@given(amount=st.integers(0, 240), is_after=st.booleans())
def test_minutes_and_hours_are_counted_on_the_worlds_line(amount: int, is_after: bool):
    begins = datetime(2027, 3, 28, 3, tzinfo=UTC)
    for unit, one in (("minutes", timedelta(minutes=1)), ("hours", timedelta(hours=1))):
        due = Timing(amount, unit, is_after).moment(begins, "Europe/Zurich", "Asia/Shanghai")
        assert abs(due - begins) == amount * one
