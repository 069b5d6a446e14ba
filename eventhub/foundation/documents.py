"""Documents to print: a template of typst and plain values, which are never read as markup, become a PDF."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

import structlog
from flask import Response, flash
from flask_babel import gettext

from eventhub.config import PACKAGE, resource

from . import wechat
from .db import end_reading
from .errors import Unavailable
from .typesetter import CJK, MISSING, NAMED, NO_FONT, fonts

log = structlog.get_logger()

# Fonts that came with the front-end files, for machines that have none for Chinese.
FONTS = PACKAGE / "static" / "vendor" / "fonts"
# One at a time: each takes a processor and some hundred megabytes as long as it lasts.
_press = BoundedSemaphore(1)
# One more may wait: whoever waits keeps a thread from all other readers, and a site has but a few.
_queue = BoundedSemaphore(2)
_LONGEST_WAIT, _LONGEST_RUN = 20, 150
# So many texts are named that hold a character without a glyph; more would not fit a message.
_MOST_NAMED = 10


def typeset(template: str, values: Mapping[str, Any], of: datetime) -> bytes:
    """The PDF of a template with these values, dated as they are; the same values give the same bytes.

    Every glyph is embedded; a sign stands for a character that no font has. Raises Unavailable, in words, where others
    are waiting already, and where the machine has no font for Chinese.
    """
    return _typeset(template, values, of)[0]


def _typeset(template: str, values: Mapping[str, Any], of: datetime) -> tuple[bytes, list[str]]:
    """The PDF, and the characters for which a sign stands in it."""
    wechat.leave_if_inside()
    order = {
        "root": str(resource("templates")),
        "template": str(resource("templates") / template),
        "values": values,
        "folders": _folders(),
        "timestamp": int(of.timestamp()),
    }
    with _turn():
        return _set(template, order)


def as_answer(template: str, values: Mapping[str, Any], of: datetime, name: str) -> Response:
    """The document as an answer for its reader alone, under a name without its ending; raises as `typeset` does.

    Their next page says which characters no font has, and in which texts a sign stands for these.
    """
    end_reading()  # setting may have to wait for others: nobody waits for our connection meanwhile
    document, replaced = _typeset(template, values, of)
    if replaced:
        flash(_told(replaced, values), "attention")
    response = Response(document, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@contextmanager
def _turn() -> Iterator[None]:
    """The press to oneself, after at most one other."""
    busy = Unavailable(gettext("Other documents are being made just now. Please try again in a moment."))
    if not _queue.acquire(blocking=False):
        raise busy
    try:
        if not _press.acquire(timeout=_LONGEST_WAIT):
            raise busy
        try:
            yield
        finally:
            _press.release()
    finally:
        _queue.release()


def _set(template: str, order: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "eventhub.foundation.typesetter"],
            input=json.dumps(order, ensure_ascii=False).encode(),
            capture_output=True,
            cwd=PACKAGE.parent,
            timeout=_LONGEST_RUN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.exception("document.timed_out", template=template)
        raise Unavailable(gettext("This document takes too long to make.")) from None
    if done.returncode == NO_FONT:
        log.error("document.no_font", template=template)
        raise Unavailable(gettext("This site cannot make documents yet: it has no font for Chinese."))
    if done.returncode < 0:  # it wanted more memory or time than it may have
        log.error("document.too_large", template=template, signal=-done.returncode)
        raise Unavailable(gettext("This document is too large to be made in one piece."))
    if done.returncode:
        raise RuntimeError(f"{template}: {done.stderr.decode(errors='replace')[-2000:]}")
    said = [line for line in (done.stderr or b"").decode(errors="replace").splitlines() if line.startswith(NAMED)]
    return done.stdout, json.loads(said[-1].removeprefix(NAMED)) if said else []


def _told(missing: list[str], values: Mapping[str, Any]) -> str:
    holding = dict.fromkeys(text for text in _texts(values) if any(mark in text for mark in missing))
    comma = str(gettext(", "))
    texts = comma.join(list(holding)[:_MOST_NAMED])
    return str(
        gettext(
            "No font of this site has these characters: %(characters)s. In the document %(sign)s stands for them, in: "
            "%(texts)s. Should that not do, please write them in another way, or ask whoever keeps the site for a "
            "font.",
            characters=" ".join(missing),
            sign=MISSING,
            texts=texts if len(holding) <= _MOST_NAMED else f"{texts} …",
        )
    )


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def chinese_font() -> str | None:
    """The family that documents are set in, or None where neither the machine nor our own files have one."""
    return fonts(_folders())[0]


def wanted_fonts() -> str:
    """The families of which one is needed, in words for whoever keeps the machine."""
    return ", ".join(CJK)


def _folders() -> list[str]:
    return [str(FONTS)] if FONTS.is_dir() else []
