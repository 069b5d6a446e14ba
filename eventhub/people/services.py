"""Keeping people's names and profiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import update

from eventhub.foundation import clock, files
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.files import StoredFile, Upload
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import free_slug, slugify

from . import policy
from .models import Person
from .names import Names, pinyin_of
from .signals import PersonChanged, PersonForgotten

# The kind of the files that are pictures of people.
PHOTO = "photo"


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


@use_case
def set_photo(actor: Actor, person_id: UUID, upload: Upload) -> Person:
    """The person with this picture of them, and no other; those who show them are told."""
    person = get(Person, person_id, lock=True)
    require(policy.may_edit_person(actor, person), hidden=True)
    _change_photo(person, files.store(PHOTO, person.id, upload).id)
    return person


@use_case
def remove_photo(actor: Actor, person_id: UUID) -> Person:
    """The person without a picture; where there is none, nothing happens."""
    person = get(Person, person_id, lock=True)
    require(policy.may_edit_person(actor, person), hidden=True)
    if person.photo_id is not None:
        _change_photo(person, None)
    return person


@use_case
def forget_person(actor: Actor, person_id: UUID) -> Person:
    """Somebody of whom nothing is known any more, to anybody; the row stays, for what counts them."""
    person = get(Person, person_id, lock=True)
    require(policy.may_edit_person(actor, person), hidden=True)
    if person.photo_id is not None:
        _change_photo(person, None)
    person.names, person.sort_key, person.slug, person.known_to = Names(), "", None, None
    person.zone = person.country = None
    person.affiliation = person.biography = EMPTY
    announce(PersonChanged(person.id))
    announce(PersonForgotten(person.id))
    return person


def _change_photo(person: Person, photo_id: UUID | None) -> None:
    """Another picture; the version stays, for whoever has the person's form open has lost nothing by it."""
    before = db.session.get(StoredFile, person.photo_id) if person.photo_id else None
    db.session.execute(update(Person).where(Person.id == person.id).values(photo_id=photo_id))
    if before is not None:
        files.remove(before)
    announce(PersonChanged(person.id))


def _write(person: Person, profile: Profile) -> None:
    names = profile.names
    if names.han and not names.pinyin:
        names = replace(names, pinyin=pinyin_of(names.han_family, names.han_given))
    person.names, person.sort_key = names, names.sort_key
    if names and person.slug is None:
        person.slug = free_slug(slugify(names.in_("en")), Person.slug)
    person.language, person.zone, person.country = profile.language, profile.zone, profile.country
    person.affiliation, person.biography = profile.affiliation, profile.biography
