"""Finding accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import Select, select

from eventhub.foundation import clock, links
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound

from . import passwords
from .models import Account

# How long the link of a letter stays good.
GOOD_FOR = {"reset": timedelta(minutes=30), "confirm": timedelta(days=3)}


def find_account(address: str, *, lock: bool = False) -> Account | None:
    """The account of a normalised address, confirmed or not; locked until the commit where asked."""
    query = select(Account).where(Account.address == address)
    return db.session.scalar(_locked(query) if lock else query)


def get_by_password(address: str, password: str) -> Account:
    """The account that a normalised address and a password open.

    Raises Invalid, in the same words after the same time, whether there is such an account or not.
    """
    account = find_account(address)
    is_right = passwords.is_right(account.password_hash if account else None, password)
    if account is None or not is_right:
        raise Invalid("password", gettext("This address and this password do not belong together."))
    return account


def get_by_link(purpose: str, token: str, *, lock: bool = False) -> Account:
    """The account whose link this is, as long as it is good; raises NotFound alike for any that is not."""
    query = select(Account).where(Account.id == links.row_id_of(token))
    account = db.session.scalar(_locked(query) if lock else query)
    is_genuine = links.is_genuine(
        purpose, token, account.id if account else None, account.link_number if account else None
    )
    if account is None or not is_genuine or not _is_good(purpose, account.link_sent_at):
        raise NotFound
    return account


def _locked(query: Select[Account]) -> Select[Account]:
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def _is_good(purpose: str, sent_at: datetime | None) -> bool:
    return sent_at is not None and clock.now() < sent_at + GOOD_FOR[purpose]
