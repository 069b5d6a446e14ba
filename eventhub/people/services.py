"""Keeping people's names and profiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import free_slug, slugify

from . import policy
from .models import Person
from .names import Names, pinyin_of
from .signals import PersonChanged


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person, or an organiser for them, says of them."""

    names: Names
    language: str = "en"
    zone: str | None = None
    affiliation: Translated = EMPTY
    country: str | None = None
    biography: Translated = EMPTY

    @classmethod
    def of(cls, person: Person) -> Profile:
        """What is said of a person now."""
        return cls(person.names, person.language, person.zone, person.affiliation, person.country, person.biography)


@use_case
def add_person(actor: Actor, profile: Profile, *, known_to: UUID | None = None) -> Person:
    """A new person: known to one organisation, or, to begin with, to nobody."""
    require(policy.may_add_person(actor, known_to))
    person = Person(known_to=known_to)
    _write(person, profile)
    db.session.add(person)
    db.session.flush()
    return person


@use_case
def change_profile(actor: Actor, person_id: UUID, profile: Profile, version: int | None = None) -> Person:
    """The person with another profile; those who show them are told."""
    person = get(Person, person_id, lock=True)
    require(policy.may_edit_person(actor, person), hidden=True)
    check_version(person, version)
    _write(person, profile)
    announce(PersonChanged(person.id))
    return person


@use_case
def own_address(actor: Actor, person_id: UUID, address: str) -> Person:
    """The person, known from now on by an address shown to be theirs, and no more to one organisation only."""
    person = get(Person, person_id, lock=True)
    require(policy.may_edit_person(actor, person), hidden=True)
    person.address, person.address_verified_at, person.known_to = address, clock.now(), None
    return person


def _write(person: Person, profile: Profile) -> None:
    names = profile.names
    if names.han and not names.pinyin:
        names = replace(names, pinyin=pinyin_of(names.han_family, names.han_given))
    person.names, person.sort_key = names, names.sort_key
    if names and person.slug is None:
        person.slug = free_slug(slugify(names.in_("en")), Person.slug)
    person.language, person.zone, person.country = profile.language, profile.zone, profile.country
    person.affiliation, person.biography = profile.affiliation, profile.biography
