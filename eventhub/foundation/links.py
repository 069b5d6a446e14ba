"""Private links: addresses that give one person a right, without an account and without a stored secret.

A link carries the row's id and a 128-bit HMAC, under the site's secret key, of the purpose, the id and a
version kept on the row. Raising the version revokes it. Every purpose has a key of its own, so that
no link of one kind is ever good for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast
from uuid import UUID

from flask import Flask, current_app

from eventhub.config import Settings

from .errors import NoLink
from .tables import Record

# All purposes, in one place: each is a salt, and none may serve twice.
PURPOSES = frozenset(
    {
        "registration",
        "series_registration",
        "calendar",
        "series_calendar",
        "reset",
        "confirm",
        "invitation",
        "event_invitation",
        "letters",
        "speaker",
        "speaker_calendar",
        "account_calendar",
        "desk_calendar",
        "door",
    }
)
NOWHERE = UUID(int=0)


T = TypeVar("T", bound=Record)


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application the keys of its links; older keys stay good for reading."""
    secrets = [settings.secret_key, *settings.secret_key_fallbacks]
    app.extensions["eventhub_links"] = {
        purpose: [hmac.digest(secret.encode(), b"eventhub.link." + purpose.encode(), "sha256") for secret in secrets]
        for purpose in PURPOSES
    }


# Rows count their links from one: a link of this number opens nothing.
_VOID = 0
_are_void: ContextVar[bool] = ContextVar("links are void", default=False)


@contextmanager
def made_void() -> Iterator[None]:
    """Links made in here look like others and open nothing: for letters that are shown to somebody else."""
    before = _are_void.set(True)
    try:
        yield
    finally:
        _are_void.reset(before)


def make(purpose: str, row_id: UUID, version: int) -> str:
    """The token of a row's private link: 43 letters that fit an address."""
    if _are_void.get():
        row_id, version = NOWHERE, _VOID
    return _write(row_id.bytes + _sign(_keys(purpose)[0], row_id, version))


def row_id_of(token: str) -> UUID:
    """The row that a token speaks of, genuine or not; an id that no row has where it is no token at all."""
    return _split(token)[0]


def is_genuine(purpose: str, token: str, row_id: UUID | None, version: int | None) -> bool:
    """Whether the token is this row's link at this version, compared in constant time.

    Called with None for a row that is not there, it works as long and says no.
    """
    claimed_id, claimed = _split(token)
    good = False
    for key in _keys(purpose):
        good |= hmac.compare_digest(_sign(key, row_id or NOWHERE, version or 0), claimed)
    return good and row_id is not None and claimed_id == row_id


def opened(purpose: str, token: str, row: T | None, number: int | None) -> T:
    """The row, if the token is its link at this version; raises NoLink alike, and after as long, where it is not.

    Called with None for a row that is not there.
    """
    if not is_genuine(purpose, token, row.id if row is not None else None, number) or row is None:
        raise NoLink
    return row


def _keys(purpose: str) -> list[bytes]:
    return cast("dict[str, list[bytes]]", current_app.extensions["eventhub_links"])[purpose]


def _sign(key: bytes, row_id: UUID, version: int) -> bytes:
    return hmac.digest(key, row_id.bytes + version.to_bytes(8, "big"), hashlib.sha256)[:16]


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _split(token: str) -> tuple[UUID, bytes]:
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=", altchars=b"-_", validate=True) if len(token) == 43 else b""
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raw = b""
    # The last letter holds two bits that say nothing; with any others it would be a second address for one link.
    if len(raw) != 32 or _write(raw) != token:
        return NOWHERE, bytes(16)
    return UUID(bytes=raw[:16]), raw[16:]
