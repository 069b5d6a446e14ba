"""Keeping people's names and profiles."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

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


@use_case
def add_person(actor: Actor, profile: Profile, *, known_to: UUID | None = None, address: str | None = None) -> Person:
    """A new person: known to one organisation, or by an address whose owner has shown that it is theirs."""
    require(policy.may_add_person(actor, known_to))
    person = Person(known_to=known_to, address=address)
    _write(person, profile)
    person.slug = free_slug(slugify(person.names.in_("en")), Person.slug)
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


def _write(person: Person, profile: Profile) -> None:
    names = profile.names
    if names.han and not names.pinyin:
        names = Names(
            names.family, names.given, names.family_first, names.han_family, names.han_given,
            pinyin_of(names.han_family, names.han_given),
        )  # fmt: skip
    person.names, person.sort_key = names, names.sort_key
    person.language, person.zone, person.country = profile.language, profile.zone, profile.country
    person.affiliation, person.biography = profile.affiliation, profile.biography
