"""The organisers' room for the doors."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.attendance import queries, roll, services
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.registrations import pools
from eventhub.registrations import services as registrations
from tests.conftest import Browser, on_sqlite
from tests.filled import filled
from tests.queries import count_queries

from .conftest import holder, scan, token_of

pytestmark = on_sqlite

Make = Callable[..., Any]
ROOM = "/en/organise/events/roundtable/door/"


@pytest.fixture
def browser(event: Any, make_member: Make, sign_in: Make) -> Callable[..., Browser]:
    """The browser of a member of the event's organisation."""

    def make(role: str = "organiser") -> Browser:
        made: Browser = sign_in(make_member(role, event.organisation))
        return made

    return make


def test_a_device_is_admitted_seen_and_turned_out(client, event, browser):
    organiser = browser("check_in")
    assert organiser.submit(ROOM, {"name": " "}).status_code == 422
    answer = organiser.submit(ROOM, {"name": "North entrance"})
    assert answer.status_code == 303
    door = queries.list_doors(event)[0]
    page = organiser.get(answer.location)
    assert f"/en/check-in/{token_of(door)}/" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert "never" in organiser.get(ROOM).text
    assert client.get(f"/en/check-in/{token_of(door)}/").status_code == 200
    old = token_of(door)
    organiser.submit(f"{ROOM}devices/{door.id}/revoke/", form_at=ROOM)
    assert client.get(f"/en/check-in/{old}/").status_code == 404
    assert "North entrance is turned out." in (page := organiser.get(ROOM).text)
    assert "Turned out" in page
    page = organiser.get(answer.location).text
    assert "no longer admitted" in page
    assert "/check-in/" not in page


@pytest.mark.parametrize(
    ("lang", "still", "over", "closed"),
    [("en", "Devices go on until", "closed by itself on", "This door closed by itself"),
     ("zh", "签到设备可继续使用至", "一周后）自动停用，二维码", "此签到入口已在活动结束一周后自动停用")],
)  # fmt: skip
def test_why_doors_have_closed_after_an_event_is_said_on_the_desk_and_on_the_phone(
    client, event, north, browser, lang, still, over, closed
):
    organiser, room = browser(), ROOM.replace("/en/", f"/{lang}/")
    device, door = f"{room}devices/{north.id}/", f"/{lang}/check-in/{token_of(north)}/"
    assert still not in organiser.get(room).text
    end = event.ends_at
    with clock.standing_at(end + timedelta(days=6)):
        assert still in organiser.get(room).text
        assert over not in organiser.get(device).text
        assert client.get(door).status_code == 200
        form = filled(organiser.get(room).text)
    with clock.standing_at(end + timedelta(days=8)):
        page = organiser.get(room).text
        assert 'name="name"' not in page
        assert over in organiser.get(device).text
        gone = client.get(door)
        assert (gone.status_code, closed in gone.text) == (404, True)
        assert closed not in client.get(f"{door[:-2]}x/").text
        assert organiser.post(room, data={**form, "name": "Late"}).status_code == 303
    assert [door.name for door in queries.list_doors(event)] == ["North"]


def test_no_code_of_a_door_lies_in_the_database(event, north):
    stored = str(db.session.connection().exec_driver_sql("SELECT * FROM doors").all())
    assert token_of(north)[-22:] not in stored


def test_viewers_and_strangers_stay_outside(client, event, north, browser, make_member, sign_in):
    viewer, stranger = browser("viewer"), sign_in(make_member("organiser"))
    for path in ("", f"devices/{north.id}/", "people/"):
        assert viewer.get(ROOM + path).status_code == 403
        assert stranger.get(ROOM + path).status_code == 404
        assert client.get(ROOM + path).status_code == 302
    assert ROOM not in viewer.get("/en/organise/events/roundtable/").text
    assert ROOM in browser().get("/en/organise/events/roundtable/").text


def test_the_device_of_another_event_is_not_here(event, make_event, browser):
    other = make_event("Other", organisation=event.organisation)
    door = services.open_door(SYSTEM, other.id, "Theirs")
    organiser = browser()
    assert organiser.get(f"{ROOM}devices/{door.id}/").status_code == 404
    assert organiser.submit(f"{ROOM}devices/{door.id}/revoke/", form_at=ROOM).status_code == 404
    db.session.refresh(door)
    assert door.revoked_at is None


def test_the_overview_counts_by_pool_and_session(event, enter, make_session, north, south, browser):
    panel = make_session(event, "Panel")
    ann, ben = enter("Ann"), enter("Ben")
    enter("Olga", "online")
    services.check_in(holder(north), event.id, scan(north, 600, who_id=ann.id))
    services.check_in(holder(north), event.id, scan(north, who_id=ben.id, session_id=panel.id))
    services.check_in(holder(south), event.id, scan(south, who_id=ann.id))
    services.take_walk_in(holder(north), event.id, scan(north), "李雷", "Net", "in_person")
    page = browser().get(ROOM).text
    figures = page.split('class="figures"')[1].split("</dl>")[0]
    assert figures.count("<dd>") == 3, "nobody is awaited online"
    assert [part.split(" ")[0].split("<")[0] for part in figures.split("<dd>")[1:]] == ["2", "0", "1"]
    assert "Checked in more than once" in page
    assert "<svg" in page
    assert "Panel" in page


