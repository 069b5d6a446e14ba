"""What answers by calendar are called."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext, lazy_pgettext

ANSWERS = {
    "accepted": lazy_pgettext("by calendar", "Accepted"),
    "declined": lazy_pgettext("by calendar", "Declined"),
    "tentative": lazy_pgettext("by calendar", "Maybe"),
    "": lazy_pgettext("by calendar", "No answer"),
}


def counted(counts: Mapping[str, int]) -> str:
    """How many have answered what, in a few words; nothing where nobody has."""
    words = {
        "accepted": gettext("%(number)s accepted", number=counts["accepted"]),
        "declined": gettext("%(number)s declined", number=counts["declined"]),
        "tentative": gettext("%(number)s maybe", number=counts["tentative"]),
    }
    return str(gettext(", ")).join(said for answer, said in words.items() if counts[answer])
