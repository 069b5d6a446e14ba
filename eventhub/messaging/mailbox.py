"""The letters written so far, on a newcomer's own machine: so that the links in them can be followed."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, render_template
from markupsafe import Markup, escape

from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import settings

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

SHOWN = 200
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as the mailbox shows it."""

    id: str
    to: str
    subject: str
    date: str
    language: str


@bp.get("/")
def letters():
    """The latest letters, the newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)[:SHOWN]
    return render_template("messaging/mailbox.html", letters=[_shown(file.stem, _read(file)) for file in files])


@bp.get("/<uuid:letter_id>/")
def letter(letter_id):
    """One letter, its links alive."""
    message = _get(letter_id)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    has_calendar = any(True for _ in message.iter_attachments())
    return render_template(
        "messaging/mailbox_letter.html",
        letter=_shown(str(letter_id), message),
        text=_with_links(text),
        has_calendar=has_calendar,
    )


@bp.get("/<uuid:letter_id>/event.ics")
def attachment(letter_id):
    """The calendar file of a letter."""
    for part in _get(letter_id).iter_attachments():
        return Response(part.get_payload(decode=True), content_type="text/calendar; charset=utf-8")
    raise NotFound


def _folder() -> Path:
    folder = settings().maildir
    if folder is None:
        raise NotFound
    return folder


def _get(letter_id: UUID) -> EmailMessage:
    file = _folder() / f"{letter_id}.eml"
    if not file.is_file():
        raise NotFound
    return _read(file)


def _read(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=policy.default)


def _shown(letter_id: str, message: EmailMessage) -> Shown:
    return Shown(letter_id, message["To"], message["Subject"], message["Date"], message["Content-Language"] or "en")


def _with_links(text: str) -> Markup:
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        pieces += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])
