"""Slides and handouts: who gives them, who lets them out, and what is left of those before."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.foundation import files
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import EMPTY
from eventhub.materials import queries, services
from eventhub.materials.models import Material
from eventhub.programme import services as programme
from eventhub.programme.models import Speaker
from eventhub.programme.plans import SpeakerPlan, plan_of
from eventhub.programme.public import shown_state
from tests.conftest import both
from tests.documents import pdf


def facts() -> list[str]:
    query = sa.select(AuditEntry.fact).where(AuditEntry.fact.startswith("Material")).order_by(AuditEntry.created_at)
    return list(db.session.scalars(query))


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def change(row: Any, **values: Any) -> None:
    def write(actor: Actor) -> None:
        for name, value in values.items():
            setattr(row, name, value)

    use_case(write)(SYSTEM)


def test_a_speaker_gives_slides_and_an_organiser_releases_them(link, organiser, event, session, role, person, upload):
    with upload("Flood.pdf") as sent:
        slides = services.add_slides(link, role.id, sent)
    assert (slides.kind, slides.state, slides.event_id, slides.session_id) == ("slides", "held", event.id, session.id)
    assert (slides.file.name, slides.file.kind, slides.file.owner_id) == ("Flood.pdf", "material", slides.id)
    assert (slides.file.event_id, slides.uploader_id) == (event.id, person.id)
    assert services.release_material(organiser, slides.id).is_released
    services.release_material(organiser, slides.id)  # twice is once
    assert not services.hold_material(organiser, slides.id).is_released
    assert facts() == ["MaterialAdded", "MaterialReleased", "MaterialHeld"]
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "MaterialAdded"))
    assert (entry.event_id, entry.actor_kind, entry.data["material_id"]) == (event.id, "link", str(slides.id))


def test_new_slides_of_a_speaker_are_held_again_and_those_of_an_organiser_are_not(link, organiser, role, upload):
    with upload() as sent:
        slides = services.add_slides(link, role.id, sent)
    services.release_material(organiser, slides.id)
    old = files.path_of(slides.file)
    with upload("Corrected.pdf", pdf(words="corrected")) as sent:
        again = services.add_slides(organiser, role.id, sent, both("Corrected"))
    assert (again.id, again.state, again.file.name, again.uploader_id) == (
        slides.id, "released", "Corrected.pdf", organiser.person_id,
    )  # fmt: skip
    assert not old.exists()
    with upload("Late.pdf") as sent:
        again = services.add_slides(link, role.id, sent)
    assert (again.state, count(Material), count(StoredFile)) == ("held", 1, 1)
    assert again.title == both("Corrected")
    assert files.path_of(again.file).exists()


def test_what_was_removed_is_gone(link, organiser, session, role, upload):
    with upload() as sent:
        slides = services.add_slides(link, role.id, sent)
    path = files.path_of(slides.file)
    services.remove_slides(link, role.id)
    services.remove_slides(link, role.id)
    with upload() as sent:
        handout = services.add_handout(organiser, session.id, sent, both("Reading list"))
    services.remove_material(organiser, handout.id)
    assert (count(Material), count(StoredFile), path.exists()) == (0, 0, False)
    assert facts() == ["MaterialAdded", "MaterialRemoved"] * 2


def test_strangers_give_and_change_nothing(
    link, organiser, event, session, role, speaker, person, upload, make_member, save, make_person, make_event
):
    with upload() as sent:
        slides = services.add_slides(link, role.id, sent)
    elsewhere = save(Speaker(event_id=make_event().id, person_id=person.id, address="x@example.org"))
    other = save(Speaker(event_id=event.id, person_id=make_person().id, address="y@example.org"))
    links = [Actor("link", thing_id=one.id, purpose="speaker") for one in (elsewhere, other)]
    for actor in (VISITOR, make_member("administrator"), *links, Actor("link", thing_id=speaker.id, purpose="letters")):
        with pytest.raises(NotFound), upload() as sent:
            services.add_slides(actor, role.id, sent)
        with pytest.raises(NotFound):
            services.remove_slides(actor, role.id)
    for actor in (VISITOR, make_member("administrator"), link):
        with pytest.raises(NotFound), upload() as sent:
            services.add_handout(actor, session.id, sent)
        for do in (services.release_material, services.hold_material, services.remove_material):
            with pytest.raises(NotFound):
                do(actor, slides.id)
        with pytest.raises(NotFound):
            services.change_material(actor, slides.id, EMPTY)
        with pytest.raises(NotFound):
            services.release_all(actor, event.id)
    assert (count(Material), count(StoredFile)) == (1, 1)


def test_whoever_has_the_part_signed_in_gives_slides_too(event, make_person, make_session, upload, save):
    person = make_person()
    session = make_session(event, speakers=[SpeakerPlan("keynote", person_id=person.id)])
    save(Speaker(event_id=event.id, person_id=person.id))
    with upload() as sent:
        slides = services.add_slides(Actor("member", person_id=person.id), session.speakers[0].id, sent)
    assert slides.uploader_id == person.id


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("role", {"state": "declined"}),
        ("role", {"state": "withdrawn"}),
        ("role", {"role": "interpreter"}),
        ("session", {"state": "cancelled"}),
    ],
)
def test_no_slides_are_wanted_of_a_part_that_is_over(link, session, role, upload, where, values):
    change({"role": role, "session": session}[where], **values)
    with pytest.raises(Conflict), upload() as sent:
        services.add_slides(link, role.id, sent)
    assert count(StoredFile) == 0


def test_a_material_is_renamed_and_given_another_file(organiser, session, upload):
    with upload() as sent:
        handout = services.add_handout(organiser, session.id, sent)
    version = handout.version
    services.release_material(organiser, handout.id)
    with pytest.raises(Stale):
        services.change_material(organiser, handout.id, both("Other"), version=version)
    with upload("second.pdf") as sent:
        handout = services.change_material(organiser, handout.id, both("Reading list"), sent, handout.version)
    assert (handout.title.in_("zh"), handout.file.name, handout.state) == (
        "Reading list（中文）",
        "second.pdf",
        "released",
    )
    assert count(StoredFile) == 1
    services.change_material(organiser, handout.id, EMPTY)
    changed = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "MaterialChanged"))
    assert sorted(data["is_new_file"] for data in changed) == [False, True]


def public(event: Any, session: Any) -> list[str]:
    db.session.expire_all()
    shown = shown_state(event).session_of(session.id)
    return [one.material.kind for one in queries.list_public(shown)] if shown else []


def test_slides_are_public_with_their_speaker_or_not_at_all(organiser, event, session, role, upload):
    with upload() as sent:
        slides = services.add_slides(organiser, role.id, sent)
    with upload() as sent:
        handout = services.add_handout(organiser, session.id, sent)
    assert public(event, session) == []
    assert services.release_all(organiser, event.id) == 2
    assert services.release_all(organiser, event.id) == 0
    assert sorted(public(event, session)) == ["handout", "slides"]
    change(session, is_chatham_house=True)
    assert public(event, session) == ["handout"]
    services.hold_material(organiser, slides.id)
    with pytest.raises(Conflict, match="Chatham House"):
        services.release_material(organiser, slides.id)
    assert services.release_all(organiser, event.id) == 0
    change(session, is_chatham_house=False)
    services.release_material(organiser, slides.id)
    services.hold_material(organiser, handout.id)
    assert public(event, session) == ["slides"]


def test_slides_stay_for_the_organisers_when_their_speaker_leaves_the_session(organiser, event, session, role, upload):
    with upload() as sent:
        slides = services.add_slides(organiser, role.id, sent)
    services.release_material(organiser, slides.id)
    plan = plan_of(session)
    programme.change_session(
        SYSTEM, session.id, type(plan)(kind="panel", title=plan.title, starts=plan.starts, ends=plan.ends)
    )
    assert public(event, session) == []
    (left,) = queries.list_materials(event)
    assert (left.role, left.state) == (None, "released")
    services.hold_material(organiser, slides.id)
    with pytest.raises(Conflict, match="nobody"):
        services.release_material(organiser, slides.id)
    assert services.release_all(organiser, event.id) == 0
    with upload() as sent:
        services.change_material(organiser, slides.id, EMPTY, sent)
    services.remove_material(organiser, slides.id)
    assert count(StoredFile) == 0
