"""Finding people."""

from __future__ import annotations

from sqlalchemy import select

from eventhub.foundation.db import db

from .models import Person


def find_by_address(address: str) -> Person | None:
    """The person who has shown that a normalised address is theirs."""
    return db.session.scalar(select(Person).where(Person.address == address))
