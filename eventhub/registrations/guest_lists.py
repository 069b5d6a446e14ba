"""Lists of people to be invited: as they are typed or pasted, and as files of spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO

from flask_babel import gettext

from eventhub.foundation import sheets, workbooks
from eventhub.foundation.errors import Unreadable
from eventhub.foundation.i18n import LOCALES
from eventhub.people.addresses import normalise

from .exchange.columns import by_headings, plain
from .exchange.people import languages, name_in
from .invitations import MOST_GUESTS, Guest

MOST_BYTES = 1024 * 1024
# Beyond any name and any address: thousands of cells of a workbook may share one text of megabytes.
LONGEST_CELL = 320
# What stands between the parts of a line, and how a Chinese keyboard writes it.
MARKS = {"\t": "\t", ";": "；", ",": "，"}


def read(text: str, language: str) -> list[Guest]:
    """The people of a list: a line each, with name, address, and if wanted language and organisation.

    The parts stand between tabs, semicolons or commas, Chinese ones too, in any order but name before organisation; who
    has no language of their own has this one. A line that says what stands in each column is nobody, and neither is
    what stands above it; below it everything is what its column says.
    """
    guests: list[Guest] = []
    columns: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        mark = next((mark for mark, wide in MARKS.items() if mark in line or wide in line), ",")
        cells = next(csv.reader([line.replace(MARKS[mark], mark)], delimiter=mark), [])
        if not columns and "address" in (named := by_headings(cells)):
            columns = named
            guests = [guest for guest in guests if guest.address]  # a title
        else:
            guests.append(_by_columns(cells, columns, number, language) or _guest(cells, number, language))
    return guests


def written(file: IO[bytes]) -> str:
    """The list that a file holds, as it would be pasted; raises Unreadable where it is no table that we can read."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        # What is cut off would be missed by nobody.
        raise Unreadable(gettext("This file is larger than %(most)s MB. Please make it smaller.", most=1))
    if data.startswith(b"PK"):
        rows: Iterable[Sequence[object]] = (cells for _, cells in workbooks.rows_of(data))
        return _pasted(rows)
    text, _ = sheets.text_of(data)
    lines = text.replace("\x00", "").splitlines()
    mark = max(",;\t", key=lambda mark: sum(line.count(mark) for line in lines[:20]))
    try:
        return _pasted(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    except csv.Error:
        raise Unreadable(gettext("The file is no list that can be read.")) from None


def _pasted(rows: Iterable[Sequence[object]]) -> str:
    lines = list(islice(filter(None, map(_line, rows)), MOST_GUESTS + 2))
    if len(lines) > MOST_GUESTS + 1:  # the first may name the columns
        raise Unreadable(gettext("%(most)s people at most at once.", most=MOST_GUESTS))
    return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    # An empty cell at the beginning keeps the others in their columns.
    texts = [" ".join(str("" if cell is None else cell)[:LONGEST_CELL].split()) for cell in cells]
    return "\t".join(texts).rstrip() if any(texts) else ""


def _by_columns(cells: Sequence[str], columns: Sequence[str], number: int, language: str) -> Guest | None:
    """Somebody as the columns have it; nothing where the address stands elsewhere, as in a line added by hand."""
    said = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
    is_elsewhere = "@" not in plain(said.get("address", "")) and any("@" in plain(cell) for cell in cells)
    if not columns or is_elsewhere:
        return None
    wanted = said.get("language", "")
    # What is no language of ours is refused with its line: a letter in another one would be worse.
    return Guest(
        name=name_in(said),
        address=said.get("address", ""),
        language=languages().get(plain(wanted), wanted) or language,
        organisation=said.get("organisation", ""),
        line=number,
    )


def _guest(cells: Sequence[str], number: int, language: str) -> Guest:
    parts = [cell.strip() for cell in cells if cell.strip()]
    address = next((part for part in parts if "@" in part or "＠" in part), "")
    # As people and mail programs write it: 王芳 <wang@example.org>, 王芳（wang@example.org）, 王芳 wang@example.org.
    name, mark, alone = _apart(address)
    if mark and _is_address(alone):
        parts[parts.index(address)] = name
        address = alone
    elif address:
        parts.remove(address)
    said = next((part for part in parts if part.casefold() in LOCALES), None)
    # In words it stands behind the name, which may be such a word itself.
    said = said or next((part for part in parts[1:] if plain(part) in languages()), None)
    if said is not None:
        parts.remove(said)
    words = [part for part in parts if part]
    return Guest(
        name=words[0] if words else "",
        address=address,
        language=languages()[plain(said)] if said else language,
        organisation=words[1] if len(words) > 1 else "",
        line=number,
    )


def _apart(cell: str) -> tuple[str, str, str]:
    """What stands before the last word of a cell, what is between them, and that word."""
    text = cell.rstrip(" >＞)）")
    last = re.split(r"[\s<＜(（]", text)[-1]
    before = text[: len(text) - len(last)]
    return before.strip(' "<＜(（'), before[-1:], last


def _is_address(typed: str) -> bool:
    try:
        normalise(typed)
    except ValueError:
        return False
    return True
