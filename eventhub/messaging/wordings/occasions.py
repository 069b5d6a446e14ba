"""The occasions of letters for which organisers may have words of their own, by those who read them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REGISTRANTS = (
    "confirmed", "unverified", "pending", "waitlisted", "offered", "promoted", "lapsed", "approved_confirmed",
    "approved_waitlisted", "declined", "moved_confirmed", "moved_waitlisted", "moved_unverified", "moved_pending",
    "cancelled", "registered_again", "link_rotated", "sign_ups", "delegation", "substitute_named", "substituted",
    "substitute_declined", "visa_issued", "visa_declined",
)  # fmt: skip
ALL = ("event_changed", "programme_changed", "event_postponed", "event_resumed", "event_cancelled")
SPEAKERS = ("speaker_invited", "speaker_reminded", "speaker_confirmed", "speaker_link", "session_changed")
GUESTS = ("guest_invited", "guest_reminded")
# A letter about a whole series is in the words of its organisation.
SERIES = (
    "series_registered", "series_again", "series_confirmed", "series_cancelled", "series_offered", "series_link",
)  # fmt: skip
OCCASIONS = (*REGISTRANTS, *ALL, *GUESTS, *SPEAKERS)
SECTIONS = {
    _l("To those who register"): REGISTRANTS,
    _l("To all of an event"): ALL,
    _l("To those who are invited"): GUESTS,
    _l("To speakers"): SPEAKERS,
}
OF_ORGANISATIONS = {**SECTIONS, _l("To those who register for a series"): SERIES}


def readers_of(occasion: str) -> str:
    """Who reads the letter: `registrants`, `speakers`, `guests` or `series`, those who registered for one."""
    readers = {"speakers": SPEAKERS, "guests": GUESTS, "series": SERIES}
    return next((one for one, occasions in readers.items() if occasion in occasions), "registrants")
