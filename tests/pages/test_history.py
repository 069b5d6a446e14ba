"""What was done at an event, in words, for its organisers."""

from __future__ import annotations

import re
from dataclasses import fields

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import Fact, get
from eventhub.pages import history
from eventhub.pages.history_words import DEEDS, LEFT_OUT
from eventhub.people.models import Person
from eventhub.privacy import speakers as erasing
from eventhub.programme import participation
from eventhub.programme import services as programme
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import services as registrations
from eventhub.registrations.agreements import Details
from tests.conftest import both, on_sqlite
from tests.queries import count_queries

pytestmark = on_sqlite
HISTORY = "/en/organise/events/roundtable/history/"


def facts(kind: type[Fact] = Fact) -> set[str]:
    """The names of all that may happen at an event."""
    is_ours = kind is not Fact and kind.__module__.startswith("eventhub.")
    found = {kind.__name__} if is_ours and "event_id" in {one.name for one in fields(kind)} else set()
    return found.union(*(facts(one) for one in kind.__subclasses__()))


def test_each_thing_that_can_be_done_at_an_event_has_words(app):
    told = {name for name in facts() if not name.startswith("_")}
    assert told - DEEDS.keys() - LEFT_OUT == set()
    assert DEEDS.keys() - told == set(), "these words are for nothing"


def test_organisers_read_what_was_done_and_by_whom(make_event, make_session, make_member, sign_in, client):
    event = make_event(slug="roundtable", in_person=2)
    session = make_session(event, "Opening")
    member = make_member("organiser", event.organisation)
    organiser, name = sign_in(member), get(Person, member.person_id).names
    registrations.register(SYSTEM, event.id, Details(name="Anna Berg", address="anna@example.org"), "in_person")
    events.postpone_event(member, event.id, both("The venue is flooded."))
    programme.cancel_session(member, session.id)
    english, chinese = organiser.get(HISTORY).text, organiser.get(HISTORY.replace("/en/", "/zh/")).text
    rows = re.findall(r'<th scope="row">([^<]+)<.*?<td data-label="By">([^<]+)<', english, re.DOTALL)
    assert ("The event was postponed", name.in_("en")) in rows
    assert ("A registration was made", "By itself") in rows
    assert "Anna" not in english
    assert "flooded" not in english
    assert "活动已延期" in chinese
    assert name.in_("zh") in chinese
    [link] = set(re.findall(r'href="([^"]+/registrations/[0-9a-f-]{36}/)"', english))
    assert organiser.get(link).status_code == 200
    assert client.get(HISTORY).status_code == 302, "whoever is not signed in is asked to"
    assert sign_in(make_member("organiser")).get(HISTORY).status_code == 404
    assert sign_in(make_member("translator", event.organisation)).get(HISTORY).status_code == 403
    assert HISTORY in organiser.get(HISTORY.replace("history/", "")).text


def test_a_page_of_it_asks_as_often_however_much_was_done(make_event, make_member, sign_in):
    event = make_event(slug="roundtable", in_person=80)
    organiser = sign_in(make_member("organiser", event.organisation))
    organiser.get(HISTORY)
    with count_queries() as few:
        organiser.get(HISTORY)
    for number in range(60):
        details = Details(name=f"Person {number}", address=f"{number}@example.org")
        registrations.register(SYSTEM, event.id, details, "in_person")
    with count_queries() as many:
        page = organiser.get(HISTORY).text
    assert len(many) == len(few)
    assert page.count('<th scope="row">') == history.PAGE
    assert "?page=2" in page


def test_who_takes_part_from_afar_is_named_until_they_are_erased(
    make_event, make_session, make_member, make_person, sign_in
):
    event, person = make_event(slug="roundtable"), make_person()
    session = make_session(event, "Opening", speakers=[SpeakerPlan("panellist", person_id=person.id)])
    organiser = sign_in(make_member("organiser", event.organisation))
    participation.set_mode(SYSTEM, [session.speakers[0].id], "remote")
    for lang, mode in ("en", "Remote"), ("zh", "远程"):
        page = organiser.get(HISTORY.replace("/en/", f"/{lang}/")).text
        assert f"{person.names.in_(lang)} · {mode}" in page
    erasing.erase_speaker(SYSTEM, event.id, person.id)
    assert person.names.in_("en") not in organiser.get(HISTORY).text
