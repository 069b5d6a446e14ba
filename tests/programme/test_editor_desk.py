"""The programme's editor over HTTP: its page, its plain forms, and what its script is answered."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.organisations.models import Organisation
from eventhub.programme import editor, editor_day, services
from eventhub.programme.editor import Placement
from eventhub.programme.models import ProgrammeSession, Room, Speaker, Step
from eventhub.programme.plans import SessionPlan, SpeakerPlan
from tests.conftest import Browser, both, on_sqlite, organisation_of
from tests.filled import filled
from tests.queries import count_queries

pytestmark = on_sqlite

DAY = "2027-03-10"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    starts = datetime(2027, 3, 10, 9)
    return make_event(
        "Bridging Practice",
        organisation=organisation_of(organiser),
        zone="Europe/Zurich",
        starts=starts,
        ends=starts + timedelta(days=1, hours=8),
    )


@pytest.fixture
def hall(event: Event) -> Room:
    return services.save_room(SYSTEM, event.id, both("Main hall", "主会场"), capacity=120)


@pytest.fixture
def add(event: Event, hall: Room) -> Callable[..., ProgrammeSession]:
    """A session of an hour in the main hall on the first day, or without hours."""

    def make(title: str, hour: int | None, day: int = 10, **plan: Any) -> ProgrammeSession:
        starts = datetime(2027, 3, day, hour) if hour is not None else None
        values = {"starts": starts, "ends": starts + timedelta(hours=1) if starts else None, "room_id": hall.id, **plan}
        return services.add_session(SYSTEM, event.id, SessionPlan("panel", both(title, f"场次：{title}"), **values))

    return make


def at(event: Event, room: str = "", lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/programme/editor/{room}"


def of(session: ProgrammeSession, deed: str = "") -> str:
    return f"sessions/{session.id}/{deed}"


def page_at(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200, response.status_code
    return response.get_data(as_text=True)


def again(session: ProgrammeSession) -> ProgrammeSession:
    db.session.rollback()
    db.session.refresh(session)
    return session


def hours(session: ProgrammeSession) -> str:
    session = again(session)
    return f"{session.starts:%d %H:%M}–{session.ends:%H:%M}" if session.starts and session.ends else ""


def wanted(session: ProgrammeSession, starts: str, ends: str, room: Room | None = None, **more: Any) -> dict[str, Any]:
    """What the script sends to place a session."""
    session = again(session)
    return {"session": str(session.id), "starts": f"{DAY}T{starts}" if starts else "",
            "ends": f"{DAY}T{ends}" if ends else "", "room_id": str(room.id) if room else "",
            "version": session.version, "day": DAY, **more}  # fmt: skip


def ask(browser: Browser, event: Event, room: str, fields: dict[str, Any], lang: str = "en") -> Any:
    """Send a form as the script does: the token in a header, the answer as JSON."""
    token = re.search(r'data-token="([^"]+)"', page_at(browser, at(event)))
    assert token
    headers = {"Accept": "application/json", "X-CSRFToken": token[1]}
    return browser.post(at(event, room, lang), data=fields, headers=headers)


# --- who may -----------------------------------------------------------------------------------------------


def test_only_its_organisers_enter(event, add, organiser, make_member, sign_in, client: Browser):
    session = add("Panel", 9)
    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation_of(organiser))))
    stranger = sign_in(make_member("administrator"))
    token = stranger.csrf("/en/organise/new-event/")
    for room in ("", of(session)):
        assert client.get(at(event, room)).status_code == 302
        assert stranger.get(at(event, room)).status_code == 404
        assert viewer.get(at(event, room)).status_code == 403
    for room in ("place/", "undo/", "redo/", *(of(session, deed) for deed in ("", "unschedule/", "shift/", "fit/"))):
        assert stranger.post(at(event, room), data={"csrf_token": token}).status_code == 404
    overview = f"/en/organise/events/{event.slug}/programme/"
    assert "programme/editor/" not in page_at(viewer, overview)
    assert hours(session) == "10 09:00–10:00"


def test_a_session_of_another_event_is_not_found(event, add, desk, organiser, make_event):
    session = add("Panel", 9)
    other = make_event(organisation=organisation_of(organiser))
    assert desk.get(at(other, of(session))).status_code == 404
    response = ask(desk, other, "place/", wanted(session, "14:00", "15:00"))
    assert (response.status_code, response.json["error"]["code"]) == (404, "not_found")
    services.delete_session(SYSTEM, session.id)
    assert desk.get(at(event, of(session))).status_code == 404


# --- the page ----------------------------------------------------------------------------------------------


def test_the_page_shows_the_day_asked_for_and_the_tray(event, add, desk):
    add(f"Early {SCRIPT}", 9)
    add("Tomorrow", 9, day=11)
    night, cancelled, deleted = add("Night", 23), add("Off", 12), add("Out", 13)
    add("Waiting", None)
    services.cancel_session(SYSTEM, cancelled.id)
    services.delete_session(SYSTEM, deleted.id)
    editor_page = page_at(desk, at(event))
    cards = [json.loads(html.unescape(text)) for text in re.findall(r"data-session='([^']+)'", editor_page)]
    assert [card["title"] for card in cards] == ["Waiting", f"Early {SCRIPT}", "Off", "Night"]
    assert [card["is_cancelled"] for card in cards] == [False, False, True, False]
    assert SCRIPT not in editor_page
    assert cards[3] | {"version": 1} == {
        "minutes": 60,
        "id": str(night.id), "version": 1, "title": "Night", "lang": None, "kind": "panel",
        "starts": "2027-03-10T23:00", "ends": "2027-03-11T00:00", "hours": "", "room": str(night.room_id),
        "is_cancelled": False,
        "is_remote": False, "colour": None, "people": [], "away": [],
    }  # fmt: skip
    tomorrow = page_at(desk, at(event, "?day=2027-03-11"))
    assert "Tomorrow" in tomorrow
    assert "Early" not in tomorrow
    assert '<a href="/en/organise/events/' + event.slug in tomorrow
    for nonsense in ("yesterday", "0001-01-01", "9999-12-31", "2027-02-30"):
        assert "Early" in page_at(desk, at(event, f"?day={nonsense}"))


def test_an_editor_whose_grid_was_not_installed_says_so_and_asks_for_no_file_of_it(
    app: Flask, event, add, desk, monkeypatch
):
    add("Opening", hour=9)
    assert "vendor/event-calendar" in page_at(desk, at(event))
    monkeypatch.setitem(app.jinja_env.globals, "has_grid", False)
    found = page_at(desk, at(event))
    assert "The grid cannot be shown" in found
    assert "vendor/event-calendar.min.css" not in found
    assert "editor.js" not in found


def test_a_session_across_midnight_stands_on_both_days(event, add, desk):
    add("Night", 23, ends=datetime(2027, 3, 11, 1))
    assert "23:00–" in page_at(desk, at(event))
    assert "Night" in page_at(desk, at(event, "?day=2027-03-11"))


def test_an_empty_programme_is_laid_out_on_the_first_day(event, desk):
    page = page_at(desk, at(event))
    assert "No session takes place on this day yet." in page
    assert "Wednesday 10 March 2027" in page
    assert "Thu 11 Mar" in page


def test_an_event_without_dates_has_an_editor(organiser, desk, make_event):
    event = make_event(organisation=organisation_of(organiser), starts=None, ends=None, published=False)
    assert "No session takes place on this day yet." in page_at(desk, at(event))


@pytest.mark.parametrize(("lang", "word"), [("en", "Editor"), ("zh", "编排日程")])
def test_the_list_of_sessions_leads_to_the_editor(event, desk, lang, word):
    page = page_at(desk, f"/{lang}/organise/events/{event.slug}/programme/")
    assert f'href="{at(event, lang=lang)}">{word}</a>' in page


def test_rooms_people_and_other_clocks_are_drawn(event, add, hall, desk, make_person, save):
    with_zone = {"zone": "Asia/Dhaka", "address": None}
    karim, wang = make_person(**with_zone), make_person(zone="Africa/Nairobi", address=None)
    save(Speaker(event_id=event.id, person_id=wang.id, zone="Asia/Shanghai",
                 availability=["2027-03-10T15:00/2027-03-10T18:00"]))  # fmt: skip
    add("Panel", 15, speakers=[SpeakerPlan("panellist", "remote", person.id) for person in (karim, wang)])
    hall.availability = ["2027-03-10T08:00/2027-03-10T16:00"]
    db.session.commit()
    day = editor_day.read_day(event, date(2027, 3, 10))
    assert [(f"{starts:%H:%M}", f"{ends:%d %H:%M}") for _, starts, ends in day.closed] == [
        ("00:00", "10 08:00"), ("16:00", "11 00:00"),
    ]  # fmt: skip
    clocks = {local.zones: [(hour.at, hour.weekday, hour.is_night) for hour in local.hours] for local in day.clocks}
    first = day.hours[0]
    assert clocks[("Dhaka time",)][15 - first] == ("20:00", "", False)
    assert clocks[("Beijing time",)][15 - first] == ("22:00", "", True)
    assert clocks[("Beijing time",)][17 - first] == ("00:00", "Thu", True)
    (card,) = day.cards
    assert [(one.zone, f"{one.starts:%H:%M}", one.is_night) for one in card.elsewhere] == [
        ("Asia/Dhaka", "20:00", False), ("Asia/Shanghai", "22:00", True),
    ]  # fmt: skip
    assert [(f"{one.starts:%H:%M}", f"{one.ends:%d %H:%M}") for one in card.away] == [
        ("00:00", "10 08:00"), ("11:00", "11 00:00"),
    ]  # fmt: skip
    page = page_at(desk, at(event))
    assert "22:00–23:00" in page
    assert "at night" in page
    assert "120" in page


def test_the_axis_holds_the_day_and_all_of_it_where_asked(event, add, desk):
    add("Early", 6)
    day = editor_day.read_day(event, date(2027, 3, 10))
    assert day.hours == (5, 18)
    add("Late", 23)
    assert editor_day.read_day(event, date(2027, 3, 10)).hours == (5, 24)
    assert editor_day.read_day(event, date(2027, 3, 12), is_whole=True).hours == (0, 24)
    assert '"first": 0' in html.unescape(page_at(desk, at(event, "?hours=all")))


def test_clocks_that_agree_all_day_are_one_and_the_venues_own_is_left_out(event, add, make_person):
    people = [make_person(zone=zone, address=None) for zone in ("Asia/Dhaka", "Asia/Bishkek", "Europe/Paris")]
    add("Panel", 9, speakers=[SpeakerPlan("panellist", "remote", person.id) for person in people])
    (local,) = editor_day.read_day(event, date(2027, 3, 10)).clocks
    assert local.zones == ("Bishkek time", "Dhaka time")
    assert len(local.who) == 2


# --- plain forms -------------------------------------------------------------------------------------------


def test_a_session_is_scheduled_and_stays_an_hour_where_nothing_else_is_said(event, add, hall, desk):
    session = add("Waiting", None)
    form = filled(page_at(desk, at(event, of(session))), starts=[DAY, "14:00"])
    response = desk.post(at(event, of(session)), data=form)
    assert (response.status_code, response.location) == (303, at(event, "?day=2027-03-10"))
    assert hours(session) == "10 14:00–15:00"
    assert "“Waiting” is now: Wed 10 Mar 14:00–15:00, Main hall." in page_at(desk, response.location)
    form = filled(page_at(desk, at(event, of(session))), starts=[DAY, "16:00"], ends=["", "17:45"], room_id="")
    assert desk.post(at(event, of(session)), data=form).status_code == 303
    assert (hours(session), session.room_id) == ("10 16:00–17:45", None)


def test_a_form_that_met_another_save_shows_both_and_changes_nothing(event, add, desk, make_member, organiser):
    session = add("Panel", 9)
    form = filled(page_at(desk, at(event, of(session))), starts=[DAY, "14:00"], ends=[DAY, "15:00"])
    services.move_session(SYSTEM, session.id, datetime(2027, 3, 10, 11))
    response = desk.post(at(event, of(session)), data=form)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "2027-03-10 11:00" in page
    assert "2027-03-10 14:00" in page
    assert hours(session) == "10 11:00–12:00"
    assert desk.post(at(event, of(session)), data=filled(page)).status_code == 303
    assert hours(session) == "10 14:00–15:00"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": [DAY, "08:00"]}, "The end must come after the start."),
        ({"starts": ["", ""]}, "Give both a start and an end, or neither."),
        ({"starts": ["soon", "9"]}, "Write the day as 2019-10-23"),
        ({"starts": ["2027-03-28", "02:30"], "ends": ["", ""]}, "The clocks are put forward over this time"),
        ({"room_id": str(uuid4())}, "Not a valid choice"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(event, add, desk, changes, said):
    session = add("Panel", 9)
    form = filled(page_at(desk, at(event, of(session))), **changes)
    response = desk.post(at(event, of(session)), data=form)
    assert response.status_code == 422
    assert said in response.get_data(as_text=True)
    assert hours(session) == "10 09:00–10:00"


def test_a_cancelled_session_says_why_it_is_not_moved(event, add, desk):
    session = add("Panel", 9)
    services.cancel_session(SYSTEM, session.id)
    form = filled(page_at(desk, at(event, of(session))), starts=[DAY, "14:00"], ends=[DAY, "15:00"])
    response = desk.post(at(event, of(session)), data=form)
    assert response.status_code == 422
    assert "does not take place any more" in response.get_data(as_text=True)


def post_plain(desk: Browser, event: Event, room: str, **fields: Any) -> str:
    """Send one of the small forms, and read the page that follows."""
    response = desk.submit(at(event, room), fields, form_at=at(event))
    assert response.status_code == 303, response.status_code
    return page_at(desk, response.location)


def test_everything_that_the_grid_does_is_done_by_forms(event, add, desk):
    first, second = add("First", 9), add("Second", 11)
    version = first.version
    page = post_plain(desk, event, of(first, "shift/"), minutes="30", scope="day", version=version)
    assert "2 sessions are moved." in page
    assert [hours(first), hours(second)] == ["10 09:30–10:30", "10 11:30–12:30"]
    post_plain(desk, event, of(first, "fit/"), fit="stretch-after", version=again(first).version)
    assert hours(first) == "10 09:30–11:30"
    page = post_plain(desk, event, "undo/", day=DAY)
    assert "Undone: “First” is again: Wed 10 Mar 09:30–10:30, Main hall." in page
    page = post_plain(desk, event, "undo/", day=DAY)
    assert "Undone: 2 sessions are moved back." in page
    assert [hours(first), hours(second)] == ["10 09:00–10:00", "10 11:00–12:00"]
    page = post_plain(desk, event, "redo/", day=DAY)
    assert "Redone: 2 sessions are moved." in page
    page = post_plain(desk, event, of(second, "unschedule/"), version=again(second).version)
    assert "“Second” is now: to be scheduled, Main hall." in page
    assert hours(second) == ""


def test_what_is_refused_is_told_on_the_page_that_follows(event, add, desk):
    session = add("Panel", 9)
    version = session.version
    assert "There is nothing to undo." in post_plain(desk, event, "undo/", day=DAY)
    assert "There is nothing to redo." in post_plain(desk, event, "redo/", day="nonsense")
    page = post_plain(desk, event, of(session, "fit/"), fit="move-before", version=version)
    assert "No session comes before this one in its room on that day." in page
    services.move_session(SYSTEM, session.id, datetime(2027, 3, 10, 11))
    page = post_plain(desk, event, of(session, "unschedule/"), version=version)
    assert "Somebody else has saved “Panel” meanwhile." in page
    assert "You wanted: to be scheduled, Main hall." in page
    assert desk.submit(at(event, of(session, "fit/")), {"fit": "nonsense"}, form_at=at(event)).status_code == 404
    response = desk.submit(at(event, of(session, "shift/")), {"minutes": "many", "scope": "day"}, form_at=at(event))
    assert response.status_code == 422
    assert "Schedule “Panel”" in response.get_data(as_text=True)
    assert hours(session) == "10 11:00–12:00"


# --- the script --------------------------------------------------------------------------------------------


def test_a_drag_is_answered_by_what_was_saved_and_the_conflicts_of_the_day(event, add, hall, desk, organiser):
    session, other = add("Panel", 9), add("Other", 14)
    response = ask(desk, event, "place/", wanted(session, "14:00", "15:00", hall))
    answer = response.json
    assert response.status_code == 200
    assert answer["message"] == "“Panel” is now: Wed 10 Mar 14:00–15:00, Main hall."
    (saved,) = answer["sessions"]
    assert (saved["id"], saved["starts"], saved["version"]) == (
        str(session.id), "2027-03-10T14:00", again(session).version,
    )  # fmt: skip
    assert f'id="session-{session.id}"' in saved["line"]
    assert (answer["undoable"], answer["redoable"], answer["gone"]) == (1, 0, [])
    rooms = [one for one in answer["conflicts"] if set(one["sessions"]) == {str(session.id), str(other.id)}]
    assert rooms
    assert all(one["sentence"] and one["key"] and not one["is_accepted"] for one in rooms)
    step = db.session.scalar(sa.select(Step))
    assert step.person_id == organiser.person_id


def test_several_sessions_are_placed_by_one_request(event, add, hall, desk):
    sessions = [add("First", 9), add("Second", 10)]
    fields: dict[str, Any] = {"day": DAY}
    for number, session in enumerate(sessions):
        for name, value in wanted(session, f"1{number}:30", f"1{number}:50", hall).items():
            if name != "day":
                fields.setdefault(name, []).append(value)
    answer = ask(desk, event, "place/", fields, lang="zh").json
    assert answer["message"] == "已调整 2 场。"
    assert [hours(session) for session in sessions] == ["10 10:30–10:50", "10 11:30–11:50"]


def test_the_second_of_two_is_told_both_versions(event, add, hall, desk, organiser, make_member, sign_in):
    session = add("Panel", 9)
    fields = wanted(session, "14:00", "15:00", hall)
    colleague = make_member("organiser", db.session.get(Organisation, organisation_of(organiser)))
    assert ask(sign_in(colleague), event, "place/", wanted(session, "11:00", "12:00")).status_code == 200
    response = ask(desk, event, "place/", fields)
    answer = response.json
    assert (response.status_code, answer["error"]["code"]) == (409, "stale")
    assert answer["clashes"] == [
        {
            "id": str(session.id), "title": "Panel", "is_final": False,
            "now": "Wed 10 Mar 11:00–12:00", "wanted": "Wed 10 Mar 14:00–15:00, Main hall",
        }
    ]  # fmt: skip
    (current,) = answer["sessions"]
    assert current["starts"] == "2027-03-10T11:00"
    assert hours(session) == "10 11:00–12:00"
    again_wanted = fields | {"version": current["version"]}
    assert ask(desk, event, "place/", again_wanted).status_code == 200
    assert hours(session) == "10 14:00–15:00"


def test_a_session_deleted_meanwhile_is_gone_from_the_page(event, add, hall, desk):
    session = add("Panel", 9)
    fields = wanted(session, "14:00", "15:00", hall)
    services.delete_session(SYSTEM, session.id)
    answer = ask(desk, event, "place/", fields).json
    assert (answer["sessions"], answer["gone"]) == ([], [str(session.id)])
    assert answer["clashes"][0]["is_final"]


def test_tools_and_steps_answer_the_script_as_well(event, add, desk):
    first, second = add("First", 9), add("Second", 11)
    fields = {"day": DAY, "version": first.version}
    answer = ask(desk, event, of(first, "shift/"), {**fields, "minutes": "15", "scope": "room"}).json
    assert [card["starts"][11:] for card in answer["sessions"]] == ["09:15", "11:15"]
    assert ask(desk, event, "undo/", {"day": DAY}).json["redoable"] == 1
    response = ask(desk, event, of(first, "shift/"), {**fields, "minutes": "x", "scope": "room"})
    assert (response.status_code, response.json["error"]["code"]) == (422, "invalid")
    answer = ask(desk, event, of(second, "unschedule/"), {"day": DAY, "version": again(second).version}).json
    assert answer["sessions"][0]["starts"] is None
    response = ask(desk, event, "redo/", {"day": DAY})
    assert (response.status_code, response.json["error"]["message"]) == (409, "There is nothing to redo.")


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "new"}, {"version": ""}, {"session": "x"}, {"starts": "soon"}, {"room_id": "hall"},
        {"starts": "2027-03-10T14:00+08:00"}, {"ends": ["2027-03-10T15:00", "2027-03-10T16:00"]},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(event, add, hall, desk, changes):
    session = add("Panel", 9)
    response = ask(desk, event, "place/", wanted(session, "14:00", "15:00", hall) | changes)
    assert (response.status_code, response.json["error"]["code"]) == (422, "invalid")
    assert hours(session) == "10 09:00–10:00"


def test_without_its_token_or_as_json_nothing_is_taken(event, add, hall, desk):
    session = add("Panel", 9)
    fields = wanted(session, "14:00", "15:00", hall)
    headers = {"Accept": "application/json"}
    assert desk.post(at(event, "place/"), data=fields, headers=headers).status_code == 400
    assert desk.post(at(event, "undo/"), data={}, headers={**headers, "X-CSRFToken": "forged"}).status_code == 400
    headers["X-CSRFToken"] = desk.csrf(at(event))
    assert desk.post(at(event, "place/"), json=fields, headers=headers).status_code == 415
    assert hours(session) == "10 09:00–10:00"


# --- how much it asks --------------------------------------------------------------------------------------


def test_the_page_and_a_drag_ask_no_more_where_there_is_more(event, add, hall, desk, organiser, make_person):
    def with_somebody() -> dict[str, Any]:
        person = make_person(zone="Asia/Dhaka", address=None)
        return {"speakers": [SpeakerPlan("panellist", "remote", person.id)]}

    session = add("Panel", 9, **with_somebody())
    add("Waiting", None, **with_somebody())
    desk.get(at(event))  # what is kept by the process is there from now on

    def cost(minute: int) -> tuple[int, int]:
        with count_queries() as opening:
            assert desk.get(at(event)).status_code == 200
        fields = wanted(session, f"09:{minute}", f"10:{minute}", hall)
        token = re.search(r'data-token="([^"]+)"', page_at(desk, at(event)))[1]
        with count_queries() as dragging:
            headers = {"Accept": "application/json", "X-CSRFToken": token}
            assert desk.post(at(event, "place/"), data=fields, headers=headers).status_code == 200
        return len(opening), len(dragging)

    first = cost(15)
    room = services.save_room(SYSTEM, event.id, both("Annex"))
    track = services.save_track(SYSTEM, event.id, both("Localisation"))
    for hour in (12, 13, 14):
        add("Beside", hour, room_id=room.id, track_id=track.id, **with_somebody())
        add("On another day", hour, day=11, **with_somebody())
        add("Waiting too", None, track_id=track.id, **with_somebody())
    assert cost(20) == first


def test_a_step_of_somebody_else_is_not_ones_own(event, add, desk, organiser, make_member, hall):
    session = add("Panel", 9)
    colleague = make_member("organiser", db.session.get(Organisation, organisation_of(organiser)))
    at_two = Placement(datetime(2027, 3, 10, 14), datetime(2027, 3, 10, 15), hall.id)
    editor.place(colleague, event.id, {session.id: at_two})
    page = page_at(desk, at(event))
    assert page.count(" disabled>") == 2


# --- what is told ------------------------------------------------------------------------------------------


def test_what_waits_shows_how_long_it_is(event, add, desk):
    session = add("Welcome", 9, ends=datetime(2027, 3, 10, 9, 20))
    answer = ask(desk, event, "place/", wanted(session, "", "")).json
    assert answer["sessions"][0]["minutes"] == 20
    assert "20 minutes" in answer["sessions"][0]["line"]
    assert "20 minutes" in page_at(desk, at(event))
    assert "20 分钟" in page_at(desk, at(event, lang="zh"))


def test_another_start_alone_moves_a_session_and_keeps_its_length(event, add, desk):
    session = add("Panel", 9)
    address = at(event, of(session))
    form = filled(page_at(desk, address), starts=[DAY, "14:10"])
    assert form["ends"] == [DAY, "10:00"], "the form shows the end as it is"
    assert desk.post(address, data=form).status_code == 303
    assert hours(session) == "10 14:10–15:10"
    form = filled(page_at(desk, address), starts=[DAY, "14:00"], ends=[DAY, "14:30"])
    assert desk.post(address, data=form).status_code == 303
    assert hours(session) == "10 14:00–14:30"


def test_the_days_follow_what_is_moved_to_another_one(event, add, desk):
    first, second = add("First", 9), add("Second", 10)
    form = {"minutes": "900", "scope": "day", "version": again(first).version, "day": DAY}
    answer = ask(desk, event, of(first, "shift/"), form).json
    assert answer["message"] == "2 sessions are moved. Now on another day: Thu 11 Mar."
    assert re.findall(r"(\w+ \d+ Mar)<small>(\d)", answer["days"]) == [("Wed 10 Mar", "0"), ("Thu 11 Mar", "2")]
    assert 'aria-current="page">Wed 10 Mar' in answer["days"]
    undone = ask(desk, event, "undo/", {"day": DAY}).json
    assert undone["message"] == "Undone: 2 sessions are moved back. Now on another day: Wed 10 Mar."
    far = ask(
        desk, event, "place/", wanted(second, "", "") | {"starts": "2027-04-01T09:00", "ends": "2027-04-01T10:00"}
    )
    assert "Thu 1 Apr<small>1" in far.json["days"]


def test_what_was_cancelled_meanwhile_is_told_as_such(event, add, desk):
    session = add("Panel", 9)
    stale = wanted(session, "14:00", "15:00")
    services.cancel_session(SYSTEM, session.id)
    answer = ask(desk, event, "place/", stale)
    assert answer.status_code == 409
    assert "It is now: cancelled (Wed 10 Mar 09:00–10:00, Main hall)." in answer.json["error"]["message"]
    assert answer.json["clashes"][0]["is_final"]


def test_the_grid_is_as_large_as_asked_and_as_short_sessions_need(event, add, desk):
    add("Panel", 9)
    small = page_at(desk, at(event))
    assert 'data-half-hour="30"' in small
    assert f'{at(event)}?day=2027-03-11"' in small
    add("Welcome", 8, ends=datetime(2027, 3, 10, 8, 10))
    assert 'data-half-hour="60"' in page_at(desk, at(event))
    large = page_at(desk, at(event, "?scale=large"))
    assert 'data-half-hour="120"' in large
    assert f'{at(event)}?day=2027-03-11&amp;scale=large"' in large
    assert 'data-half-hour="60"' in page_at(desk, at(event, "?scale=%3Cscript%3E"))


def test_an_hour_that_is_there_twice_is_told(event, add, desk):
    session = add("Panel", 9)
    night = wanted(session, "", "") | {"starts": "2027-10-31T02:30", "ends": "2027-10-31T04:00"}
    told = ask(desk, event, "place/", night).json["message"]
    assert (
        "This hour exists twice, as the clocks are put back: Sun 31 Oct 02:30 (UTC+02). The first one is taken." in told
    )
