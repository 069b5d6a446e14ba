"""An event in a few Chinese lines, for groups in which people pass things on as text: what, when, where, and the link.

Always in Chinese, whatever the page's language: it is for those who read it there. Titles that have no translation
stand as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from eventhub.calendars.faces import MARKS, page_of
from eventhub.events.models import Event, Series
from eventhub.events.queries import is_listed
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.i18n import format_clock, format_day, format_days, format_moment, zone_label
from eventhub.programme.public import PublicSession

LANG = "zh"
BEIJING = "Asia/Shanghai"
MOST_OF_SERIES = 5
_STATES = {"cancelled": "【已取消】", "postponed": "【延期】"}


def of_event(event: Event) -> str:
    """The event's title, its day with weekday and hours in the zone of its venue, the place, and its page."""
    page = page_of(LANG, f"events/{event.slug}")
    lines = [
        _STATES.get(event.status, "") + event.title.in_(LANG),
        f"时间：{_when(event)}",
        *_in_beijing(event.starts_at, event.ends_at if event.ends else None, event.zone),
        f"地点：{_where(event)}",
        f"主办：{event.organisation.name.in_(LANG)}",
    ]
    if event.registration_state() == "open":
        lines.append(f"报名：{page}register/")
    return _joined([*lines, f"详情：{page}"])


def of_session(event: Event, session: PublicSession) -> str:
    """A session in the same lines, with the event it is part of."""
    ends = format_clock(session.ends, event.zone, LANG)
    hours = f"{format_moment(session.starts, LANG, event.zone)}–{ends}（{zone_label(event.zone, LANG)}）"
    room = session.room.name.in_(LANG) if session.room else ""
    state = _STATES["cancelled"] if session.is_cancelled else _STATES.get(event.status, "")
    return _joined(
        [
            state + session.title.in_(LANG),
            f"活动：{event.title.in_(LANG)}",
            f"时间：{hours}",
            *_in_beijing(session.starts_at, session.ends_at, event.zone),
            f"地点：{_where(event, room)}",
            f"详情：{page_of(LANG, f'events/{event.slug}/sessions/{session.slug}')}",
        ]
    )


def of_series(series: Series) -> str:
    """A series with the next of its events that everybody may know of."""
    query = select(Event).where(Event.series_id == series.id, is_listed(), Event.starts_at > clock.now())
    coming = db.session.scalars(query.order_by(Event.starts_at, Event.id).limit(MOST_OF_SERIES)).all()
    return _joined(
        [
            str(series.title.in_(LANG)),
            *(f"{_when(event)} {_STATES.get(event.status, '')}{event.title.in_(LANG)}" for event in coming),
            f"详情：{page_of(LANG, f'series/{series.slug}')}",
        ]
    )


def _when(event: Event) -> str:
    if event.starts is None:
        return "待定"
    zone = zone_label(event.zone, LANG)
    if event.ends is None:
        return f"{format_moment(event.starts, LANG, event.zone)}（{zone}）"
    if event.ends.date() == event.starts.date():
        return f"{format_moment(event.starts, LANG, event.zone)}–{format_clock(event.ends, event.zone, LANG)}（{zone}）"
    days = format_days(event.starts.date(), event.ends.date(), LANG)
    weekdays = f"{_weekday(event.starts)}至{_weekday(event.ends)}"
    return f"{days}（{weekdays}），{format_clock(event.starts, event.zone, LANG)} 开始（{zone}）"


def _in_beijing(starts_at: datetime | None, ends_at: datetime | None, zone: str) -> list[str]:
    """The same by the clock of those who read it there, where the venue's is another one; of several days the start."""
    if starts_at is None or clock.wall(starts_at, BEIJING) == clock.wall(starts_at, zone):
        return []
    starts = clock.wall(starts_at, BEIJING)
    hours = format_moment(starts, LANG, BEIJING)
    if ends_at is None:
        pass
    elif clock.wall(ends_at, zone).date() != clock.wall(starts_at, zone).date():
        hours += " 开始"
    elif (ends := clock.wall(ends_at, BEIJING)).date() == starts.date():
        hours += f"–{format_clock(ends, BEIJING, LANG)}"
    else:
        hours += f" – {format_moment(ends, LANG, BEIJING)}"
    return [f"{zone_label(BEIJING, LANG)}：{hours}"]


def _weekday(moment: datetime) -> str:
    return format_day(moment, LANG).rsplit(" ", 1)[1]


def _where(event: Event, room: str = "") -> str:
    if event.mode == "online":
        return "线上"
    parts = [room, event.venue.in_(LANG), event.venue_address.in_(LANG)]
    place = MARKS[LANG][0].join(dict.fromkeys(filter(None, parts))) or "待定"
    return f"{place}（可线上参会）" if event.mode == "hybrid" else place


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
