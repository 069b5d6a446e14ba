"""Keeping people's names and profiles."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Forbidden, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.organisations.actors import actor_of
from eventhub.people import policy, services
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.people.services import Profile

WANG = Profile(Names(han_family="单", han_given="晓兰"), "zh", "Asia/Shanghai", Translated.of(en="Amity"), "CN")


def only(actor: Actor):
    return next(iter(actor.organisations("administrator", "organiser", "viewer")))


@pytest.mark.parametrize("role", ["administrator", "organiser"])
def test_organisers_add_people_whom_their_organisation_knows(make_member, role):
    actor = make_member(role)
    first, second = (services.add_person(actor, WANG, known_to=only(actor)) for _ in range(2))
    assert (first.slug, first.sort_key, first.names.pinyin) == ("shan-xiaolan", "shan xiaolan", "Shan Xiaolan")
    assert second.slug
    assert second.slug.startswith("shan-xiaolan-")


def test_nobody_adds_people_for_others(make_member, make_organisation):
    for actor in (VISITOR, make_member("viewer"), make_member("organiser")):
        for known_to in (None, make_organisation().id):
            with pytest.raises(Forbidden):
                services.add_person(actor, WANG, known_to=known_to)


def test_a_person_of_whom_nothing_is_known_has_no_address_on_the_site(app):
    person = services.add_person(SYSTEM, Profile(Names(), "zh"))
    assert (person.slug, person.address, bool(person.names)) == (None, None, False)
    services.change_profile(SYSTEM, person.id, WANG)
    assert person.slug == "shan-xiaolan"


def test_a_profile_changes_and_is_told(make_person):
    person = make_person()
    services.change_profile(actor_of(person.id), person.id, WANG, 1)
    assert Profile.of(person).names.pinyin == "Shan Xiaolan"
    assert db.session.scalars(sa.select(AuditEntry.fact)).all() == ["PersonChanged"]
    with pytest.raises(Stale):
        services.change_profile(actor_of(person.id), person.id, WANG, 1)


def test_a_corrected_pinyin_is_kept(make_person):
    person = make_person()
    names = Names(han_family="单", han_given="晓兰", pinyin="Dan Xiaolan")
    assert services.change_profile(SYSTEM, person.id, Profile(names)).names.pinyin == "Dan Xiaolan"


def test_who_may_edit_a_person(make_person, make_member):
    organiser = make_member("organiser")
    known, own = make_person(address=None, known_to=only(organiser)), make_person()
    assert policy.may_edit_person(organiser, known)
    assert policy.may_edit_person(SYSTEM, own)
    assert policy.may_edit_person(actor_of(own.id), own)
    for actor in (VISITOR, make_member("organiser"), organiser):
        assert not policy.may_edit_person(actor, own)
    for actor in (VISITOR, make_member("organiser"), make_member("viewer")):
        assert not policy.may_edit_person(actor, known)
        with pytest.raises(NotFound):
            services.change_profile(actor, known.id, WANG)


def test_owning_an_address_ends_being_known_to_one_organisation(make_person, make_member):
    organiser = make_member("organiser")
    person = make_person(address=None, known_to=only(organiser))
    services.own_address(actor_of(person.id), person.id, "own@example.org")
    db.session.expire_all()
    again = db.session.get(Person, person.id)
    assert again
    assert (again.address, again.known_to) == ("own@example.org", None)
    assert again.address_verified_at
    with pytest.raises(NotFound):
        services.own_address(organiser, person.id, "theirs@example.org")
