"""Files for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext

from .errors import Unreadable

# What a spreadsheet may take for the beginning of a formula or of a command.
RISKY = ("=", "+", "-", "@", "\t", "\r")


def is_risky(cell: str) -> bool:
    """Whether a spreadsheet might carry a cell out: by its beginning as it is seen, or where it is split by `;`."""
    parts = re.split(r"[;\t\r\n]", unicodedata.normalize("NFKC", cell))
    seen = ("".join(mark for mark in part if unicodedata.category(mark) != "Cf").lstrip(" ") for part in parts)
    return cell.startswith(RISKY) or any(part.startswith(RISKY) for part in seen)


def text_of(data: bytes) -> tuple[str, str]:
    """The text of a file of CSV, and the encoding that it is in; Unreadable where it is in none that programs write."""
    # Excel's "Unicode text" begins with a mark of its own.
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Unreadable(gettext("The file is neither in UTF-8 nor in GB 18030. Save it as “CSV UTF-8”."))


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
