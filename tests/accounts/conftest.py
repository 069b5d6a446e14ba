"""Accounts, their links, and what was told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.accounts import passwords
from eventhub.accounts.models import Account
from eventhub.foundation import clock, links
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.web import limiter

PASSWORD = "correct horse battery"


@pytest.fixture
def make_account(make_person: Callable[..., Any], save: Callable[[Any], Any]) -> Callable[..., Account]:
    """Accounts with the password above, confirmed unless said otherwise."""

    def make(address: str = "wang.fang@example.org", **values: Any) -> Account:
        person = values.pop("person", None) or make_person(address=address, address_verified_at=clock.now())
        digest = passwords.hash_password(PASSWORD)
        values = {"password_hash": digest, "confirmed_at": clock.now(), **values}
        return save(Account(person_id=person.id, address=address, **values))

    return make


@pytest.fixture
def find_account(app: Flask) -> Callable[[str], Account]:
    """The account of an address, read afresh."""

    def find(address: str) -> Account:
        db.session.rollback()
        account = db.session.scalar(sa.select(Account).where(Account.address == address))
        assert account
        return account

    return find


@pytest.fixture
def told(app: Flask) -> Callable[[], list[str]]:
    """The names of the facts that were announced, in order."""

    def read() -> list[str]:
        return list(db.session.scalars(sa.select(AuditEntry.fact).order_by(AuditEntry.created_at, AuditEntry.fact)))

    return read


def link_of(purpose: str, account: Account) -> str:
    """The token that the account's next letter would carry."""
    return links.make(purpose, account.id, account.link_number)


@pytest.fixture
def real_limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of a site in earnest, with nothing counted yet."""
    monkeypatch.setattr(app.extensions["eventhub_settings"], "rate_limit_factor", 1)
    limiter.reset()
