"""The one seam between what organisers edit and what the public sees."""

from datetime import timedelta

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme import public, services
from tests.conftest import make_public


def test_a_draft_shows_nothing_and_publishing_shows_all(make_event, make_session):
    event = make_event(published=False)
    make_session(event)
    assert public.public_state(event).sessions == ()

    from eventhub.events.services import publish_event

    publish_event(SYSTEM, event.id)
    assert [s.title.in_("zh") for s in public.public_state(event).sessions] == ["场次：Session 1"]


def test_every_release_raises_the_revision_but_not_the_version_of_the_event(make_event, make_session):
    event = make_event()
    before = (event.public_revision, event.version)
    session = make_session(event)
    services.move_session(SYSTEM, session.id, session.starts + timedelta(hours=2))
    make_public(event)
    db.session.expire_all()
    fresh = db.session.get(Event, event.id)
    assert (fresh.public_revision, fresh.version) == (before[0] + 2, before[1])
    assert public.public_state(fresh).sessions[0].starts == session.starts


def test_a_cancelled_session_says_so_and_a_deleted_one_is_gone(make_event, make_session):
    event = make_event()
    first, second = make_session(event), make_session(event)
    services.cancel_session(SYSTEM, first.id)
    services.delete_session(SYSTEM, second.id)
    make_public(event)
    assert [(s.id, s.is_cancelled) for s in public.public_state(event).sessions] == [(first.id, True)]
