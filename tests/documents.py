"""Documents and pictures as people send them, and as those do who mean no good."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

PPTX_TYPES = b'<Types><Override PartName="/ppt/presentation.xml" ContentType="presentation.main+xml"/></Types>'
ODP = b"application/vnd.oasis.opendocument.presentation"


def pdf(body: bytes = b"", words: str = "Slides") -> bytes:
    """A small PDF, with something more in it where wanted."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
        + f"3 0 obj\n({words})\nendobj\n".encode()
        + body
        + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )


def objects(inside: bytes, name: bytes = b"ObjStm", filters: bytes = b"/Filter /FlateDecode") -> bytes:
    """Objects of a PDF that lie in a compressed stream."""
    packed = zlib.compress(inside)
    return b"4 0 obj\n<< /Type /%s %s >>\nstream\n%s\nendstream\nendobj\n" % (name, filters, packed)


def archive(entries: dict[str, bytes], stored: bool = False) -> bytes:
    """An archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the same bytes whenever it is made
            file.writestr(entry, data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pptx(more: dict[str, bytes] | None = None, types: bytes = PPTX_TYPES) -> bytes:
    """A small presentation."""
    return archive({"[Content_Types].xml": types, "ppt/presentation.xml": b"<p/>", **(more or {})})


def odp(more: dict[str, bytes] | None = None) -> bytes:
    """A small presentation of the OpenDocument kind."""
    return archive({"mimetype": ODP, "content.xml": b"<office/>", **(more or {})}, stored=True)


def docx() -> bytes:
    """A small text."""
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})


def keynote() -> bytes:
    """A small presentation as Keynote packs it."""
    return archive({"Index/Document.iwa": b"1", "Index/Slide-8.iwa": b"2"}, stored=True)


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def header_of_png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says it is as large as that, and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    begin = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", begin) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


# Pictures that would take too much to look at.
PICTURE_BOMBS: dict[str, Callable[[], bytes]] = {
    "50,000 a side": lambda: header_of_png(50_000, 50_000),
    "50,000 wide": lambda: header_of_png(50_000, 1),
    "a hundred million": lambda: header_of_png(10_000, 10_000),
    "thirty million": lambda: header_of_png(6000, 5000),
    "black and white": lambda: header_of_png(12_000, 12_000, depth=1, colour=0),
    "clear": lambda: header_of_png(4000, 4000, colour=6),
    "WebP": lambda: picture("WEBP", (3000, 2500), lossless=True, quality=0, method=0),
    "a progressive JPEG": lambda: picture("JPEG", (5000, 3500), progressive=True),
}


def sent(data: bytes, name: str = "slides.pdf") -> FileStorage:
    """A file in a form, as a browser sends it."""
    return FileStorage(io.BytesIO(data), name)


def multipart(**fields: str | FileStorage) -> dict[str, Any]:
    """A form as one piece: the test client would leave what does not fit its memory in a file of its own."""
    boundary, body = encode_multipart(fields)
    return {"data": body, "content_type": f'multipart/form-data; boundary="{boundary}"'}
