"""The one seam between what organisers edit and what the public sees."""

from collections import OrderedDict
from datetime import timedelta

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.people import services as people
from eventhub.people.names import Names
from eventhub.programme import public, services
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import make_public
from tests.queries import count_queries


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


def test_people_without_a_profile_stand_after_the_others_by_their_label(make_event, make_session, make_person):
    event = make_event()
    adams = make_person(Names(family="Adams", given="Ann"))
    labels = ("渡辺", "王小明", "Östen Z", "José", "Ødegaard", "An Other", "陈伟", "bob")
    speakers = [*(SpeakerPlan("panellist", name=Translated.of("en", en=label)) for label in labels)]
    make_session(event, speakers=[*speakers, SpeakerPlan("moderator", person_id=adams.id)])
    shown = [speaker.name_in("en") for speaker, _ in public.public_state(event).people]
    assert shown == ["Ann Adams", "An Other", "bob", "José", "Östen Z", "Ødegaard", "陈伟", "渡辺", "王小明"]


def test_what_is_kept_of_programmes_is_bounded_by_their_sessions(make_event, make_session, monkeypatch):
    monkeypatch.setattr(public, "_kept", OrderedDict())
    monkeypatch.setattr(public, "_KEPT", 5)  # an event with three sessions, or two with one
    large, *small = (make_event(slug=slug) for slug in ("large", "first", "second"))
    for event in (large, large, large, *small):
        make_session(event)
    for event in (large, *small):
        public.public_state(event)
    assert list(public._kept) == [event.id for event in small]
    public.public_state(large)
    assert list(public._kept) == [large.id]


def test_the_words_of_talks_are_asked_for_only_where_somebody_has_a_talk(make_event, make_session):
    event = make_event()

    def asked() -> int:
        public._kept.clear()
        with count_queries() as queries:
            public.public_state(event)
        return len(queries)

    make_session(event, speakers=[SpeakerPlan("panellist", name=Translated.of(en="Somebody"))])
    without = asked()
    talk = {"presentation_title": Translated.of(en="On relief")}
    make_session(event, speakers=[SpeakerPlan("panellist", name=Translated.of(en="Somebody"), **talk)])
    assert asked() == without + 1


def test_all_events_at_which_somebody_speaks_follow_their_name_in_one_order(
    make_event, make_session, make_person, monkeypatch
):
    person, order = make_person(), []
    events = [make_event() for _ in range(6)]
    for event in sorted(events, key=lambda one: one.id, reverse=True):
        make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    monkeypatch.setattr(public, "change", lambda event_id, *_, **__: order.append(event_id))
    people.forget_person(SYSTEM, person.id)
    assert order == sorted(one.id for one in events), "two who speak at the same ones stand in each other's way"
