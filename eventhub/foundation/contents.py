"""What a document really is: judged by its content, never by what its name or its sender says.

No more of it is unpacked than must be read, and nothing is shown. What is looked for is what could harm whoever opens
the file, or whoever keeps it: another format behind the first, programs inside, an archive that bursts.
"""

from __future__ import annotations

import mmap
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import BinaryIO

from flask_babel import gettext

from .errors import Invalid
from .i18n import language

# The documents that can be told apart, by the ending of their names.
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "key": "application/vnd.apple.keynote",
}

# An archive says how much it holds: no presentation holds as much as these.
MOST_ENTRIES = 10_000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 100
MOST_DIRECTORY = 2 * 1024 * 1024
# What is read out of one part of a document to look for programs, and out of all of them.
MOST_READ = 8 * 1024 * 1024
MOST_READ_IN_ALL = 8 * MOST_READ

_END = struct.Struct("<4s4H2LH")
_LAST_BYTES = _END.size + 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg)", re.IGNORECASE)
_KEYNOTE = re.compile(r"Index/(?:Slide|MasterSlide|TemplateSlide)[^/]*\.iwa")
_PROGRAMS = (b"vbaproject", b"macroenabled", b"activex")


def examine(file: BinaryIO, name: str, allowed: Sequence[str]) -> str:
    """What a document on our disk is, as the ending of its name.

    Raises Invalid, in words, where it is none of those allowed, is not what its name says, or carries what it must not.
    """
    found = _look(file)
    said = PurePath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    if found is None and said in allowed:
        text = gettext(
            "The file is not what its name says: it ends in .%(said)s and is something else. "
            "Please export it again, best as a PDF.", said=said,
        )  # fmt: skip
        raise Invalid("file", text)
    if found is None or found not in allowed:
        text = gettext("This kind of file cannot be taken. Please send one of these: %(kinds)s.", kinds=listed(allowed))
        raise Invalid("file", text)
    if said and said != found:
        text = gettext("The name ends in .%(said)s, but the file is a .%(found)s.", said=said[:10], found=found)
        raise Invalid("file", text)
    return found


def listed(kinds: Sequence[str]) -> str:
    """Kinds of files as a reader would look for them: `.pdf, .pptx`, `.pdf、.pptx`."""
    return ("、" if language() == "zh" else ", ").join(f".{kind}" for kind in kinds)


def _look(file: BinaryIO) -> str | None:
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"%PDF-"):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _check_pdf(file, data)
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _look_into_archive(file)
    if head == _OLD_OFFICE:
        raise _is_old()
    return None


def _is_old() -> Invalid:
    text = gettext("This file is of an old format, or has a password. Please save it as a PDF, without a password.")
    return Invalid("file", text)


def _damaged() -> Invalid:
    text = gettext("This file is damaged, or holds more than one file. Please save it again, best as a PDF.")
    return Invalid("file", text)


def _carries_programs() -> Invalid:
    text = gettext("This file carries programs (macros or scripts). Please save it without them, best as a PDF.")
    return Invalid("file", text)


def _is_locked() -> Invalid:
    return Invalid("file", gettext("This file is protected by a password. Please save it without one."))


def _bursts() -> Invalid:
    text = gettext("This file would unpack to far more than it should hold. Please save it again, best as a PDF.")
    return Invalid("file", text)


# --- PDF ---------------------------------------------------------------------------------------------------


