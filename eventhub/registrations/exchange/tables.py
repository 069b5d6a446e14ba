"""Tables of people as they were sent or pasted: cells of text, whatever program wrote them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask_babel import gettext

from eventhub.foundation import sheets, workbooks
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.forms import tidy
from eventhub.foundation.workbooks import MOST_COLUMNS

from .models import MOST_PEOPLE

# Beyond any answer, and any row: what is cut is still too long to pass, or was empty.
LONGEST_CELL, WIDEST = 6000, 20_000
_SEPARATORS = "\t;,"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, each with its number in the file; all are as wide as the widest."""

    rows: list[tuple[int, list[str]]]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.rows[0][1])

    def as_json(self) -> bytes:
        """The table as it is kept."""
        return json.dumps(self.rows, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Table:
        """The table as it was kept."""
        return cls([(line, cells) for line, cells in json.loads(data)])


def read(data: bytes) -> Table:
    """The table in a file, CSV of any usual encoding and separator or XLSX; Unreadable, in words, where it is none."""
    if data.startswith(b"PK"):
        return _table(workbooks.rows_of(data, MOST_PEOPLE))
    return pasted(_text(data))


def pasted(text: str) -> Table:
    """The table that a text is; Unreadable as above."""
    if "\x00" in text:
        raise Unreadable(gettext("The file is no text: it holds marks that no table has."))
    return _table(_rows(text.replace("\r\n", "\n").replace("\r", "\n")))


def _text(data: bytes) -> str:
    """The text of a file; that of Windows' “Unicode”, too, from programs that leave its mark away."""
    start = data[:200]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros and zeros.count(0) * 2 > len(zeros):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                break
    return sheets.text_of(data)[0]


def _rows(text: str) -> Iterator[tuple[int, Sequence[Any]]]:
    first = next((line for line in text.split("\n", 50) if line.strip()), "")[:10_000]
    separator = max(_SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for row in rows:
            yield line, row
            line = rows.line_num + 1  # a row begins on the line after the one before it ended
    except csv.Error as error:
        raise Unreadable(
            gettext("Line %(line)s cannot be read: a quotation mark may be missing.", line=line)
        ) from error


def _table(rows: Iterable[tuple[int, Sequence[Any]]]) -> Table:
    found: list[tuple[int, list[str]]] = []
    for line, values in rows:
        cells = [_cell(value) for value in values[:WIDEST]]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(gettext("The table has more than %(most)s columns.", most=MOST_COLUMNS))
        if cells:
            found.append((line, cells))
        if len(found) > MOST_PEOPLE + 1:  # the first may name the columns
            raise Unreadable(gettext("%(most)s people at most at once.", most=MOST_PEOPLE))
    if not found:
        raise Unreadable(gettext("The table is empty."))
    width = max(len(cells) for _, cells in found)
    return Table([(line, cells + [""] * (width - len(cells))) for line, cells in found])


def _cell(value: Any) -> str:
    """A cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return tidy(str(value)[:LONGEST_CELL])
