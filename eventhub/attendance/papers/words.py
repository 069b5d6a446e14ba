"""What stands on papers for whom."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

ROLES = {
    "participant": _("Participant"),
    "speaker": _("Speaker"),
    "moderator": _("Moderator"),
    "organiser": lazy_pgettext("role", "Organiser"),
}
SHEETS = {
    "8": _("A4, 8 badges of 95 × 65 mm"),
    "10": _("A4, 10 badges of 90 × 54 mm"),
    "a6": _("A6, one badge a page"),
}
FORMS = {"both": _("Both languages"), "en": _("English"), "zh": _("Chinese")}
