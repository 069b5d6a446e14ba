"""Photographs of speakers: who gives them by a private link, and who sees them."""

from __future__ import annotations

from uuid import UUID

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.files import StoredFile, Upload
from eventhub.foundation.permissions import require
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.policy import may_edit_person

from . import policy, public, queries
from .speakers import lock


@use_case
def set_speaker_photo(actor: Actor, speaker_id: UUID, upload: Upload) -> Person:
    """The speaker's person with another photograph, public at once wherever they are announced."""
    event, speaker = lock(actor, speaker_id)
    require(policy.may_edit_profile(actor, speaker, event))
    return people.set_photo(SYSTEM, speaker.person_id, upload)


@use_case
def remove_speaker_photo(actor: Actor, speaker_id: UUID) -> Person:
    """The speaker's person without a photograph."""
    event, speaker = lock(actor, speaker_id)
    require(policy.may_edit_profile(actor, speaker, event))
    return people.remove_photo(SYSTEM, speaker.person_id)


def may_see_photo(actor: Actor, file: StoredFile) -> bool:
    """Whether somebody may see a photograph.

    Everybody, where its person stands on a programme that everybody may open; else those who know the person.
    """
    person = db.session.get(Person, file.owner_id)
    if person is None or person.photo_id != file.id:
        return False
    return public.is_seen(person.id) or may_edit_person(actor, person) or queries.is_known(actor, person.id)
