"""Photographs of speakers: where they are shown, to whom, and how they come by a private link."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation import files, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.programme import services
from eventhub.programme.models import ProgrammeSession, Speaker
from eventhub.programme.plans import SpeakerPlan, plan_of
from tests.conftest import Browser, make_public, organisation_of
from tests.documents import picture, sent


@pytest.fixture
def organiser(make_member) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser, sign_in) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser, make_event) -> Event:
    return make_event(organisation=organisation_of(organiser))


@pytest.fixture
def person(organiser, make_person) -> Person:
    return make_person(known_to=organisation_of(organiser), address=None)


@pytest.fixture
def session(event, person, make_session) -> ProgrammeSession:
    return make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])


@pytest.fixture
def token(event, person, session, save) -> str:
    speaker = save(Speaker(event_id=event.id, person_id=person.id, address="p@example.org"))
    return links.make("speaker", speaker.id, speaker.link_number)


def give(person: Person) -> str:
    """The address of the small photograph that a person has now."""
    with files.received_picture(io.BytesIO(picture())) as upload:
        people.set_photo(SYSTEM, person.id, upload)
    return address_of(person)


def address_of(person: Person) -> str:
    db.session.expire_all()
    return f"/files/{db.session.get(Person, person.id).photo_id}/small.jpg"


def fetch(browser: Any, address: str) -> Any:
    return browser.get(address, buffered=True)


def test_a_photograph_stands_beside_the_name_wherever_the_person_is_announced(client, event, session, person):
    pages = [f"/en/events/{event.slug}/{page}" for page in ("", "speakers/", f"sessions/{session.slug}/")]
    assert not any("small.jpg" in client.get(page).text for page in pages)
    address = give(person)
    shown = f'src="{address}" alt="{person.names.in_("en")}" width="200" height="200"'
    for page in (*pages, f"/en/people/{person.slug}/"):
        assert shown in client.get(page).text, page
    assert f'alt="{person.names.in_("zh")}"' in client.get(pages[1].replace("/en/", "/zh/")).text
    own = client.get(f"/en/people/{person.slug}/").text
    assert f'<meta property="og:image" content="http://127.0.0.1:8000{address.replace("small", "picture")}">' in own
    answer = fetch(client, address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=86400, immutable")


def test_nobody_else_sees_a_photograph_that_is_shown_nowhere(
    client, desk, event, session, person, make_member, sign_in
):
    stranger = sign_in(make_member())
    address = give(person)

    def plan(**values: Any) -> None:
        services.change_session(SYSTEM, session.id, replace(plan_of(session), **values))
        make_public(event)

    def set_on_event(name: str, value: str) -> None:
        use_case(lambda actor: setattr(event, name, value))(SYSTEM)

    everybody = plan_of(session).speakers
    for hide, show in (
        (lambda: set_on_event("status", "draft"), lambda: set_on_event("status", "published")),
        (lambda: set_on_event("visibility", "invitation"), lambda: set_on_event("visibility", "public")),
        (lambda: plan(is_chatham_house=True), lambda: plan(is_chatham_house=False)),
        (lambda: plan(speakers=()), lambda: plan(speakers=everybody)),
        (lambda: plan(speakers=[replace(everybody[0], state="withdrawn")]), lambda: plan(speakers=everybody)),
        (lambda: plan(kind="blocker"), lambda: plan(kind="panel")),
    ):
        assert fetch(client, address).status_code == 200
        hide()
        for browser in (client, stranger):
            assert fetch(browser, address).status_code == 404
        for_organiser = fetch(desk, address)
        assert (for_organiser.status_code, for_organiser.headers["Cache-Control"]) == (200, "private, no-store")
        show()
    people.remove_photo(SYSTEM, person.id)
    assert fetch(client, address).status_code == 404


def test_an_unlisted_event_shows_its_speakers_to_whoever_has_its_address(client, event, session, person):
    use_case(lambda actor: setattr(event, "visibility", "unlisted"))(SYSTEM)
    assert fetch(client, give(person)).status_code == 200


def test_a_speaker_sends_a_photograph_by_their_link(client, token, event, person):
    page = f"/en/speak/{token}/"
    assert "Send the photograph" in client.get(page).text
    refused = client.submit(f"{page}photo/", {"file": sent(b"%PDF-1.7", "me.jpg")}, form_at=page)
    assert refused.status_code == 422
    assert 'id="file-error">This is not a picture' in refused.text
    answer = client.submit(f"{page}photo/", {"file": sent(picture(), "me.jpg")}, form_at=page)
    assert (answer.status_code, answer.location) == (303, page)
    assert f'src="{page}photo/small.jpg"' in client.get(page).text
    seen = fetch(client, f"{page}photo/small.jpg")
    assert (seen.status_code, seen.mimetype) == (200, "image/jpeg")
    assert (seen.headers["Cache-Control"], seen.headers["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert address_of(person) in client.get(f"/en/events/{event.slug}/speakers/").text
    assert client.submit(f"{page}photo/remove/", form_at=page).status_code == 303
    assert client.get(f"{page}photo/small.jpg").status_code == 404
    assert client.get(f"/en/speak/{'A' * 43}/photo/").status_code == 404


def test_looking_changes_nothing(client, token, person):
    for page in ("", "small.jpg"):
        client.get(f"/en/speak/{token}/photo/{page}")
    assert client.get(f"/en/speak/{token}/photo/remove/").status_code in {404, 405}
    assert db.session.get(Person, person.id).photo_id is None


def test_a_link_to_an_address_that_an_organiser_typed_changes_nobodys_own_photograph(
    client, event, make_person, make_session, save
):
    person = make_person()  # with an account and an address of their own
    make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    speaker = save(Speaker(event_id=event.id, person_id=person.id, address="typed@example.org"))
    page = f"/en/speak/{links.make('speaker', speaker.id, 1)}/"
    assert "Send the photograph" not in client.get(page).text
    assert client.submit(f"{page}photo/", {"file": sent(picture())}, form_at=page).status_code == 404
    assert client.get(f"{page}photo/").status_code == 404


def test_an_organiser_sends_a_photograph_of_whom_they_keep(desk, event, person, session, make_person, make_session):
    form = f"/en/organise/events/{event.slug}/speakers/{person.id}/"
    assert "Photograph" in desk.get(form).text
    refused = desk.submit(f"{form}photo/", {"file": sent(b"<svg/>")}, form_at=form)
    assert refused.status_code == 422
    assert desk.submit(f"{form}photo/", {"file": sent(picture())}, form_at=form).status_code == 303
    assert address_of(person) in desk.get(form).text
    assert desk.submit(f"{form}photo/remove/", form_at=form).status_code == 303
    assert address_of(person) == "/files/None/small.jpg"
    other = make_person()
    make_session(event, speakers=[SpeakerPlan("panellist", person_id=other.id)])
    own = f"/en/organise/events/{event.slug}/speakers/{other.id}/photo/"
    assert desk.get(own).status_code == 404
    assert desk.submit(own, {"file": sent(picture())}, form_at=form).status_code == 404


def test_a_session_that_is_saved_keeps_its_photographs(client, event, session, person):
    address = give(person)
    services.change_session(SYSTEM, session.id, plan_of(session))
    assert address in client.get(f"/en/events/{event.slug}/speakers/").text
