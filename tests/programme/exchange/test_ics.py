"""Calendars as Outlook, Google and others write them, with all that they do wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from eventhub.foundation.errors import Unreadable
from eventhub.programme.exchange.entries import Problem
from eventhub.programme.exchange.words import ERRORS

NINE = datetime(2027, 3, 10, 9)


def calendar(*events: str, head: str = "", zones: str = "") -> str:
    body = "".join(
        f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n".replace("\n", "\r\n").replace("\r\r", "\r")
        for event in events
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{zones}{body}END:VCALENDAR\r\n"


def event(**fields: str) -> str:
    told = {"UID": "1@x", "DTSTAMP": "20270101T000000Z", "DTSTART": "20270310T010000Z", "DTEND": "20270310T020000Z",
            "SUMMARY": "Opening", **fields}  # fmt: skip
    return "\n".join(f"{name.replace('_', '-')}{'' if value.startswith(';') else ':'}{value}"
                     for name, value in told.items() if value)  # fmt: skip


def hours(reading) -> list[tuple[str, datetime]]:
    return [(entry.key, entry.starts) for entry in reading.entries]


def test_an_entry_with_all_that_counts(one):
    entry = one(
        calendar(
            event(
                SUMMARY="Opening\\, and more\\; quite a lot", LOCATION="Main hall", STATUS="CONFIRMED",
                DESCRIPTION="One\\n\\nTwo \\\\ three", ATTENDEE=";CN=Ann:mailto:ann@example.org",
            )
            + "\nBEGIN:VALARM\nTRIGGER:-PT15M\nDESCRIPTION:Not this\nEND:VALARM"
        )
    )  # fmt: skip
    assert (entry.key, entry.title.in_("en"), entry.room) == ("1@x", "Opening, and more; quite a lot", "Main hall")
    assert (entry.starts, entry.ends, entry.line) == (NINE, NINE + timedelta(hours=1), 3)
    assert entry.abstract.in_("en") == "One\n\nTwo \\ three"
    assert (entry.is_cancelled, entry.people, entry.kind) == (False, None, None)


@pytest.mark.parametrize(
    ("head", "start"),
    [
        ("", "20270310T010000Z"),
        ("", "20270310T090000"),
        ("", ";TZID=Asia/Shanghai:20270310T090000"),
        ("", ';TZID="Asia/Shanghai":20270310T090000'),
        ("", ";TZID=/mozilla.org/20050126_1/Asia/Shanghai:20270310T090000"),
        ("", ";TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270310T020000"),
        ("", ";TZID=China Standard Time:20270310T090000"),
        ("", ";TZID=W. Europe Standard Time;X-Y=z:20270310T020000"),
        ("X-WR-TIMEZONE:Europe/Berlin\r\n", "20270310T020000"),
        ("X-WR-TIMEZONE:Europe/Berlin\r\n", ";TZID=Asia/Shanghai:20270310T090000"),
        ("X-WR-TIMEZONE:Nowhere\r\n", "20270310T090000"),
        ("X-WR-TIMEZONE:W. Europe Standard Time\r\n", "20270310T020000"),
        ("", ";TZID=asia/shanghai:20270310T090000"),
        ("", ";TZID=w. europe standard time:20270310T020000"),
        ("", ";TZID=Etc/GMT-7:20270310T080000"),
        ("", ";TZID=PRC:20270310T090000"),
        ("", ";TZID=EST5EDT:20270309T200000"),
        ("", ';TZID="UTC+09:00":20270310T100000'),
        ("", ";TZID=GMT-0330:20270309T213000"),
        ("", "20270310t010000z"),
        ("", ";TZID=Asia/Shanghai:20270310T0900"),
        ("", "20270310T010060Z"),
    ],
)
def test_every_way_of_naming_a_zone(one, head, start):
    entry = one(calendar(event(DTSTART=start, DTEND="", DURATION="PT1H30M"), head=head))
    assert (entry.starts, entry.ends) == (NINE, NINE + timedelta(minutes=90))


ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Customized\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def test_a_zone_that_the_file_describes_itself(one, read_file):
    for month, hour in ((3, 16), (7, 15)):
        start = f";TZID=Customized:2027{month:02}10T090000"
        entry = one(calendar(event(DTSTART=start, DTEND="", DURATION="PT1H"), zones=ZONE))
        assert entry.starts == datetime(2027, month, 10, hour)
    for broken in (
        ZONE.replace("YEARLY", "SECONDLY"),
        ZONE.replace("RRULE:", "RRULE:x"),
        ZONE.replace("+0100", "x"),
        "",
    ):
        reading = read_file(calendar(event(DTSTART=";TZID=Customized:20270310T090000"), zones=broken))
        # Its hour is that of the event then, and whoever looks is told so once.
        assert reading.problems == (Problem(reading.entries[0].line, "zone", "Customized", "Opening"),)
        assert reading.entries[0].starts == NINE


def test_floating_times_are_those_of_a_zone_that_the_file_describes(one):
    head = "X-WR-TIMEZONE:Customized\r\n"
    entry = one(calendar(event(DTSTART="20270310T020000", DTEND="20270310T030000"), head=head, zones=ZONE))
    assert entry.starts == NINE


def test_an_offset_out_of_reach_is_no_zone(read_file):
    reading = read_file(calendar(event(DTSTART=";TZID=UTC+25:20270310T090000", DTEND="", DURATION="PT1H")))
    assert [problem.what for problem in reading.problems] == ["zone"]


def test_two_files_with_one_name_for_two_zones_do_not_meet(one):
    start = {"DTSTART": ";TZID=Customized:20270310T090000", "DTEND": "", "DURATION": "PT1H"}
    other = ZONE.replace("+0100", "+0500").replace("+0200", "+0600")
    assert one(calendar(event(**start), zones=ZONE)).starts == datetime(2027, 3, 10, 16)
    assert one(calendar(event(**start), zones=other)).starts == datetime(2027, 3, 10, 12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lines_are_put_together_before_they_are_decoded(read_file, encoding):
    told = calendar(event(SUMMARY="开幕式与主旨演讲")).encode(encoding)
    cut = told.index("幕".encode(encoding.removesuffix("-sig"))) + 1  # inside a letter
    (entry,) = read_file(told[:cut] + b"\r\n " + told[cut:]).entries
    assert entry.title.texts == {"zh": "开幕式与主旨演讲"}
    (entry,) = read_file((told[:cut] + b"\n\t" + told[cut:]).replace(b"\r\n", b"\n")).entries
    assert entry.title.texts == {"zh": "开幕式与主旨演讲"}


def test_what_is_in_no_known_encoding_is_read_and_told(read_file):
    reading = read_file(calendar(event(SUMMARY="Café")).encode("latin-1"))
    assert reading.entries[0].title.in_("en") == "Café"
    assert reading.problems == (Problem(0, "latin"),)


def test_what_has_no_end_lasts_an_hour(read_file):
    reading = read_file(calendar(event(DTEND="")))
    assert reading.entries[0].ends == NINE + timedelta(hours=1)
    assert [problem.what for problem in reading.problems] == ["no_length"]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"SUMMARY": ""}, "no_title"),
        ({"UID": ""}, "no_uid"),
        ({"UID": "x" * 201}, "long_key"),
        ({"DTSTART": ""}, "no_start"),
        ({"DTSTART": "yesterday"}, "no_start"),
        ({"DTSTART": "00010101T000000"}, "no_start"),
        ({"DTSTART": ";VALUE=DATE:20270310"}, "whole_day"),
        ({"DTEND": "20270310T000000Z"}, "end_before_start"),
        ({"DTEND": ";VALUE=DATE:20270311"}, "bad_end"),
        ({"DTEND": "", "DURATION": "long"}, "bad_duration"),
        ({"DTEND": "", "DURATION": "P9999999999D"}, "bad_duration"),
        ({"DTEND": "", "DURATION": "PT"}, "bad_duration"),
        ({"DTEND": "", "DURATION": "-PT1H"}, "end_before_start"),
        ({"DTSTART": "20270310T9000Z"}, "no_start"),
        ({"RRULE": "FREQ=SECONDLY"}, "too_often"),
        ({"RRULE": "FREQ=MINUTELY;COUNT=2"}, "too_often"),
        ({"RRULE": "FREQ=HOURLY;INTERVAL=24"}, "too_often"),
        ({"RRULE": "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,20,40"}, "too_often"),
        ({"RRULE": "FREQ=DAILY;BYSECOND=1"}, "too_often"),
        ({"RRULE": "FREQ=DAILY;" + "BYDAY=MO;" * 40}, "long_rule"),
        ({"RRULE": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never"),
        ({"RRULE": "FREQ=DAILY;INTERVAL=0"}, "bad_rule"),
        ({"RRULE": "FREQ=DAILY;INTERVAL=-1"}, "bad_rule"),
        ({"RRULE": "FREQ=DAILY;COUNT=x"}, "bad_rule"),
        ({"RRULE": "FREQ=DAILY;UNTIL=20270312T240000Z"}, "bad_rule"),
        ({"RRULE": "FREQ=OFTEN"}, "bad_rule"),
        ({"RRULE": "nonsense"}, "bad_rule"),
        ({"RRULE": "FREQ=DAILY;BYHOUR=25;COUNT=2"}, "bad_rule"),
        ({"RRULE": "FREQ=DAILY;COUNT=2;RSCALE=CHINESE"}, "bad_rule"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(read_file, fields, what):
    reading = read_file(calendar(event(UID="0"), event(**fields), event(UID="2")))
    assert [(problem.line, problem.what) for problem in reading.problems] == [(10, what)]
    assert [entry.key for entry in reading.entries] == ["0", "2"]


def test_what_repeats_is_a_session_each_time(read_file):
    reading = read_file(
        calendar(
            event(
                UID="w", DTSTART=";TZID=Europe/Berlin:20270315T090000", DTEND=";TZID=Europe/Berlin:20270315T100000",
                RRULE="FREQ=WEEKLY;COUNT=4", EXDATE=";TZID=Europe/Berlin:20270322T090000", RDATE="20270401T070000Z",
            ),
            event(UID="w", RECURRENCE_ID="20270405T070000Z", DTSTART="20270406T070000Z", DTEND="20270406T080000Z",
                  SUMMARY="Moved"),
        )
    )  # fmt: skip
    assert hours(reading) == [
        ("w/20270315T0900", datetime(2027, 3, 15, 16)),
        # The clocks are put forward in between: the hour stays nine in Berlin.
        ("w/20270329T0900", datetime(2027, 3, 29, 15)),
        ("w/20270401T0900", datetime(2027, 4, 1, 15)),
        ("w/20270405T0900", datetime(2027, 4, 6, 15)),
    ]
    assert [entry.title.in_("en") for entry in reading.entries] == ["Opening", "Opening", "Opening", "Moved"]
    assert reading.problems == ()


def test_what_repeats_leaves_out_the_day_without_its_hour(read_file):
    """The clocks of New York are put forward over half past two: that night is no error for which all are refused."""
    nightly = {"DTSTART": ";TZID=America/New_York:20270312T023000", "DTEND": "", "DURATION": "PT30M"}
    reading = read_file(calendar(event(**nightly, RRULE="FREQ=DAILY;COUNT=4")))
    assert reading.problems == ()
    assert [key[-13:] for key, _ in hours(reading)] == ["20270312T0230", "20270313T0230", "20270315T0230"]


def test_until_is_a_moment(read_file):
    rule = "FREQ=DAILY;UNTIL=20270312T010000Z"
    reading = read_file(calendar(event(DTSTART=";TZID=Asia/Shanghai:20270310T090000", RRULE=rule)))
    assert [start.day for _, start in hours(reading)] == [10, 11, 12]


def test_what_repeats_without_end_is_read_within_bounds(read_file):
    reading = read_file(calendar(event(DTSTART="20200101T010000Z", DTEND="20200101T020000Z", RRULE="FREQ=WEEKLY")))
    starts = [start for _, start in hours(reading)]
    assert len(starts) == 105
    assert min(starts) > datetime(2026, 3, 8)
    assert max(starts) < datetime(2028, 3, 14)
    assert [problem.what for problem in reading.problems] == ["endless"]


def test_a_changed_one_without_its_series_is_an_entry(one):
    assert one(calendar(event(RECURRENCE_ID=";TZID=Asia/Shanghai:20270309T090000"))).key == "1@x/20270309T0900"
    assert one(calendar(event(RECURRENCE_ID="soon"))).key == "1@x/soon"


def test_of_two_versions_the_newer_counts(read_file):
    for events in (
        (event(SEQUENCE="2", SUMMARY="New"), event(SEQUENCE="10", SUMMARY="Newest"), event(SUMMARY="Old")),
        (event(DTSTAMP="20270102T000000Z", SUMMARY="Newest"), event(), event(SEQUENCE="x")),
    ):
        reading = read_file(calendar(*events))
        assert [entry.title.in_("en") for entry in reading.entries] == ["Newest"]
        assert [problem.what for problem in reading.problems] == ["older", "older"]


def test_what_is_called_off(read_file):
    assert read_file(calendar(event(STATUS="CANCELLED"))).entries[0].is_cancelled
    assert read_file(calendar(event(), head="METHOD:CANCEL\r\n")).entries[0].is_cancelled
    assert not read_file(calendar(event(STATUS="TENTATIVE"), head="METHOD:REQUEST\r\n")).entries[0].is_cancelled


def test_what_is_called_off_in_few_words_is_known_by_its_name(read_file):
    """A message that calls something off need not say what it was, nor when (RFC 5546 §3.2.5)."""
    bare = {"DTSTART": "", "DTEND": "", "SUMMARY": "", "SEQUENCE": "2"}
    shanghai = ";TZID=Asia/Shanghai:20270317T090000"
    weekly = event(DTSTART=";TZID=Asia/Shanghai:20270310T090000", RRULE="FREQ=WEEKLY;COUNT=2")
    for events, head in (
        ([event(**bare)], "METHOD:CANCEL\r\n"),
        ([event(**bare, RECURRENCE_ID=shanghai)], "METHOD:CANCEL\r\n"),
        ([weekly, event(**bare, RECURRENCE_ID=shanghai, STATUS="CANCELLED")], ""),
    ):
        reading = read_file(calendar(*events, head=head))
        assert not any(problem.what in ERRORS for problem in reading.problems)
        off = reading.entries[-1]
        assert (off.is_cancelled, off.title.texts, off.starts, off.sequence) == (True, {}, None, 2)
        assert off.key == ("1@x/20270317T0900" if "RECURRENCE" in events[-1] else "1@x")


@pytest.mark.parametrize("place", ["https://zoom.us/j/1?pwd=secret", "Online, us02web.zoom.us/j/1?pwd=secret"])
def test_the_address_of_a_meeting_is_no_room(read_file, place):
    reading = read_file(calendar(event(LOCATION=place, DESCRIPTION="See meet.google.com/abc")))
    assert reading.entries[0].room is None
    assert not reading.rooms
    assert [problem.what for problem in reading.problems] == ["link", "join"]


def test_our_own_feed_tells_hours_and_titles_only(one):
    own = "session-3f1b3e0e-7c55-4f4e-9d2c-0a1b2c3d4e5f@Events.example.org"
    frame = "event-3f1b3e0e-7c55-4f4e-9d2c-0a1b2c3d4e5f@events.example.org"
    entry = one(
        calendar(
            event(UID=frame), event(UID=own, SUMMARY="[Cancelled] Opening", LOCATION="Hall, Hotel", DESCRIPTION="x")
        )
    )
    assert str(entry.id) == own[8:44]
    assert (entry.title.in_("en"), entry.room, entry.abstract) == ("Opening", None, None)


def test_the_feed_of_another_eventhub_is_as_foreign_as_any(one, read_file):
    """Its ids are not ours, and all that it tells is news; the entry of the event itself is no session there either."""
    theirs = "session-3f1b3e0e-7c55-4f4e-9d2c-0a1b2c3d4e5f@events.example.org.evil.example"
    frame = theirs.replace("session", "event")
    told = event(UID=theirs, SUMMARY="[Postponed] Opening", LOCATION="Hall", DESCRIPTION="x") + "\nX-A:1"
    entry = one(calendar(event(UID=frame), told))
    assert (entry.id, entry.key, entry.properties) == (None, theirs, ("X-A:1",))
    assert (entry.title.in_("en"), entry.room, entry.abstract.in_("en")) == ("Opening", "Hall", "x")
    # What a series' feed of theirs tells are its events, of which an event's programme has use as sessions.
    assert one(calendar(event(UID=frame))).key == frame
    own = frame.replace(".evil.example", "")
    assert read_file(calendar(event(UID=own))).entries == ()


@pytest.mark.parametrize(
    ("start", "more", "hours", "what"),
    [
        # What the clocks skip is so much after the change (RFC 5545 §3.3.5).
        ("20270328T023000", {"DURATION": "PT1H"}, ("28 03:30", "28 04:30"), ["put_forward"]),
        ("20270328T013000", {"DTEND": ";TZID=Europe/Berlin:20270328T023000"}, ("28 01:30", "28 03:30"),
         ["put_forward"]),
        # Days are days by the clock, hours are hours (RFC 5545 §3.3.6).
        ("20270327T090000", {"DURATION": "P1D"}, ("27 09:00", "28 09:00"), []),
        ("20270327T090000", {"DURATION": "P1W"}, ("27 09:00", "03 09:00"), []),
        ("20270327T090000", {"DURATION": "PT24H"}, ("27 09:00", "28 10:00"), []),
        ("20271031T013000", {"DURATION": "PT2H"}, ("31 01:30", "31 02:30"), []),
        ("20271031T023000", {"DURATION": "PT30M"}, ("31 02:30", "31 02:00"), ["twice"]),
        # A time of no zone is by the clock of its entry.
        ("20270310T090000", {"DTEND": "20270310T100000"}, ("10 09:00", "10 10:00"), []),
    ],
)  # fmt: skip
def test_the_night_when_the_clocks_change(read_file, start, more, hours, what):
    told = calendar(
        event(DTSTART=f";TZID=Europe/Berlin:{start}", **{"DTEND": "", **more}), head="X-WR-TIMEZONE:UTC\r\n"
    )
    reading = read_file(told, "Europe/Berlin")
    (entry,) = reading.entries
    assert (f"{entry.starts:%d %H:%M}", f"{entry.ends:%d %H:%M}") == hours
    assert [problem.what for problem in reading.problems] == what


def test_line_ends_of_every_kind(read_file):
    told = calendar(event(SUMMARY="开幕式"), event(UID="2")).encode()
    cut = told.index("幕".encode()) + 1
    folded = told[:cut] + b"\r\n " + told[cut:]
    for data in (
        b"\xef\xbb\xbf" + folded.replace(b"\r\n", b"\r"),
        folded.replace(b"\r\n", b"\n"),
        b"\r\n\r\n" + told.replace(b"\r\n", b"\r\n\r\n"),
        folded.replace(b"VERSION:2.0\r\n", b""),
    ):
        reading = read_file(data)
        assert [(entry.key, entry.title.in_("zh")) for entry in reading.entries] == [
            ("1@x", "开幕式"),
            ("2", "Opening"),
        ]
        assert reading.problems == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("BEGIN:VCALENDAR\r\n" + "BEGIN:X\r\n" * 10, "The file is nested too deeply to be a calendar."),
        (calendar(*(event(UID=str(n)) for n in range(5001))), "The file has more than 5000 entries."),
        (
            calendar(*(event(UID=str(n), RRULE="FREQ=DAILY") for n in range(3))),
            "The file has more than 1000 entries.",
        ),
    ],
    ids=["nested", "many", "repeated"],
)
def test_what_is_too_much_is_refused_in_words(read_file, data, said):
    with pytest.raises(Unreadable) as refusal:
        read_file(data)
    assert refusal.value.message == said


@pytest.mark.parametrize(("missing", "line"), [("END:VCALENDAR", 0), ("END:VEVENT", 10)])
def test_half_a_calendar_is_not_taken_for_a_shorter_one(read_file, missing, line):
    whole = calendar(event(), event(UID="2"))
    (problem,) = read_file(whole.rpartition(missing)[0]).problems
    assert (problem.line, problem.what, problem.about) == (line, "cut_off", missing)


@pytest.mark.parametrize(
    "data",
    [
        "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\r\n:\r\n;:\r\nX\r\n;=:\r\n",
        calendar("RRULE:\r\nDTSTART:\r\nUID"), calendar(event(RDATE="x,y,20270310", EXDATE=";VALUE=DATE:20270310")),
        calendar(event(RRULE="FREQ=DAILY;COUNT=2"), event(RECURRENCE_ID="x", DTSTART="x")),
    ],
)  # fmt: skip
def test_broken_lines_break_nothing(read_file, data):
    read_file(data)
