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
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError

from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import settings

from .entries import Reading

HOUR = 3600  # seconds
_codec = TypeAdapter(Reading)


def keep(actor: Actor, event_id: UUID, reading: Reading) -> str:
    """Keep what was read from a file; the token by which only the same person gets it back, for the same event."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    with os.fdopen(os.open(folder / f"{name}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_codec.dump_json(reading))
    return str(_signer().dumps([name, str(actor.person_id), str(event_id)]))


def find(actor: Actor, event_id: UUID, token: str) -> Reading:
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
