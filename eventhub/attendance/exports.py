"""Who came, as a file for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.registrations.exports import is_risky

from . import queries, roll, words


def rows_of(event: Event) -> Iterator[list[str]]:
    """The headings, then a row for everybody who has a place or came, in the reader's language and the event's zone."""
    yield [
        gettext("Name"),
        gettext("Organisation"),
        gettext("Takes part"),
        gettext("Registered"),
        gettext("Came"),
        gettext("First seen"),
    ]
    pools = words.pool_names(event)
    first_seen = queries.came_at(event)
    for one in roll.roll_of(event):
        seen = first_seen.get(one.id)
        if seen is None and one.state != "confirmed":
            continue
        yield [
            words.person_name(one.name),
            one.organisation,
            pools.get(one.pool_key, ""),
            gettext("No") if one.is_walk_in else gettext("Yes"),
            gettext("Yes") if seen else gettext("No"),
            f"{seen.astimezone(clock.zone(event.zone)):%Y-%m-%d %H:%M %z}" if seen else "",
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
