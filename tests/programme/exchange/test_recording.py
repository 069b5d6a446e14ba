"""A wish not to be recorded, from another system's file into the programme and out of it again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme import queries
from eventhub.programme.exchange.reading import read
from eventhub.programme.exchange.services import import_sessions
from eventhub.programme.exchange.survey import survey
from eventhub.programme.exchange.telling import Teller
from tests.conftest import make_public
from tests.programme.exchange.test_frab_reading import event as xml_event
from tests.programme.exchange.test_frab_reading import of_json, xml

WISH = "<license>CC BY</license><optout>true</optout>"


@pytest.fixture
def meeting(make_event: Any) -> Any:
    return make_event(slug="meeting", starts=datetime(2027, 3, 10, 9), ends=datetime(2027, 3, 10, 18))


def take(app: Any, event: Any, data: str) -> tuple[int, int]:
    with app.test_request_context():
        db.session.expire_all()
        done = import_sessions(SYSTEM, event.id, read(data.encode(), event))
        return done.added, done.changed


@pytest.mark.parametrize(
    "data",
    [
        xml(xml_event(guid="a", recording=WISH)),
        of_json({"guid": "a", "do_not_record": True, "recording_license": "CC BY"}),
        of_json({"guid": "a", "do_not_record": "true"}),
    ],
)
def test_a_wish_not_to_be_recorded_goes_through(app, client, meeting, data):
    assert take(app, meeting, data) == (1, 0)
    assert queries.list_sessions(meeting)[0].do_not_record
    assert take(app, meeting, data) == (0, 0)
    make_public(meeting)
    exported = client.get("/en/events/meeting/schedule.xml").get_data()
    assert ET.fromstring(exported).find("day/room/event/recording/optout").text == "true"
    in_json = client.get("/en/events/meeting/schedule.json").get_json()
    (held,) = in_json["schedule"]["conference"]["days"][0]["rooms"].values()
    assert held[0]["do_not_record"] == "true"
    assert take(app, meeting, exported.decode()) == (0, 0)
    assert take(app, meeting, json.dumps(in_json)) == (0, 0)
    slug = queries.list_sessions(meeting)[0].slug
    assert "May be recorded" in client.get(f"/en/events/meeting/sessions/{slug}/").get_data(as_text=True)


def test_no_file_lifts_it_and_the_preview_tells_it(app, meeting):
    take(app, meeting, xml(xml_event(guid="a")))
    assert not queries.list_sessions(meeting)[0].do_not_record
    with app.test_request_context("/en/"):
        found = survey(SYSTEM, meeting, read(xml(xml_event(guid="a", recording=WISH)).encode(), meeting))
        (change,) = Teller(meeting, found, found.lines).changes(found.lines[0])
        assert (change.label, change.was, change.now) == ("Not to be recorded", "No", "Yes")
    take(app, meeting, xml(xml_event(guid="a", recording=WISH)))
    take(app, meeting, xml(xml_event(guid="a", recording="<optout>false</optout>")))
    assert queries.list_sessions(meeting)[0].do_not_record


def test_what_is_not_kept_is_told(read_file):
    reading = read_file(xml(xml_event(language="fr", recording=WISH, type="lunar")))
    assert [(problem.what, problem.about) for problem in reading.problems] == [
        ("language", "fr"),
        ("licence", "CC BY"),
        ("kind", "lunar"),
    ]
