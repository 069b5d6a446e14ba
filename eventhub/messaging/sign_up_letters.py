"""What a letter says of the sessions that somebody has signed up for: all that is new, and all that they have."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock, i18n
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.registrations.models import Registration
from eventhub.registrations.sign_ups import queries
from eventhub.registrations.sign_ups.models import SignUp

from . import calendar_messages, examples, group_letters
from .drafts import Block, Draft, Facts, facts_of, found, greet, way_to_registration
from .models import Letter


def draft(letter: Letter) -> Draft:
    """The letter to somebody for whom something is new in the sessions that they have chosen, as it is by now."""
    registration = found(db.session.get(Registration, letter.registration_id))
    event, place, lang = registration.event, registration.place, letter.language
    reader = registration.looked_after_by or registration
    news, promoted = letter.data["sign_ups"], letter.data.get("promoted", ())
    rows, positions = queries.list_of(registration.id, only_live=False), queries.positions_of(registration.id)
    if str(examples.EXAMPLE) in news:
        rows += examples.sign_ups(event)
    told = [
        _tidings(one, event, lang, positions, is_promoted=str(one.sheet.session_id) in promoted)
        for one in rows
        if str(one.sheet.session_id) in news
    ]
    if not told:
        raise Refused("what the letter is about is no longer there")
    blocks: list[Block] = [*group_letters.on_behalf(letter, registration), *told]
    live = [one for one in rows if one.is_live and one.sheet.ends_at > clock.now()]
    if any(str(one.sheet.session_id) not in news for one in live):
        blocks.append(gettext("These are the sessions that you have chosen:"))
        blocks.append(Facts([(_when(one, event, lang), _named(one, lang, positions)) for one in live]))
    is_online = place.pool.mode == "online"
    blocks.append(facts_of(event, lang, is_online=is_online, zone=reader.own_zone))
    if not place.has_ended:
        blocks += [
            gettext("Choose other sessions or give up what you do not need by your own link:"),
            *way_to_registration(reader, lang),
        ]
    due = calendar_messages.find_due(letter, registration)
    return Draft(
        gettext("Your sessions: %(title)s", title=str(event.title.in_(lang))),
        greet(reader.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=calendar_messages.file_of(registration.id, event, lang, due),
        invitation=calendar_messages.told_by(letter.kind, due),
    )


def sentence_for_newcomers(registration: Registration) -> list[str]:
    """That there are sessions to choose, for somebody who has just got a place at an event."""
    if not queries.has_sheets(registration.event_id):
        return []
    return [gettext("For some sessions of this event you sign up: choose yours by your own link below.")]


def own_sessions(registration: Registration) -> set[UUID]:
    """The sessions that somebody has chosen, and those that they had chosen and that do not take place."""
    rows = queries.list_of(registration.id, only_live=False)
    return {one.sheet.session_id for one in rows if one.is_live or one.ended_by == "session"}


def _tidings(one: SignUp, event: Event, lang: str, positions: Mapping[UUID, int], *, is_promoted: bool) -> str:
    about = {"session": str(one.sheet.title.in_(lang)), "when": _when(one, event, lang)}
    match one.state, one.ended_by:
        case "confirmed", _:
            if is_promoted:
                text = gettext("A place has come free, and is yours: “%(session)s” (%(when)s).", **about)
            else:
                text = gettext("You have a place in “%(session)s” (%(when)s).", **about)
        case "waitlisted", _:
            text = gettext(
                "All places in “%(session)s” (%(when)s) are taken. You are number %(position)s on the waitlist.",
                position=positions[one.sheet.session_id],
                **about,
            )
        case _, "session":
            text = gettext("“%(session)s” (%(when)s) does not take place. Your sign-up for it has ended.", **about)
        case _, "freedom":
            text = gettext("For “%(session)s” (%(when)s) you need not sign up any more. Just come.", **about)
        case _, "place":
            text = gettext(
                "Your sign-up for “%(session)s” (%(when)s) has ended: you have no place at the event now.",
                **about,
            )
        case _, "organisers":
            text = gettext("The organisers have taken you off the list for “%(session)s” (%(when)s).", **about)
        case _:
            text = gettext("You have given up “%(session)s” (%(when)s).", **about)
    return str(text)


def _named(one: SignUp, lang: str, positions: Mapping[UUID, int]) -> str:
    title = str(one.sheet.title.in_(lang))
    if one.state == "confirmed":
        return title
    return str(
        gettext("%(session)s (number %(position)s on the waitlist)", session=title,
                position=positions[one.sheet.session_id])
    )  # fmt: skip


def _when(one: SignUp, event: Event, lang: str) -> str:
    starts, ends = (clock.wall(at, event.zone) for at in (one.sheet.starts_at, one.sheet.ends_at))
    day, glue = i18n.format_day(starts.date(), lang, short=True), ", " if lang == "en" else " "
    return f"{day}{glue}{i18n.format_clock(starts, event.zone, lang)}–{i18n.format_clock(ends, event.zone, lang)}"
