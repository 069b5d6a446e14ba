"""The photograph of a person, and no other: who sets it, and what is left of those before."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from eventhub.foundation import files
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.files import StoredFile
from eventhub.people import services
from eventhub.people.models import Person
from tests.conftest import organisation_of
from tests.documents import picture, sent


def give(actor: Actor, person: Person, data: bytes | None = None) -> StoredFile:
    with files.received_picture(io.BytesIO(data or picture())) as upload:
        services.set_photo(actor, person.id, upload)
    row = db.session.get(StoredFile, db.session.get(Person, person.id).photo_id)
    assert row
    return row


def photos() -> list[StoredFile]:
    return list(db.session.scalars(sa.select(StoredFile)))


def test_a_new_photograph_takes_the_place_of_the_old_one(make_person):
    person = make_person()
    first = give(SYSTEM, person)
    assert (first.kind, first.owner_id, first.name) == ("photo", person.id, "picture.jpg")
    old = files.path_of(first)
    second = give(SYSTEM, person, picture(size=(90, 90)))
    assert photos() == [second]
    assert not old.exists()
    assert files.path_of(second, small=True).exists()
    services.remove_photo(SYSTEM, person.id)
    services.remove_photo(SYSTEM, person.id)  # nothing is there to remove, and nothing happens
    assert (photos(), db.session.get(Person, person.id).photo_id) == ([], None)
    told = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.fact == "PersonChanged")).all()
    assert [entry.data for entry in told] == [{"person_id": str(person.id)}] * 3


def test_a_photograph_leaves_an_open_form_as_it_is(make_person):
    person = make_person()
    version = person.version
    give(SYSTEM, person)
    services.change_profile(SYSTEM, person.id, services.Profile.of(person), version)


def test_only_the_person_and_those_who_keep_them_set_a_photograph(make_member, make_person):
    organiser, other = make_member(), make_member()
    kept = make_person(known_to=organisation_of(organiser), address=None)
    own = make_person()
    for actor, person in ((organiser, kept), (Actor("member", person_id=own.id), own)):
        give(actor, person)
        services.remove_photo(actor, person.id)
        give(actor, person)
    for actor, person in ((VISITOR, kept), (other, kept), (organiser, own)):
        before = photos()
        with pytest.raises(NotFound):
            give(actor, person)
        with pytest.raises(NotFound):
            services.remove_photo(actor, person.id)
        assert photos() == before


def test_somebody_sends_their_own_photograph(make_member, sign_in):
    member = make_member()
    browser = sign_in(member)
    assert "Send the photograph" in browser.get("/en/account/").text
    refused = browser.submit("/en/account/photo/", {"file": sent(b"<svg/>", "me.svg")})
    assert refused.status_code == 422
    assert 'id="file-error">This is not a picture' in refused.text
    assert browser.submit("/en/account/photo/").status_code == 422
    answer = browser.submit("/en/account/photo/", {"file": sent(picture(), "me.jpg")}, form_at="/en/account/")
    assert (answer.status_code, answer.location) == (303, "/en/account/")
    (row,) = photos()
    page = browser.get("/zh/account/").text
    assert f'src="/files/{row.id}/small.jpg"' in page
    seen = browser.get(f"/files/{row.id}/small.jpg", buffered=True)
    assert (seen.status_code, seen.headers["Cache-Control"]) == (200, "private, no-store")
    assert sign_in(make_member()).get(f"/files/{row.id}/small.jpg").status_code == 404
    assert browser.submit("/en/account/photo/remove/", form_at="/en/account/").status_code == 303
    assert photos() == []
