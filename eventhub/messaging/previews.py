"""How letters read, shown at the desk to whoever writes them: as one of their readers would get them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.i18n import LOCALES, writing_in
from eventhub.foundation.outbox import Refused

from . import letters, samples
from .drafts import Draft
from .examples import EXAMPLE, Readers


def read_by(
    kind: str, event: Event | None, readers: Readers, data_for: Callable[[UUID], Mapping[str, Any]]
) -> dict[str, Any]:
    """What a page shows of a letter as the reader who was asked for would get it, else the first; nothing of nobody."""
    who_id, lang = _asked(readers) or (readers[0][0] if readers else None), language()
    draft = drawn(kind, lang, event, data_for(who_id), who_id) if who_id else None
    return {
        "readers": readers,
        "who": str(who_id or ""),
        "is_example": who_id == EXAMPLE,
        "language": lang,
        "draft": draft,
        "plain": plain(draft, lang),
    }


def tested(readers: Readers, send: Callable[[UUID, str], str]) -> dict[str, object]:
    """Send a test letter, tell what became of it, and say how it was shown; raises NotFound for any other reader."""
    who_id, lang = _asked(readers), language()
    if who_id is None:
        raise NotFound
    tell_of_test(partial(send, who_id, lang))
    return {"who": who_id, "language": lang}


def _asked(readers: Readers) -> UUID | None:
    asked = request.values.get("who")
    return next((one for one, _ in readers if str(one) == asked), None)


def drawn(kind: str, lang: str, event: Event | None, data: Mapping[str, Any], who_id: UUID) -> Draft | None:
    """How a letter would read; None where what it tells of has not happened."""
    try:
        with writing_in(lang):
            return letters.preview(samples.sample(kind, lang, event.id if event else None, data, who_id))
    except (Refused, KeyError):
        return None


def plain(draft: Draft | None, lang: str) -> str:
    """A letter as those read it whose mail program shows text alone."""
    with writing_in(lang):
        return render_template("messaging/letter.txt", draft=draft) if draft else ""


def tell_of_test(send: Callable[[], str]) -> None:
    """Say where a test letter has gone, that there is no address for it, or why there is none."""
    try:
        to = send()
    except Conflict as refusal:
        flash(refusal.message, "attention")
        return
    if to:
        flash(gettext("A test letter is on its way to %(address)s.", address=to), "info")
    else:
        flash(gettext("There is no address to which a test letter could go."), "info")


def language(usual: str = "") -> str:
    """The language in which a letter is to be shown, else the usual one, else the page's."""
    wanted = request.values.get("language", "")
    return wanted if wanted in LOCALES else usual or str(g.lang)
