"""What letters and their fates are called, in words for organisers."""

from __future__ import annotations

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from eventhub.foundation import i18n
from eventhub.foundation.work import OutboxRow

from .mail import NOBODY, says

KINDS = {
    "confirmed": _("Place confirmed"),
    "waitlisted": _("On the waitlist"),
    "promoted": _("Moved up from the waitlist"),
    "moved_confirmed": _("Way of taking part changed, with a place"),
    "moved_waitlisted": _("Way of taking part changed, on the waitlist"),
    "moved_unverified": _("Way of taking part changed, place held"),
    "moved_pending": _("Way of taking part changed, waiting for approval"),
    "unverified": _("Place held"),
    "pending": _("Waiting for approval"),
    "offered": _("Place offered"),
    "lapsed": _("Offer not taken in time"),
    "approved_confirmed": _("Let in"),
    "approved_waitlisted": _("Let in, on the waitlist"),
    "declined": _("Declined"),
    "cancelled": _("Registration cancelled"),
    "registered_again": _("Registered already"),
    "link_rotated": _("New link"),
    "delegation": _("Delegation registered"),
    "substitute_named": _("Place passed on, to whom it goes"),
    "substituted": _("Place passed on"),
    "substitute_declined": _("Substitute declined"),
    "substitute_asked": _("Substitute to decide on"),
    "sign_ups": _("Sessions chosen"),
    "series_registered": _("Registered for the series"),
    "series_again": _("Registered already"),
    "series_confirmed": _("Places in the series confirmed"),
    "series_cancelled": _("Places in the series given up"),
    "series_offered": _("Added to the series"),
    "series_link": _("New link"),
    "visa_issued": _("Letter for a visa is ready"),
    "visa_declined": _("No letter for a visa"),
    "certificate_ready": _("Certificate is ready"),
    "guest_invited": _("Invitation to the event"),
    "guest_reminded": _("Reminder of an invitation"),
    "reminder": _("Reminder"),
    "event_changed": _("Event changed"),
    "programme_changed": _("Programme changed"),
    "session_changed": _("Own session changed"),
    "event_postponed": _("Event postponed"),
    "event_resumed": _("Event takes place"),
    "event_cancelled": _("Event cancelled"),
    "speaker_invited": _("Invitation of a speaker"),
    "speaker_confirmed": _("Confirmation to a speaker"),
    "speaker_reminded": _("Reminder to a speaker"),
    "speaker_link": _("New link of a speaker"),
    "speaker_answered": _("Answer of a speaker"),
    "speaker_remote": _("Speaker takes part remotely"),
    "speaker_in_person": _("Speaker takes part in person after all"),
    "co_speaker_proposed": _("Co-speaker proposed"),
    "to_group": _("Letter to a group"),
    "test": _("Test letter"),
}
STATES = {"queued": _("On its way"), "sent": _("Sent"), "failed": _("Not delivered")}

# Why we have not sent it ourselves.
_IS_OVER = _("What it was to say is not so any more.")
_REASONS = {
    "no longer wanted": _("Whoever was to read it wants no letters of this kind any more."),
    "what the letter is about is no longer there": _("What the letter is about is no longer there."),
    "letters to this speaker go elsewhere now": _("Letters to this speaker go to another address now."),
    "the invitation does not wait for an answer any more": _IS_OVER,
    "the place does not wait for an answer any more": _IS_OVER,
    "nothing of the series is left to tell of": _IS_OVER,
    "nothing of what was given up is given up any more": _IS_OVER,
    "nothing of what was offered is open any more": _IS_OVER,
    "the certificate was revoked": _IS_OVER,
}


# What letters to many are called where the work of writing them does not say their kind.
_TO_MANY = {
    "certificates": "certificate_ready",
    "group_letter": "to_group",
    "places": "promoted",
    "import": "confirmed",
    "notice": "programme_changed",
    "sign_ups_ended": "sign_ups",
}


def kind_of(row: OutboxRow) -> str:
    """What a letter to many is called."""
    return str(KINDS[row.payload.get("kind") or _TO_MANY[row.kind]])


# What the statuses of mail servers mean (RFC 3463), as far as an organiser can do something about it.
_MEANINGS = (
    (r"5\.1\.2", _("There is no such domain.")),
    (NOBODY, _("There is no such mailbox.")),
    (r"[45]\.2\.2", _("The mailbox is full.")),
    (r"5\.2\.1", _("The mailbox is closed.")),
    (r"5\.[23]\.[34]", _("The letter is too large for the mailbox.")),
    (r"[45]\.4\.7", _("It could not be delivered within days.")),
    (r"5\.7\.\d+", _("The other side takes it for unwanted.")),
)


def reason(error: str | None) -> str:
    """Why a letter has not been delivered: a mail server's own answer is quoted, all else is about reaching it."""
    if (error or "") in _REASONS:
        return str(_REASONS[error or ""])
    if answer := re.search(r"\b[45](\d\d |\.\d{1,3}\.\d{1,3}\b).*", error or ""):
        told = str(gettext("The mail server does not take the letter: “%(answer)s”", answer=answer[0]))
        meaning = next((words for status, words in _MEANINGS if says(answer[0], status)), None)
        return f"{meaning}{i18n.gap()}{told}" if meaning else told
    return str(gettext("The mail server could not be reached, or did not answer."))
