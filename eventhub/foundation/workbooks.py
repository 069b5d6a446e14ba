"""The first sheet of an Excel workbook (ECMA-376), read as it streams by, so that no workbook can make us read on.

The usual libraries make objects of all that a workbook holds before anybody can stop them: a file of two megabytes
keeps them busy for half a minute. A table needs no more than cells.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from xml.sax import ContentHandler, SAXException
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml import DefusedXmlException
from flask_babel import gettext

from .errors import Unreadable

Cell = str | float | datetime | time | timedelta | None

MOST_COLUMNS, MOST_ROWS = 60, 5000
# What a workbook of two megabytes may unfold to; five thousand rows with all that is said of a session need half of it.
_MOST_PARTS, _MOST_UNFOLDED = 300, 12 * 1024 * 1024
_MOST_ELEMENTS, _MOST_ATTRIBUTES = 500_000, 400_000  # in one part, and in all of them
# Number formats that stand for dates without saying so (ECMA-376 §18.8.30), those of China among them.
_DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|_.')
_BAD = (
    zipfile.BadZipFile, zlib.error, SAXException, DefusedXmlException, ValueError, LookupError, NotImplementedError,
    RuntimeError, OSError, EOFError, OverflowError,
)  # fmt: skip


def rows_of(data: bytes, most: int = MOST_ROWS) -> list[tuple[int, Sequence[Cell]]]:
    """The rows of the first sheet with their numbers; Unreadable where it is no workbook, or too large a one.

    As many rows at most are read below the first, which may name the columns. What a formula comes to is not asked: it
    is the text that was typed.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _check(archive)
        book = _Gathered("workbookPr", "sheet")
        _parse(archive, "xl/workbook.xml", book)
        path = _path_of_sheet(archive, next(values for name, values in book.found if name == "sheet"))
        is_1904 = any(values.get("date1904") in {"1", "true"} for name, values in book.found if name == "workbookPr")
        strings, styles = _Strings(), _Styles()
        _parse(archive, "xl/sharedStrings.xml", strings, optional=True)
        _parse(archive, "xl/styles.xml", styles, optional=True)
        sheet = _Sheet(
            strings.found, styles.formats(), datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30), most
        )
        _parse(archive, path, sheet)
    except (*_BAD, StopIteration) as error:
        raise Unreadable(gettext("The workbook is damaged or is none.")) from error
    return sheet.rows


