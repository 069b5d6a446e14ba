"""Files for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

# What a spreadsheet may take for the beginning of a formula or of a command.
RISKY = ("=", "+", "-", "@", "\t", "\r")


def is_risky(cell: str) -> bool:
    """Whether a spreadsheet might carry a cell out: by its beginning as it is seen, or where it is split by `;`."""
    parts = re.split(r"[;\t\r\n]", unicodedata.normalize("NFKC", cell))
    seen = ("".join(mark for mark in part if unicodedata.category(mark) != "Cf").lstrip(" ") for part in parts)
    return cell.startswith(RISKY) or any(part.startswith(RISKY) for part in seen)


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A file of CSV in pieces; it begins with the mark by which Excel knows that its Chinese is UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield "\ufeff"
    for row in rows:
        writer.writerow([f"'{cell}" if is_risky(cell) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
