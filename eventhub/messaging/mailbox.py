"""The letters written so far, on a newcomer's own machine: so that the links in them can be followed."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request
from markupsafe import Markup, escape

from eventhub.config import LOOPBACK
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import is_from_this_machine, settings, wished_language

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as the mailbox shows it."""

    id: str
    to: str
    subject: str
    date: datetime
    language: str


@bp.url_value_preprocessor
def read_as_wished(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Show these pages, whose addresses say no language, in the one that their reader wishes."""
    g.lang = wished_language()


@bp.before_request
def stay_on_this_machine() -> None:
    """Show private links only to who is on this machine and came by an address of it, wherever the server listens."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK or not is_from_this_machine():
        raise NotFound


@bp.get("/")
def letters() -> str:
    """The latest letters, the newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)[:SHOWN]
    return render_template("messaging/mailbox.html", letters=[_shown(file.stem, _read(file)) for file in files])


@bp.get("/<uuid:letter_id>/")
def letter(letter_id: UUID) -> str:
    """One letter as plain text, its links alive."""
    message = _get(letter_id)
    body = message.get_body(("plain",))
    return render_template(
        "messaging/mailbox_letter.html",
        letter=_shown(str(letter_id), message),
        text=_with_links(body.get_content() if body else ""),
        has_calendar=any(message.iter_attachments()),
    )


@bp.get("/<uuid:letter_id>/event.ics")
def attachment(letter_id: UUID) -> Response:
    """The calendar file of a letter."""
    part = next(_get(letter_id).iter_attachments(), None)
    if part is None:
        raise NotFound
    response = Response(part.get_content(), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=event.ics"
    return response


def _folder() -> Path:
    folder = settings().maildir
    assert folder  # without one, these pages are not there
    return folder


def _get(letter_id: UUID) -> EmailMessage:
    file = _folder() / f"{letter_id}.eml"
    if not file.is_file():
        raise NotFound
    return _read(file)


def _read(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=policy.default)


def _shown(letter_id: str, message: EmailMessage) -> Shown:
    return Shown(letter_id, message["To"], message["Subject"], message["Date"].datetime, message["Content-Language"])


def _with_links(text: str) -> Markup:
    """The text with links to this site, and to no other."""
    site = re.escape(settings().base_url)
    pieces = re.split(rf"({site}/[!-~]*)", text)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )
