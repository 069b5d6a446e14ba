"""What stands on badges, on sheets to sign and on lists: values for the typesetter, in one language or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale, gettext, ngettext
from sqlalchemy import select

from eventhub.attendance import tickets
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.i18n import LOCALES, country_name, format_clock, format_day, format_days
from eventhub.organisations.layouts.papers import layout_of
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import Consent, Registration

from . import words
from .bearers import Bearer

Values = dict[str, Any]
_MOST_DAYS = 5
# The purpose to which somebody agrees who wants to stand on the list that is given out.
LISTED = "participant_list"


def languages_of(form: str, first: str) -> list[str]:
    """The languages of a document: one, or both with that of the page first."""
    return [form] if form in LOCALES else [first, *(lang for lang in LOCALES if lang != first)]


def in_each(languages: Sequence[str], write: Callable[[str], object]) -> dict[str, str]:
    """What a function writes in each of the languages."""
    said = {}
    for lang in languages:
        with force_locale(lang):
            said[lang] = str(write(lang))
    return said


def badges(event: Event, people: Sequence[Bearer], languages: Sequence[str], sheet: str) -> Values:
    """Badges with the tickets of those who have one."""
    roles = {role: in_each(languages, lambda _, role=role: words.ROLES[role]) for role in words.ROLES}  # type: ignore[misc]
    pools: dict[UUID, Mapping[str, str]] = {}
    for one in people:
        if one.place and one.place.pool_id not in pools:
            pool = one.place.pool
            pools[pool.id] = in_each(languages, lambda lang, pool=pool: pool.name.in_(lang)) if pool.is_own else {}  # type: ignore[misc]
    nothing = dict.fromkeys(languages, "")
    return {
        **_shared(event, languages),
        "sheet": sheet,
        "people": [
            {
                "han": one.han,
                "latin": one.latin,
                "organisation": one.organisation,
                "role": roles[one.role],
                "is_plain": one.role == "participant",
                # That somebody is there in person can be seen; a pool of the organisers' own says more.
                "pool": (pools[one.place.pool_id] if one.place else {}) or nothing,
                "code": _code(one),
            }
            for one in people
        ],
    }


def signature_sheet(
    event: Event, people: Sequence[Bearer], languages: Sequence[str], session: ProgrammeSession | None, day: date | None
) -> Values:
    """A line for everybody to sign on: for one session, or for a day, or for each day of the event."""
    days = [day] if day else days_of(event)
    if session is not None:
        about = in_each(languages, lambda lang: _of_session(session, lang))
        signed = [in_each(languages, lambda _: gettext("Signature"))]
    else:
        about = in_each(languages, lambda lang: format_days(days[0], days[-1], lang) if days else "")
        signed = [in_each(languages, lambda lang, one=one: format_day(one, lang, short=True)) for one in days]  # type: ignore[misc]
        signed = signed if len(signed) > 1 else [in_each(languages, lambda _: gettext("Signature"))]
    rows = [[str(number), _name(one), one.organisation, *([""] * len(signed))] for number, one in enumerate(people, 1)]
    head = [
        *_heads(languages, number=lambda _: gettext("No."), name=lambda _: gettext("Name"),
                organisation=lambda _: gettext("Organisation")),
        *({"kind": "sign", "head": one} for one in signed),
    ]  # fmt: skip
    return {
        **_shared(event, languages),
        "heading": in_each(languages, lambda _: gettext("Signature sheet")),
        "about": about,
        "note": in_each(languages, lambda _: ngettext("%(num)s person", "%(num)s people", len(people))),
        "empty": in_each(languages, lambda _: gettext("Nobody stands on this list.")),
        "columns": head,
        "rows": rows,
        "is-signed": True,
    }


def participant_list(
    event: Event, people: Sequence[Bearer], languages: Sequence[str], agreed: set[UUID], *, is_internal: bool
) -> Values:
    """Those who take part: all of them with their consents for the organisers' own use, or who agreed to be listed."""
    shown = list(people) if is_internal else [one for one in people if one.id in agreed]
    roles = {role: in_each(languages, lambda _, role=role: words.ROLES[role]) for role in words.ROLES}  # type: ignore[misc]
    glue = " · "
    head = _heads(
        languages,
        number=lambda _: gettext("No."),
        name=lambda _: gettext("Name"),
        organisation=lambda _: gettext("Organisation"),
        short=lambda _: gettext("Country or region"),
    )
    rows = [
        [
            str(number),
            _name(one),
            one.organisation,
            "\n".join(dict.fromkeys(country_name(one.country, lang) for lang in languages)) if one.country else "",
        ]
        for number, one in enumerate(shown, 1)
    ]
    if is_internal:
        head += _heads(languages, short=lambda _: gettext("Role"), mark=lambda _: gettext("May be listed"))
        head += _heads(languages, mark=lambda _: gettext("Came"))
        yes = glue.join(in_each(languages, lambda _: gettext("Yes")).values())
        for row, one in zip(rows, shown, strict=True):
            row += ["\n".join(roles[one.role].values()), yes if one.id in agreed else "–", yes if one.came else "–"]
    return {
        **_shared(event, languages),
        "heading": in_each(languages, lambda _: gettext("Participants")),
        "about": in_each(languages, lambda lang: _dates(event, lang)),
        "note": in_each(languages, lambda _: _note(is_internal=is_internal)),
        "empty": in_each(languages, lambda _: gettext("Nobody stands on this list.")),
        "columns": head,
        "rows": rows,
        "is-signed": False,
    }


def agreed_to_be_listed(event: Event) -> set[UUID]:
    """The registrations whose people agreed to stand on the list that is given out, and have not withdrawn it."""
    query = (
        select(Consent.registration_id)
        .join(Registration, Registration.id == Consent.registration_id)
        .where(Registration.event_id == event.id, Consent.purpose == LISTED, Consent.withdrawn_at.is_(None))
    )
    return set(db.session.scalars(query))


def _shared(event: Event, languages: Sequence[str]) -> Values:
    return {
        "languages": list(languages),
        "layout": layout_of(event.organisation, languages),
        "title": str(event.title.in_(languages[0])),
        "event": {lang: str(event.title.in_(lang)) for lang in languages},
    }


def _heads(languages: Sequence[str], **columns: Callable[[str], object]) -> list[Values]:
    return [{"kind": kind, "head": in_each(languages, write)} for kind, write in columns.items()]


def _name(one: Bearer) -> list[str]:
    return [one.han, one.latin] if one.han else [one.latin, ""]


def _code(one: Bearer) -> str:
    if one.place is None or not tickets.has_ticket(one.place):
        return ""
    return tickets.svg_of(tickets.code_of(one.place.registration))


def days_of(event: Event) -> list[date]:
    """The days of an event for which there is a column to sign in: more than a page has room for go on other sheets."""
    first, last = event.day(), event.last_day()
    if first is None or last is None:
        return []
    return [first + timedelta(days=number) for number in range(min((last - first).days + 1, _MOST_DAYS))]


def _dates(event: Event, lang: str) -> str:
    first, last = event.day(), event.last_day()
    return format_days(first, last, lang) if first and last else ""


def _of_session(session: ProgrammeSession, lang: str) -> str:
    title = str(session.title.in_(lang))
    if session.starts is None:
        return title
    hours = format_clock(session.starts) + (f"–{format_clock(session.ends)}" if session.ends else "")
    return f"{title} · {format_day(session.starts, lang)} {hours}"


def _note(*, is_internal: bool) -> str:
    if is_internal:
        return str(gettext("For the organisers only: not to be passed on"))
    return str(gettext("With the consent of those named"))
