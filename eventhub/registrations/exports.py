"""The list of registrations as a file for spreadsheets, in which no cell is ever a formula, or for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock, sheets
from eventhub.foundation.actor import Actor
from eventhub.foundation.i18n import LOCALES, country_name, language
from eventhub.organisations.words import STAKEHOLDER_TYPES

from . import queries
from .consents import queries as consent_queries
from .consents.queries import Ask
from .models import Place, Pool, Registration
from .questions import queries as question_queries
from .questions import words as question_words
from .words import STATES, name_of

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def columns_of(actor: Actor, event: Event) -> dict[str, str]:
    """The columns that there are for an actor, each with its heading in the reader's language.

    Each purpose that is asked for, and each question whose answers the actor may read, is one.
    """
    own = {
        "name": gettext("Name"),
        "address": gettext("E-mail address"),
        "organisation": gettext("Organisation"),
        "stakeholder_type": gettext("Type of organisation"),
        "country": gettext("Country or region"),
        "language": gettext("Language of letters"),
        "pool": gettext("Takes part"),
        "state": gettext("State"),
        "position": gettext("Position on the waitlist"),
        "registered": gettext("Registered at"),
        "delegation": gettext("Delegation"),
        "companions": gettext("Brings"),
    }
    own |= {_key(one): str(one.name) for one in consent_queries.list_asked(event)}
    asked = question_queries.list_readable(actor, event)
    return own | {str(one.id): str(one.label.in_(language())) for one in asked}


def _key(ask: Ask) -> str:
    return f"consent:{ask.purpose}:{ask.recipient}"


def rows_of(
    actor: Actor,
    event: Event,
    wanted: Collection[str] | None = None,
    go_on: Callable[[int], None] = lambda _: None,
) -> Iterator[list[str]]:
    """The headings and then one row for each registration, in the reader's language and the event's zone.

    All columns that the actor may read, or those of them that are wanted. Before some hundreds of rows are read,
    `go_on` is told how many have been.
    """
    columns = {key: word for key, word in columns_of(actor, event).items() if wanted is None or key in wanted}
    yield list(columns.values())
    questions = [one for one in question_queries.list_readable(actor, event) if str(one.id) in columns]
    asks = [one for one in consent_queries.list_asked(event) if _key(one) in columns]
    zone = clock.zone(event.zone)
    positions = queries.positions(event) if "position" in columns else {}
    done = 0
    for batch in queries.batches_of(event):
        found = question_queries.values_of_all([row[0].id for row in batch], [one.id for one in questions])
        agreed = consent_queries.given_by([row[0].id for row in batch]) if asks else {}
        for registration, place, pool in batch:
            answers, given = found.get(registration.id, {}), agreed.get(registration.id, ())
            told = _told(registration, place, pool, positions)
            said = {str(one.id): question_words.told(one, answers.get(one.id)) for one in questions}
            at = registration.created_at.astimezone(zone)
            said |= {_key(one): gettext("Yes") if (one.purpose, one.recipient) in given else "" for one in asks}
            said |= {**told, "registered": f"{at:%Y-%m-%d %H:%M %z}"}
            yield [said[key] for key in columns]
        done += len(batch)
        go_on(done)


def _told(registration: Registration, place: Place, pool: Pool, positions: Mapping[UUID, int]) -> dict[str, str]:
    return {
        "name": registration.name,
        "address": registration.typed_address or "",
        "organisation": registration.organisation,
        "stakeholder_type": str(STAKEHOLDER_TYPES.get(registration.stakeholder_type or "", "")),
        "country": country_name(registration.country) if registration.country else "",
        "language": LOCALES[registration.language],
        "pool": name_of(pool),
        "state": str(STATES.get(place.state, place.state)),
        "position": str(positions.get(place.id, "")),
        "delegation": registration.contact.name if registration.contact else "",
        "companions": gettext(", ").join(registration.companions),
    }


def file_of(rows: Iterator[list[str]], file_format: str) -> IO[bytes]:
    """A file of these rows, to be read from its beginning."""
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    write(file, file_format, rows)
    file.seek(0)
    return file


def write(file: IO[Any], file_format: str, rows: Iterator[list[str]]) -> None:
    """A file of these rows, of which no more than a few are held at a time."""
    _WRITERS[file_format](file, rows)


_WRITERS: dict[str, Callable[[IO[bytes], Iterator[list[str]]], None]] = {
    "csv": sheets.write_csv,
    "xlsx": sheets.write_xlsx,
    "json": sheets.write_json,
}
