"""Finding people."""

from __future__ import annotations

from sqlalchemy import select

from eventhub.foundation.db import db

from .models import Person


def find_by_address(address: str) -> Person | None:
    """The person who has shown that a normalised address is theirs."""
    return db.session.scalar(select(Person).where(Person.address == address))


def find_by_slug(slug: str) -> Person | None:
    """The person of a slug; whether they may be shown is for others to say."""
    return db.session.scalar(select(Person).where(Person.slug == slug))
