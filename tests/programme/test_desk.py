"""The programme's desk over HTTP: sessions, rooms, tracks and people by ordinary forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import event as listening

from eventhub.events.models import Event
from eventhub.events.services import Partners
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.people.models import Person
from eventhub.programme import services, snapshots
from eventhub.programme.models import ProgrammeSession, Room, SessionRole, Track
from eventhub.programme.plans import SpeakerPlan, plan_of
from tests.conftest import Browser, both, on_sqlite, organisation_of
from tests.filled import begins_at, filled

pytestmark = on_sqlite

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


def at(event: Event, room: str, lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/{room}"


def form_at(browser: Browser, address: str, **changes: Any) -> dict[str, Any]:
    response = browser.get(address)
    assert response.status_code == 200, response.status_code
    return filled(response.get_data(as_text=True), **changes)


def again(row: Any) -> Any:
    (key,) = sa.inspect(row).identity
    db.session.expire_all()
    return db.session.get(type(row), key)


def count_queries(browser: Browser, address: str) -> int:
    browser.get(address)  # what is kept by the process is there from now on
    count = 0

    def add(*_: object) -> None:
        nonlocal count
        count += 1

    engine = db.engine
    listening.listen(engine, "before_cursor_execute", add)
    try:
        assert browser.get(address).status_code == 200
    finally:
        listening.remove(engine, "before_cursor_execute", add)
    return count


# --- who may -----------------------------------------------------------------------------------------------


def rooms_of(session: ProgrammeSession, room: Room, track: Track, person: Person) -> list[str]:
    sessions = f"programme/sessions/{session.id}/"
    return [
        "programme/", "programme/rooms/", "speakers/",
        "programme/sessions/new/", sessions, f"{sessions}move/", f"{sessions}cancel/", f"{sessions}delete/",
        "programme/rooms/new/", f"programme/rooms/{room.id}/", "programme/tracks/new/", f"programme/tracks/{track.id}/",
        "speakers/new/", f"speakers/{person.id}/", "speakers/known/",
    ]  # fmt: skip


@pytest.fixture
def laid_out(event: Event, organiser: Actor, make_session, make_person) -> tuple[Any, ...]:
    room = services.save_room(SYSTEM, event.id, both("Hall"))
    track = services.save_track(SYSTEM, event.id, both("Localisation"))
    person = make_person(known_to=organisation_of(organiser), address=None)
    session = make_session(event, room_id=room.id, speakers=[SpeakerPlan("moderator", person_id=person.id)])
    return session, room, track, person


def test_strangers_find_nothing_at_all(laid_out, event: Event, make_member, sign_in, client: Browser):
    stranger = sign_in(make_member("administrator"))
    token = stranger.csrf("/en/organise/new-event/")
    for room in rooms_of(*laid_out):
        assert stranger.get(at(event, room)).status_code == 404
        assert stranger.post(at(event, room), data={"csrf_token": token}).status_code in {404, 405}
        assert client.get(at(event, room)).status_code == 302
    for act in (f"programme/rooms/{laid_out[1].id}/remove/", f"programme/tracks/{laid_out[2].id}/remove/"):
        assert stranger.post(at(event, act), data={"csrf_token": token}).status_code == 404
    assert again(laid_out[0]).state == "scheduled"
    assert again(laid_out[1])


def test_viewers_look_but_do_not_save(laid_out, event: Event, organiser: Actor, make_member, sign_in):
    from eventhub.organisations.models import Organisation

    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation_of(organiser))))
    for number, room in enumerate(rooms_of(*laid_out)):
        assert viewer.get(at(event, room)).status_code == (200 if number < 3 else 403)
    page = viewer.get(at(event, "programme/")).get_data(as_text=True)
    assert "Session 1" in page
    assert f"sessions/{laid_out[0].id}" not in page
    assert "sessions/new" not in page
    assert "rooms/new" not in viewer.get(at(event, "programme/rooms/")).get_data(as_text=True)
    assert "speakers/new" not in viewer.get(at(event, "speakers/")).get_data(as_text=True)


def test_ids_of_another_event_are_not_found_in_this_one(
    laid_out, event: Event, desk: Browser, organiser: Actor, make_event
):
    other = make_event("Another of ours", organisation=organisation_of(organiser))
    assert desk.get(at(event, rooms_of(*laid_out)[4])).status_code == 200
    pages = rooms_of(*laid_out)
    for room in (*pages[4:8], pages[9], pages[11]):
        assert desk.get(at(other, room)).status_code == 404
    token = desk.csrf(at(event, "programme/sessions/new/"))
    restore = f"programme/sessions/{laid_out[0].id}/restore/"
    assert desk.post(at(other, restore), data={"csrf_token": token}).status_code == 404
    remove = f"programme/rooms/{laid_out[1].id}/remove/"
    assert desk.post(at(other, remove), data={"csrf_token": token}).status_code == 404
    assert desk.get(at(event, f"speakers/{uuid4()}/")).status_code == 404


# --- sessions ----------------------------------------------------------------------------------------------


def test_an_empty_programme_says_how_to_begin(desk: Browser, event: Event):
    assert "Begin with the first session" in desk.get(at(event, "programme/")).get_data(as_text=True)
    assert "Put people into sessions" in desk.get(at(event, "speakers/")).get_data(as_text=True)


def test_a_session_with_a_remote_panellist_is_added_in_both_languages(
    desk: Browser, event: Event, organiser: Actor, make_person
):
    person = make_person(known_to=organisation_of(organiser), address=None, affiliation=both("Local network"))
    address = at(event, "programme/sessions/new/")
    form = form_at(desk, address, title_en="Panel", title_zh="圆桌", abstract_zh="摘要", starts=["2027-03-10", "14:00"])
    form |= {"ends": ["", "15:30"], "language": "zh", "interpretation": ["en"], "add_row": "speakers"}
    form |= {"speakers-0-person_id": str(person.id), "speakers-0-role": "panellist", "speakers-0-mode": "remote"}
    response = desk.post(address, data=form)
    assert response.status_code == 200
    form = filled(response.get_data(as_text=True))
    assert begins_at(response.text) == ["speakers-1-person_id"]
    assert form["title_zh"] == ["圆桌"]
    assert form["ends"] == ["", "15:30"]
    form |= {"speakers-1-name_en": "Representative of a relief network", "speakers-1-role": "discussant"}
    assert desk.post(address, data=form).status_code == 303
    session = db.session.scalar(sa.select(ProgrammeSession))
    assert dict(session.title.texts) == {"en": "Panel", "zh": "圆桌"}
    assert (session.starts.hour, session.ends.isoformat()) == (14, "2027-03-10T15:30:00")
    assert session.starts_at.isoformat() == "2027-03-10T06:00:00+00:00"
    assert (session.language, session.interpretation) == ("zh", ["en"])
    first, second = session.speakers
    assert (first.person_id, first.mode, first.affiliation.texts["en"]) == (person.id, "remote", "Local network")
    assert (second.person_id, second.role, second.name.texts["en"]) == (
        None, "discussant", "Representative of a relief network",
    )  # fmt: skip
    page = desk.get(at(event, "programme/")).get_data(as_text=True)
    assert "14:00–15:30" in page
    assert "Wednesday 10 March 2027" in page
    assert '<span class="badge">Remote</span>' in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title_en": "", "title_zh": ""}, "A session needs a title in one language at least."),
        ({"ends": ["", ""]}, "Give both a start and an end, or neither."),
        ({"ends": ["2027-03-10", "08:00"]}, "The end must come after the start."),
        ({"starts": ["tomorrow", "9"]}, "Write the day as 2019-10-23"),
        ({"speakers-0-affiliation_en": "Somewhere"}, "Choose a person, or write who it is."),
        ({"room_id": str(uuid4())}, "Not a valid choice"),
        ({"speakers-0-name_en": "X", "speakers-0-role": "king"}, "Not a valid choice"),
    ],
)
def test_a_wrong_session_comes_back_with_everything_typed(desk: Browser, event: Event, changes: dict, said: str):
    address = at(event, "programme/sessions/new/")
    form = form_at(desk, address, title_en="Kept", abstract_en=f"Kept {SCRIPT}")
    form |= {"starts": ["2027-03-10", "09:00"], "ends": ["2027-03-10", "10:00"]}
    response = desk.post(address, data=form | changes)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert said in page
    assert "Kept &lt;script&gt;" in page
    assert SCRIPT not in page
    assert db.session.scalar(sa.select(sa.func.count(ProgrammeSession.id))) == 0


def test_what_is_wrong_with_a_row_is_said_in_the_language_of_the_page(desk: Browser, event: Event):
    address = at(event, "programme/sessions/new/", "zh")
    form = form_at(desk, address, title_zh="圆桌", **{"speakers-0-name_zh": "某人", "speakers-0-role": "king"})
    page = desk.post(address, data=form).get_data(as_text=True)
    assert "请从所列选项中选择。" in page
    assert "有 1 项需要修改。已填内容均已保留。" in page
    assert "Not a valid" not in page


def test_saving_what_one_opened_changes_nothing_and_keeps_each_row(desk: Browser, event: Event, laid_out):
    session = laid_out[0]
    before = plan_of(again(session))
    address = at(event, f"programme/sessions/{session.id}/")
    assert desk.post(address, data=form_at(desk, address)).status_code == 303
    assert plan_of(again(session)) == before


def test_who_stays_keeps_their_row_whatever_is_said_of_them(desk: Browser, event: Event, make_session):
    people = [SpeakerPlan("panellist", name=both("A")), SpeakerPlan("panellist", name=both("B"))]
    session = make_session(event, speakers=people)
    first, second = (role.id for role in session.speakers)
    address = at(event, f"programme/sessions/{session.id}/")
    form = form_at(desk, address, **{"speakers-1-role": "moderator", "speakers-1-name_en": "B, corrected"})
    assert desk.post(address, data=form | {"speakers-0-remove": "y"}).status_code == 303
    roles = again(session).speakers
    assert [(role.id, role.role, role.name.texts["en"]) for role in roles] == [(second, "moderator", "B, corrected")]
    assert db.session.get(SessionRole, first) is None


def test_a_row_of_another_session_cannot_be_taken_over(desk: Browser, event: Event, make_session):
    one = make_session(event, speakers=[SpeakerPlan("panellist", name=both("A"))])
    other = make_session(event)
    address = at(event, f"programme/sessions/{other.id}/")
    form = form_at(desk, address, **{"speakers-0-name_en": "B", "speakers-0-role_id": str(one.speakers[0].id)})
    assert desk.post(address, data=form).status_code == 303
    assert [role.name.texts["en"] for role in again(one).speakers] == ["A"]
    assert [role.name.texts["en"] for role in again(other).speakers] == ["B"]


def test_a_speaker_added_meanwhile_is_not_lost(desk: Browser, event: Event, laid_out):
    address = at(event, f"programme/sessions/{laid_out[0].id}/")
    mine, theirs = form_at(desk, address), form_at(desk, address, add_row="speakers")
    theirs = filled(desk.post(address, data=theirs).get_data(as_text=True))
    assert desk.post(address, data=theirs | {"speakers-1-name_en": f"New {SCRIPT}"}).status_code == 303
    response = desk.post(address, data=mine | {"title_en": "My title"})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert begins_at(page) == ["notice attention"]
    assert '<th scope="row"><a href="#speakers-0-person_id">People</a></th>' in page
    assert "New &lt;script&gt;" in page
    assert SCRIPT not in page
    assert desk.post(address, data=filled(page)).status_code == 303
    after = again(laid_out[0])
    assert after.title.texts["en"] == "My title"
    assert len(after.speakers) == 2


def test_two_who_change_the_same_title_see_both(desk: Browser, event: Event, laid_out):
    address = at(event, f"programme/sessions/{laid_out[0].id}/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"title_en": "Theirs"}).status_code == 303
    response = desk.post(address, data=mine | {"title_en": "Mine"})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Theirs" in page
    assert filled(page)["title_en"] == ["Mine"]
    assert again(laid_out[0]).title.texts["en"] == "Theirs"


def test_a_session_is_moved_cancelled_restored_and_deleted(desk: Browser, event: Event, laid_out):
    session, base = laid_out[0], f"programme/sessions/{laid_out[0].id}/"
    assert desk.submit(at(event, base + "move/"), {"starts": ["", ""]}).status_code == 422
    form = form_at(desk, at(event, base + "move/"), starts=["2027-03-11", "16:30"], room_id="")
    assert desk.post(at(event, base + "move/"), data=form).status_code == 303
    moved = again(session)
    assert (moved.starts.isoformat(), moved.ends.isoformat()) == ("2027-03-11T16:30:00", "2027-03-11T17:30:00")
    assert moved.room_id is None, "as the form says"
    assert ("without a release" in desk.get(at(event, base + "cancel/")).text) == (event.status == "published")
    assert desk.submit(at(event, base + "cancel/")).status_code == 303
    assert again(session).state == "cancelled"
    token = desk.csrf(at(event, "programme/"))
    assert desk.post(at(event, base + "restore/"), data={"csrf_token": token}).status_code == 303
    assert again(session).state == "scheduled"
    assert desk.submit(at(event, base + "delete/")).status_code == 303
    assert again(session).state == "deleted"
    page = desk.get(at(event, "programme/")).get_data(as_text=True)
    assert "Deleted sessions" in page
    assert at(event, base + "restore/") in page


def test_looking_at_the_question_does_not_carry_it_out(desk: Browser, event: Event, laid_out):
    for deed in ("cancel", "delete"):
        assert desk.get(at(event, f"programme/sessions/{laid_out[0].id}/{deed}/")).status_code == 200
    assert again(laid_out[0]).state == "scheduled"


def test_a_move_that_meets_another_says_so(desk: Browser, event: Event, laid_out):
    address = at(event, f"programme/sessions/{laid_out[0].id}/move/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"starts": ["2027-03-11", "16:30"]}).status_code == 303
    response = desk.post(address, data=mine | {"starts": ["2027-03-12", "09:00"]})
    assert response.status_code == 409
    assert "2027-03-11 16:30" in response.get_data(as_text=True)


# --- rooms and tracks --------------------------------------------------------------------------------------


def test_rooms_are_added_renamed_and_removed_when_empty(desk: Browser, event: Event, make_session):
    new = at(event, "programme/rooms/new/")
    assert desk.submit(new, {"name_en": ""}).status_code == 422
    assert desk.submit(new, {"name_en": "Hall", "name_zh": "大厅", "capacity": "0"}).status_code == 422
    assert desk.submit(new, {"name_en": "Hall", "name_zh": "大厅", "capacity": "30"}).status_code == 303
    room = db.session.scalar(sa.select(Room))
    address = at(event, f"programme/rooms/{room.id}/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"capacity": "40"}).status_code == 303
    response = desk.post(address, data=mine | {"name_en": "Great Hall"})
    assert response.status_code == 409
    assert desk.post(address, data=filled(response.get_data(as_text=True))).status_code == 303
    assert (again(room).name.texts["en"], again(room).capacity) == ("Great Hall", 40)
    session = make_session(event, room_id=room.id)
    token = desk.csrf(address)
    assert desk.post(address + "remove/", data={"csrf_token": token}).status_code == 409
    services.delete_session(SYSTEM, session.id)
    assert desk.post(address + "remove/", data={"csrf_token": token}).status_code == 303
    assert again(room) is None


def test_tracks_are_added_coloured_and_removed(desk: Browser, event: Event):
    new = at(event, "programme/tracks/new/")
    assert desk.submit(new, {"name_en": "Learning", "colour": "pink"}).status_code == 422
    assert desk.submit(new, {"name_en": "Learning", "name_zh": "学习", "colour": "plum"}).status_code == 303
    track = db.session.scalar(sa.select(Track))
    address = at(event, f"programme/tracks/{track.id}/")
    assert desk.post(address, data=form_at(desk, address, colour="olive")).status_code == 303
    assert again(track).colour == "olive"
    assert "track-olive" in desk.get(at(event, "programme/rooms/")).get_data(as_text=True)
    assert desk.post(address + "remove/", data={"csrf_token": desk.csrf(address)}).status_code == 303
    assert again(track) is None


# --- people ------------------------------------------------------------------------------------------------


def test_everybody_on_the_programme_is_there_with_what_they_do(desk: Browser, event: Event, laid_out, make_session):
    make_session(event, "Second", speakers=[SpeakerPlan("panellist", "remote", person_id=laid_out[3].id)])
    make_session(event, "Unplaced", starts=None, ends=None, speakers=[SpeakerPlan("presenter", name=both("A nurse"))])
    page = desk.get(at(event, "speakers/")).get_data(as_text=True)
    for said in (laid_out[3].names.latin, "Session 1: Moderator", "Second: Panellist", "Remote", "A nurse", "Unplaced"):
        assert said in page
    assert page.count("<h3>") == 2


def test_somebody_who_was_added_is_found_again(desk: Browser, event: Event, make_person):
    new, known = at(event, "speakers/new/"), at(event, "speakers/known/")
    make_person(known_to=None)
    form = form_at(desk, new, family="Zeng", given="Min", han_family="曾", han_given="敏", affiliation_zh="某机构")
    assert desk.post(new, data=form).location == known
    assert known in desk.get(at(event, "speakers/")).get_data(as_text=True)
    person = db.session.scalar(sa.select(Person).where(Person.known_to.is_not(None)))
    for words in ("", "zeng", "曾敏", "某机构", "Min Zeng"):
        page = desk.get(known, query_string={"words": words}).get_data(as_text=True)
        assert at(event, f"speakers/{person.id}/") in page, words
        assert page.count("<h3>") == 1
    assert "Nobody is found" in desk.get(known, query_string={"words": "Zeng Li"}).get_data(as_text=True)


def test_a_person_is_added_with_a_name_in_both_scripts(desk: Browser, event: Event, organiser: Actor):
    new = at(event, "speakers/new/")
    assert desk.submit(new, {"family": "", "language": "en"}).status_code == 422
    form = form_at(desk, new, family="Zeng", given="Min", han_family="曾", han_given="敏", affiliation_zh="某机构")
    assert desk.post(new, data=form | {"biography_en": "Works on **relief**."}).status_code == 303
    person = db.session.scalar(sa.select(Person).where(Person.known_to == organisation_of(organiser)))
    assert (person.names.han, person.names.pinyin, person.affiliation.texts) == ("曾敏", "Zeng Min", {"zh": "某机构"})
    address = at(event, f"speakers/{person.id}/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"pinyin": "Zeng Mǐn"}).status_code == 303
    response = desk.post(address, data=mine | {"given": "Minmin"})
    assert response.status_code == 409
    assert desk.post(address, data=filled(response.get_data(as_text=True))).status_code == 303
    assert (again(person).names.pinyin, again(person).names.given) == ("Zeng Mǐn", "Minmin")
    assert "曾敏" in desk.get(at(event, "programme/sessions/new/")).get_data(as_text=True)


def test_people_of_others_are_neither_offered_nor_taken(
    desk: Browser, event: Event, make_person, make_event, make_session, make_organisation
):
    theirs = make_person(known_to=make_organisation().id, address=None)
    alone = make_person()
    elsewhere = make_session(make_event(), speakers=[SpeakerPlan("keynote", person_id=theirs.id)])
    address = at(event, "programme/sessions/new/")
    page = desk.get(address).get_data(as_text=True)
    for person in (theirs, alone):
        assert str(person.id) not in page
        assert desk.get(at(event, f"speakers/{person.id}/")).status_code == 404
        form = form_at(desk, address, title_en="T", **{"speakers-0-person_id": str(person.id)})
        assert desk.post(address, data=form | {"starts": ["", ""]}).status_code == 422
    assert [role.person_id for role in again(elsewhere).speakers] == [theirs.id]
    assert db.session.scalar(sa.select(sa.func.count(SessionRole.id))) == 1


def test_somebody_with_a_login_is_known_by_the_event_but_writes_their_own_profile(
    desk: Browser, event: Event, make_person, make_session
):
    person = make_person()
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=person.id)])
    assert str(person.id) in desk.get(at(event, "programme/sessions/new/")).get_data(as_text=True)
    assert desk.get(at(event, f"speakers/{person.id}/")).status_code == 404


def test_a_co_organiser_adds_people_in_the_name_of_their_own(make_member, make_event, sign_in):
    equal = make_member("organiser")
    event = make_event(partners=Partners(co_organisers=[organisation_of(equal)]))
    browser = sign_in(equal)
    form = form_at(browser, at(event, "speakers/new/"), family="Rahman", given="Aisha")
    assert browser.post(at(event, "speakers/new/"), data=form).status_code == 303
    person = db.session.scalar(sa.select(Person).where(Person.known_to.is_not(None)))
    assert person.known_to == organisation_of(equal)


# --- overview and cost -------------------------------------------------------------------------------------


def test_the_overview_tells_of_the_programme(desk: Browser, event: Event, make_session):
    make_session(event)
    make_session(event, starts=None, ends=None)
    make_session(event, kind="presentation", speakers=[])
    page = desk.get(at(event, "")).get_data(as_text=True)
    assert "One session is to be scheduled" in page
    assert "2 conflicts in the programme are open" in page


def test_a_name_that_looks_like_markup_is_a_name(desk: Browser, event: Event, make_session):
    make_session(event, speakers=[SpeakerPlan("panellist", name=both("100 %(role)s <i>x</i>"))])
    assert "<li>100 %(role)s &lt;i&gt;x&lt;/i&gt;, Panellist</li>" in desk.get(at(event, "programme/")).get_data(
        as_text=True
    )


@pytest.mark.parametrize("room", ["", "programme/", "programme/rooms/", "speakers/"])
def test_a_page_asks_as_often_for_three_as_for_one(
    desk: Browser, event: Event, organiser: Actor, make_session, make_person, room: str
):
    def lay_out() -> None:
        part = services.save_room(SYSTEM, event.id, both("Room"))
        track = services.save_track(SYSTEM, event.id, both("Track"))
        person = make_person(known_to=organisation_of(organiser), address=None)
        speakers = [SpeakerPlan("panellist", person_id=person.id), SpeakerPlan("moderator", name=both("Somebody"))]
        make_session(event, room_id=part.id, track_id=track.id, speakers=speakers)

    lay_out()
    one = count_queries(desk, at(event, room))
    lay_out()
    lay_out()
    assert count_queries(desk, at(event, room)) == one


def test_the_form_of_a_session_asks_as_often_for_three_people_as_for_one(desk: Browser, event: Event, make_session):
    def plan(number: int) -> list[SpeakerPlan]:
        return [SpeakerPlan("panellist", name=both(f"Person {n}")) for n in range(number)]

    one, three = make_session(event, speakers=plan(1)), make_session(event, speakers=plan(3))
    counts = {count_queries(desk, at(event, f"programme/sessions/{session.id}/")) for session in (one, three)}
    assert len(counts) == 1


# --- what has become of a session while somebody writes -----------------------------------------------------


@pytest.mark.parametrize(("deed", "state", "said"), [
    ("delete", "Deleted", "Saved, but the session is deleted."),
    ("cancel", "Cancelled", "Saved. The session is cancelled."),
])  # fmt: skip
def test_whoever_writes_is_told_what_has_become_of_the_session(
    desk: Browser, event: Event, laid_out, deed, state, said
):
    address = at(event, f"programme/sessions/{laid_out[0].id}/")
    mine = form_at(desk, address)
    assert desk.submit(f"{address}{deed}/").status_code == 303
    response = desk.post(address, data=mine | {"title_en": "Mine"})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert re.search(rf'<th scope="row">State</th>\s*<td[^>]*>{state}</td>', page)
    assert again(laid_out[0]).title.texts["en"] != "Mine"
    response = desk.post(address, data=filled(page), follow_redirects=True)
    assert said in response.get_data(as_text=True)
    assert again(laid_out[0]).title.texts["en"] == "Mine"


@pytest.mark.parametrize("deed", ["delete", "cancel"])
def test_what_does_not_take_place_is_not_moved(desk: Browser, event: Event, laid_out, deed):
    session, base = laid_out[0], at(event, f"programme/sessions/{laid_out[0].id}/")
    mine = form_at(desk, f"{base}move/")
    before = again(session).starts
    desk.submit(f"{base}{deed}/")
    response = desk.post(f"{base}move/", data=mine | {"starts": ["2027-03-12", "09:00"]})
    assert response.status_code == 422
    assert "does not take place any more" in response.get_data(as_text=True)
    assert again(session).starts == before


def test_nothing_deleted_is_said_to_be_cancelled(desk: Browser, event: Event, laid_out):
    services.delete_session(SYSTEM, laid_out[0].id)
    base = at(event, f"programme/sessions/{laid_out[0].id}/")
    token = desk.csrf(at(event, "programme/"))
    page = desk.post(f"{base}cancel/", data={"csrf_token": token}, follow_redirects=True).get_data(as_text=True)
    assert "announced as cancelled" not in page
    assert "The session is deleted." in page


def test_a_corrected_text_tells_its_number(desk: Browser, event: Event, laid_out):
    address = at(event, f"programme/sessions/{laid_out[0].id}/")
    number = snapshots.newest_number(event.id)
    form = form_at(desk, address) | {"title_en": "Panel, corrected", "corrects": "1"}
    page = desk.post(address, data=form, follow_redirects=True).get_data(as_text=True)
    assert f"Saved. Correction {number + 1} is public; nobody is written to." in page
    form = form_at(desk, address) | {"corrects": "1"}
    page = desk.post(address, data=form, follow_redirects=True).get_data(as_text=True)
    assert "There was nothing to correct in the public text." in page
