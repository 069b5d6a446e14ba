"""One entry's bytes, and a calendar's."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.parser import Contentline

from eventhub.calendars.ical import (
    PREFIXES,
    Component,
    Entry,
    Head,
    Period,
    Standing,
    State,
    assemble,
    folded,
    personal,
    plain,
    render,
)
from eventhub.foundation.i18n import HTML_LANG, Text
from tests.calendars import readers

REVISED = datetime(2026, 5, 2, 8, 30, tzinfo=UTC)
PANEL = Entry(
    uid="session-6f9619ff-8b86-4d01-b42d-00cf4fc964ff@events.example.org",
    sequence=2,
    created=datetime(2026, 5, 1, tzinfo=UTC),
    last_modified=REVISED,
    state=State.CONFIRMED,
    period=Period(datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 7, 1, 11, 30, tzinfo=UTC), "Europe/Zurich"),
    language="en",
    summary=Text.of("Panel: coordination; aid, and trust", "en"),
    url="https://events.example.org/en/events/workshop/sessions/panel/",
    description=Text.of("Moderated by 李, Wei\nhttps://events.example.org/", "en"),
    location=Text.of("Room XVII, Palais des Nations", "en"),
    contact=Text.of("ICVA", "en"),
    categories=(Text.of("Panel, plenary", "en"), Text.of("圆桌讨论", "zh")),
    geo=(46.2266, 6.1406),
)
HEAD = Head(
    language="en",
    name=Text.of("Workshop, Beijing", "en"),
    url="https://events.example.org/en/events/workshop/",
    last_modified=REVISED,
    zone="Asia/Shanghai",
    source="https://events.example.org/en/events/workshop/calendar.ics",
)


def component(entry: Entry) -> Component:
    start, end, zone = entry.period.start, entry.period.end, entry.period.zone
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end))
        return Component(entry.uid, start, end, None, render(entry))
    return Component(entry.uid, start, end, zone, render(entry))


def calendar(*entries: Entry) -> bytes:
    return assemble(HEAD, map(component, entries))


def lines(body: bytes) -> list[str]:
    return body.decode().replace("\r\n ", "").split("\r\n")


def test_an_entry_is_written_property_by_property_in_a_fixed_order() -> None:
    assert lines(render(PANEL)) == [
        "BEGIN:VEVENT",
        "UID:session-6f9619ff-8b86-4d01-b42d-00cf4fc964ff@events.example.org",
        "DTSTAMP:20260502T083000Z",
        "CREATED:20260501T000000Z",
        "LAST-MODIFIED:20260502T083000Z",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "CLASS:PUBLIC",
        "TRANSP:OPAQUE",
        "DTSTART;TZID=Europe/Zurich:20260701T120000",
        "DTEND;TZID=Europe/Zurich:20260701T133000",
        "SUMMARY;LANGUAGE=en:Panel: coordination\\; aid\\, and trust",
        "DESCRIPTION;LANGUAGE=en:Moderated by 李\\, Wei\\nhttps://events.example.org/",
        "LOCATION;LANGUAGE=en:Room XVII\\, Palais des Nations",
        "CONTACT;LANGUAGE=en:ICVA",
        "CATEGORIES;LANGUAGE=en:Panel\\, plenary",
        "CATEGORIES;LANGUAGE=zh-Hans:圆桌讨论",
        "GEO:46.2266;6.1406",
        "URL:https://events.example.org/en/events/workshop/sessions/panel/",
        "END:VEVENT",
        "",
    ]


@pytest.mark.parametrize(
    ("state", "language", "expected"),
    [
        (State.CANCELLED, "en", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "[Cancelled] Panel"]),
        (State.CANCELLED, "zh", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "[已取消] Panel"]),
        (State.POSTPONED, "en", ["STATUS:TENTATIVE", "TRANSP:OPAQUE", "[Postponed] Panel"]),
        (State.POSTPONED, "zh", ["STATUS:TENTATIVE", "TRANSP:OPAQUE", "[延期] Panel"]),
    ],
)
def test_what_became_of_an_entry_is_told_by_its_status_and_its_title(
    state: State, language: str, expected: list[str]
) -> None:
    seen = Event.from_ical(render(replace(PANEL, state=state, language=language, summary=Text.of("Panel", "en"))))
    assert [f"STATUS:{seen['status']}", f"TRANSP:{seen['transp']}", seen["summary"]] == expected


def test_whole_days_are_dates_with_the_day_after_as_end_and_take_no_time_from_anybody() -> None:
    frame = replace(PANEL, period=Period(date(2019, 10, 23), date(2019, 10, 25), "Asia/Shanghai"), is_frame=True)
    assert {"DTSTART;VALUE=DATE:20191023", "DTEND;VALUE=DATE:20191025", "TRANSP:TRANSPARENT"} <= set(
        lines(render(frame))
    )


@pytest.mark.parametrize("hour", [0, 1])
def test_two_equal_hours_in_autumn_are_written_so_that_neither_can_be_taken_for_the_other(hour: int) -> None:
    start = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    late = replace(PANEL, period=Period(start, start + timedelta(hours=2), "Europe/Zurich"))
    assert f"DTSTART:20261025T0{hour}3000Z" in lines(render(late))
    assert f"DTEND;TZID=Europe/Zurich:20261025T0{hour + 3}3000" in lines(render(late))


def test_the_join_page_is_a_conference_with_two_features() -> None:
    gate = "https://events.example.org/en/events/workshop/sessions/panel/"
    written = f'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Take part online":{gate}'
    assert written in lines(render(replace(PANEL, conference=gate)))


def test_a_calendar_has_a_head_without_method_and_uid_then_zones_then_entries_in_order() -> None:
    later = replace(PANEL, uid="b@x", period=replace(PANEL.period, zone="Asia/Shanghai"))
    same_start = replace(PANEL, uid="a@x")
    body = calendar(later, same_start)
    assert body == calendar(same_start, later)
    written = lines(body)
    assert written[: written.index("BEGIN:VTIMEZONE")] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//eventhub//calendar//EN",
        "CALSCALE:GREGORIAN",
        "NAME;LANGUAGE=en:Workshop\\, Beijing",
        "X-WR-CALNAME:Workshop\\, Beijing",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "SOURCE;VALUE=URI:https://events.example.org/en/events/workshop/calendar.ics",
        "URL:https://events.example.org/en/events/workshop/",
        "LAST-MODIFIED:20260502T083000Z",
    ]
    marks = [line for line in written if line.startswith(("BEGIN:VT", "TZID:", "BEGIN:VE", "UID:", "END:VC"))]
    assert marks == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Zurich",
        "BEGIN:VEVENT",
        "UID:a@x",
        "BEGIN:VEVENT",
        "UID:b@x",
        "END:VCALENDAR",
    ]


def test_an_empty_calendar_holds_its_zone() -> None:
    written = calendar()
    assert b"TZID:Asia/Shanghai" in written
    assert readers.by_icalendar(written) == []


def test_a_calendar_of_whole_days_alone_needs_no_zone() -> None:
    frame = replace(PANEL, period=Period(date(2019, 10, 23), date(2019, 10, 25), "Asia/Shanghai"))
    assert b"VTIMEZONE" not in calendar(frame)


def test_a_long_name_is_cut_and_its_description_follows() -> None:
    head = replace(HEAD, name=Text.of("国际人道主义响应" * 10, "zh"), description=Text.of("a\r\nb", "zh"), source=None)
    seen = Calendar.from_ical(assemble(head, []))
    assert (len(seen["name"]), seen["x-wr-calname"]) == (60, seen["name"])
    assert (seen["description"], seen["description"].params["LANGUAGE"]) == ("a\nb", "zh-Hans")
    assert "source" not in seen


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200) | st.sampled_from(
    [
        "李, Wei",
        '"quoted"; \\n literal',
        "一二三" * 40,
        "👩🏽‍🚒" * 20,
        "a\u2028b\x85c\rd\x0be",
        "BEGIN:VEVENT\r\nUID:x",
    ]
)


ODD = st.text(st.sampled_from("ab,;:\\\"^nN\n\t 圆😀'"), min_size=1, max_size=300)
WORDS = st.builds(Text.of, texts | ODD, st.sampled_from(["en", "zh"]))
URLS = st.text(st.characters(codec="utf-8"), max_size=50).map(lambda path: f"https://events.example.org/{quote(path)}")
# Among them hours that a clock shows twice, and of zones that put theirs back by half an hour, or by none.
TURNS = [
    datetime(2026, 10, 25, 0, 30),
    datetime(2026, 10, 25, 1),
    datetime(2026, 11, 1, 6),
    datetime(2026, 4, 4, 15, 10),
]
MOMENTS = (st.sampled_from(TURNS) | st.datetimes(datetime(2015, 1, 1), datetime(2036, 1, 1))).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
ZONES = st.sampled_from(
    ["Europe/Zurich", "America/New_York", "Africa/Casablanca", "Asia/Shanghai", "Australia/Lord_Howe", "Etc/UTC"]
)
DAYS = st.dates(date(2015, 1, 1), date(2036, 1, 1))


def periods(starts: st.SearchStrategy[Any], **unit: int) -> st.SearchStrategy[Period]:
    lengths = st.integers(1, 5000).map(lambda number: number * timedelta(**unit))
    return st.builds(lambda start, length, zone: Period(start, start + length, zone), starts, lengths, ZONES)


ENTRIES = st.builds(
    Entry,
    uid=st.sampled_from([PANEL.uid, "a;b,\\N@x"]),
    sequence=st.integers(0, 10**6),
    created=st.just(PANEL.created),
    last_modified=MOMENTS,
    state=st.sampled_from(State),
    period=periods(MOMENTS, minutes=1) | periods(DAYS, days=1),
    language=st.sampled_from(["en", "zh"]),
    summary=WORDS,
    url=URLS,
    description=st.none() | WORDS,
    location=st.none() | WORDS,
    contact=st.none() | WORDS,
    categories=st.lists(WORDS, max_size=4).map(tuple),
    conference=st.none() | URLS,
    is_frame=st.booleans(),
)


def texts_read(seen: Event) -> dict[str, Any]:
    """All texts of an entry as the library reads them, each with its language."""
    found = {name: seen.get(name) for name in ("summary", "description", "location", "contact")}
    several = seen.get("categories", [])
    lines = several if isinstance(several, list) else [several]
    return {
        **{name: (str(text), text.params["LANGUAGE"]) for name, text in found.items() if text is not None},
        "categories": [(str(one), line.params["LANGUAGE"]) for line in lines for one in line.cats],
    }


def texts_written(entry: Entry, state: State) -> dict[str, Any]:
    found = {name: getattr(entry, name) for name in ("description", "location", "contact")}
    found["summary"] = Text.of(PREFIXES[entry.language][state] + entry.summary, entry.summary.lang)
    return {
        **{name: (plain(text), HTML_LANG[text.lang]) for name, text in found.items() if text is not None},
        "categories": [(plain(one), HTML_LANG[one.lang]) for one in entry.categories if plain(one)],
    }


@settings(deadline=None)  # a machine that does much at once is no failure
@given(ENTRIES)
def test_any_entry_comes_back_as_it_is_from_short_lines_of_whole_characters(entry: Entry) -> None:
    body = calendar(entry)
    ended = personal(render(entry), entry.language, Standing.CANCELLED, REVISED, revision=3)
    for written in (body, ended):
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\r\n\r\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", written)
        for line in written.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()
    [seen] = Calendar.from_ical(body).walk("VEVENT")
    assert texts_read(seen) == texts_written(entry, entry.state)
    assert (seen["uid"], seen["sequence"]) == (entry.uid, entry.sequence)
    assert (seen["dtstart"].dt, seen["dtend"].dt) == (entry.period.start, entry.period.end)
    assert seen["dtstamp"].dt == seen["last-modified"].dt == entry.last_modified
    assert (seen["url"], seen.get("conference")) == (entry.url, entry.conference)
    gone = Event.from_ical(ended)
    assert texts_read(gone) == texts_written(entry, State.CANCELLED)
    assert (gone["status"], gone["sequence"], gone["uid"]) == ("CANCELLED", entry.sequence + 3, entry.uid)
    assert gone["last-modified"].dt == max(entry.last_modified, REVISED)


@given(st.text(st.sampled_from("ab,\\^é圆😀"), min_size=1, max_size=400))
def test_lines_arefolded_as_icalendar_folds_them(line: str) -> None:
    assert folded([line]) == Contentline(line).to_ical() + b"\r\n"


def test_an_entry_is_written_as_icalendar_writes_it() -> None:
    body = render(replace(PANEL, description=Text.of("圆桌\\讨论;^" * 60, "zh")))
    assert body == Event.from_ical(body).to_ical(sorted=False)


def year_of_entries() -> list[Entry]:
    """An entry each month at noon of three zones, so in summer and in winter."""
    entries = []
    for zone in ("Europe/Zurich", "America/New_York", "Africa/Casablanca", "Asia/Shanghai"):
        for month in range(1, 13):
            noon = datetime(2027, month, 15, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            period = Period(noon, noon + timedelta(minutes=90), zone)
            entries.append(replace(PANEL, uid=f"{zone.replace('/', '-')}-{month}@x", period=period))
    return entries


def expected(entries: list[Entry]) -> dict[str, tuple[Any, Any]]:
    return {
        entry.uid: (f"{entry.period.start:%Y-%m-%dT%H:%M:%SZ}", f"{entry.period.end:%Y-%m-%dT%H:%M:%SZ}")
        for entry in entries
    }


@pytest.mark.parametrize("read", [readers.by_icalendar, readers.by_ical_js])
def test_readers_see_the_right_hours_in_summer_and_winter(read: Any) -> None:
    entries = year_of_entries()
    seen = {entry["uid"]: (entry["start"], entry["end"]) for entry in read(calendar(*entries))}
    assert seen == expected(entries)


def test_khal_sees_the_right_hours_in_summer_and_winter(tmp_path: Path) -> None:
    # khal has zone data of its own, which need not be of the same year as ours where laws have just changed.
    entries = [entry for entry in year_of_entries() if entry.period.zone != "Africa/Casablanca"]
    seen = {
        entry["uid"]: tuple(f"{entry[end].replace(' ', 'T')}:00Z" for end in ("start-long-full", "end-long-full"))
        for entry in readers.by_khal(calendar(*entries), tmp_path, "2027-01-01", 365)
    }
    assert seen == expected(entries)


def test_ical_js_reads_names_titles_and_whole_days() -> None:
    frame = replace(
        PANEL,
        period=Period(date(2027, 7, 1), date(2027, 7, 3), "Asia/Shanghai"),
        summary=Text.of("人道“响应”；研讨会, 😀" * 9, "zh"),
    )
    [seen] = readers.by_ical_js(calendar(frame))
    assert seen == readers.by_icalendar(calendar(frame))[0]
    assert (seen["summary"], seen["start"], seen["end"]) == (frame.summary, "2027-07-01", "2027-07-03")
