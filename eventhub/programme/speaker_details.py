"""What speakers say on their own page, of themselves and of what they present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated
from eventhub.foundation.permissions import require
from eventhub.people import services as people
from eventhub.people.addresses import normalise
from eventhub.people.models import Person
from eventhub.people.names import Names

from . import policy, public, speaker_queries, stretches
from .models import ProgrammeSession, SessionRole, Speaker
from .signals import CoSpeakerProposed, PresentationChanged, SpeakerDeskChanged
from .speakers import begin, lock, touch

# More people than this present nothing together; a link that somebody found makes no crowd.
MOST_TOGETHER = 8
LONGEST_NEEDS = 2000
# What a part says of its person as it is then: up to the event, that may still become another.
CAME_FROM = ("affiliation", "country")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the organisers need to know of a speaker: a speaker's columns of the same names.

    `availability` are stretches of the wall clock of `zone`, as ISO 8601 intervals; none means always.
    """

    zone: str
    availability: Sequence[str] = ()
    needs: str = ""
    may_record: bool | None = None


@use_case
def change_desk(actor: Actor, speaker_id: UUID, wishes: Wishes, version: int | None = None) -> Speaker:
    """The speaker with other wishes.

    Raises Stale where somebody saved them since `version`, and Invalid where one of them cannot be.
    """
    event, speaker = lock(actor, speaker_id)
    check_version(speaker, version)
    if wishes.zone not in clock.zone_names():
        raise Invalid("zone", gettext("Choose one from the list."))
    if len(wishes.needs) > LONGEST_NEEDS:
        raise Invalid("needs", gettext("Please shorten this to %(most)s characters.", most=LONGEST_NEEDS))
    told = {
        "zone": wishes.zone,
        "availability": [str(stretch) for stretch in stretches.parse_all(wishes.availability)],
        "needs": wishes.needs.strip(),
        "may_record": wishes.may_record,
    }
    changed = tuple(name for name, value in told.items() if getattr(speaker, name) != value)
    for name in changed:
        setattr(speaker, name, told[name])
    if changed:
        announce(SpeakerDeskChanged(event.id, speaker.id, changed))
    return speaker


@use_case
def change_availability(
    actor: Actor, event_id: UUID, person_id: UUID, zone: str, availability: Sequence[str], version: int | None = None
) -> Speaker:
    """When somebody on the programme can take part, as an organiser notes it whom they have told, in their own zone.

    They need not have been invited, and are not by this. Raises NotFound for whoever is not on the programme, Stale
    where somebody saved it since `version`, and Invalid where a value cannot be.
    """
    event = get(Event, event_id, lock=True)
    is_new = speaker_queries.find_of_person(event.id, person_id) is None
    speaker = begin(actor, event.id, person_id)
    wishes = replace(wishes_of(speaker, event), zone=zone, availability=availability)
    return change_desk(actor, speaker.id, wishes, None if is_new else version)


@use_case
def change_profile(actor: Actor, speaker_id: UUID, profile: people.Profile, version: int | None = None) -> Person:
    """The speaker's person with another profile, public at once wherever they are announced.

    At this event they come from where they say now, unless an organiser has written something else for it.
    """
    event, speaker = lock(actor, speaker_id)
    require(policy.may_edit_profile(actor, speaker, event))
    person = get(Person, speaker.person_id)
    before = {name: getattr(person, name) for name in CAME_FROM}
    people.change_profile(SYSTEM, person.id, profile, version)
    for part in [] if event.is_over() else speaker_queries.list_roles(speaker):
        for name, said in before.items():
            if getattr(part, name) == said != getattr(person, name):
                setattr(part, name, getattr(person, name))
                touch(part)
    return person


@use_case
def change_presentation(
    actor: Actor, role_id: UUID, title: Translated, abstract: Translated, version: int | None = None
) -> SessionRole:
    """What somebody presents under another title and abstract, for all who present it together.

    A translation is public at once, all else with the next release. Raises Stale where somebody saved it since
    `version`, and NotFound for a part that is not theirs.
    """
    event, part = _lock_part(actor, role_id)
    held = get(SessionRole, speaker_queries.presentation_of(part).id, lock=True)
    check_version(held, version)
    if (held.presentation_title, held.presentation_abstract) != (title, abstract):
        held.presentation_title, held.presentation_abstract = title, abstract
        touch(held)
        db.session.flush()
        public.change(event.id, [held.session_id])
        announce(PresentationChanged(event.id, held.session_id, held.id))
    return held


