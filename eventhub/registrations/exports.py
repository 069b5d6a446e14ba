"""The list of registrations as a file for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import LOCALES, country_name
from eventhub.organisations.words import STAKEHOLDER_TYPES

from . import queries
from .words import STATES, name_of

# What a spreadsheet may take for the beginning of a formula or of a command.
RISKY = ("=", "+", "-", "@", "\t", "\r")


def is_risky(cell: str) -> bool:
    """Whether a spreadsheet might carry a cell out: by its beginning as it is seen, or where it is split by `;`."""
    parts = re.split(r"[;\t\r\n]", unicodedata.normalize("NFKC", cell))
    seen = ("".join(mark for mark in part if unicodedata.category(mark) != "Cf").lstrip(" ") for part in parts)
    return cell.startswith(RISKY) or any(part.startswith(RISKY) for part in seen)


def rows_of(event: Event) -> Iterator[list[str]]:
    """The headings and then one row for each registration, in the reader's language and the event's zone."""
    yield [
        gettext("Name"),
        gettext("E-mail address"),
        gettext("Organisation"),
        gettext("Type of organisation"),
        gettext("Country or region"),
        gettext("Language of letters"),
        gettext("Takes part"),
        gettext("State"),
        gettext("Position on the waitlist"),
        gettext("Registered at"),
    ]
    zone, positions = event.zone, queries.positions(event)
    for registration, place, pool in queries.all_of(event):
        yield [
            registration.name,
            registration.typed_address or "",
            registration.organisation,
            str(STAKEHOLDER_TYPES.get(registration.stakeholder_type or "", "")),
            country_name(registration.country) if registration.country else "",
            LOCALES[registration.language],
            name_of(pool),
            str(STATES.get(place.state, place.state)),
            str(positions.get(place.id, "")),
            f"{registration.created_at.astimezone(clock.zone(zone)):%Y-%m-%d %H:%M %z}",
        ]


def csv_of(event: Event) -> Iterator[str]:
    """The file in pieces; it begins with the mark by which Excel knows that its Chinese is UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield "\ufeff"
    for row in rows_of(event):
        writer.writerow([f"'{cell}" if is_risky(cell) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def xlsx_of(event: Event) -> IO[bytes]:
    """The file, to be read from its beginning; every cell is text."""
    import xlsxwriter  # heavy, and seldom asked for

    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    text_only = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **text_only})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows_of(event)):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    book.close()
    file.seek(0)
    return file
