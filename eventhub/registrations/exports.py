"""The list of registrations as a file for spreadsheets, in which no cell is ever a formula."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.i18n import LOCALES, country_name, language
from eventhub.organisations.words import STAKEHOLDER_TYPES

from . import queries
from .consents import queries as consent_queries
from .models import Place, Pool, Registration
from .questions import queries as question_queries
from .questions import words as question_words
from .questions.models import Question
from .words import STATES, name_of

BATCH = 500


def rows_of(actor: Actor, event: Event) -> Iterator[list[str]]:
    """The headings and then one row for each registration, in the reader's language and the event's zone.

    Each purpose that is asked for, and each question whose answers the actor may read, is a column.
    """
    questions, asks = question_queries.list_readable(actor, event), consent_queries.list_asked(event)
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
        gettext("Delegation"),
        gettext("Brings"),
        *(ask.name for ask in asks),
        *(str(question.label.in_(language())) for question in questions),
    ]
    zone, positions = event.zone, queries.positions(event)
    for registration, place, pool, answers, agreed in _with_answers(event, questions):
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
            registration.contact.name if registration.contact else "",
            gettext(", ").join(registration.companions),
            *(gettext("Yes") if (ask.purpose, ask.recipient) in agreed else "" for ask in asks),
            *(question_words.told(question, answers.get(question.id)) for question in questions),
        ]


def _with_answers(
    event: Event, questions: list[Question]
) -> Iterator[tuple[Registration, Place, Pool, Mapping[UUID, Any], Collection[tuple[str, str]]]]:
    """All registrations with their answers and what they agree to, read for some hundreds of people at a time."""
    ids, rows = [question.id for question in questions], queries.all_of(event)
    while batch := list(islice(rows, BATCH)):
        found = question_queries.values_of_all([row[0].id for row in batch], ids) if ids else {}
        agreed = consent_queries.given_by([row[0].id for row in batch])
        for registration, place, pool in batch:
            yield registration, place, pool, found.get(registration.id, {}), agreed.get(registration.id, ())


def xlsx_file(rows: Iterable[list[str]]) -> IO[bytes]:
    """Rows as a file for Excel, to be read from its beginning; every cell is text."""
    import xlsxwriter  # heavy, and seldom asked for

    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    text_only = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **text_only})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    book.close()
    file.seek(0)
    return file
