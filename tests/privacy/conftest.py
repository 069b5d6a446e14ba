"""An event with two people in it, of whom one will be erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.tables import Base
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration
from tests.reading import read_apart

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event whose organiser is in Switzerland."""
    made: Event = make_event("Roundtable", slug="roundtable", in_person=50, online=50)
    return made


@pytest.fixture
def enter(event: Event) -> Make:
    """Register somebody."""

    def make(name: str = "Anna Berg", pool: str = "in_person", at: Event | None = None, **said: Any) -> Registration:
        where = at or event
        address = said.pop("address", f"{name.split(maxsplit=1)[0].lower()}@example.org")
        registering.register(VISITOR, where.id, Details(name=name, address=address, **said), pool)
        found = registrations.find_registration(where.id, address)
        assert found
        return found

    return make


def holder(registration: Registration) -> Actor:
    """The person, by their private link."""
    return Actor("link", thing_id=registration.id, purpose="registration")


def mine(registration: Registration, lang: str = "en") -> str:
    """One's own page."""
    db.session.refresh(registration)
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


@pytest.fixture
def after(event: Event) -> Callable[..., Any]:
    """The clock so many days after the event."""
    return lambda days: clock.standing_at((event.ends_at or clock.now()) + timedelta(days=days, hours=1))


def everything(app: Flask) -> Iterator[tuple[str, bytes]]:
    """All that the service keeps: each file beside the database, the database, and all of its rows as text."""
    settings = app.extensions["eventhub_settings"]
    folders = {settings.data_dir, *([settings.maildir] if settings.maildir else [])}
    if settings.is_sqlite:
        folders.add(Path(db.engine.url.database or "").parent)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            data = read_apart(path) if ".db" in path.name else path.read_bytes()
            yield str(path), data
            if path.suffix == ".eml":
                import email
                from email import policy

                for part in email.message_from_bytes(data, policy=policy.default).walk():
                    yield f"{path} read", b" ".join(f"{key}: {value}".encode() for key, value in part.items())
                    yield f"{path} read", part.get_payload(decode=True) or b""
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(sa.literal_column("t.*")).select_from(sa.alias(table, "t"))):
            yield table.name, repr(tuple(row)).encode()
    db.session.rollback()


def found(app: Flask, words: list[str]) -> set[str]:
    """Where any of these words stands, also as JSON writes it."""
    forms = {form for word in words for form in (word, word.lower(), json.dumps(word)[1:-1])}
    return {place for place, data in everything(app) if any(form.encode() in data for form in forms)}


__all__ = ["SYSTEM", "everything", "found", "holder", "mine"]
