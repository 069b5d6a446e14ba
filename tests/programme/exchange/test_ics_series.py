"""Series in calendars as other systems write them: what takes place, what does not, and what is other than planned."""

from __future__ import annotations

import pytest

from eventhub.programme.exchange.words import ERRORS

from .test_ics import calendar, event

BERLIN = ";TZID=Europe/Berlin:"


def weekly(**fields: str) -> str:
    """Mondays at nine in Berlin, from the 15th of March 2027."""
    told = {"DTSTART": f"{BERLIN}20270315T090000", "DTEND": f"{BERLIN}20270315T100000", "RRULE": "FREQ=WEEKLY;COUNT=4"}
    return event(**{**told, **fields})


def daily(**fields: str) -> str:
    return weekly(**{"RRULE": "FREQ=DAILY;COUNT=3", **fields})


def other(original: str, start: str = "", **fields: str) -> str:
    """One of them that is other; its hours, an hour long, are those of Berlin."""
    hours = {"DTSTART": f"{BERLIN}{start}", "DTEND": "", "DURATION": "PT1H"} if start else {"DTSTART": "", "DTEND": ""}
    return event(RECURRENCE_ID=original, **hours, **fields)


def shown(reading) -> list[str]:
    """Each repetition in its own zone: when it was planned, and its hours."""
    assert not any(problem.what in ERRORS for problem in reading.problems)
    return [f"{one.key[-7:]} {one.starts:%d %H:%M}-{one.ends:%H:%M}" for one in reading.entries if one.starts]


def off(reading) -> list[str]:
    return [one.key[-7:] for one in reading.entries if one.is_cancelled]


@pytest.fixture
def read(read_file):
    return lambda *events, **more: read_file(calendar(*events, **more), "Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;UNTIL=20270317", ["15", "16", "17"]),
        ("FREQ=DAILY;UNTIL=20270317T080000Z", ["15", "16", "17"]),
        ("FREQ=DAILY;UNTIL=20270317T075959Z", ["15", "16"]),
        ("FREQ=DAILY;UNTIL=20270317T090000", ["15", "16", "17"]),
        ("freq=daily;until=20270316;", ["15", "16"]),
    ],
)
def test_the_last_day_of_a_rule_is_one_of_them(read, rule, days):
    assert [day[:2] for day in shown(read(daily(RRULE=rule)))] == days


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_rule_that_ends_with_the_calendar_itself(read_file, zone):
    """As some programs write that there is no end: in the east its last hours are those of the year 10000."""
    hours = {"DTSTART": f";TZID={zone}:20270315T090000", "DTEND": "", "DURATION": "PT1H"}
    ever = shown(read_file(calendar(daily(**hours, RRULE="FREQ=DAILY;UNTIL=99991231T235959Z")), zone))
    assert ever == shown(read_file(calendar(daily(**hours, RRULE="FREQ=DAILY")), zone))
    assert len(ever) > 10


def test_the_last_day_is_one_by_the_clock_of_the_series(read_file):
    """Late in New York, when it is the next day in Shanghai, where it is read."""
    late = {"DTSTART": ";TZID=America/New_York:20270315T220000", "DTEND": "", "DURATION": "PT1H"}
    reading = read_file(calendar(daily(**late, RRULE="FREQ=DAILY;UNTIL=20270316")))
    assert shown(reading) == ["15T2200 16 10:00-11:00", "16T2200 17 10:00-11:00"]


@pytest.mark.parametrize(
    ("told", "days"),
    [
        (";VALUE=DATE:20270316", ["15", "17"]),
        (";VALUE=DATE:20270315,20270317", ["16"]),
        ("20270316", ["15", "17"]),
        ("20270316T080000Z", ["15", "17"]),
        ("20270316T090000", ["15", "17"]),
        (f"{BERLIN}20270316T100000", ["15", "16", "17"]),
        ("00010101,20270316T250000", ["15", "16", "17"]),
    ],
)
def test_what_does_not_take_place(read, told, days):
    """A day stands for all that would be on it, and a time of no zone is by the series' clock."""
    reading = read(daily(EXDATE=told), head="X-WR-TIMEZONE:UTC\r\n")
    assert [day[:2] for day in shown(reading)] == days


def test_a_day_that_is_left_out_takes_all_its_hours_and_what_was_moved_from_it(read):
    rule = {"RRULE": "FREQ=DAILY;BYHOUR=9,14;COUNT=6", "EXDATE": ";VALUE=DATE:20270316"}
    reading = read(daily(**rule), other(f"{BERLIN}20270316T140000", "20270320T140000"))
    assert [one[:7] for one in shown(reading)] == ["15T0900", "15T1400", "17T0900", "17T1400"]


def test_further_dates_are_moments_days_or_periods_of_their_own_length(read):
    also = ";VALUE=PERIOD:20270320T080000Z/20270320T110000Z,20270321T080000Z/PT90M"
    assert shown(read(daily(RRULE="", RDATE=also))) == [
        "15T0900 15 09:00-10:00", "20T0900 20 09:00-12:00", "21T0900 21 09:00-10:30",
    ]  # fmt: skip
    for told in (";VALUE=DATE:20270320", "20270320T080000Z", "20270320T090000", "20270320T080000Z/soon"):
        assert shown(read(daily(RRULE="", RDATE=told))) == ["15T0900 15 09:00-10:00", "20T0900 20 09:00-10:00"]


