"""A file between its preview and its import: kept for an hour, for one person and one event.

It lies under the data folder, readable by the service alone, under a name that only a signed token tells. Nothing of it
is in the database: a process that is killed leaves an old file, which goes in the night. Where several machines serve
one site, they need the data folder in common; else the other machine asks for the file again.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError

from eventhub.foundation import sealing
from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import settings

from .entries import Entry, Reading
from .subscriptions import PURPOSE, Source

HOUR = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read, and where it lay: a sealed address, with its marks, or none for a file."""

    reading: Reading
    sealed: str = ""
    etag: str = ""
    modified: str = ""

    @property
    def entries(self) -> Sequence[Entry]:
        """What was read in it."""
        return self.reading.entries

    @property
    def source(self) -> Source | None:
        """The address it came from."""
        address = sealing.unseal(PURPOSE, self.sealed, "") if self.sealed else None
        return Source(address, self.etag, self.modified) if address else None


_codec = TypeAdapter(Kept)


def keep(actor: Actor, event_id: UUID, reading: Reading, source: Source | None = None) -> str:
    """Keep what was read from a file or an address, for an event or a series.

    What is told is the token by which only the same person gets it back, for the same event.
    """
    kept = Kept(reading)
    if source is not None:
        kept = Kept(reading, sealing.seal(PURPOSE, source.address, ""), source.etag, source.modified)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    with os.fdopen(os.open(folder / f"{name}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_codec.dump_json(kept))
    return str(_signer().dumps([name, str(actor.person_id), str(event_id)]))


def find(actor: Actor, event_id: UUID, token: str) -> Kept:
    """What is kept under a token; raises NotFound where it is gone, forged, or somebody else's."""
    try:
        return _codec.validate_json(_path(actor, event_id, token).read_bytes())
    except (OSError, ValidationError) as error:
        raise NotFound from error


def drop(actor: Actor, event_id: UUID, token: str) -> None:
    """Let go of what has been imported."""
    with suppress(OSError):
        _path(actor, event_id, token).unlink()


def sweep() -> None:
    """Let go of all that is older than an hour."""
    oldest = time.time() - HOUR
    for file in _folder().glob("*.json"):
        with suppress(OSError):  # another process may sweep as well
            if file.stat().st_mtime < oldest:
                file.unlink()


def _path(actor: Actor, event_id: UUID, token: str) -> Path:
    try:
        name, *whose = _signer().loads(token, max_age=HOUR)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    if whose != [str(actor.person_id), str(event_id)] or not re.fullmatch("[0-9a-f]{32}", str(name)):
        raise NotFound
    return _folder() / f"{name}.json"


def _folder() -> Path:
    return settings().data_dir / "imports"


def _signer() -> URLSafeTimedSerializer:
    known = settings()
    # The newest key is the last one, and the one that signs.
    return URLSafeTimedSerializer([*reversed(known.secret_key_fallbacks), known.secret_key], salt="eventhub.import")
