"""Events whose organisers send and fetch lists, and what they send."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from tests.conftest import Browser

Make = Callable[..., Any]
ROOM = "/en/organise/events/roundtable/registrations/"


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event with three places in person."""
    made: Event = make_event("Roundtable", slug="roundtable", in_person=3, online=50)
    return made


@pytest.fixture
def olga(event: Event, make_member: Make) -> Actor:
    """Its organiser."""
    member: Actor = make_member("organiser", event.organisation)
    return member


@pytest.fixture
def organiser(olga: Actor, sign_in: Make) -> Browser:
    """The organiser's browser."""
    browser: Browser = sign_in(olga)
    return browser


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """An Excel file of these rows."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def send(browser: Browser, data: bytes | str, name: str = "people.csv") -> str:
    """Send a list as an organiser would; the address at which it is looked at."""
    raw = data.encode() if isinstance(data, str) else data
    answer = browser.submit(f"{ROOM}import/", {"file": (io.BytesIO(raw), name)})
    assert answer.status_code == 303, answer.text
    address: str = answer.location
    return address