def test_a_rule_may_name_its_hours(read):
    rule = "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30;BYSECOND=0;COUNT=5"
    assert shown(read(daily(RRULE=rule))) == [
        "15T0900 15 09:00-10:00", "15T0930 15 09:30-10:30", "15T1400 15 14:00-15:00", "15T1430 15 14:30-15:30",
        "16T0900 16 09:00-10:00",
    ]  # fmt: skip


def test_what_is_other_from_one_on_is_so_for_all_later_ones(read):
    """RFC 5545 §3.2.13; one that is other by itself stays as it says, and so do those before."""
    reading = read(
        weekly(RRULE="FREQ=WEEKLY;COUNT=6"),
        other(";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270322T090000", "20270323T110000", SUMMARY="Tuesdays"),
        other(f"{BERLIN}20270405T090000", "20270405T200000", SUMMARY="Late"),
        other(";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270412T090000", STATUS="CANCELLED", SUMMARY=""),
    )
    assert shown(reading) == [
        "15T0900 15 09:00-10:00", "22T0900 23 11:00-12:00", "29T0900 30 11:00-12:00", "05T0900 05 20:00-21:00",
    ]  # fmt: skip
    assert [one.title.in_("en") for one in reading.entries] == ["Opening", "Tuesdays", "Tuesdays", "Late", "", ""]
    assert off(reading) == ["12T0900", "19T0900"]


@pytest.mark.parametrize("original", [f"{BERLIN}20270322T090000", "20270322T080000Z", ";VALUE=DATE:20270322"])
def test_one_that_is_other_is_found_however_it_is_named_and_wherever_it_stands(read, original):
    moved = other(original, "20270323T110000", SUMMARY="Moved")
    for events in ((moved, weekly()), (weekly(), moved)):
        reading = read(*events)
        assert shown(reading)[1] == "22T0900 23 11:00-12:00"
        assert [one.title.in_("en") for one in reading.entries] == ["Opening", "Moved", "Opening", "Opening"]
        assert reading.problems == ()


def test_of_two_versions_of_one_the_newer_counts_however_they_are_named(read):
    reading = read(
        weekly(),
        other("20270322T080000Z", "20270323T110000", SUMMARY="Older"),
        other(f"{BERLIN}20270322T090000", "20270323T120000", SUMMARY="Newer", SEQUENCE="1"),
    )
    assert shown(reading)[1] == "22T0900 23 12:00-13:00"
    assert [(problem.what, problem.about) for problem in reading.problems] == [("older", "Older")]


def test_one_without_its_series_is_named_by_its_own_clock(read):
    for original in ("20270322T080000Z", f"{BERLIN}20270322T090000"):
        assert shown(read(other(original, "20270323T110000"))) == ["22T0900 23 11:00-12:00"]
    assert shown(read(other(";VALUE=DATE:20270322", "20270323T110000"))) == ["22T1100 23 11:00-12:00"]


def test_one_that_is_called_off(read):
    planned = f"{BERLIN}20270322T090000"
    for told in (other(planned, "20270322T090000", STATUS="CANCELLED"), other(planned, STATUS="CANCELLED")):
        reading = read(weekly(), told)
        assert (off(reading), shown(reading)[1]) == (["22T0900"], "22T0900 22 09:00-10:00")
        assert reading.problems == ()
    assert len(off(read(weekly(STATUS="CANCELLED")))) == 4


def test_one_of_which_nobody_can_tell_when_it_is_is_told_once(read_file):
    for told in (other("soon", "20270322T090000"), other(f"{BERLIN}20270322T090000", "soon")):
        reading = read_file(calendar(weekly(), told))
        assert [problem.what for problem in reading.problems] == ["no_start"]


def test_each_is_as_new_as_its_series(read):
    """A series that was changed five times has a greater SEQUENCE than one of it that was changed once since."""
    reading = read(weekly(SEQUENCE="5"), other(f"{BERLIN}20270322T090000", "20270323T110000", SEQUENCE="1"))
    assert [one.sequence for one in reading.entries] == [5, 5, 5, 5]
    reading = read(weekly(), other(f"{BERLIN}20270322T090000", "20270323T110000", SEQUENCE="1"))
    assert [one.sequence for one in reading.entries] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("start", "lasts", "hours"),
    [
        ("20270321T013000", "PT1H", ["21 01:30-21 02:30", "28 01:30-28 03:30", "04 01:30-04 02:30"]),
        ("20271024T023000", "PT1H", ["24 02:30-24 03:30", "31 02:30-31 02:30", "07 02:30-07 03:30"]),
        ("20270320T200000", "P2D", ["20 20:00-22 20:00", "27 20:00-29 20:00", "03 20:00-05 20:00"]),
    ],
)
def test_each_lasts_as_long_when_the_clocks_change(read, start, lasts, hours):
    reading = read(weekly(DTSTART=f"{BERLIN}{start}", DTEND="", DURATION=lasts, RRULE="FREQ=WEEKLY;COUNT=3"))
    assert [f"{one.starts:%d %H:%M}-{one.ends:%d %H:%M}" for one in reading.entries] == hours


def test_a_second_rule_is_not_read_and_that_is_told(read):
    for told in (weekly() + "\nRRULE:FREQ=DAILY;COUNT=2", weekly(EXRULE="FREQ=DAILY;COUNT=2")):
        reading = read(told)
        assert len(reading.entries) == 4
        assert [(problem.what, problem.about) for problem in reading.problems] == [("other_rule", "FREQ=DAILY;COUNT=2")]
