"""What `eventhub doctor` looks at: each thing the service needs, and what to do where it is not well."""

from __future__ import annotations

import os
import smtplib
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parseaddr
from importlib.metadata import version
from urllib.parse import urlsplit

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select, text

from eventhub.config import Settings, resource
from eventhub.foundation import clock, documents, files, jobs, outbox, web
from eventhub.foundation.db import db
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.inbox import reading
from eventhub.messaging.inbox.models import InboxFolder
from eventhub.messaging.push import services as push
from eventhub.messaging.push.models import PushSubscription

Check = Callable[[Flask, Settings], str]


class Unwell(Exception):
    """Something is not as it must be; the message says what to do."""


def examine(app: Flask) -> Iterator[tuple[str, bool, str]]:
    """Each check's name, whether all is well, and what was found or what to do."""
    settings: Settings = app.extensions["eventhub_settings"]
    for name, check in CHECKS.items():
        try:
            with app.app_context():
                yield name, True, check(app, settings)
        except Unwell as error:
            yield name, False, str(error)
        except Exception as error:  # noqa: BLE001 - a doctor reports whatever is wrong
            yield name, False, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _settings(app: Flask, settings: Settings) -> str:
    if settings.is_local:
        return f"{settings.base_url}, for this machine only"
    if not settings.is_secure:
        raise Unwell(
            "EVENTHUB_BASE_URL begins with http://: set up TLS and write https://, or sign-ins can be read on the way"
        )
    return settings.base_url


def _database(app: Flask, settings: Settings) -> str:
    found = db.session.scalar(text("SELECT sqlite_version()" if settings.is_sqlite else "SHOW server_version"))
    return f"{'SQLite' if settings.is_sqlite else 'PostgreSQL'} {found}"


def _migrations(app: Flask, settings: Settings) -> str:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    wanted = ScriptDirectory.from_config(config).get_current_head()
    found = MigrationContext.configure(db.session.connection()).get_current_revision()
    if found != wanted:
        raise Unwell(f"the database is at {found or 'nothing'}, this version needs {wanted}: run `eventhub db upgrade`")
    return f"at {found}"


def _mail(app: Flask, settings: Settings) -> str:
    if settings.maildir:
        settings.maildir.mkdir(parents=True, exist_ok=True)
        if not os.access(settings.maildir, os.W_OK):
            raise Unwell(f"{settings.maildir} cannot be written to")
        if not settings.is_local:
            raise Unwell(
                "letters are only kept in a folder: set EVENTHUB_MAIL_URL to smtp://… so that they reach people"
            )
        return f"letters are kept in {settings.maildir}"
    parts = urlsplit(settings.mail_url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname or "", parts.port or 0, timeout=5) as server:
        server.noop()
    return f"{parts.hostname} answers"


def _inbox(app: Flask, settings: Settings) -> str:
    if not settings.inbox_url:
        return "none is read: answers to invitations and reports of undelivered letters are not seen"
    parts = urlsplit(settings.inbox_url)
    query = select(InboxFolder).where(InboxFolder.name == reading.name_of(parts))
    folder = db.session.scalar(query)
    late = clock.now() - timedelta(minutes=10)
    if folder and folder.error and (folder.read_at or folder.created_at) < late:
        raise Unwell(f"it could not be read for ten minutes: {folder.error}: is EVENTHUB_INBOX_URL right?")
    if parts.scheme == "maildir":
        if not os.access(parts.path, os.W_OK):
            raise Unwell(f"{parts.path} is not there, or cannot be written to")
        return f"read from {parts.path}"
    with reading.connected(parts):
        pass
    return f"{parts.hostname} answers; it must be where mail to {parseaddr(settings.mail_from)[1]} arrives"


def _push(app: Flask, settings: Settings) -> str:
    try:
        key = push.current_key()
    except ValueError:
        raise Unwell("EVENTHUB_PUSH_KEY is no key: `eventhub push-keys --again` makes one") from None
    if key is None:
        return "off: nothing is shown on people's devices until `eventhub push-keys` has made a key"
    if not settings.is_secure and not settings.is_local:
        raise Unwell("browsers show no notices of a site without https: see EVENTHUB_BASE_URL")
    devices = select(func.count()).select_from(PushSubscription)
    vain = db.session.scalar(devices.where(PushSubscription.failures >= 5))
    there = db.session.scalar(devices)
    if there and vain == there:
        raise Unwell(f"none of {there} devices is reached: may this machine connect to other hosts by https?")
    return f"{there} devices, {vain} of them not reached of late"


def _files(app: Flask, settings: Settings) -> str:
    folder = settings.data_dir / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise Unwell(f"{folder} cannot be written to")
    there, lost = files.count()
    if lost:
        raise Unwell(f"the bytes of {lost} files are gone: bring {folder} back from the backup that the database is of")
    return f"{there} in {folder}"


def _queue(app: Flask, settings: Settings) -> str:
    if not jobs.queue_answers(app):
        raise Unwell("the job queue does not answer: is EVENTHUB_REDIS_URL right and Redis running?")
    overdue = OutboxRow.state.in_(("waiting", "leased")), OutboxRow.due_at < clock.now() - timedelta(minutes=10)
    late = db.session.scalar(select(func.count()).where(*overdue))
    if late:
        raise Unwell(f"{late} pieces of work have been due for ten minutes: is `eventhub worker` running?")
    spreads = select(func.count()).where(OutboxRow.state == "failed", OutboxRow.kind.in_(outbox.spreads()))
    if given_up := db.session.scalar(spreads):
        raise Unwell(
            f"{given_up} letters to many were given up: see the log, and send them again in their event's letters"
        )
    failed = db.session.scalar(select(func.count()).where(OutboxRow.state == "failed"))
    return f"nothing overdue, {failed} given up" if failed else "nothing overdue"


def _languages(app: Flask, settings: Settings) -> str:
    if not (resource("translations") / "zh" / "LC_MESSAGES" / "messages.mo").exists():
        raise Unwell("the Chinese catalogue is not compiled: run `make run` once, or install the wheel")
    return "English and Chinese"


def _fonts(app: Flask, settings: Settings) -> str:
    if (found := documents.chinese_font()) is None:
        raise Unwell(
            "no font for Chinese, so no document can be made: install fonts-noto-cjk, or one of "
            f"{documents.wanted_fonts()}"
        )
    return found


def _pages(app: Flask, settings: Settings) -> str:
    if missing := web.lacks(*web.GRID, *web.CODE_READER):
        raise Unwell(
            f"{', '.join(missing)} not installed, so organisers see no grid, or some phones at a door read no tickets: "
            "run `make assets` in a checkout, and then, where this is a wheel, `pip install .` again"
        )
    return "front-end files are there"


def _zones(app: Flask, settings: Settings) -> str:
    return f"{len(zoneinfo.available_timezones())} zones, tzdata {version('tzdata')}"


CHECKS: dict[str, Check] = {
    "settings": _settings,
    "database": _database,
    "migrations": _migrations,
    "mail": _mail,
    "inbox": _inbox,
    "push": _push,
    "files": _files,
    "queue": _queue,
    "languages": _languages,
    "fonts": _fonts,
    "pages": _pages,
    "time zones": _zones,
}