def _spelt(name: bytes) -> bytes:
    """A pattern for a name in a PDF, any letter of which may be written as its number (ISO 32000-1, 7.3.5)."""
    letters = b"".join(rb"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)
    return b"/" + letters + rb"(?![A-Za-z0-9#])"


# Long enough not to occur by chance among compressed bytes, and so looked for everywhere.
_JAVASCRIPT = re.compile(_spelt(b"JavaScript"))
# Looked for outside of streams only.
_SCRIPT = re.compile(b"|".join((_spelt(b"JS"), _spelt(b"XFA"))))
_ENCRYPT = re.compile(_spelt(b"Encrypt"))
_OBJECTS = re.compile(_spelt(b"ObjStm"))
_FILTER = re.compile(_spelt(b"Filter"))


def _check_pdf(file: BinaryIO, data: mmap.mmap) -> None:
    # Readers of other formats look for their beginning anywhere in the first bytes, those of archives at the end.
    end = data.rfind(b"%%EOF")
    if _MARKUP.search(data[:1024]) or end < 0 or data[end + 5 :].strip(b"\0\t\n\f\r ") or zipfile.is_zipfile(file):
        raise _damaged()
    if _JAVASCRIPT.search(data):
        raise _carries_programs()
    left = MOST_READ_IN_ALL
    for objects, begin, end in _streams(data):
        if _ENCRYPT.search(objects):
            raise _is_locked()
        if _SCRIPT.search(objects):
            raise _carries_programs()
        if not _OBJECTS.search(objects):
            continue
        # Objects may themselves lie in a compressed stream (ISO 32000-1, 7.5.7).
        inside = data[begin:end].lstrip(b"\r\n")
        if _FILTER.search(objects):
            inside = _inflated(inside, min(left, MOST_READ))
        left -= len(inside)
        if _JAVASCRIPT.search(inside) or _SCRIPT.search(inside):
            raise _carries_programs()


def _streams(data: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """What stands before each stream of a PDF and after the one before, and where the stream begins and ends."""
    at = 0
    while (begin := data.find(b"stream", at)) >= 0:
        end = data.find(b"endstream", begin + 6)
        if end < 0:
            break
        yield data[at:begin], begin + 6, end
        at = end + 9
    yield data[at:], len(data), len(data)


def _inflated(packed: bytes, most: int) -> bytes:
    machine = zlib.decompressobj()
    try:
        whole = machine.decompress(packed, max(most, 1))  # none at all would mean without limit
    except zlib.error:
        # Packed in a way that no maker of presentations uses: what cannot be looked at cannot be taken.
        raise _damaged() from None
    if machine.unconsumed_tail and not machine.eof:
        raise _bursts()
    return whole


# --- archives: what word processors and presentation programs save ------------------------------------------


def _look_into_archive(file: BinaryIO) -> str | None:
    size = file.seek(0, 2)
    _check_end(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, size)
            return _kind_of(archive, [entry.filename for entry in entries])
    except Invalid:
        raise
    except Exception as error:  # whatever a broken archive makes its reader say
        raise _damaged() from error


def _check_end(file: BinaryIO, size: int) -> None:
    """Hold the archive to be nothing else beside, and its directory to a length that can be read.

    The directory must end where its end is told, at the end of the file: then nothing lies before or after it.
    """
    if size < _LAST_BYTES:
        raise _damaged()
    file.seek(size - _LAST_BYTES)
    last = file.read()
    signature, *_, count, length, offset, comment = _END.unpack(last[-_END.size :])
    if signature != b"PK\x05\x06" or comment or offset + length + _END.size != size:
        raise _damaged()
    if last.startswith(b"PK\x06\x07"):  # another end, for archives of 4 GB, would be believed before this one
        raise _damaged()
    if count > MOST_ENTRIES or length > MOST_DIRECTORY:
        raise _bursts()


def _check_entries(entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    # Entries that lie on each other make one of many: together they hold more than there is.
    overlap = sum(entry.compress_size for entry in entries) > size
    if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED, MOST_RATIO * size + 1024 * 1024) or overlap:
        raise _bursts()
    if any(entry.flag_bits & 1 for entry in entries):
        raise _is_locked()
    if not entries or min(entry.header_offset for entry in entries) or any(_leads_out(e.filename) for e in entries):
        raise _damaged()


def _leads_out(name: str) -> bool:
    return name.startswith("/") or ".." in name.replace("\\", "/").split("/")


def _kind_of(archive: zipfile.ZipFile, names: Sequence[str]) -> str | None:
    if "[Content_Types].xml" in names:
        types = _read(archive, "[Content_Types].xml").lower()
        if any(word in types for word in _PROGRAMS) or any("vbaproject" in name.lower() for name in names):
            raise _carries_programs()
        return "pptx" if "ppt/presentation.xml" in names else "docx" if "word/document.xml" in names else None
    if names[0] == "mimetype":
        if any(name.startswith(("Basic/", "Scripts/")) for name in names):
            raise _carries_programs()
        said = _read(archive, "mimetype").decode("ascii", "replace").strip()
        return next((kind for kind, media_type in MEDIA_TYPES.items() if media_type == said), None)
    return "key" if any(_KEYNOTE.fullmatch(name) for name in names) else None


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(MOST_READ)
