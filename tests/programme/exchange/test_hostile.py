"""Files that mean no good: each is refused or read within two seconds of work and a hundred megabytes."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from eventhub.foundation.errors import Unreadable
from eventhub.programme.exchange.entries import Reading

MEGABYTE = 1024 * 1024
ROOM = 2 * MEGABYTE - 2000  # what an upload may bring, without the form around it
HEAD = "<schedule><conference><title>x</title></conference><day><room>"
FOOT = "</room></day></schedule>"
VEVENT = (
    "BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:20270310T010000Z\r\nDTEND:20270310T020000Z\r\nSUMMARY:x\r\n{more}END:VEVENT\r\n"
)


def filled(before: str, piece: str, after: str = "") -> bytes:
    """A file as large as may be, of one piece over and over."""
    times = (ROOM - len(before) - len(after)) // len(piece.encode())
    return (before + piece * times + after).encode()


def calendar(more: str, times: int = 4000) -> bytes:
    body, size = [], 0
    for n in range(times):
        body.append(VEVENT.format(n=n, more=more))
        size += len(body[-1])
        if size > ROOM - 1000:
            break
    return ("BEGIN:VCALENDAR\r\n" + "".join(body[:-1]) + "END:VCALENDAR\r\n").encode()


def zone(number: int, turns: str = "RRULE:FREQ=YEARLY;BYDAY=5SU;BYMONTH=2", times: int = 1, year: int = 1601) -> bytes:
    """A zone of its own, in which a meeting is held."""
    rules = (
        f"BEGIN:STANDARD\r\nDTSTART:{year:04}0101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n{turns}\r\n"
        "END:STANDARD\r\n"
    ) * times
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:z{number}\r\n{rules}END:VTIMEZONE\r\n"
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART;TZID=z{number}:20270310T010000\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    ).encode()


def zones(*told: Any) -> bytes:
    """As many zones as are looked at, in which this is told."""
    return b"BEGIN:VCALENDAR\r\n" + b"".join(zone(n, *told) for n in range(50)) + b"END:VCALENDAR\r\n"


def laughs(word: str) -> bytes:
    entities = "".join(f'<!ENTITY {word}{n} "{f"&{word}{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY {word}0 "ha">{entities}]><schedule>&{word}9;</schedule>'.encode()


def sheet(xml: str, strings: str = "", name: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook whose sheet is this XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/{name}" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="a" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="a" Type="{office}/worksheet" '
        f'Target="{name.removeprefix("xl/")}"/><Relationship Id="b" Type="{office}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{main}"/>',
        name: xml.replace("<worksheet>", f'<worksheet xmlns="{main}">'),
    }  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            archive.writestr(path, text)
    return file.getvalue()


def cell(text: str, place: str = "A1") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows(number: int) -> bytes:
    told = "".join(f'<row r="{n}">{cell("title", f"A{n}")}</row>' for n in range(1, number))
    return sheet(f"<worksheet><sheetData>{told}</sheetData></worksheet>")


def cells(number: int) -> bytes:
    return sheet(f'<worksheet><sheetData><row r="1">{"<c/>" * number}</row></sheetData></worksheet>')


def strings(number: int) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return sheet("<worksheet><sheetData/></worksheet>", f'<sst xmlns="{main}">{"<si><t/></si>" * number}</sst>')


def lying_archive() -> bytes:
    """A part that says it is small and is not."""
    data = bytearray(sheet("<worksheet><sheetData>" + " " * 30 * MEGABYTE + "</sheetData></worksheet>"))
    size = (30 * MEGABYTE + len("<worksheet><sheetData></sheetData></worksheet>")).to_bytes(4, "little")
    place = 0
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        true = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    assert size != true  # the name space was put in
    while (place := data.find(true, place)) >= 0:
        data[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def many_parts() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(5000):
            archive.writestr(f"xl/{number}", b"")
    return file.getvalue()


EVENT = (
    '<event guid="{n}"><date>2027-03-10T09:00:00+08:00</date><duration>00:30</duration><title>x</title>{more}</event>'
)
FILES: dict[str, Callable[[], bytes]] = {
    # XML
    "billion laughs": partial(laughs, "a"),
    "a large entity": lambda: bytes(
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><schedule>{"&a;" * 400_000}</schedule>', "utf-8"
    ),
    "a file of ours": lambda: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><schedule>&a;</schedule>',
    "a file of theirs": lambda: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><schedule/>',
    "a document type": lambda: b"<!DOCTYPE schedule><schedule/>",
    "deep elements": lambda: filled("<schedule>", "<a>"),
    "elements without end": lambda: filled(HEAD, "<x/>", FOOT),
    "characters one by one": lambda: filled(f"{HEAD}<event><title>", "&#97;", f"</title></event>{FOOT}"),
    "one title": lambda: filled(f"{HEAD}{EVENT.format(n=1, more='')[:-15]}", "x", f"</title></event>{FOOT}"),
    "attributes without end": lambda: b"<schedule " + b" ".join(b"a%d=''" % n for n in range(170_000)) + b"/>",
    "persons without end": lambda: filled(
        f"{HEAD}<event guid='1'><date>2027-03-10T09:00:00Z</date><duration>00:30</duration><title>x</title><persons>",
        "<person>A</person>", f"</persons></event>{FOOT}"),
    "html without end": lambda: filled(
        f"{HEAD}{EVENT.format(n=1, more='<abstract>')[:-8]}", "&lt;b&gt;", f"</abstract></event>{FOOT}"),
    "spaces in html": lambda: filled(
        f"{HEAD}{EVENT.format(n=1, more='<abstract>&lt;p&gt;')[:-8]}", " ", f"&lt;/p</abstract></event>{FOOT}"),
    "events without end": lambda: filled(HEAD, EVENT.format(n=1, more=""), FOOT),
    "instructions without end": lambda: filled(f"{HEAD}<event>", '<?eventhub {"people":[]}?>', f"</event>{FOOT}"),
    "a deep instruction": lambda: filled(f"{HEAD}<event><?eventhub ", "[", f"?></event>{FOOT}"),
    "a comment": lambda: filled("<schedule><!-- ", "x", " --></schedule>"),
    "utf-7": lambda: b'<?xml version="1.0" encoding="utf-7"?><schedule>+ADw-</schedule>',
    # JSON
    "deep lists": lambda: filled("", "["),
    "deep objects": lambda: filled("", '{"a":'),
    "empty lists": lambda: filled('{"schedule": [', "[],", "[]]}"),
    "empty objects": lambda: filled('{"schedule": {"conference": {"days": [', "{},", "{}]}}}"),
    "empty events": lambda: filled('{"schedule":{"conference":{"days":[{"rooms":{"a":[', "{},", "{}]}}]}}}"),
    "empty persons": lambda: filled(
        '{"schedule":{"conference":{"days":[{"rooms":{"a":[{"title":"x","date":"2027-03-10T09:00:00Z",'
        '"duration":"1:00","persons":[', "{},", "{}]}]}}]}}}"),
    "a long number": lambda: b'{"schedule": ' + b"9" * ROOM + b"}",
    "large numbers": lambda: json.dumps({"schedule": {"conference": {"days": [{"rooms": {"a": [
        {"title": "x", "date": "2027-03-10T09:00:00Z", "duration": "9" * 10**6, "id": 10**400}]}}]}}}).encode(),
    # CSV
    "a quotation without end": lambda: filled('title\n"', "a\n"),
    "quotation marks": lambda: filled("title\n", '"'),
    "cells without end": lambda: filled("title\n", ","),
    "headings without end": lambda: filled("title,", "a,"),
    "lines without end": lambda: filled("title\n", "\n"),
    "rows without end": lambda: filled("title\n", "a\n"),
    "one cell": lambda: filled("title,abstract\na,", "x"),
    "semicolons": lambda: filled("title,speakers\n", "a,;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;\n"),
    "a duration of nines": lambda: b"title,starts,duration\na,2027-03-10 09:00," + b"9" * ROOM + b"\n",
    "marks that compose": lambda: filled("title,starts\na,a", "\u0315\u0300"),
    "nothing but NUL": lambda: b"\x00" * ROOM,
    # XLSX
    "a workbook of zeros": lambda: sheet("<worksheet><sheetData>" + " " * 200 * MEGABYTE + "</sheetData></worksheet>"),
    "a workbook that lies": lying_archive,
    "a workbook of parts": many_parts,
    "a sheet that says it is large": lambda: sheet(
        '<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1">' + cell("title") + "</row>"
        '<row r="1048576">' + cell("x", "XFD1048576") + "</row></sheetData></worksheet>"),
    "rows of a workbook": lambda: rows(150_000),
    "the most rows of a workbook": lambda: rows(99_000),
    "cells of a workbook": lambda: cells(4_000_000),
    "the most cells of a workbook": lambda: cells(2_900_000),
    "strings of a workbook": lambda: strings(1_500_000),
    "the most strings of a workbook": lambda: strings(900_000),
    "attributes of a workbook": lambda: sheet(
        "<worksheet><sheetData " + " ".join(f"a{n}=''" for n in range(390_000)) + "/></worksheet>"),
    "spaces of a workbook": lambda: sheet("<worksheet><sheetData>" + " " * 11 * MEGABYTE + "</sheetData></worksheet>"),
    "laughs in a workbook": lambda: sheet(laughs("b").decode().replace("schedule>", "worksheet>")),
    # calendars
    "folded lines": lambda: filled("BEGIN:VCALENDAR\r\nX:", "\r\n x"),
    "a long line": lambda: filled("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nX", ';A="'),
    "parameters": lambda: filled("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", ";A=B:"),
    "a calendar in a calendar": lambda: filled("", "BEGIN:VCALENDAR\r\n"),
    "impossible rules": lambda: calendar("RRULE:FREQ=DAILY;BYSETPOS=5;BYMONTHDAY=1\r\n"),
    "endless rules": lambda: calendar("RRULE:FREQ=DAILY\r\n"),
    "rules that name hours": lambda: calendar("RRULE:FREQ=DAILY;BYHOUR=0,2,4,6,8,10,12,14,16,18,20,22\r\n")
    .replace(b"20270310", b"19700310"),
    "hours without end": lambda: calendar("RRULE:FREQ=DAILY;BYMINUTE=0;BYHOUR=" + "9," * 80 + "9\r\n"),
    "series that are moved onward": lambda: calendar("RECURRENCE-ID;RANGE=THISANDFUTURE:20270310T010000Z\r\n")
    .replace(b"UID:", b"UID:1\r\nX:").replace(b"RECURRENCE-ID;", b"RRULE:FREQ=DAILY\r\nX;", 1),
    "many periods": lambda: calendar("RDATE;VALUE=PERIOD:" + ",".join(["20270310T010000Z/PT1H"] * 20_000) + "\r\n"),
    "old rules": lambda: calendar("RRULE:FREQ=YEARLY;INTERVAL=999\r\n").replace(b"20270310", b"19700310"),
    "rules for the same days": lambda: calendar("RRULE:FREQ=YEARLY;COUNT=1\r\n"),
    "one series with many changes": lambda: calendar("RECURRENCE-ID:20270310T010000Z\r\n")
    .replace(b"UID:", b"UID:1\r\nX:").replace(b"RECURRENCE-ID:20270310T010000Z", b"RRULE:FREQ=DAILY", 1),
    "many dates": lambda: calendar("RDATE:" + ",".join(["20270310T010000Z"] * 20_000) + "\r\n"),
    "seconds": lambda: calendar("RRULE:FREQ=SECONDLY\r\n"),
    "a zone of seconds": lambda: filled(
        "BEGIN:VCALENDAR\r\n" + zone(1).decode().replace("YEARLY", "SECONDLY"),
        VEVENT.format(n=1, more="").replace("START:20270310T010000Z", "START;TZID=z1:20270310T010000")),
    "zones that turn for ages": lambda: zones("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 32, 1),
    "zones that turn a little less": lambda: zones("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 8, 1),
    "zones that turn each week": lambda: zones("RRULE:FREQ=YEARLY;BYDAY=SU", 8, 1),
    "zones that turn on any day": lambda: zones("RDATE:" + ",".join(["19700101T000000"] * 80), 20),
    "almost the address of a meeting": lambda: calendar("DESCRIPTION:" + "webex.com/" * 2000 + "\r\n"),
    "many zones": lambda: b"BEGIN:VCALENDAR\r\n" + b"".join(zone(n) for n in range(4000)),
}  # fmt: skip


def _memory(what: str) -> int | None:
    """The process's memory in megabytes now (VmRSS), or at most since it was asked to forget (VmHWM)."""
    status = Path("/proc/self/status")
    found = re.search(rf"{what}:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) // 1024 if found else None


def _forget_peak() -> int | None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _memory("VmRSS")


def _read(read_file: Callable[..., Reading], data: bytes) -> tuple[str, float]:
    """What is said of a file, and the seconds of work that it took.

    Whoever measures coverage looks at each line meanwhile, which takes many times as long: not here.
    """
    watching = sys.gettrace()
    sys.settrace(None)
    began, said = thread_time(), ""
    try:
        entries = len(read_file(data).entries)
        said = f"{entries} entries" if entries <= 5000 else ""
    except Unreadable as refusal:
        said = refusal.message
    finally:
        took = thread_time() - began
        sys.settrace(watching)
    return said, took


@pytest.mark.parametrize("name", FILES)
def test_it_takes_two_seconds_and_a_hundred_megabytes_at_most(read_file: Callable[..., Reading], name: str):
    data = FILES[name]()
    assert len(data) <= 2 * MEGABYTE
    before = _forget_peak()
    said, took = _read(read_file, data)
    assert said
    peak = _memory("VmHWM")
    print(f"{name}: {said} {took:.2f} s {(peak or 0) - (before or 0)} MB")
    # Two seconds on a machine with nothing else to do; the tests share theirs.
    assert took < 6
    if before is not None and peak is not None:
        assert peak - before < 100
