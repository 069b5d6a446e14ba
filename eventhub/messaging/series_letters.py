"""What letters say to people who registered for a series: one letter about all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from flask_babel import gettext

from eventhub.calendars.series_feeds import attachment_for
from eventhub.events.models import Event, Series
from eventhub.events.shifts import shifts_of
from eventhub.foundation import clock, i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.registrations.models import Registration
from eventhub.registrations.series import queries
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.series.policy import LINK
from eventhub.registrations.words import STATES, way_of

from . import examples
from .comparisons import when_there
from .drafts import Block, Draft, Facts, Link, Said, facts_of, found, greet, to_registration
from .models import Letter
from .samples import is_sample

OFFERED = "series_offered"


def draft(letter: Letter) -> Draft:
    """The letter as it reads now; Refused where nothing of it is left to tell."""
    lang = letter.language
    registration = found(db.session.get(SeriesRegistration, UUID(letter.data["series_registration_id"])))
    series = registration.series
    title = str(series.title.in_(lang))
    is_example = registration.id == examples.EXAMPLE
    rows = examples.in_series(registration) if is_example else queries.list_registrations(registration)
    if letter.kind == OFFERED:
        events = [row.event for row in rows] if is_sample(letter) else _offered(letter, registration)
        subject, shown = gettext("Added to the series: %(title)s", title=title), []
        blocks = _offer(registration, events, lang)
    elif letter.kind == "series_cancelled":
        ids = set(letter.data.get("event_ids", ()))
        shown = rows if is_sample(letter) else [row for row in rows if str(row.event_id) in ids and row.place.has_ended]
        subject, blocks = _cancelled(shown, title, lang)
    else:
        shown = [row for row in rows if row.live and not row.event.is_over()]
        subject, blocks = _standing(letter, registration, shown, title)
    blocks += [
        gettext("All your events of the series, their calendar, changing and cancelling are behind your own link:"),
        Link(gettext("My registration for the series"), way_to(registration, lang)),
        gettext("The link is yours alone. Whoever has it can change your registrations."),
    ]
    return Draft(
        subject,
        greet(registration.name),
        blocks,
        sender=str(series.organisation.name.in_(lang)),
        reply_to=_contact_of(series, [row.event for row in rows]),
        calendar=attachment_for(registration, lang, [row.event_id for row in shown]) if shown else None,
    )


def _contact_of(series: Series, events: list[Event]) -> str | None:
    """Where answers go: to whom most of the events name that whoever runs the series holds; others' are not asked."""
    own = [event.contact_address for event in events if event.organisation_id == series.organisation_id]
    named = Counter(address for address in own if address)
    return next((address for address, _ in named.most_common(1)), None)


def way_to(registration: SeriesRegistration, lang: str) -> str:
    """The address of somebody's page of a series."""
    token = links.make(LINK, registration.id, registration.link_number)
    return address("registrations.my_series", lang, token=token)


def _standing(
    letter: Letter, registration: SeriesRegistration, rows: list[Registration], title: str
) -> tuple[str, list[Block]]:
    """How all events stand now, whatever was done: a letter that was kept waiting tells nothing that is not so."""
    lang = letter.language
    match letter.kind:
        case "series_registered":
            subject = gettext("Your registration for the series: %(title)s", title=title)
            news = gettext("This is how you are registered for the events of this series.")
        case "series_again":
            subject = gettext("You are registered already: %(title)s", title=title)
            news = gettext("Somebody, probably you, has registered with this address again. Nothing has changed.")
        case "series_confirmed":
            subject = gettext("Your places are confirmed: %(title)s", title=title)
            news = gettext("You have taken your places. This is how you are registered now.")
        case "series_link":
            subject = gettext("Your new link: %(title)s", title=title)
            news = gettext("The former links to your registrations in this series are void. Below are the new ones.")
        case _:
            raise Refused(f"there is no letter of the kind {letter.kind}")
    if not rows:
        raise Refused("nothing of the series is left to tell of")
    blocks: list[Block] = [Said(news)]
    if any(place.state == "unverified" for row in rows for place in row.live):
        blocks.append(
            gettext("Some places are held for you only for a while. Please confirm them all by your own link below.")
        )
    blocks += _each(rows, lang, queries.zone_of(registration))
    if registration.wants_all:
        blocks.append(gettext("When events are added to the series, we ask you by letter whether you want those too."))
    return subject, blocks


def _each(rows: list[Registration], lang: str, zone: str | None) -> Iterable[Block]:
    """Each event with its hour, its state and its own link; then on which dates the reader's clock differs."""
    positions = queries.positions_of(row.place for row in rows)
    for row in rows:
        place = row.place
        facts = facts_of(row.event, lang, is_online=place.pool.mode == "online", zone=zone)
        yield Facts([*facts.rows, (gettext("State"), _state(row, positions.get(place.id)))])
        yield to_registration(row, lang)
    shifts = shifts_of([row.event for row in rows], zone or "")
    if shifts:
        yield gettext("Clocks are changed between some of these dates. Please note:")
        yield from (shift.words for shift in shifts)


def _state(row: Registration, position: int | None) -> str:
    place = row.place
    if row.event.status == "postponed":
        return str(gettext("Postponed; your registration stays"))
    if row.event.status == "cancelled":
        return str(gettext("The event is cancelled"))
    said = gettext("%(state)s: %(way)s", state=STATES[place.state], way=way_of(place.pool))
    if position is not None:
        return str(gettext("%(state)s, number %(position)s", state=said, position=position))
    if place.held_until is not None:
        moment = i18n.format_zoned(clock.wall(place.held_until, row.event.zone), row.event.zone)
        return str(gettext("%(state)s, until %(moment)s", state=said, moment=moment))
    return str(said)


def _cancelled(rows: list[Registration], title: str, lang: str) -> tuple[str, list[Block]]:
    """What somebody hears who gave up the rest; what they took again meanwhile is not named."""
    if not rows:
        raise Refused("nothing of what was given up is given up any more")
    blocks: list[Block] = [
        Said(gettext("You have given up your places at these events. There is nothing more you need to do.")),
        Facts([(str(row.event.title.in_(lang)), when_there(row.event, lang)) for row in rows]),
        gettext("Nothing more of this series will be offered to you, unless you ask for it."),
    ]
    return gettext("Your registrations are cancelled: %(title)s", title=title), blocks


def _offered(letter: Letter, registration: SeriesRegistration) -> list[Event]:
    waiting = {str(entry.event_id): entry.event for entry in registration.entries if entry.answer == "offered"}
    events = [waiting[one] for one in letter.data["event_ids"] if one in waiting]
    return [event for event in events if registration.wants_all and event.registration_state() == "open"]


def _offer(registration: SeriesRegistration, events: list[Event], lang: str) -> list[Block]:
    if not events:
        raise Refused("nothing of what was offered is open any more")
    blocks: list[Block] = [
        Said(gettext("You wanted the whole series. It has more events now; you are not registered for them yet.")),
    ]
    token = links.make(LINK, registration.id, registration.link_number)
    for event in events:
        blocks.append(facts_of(event, lang, zone=queries.zone_of(registration)))
        way = address("registrations.take_of_series", lang, token=token, event_id=event.id)
        blocks.append(Link(gettext("Take part, or not this one"), way))
    return blocks
