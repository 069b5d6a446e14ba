"""Sessions in tables: CSV of any separator and both usual encodings, and XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext

from eventhub.foundation import sheets, workbooks
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.workbooks import MOST_COLUMNS

from . import moments, words
from .entries import (
    LINE,
    MOST_PEOPLE,
    PASSAGE,
    Entry,
    Guest,
    Notes,
    Place,
    Reading,
    clean,
    id_in,
    one_line,
    said,
    shortened,
    too_many,
)

# The columns, each with the words by which its heading is known.
COLUMNS = {
    "id": ("id", "编号"),
    "title_en": ("title_en", "英文标题"),
    "title_zh": ("title_zh", "中文标题"),
    "title": ("title", "标题"),
    "starts": ("starts", "start", "开始时间", "开始"),
    "ends": ("ends", "end", "结束时间", "结束"),
    "duration": ("duration", "时长"),
    "room": ("room", "会议室"),
    "track": ("track", "专题"),
    "kind": ("kind", "type", "类型"),
    "language": ("language", "语言"),
    "speakers": ("speakers", "讲者"),
    "abstract_en": ("abstract_en", "英文摘要"),
    "abstract_zh": ("abstract_zh", "中文摘要"),
    "abstract": ("abstract", "摘要"),
}
_BY_HEADING = {heading: column for column, headings in COLUMNS.items() for heading in headings}
_LONGEST_CELL = 2 * PASSAGE

Row = tuple[int, Sequence[Any]]


def read_csv(data: bytes, zone: str) -> Reading:
    """The sessions of a CSV file, by the clock of a zone; Unreadable where it is none, or has no known heading."""
    notes = Notes()
    text = _decoded(data, notes)
    if "\x00" in text:
        raise Unreadable(gettext("The file is no text: it holds marks that no table has."))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _read("csv", _csv_rows(text), zone, notes)


def _decoded(data: bytes, notes: Notes) -> str:
    text, encoding = sheets.text_of(data)
    if encoding == "gb18030":
        notes.add(0, "encoding")
    return text


def _csv_rows(text: str) -> Iterator[Row]:
    heading = text.split("\n", 1)[0][:10_000]
    # The separator is the one that makes most known headings of the first line.
    separator = max(",;\t|", key=lambda mark: sum(_column(cell) is not None for cell in heading.split(mark)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for row in rows:
            if row:
                yield line, row
            line = rows.line_num + 1  # a row begins on the line after the one before it ended
    except csv.Error as error:
        raise Unreadable(
            gettext("Line %(line)s cannot be read: a quotation mark may be missing.", line=line)
        ) from error


def read_xlsx(data: bytes, zone: str) -> Reading:
    """The sessions on the first sheet of a workbook; formulas are text, whatever they come to."""
    return _read("xlsx", workbooks.rows_of(data), zone, Notes())


def _column(heading: object) -> str | None:
    return _BY_HEADING.get(re.sub(r"[\s-]+", "_", one_line(str(heading)[:400])[:40].strip("\ufeff\"' ").lower()))


def _read(form: str, rows: Iterable[Row], zone: str, notes: Notes) -> Reading:
    columns: dict[str, int] = {}
    reader = _Reader(zone, notes)
    entries: list[Entry] = []
    for line, cells in rows:
        if len(cells) > MOST_COLUMNS and any(cell not in (None, "") for cell in cells[MOST_COLUMNS:]):
            raise Unreadable(gettext("The table has more than %(most)s columns.", most=MOST_COLUMNS))
        if all(cell is None or cell == "" for cell in cells):
            continue
        if not columns:
            columns = _headings(line, cells, notes)
            continue
        too_many(len(entries) + 1)
        values = {column: cells[place] for column, place in columns.items() if place < len(cells)}
        if entry := reader.entry(line, values):
            entries.append(entry)
    if not columns:
        raise Unreadable(gettext("The table is empty."))
    return Reading(form, zone, tuple(entries), reader.rooms, reader.tracks, tuple(notes.problems))


def _headings(line: int, cells: Sequence[Any], notes: Notes) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells[:MOST_COLUMNS]):
        column = _column(cell)
        if column and column not in found:
            found[column] = place
        elif cell not in (None, ""):
            notes.add(line, "column", one_line(str(cell)[:400])[:40])
    if not found.keys() & {"title", "title_en", "title_zh"}:
        raise Unreadable(gettext("The first row names no column for titles: title_en, title_zh or title."))
    return found


class _Reader:
    def __init__(self, zone: str, notes: Notes) -> None:
        self.rooms: dict[str, Place] = {}
        self.tracks: dict[str, Place] = {}
        self._zone, self._notes = zone, notes

    def entry(self, line: int, cells: dict[str, Any]) -> Entry | None:
        """A row as an entry; none where it cannot be one, which is noted then."""
        texts = {column: _text(value) for column, value in cells.items()}
        title = self._translated("title", texts, line, LINE)
        if not title:
            self._notes.add(line, "no_title")
            return None
        self._notes.entitle(line, title.in_("en"))
        key = one_line(texts.get("id", ""))
        hours = self._hours(line, cells, texts)
        if hours is None or self._notes.knows_key(line, key):
            return None
        kind = words.kind_of(texts.get("kind", ""))
        if kind is None and texts.get("kind"):
            self._notes.once(line, "kind", one_line(texts["kind"])[:40])
        return Entry(
            line=line,
            key=key,
            id=id_in(key),
            title=title,
            kind=kind,
            abstract=self._translated("abstract", texts, line, PASSAGE) or None,
            starts=hours[0],
            ends=hours[1],
            room=self._place(self.rooms, texts.get("room", ""), line),
            track=self._place(self.tracks, texts.get("track", ""), line),
            language=words.language_of(texts.get("language", "")),
            people=self._people(texts.get("speakers", ""), line),
        )

    def _translated(self, name: str, texts: dict[str, str], line: int, most: int) -> Translated:
        tidied = {key: one_line(text) if most == LINE else clean(text) for key, text in texts.items()}
        found = {lang: tidied.get(f"{name}_{lang}", "") for lang in ("en", "zh")}
        found = {lang: shortened(text, most, line, self._notes) for lang, text in found.items() if text}
        if not found:
            return said(shortened(tidied.get(name, ""), most, line, self._notes))
        return Translated.of(next(iter(found)), **found) if found else EMPTY

    def _hours(
        self, line: int, cells: dict[str, Any], texts: dict[str, str]
    ) -> tuple[datetime | None, datetime | None] | None:
        if not texts.get("starts"):
            return None, None
        try:
            begins = _moment(cells["starts"], texts["starts"])
        except (ValueError, OverflowError):
            self._notes.add(line, "no_start", texts["starts"])
            return None
        if not texts.get("ends"):
            return self._lasting(line, begins, cells, texts)
        try:
            finish = _end(cells["ends"], texts["ends"], begins)
        except (ValueError, OverflowError):
            self._notes.add(line, "bad_end", texts["ends"])
            return None
        return moments.between(line, begins, finish, self._zone, self._notes)

    def _lasting(
        self, line: int, begins: datetime, cells: dict[str, Any], texts: dict[str, str]
    ) -> tuple[datetime, datetime] | None:
        if not texts.get("duration"):
            self._notes.add(line, "no_end")
            return None
        try:
            lasts = _length(cells["duration"], texts["duration"])
        except ValueError:
            self._notes.add(line, "bad_duration", texts["duration"])
            return None
        return moments.span(line, begins, lasts, self._zone, self._notes)

    def _place(self, places: dict[str, Place], text: str, line: int) -> str | None:
        name = shortened(one_line(text), LINE, line, self._notes)
        if not name:
            return None
        places.setdefault(name, Place(said(name)))
        return name

    def _people(self, text: str, line: int) -> tuple[Guest, ...] | None:
        """`Name (Affiliation); Name`, with the marks of either script."""
        found = []
        for told in re.split(r"[;；\n]", clean(text)):
            name, _, affiliation = told.replace("（", "(").partition("(")
            name, affiliation = one_line(name), one_line(re.sub(r"[)）]\s*$", "", affiliation))
            if name:
                name, affiliation = (shortened(part, LINE, line, self._notes) for part in (name, affiliation))
                found.append(Guest(said(name), affiliation=said(affiliation) if affiliation else None))
        if len(found) > MOST_PEOPLE:
            self._notes.add(line, "people", MOST_PEOPLE)
        return tuple(found[:MOST_PEOPLE]) or None


def _text(value: object) -> str:
    """A cell as text; a number without a fraction that nobody wrote."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:_LONGEST_CELL].strip()


def _moment(value: object, text: str) -> datetime:
    return value if isinstance(value, datetime) else moments.moment(text)


def _end(value: object, text: str, begins: datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, time):
        return datetime.combine(begins.date(), value, begins.tzinfo)
    try:
        return datetime.combine(begins.date(), moments.hour(text), begins.tzinfo)
    except ValueError:
        return moments.moment(text)


def _length(value: object, text: str) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute)
    return moments.length(text)
