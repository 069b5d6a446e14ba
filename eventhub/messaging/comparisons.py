"""When, where and how an event takes place, in words, and what of it is another than it was."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from eventhub.events.circumstances import Circumstances
from eventhub.events.forms import MODES
from eventhub.events.models import Event
from eventhub.foundation import clock, i18n


def when(event: Event | Circumstances, lang: str) -> str:
    """Day and hours of an event by the clock of its place, or that they are to be announced."""
    if event.starts is None:
        return str(gettext("To be announced"))
    return _hours(event.starts, event.ends, event.zone, lang)


def _hours(starts: datetime, ends: datetime | None, zone: str, lang: str) -> str:
    start = i18n.format_moment(starts, lang, zone)
    if ends is None:
        return start
    if ends.date() == starts.date():
        return f"{start}–{i18n.format_clock(ends, zone, lang)}"
    return f"{start} – {i18n.format_moment(ends, lang, zone)}"


def when_there(event: Event | Circumstances, lang: str) -> str:
    """The same with the name of that clock, for a line that has no other for it."""
    if event.starts is None:
        return when(event, lang)
    return _named(when(event, lang), event.zone, lang)


def when_in(event: Event, zone: str, lang: str) -> str:
    """Day and hours of an event by the clock of another place, with its name; nothing where it shows the same."""
    if event.starts_at is None or event.starts is None:
        return ""
    starts = clock.wall(event.starts_at, zone)
    if starts == event.starts:
        return ""
    ends = clock.wall(event.ends_at, zone) if event.ends and event.ends_at else None
    if ends is None:
        return i18n.format_zoned(starts, zone, lang)
    return _named(_hours(starts, ends, zone, lang), zone, lang)


def where(event: Event | Circumstances, lang: str) -> str:
    """The venue with its address, or that it is online; nothing where no venue is known yet."""
    if event.mode == "online":
        return str(gettext("Online"))
    place = filter(None, (event.venue.in_(lang), event.venue_address.in_(lang)))
    return ("，" if lang == "zh" else ", ").join(place)


def compared(
    was: Circumstances, now: Circumstances, lang: str, reader_zone: str | None = None, *, is_online: bool = False
) -> list[tuple[str, str]]:
    """What of an event is another than it was, a line each: how it is now, and how it was announced before.

    Where its reader lives by another clock than the event's, its hours by that one as well. To whom is there online,
    another hall is no news.
    """
    is_elsewhere = not is_online or was.mode != now.mode
    own, own_before = _by_clock(now, reader_zone, lang), _by_clock(was, reader_zone, lang)
    if own and reader_zone and own != own_before:
        own = _named(own, reader_zone, lang)  # once: in the brackets of what was before, it would have its own
    aspects = [
        (gettext("When"), when(was, lang), when(now, lang)),
        (gettext("Time zone"), _zone(was, lang), _zone(now, lang)),
        (gettext("By your clock"), own_before, own),
        (gettext("Where"), where(was, lang), where(now, lang)),
        (gettext("Format"), str(MODES[was.mode]), str(MODES[now.mode])),
    ]
    unknown = gettext("To be announced")
    if aspects[3][1] == aspects[3][2] and was.is_elsewhere(now):
        # Its translation does not know yet: in the words of those who moved it rather than not at all.
        marked = gettext("%(text)s (not yet translated)", text=where(now, now.venue.source))
        aspects[3] = (gettext("Where"), where(was, was.venue.source), marked)
    return [
        (aspect, gettext("%(now)s (before: %(was)s)", now=after or unknown, was=before or unknown))
        for aspect, before, after in aspects
        if before != after and (is_elsewhere or aspect != gettext("Where"))
    ]


def _by_clock(event: Circumstances, zone: str | None, lang: str) -> str:
    """Day and hours by a reader's own clock; nothing where that is the event's."""
    if event.starts is None or zone is None or zone == event.zone:
        return ""
    starts = clock.wall(clock.instant(event.starts, event.zone), zone)
    ends = event.ends and clock.wall(clock.instant(event.ends, event.zone), zone)
    return _hours(starts, ends, zone, lang)


def _named(said: str, zone: str, lang: str) -> str:
    """Hours with the name of their clock."""
    label = i18n.zone_label(zone, lang)
    return f"{said}（{label}）" if lang == "zh" else f"{said} {label}"


def _zone(event: Circumstances, lang: str) -> str:
    # With its offset on the day where there is one: it is not the same all the year.
    at = clock.instant(event.starts, event.zone) if event.starts else None
    return i18n.zone_label(event.zone, lang, at)
