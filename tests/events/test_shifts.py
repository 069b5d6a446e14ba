"""On which dates of a series a reader's clock shows another hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st

from eventhub.events import services
from eventhub.events.shifts import find_shifts
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from tests.conftest import both

ZONES = [
    "Asia/Shanghai", "Europe/Zurich", "America/New_York", "Europe/London", "Africa/Nairobi", "Australia/Lord_Howe",
    "Asia/Kathmandu", "America/Santiago", "Africa/Casablanca", "Pacific/Apia", "UTC",
]  # fmt: skip


def at(day: str, hour: str = "15:00", zone: str = "Asia/Shanghai") -> tuple[datetime, str]:
    """A moment by the clock of a venue."""
    return clock.instant(datetime.fromisoformat(f"{day}T{hour}"), zone), zone


def told(reader: str, *dates: tuple[datetime, str]) -> list[str]:
    """The sentences for a reader."""
    return [shift.words for shift in find_shifts(dates, reader)]


def test_the_trap_of_spring_2020(app: Flask):
    dates = [at("2020-03-06"), at("2020-03-09"), at("2020-03-27"), at("2020-03-30"), at("2020-07-06")]
    with force_locale("en"):
        assert told("Europe/Zurich", *dates) == [
            "From Monday 30 March 2020, 15:00 Beijing time is 09:00 Geneva time, not 08:00."
        ]
        assert told("America/New_York", *dates) == [
            "From Monday 9 March 2020, 15:00 Beijing time is 03:00 New York time, not 02:00."
        ]
        assert told("Africa/Nairobi", *dates) == told("Asia/Shanghai", *dates) == []
        # Over midnight the day is another too, and a venue of another zone is no change of anybody's clock.
        late = [at("2020-03-27", "06:30"), at("2020-03-28", "12:00", "UTC"), at("2020-03-30", "06:30")]
        assert told("Europe/London", *late) == [
            "From Monday 30 March 2020, 06:30 Beijing time is 23:30 London time the day before, not 22:30."
        ]
        east = [at("2020-03-06", "23:30", "America/New_York"), at("2020-03-09", "23:30", "America/New_York")]
        assert "is 11:30 Beijing time the day after, not 12:30." in told("Asia/Shanghai", *east)[0]
        # Where the change itself carries it over midnight, both days are told.
        over = [at("2020-03-27", "07:30"), at("2020-03-30", "07:30")]
        assert "is 00:30 London time, not 23:30 the day before." in told("Europe/London", *over)[0]
        back = [at("2020-10-19", "07:30"), at("2020-10-26", "07:30")]
        assert "is 23:30 London time the day before, not 00:30 the same day." in told("Europe/London", *back)[0]
        east = [at("2020-03-06", "11:30", "America/New_York"), at("2020-03-09", "11:30", "America/New_York")]
        assert "is 23:30 Beijing time, not 00:30 the day after." in told("Asia/Shanghai", *east)[0]
    with force_locale("zh"):
        assert told("Europe/Zurich", *dates) == [
            "自 2020年3月30日 星期一起，北京时间 15:00 为日内瓦时间 09:00，不再是 08:00。"
        ]


@settings(max_examples=60, deadline=None)
@given(
    venue=st.sampled_from(ZONES),
    reader=st.sampled_from(ZONES),
    first=st.dates(date(2018, 1, 1), date(2031, 12, 31)),
    steps=st.lists(st.integers(1, 100), min_size=1, max_size=8),
    hour=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
def test_the_sentences_are_those_of_brute_force(venue: str, reader: str, first: date, steps: list[int], hour: time):
    """A reader who looks at both clocks at every date, and writes down how far apart they are."""
    days = [first]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    moments = [clock.instant(datetime.combine(day, hour), venue) for day in days]
    found = {shift.there: shift for shift in find_shifts([(moment, venue) for moment in moments], reader)}

    def minutes(moment: datetime, zone: str) -> int:
        local = moment.astimezone(ZoneInfo(zone))
        return int(datetime(*local.timetuple()[:5], tzinfo=UTC).timestamp()) // 60

    apart = [minutes(moment, reader) - minutes(moment, venue) for moment in moments]
    for before, now, moment in zip(apart, apart[1:], moments[1:], strict=False):
        there = moment.astimezone(ZoneInfo(venue)).replace(tzinfo=None)
        shift = found.pop(there, None)
        assert (shift is not None) == (before != now)
        if shift:
            assert shift.now == moment.astimezone(ZoneInfo(reader)).replace(tzinfo=None)
            assert shift.before == there + timedelta(minutes=before)
    assert found == {}
    if "UTC" in {venue, reader} and {venue, reader} <= {"UTC", "Africa/Nairobi", "Asia/Shanghai", "Asia/Kathmandu"}:
        assert len(set(apart)) == 1


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_the_page_of_a_series_says_it(app: Flask, client, make_event, make_organisation, status: str):
    series = services.add_series(SYSTEM, make_organisation().id, both("Webinars"), slug="webinars")
    with clock.standing_at(datetime(2020, 3, 1, tzinfo=UTC)):
        for day in ("2020-03-06", "2020-03-27", "2020-03-30"):
            starts = datetime.fromisoformat(f"{day}T15:00")
            make_event(starts=starts, ends=starts + timedelta(hours=1), series_id=series.id, mode="online")
        gone = make_event(starts=datetime(2020, 6, 1, 15), ends=None, series_id=series.id)
        getattr(services, {"cancelled": "cancel_event", "postponed": "postpone_event"}[status])(SYSTEM, gone.id)
        page = client.get("/en/series/webinars/?zone=Europe/Zurich").get_data(as_text=True)
        assert page.count("Geneva time, not") == 1
        assert "From Monday 30 March 2020, 15:00 Beijing time is 09:00 Geneva time, not 08:00." in page
        assert "Geneva time, not" not in client.get("/en/series/webinars/").get_data(as_text=True)
    # When all is over, it is still told of what was; while something is to come, from the last that is over on.
    assert "Geneva time, not" in client.get("/en/series/webinars/?zone=Europe/Zurich").get_data(as_text=True)
    with clock.standing_at(datetime(2020, 3, 31, tzinfo=UTC)):
        make_event(starts=datetime(2020, 4, 20, 15), ends=None, series_id=series.id)
        page = client.get("/en/series/webinars/?zone=Europe/Zurich").get_data(as_text=True)
        assert "Geneva time, not" not in page
