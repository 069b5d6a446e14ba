"""Getting at the messages: in a folder of a mail server, which stays as it is, or in a maildir of this machine.

They are read outside any transaction, and one by one; what each says is kept in one of its own.
"""

from __future__ import annotations

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from sqlalchemy.exc import DatabaseError, OperationalError

from eventhub.config import Settings
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import end_reading
from eventhub.foundation.errors import Stale

from . import services
from .contents import opened
from .services import Reading

log = structlog.get_logger()

TIMEOUT = 30  # seconds for each answer of a mail server
MOST = 200  # messages at a time: the rest in the next minute
LARGEST = 1_000_000  # octets; answers and reports are far smaller
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
# Reports come within days. A mailbox of ten years is not read from its beginning.
RECENT = timedelta(days=30)


def read(settings: Settings) -> bool:
    """Read what has come; whether it was ours to read. What goes wrong is kept and tried again in the next minute."""
    parts = urlsplit(settings.inbox_url)
    reading = services.begin(SYSTEM, name_of(parts))
    if reading is None:
        return False
    error = None
    try:
        if parts.scheme == "maildir":
            _read_maildir(reading, Path(parts.path), settings)
        else:
            _read_folder(reading, parts, settings)
    except (OSError, imaplib.IMAP4.error, EOFError) as reason:
        error = f"{type(reason).__name__}: {reason}"[:300]
        log.warning("inbox.unreachable", error=type(reason).__name__)
    except Exception as reason:
        # Whatever it was, the mailbox is read again in the next minute, and not when our lease has run out.
        _give_back(reading, type(reason).__name__)
        raise
    services.end(SYSTEM, reading.folder_id, error)
    return True


def _give_back(reading: Reading, error: str) -> None:
    end_reading()
    with suppress(DatabaseError):  # while it cannot keep that either, the lease runs out by itself
        services.end(SYSTEM, reading.folder_id, error)


def name_of(parts: SplitResult) -> str:
    """A fingerprint of which mailbox it is, whatever its password."""
    what = (parts.scheme, parts.username, parts.hostname, parts.port, parts.path)
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]


@contextmanager
def connected(parts: SplitResult) -> Iterator[imaplib.IMAP4]:
    """The mail server with the folder open, for reading only; raises what comes of not getting there."""
    host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "imaps":
        context = ssl.create_default_context()
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=context, timeout=TIMEOUT)
    else:
        client = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    with client:
        if "AUTH=PLAIN" in client.capabilities:  # the only way for a password that is not in ASCII
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            client.login(user, password)
        if "ID" in client.capabilities:  # some providers let nobody read who does not say what they are (RFC 2971)
            client.xatom("ID", '("name" "EventHub")')
        folder = unquote(parts.path.strip("/")) or "INBOX"
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        _checked(client.select(f'"{quoted}"', readonly=True))
        yield client


def _read_folder(reading: Reading, parts: SplitResult, settings: Settings) -> None:
    with connected(parts) as client:
        validity = int(client.response("UIDVALIDITY")[1][0] or 0)
        last = reading.last_uid if validity == reading.validity else 0
        since = f"{clock.now() - RECENT:%d-%b-%Y}"
        [found] = _checked(client.uid("SEARCH", f"UID {last + 1}:*", "SINCE", since))
        # The server counts the last message in, even where its number is below the first.
        numbers = sorted(number for number in map(int, (found or b"").split()) if number > last)[:MOST]
        for number in numbers:
            _take(reading, _message(client, number), settings, (validity, number))


def _message(client: imaplib.IMAP4, number: int) -> bytes | None:
    """A message as it came, without a mark that it was read; None where it is too large, or gone meanwhile."""
    # A server also tells here what others do in the folder meanwhile (RFC 3501 §7), as that they have read something.
    told = _checked(client.uid("FETCH", str(number), "(RFC822.SIZE)"))
    size = next((found for part in told if isinstance(part, bytes) and (found := _SIZE.search(part))), None)
    if size is None or int(size[1]) > LARGEST:
        return None
    answer = _checked(client.uid("FETCH", str(number), "(BODY.PEEK[])"))
    return next((part[1] for part in answer if isinstance(part, tuple)), None)


def _checked(answer: tuple[str, list]) -> list:  # type: ignore[type-arg]  # whatever the server has to say
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1][:1])[:200])
    return answer[1]


def _read_maildir(reading: Reading, folder: Path, settings: Settings) -> None:
    """Read what is new, and put it with what was read; by hand, for the library would take every message apart."""
    for file in sorted((folder / "new").iterdir())[:MOST]:
        with file.open("rb") as opening:
            raw = opening.read(LARGEST + 1)
        _take(reading, raw if len(raw) <= LARGEST else None, settings)
        file.rename(folder / "cur" / f"{file.name.partition(':')[0]}:2,S")


def _take(reading: Reading, raw: bytes | None, settings: Settings, uid: tuple[int, int] | None = None) -> None:
    host = urlsplit(settings.base_url).hostname or ""
    message = opened(raw, host) if raw is not None else None
    key, content = (message.key, message.content) if message else ("", None)
    try:
        services.take(SYSTEM, reading.folder_id, uid, key, content)
    except (OperationalError, Stale):
        raise  # the database cannot just now: the message is read again
    except Exception as error:  # noqa: BLE001 - one message must not keep all that come after it from being read
        log.error("inbox.failed", error=type(error).__name__)
        services.take(SYSTEM, reading.folder_id, uid, key, None)
    finally:
        end_reading()
