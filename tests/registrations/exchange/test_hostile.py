"""Lists that mean no good: each of two hundred is refused, or read, within two seconds of work and little memory."""

from __future__ import annotations

import io
import random
import resource
import zipfile
from collections.abc import Callable, Iterator
from time import thread_time

import pytest

from eventhub.foundation.errors import Unreadable
from eventhub.registrations.exchange import columns, tables
from eventhub.registrations.exchange.models import MOST_BYTES, MOST_PEOPLE
from eventhub.registrations.exchange.people import LONGEST, Entry, Reader
from tests.registrations.exchange.conftest import workbook

MEGABYTE = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
NAMES = [
    "<script>alert(1)</script>",
    "a\nBcc: x@example.org",
    "{event.__class__}",
    "a\r\nb",
    "n" * 200,
    "n" * 201,
    "王",
    "😀" * 40,
    "龑 䶮 𠮷",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\u202eevil",
    "\u0000",
    "e\u0301" * 90,
    "\ud7ff",
    "  ",
    "'",
    "%s%n",
    "${7*7}",
    "{{7*7}}",
    "../../etc/passwd",
    "Robert'); DROP TABLE registrations;--",
    "\u200b",
    "\ufeffA",
    "ＡＢＣ",
    "a" * 100_000,
    "\x1b[31m",
    "CON",
    "null",
    "NaN",
    "1e309",
    "true",
    "#REF!",
]
ADDRESSES = [
    "a@b",
    "@",
    "a@@example.org",
    "a@example.org\nBcc: b@example.org",
    "<a@example.org>",
    "x <a@example.org",
    "x>",
    "<>",
    "a" * 300 + "@example.org",
    "a@" + "b" * 300 + ".org",
    "a@example.org,b@example.org",
    "ａ＠example.org",
    "a@[127.0.0.1]",
    '"a b"@example.org',
    "a@exa mple.org",
    "mailto:a@example.org",
    "a@例子.中国",
    "a@-example.org",
    "a\u202e@example.org",
]


def junk() -> Iterator[bytes]:
    """Bytes that are no table, and tables that are no text."""
    for seed in range(52):
        yield random.Random(seed).randbytes(4000)
    yield from (
        b"",
        b"\n",
        b"\r\r\r",
        b"PK",
        b"PK\x03\x04",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfea",
        b"\xef\xbb\xbf",
        b"\x00",
    )
    yield from (
        b"\x00" * 4000,
        b"a\x00b" * 2000,
        b"\x80" * 4000,
        b"%PDF-1.7",
        b"<html>",
        b"{\\rtf1",
        b"\x1f\x8b\x08",
        b",,,\n;;;",
    )
    text = "Name,E-mail\n王芳,wang@example.org\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"):
        yield text.encode(encoding)
        yield text.encode(encoding)[:-1] + b"\xff"
    yield text.encode() + text.encode("gb18030")


def cells() -> Iterator[bytes]:
    """Well-made tables of what people may type."""
    for name in NAMES:
        yield f'Name,E-mail\n"{name.replace(chr(34), "")}",a@example.org\n'.encode("utf-8", "surrogatepass")
    for address in ADDRESSES:
        yield ("Name;E-mail\nA;" + address.replace(";", "") + "\n").encode()


def large() -> Iterator[bytes]:
    """Tables as large as may be sent."""
    room = MOST_BYTES - 1000
    yield b"," * room
    yield b'"' * room
    yield b'Name\n"' + b"a" * room
    yield b"Name\n" + b'"a""' * (room // 4)
    yield b"Name,E-mail\n" + b"a,a@example.org\n" * (MOST_PEOPLE + 1)
    yield b"Name\n" + (b"e\xcc\x81" * 2000 + b"\n") * (room // 6001)
    yield b"Name,E-mail,Country\n" + b"a,<<<<<<<<<<<<<<<<<<<<<<<<,atlantis\n" * MOST_PEOPLE


def _zip(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def books() -> Iterator[bytes]:
    """Workbooks that are broken, or unfold to more than they say."""
    good = workbook([["Name", "E-mail"], ["Anna", "anna@example.org"]])
    for place in range(40):
        at = len(good) * place // 40
        yield good[:at] if place % 2 else good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    yield _zip({**parts, SHEET: b"0" * (200 * MEGABYTE)})
    yield _zip({name: data for name, data in parts.items() if name != SHEET})
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
    cell = b'<c r="ZZZ9999999" t="s"><v>99999999</v></c>'
    for sheet in (
        laughs,
        outside,
        b"<worksheet><sheetData><row r='-1'>" + cell + b"</row></sheetData></worksheet>",
        b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 200_000 + b"</sheetData></worksheet>",
        b"<worksheet>" + b"<a>" * 100_000,
        b"<worksheet><sheetData><row><c><v>1e999</v></c></row></sheetData></worksheet>",
    ):
        yield _zip({**parts, SHEET: sheet})


GROUPS: list[Callable[[], Iterator[bytes]]] = [junk, cells, large, books]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_a_hostile_list_is_refused_or_read_at_once(group: Callable[[], Iterator[bytes]]):
    refused: list[str] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, data in enumerate(group()):
        began = thread_time()
        entries: list[Entry] = []
        try:
            table = tables.read(data)
            found, has_heading = columns.guess(table, [])
            columns.headings(table, has_heading=has_heading)
            reader = Reader(found, [])
            entries = reader.read(tables.Table.from_json(table.as_json()), has_heading=has_heading)
        except Unreadable as error:
            refused.append(error.message)
        # Two seconds on a machine with nothing else to do; the tests share theirs, and every line is watched.
        assert thread_time() - began < 10, number
        assert len(entries) <= MOST_PEOPLE + 1
        for entry in entries[:50]:
            assert len(entry.name) <= LONGEST
            assert not {"\n", "\r", "\x00", "\x1b"} & set(entry.name + entry.typed_address + entry.organisation)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert all(refused)
