"""What the kinds of organisations, and the roles in them, are called on pages and in forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext

STAKEHOLDER_TYPES = {
    "government": _("Government"),
    "national_ngo": _("National NGO"),
    "local_ngo": _("Local NGO"),
    "international_ngo": _("International NGO"),
    "un_agency": _("UN agency"),
    "international_org": _("International organisation"),
    "red_cross_red_crescent": _("Red Cross or Red Crescent"),
    "foundation_donor": _("Foundation or donor"),
    "enterprise": _("Enterprise"),
    "academia": _("Academic institution"),
    "media": _("Media"),
    "embassy": _("Embassy"),
    "religious": _("Religious organisation"),
    "military": _("Military"),
    "other": _("Other organisation"),
    "individual": _("Individual"),
}

ROLES = {
    "administrator": _("Administrator"),
    "organiser": lazy_pgettext("role", "Organiser"),
    "translator": _("Translator"),
    "check_in": lazy_pgettext("role", "Check-in"),
    "viewer": _("Viewer"),
}

ROLE_RIGHTS = {
    "administrator": _("Does everything, and decides who belongs to the organisation."),
    "organiser": _("Plans events, and sees who has registered."),
    "translator": _("Writes the texts in the other language."),
    "check_in": _("Receives people at the door."),
    "viewer": _("Sees events that are being planned, and changes nothing."),
}