@use_case
def invite_co_speaker(actor: Actor, role_id: UUID, names: Names, address: str, language: str) -> SessionRole:
    """Somebody to present together with the speaker, proposed to the organisers, who then invite them or not.

    They become a person whom the event's organisation knows, whether or not the address is known to the site: the
    speaker learns nothing of it. Raises Invalid where a value cannot be, and Conflict where somebody of this name
    presents with them already, or too many do.
    """
    event, part = _lock_part(actor, role_id)
    try:
        normalised = normalise(address)
    except ValueError:
        raise Invalid("address", gettext("This is not an e-mail address.")) from None
    if not names:
        raise Invalid("family", gettext("Please write a name."))
    if language not in LOCALES:
        raise Invalid("language", gettext("Choose one from the list."))
    together = [*speaker_queries.presenting_with(part), part]
    if any(one.person and one.person.names.sort_key == names.sort_key for one in together):
        raise Conflict(gettext("Somebody of this name presents with you already."))
    if len(together) >= MOST_TOGETHER:
        raise Conflict(gettext("At most %(most)s people can present together.", most=MOST_TOGETHER))
    person = people.add_person(SYSTEM, people.Profile(names, language=language), known_to=event.organisation_id)
    role = SessionRole(
        person=person,
        role=part.role,
        mode="remote" if event.mode == "online" else "in_person",
        state="proposed",
        presents_with_id=speaker_queries.presentation_of(part).id,
    )
    _put_behind(part, role)
    db.session.add(Speaker(event_id=event.id, person_id=person.id, address=normalised))
    db.session.flush()
    speaker = speaker_queries.find_of_person(event.id, part.person_id) if part.person_id else None
    assert speaker
    announce(CoSpeakerProposed(event.id, speaker.id, role.id))
    return role


@use_case
def mark_seen(actor: Actor, speaker_id: UUID) -> Speaker:
    """That the speaker has read what is new; only they can say so."""
    _, speaker = lock(actor, speaker_id)
    require(policy.is_speaker(actor, speaker))
    speaker.seen_at = clock.now()
    return speaker


@use_case
def erase_details(actor: Actor, speaker_id: UUID) -> Speaker:
    """The speaker without what they told of their needs and times, and, where they may say it, biography and picture.

    Their name and their parts stay in the programme; their consent to a recording is theirs to change besides.
    """
    event, speaker = lock(actor, speaker_id)
    if policy.may_edit_profile(actor, speaker, event):
        person = get(Person, speaker.person_id)
        people.change_profile(SYSTEM, person.id, replace(people.Profile.of(person), biography=EMPTY))
        people.remove_photo(SYSTEM, person.id)
    return change_desk(actor, speaker.id, replace(wishes_of(speaker, event), availability=(), needs=""))


def wishes_of(speaker: Speaker, event: Event) -> Wishes:
    """What a speaker has told so far, with the zone that they live by."""
    values = {column.name: getattr(speaker, column.name) for column in fields(Wishes)}
    return Wishes(**{**values, "zone": speaker_queries.zone_of(speaker, event)})


def _lock_part(actor: Actor, role_id: UUID) -> tuple[Event, SessionRole]:
    """The event and a part in which something is presented, if the actor may act for whose it is."""
    role = get(SessionRole, role_id)
    event = get(Event, get(ProgrammeSession, role.session_id).event_id, lock=True)
    part = get(SessionRole, role_id, lock=True)
    speaker = speaker_queries.find_of_person(event.id, part.person_id) if part.person_id else None
    if speaker is None:
        raise NotFound
    require(policy.may_act_for_speaker(actor, speaker, event), hidden=True)
    if part.state not in {"invited", "confirmed"} or part.session.state == "deleted":
        raise NotFound
    if part.role not in speaker_queries.PRESENTING:
        raise Conflict(gettext("Nothing is presented in this part."))
    return event, part


def _put_behind(part: SessionRole, role: SessionRole) -> None:
    people_in_it = part.session.speakers
    people_in_it.insert(people_in_it.index(part) + 1, role)
    for position, one in enumerate(people_in_it):
        one.position = position
    touch(part)