def _check(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that unfolds to too much; no part of one gives more than it says of itself."""
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNFOLDED:
        raise _too_large()
    # All attributes of an element are made before anybody sees the first.
    if sum(archive.read(part).count(b"=") for part in parts) > _MOST_ATTRIBUTES:
        raise _too_large()


def _too_large() -> Unreadable:
    return Unreadable(gettext("The workbook unfolds to more than is read here."))


def _parse(archive: zipfile.ZipFile, path: str, handler: ContentHandler, *, optional: bool = False) -> None:
    if optional and path not in archive.namelist():
        return
    defusedxml.sax.parseString(archive.read(path), handler, forbid_dtd=True)


def _path_of_sheet(archive: zipfile.ZipFile, sheet: dict[str, str]) -> str:
    links = _Gathered("Relationship")
    _parse(archive, "xl/_rels/workbook.xml.rels", links)
    wanted = next(value for name, value in sheet.items() if name.rpartition(":")[2] == "id")
    target = next(values["Target"] for _, values in links.found if values.get("Id") == wanted)
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/")


class _Handler(ContentHandler):
    """Handles elements by their local names: some programs give the usual namespace a prefix."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the reader calls it so
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise _too_large()
        self.begin(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        self.end(name.rpartition(":")[2])

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Gathered(_Handler):
    """The attributes of some elements."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._names = names

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """Keep what is wanted."""
        if name in self._names:
            self.found.append((name, dict(attrs)))


class _Styles(_Handler):
    """Which formats the cells of each style have."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []
        self._is_in_cells = False

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """Keep formats, and which style has which."""
        if name == "numFmt":
            self._codes[int(attrs["numFmtId"])] = attrs["formatCode"]
        elif name == "cellXfs":
            self._is_in_cells = True
        elif name == "xf" and self._is_in_cells:
            self._styles.append(int(attrs.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """What follows are styles of something else."""
        if name == "cellXfs":
            self._is_in_cells = False

    def formats(self) -> list[str]:
        """For each style: `date`, `length` as in `[h]:mm`, or nothing."""
        return [self._sort(number) for number in self._styles]

    def _sort(self, number: int) -> str:
        code = _QUOTED.sub("", self._codes.get(number, "")).lower()
        if number == 46 or re.search(r"\[[hms]+\]", code):
            return "length"
        return "date" if number in _DATES or re.search("[dmyhs]", re.sub(r"\[[^\]]*\]", "", code)) else ""


class _Strings(_Handler):
    """The texts that cells share; how Chinese is read, beside them in small letters, is no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._text: list[str] = []
        self._path: list[str] = []

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """A text begins."""
        self._path.append(name)
        if name == "si":
            self._text = []

    def characters(self, content: str) -> None:
        """Keep what is shown."""
        if self._path[-1:] == ["t"] and "rPh" not in self._path[-3:]:
            self._text.append(content)

    def end(self, name: str) -> None:
        """A text ends."""
        self._path.pop()
        if name == "si":
            self.found.append("".join(self._text))


class _Sheet(_Handler):
    """The cells of a sheet, row by row; a row without any is left out."""

    def __init__(self, strings: Sequence[str], formats: Sequence[str], epoch: datetime, most: int) -> None:
        super().__init__()
        self.rows: list[tuple[int, Sequence[Cell]]] = []
        self._strings, self._formats, self._epoch, self._most = strings, formats, epoch, most
        self._number = 0
        self._cells: list[Cell] = []
        self._attrs: AttributesImpl | None = None
        self._parts: dict[str, list[str]] = {}
        self._part = ""

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """A row, a cell or a part of it begins."""
        if name == "row":
            self._number = int(attrs["r"]) if "r" in attrs else self._number + 1
            self._cells = []
        elif name == "c":
            self._attrs, self._parts = attrs, {}
        elif name in {"v", "f", "t"}:
            self._part = name

    def characters(self, content: str) -> None:
        """Keep what a part of a cell says."""
        if self._part and self._attrs is not None:
            self._parts.setdefault(self._part, []).append(content)

    def end(self, name: str) -> None:
        """A part, a cell or a row ends."""
        self._part = ""
        if name == "c" and self._attrs is not None:
            self._keep(self._attrs, {part: "".join(text) for part, text in self._parts.items()})
            self._attrs = None
        elif name == "row" and any(cell not in {None, ""} for cell in self._cells):
            if len(self.rows) > self._most:  # the first row may name the columns
                raise Unreadable(gettext("The table has more than %(most)s rows.", most=self._most))
            self.rows.append((self._number, self._cells))

    def _keep(self, attrs: AttributesImpl, parts: dict[str, str]) -> None:
        place = _column(attrs["r"]) if "r" in attrs else len(self._cells)
        value = self._value(attrs, parts)
        if value in {None, ""}:
            return
        if place >= MOST_COLUMNS:
            raise Unreadable(gettext("The table has more than %(most)s columns.", most=MOST_COLUMNS))
        self._cells += [None] * (place + 1 - len(self._cells))
        self._cells[place] = value

    def _value(self, attrs: AttributesImpl, parts: dict[str, str]) -> Cell:
        text = parts.get("v", "")
        if "f" in parts:
            return f"={parts['f']}"
        match attrs.get("t", "n"):
            case "s":
                return self._strings[int(text)]
            case "inlineStr":
                return parts.get("t", "")
            case "n" if text:
                return self._number_of(float(text), int(attrs.get("s", "0")))
            case _:
                return text

    def _number_of(self, value: float, style: int) -> Cell:
        sort = self._formats[style] if style < len(self._formats) else ""
        if not sort:
            return value
        # Seconds are what the spreadsheet's fractions of a day are exact to.
        lasts = timedelta(seconds=round(value * 86_400))
        if sort == "length":
            return lasts
        moment = self._epoch + lasts
        return moment.time() if 0 <= value < 1 else moment


def _column(place: str) -> int:
    """The number of the column of a place like `AB12`, from zero."""
    letters = re.match("[A-Z]{1,3}", place)
    if letters is None:
        raise ValueError(place)
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1
