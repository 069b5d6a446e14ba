"""What a document really is: told by its content, and refused in words where it could do harm."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eventhub.foundation import contents
from eventhub.foundation.errors import Invalid
from tests.documents import PICTURE_BOMBS, archive, docx, keynote, objects, odp, pdf, picture, pptx

SLIDES = ("pdf", "pptx", "odp", "key")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
XHTML = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.fixture
def examine(tmp_path: Path) -> Callable[..., str]:
    """What a document is found to be; its name says what its first bytes say, unless given."""

    def look(data: bytes, name: str | None = None, allowed: tuple[str, ...] = SLIDES) -> str:
        (path := tmp_path / "document").write_bytes(data)
        name = name or f"slides.{'pdf' if data.startswith(b'%PDF') else 'odp' if b'opendocument' in data else 'pptx'}"
        with path.open("rb") as file:
            return contents.examine(file, name, allowed)

    return look


@pytest.fixture
def refusal(examine: Callable[..., str]) -> Callable[..., str]:
    """Why a document is refused, beside the field that it came by."""

    def look(*args: object) -> str:
        with pytest.raises(Invalid) as caught:
            examine(*args)
        assert caught.value.field == "file"
        return caught.value.message

    return look


@pytest.mark.parametrize(
    ("data", "kind"), [(pdf(), "pdf"), (pptx(), "pptx"), (odp(), "odp"), (keynote(), "key"), (docx(), "docx")]
)
def test_a_document_is_known_by_its_content(examine, data, kind):
    for name in (f"Flood response.{kind.upper()}", "without an ending"):
        assert examine(data, name, (*SLIDES, "docx")) == kind


@pytest.mark.parametrize("data", [SVG, HTML, XHTML, b"MZ\x90\0", b"#!/bin/sh\n", b"\0" * 100, picture()])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("slides.pdf", "ends in .pdf and is something else"),
        ("slides.PPTX", "ends in .pptx and is something else"),
        ("slides.svg", "one of these: .pdf, .pptx, .odp, .key"),
        ("slides", "one of these: .pdf, .pptx, .odp, .key"),
    ],
)
def test_what_is_no_document_is_refused(refusal, data, name, said):
    assert said in refusal(data, name)


def test_a_document_that_is_not_asked_for_is_refused(refusal):
    assert "one of these: .pdf, .pptx" in refusal(docx(), "text.docx")
    sheet = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b""})
    assert "one of these" in refusal(sheet, "sheet.xlsx")
    for archived in (sheet, archive({"mimetype": b"application/epub+zip"}), archive({"evil.exe": b"MZ"})):
        assert "is something else" in refusal(archived, "slides.pptx")


@pytest.mark.parametrize(
    ("data", "name"), [(pdf(), "a.pptx"), (pptx(), "a.pdf"), (pdf(), "a.html"), (pdf(), "a.pdf.exe"), (odp(), "a.key")]
)
def test_a_wrong_ending_is_refused_by_name(refusal, data, name):
    assert f"The name ends in .{name.rsplit('.', 1)[1]}, but" in refusal(data, name)


def test_an_old_or_locked_file_is_told_what_to_do(refusal):
    assert "without a password" in refusal(OLE, "slides.ppt")
    assert "password" in refusal(pdf(b"4 0 obj\n<< /Encrypt 5 0 R >>\nendobj\n"))
    locked = bytearray(pptx())
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(bytes(locked))


@pytest.mark.parametrize(
    "data",
    [
        pdf()[:-8],  # cut off on its way
        pdf().replace(b"1 0 obj", HTML + b"1 0 obj", 1),
        pdf() + HTML,
        pdf() + archive({"evil.jar": b"1"}),
        pdf() + archive({"evil.jar": b"1"})[:-2] + b"\x06\0%%EOF\n",  # the comment of the archive ends it as a PDF
        pptx() + HTML,
        pptx() + pdf(),
        pptx()[:-30],
        pptx().replace(b"[Content_Types].xml", b"[Content_Types].xmm", 1),
        pptx({"../../etc/passwd": b"1"}),
        pptx({"/etc/passwd": b"1"}),
        b"PK\x03\x04",
    ],
)
def test_two_files_in_one_and_halves_of_one_are_refused(refusal, data):
    assert "damaged, or holds more than one file" in refusal(data)


def test_nothing_may_lie_before_a_document(refusal):
    for data in (SVG + pptx(), HTML + pdf(), b"\xef\xbb\xbf" + pdf(), b"GIF89a" + pdf()):
        assert refusal(data)


@pytest.mark.parametrize(
    "data",
    [
        pdf(b"4 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"),
        pdf(b"4 0 obj\n<< /S /J#61va#53cript >>\nendobj\n"),
        pdf(b"4 0 obj\n<< /S /Rendition /JS 5 0 R >>\nendobj\n"),
        pdf(b"4 0 obj\n<< /XFA 5 0 R >>\nendobj\n"),
        pdf(objects(b"5 0 << /S /JavaScript >>")),
        pdf(objects(b"5 0 << /JS (x) >>", b"Obj#53tm")),
        pptx({"ppt/vbaProject.bin": b"1"}),
        pptx({"ppt/other.bin": b"1"}, b'<Types><Override ContentType="application/vnd.ms-office.vbaProject"/></Types>'),
        pptx(types=b'<Types ContentType="presentation.macroEnabled.main+xml"/>'),
        pptx(types=b'<Types ContentType="application/vnd.ms-office.activeX+xml"/>'),
        odp({"Basic/Standard/Module1.xml": b"1"}),
        odp({"Scripts/python/evil.py": b"1"}),
    ],
)
def test_what_carries_programs_is_refused(refusal, data):
    assert "carries programs" in refusal(data)


@pytest.mark.parametrize(
    "body",
    [
        objects(b"5 0 << /S /GoTo >>"),
        objects(b"a picture that by chance says /JS (", b"XObject"),
        b"4 0 obj\n<< /JSON (a name that only begins so) /Type /Font >>\nendobj\n",
        b"4 0 obj\n<< /Type /ObjStm >>\nstream\n5 0 << /S /GoTo >>\nendstream\nendobj\n",
        b"4 0 obj\n(a stream without an end)\nendobj\n",
    ],
)
def test_a_document_that_only_looks_dangerous_is_taken(examine, body):
    assert examine(pdf(body)) == "pdf"


def test_objects_packed_so_that_nobody_can_look_are_refused(refusal):
    assert "damaged" in refusal(pdf(objects(b"x").replace(b"x\x9c", b"zz")))


@pytest.mark.parametrize("is_told", [False, True])
def test_a_second_end_that_would_be_believed_before_the_first_is_refused(refusal, is_told):
    data = pptx()
    entries, (*_, count, length, offset, _comment) = data[:-22], struct.unpack("<4s4H2LH", data[-22:])
    second = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    where = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(entries), 1)
    told = length + len(second) + len(where) if is_told else length
    first = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, told, offset, 0)
    whole = entries + second + where + first
    assert zipfile.ZipFile(io.BytesIO(whole)).namelist() == zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "damaged" in refusal(whole)


def lying_archive(unpacked: int, count: int) -> bytes:
    """An archive whose entries say that they hold so much."""
    data = bytearray(pptx({f"ppt/media/{number}.xml": b"\0" * 1000 for number in range(count)}))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<L", data, at + 24, unpacked)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def overlapping_archive() -> bytes:
    """An archive whose many entries are one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<Types/>")
        file.writestr("ppt/presentation.xml", os.urandom(100_000))
        first = file.getinfo("ppt/presentation.xml")
        for number in range(50):
            again = zipfile.ZipInfo(f"ppt/{number}.xml")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(again, name, getattr(first, name))
            file.filelist.append(again)
    return out.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "what unpacks to a thousand times as much": lambda: pptx({f"ppt/{n}.xml": b"\0" * 5_000_000 for n in range(4)}),
    "what says that it holds 40 GB": lambda: lying_archive(4_000_000_000, 10),
    "many entries": lambda: pptx({f"ppt/{n}": b"" for n in range(10_001)}),
    "entries that are one": overlapping_archive,
    "a great directory": lambda: archive({"x" * 60_000 + str(n): b"" for n in range(40)}, stored=True),
    "packed objects": lambda: pdf(objects(b" " * 60_000_000)),
    "many packed objects": lambda: pdf(objects(b" " * 8_000_000) * 40),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_bursts_is_refused_before_it_is_unpacked(refusal, name):
    data = BOMBS[name]()
    begun = time.perf_counter()
    assert "unpack" in refusal(data)
    assert time.perf_counter() - begun < 2


def test_no_bomb_takes_memory(tmp_path: Path):
    """All are looked at in a process of its own, which tells how much it took at the most, in megabytes."""
    script = """
import resource, sys
from pathlib import Path
from eventhub.foundation import contents, pictures
from eventhub.foundation.errors import Invalid
from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
begun = peak()
for path in sys.argv[1:]:
    with Path(path).open("rb") as file:
        try:
            pictures.develop(file) if path.endswith(".picture") else contents.examine(file, "slides", ("pdf", "pptx"))
        except Invalid:
            continue
    raise SystemExit(f"{path} was taken")
print(peak() - begun)
"""
    paths = []
    for ending, bombs in (("document", BOMBS), ("picture", PICTURE_BOMBS)):
        for number, make in enumerate(bombs.values()):
            (path := tmp_path / f"{number}.{ending}").write_bytes(make())
            paths.append(str(path))
    told = subprocess.run(
        [sys.executable, "-c", script, *paths], check=False, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) < 100
