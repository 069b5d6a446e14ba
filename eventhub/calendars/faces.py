"""What calendars say of an event and of its sessions: read from the public state alone, so a draft never leaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import get_template_attribute
from flask_babel import force_locale

from eventhub.calendars.ical import Period, State
from eventhub.events.models import Event
from eventhub.events.queries import series_of
from eventhub.foundation import clock
from eventhub.foundation.i18n import LOCALES, Text, Translated, format_clock, format_moment, zone_label
from eventhub.foundation.links import NOWHERE
from eventhub.foundation.markup import to_html, to_plain
from eventhub.foundation.web import absolute
from eventhub.programme.public import PublicSession, PublicSpeaker, PublicState

Scope = tuple[str, UUID]
EVERYTHING: Scope = ("all", NOWHERE)

KEPT_AFTER_CANCELLING = timedelta(days=30)
KEPT_AMONG_ALL = timedelta(days=90)
DEFAULT_LENGTH = timedelta(hours=1)
# The names that CSS has for what comes nearest to the colours of our tracks.
COLOURS = {
    "teal": "teal",
    "blue": "royalblue",
    "violet": "slateblue",
    "plum": "purple",
    "brown": "saddlebrown",
    "ochre": "darkgoldenrod",
    "olive": "olivedrab",
    "slate": "slategray",
}
# The marks of each script: between the parts of an address, between names, before what is named, and brackets.
MARKS = {"en": (", ", ", ", ": ", " (%s)"), "zh": ("，", "、", "：", "（%s）")}


@dataclass(frozen=True)
class Wording:
    """What an entry says in one language."""

    summary: Text
    url: str
    description: Text
    location: Text | None
    contact: Text
    categories: tuple[Text, ...]
    conference: str | None
    colour: str | None
    extras: dict[str, Any]


@dataclass(frozen=True)
class Face:
    """What calendars are to show of an event or a session now, in every language, and in which feeds.

    `schedule` is what raises the sequence when it changes: when, where, whether and by which link it takes
    place, and how those who speak take part (`modes`, by role).
    """

    period: Period
    state: State
    schedule: dict[str, Any]
    scopes: frozenset[Scope]
    wordings: dict[str, Wording]
    is_frame: bool

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its instants; those of the midnights where it is of whole days."""
        return _instant(self.period.start, self.period.zone), _instant(self.period.end, self.period.zone)


def face_of_event(event: Event, programme: PublicState) -> Face | None:
    """The face of an event's own entry, or None while it has no date."""
    period = _period_of_event(event, programme)
    if period is None:
        return None
    hours = _hours_of_frame(event, programme) if period.is_all_day else None
    state = _state(event, is_cancelled=False)
    ends_at = _instant(period.end, period.zone)
    scopes: set[Scope] = {("event", event.id)} if is_within(state, ends_at) else set()
    if scopes and event.visibility == "public":
        scopes |= {("series", series_id) for series_id in series_of(event)}
        if is_within(state, ends_at, KEPT_AMONG_ALL):
            scopes.add(EVERYTHING)
    return Face(
        period=period,
        state=state,
        # Whole days do not tell that the hours have moved.
        schedule={**_schedule(event, period, state), "hours": hours},
        scopes=frozenset(scopes),
        wordings={lang: _wording_of_event(event, programme, period, hours, lang) for lang in LOCALES},
        is_frame=period.is_all_day,
    )


def face_of_session(event: Event, session: PublicSession) -> Face:
    """The face of a session's entry."""
    period = Period(session.starts_at, session.ends_at, event.zone)
    state = _state(event, is_cancelled=session.is_cancelled)
    scopes: set[Scope] = set()
    if is_within(state, session.ends_at):
        scopes |= {("event", event.id), ("session", session.id)}
        if session.track:
            scopes.add(("track", session.track.id))
        if event.visibility == "public":
            scopes |= {("person", s.person_id) for s in session.speakers if s.person_id and s.slug}
    return Face(
        period=period,
        state=state,
        schedule=_schedule(event, period, state, session),
        scopes=frozenset(scopes),
        wordings={lang: _wording_of_session(event, session, lang) for lang in LOCALES},
        is_frame=session.kind == "break",
    )


def is_within(state: State, ends_at: datetime, kept: timedelta | None = None) -> bool:
    """Whether an entry that ends then still belongs into feeds; a cancelled one for thirty days at most."""
    if state is State.CANCELLED:
        kept = KEPT_AFTER_CANCELLING
    return kept is None or ends_at > clock.now() - kept


