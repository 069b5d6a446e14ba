"""How many letters a speaker's page, or an organiser for a speaker, may cause."""

from __future__ import annotations

from flask_babel import gettext

from eventhub.foundation.errors import TooMany
from eventhub.foundation.web import is_within

from .models import Speaker


def count_change(speaker: Speaker) -> None:
    """Count a change of which letters tell, whoever makes it; raises TooMany above 12 an hour for a speaker.

    Each is a release of its own, too, of which the public reads.
    """
    if not is_within("changes of a speaker", str(speaker.id), 12, 60):
        raise TooMany(gettext("This was changed many times within an hour. Please wait a little."))
