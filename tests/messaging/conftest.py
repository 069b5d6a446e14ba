"""Registrants, and the letters that were written to them."""

from __future__ import annotations

import email
import itertools
from collections.abc import Callable
from email import policy
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.work import OutboxRow
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import find_registration


@pytest.fixture
def register(app: Flask) -> Callable[..., Registration]:
    """People who register for an event, each with an address of their own unless said otherwise."""
    numbers = itertools.count(1)

    def make(event: Event, name: str = "Wang Fang", pool: str = "in_person", **details: str) -> Registration:
        address = details.setdefault("address", f"reader{next(numbers)}@example.org")
        registrations.register(SYSTEM, event.id, registrations.Details(name=name, **details), pool)
        found = find_registration(event.id, registrations.normalise(address))
        assert found
        return found

    return make


@pytest.fixture
def letters(app: Flask) -> Callable[[], list[EmailMessage]]:
    """Carry out what is due, and read the letters written since the last time.

    What changes in a programme is told without waiting for more of it.
    """
    folder = app.extensions["eventhub_settings"].maildir

    @use_case
    def hasten(actor: Actor) -> None:
        rows = db.session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == "notice"))
        for row in rows:
            if row.state == "waiting" and row.payload.get("kind") == "programme_changed":
                row.due_at = clock.now()

    def read() -> list[EmailMessage]:
        hasten(SYSTEM)
        outbox.drain()
        db.session.rollback()
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        found = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        for file in files:
            file.unlink()
        return found

    return read


def plain(message: EmailMessage) -> str:
    """The plain text of a letter."""
    body = message.get_body(("plain",))
    assert body
    return body.get_content()


def html(message: EmailMessage) -> str:
    """The HTML of a letter."""
    body = message.get_body(("html",))
    assert body
    return body.get_content()
