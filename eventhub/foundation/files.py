"""Files that people send: a row says what each is, and its bytes lie in a folder beside the database.

A file is received first, outside any transaction, for looking at one may take a second: an `Upload` is what passed.
A use-case then stores it. Who may open a stored file is asked of the floor that knows what it is for.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, cast
from uuid import UUID, uuid4

from flask import Flask, current_app
from flask_babel import gettext
from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped

from eventhub.config import Settings

from . import clock, contents, jobs, pictures
from .actor import Actor
from .db import after_commit, db
from .errors import Invalid
from .tables import Record

# What a stored picture is called, and the small square one beside it: the name it came with may tell of its owner.
PICTURE, SMALL = "picture.jpg", "small.jpg"
MEGABYTE = 1024 * 1024
MOST_BYTES_OF_A_PICTURE = 8 * MEGABYTE
# In bytes: file systems take 255, and browsers add to a name that is there already.
_LONGEST_NAME = 200
# Names that stand for devices on some of our readers' machines.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
# Bytes that no row speaks of are kept this long: whoever is still sending them has a day.
_GRACE = timedelta(days=1)


class StoredFile(Record):
    """A file: what it is for (`kind`, and the bare id of its owner), and what it is; its bytes lie under its id."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "kind", "owner_id"), Index(None, "event_id"))

    kind: Mapped[str]
    owner_id: Mapped[UUID]
    event_id: Mapped[UUID | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture of our own making, with a small one beside it, that a page may show."""
        return self.media_type == pictures.MEDIA_TYPE

    @property
    def ending(self) -> str:
        """The ending of its name, in capitals: `PDF`."""
        return self.name.rpartition(".")[2].upper()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was looked at and found to be what it says; its bytes wait until a use-case stores it."""

    name: str
    media_type: str
    size: int
    sha256: str
    waiting: Path
    small: Path | None = None


Guard = Callable[[Actor, StoredFile], bool]


@dataclass(frozen=True, slots=True)
class _Cellar:
    folder: Path
    guards: Mapping[str, Guard]


def init_app(app: Flask, settings: Settings, guards: Mapping[str, Guard]) -> None:
    """Give an application the folder of its files, and for each kind who says whether somebody may open one."""
    app.extensions["eventhub_files"] = _Cellar(settings.data_dir / "files", guards)


def may_open(actor: Actor, file: StoredFile) -> bool:
    """Whether the floor that a file is for lets the actor open it."""
    guard = _cellar().guards.get(file.kind)
    return guard is not None and guard(actor, file)


@contextmanager
def received(stream: IO[bytes], name: str, allowed: Sequence[str], most_bytes: int) -> Iterator[Upload]:
    """A document that somebody sends, one of the kinds allowed; what no use-case has stored is gone afterwards.

    Raises Invalid, in words, where it is too large or not what it says.
    """
    with _waiting() as path:
        size, digest = _take(stream, path, most_bytes)
        with path.open("rb") as file:
            kind = contents.examine(file, name, allowed)
        yield Upload(tidy_name(name, kind), contents.MEDIA_TYPES[kind], size, digest, path)


@contextmanager
def received_picture(stream: IO[bytes], most_bytes: int = MOST_BYTES_OF_A_PICTURE) -> Iterator[Upload]:
    """A picture that somebody sends, made small and without a trace of where it was taken; else as `received`.

    What its name says is not asked: phones and chats save one format under the name of another, and nothing of
    what was sent is kept.
    """
    with _waiting() as path, _waiting() as small:
        _take(stream, path, most_bytes)
        with path.open("rb") as file:
            large, square = pictures.develop(file)
        for place, data in ((path, large), (small, square)):
            place.unlink(missing_ok=True)
            _write(place, iter((data,)))
        yield Upload(PICTURE, pictures.MEDIA_TYPE, len(large), hashlib.sha256(large).hexdigest(), path, small)


@contextmanager
def made(name: str, media_type: str, write: Callable[[IO[bytes]], None]) -> Iterator[Upload]:
    """A file of our own making, which `write` fills; what no use-case has stored is gone afterwards."""
    with _waiting() as path:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield Upload(name, media_type, path.stat().st_size, digest, path)


def store(kind: str, owner_id: UUID, upload: Upload, event_id: UUID | None = None) -> StoredFile:
    """The row of an upload that is kept from now on; only inside a use-case.

    Where that comes to nothing, no row leads to the bytes, and the next night but one sweeps them away.
    """
    row = StoredFile(
        id=uuid4(),
        kind=kind,
        owner_id=owner_id,
        event_id=event_id,
        name=upload.name,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
    )
    place = path_of(row)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    upload.waiting.replace(place)
    if upload.small is not None:
        upload.small.replace(path_of(row, small=True))
    _keep_names_of(place.parent)
    db.session.add(row)
    db.session.flush()
    return row


def remove(file: StoredFile) -> None:
    """No such file any more; its bytes go after the commit. Only inside a use-case."""
    db.session.delete(file)
    db.session.flush()
    after_commit(partial(_discard, path_of(file), path_of(file, small=True)))


def path_of(file: StoredFile, *, small: bool = False) -> Path:
    """Where the bytes of a file lie, or those of its small picture."""
    name = file.id.hex
    return _cellar().folder / name[:2] / (f"{name}.small" if small else name)


def tidy_name(name: str, kind: str) -> str:
    """A name to show and to save under, which no machine and no reader takes for anything else.

    Without folders, invisible marks, turned writing and the names of devices; with the ending of what the file is.
    """
    # Far beyond any name, composing could take minutes.
    last = name[:4096].replace("\\", "/").rpartition("/")[2][-1000:]
    seen = "".join(" " if c in '<>:"|?*' else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    words = unicodedata.normalize("NFC", " ".join(seen.split()))
    if words.lower().endswith(f".{kind}"):
        words = words[: -len(kind) - 1]
    stem = words.encode()[:_LONGEST_NAME].decode(errors="ignore").strip(" .~-")
    if not stem or stem.lower().partition(".")[0] in _DEVICES:
        stem = f"file {stem}".strip()
    return f"{stem}.{kind}"


def count() -> tuple[int, int]:
    """How many files there are, and of how many of them the bytes are gone."""
    rows = db.session.scalars(select(StoredFile)).all()
    return len(rows), sum(1 for row in rows if not path_of(row).is_file())


@jobs.each_night
def sweep() -> None:
    """Drop bytes that no row speaks of: of a use-case that came to nothing, or of a process that ended in between."""
    before = (clock.now() - _GRACE).timestamp()
    for shelf in sorted(path for path in _cellar().folder.glob("*") if path.is_dir()):
        old = [path for path in shelf.iterdir() if path.stat().st_mtime < before]
        ids = {path: _id_of(path) for path in old}
        known = set(db.session.scalars(select(StoredFile.id).where(StoredFile.id.in_(set(ids.values()) - {None}))))
        _discard(*(path for path in old if ids[path] not in known))


def _id_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name.removesuffix(".small"))
    except ValueError:
        return None


def _cellar() -> _Cellar:
    return cast(_Cellar, current_app.extensions["eventhub_files"])


@contextmanager
def _waiting() -> Iterator[Path]:
    """A place for bytes that may or may not be stored."""
    folder = _cellar().folder / "waiting"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / uuid4().hex
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _take(stream: IO[bytes], path: Path, most_bytes: int) -> tuple[int, str]:
    """The number of bytes and the digest of what somebody sends, once it lies on our disk."""
    size, digest = 0, hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        nonlocal size
        while piece := stream.read(256 * 1024):
            size += len(piece)
            if size > most_bytes:
                text = gettext(
                    "This file is larger than %(most)s MB. Please make it smaller.", most=most_bytes // MEGABYTE
                )
                raise Invalid("file", text)
            digest.update(piece)
            yield piece

    _write(path, pieces())
    if not size:
        raise Invalid("file", gettext("This file is empty. Please choose it again."))
    return size, digest.hexdigest()


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    # Created with its mode: nobody else on the machine reads it, not even for a moment.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _keep_names_of(folder: Path) -> None:
    """Let a power cut after the commit not lose where the bytes lie."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):  # what cannot be deleted now is swept at night
            path.unlink(missing_ok=True)
