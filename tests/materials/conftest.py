"""An event whose session has a speaker with a private link, and slides for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation import files, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.files import MEGABYTE, Upload
from eventhub.materials.models import ENDINGS
from eventhub.people.models import Person
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import Browser, both, organisation_of
from tests.documents import pdf


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


@pytest.fixture
def person(organiser: Actor, make_person: Callable[..., Person]) -> Person:
    return make_person(known_to=organisation_of(organiser), address=None)


@pytest.fixture
def session(event: Event, person: Person, make_session: Callable[..., ProgrammeSession]) -> ProgrammeSession:
    plans = [
        SpeakerPlan("panellist", person_id=person.id, presentation_title=both("Lessons of a flood", "洪水的教训")),
        SpeakerPlan("moderator", name=both("Representative of a network")),
    ]
    return make_session(event, "Localisation", speakers=plans)


@pytest.fixture
def role(session: ProgrammeSession) -> SessionRole:
    return session.speakers[0]


@pytest.fixture
def speaker(event: Event, person: Person, session: ProgrammeSession, save: Callable[[Any], Any]) -> Speaker:
    return save(Speaker(event_id=event.id, person_id=person.id, address="speaker@example.org"))


@pytest.fixture
def link(speaker: Speaker) -> Actor:
    """Whoever came by the speaker's private link."""
    return Actor("link", thing_id=speaker.id, purpose="speaker")


@pytest.fixture
def page(speaker: Speaker) -> str:
    """The address of the speaker's own page."""
    return f"/en/speak/{links.make('speaker', speaker.id, speaker.link_number)}/"


@pytest.fixture
def upload(app: Any) -> Callable[..., Any]:
    """Something that was sent and looked at."""

    @contextmanager
    def receive(name: str = "slides.pdf", data: bytes | None = None) -> Iterator[Upload]:
        with files.received(io.BytesIO(data or pdf()), name, ENDINGS["slides"], MEGABYTE) as received:
            yield received

    return receive
