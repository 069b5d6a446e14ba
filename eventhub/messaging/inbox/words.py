"""What answers by calendar are called."""

from __future__ import annotations

from flask_babel import lazy_pgettext as _

ANSWERS = {
    "accepted": _("by calendar", "Accepted"),
    "declined": _("by calendar", "Declined"),
    "tentative": _("by calendar", "Maybe"),
    "": _("by calendar", "No answer"),
}
