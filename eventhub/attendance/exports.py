"""Who came, as a file for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.sheets import csv_pieces

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
    for one in roll.list_told(event, first_seen):
        seen = first_seen.get(one.id)
        yield [
            words.person_name(one.name),
            one.organisation,
            pools.get(one.pool_key, ""),
            gettext("No") if one.is_walk_in else gettext("Yes"),
            gettext("Yes") if seen else gettext("No"),
            f"{seen.astimezone(clock.zone(event.zone)):%Y-%m-%d %H:%M %z}" if seen else "",
        ]


def csv_of(event: Event) -> Iterator[str]:
    """The file in pieces."""
    return csv_pieces(rows_of(event))
