"""What pools and states of places are called, and how full a pool is, in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, lazy_pgettext, ngettext
from flask_babel import lazy_gettext as _

from .queries import Seats

POOLS = {"in_person": _("In person"), "online": _("Online")}
# The same within a sentence.
WAYS = {"in_person": lazy_pgettext("way", "in person"), "online": lazy_pgettext("way", "online")}
STATES = {
    "confirmed": _("Confirmed"),
    "waitlisted": _("On the waitlist"),
    "cancelled": _("Cancelled"),
}


def places_left(seats: Seats) -> str:
    """How many places a pool has left, or how many people wait for one."""
    if seats.next_state == "waitlisted":
        if not seats.waiting:
            return str(gettext("Full, waitlist open"))
        return str(gettext("Full, waitlist open (%(num)s waiting)", num=seats.waiting))
    if seats.left is None:
        return str(gettext("Places for everybody"))
    return str(
        ngettext("%(num)s of %(capacity)s places left", "%(num)s of %(capacity)s places left", seats.left,
                 capacity=seats.pool.capacity)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Switch:
    """What it means to take part in the other way: before it is done, as a question, and afterwards."""

    promise: str
    question: str
    done: str


def switch(here: str, there: str, *, waited: bool, waits: bool) -> Switch:
    """The words for going from one pool to another; `waited` is how it was in the first, `waits` in the other."""
    ways = {"here": WAYS[here], "there": WAYS[there]}
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
