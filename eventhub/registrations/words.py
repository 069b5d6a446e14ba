"""What pools and states of places are called, and how full a pool is, in words."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from .queries import Seats

POOLS = {"in_person": _("In person"), "online": _("Online")}
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