def page_of(lang: str, path: str) -> str:
    """The whole address of the page that belongs to a path, as `events/beijing-workshop-2019`."""
    return absolute(f"/{lang}/{path}/" if path else f"/{lang}/")


def joined(parts: Iterable[Text], mark: str, lang: str) -> Text | None:
    """Texts with a mark between them; said to be in the wanted language where one of them is."""
    present = [part for part in parts if part]
    if not present:
        return None
    spoken = lang if any(part.lang == lang for part in present) else present[0].lang
    return Text.of(mark.join(dict.fromkeys(present)), spoken)


def _period_of_event(event: Event, programme: PublicState) -> Period | None:
    """The event's hours while it is one sitting, else the days in which its sessions lie."""
    if event.starts is None or event.starts_at is None:
        return None
    if len(programme.sessions) > 1:
        last = (event.ends or event.starts).date()
        return Period(event.starts.date(), max(last, event.starts.date()) + timedelta(days=1), event.zone)
    ends_at = event.ends_at if event.ends and event.ends_at else None
    if ends_at is None or ends_at <= event.starts_at:
        ends_at = event.starts_at + DEFAULT_LENGTH
    return Period(event.starts_at, ends_at, event.zone)


def _hours_of_frame(event: Event, programme: PublicState) -> list[str] | None:
    """From when to when an event takes place whose own entry is of whole days, if it is over in a day: by its clock."""
    if event.starts_at is None:
        return None
    zone = ZoneInfo(event.zone)
    ends_at = event.ends_at if event.ends and event.ends_at else max(one.ends_at for one in programme.sessions)
    hours = event.starts_at.astimezone(zone), ends_at.astimezone(zone)
    is_of_one_day = hours[0].date() == hours[1].date() and hours[0] < hours[1]
    return [*(moment.isoformat() for moment in hours), event.zone] if is_of_one_day else None


def _state(event: Event, *, is_cancelled: bool) -> State:
    if is_cancelled or event.status == "cancelled":
        return State.CANCELLED
    return State.POSTPONED if event.status == "postponed" else State.CONFIRMED


def _schedule(event: Event, period: Period, state: State, session: PublicSession | None = None) -> dict[str, Any]:
    room = session.room if session else None
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "zone": period.zone,
        "state": state.value,
        # In the language they were written in: a translation moves nobody.
        "place": [
            str(room.id) if room else "",
            *(text.in_(text.source) for text in (event.venue, event.venue_address)),
        ],
        "is_online": _is_online(event),
        "modes": {str(speaker.role_id): speaker.mode for speaker in (session.speakers if session else ())},
    }


def _wording_of_event(
    event: Event, programme: PublicState, period: Period, hours_of_day: list[str] | None, lang: str
) -> Wording:
    page = page_of(lang, f"events/{event.slug}")
    # Whole days tell nobody when to come.
    hours = _hours(event, programme, lang) if period.is_all_day else ""
    texts = [event.notice, event.summary, event.description]
    return Wording(
        summary=event.title.in_(lang),
        url=page,
        description=_description(texts, [], event, page, lang, hours),
        location=_location([], event, page, lang),
        contact=_contact(event, lang),
        categories=(_word("kind_word", event.kind, lang),),
        conference=page if _is_online(event) else None,
        colour=None,
        extras={
            "html": _html(texts, lang),
            "place": _place(event, None, lang),
            **({"hours": hours_of_day} if hours_of_day else {}),
        },
    )


def _wording_of_session(event: Event, session: PublicSession, lang: str) -> Wording:
    page = page_of(lang, f"events/{event.slug}/sessions/{session.slug}")
    speakers = [_speaker_line(speaker, lang) for speaker in session.speakers]
    room = [session.room.name.in_(lang)] if session.room else []
    track = [session.track.name.in_(lang)] if session.track else []
    kind = _word("session_kind_word", session.kind, lang)
    return Wording(
        summary=session.title.in_(lang),
        url=page,
        description=_description([event.notice, session.abstract], speakers, event, page, lang),
        location=_location(room, event, page, lang),
        contact=_contact(event, lang),
        categories=(*track, kind, event.title.in_(lang)),
        conference=page if _is_online(event) and session.kind != "break" else None,  # nobody joins that online
        colour=COLOURS.get(session.track.colour) if session.track else None,
        extras={
            "html": _html([event.notice, session.abstract], lang),
            "place": _place(event, session, lang),
            "people": [_participant(speaker, lang) for speaker in session.speakers],
        },
    )


