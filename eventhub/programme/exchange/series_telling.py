"""What a calendar would change of an event, in the reader's words."""

from __future__ import annotations

from datetime import datetime

from eventhub.foundation.i18n import LOCALES, Translated, format_clock, format_day

from .series import EventLine
from .telling import LABELS, Change, shortly


def changes_of(line: EventLine) -> list[Change]:
    """What of an event becomes another, part by part."""
    zone = line.header.zone
    return [
        Change(str(LABELS[part]), _words(getattr(line.event, part), zone), _words(getattr(line.header, part), zone))
        for part in line.what
    ]


def _words(value: object, zone: str) -> str:
    if isinstance(value, Translated):
        return shortly(" / ".join(value.texts[lang] for lang in LOCALES if lang in value.texts))
    return f"{format_day(value, short=True)} {format_clock(value, zone)}" if isinstance(value, datetime) else ""
