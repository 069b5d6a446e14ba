"""What pools and states of places are called, and how full a pool is, in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, lazy_pgettext, ngettext
from flask_babel import lazy_gettext as _

from eventhub.foundation.i18n import language

from .delegations import Delegation
from .models import Pool
from .queries import Seats

POOLS = {"in_person": _("In person"), "online": _("Online")}
LANGUAGES = {"en": _("English"), "zh": _("Chinese")}
# The same within a sentence.
WAYS = {"in_person": lazy_pgettext("way", "in person"), "online": lazy_pgettext("way", "online")}
STATES = {
    "confirmed": _("Confirmed"),
    "offered": _("Offered"),
    "unverified": _("Waiting for the e-mail to be opened"),
    "pending": _("Waiting for approval"),
    "waitlisted": _("On the waitlist"),
    "declined": _("Declined"),
    "cancelled": _("Cancelled"),
}


INVITATION_STATES = {
    "open": _("Not answered yet"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
    "passed_on": _("Passed on"),
    "withdrawn": _("Withdrawn"),
}


def name_of(pool: Pool) -> str:
    """What a pool is called in the language of the page."""
    return str(pool.name.in_(language()) if pool.name else POOLS[pool.mode])


def way_of(pool: Pool) -> str:
    """How those in a pool take part, within a sentence: `in person`, `online`, `in “Press”`."""
    return str(gettext("in “%(pool)s”", pool=name_of(pool)) if pool.name else WAYS[pool.mode])


def places_left(seats: Seats) -> str:
    """How many places a pool has left, or how many people wait for one."""
    if seats.pool.admission == "approval":
        return str(gettext("The organisers decide who gets a place"))
    if seats.is_full:
        if not seats.waiting:
            return str(gettext("Full, waitlist open"))
        return str(gettext("Full, waitlist open (%(num)s waiting)", num=seats.waiting))
    if seats.left is None:
        return str(gettext("Places for everybody"))
    return str(
        ngettext("%(num)s of %(capacity)s places left", "%(num)s of %(capacity)s places left", seats.left,
                 capacity=seats.pool.capacity)
    )  # fmt: skip


def line_of(seats: Seats) -> str:
    """What a pool's choice says beneath its name: the places left, and its languages where it has some of its own."""
    languages = [LANGUAGES[code] for code in seats.pool.languages if code in LANGUAGES]
    if not languages:
        return places_left(seats)
    told = gettext(", ").join(map(str, languages))
    return str(gettext("%(places)s · %(languages)s", places=places_left(seats), languages=told))


@dataclass(frozen=True, slots=True)
class Switch:
    """What it means to take part in the other way: before it is done, as a question, and afterwards."""

    promise: str
    question: str
    done: str


def switch(here: Pool, there: Pool, *, waited: bool, waits: bool) -> Switch:
    """The words for going from one pool to another; `waited` is how it was in the first, `waits` in the other."""
    ways = {"here": way_of(here), "there": way_of(there)}
    if waited and waits:
        words = (
            gettext("You join the waitlist for places %(there)s, at its end, and leave the one for places %(here)s.",
                    **ways),
            gettext("Leave the waitlist for places %(here)s and wait for a place %(there)s?", **ways),
            gettext("You are on the waitlist for places %(there)s, and no longer on the one for places %(here)s.",
                    **ways),
        )  # fmt: skip
    elif waited:
        words = (
            gettext("You get a place %(there)s at once, and leave the waitlist for places %(here)s.", **ways),
            gettext("Leave the waitlist for places %(here)s and take part %(there)s?", **ways),
            gettext("You now take part %(there)s, and have left the waitlist for places %(here)s.", **ways),
        )
    elif waits:
        words = (
            gettext("You join the waitlist for places %(there)s, at its end, and give up your place %(here)s.", **ways),
            gettext("Give up your place %(here)s and wait for a place %(there)s?", **ways),
            gettext("You are on the waitlist for places %(there)s. Your place %(here)s was given up.", **ways),
        )
    else:
        words = (
            gettext("You get a place %(there)s at once, and give up your place %(here)s.", **ways),
            gettext("Give up your place %(here)s and take part %(there)s?", **ways),
            gettext("You now take part %(there)s. Your place %(here)s was given up.", **ways),
        )
    return Switch(*map(str, words))


def unchanged(here: Pool, *, waits: bool) -> str:
    """What somebody is told who asks for the way in which they take part already; `waits` is how it is there."""
    if waits:
        return str(gettext("You are on the waitlist for places %(here)s already.", here=way_of(here)))
    return str(gettext("You have chosen to take part %(here)s already.", here=way_of(here)))


def delegation(group: Delegation) -> str:
    """A delegation by its contact, and how many people it has."""
    return str(gettext("%(name)s (%(num)s)", name=group.contact.name, num=group.people))
