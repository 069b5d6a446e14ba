"""Putting the organisers' words into a letter, where they have some for its occasion in its reader's language."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation.db import db, get
from eventhub.foundation.web import address
from eventhub.messaging import placeholders
from eventhub.messaging.drafts import Block, Draft, Link, Said, values_of
from eventhub.messaging.models import Letter
from eventhub.messaging.placeholders import Prose
from eventhub.messaging.series_letters import way_to
from eventhub.people.models import Person
from eventhub.programme.models import Speaker
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.series.models import SeriesRegistration

from . import queries
from .occasions import OCCASIONS, SERIES

# In the data of a sample: show it in our words, whatever the organisers have.
OURS = "is_ours"
_OWN = re.compile(r"/(registrations|speak|invitations)/")


def worded(letter: Letter, draft: Draft) -> Draft:
    """The letter in the organisers' words; what must not be missing in it stays as it is."""
    occasion = draft.occasion or letter.kind
    if occasion not in (*OCCASIONS, *SERIES) or letter.data.get(OURS):
        return draft
    event = db.session.get(Event, letter.event_id) if letter.event_id else None
    its_id = letter.data.get("series_registration_id")
    of_series = db.session.get(SeriesRegistration, UUID(its_id)) if its_id else None
    about = event or (of_series.series if of_series else None)
    rows = queries.in_force(about.organisation_id, letter.event_id, occasion) if about else []
    lang = letter.language
    subject = next((said for row in rows if (said := row.subject.texts.get(lang))), "")
    text = next((said for row in rows if (said := row.text.texts.get(lang))), "")
    if not (subject or text):
        return draft
    values = _values_of_series(of_series, lang) if of_series else _values(letter, draft, get(Event, letter.event_id))
    if subject:
        draft = replace(draft, subject=placeholders.fill_line(subject, values))
    if text:
        greeting = "" if placeholders.greets(text) else draft.greeting
        draft = replace(draft, greeting=greeting, blocks=_with(draft, Prose(text, values)))
    return draft


def _with(draft: Draft, prose: Prose) -> list[Block]:
    """The blocks with the words where ours stood; before all others where they greet or ours hold what must be told."""
    is_first = placeholders.greets(prose.text)
    first = 0 if is_first else next((number for number, block in enumerate(draft.blocks) if isinstance(block, Said)), 0)
    kept = [block for block in draft.blocks if not isinstance(block, Said)]
    return [*kept[:first], prose, *kept[first:]]


def _values_of_series(registration: SeriesRegistration, lang: str) -> dict[str, str]:
    series = registration.series
    return {
        "name": registration.name,
        "event": str(series.title.in_(lang)),
        "organiser": str(series.organisation.name.in_(lang)),
        "link": way_to(registration, lang),
        "event_page": address("events.series", lang, slug=series.slug),
    }


def _values(letter: Letter, draft: Draft, event: Event) -> dict[str, str]:
    lang, is_online = letter.language, False
    links = [block.address for block in draft.blocks if isinstance(block, Link) and _OWN.search(block.address)]
    # A registrant who speaks as well has two: words for registrants mean that of their registration.
    own = next((one for one in links if "speaks_id" not in letter.data or "/registrations/" in one), "")
    name = ""
    if speaker_id := letter.data.get("speaker_id"):
        speaker = db.session.get(Speaker, UUID(speaker_id))
        name = str(speaker.person.names.in_(lang)) if speaker else ""
    elif person_id := letter.data.get("person_id"):
        person = db.session.get(Person, UUID(person_id))
        name = str(person.names.in_(lang)) if person else ""
    elif invitation_id := letter.data.get("event_invitation_id"):
        guest = db.session.get(EventInvitation, UUID(invitation_id))
        name = guest.name if guest else ""
    elif registration := db.session.get(Registration, letter.registration_id) if letter.registration_id else None:
        reader = registration.looked_after_by or registration
        name, is_online = reader.name, registration.place.pool.mode == "online"
    values = values_of(event, lang, name, own, is_online=is_online)
    return {**values, "link": own or values["event_page"]}