def _hours(event: Event, programme: PublicState, lang: str) -> str:
    """From when to when there are sessions, a line for each day."""
    taking_place = [session for session in programme.sessions if not session.is_cancelled] or programme.sessions
    days: dict[date, list[PublicSession]] = {}
    for session in sorted(taking_place, key=attrgetter("starts_at")):
        days.setdefault(session.starts.date(), []).append(session)
    zone = {"en": " %s", "zh": "（%s）"}[lang] % zone_label(event.zone, lang)
    return "\n".join(
        f"{format_moment(sessions[0].starts, lang, event.zone)}–"
        f"{format_clock(max(sessions, key=attrgetter('ends_at')).ends, event.zone, lang)}{zone}"
        for sessions in days.values()
    )


def _description(
    texts: list[Translated], speakers: list[str], event: Event, page: str, lang: str, hours: str = ""
) -> Text:
    """What stands below the title: the hours, the texts, who speaks, who organises, and where to read more.

    The page's address stands in it as well as in URL, which many clients hide.
    """
    written = [text.in_(lang) for text in texts if text]
    spoken = lang if not written or any(text.lang == lang for text in written) else written[0].lang
    paragraphs = [to_plain(text) for text in written]
    whole = "\n\n".join(filter(None, [hours, *paragraphs, "\n".join(speakers), f"{_contact(event, lang)}\n{page}"]))
    return Text.of(whole, spoken)


def _speaker_line(speaker: PublicSpeaker, lang: str) -> str:
    comma, _, colon, brackets = MARKS[lang]
    line = f"{_word('role_word', speaker.role, lang)}{colon}{speaker.name_in(lang)}"
    if speaker.affiliation:
        line += brackets % speaker.affiliation.in_(lang)
    if speaker.mode != "in_person":
        line += f"{comma}{_word('mode_word', speaker.mode, lang)}"
    return line


def _html(texts: list[Translated], lang: str) -> str:
    """The texts with the marks that their authors gave them."""
    return "".join(str(to_html(text.in_(lang))) for text in texts if text)


def _place(event: Event, session: PublicSession | None, lang: str) -> dict[str, str]:
    """Where it is, the room apart from the house and the house from its address; none of one without."""
    if event.mode == "online":
        return {}
    parts = {"name": event.venue.in_(lang), "address": event.venue_address.in_(lang)}
    if session and session.room:
        parts["room"] = session.room.name.in_(lang)
    return {name: str(text) for name, text in parts.items() if text}


def _participant(speaker: PublicSpeaker, lang: str) -> dict[str, str]:
    """Somebody who speaks, as their page tells it: never their e-mail address."""
    told = {
        "id": str(speaker.role_id),
        "name": str(speaker.name_in(lang)),
        "role": speaker.role,
        "word": str(_word("role_word", speaker.role, lang)),
        "affiliation": str(speaker.affiliation.in_(lang)),
        "page": page_of(lang, f"people/{speaker.slug}") if speaker.slug else "",
        "photo": absolute(f"/files/{speaker.photo_id}/small.jpg") if speaker.photo_id else "",
    }
    return {name: text for name, text in told.items() if text}


def _location(rooms: list[Text], event: Event, page: str, lang: str) -> Text | None:
    venue = [] if event.mode == "online" else [event.venue.in_(lang), event.venue_address.in_(lang)]
    # A meeting that is nowhere is at its page, from which one joins; the link itself is never public.
    return joined([*rooms, *venue], MARKS[lang][0], lang) or (Text.of(page, lang) if _is_online(event) else None)


def _contact(event: Event, lang: str) -> Text:
    hosts = [partner.organisation for partner in event.partners if partner.part == "co_organiser"]
    names = [organisation.name.in_(lang) for organisation in (event.organisation, *hosts)]
    return joined(names, MARKS[lang][1], lang) or Text.of("", lang)


def _is_online(event: Event) -> bool:
    return event.mode in {"online", "hybrid"}


@lru_cache(256)
def _word(macro: str, key: str, lang: str) -> Text:
    """The pages' own word for a kind, role or mode."""
    with force_locale(lang):
        return Text.of(str(get_template_attribute("macros/badges.html", macro)(key)).strip(), lang)


def _instant(moment: datetime | date, zone: str) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return clock.instant(datetime(moment.year, moment.month, moment.day, tzinfo=UTC).replace(tzinfo=None), zone)
