"""The door as devices ask it, and as somebody does who means no good."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from eventhub.attendance import queries, services, tickets
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.registrations import rights
from eventhub.registrations import services as registrations
from eventhub.registrations.rights import RightsPlan
from tests.conftest import Browser, on_sqlite
from tests.phones import IN_WECHAT
from tests.queries import count_queries

from .conftest import holder, scan, token_of

pytestmark = on_sqlite


def at(door: Any, lang: str = "en") -> str:
    return f"/{lang}/check-in/{token_of(door)}/"


def tell(client: Browser, door: Any, *operations: Any, **more: str) -> Any:
    """What a device tells and hears."""
    return client.post(at(door) + "sync/", data={"operations": json.dumps(operations), **more})


def check_in(who: Any = None, **said: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "do": "check_in", **({"who": str(who.id)} if who else {}), **said}


def test_the_page_is_for_its_device_alone(client, event, enter, north, south):
    enter("Ann Berg")
    page = client.get(at(north))
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in page.headers["Permissions-Policy"]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert "Ann Berg" not in page.text, "nobody is shown whom nobody looked for"
    for elsewhere in ("/en/", "/en/events/roundtable/", at(north) + "roll/", at(north) + "worker.js"):
        assert "camera=()" in client.get(elsewhere).headers["Permissions-Policy"]
    services.revoke_door(SYSTEM, north.id)
    wrong = [token_of(south)[:-2] + "AA", "A" * 43, "nonsense", token_of(south)[:-1]]
    for token in wrong:
        for part in ("", "roll/", "worker.js"):
            assert client.get(f"/en/check-in/{token}/{part}").status_code == 404


def test_a_device_that_is_turned_out_in_the_middle_hears_nothing_more(client, event, enter, north):
    ann, ben = enter("Ann"), enter("Ben")
    address, token = at(north), client.csrf(at(north))
    told = client.post(address + "sync/", data={"operations": json.dumps([check_in(ann)])})
    assert told.json["results"][0]["word"] == "welcome"
    services.revoke_door(SYSTEM, north.id)
    assert client.post(address + "sync/", data={"operations": json.dumps([check_in(ben)])}).status_code == 404
    for part in ("arrivals/", "walk-ins/", "undo/"):
        data = {"csrf_token": token, "who": str(ben.id), "name": "Lei", "scan": str(uuid4())}
        assert client.post(address + part, data=data).status_code == 404
    for part in ("", "roll/", "worker.js"):
        assert client.get(address + part).status_code == 404
    assert queries.count_by_place(event) == {event.id: 1}


def test_the_roll_holds_what_a_phone_needs_and_no_more(client, event, enter, north):
    ann = enter("张伟", organisation="爱德基金会", address="zhang@example.org")
    told = client.get(at(north, "zh") + "roll/").json
    assert client.get(at(north, "zh") + "roll/", headers=IN_WECHAT[0]).json == told, "it is its own script that asks"
    assert told["people"] == [
        {
            "id": str(ann.id), "name": "张伟", "organisation": "爱德基金会", "pool": "线下", "state": "confirmed",
            "brings": "", "told": "已确认", "ticket": 1, "keys": "张伟\nzhangwei\nzw\n爱德基金会",
        }
    ]  # fmt: skip
    assert all(set(key) == {"kty", "crv", "x", "y"} for key in told["keys"])
    assert "zhang@example.org" not in json.dumps(told)


def test_a_device_is_told_what_came_of_each_thing_and_what_others_did(client, event, enter, north, south):
    ann, ben = enter("Ann"), enter("Ben")
    first = check_in(ann, age=60_000)
    told = tell(client, north, first, check_in(code=tickets.code_of(ben)), check_in(code="X"), check_in()).json
    assert [one["word"] for one in told["results"]] == ["welcome", "welcome", "unreadable", "unknown"]
    assert told["results"][0]["name"] == "Ann"
    assert {(one["who"], one["own"], one["counts"]) for one in told["arrivals"]} == {
        (str(ann.id), True, True), (str(ben.id), True, True),
    }  # fmt: skip
    other = tell(client, south, check_in(ann)).json
    assert (other["results"][0]["word"], other["results"][0]["door"]) == ("already", "North")
    assert other["results"][0]["at"] == told["results"][0]["at"]
    undone = tell(client, north, {"id": str(uuid4()), "do": "undo", "arrival": first["id"]}, since=told["until"]).json
    assert undone["results"][0]["word"] == "undone"
    changed = {one["id"]: one for one in undone["arrivals"]}
    assert changed[first["id"]]["undone"]
    assert [one["counts"] for one in changed.values() if one["who"] == str(ann.id) and not one["own"]] == [True]


def test_a_device_hears_when_its_list_is_old(client, event, enter, north):
    held = client.get(at(north) + "roll/").json["revision"]
    assert tell(client, north).json["revision"] == held
    ann = enter("Ann")
    assert tell(client, north).json["revision"] not in {"", held}
    assert tell(client, north, check_in(ann)).json["revision"] == "", "who waits at the door need not wait for that"


def test_a_walk_in_keeps_the_id_that_its_device_gave(client, event, north):
    who = str(uuid4())
    act = {"id": str(uuid4()), "do": "walk_in", "who": who, "name": "李雷", "pool": "in_person"}
    for _ in range(2):
        assert tell(client, north, act).json["results"][0] | {"at": ""} == {
            "id": act["id"], "word": "welcome", "text": "", "who": who, "name": "李雷", "at": "", "door": "North",
        }  # fmt: skip
    assert [one["id"] for one in client.get(at(north) + "roll/").json["people"]] == [who]
    nameless = tell(client, north, {**act, "id": str(uuid4()), "who": str(uuid4()), "name": ""}).json["results"][0]
    assert (nameless["word"], nameless["text"]) == ("refused", "Please write a name.")


@pytest.mark.parametrize(
    "operation",
    [
        None, 1, "x", [], {}, {"id": 5}, {"id": "x"}, {"id": str(uuid4()), "do": "fly"},
        {"id": str(uuid4()), "do": "undo"}, {"id": str(uuid4()), "do": "undo", "arrival": "x"},
        {"id": str(uuid4()), "do": "check_in", "who": ["x"], "session": {"a": 1}, "code": 5},
        {"id": str(uuid4()), "do": "check_in", "session": str(uuid4())},
        {"id": str(uuid4()), "do": "walk_in", "name": "\u0000\u202e"},
        {"id": str(uuid4()), "do": "check_in", "code": "A" * 100_000},
    ],
)  # fmt: skip
def test_nonsense_from_a_device_is_answered_and_changes_nothing(client, event, north, operation):
    answer = tell(client, north, operation)
    assert answer.status_code == 200
    assert answer.json["results"][0]["word"] in {"refused", "unknown", "unreadable"}
    assert queries.count_by_place(event) == {}


@pytest.mark.parametrize("age", [None, "x", -5, 1e300, float("nan"), float("inf"), [], True])
def test_an_age_that_cannot_be_is_none(client, event, enter, north, age):
    answer = client.post(at(north) + "sync/", data={"operations": json.dumps([check_in(enter("Ann"), age=age)])})
    assert answer.json["results"][0]["word"] == "welcome"


@pytest.mark.parametrize(
    "data",
    [{"operations": "{"}, {"operations": "5"}, {"operations": "[" * 100_000},
     {"operations": "[]", "since": "yesterday"}, {"operations": "[]", "since": "2027-01-01"},
     {"operations": "[]", "since": "0001-01-01T00:00:00+14:00"},
     {"operations": "[]", "since": "9999-12-31T23:59:59-12:00"}],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client, event, north, data):
    assert client.post(at(north) + "sync/", data=data).status_code == 400


def test_a_device_is_seen_when_it_asks(client, event, north):
    assert north.seen_at is None
    tell(client, north)
    db.session.refresh(north)
    seen = north.seen_at
    assert seen is not None
    tell(client, north)
    db.session.refresh(north)
    assert north.seen_at == seen, "not a write for every question"


def test_people_are_let_in_by_forms(client, event, enter, make_session, north):
    ann = enter("张伟")
    session = make_session(event, "Panel")
    page = client.get(at(north) + "?words=zhang+wei").text
    assert "张伟" in page
    once = {"who": str(ann.id), "scan": str(uuid4())}
    for _ in range(2):  # sent again by a finger that is too quick, or by the back button
        assert 'class="door-outcome welcome"' in client.submit(at(north) + "arrivals/", once, form_at=at(north)).text
    page = client.submit(at(north) + "arrivals/", {"code": tickets.code_of(ann)}, form_at=at(north)).text
    assert 'class="door-outcome already"' in page
    assert "North." in page
    there = {"code": tickets.code_of(ann), "session": str(session.id)}
    assert 'class="door-outcome welcome"' in client.submit(at(north) + "arrivals/", there, form_at=at(north)).text
    assert queries.count_by_place(event) == {event.id: 1, session.id: 1}
    arrival = queries.counting(ann.id, session.id)
    page = client.submit(at(north) + "undo/", {"arrival": str(arrival.id)}, form_at=at(north)).text
    assert 'class="door-outcome undone"' in page
    page = client.submit(at(north) + "undo/", {"arrival": str(uuid4())}, form_at=at(north)).text
    assert 'class="door-outcome refused"' in page
    assert queries.count_by_place(event) == {event.id: 1}


def test_the_door_says_with_how_many_somebody_comes(client, event, enter, north):
    rights.set_rights(SYSTEM, event.id, RightsPlan(most_companions=2, counts_companions=False))
    ann = enter("Ann", companions=["Bob Secret", "Cem"])
    assert "with 2 more people" in client.get(at(north) + "?words=ann").text
    [told] = client.get(at(north, "zh") + "roll/").json["people"]
    assert told["brings"] == "另有 2 人同行"
    [result] = tell(client, north, check_in(ann)).json["results"]
    assert result["brings"] == "with 2 more people"
    page = client.submit(at(north) + "arrivals/", {"code": tickets.code_of(ann)}, form_at=at(north)).text
    assert "<b>with 2 more people</b>" in page
    assert "Bob" not in page + str(told)


def test_who_has_no_place_is_told_with_how_it_stands(client, event, enter, north):
    for number in range(3):
        enter(f"P{number}")
    walter = enter("Walter")
    assert f'value="{walter.id}"' not in client.get(at(north) + "?words=walter").text
    page = client.submit(at(north) + "arrivals/", {"who": str(walter.id)}, form_at=at(north)).text
    assert 'class="door-outcome no_place"' in page
    assert "In person · On the waitlist" in page


def test_a_walk_in_by_form_needs_a_name_and_loses_nothing(client, event, north):
    answer = client.submit(at(north) + "walk-ins/", {"organisation": "Net", "pool": "online"}, form_at=at(north))
    assert answer.status_code == 422
    assert "Please write a name." in answer.text
    assert 'value="Net"' in answer.text
    answer = client.submit(at(north) + "walk-ins/", {"name": "<b>Lei</b>", "pool": "in_person"}, form_at=at(north))
    assert (answer.status_code, "&lt;b&gt;Lei" in answer.text, "<b>Lei" in answer.text) == (200, True, False)
    assert queries.count_walk_ins(event) == 1


@pytest.mark.parametrize("part", ["arrivals/", "walk-ins/", "undo/"])
def test_forms_of_the_door_want_their_token_and_no_get(client, event, enter, north, part):
    assert client.post(at(north) + part, data={"who": str(enter("Ann").id), "name": "Lei"}).status_code == 400
    assert client.get(at(north) + part).status_code == 405
    assert queries.count_by_place(event) == {}


def test_a_cancelled_registration_is_refused_at_once(client, event, enter, north):
    ann = enter("Ann")
    code = tickets.code_of(ann)
    registrations.cancel_registration(SYSTEM, ann.id)
    told = tell(client, north, check_in(code=code)).json["results"][0]
    assert (told["word"], told["name"], told["state"]) == ("no_place", "Ann", "In person · Cancelled")


def test_more_people_ask_the_database_no_more_often(client, event, enter, north):
    def ask() -> int:
        with count_queries() as asked:
            assert client.get(at(north) + "roll/").status_code == 200
            assert tell(client, north).status_code == 200
            assert client.get(at(north)).status_code == 200
            assert client.get(at(north) + "?words=ann").status_code == 200
        return len(asked)

    ann = enter("Ann 1")
    services.check_in(holder(north), event.id, scan(north, who_id=ann.id))
    ask()
    few = ask()
    for number in (2, 3):
        services.check_in(holder(north), event.id, scan(north, who_id=enter(f"Ann {number}").id))
    assert ask() == few


def test_halves_of_marks_are_no_part_of_a_name_and_no_walk_in_takes_the_id_of_a_registrant(client, event, enter, north):
    ann = enter("Ann")
    half = {"id": str(uuid4()), "do": "walk_in", "who": str(uuid4()), "name": "Lei \ud83d", "age": 0}
    assert [one["word"] for one in tell(client, north, half).json["results"]] == ["welcome"]
    stolen = {"id": str(uuid4()), "do": "walk_in", "who": str(ann.id), "name": "Lei", "age": 0}
    assert [one["word"] for one in tell(client, north, stolen).json["results"]] == ["refused"]
    assert [one["word"] for one in tell(client, north, check_in(ann)).json["results"]] == ["welcome"]


def test_the_roll_names_nobody_who_gave_their_place_up(client, event, enter, north):
    ann = enter("Ann")
    assert [one["name"] for one in client.get(at(north) + "roll/").json["people"]] == ["Ann"]
    registrations.cancel_registration(SYSTEM, ann.id)
    assert client.get(at(north) + "roll/").json["people"] == []
