"""What a registrant hears of their place: as it is today, and not as it was when the letter was ordered."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext

from eventhub.foundation import clock, i18n
from eventhub.registrations.models import Place, Registration
from eventhub.registrations.queries import position_of
from eventhub.registrations.words import name_of, way_of

from . import event_news, visa_letters
from .models import Letter

# The letters whose sentences may be others: facts and links beneath say all that their reader must know.
FREE = {
    "confirmed", "promoted", "moved_confirmed", "approved_confirmed", "pending", "moved_pending", "event_changed",
    "event_resumed", "visa_issued", "link_rotated",
}  # fmt: skip
# The letters by which somebody hears for the first time that they have a place.
BEGINNINGS = {"confirmed", "promoted", "approved_confirmed", "unverified", "offered"}
# In which state a place is while a letter about it is true.
_TRUE_WHILE = {
    "confirmed": "confirmed",
    "promoted": "confirmed",
    "moved_confirmed": "confirmed",
    "waitlisted": "waitlisted",
    "moved_waitlisted": "waitlisted",
    "unverified": "unverified",
    "moved_unverified": "unverified",
    "pending": "pending",
    "moved_pending": "pending",
    "offered": "offered",
    "approved_confirmed": "confirmed",
    "approved_waitlisted": "waitlisted",
    "declined": "declined",
    "lapsed": "cancelled",
    "cancelled": "cancelled",
}


def place_of(letter: Letter, registration: Registration) -> Place:
    """The place that a letter is about: one of two, where somebody waits for a second."""
    about = letter.data.get("place_id")
    return next((place for place in registration.places if str(place.id) == about), registration.place)


def kind_today(kind: str, about: Place, best: Place) -> str:
    """The kind of letter that is true today: one that was kept waiting must not promise what was given up since."""
    return kind if _TRUE_WHILE.get(kind, about.state) == about.state else best.state


def news(kind: str, place: Place, title: str) -> list[str]:
    """What a registrant hears: the subject, then the sentences."""
    is_in_person = place.pool.mode == "in_person"
    match kind:
        case "confirmed":
            return [
                gettext("You have a place: %(title)s", title=title),
                gettext("Your registration is confirmed: you take part in person.")
                if is_in_person
                else gettext("Your registration is confirmed: you take part online."),
            ]
        case "waitlisted" | "moved_waitlisted":
            return [gettext("You are on the waitlist: %(title)s", title=title), *_waiting(place)]
        case "promoted":
            return [
                gettext("A place has become free for you: %(title)s", title=title),
                gettext("You have moved up from the waitlist: you now have a place and take part in person.")
                if is_in_person
                else gettext("You have moved up from the waitlist: you now have a place and take part online."),
            ]
        case "moved_confirmed":
            return [
                gettext("Your registration has changed: %(title)s", title=title),
                gettext("From now on you take part in person.")
                if is_in_person
                else gettext("From now on you take part online."),
            ]
        case "cancelled":
            return [
                gettext("Your registration is cancelled: %(title)s", title=title),
                gettext("Your registration is cancelled. There is nothing more you need to do."),
                gettext("Should you change your mind, register again on the event’s page."),
            ]
        case "registered_again":
            return [
                gettext("You are registered already: %(title)s", title=title),
                gettext("Somebody, probably you, has registered with this address again. Nothing has changed."),
                *_waiting(place),
            ]
        case "link_rotated":
            return [
                gettext("Your new link: %(title)s", title=title),
                gettext("The former links to your registration are void. Below is the new one."),
            ]
    return _news_of_admission(kind, place, title) or visa_letters.news(kind, title) or _news_of_event(kind, title)


def _news_of_admission(kind: str, place: Place, title: str) -> list[str]:
    """What somebody hears whose place is held, offered or decided upon; nothing where the letter is about another."""
    match kind:
        case "unverified" | "moved_unverified":
            return [
                gettext("Please confirm your place: %(title)s", title=title),
                *held(place),
            ]
        case "pending" | "moved_pending":
            return [
                gettext("Your registration has reached the organisers: %(title)s", title=title),
                gettext("They decide who gets a place, and we write to you as soon as they have."),
            ]
        case "offered" if place.was_passed_on:
            return [
                gettext("A place is passed on to you: %(title)s", title=title),
                gettext("Somebody who cannot come has passed their place on to you: %(pool)s.",
                        pool=name_of(place.pool)),
                gettext("It is yours if you take it by your own link below until %(moment)s.", moment=until(place)),
                gettext("Then it goes to the next in line, and you are not on the waitlist for places %(way)s.",
                        way=way_of(place.pool)),
            ]  # fmt: skip
        case "offered":
            return [
                gettext("Please take your place: %(title)s", title=title),
                gettext("A place has come free for you: %(pool)s.", pool=name_of(place.pool)),
                gettext("It is yours if you take it by your own link below until %(moment)s.", moment=until(place)),
                gettext("Then it goes to the next in line."),
            ]
        case "approved_confirmed":
            return [
                gettext("You have a place: %(title)s", title=title),
                gettext("The organisers have let you in: you take part in person.")
                if place.pool.mode == "in_person"
                else gettext("The organisers have let you in: you take part online."),
            ]
        case "approved_waitlisted":
            return [
                gettext("You are on the waitlist: %(title)s", title=title),
                gettext("The organisers have let you in, and you get a place as soon as one is free."),
                *_waiting(place),
            ]
        case "declined":
            return [
                gettext("No place this time: %(title)s", title=title),
                gettext("The organisers are sorry: there was no place for you at this event."),
            ]
        case "lapsed":
            return [
                gettext("The time to take your place is over: %(title)s", title=title),
                gettext("The place that was offered to you was not taken in time, and went to the next in line."),
            ]
    return []


def held(place: Place) -> list[str]:
    """Until when a place is held for somebody, and what they have to do."""
    return [
        gettext("A place is held for you until %(moment)s.", moment=until(place)),
        gettext("Please confirm it by then by your own link below; after that it goes to somebody else."),
    ]


def beside(kind: str, place: Place, registration: Registration) -> list[str]:
    """What somebody has, or waits for, beside the place of which a letter tells; nothing where that is all."""
    other = next((one for one in registration.live if one is not place), None)
    if other is None or not (true_while(kind) or kind == "registered_again"):
        return []
    way = way_of(other.pool)
    match place.state, other.state:
        case _, "unverified":
            return held(other)
        case "waitlisted" | "pending", "confirmed":
            return [gettext("Until a place there comes free you take part %(way)s.", way=way)]
        case "offered", "confirmed":
            return [gettext("Until you take it you keep your place %(way)s.", way=way)]
        case _, "confirmed":
            return [gettext("You keep your place %(way)s.", way=way)]
        case _, "waitlisted":
            return [gettext("You keep your turn on the waitlist for places %(way)s.", way=way)]
    return []


def until(place: Place) -> str:
    """The moment until which a place is held, on the clock of the event."""
    event = place.pool.event
    # A place that is not held has no such moment; a sample of a letter about one that is tells of some.
    moment = place.held_until or clock.now() + timedelta(hours=place.pool.offer_hours)
    return i18n.format_zoned(clock.wall(moment, event.zone), event.zone)


def _news_of_event(kind: str, title: str) -> list[str]:
    """What everybody at an event hears."""
    match kind:
        case "event_changed" | "event_resumed":
            sentences = [event_news.sentence(kind), gettext("Your registration stays as it is.")]
        case "programme_changed":
            return [
                gettext("The programme has changed: %(title)s", title=title),
                gettext("These sessions of an event for which you are registered have changed:"),
            ]
        case "event_postponed":
            sentences = [
                gettext("This event is postponed. Your registration stays, and we write when there is a new date.")
            ]
        case _:
            sentences = [event_news.sentence(kind)]
    return [event_news.subject(kind, title), *sentences]


def _waiting(place: Place) -> list[str]:
    """How somebody stands in the queue; nothing for somebody who has a place."""
    position = position_of(place)
    if position is None:
        return []
    is_in_person = place.pool.mode == "in_person"
    return [
        gettext("All places in person are taken. You are number %(position)s on the waitlist.", position=position)
        if is_in_person
        else gettext("All places online are taken. You are number %(position)s on the waitlist.", position=position),
        gettext("When a place becomes free, it goes to the next in line at once, and we write to you."),
    ]


def true_while(kind: str) -> str:
    """In which state a place is while a letter of a kind is true; empty where that is not asked."""
    return _TRUE_WHILE.get(kind, "")