def test_the_lists_say_who_came_and_who_has_not_yet(event, enter, north, browser):
    ann = enter("Ann Berg", organisation="Net")
    enter("张伟")
    enter("Olga", "online")
    services.check_in(holder(north), event.id, scan(north, who_id=ann.id))
    services.take_walk_in(holder(north), event.id, scan(north), "李雷")
    organiser = browser("check_in")

    def shown(query: str) -> set[str]:
        page = organiser.get(f"{ROOM}people/?{query}").text
        return {name for name in ("Ann Berg", "张伟", "Olga", "李雷") if name in page}

    assert shown("") == {"张伟"}
    assert shown("show=came") == {"Ann Berg"}
    assert shown("show=walk_ins") == {"李雷"}
    assert shown("show=nonsense&page=99") == {"张伟"}
    assert shown("words=zhang+wei") == {"张伟"}
    assert shown("words=nobody") == set()
    arrival = queries.counting(ann.id, event.id)
    form = f"{ROOM}people/?show=came"
    assert organiser.submit(f"{ROOM}arrivals/{arrival.id}/undo/", form_at=form).status_code == 303
    assert "The check-in of Ann Berg is taken back." in organiser.get(ROOM).text
    assert shown("") == {"Ann Berg", "张伟"}


def test_the_name_of_a_walk_in_is_erased_and_they_go_on_counting(event, make_event, north, browser):
    who = services.take_walk_in(holder(north), event.id, scan(north), "李雷", "某网络").who.id
    before = roll.revision_of(event)
    erase, form = f"{ROOM}walk-ins/{who}/erase/", f"{ROOM}people/?show=walk_ins"
    assert browser("check_in").submit(erase, form_at=form).status_code == 403
    organiser = browser()
    for _ in range(2):
        assert organiser.submit(erase, form_at=form).status_code == 303
    page = organiser.get(form).text
    assert ("李雷" in page, "Name erased" in page) == (False, True)
    assert (queries.count_walk_ins(event), roll.revision_of(event) != before) == (1, True)
    stored = str(db.session.connection().exec_driver_sql("SELECT * FROM walk_ins").all())
    assert "雷" not in stored
    assert "某" not in stored
    arrival = queries.counting(who, event.id)
    organiser.submit(f"{ROOM}arrivals/{arrival.id}/undo/", form_at=form)
    assert "The check-in is taken back." in organiser.get(ROOM).text
    other = make_event("Other")
    with pytest.raises(NotFound):
        services.erase_walk_in(SYSTEM, other.id, who)


def test_long_lists_have_pages(event, enter, north, browser, monkeypatch):
    monkeypatch.setattr("eventhub.attendance.desk.PAGE", 2)
    for number in range(3):
        enter(f"Person {number}")
    organiser = browser()
    assert "Person 2" not in organiser.get(f"{ROOM}people/").text
    page = organiser.get(f"{ROOM}people/?page=2").text
    assert ("Person 2" in page, "Person 0" in page) == (True, False)


def test_who_has_two_places_is_on_the_roll_once_by_the_better_one(event, enter):
    pools.change_pools(SYSTEM, event.id, {"in_person": 1, "online": 5})
    enter("Ann")
    details = registrations.Details(name="Ben", address="ben@example.org")
    registrations.register(VISITOR, event.id, details, "in_person", meanwhile="online")
    told = {one.name: (one.pool_key, one.state, one.is_awaited) for one in roll.roll_of(event)}
    assert told == {"Ann": ("in_person", "confirmed", True), "Ben": ("online", "confirmed", False)}


def test_the_file_says_who_came_and_its_taking_is_noted(event, enter, north, browser):
    ann = enter("=HYPERLINK()", organisation="Net")
    enter("Ben")
    services.check_in(holder(north), event.id, scan(north, who_id=ann.id))
    services.take_walk_in(holder(north), event.id, scan(north), "李雷")
    assert browser("check_in").submit(f"{ROOM}export/", form_at=ROOM).status_code == 403
    answer = browser().submit(f"{ROOM}export/", form_at=ROOM)
    assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["Name", "Organisation", "Takes part", "Registered", "Came", "First seen"]
    assert {tuple(row[:5]) for row in rows[1:]} == {
        ("'=HYPERLINK()", "Net", "In person", "Yes", "Yes"),
        ("Ben", "", "In person", "Yes", "No"),
        ("李雷", "", "", "No", "Yes"),
    }
    assert rows[1][5].endswith("+0800")
    noted = db.session.scalar(select(AuditEntry).where(AuditEntry.fact == "AttendanceExported"))
    assert noted
    assert noted.data["rows"] == len(rows) - 1


def test_more_people_ask_the_database_no_more_often(event, enter, north, browser):
    organiser = browser()

    def ask() -> int:
        with count_queries() as asked:
            for path in ("", "people/?show=came", "people/"):
                assert organiser.get(ROOM + path).status_code == 200
        return len(asked)

    def come(name: str) -> None:
        ann = enter(name)
        for _ in range(2):
            services.check_in(holder(north), event.id, scan(north, who_id=ann.id))

    come("Ann 1")
    ask()
    few = ask()
    come("Ann 2")
    come("Ann 3")
    assert ask() == few
