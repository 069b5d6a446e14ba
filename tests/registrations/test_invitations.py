"""Inviting people to an event, and what they answer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Unreadable
from eventhub.messaging.models import Letter
from eventhub.registrations import guest_lists, invitations, jobs, queries, rights, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation
from eventhub.registrations.pools import PoolPlan, save_pool
from eventhub.registrations.rights import RightsPlan
from tests.conftest import Browser, both, organisation_of
from tests.filled import filled
from tests.queries import count_queries

Make = Callable[..., Any]
ROOM = "/en/organise/events/roundtable/registrations/invitations/"
WANG, BERG = Guest("王芳", "wang@example.org", "zh", "某网络"), Guest("Anna Berg", "Berg@Example.org", "en")


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member()


@pytest.fixture
def event(make_event: Make, organiser: Actor) -> Event:
    event = make_event(
        "Roundtable", slug="roundtable", organisation=organisation_of(organiser), visibility="invitation"
    )
    save_pool(SYSTEM, event.id, PoolPlan("in_person", both("Delegation", "代表团"), 1, "invitation"))
    return event


def until(days: int = 10) -> Any:
    return clock.now() + timedelta(days=days)


def ask(event: Event, *guests: Guest, **more: Any) -> list[EventInvitation]:
    invitations.invite(SYSTEM, event.id, "delegation", guests, more.pop("answer_by", until()), **more)
    return rows(event)


def rows(event: Event) -> list[EventInvitation]:
    db.session.expire_all()
    query = select(EventInvitation).where(EventInvitation.event_id == event.id)
    return list(db.session.scalars(query.order_by(EventInvitation.name)))


def guest(invitation: EventInvitation) -> Actor:
    return Actor("link", thing_id=invitation.id, purpose="event_invitation")


def at(invitation: EventInvitation, lang: str = "en") -> str:
    token = links.make("event_invitation", invitation.id, invitation.link_number)
    return f"/{lang}/invitations/{token}/register/"


def letters(kind: str) -> list[Letter]:
    return list(db.session.scalars(select(Letter).where(Letter.kind == kind)))


def test_whoever_accepts_has_a_place_in_a_pool_that_nobody_else_sees(event: Event, client: Browser):
    (berg, wang) = ask(event, WANG, BERG, words=both("Welcome", "欢迎"))
    assert [letter.language for letter in letters("guest_invited")] == ["zh", "en"] or len(
        letters("guest_invited")
    ) == 2
    registration = invitations.accept(guest(berg), berg.id, Details(name="Anna Berg", country="NO"))
    assert (registration.address, registration.place.pool.key, registration.place.state) == (
        "berg@example.org", "delegation", "confirmed",
    )  # fmt: skip
    assert registration.verified_at
    # The pool is full: who accepts later waits, in order.
    assert invitations.accept(guest(wang), wang.id, Details(name="王芳", language="zh")).place.state == "waitlisted"
    assert [one.state for one in rows(event)] == ["accepted", "accepted"]
    assert client.get("/en/events/roundtable/").status_code == 404


def test_an_answer_is_given_once_and_in_time(event: Event):
    [wang] = ask(event, WANG)
    with clock.standing_at(until(11)), pytest.raises(Conflict, match="time to answer"):
        invitations.accept(guest(wang), wang.id, Details(name="王芳"))
    invitations.decline(guest(wang), wang.id, " Visa ")
    assert (rows(event)[0].state, rows(event)[0].reason) == ("declined", "Visa")
    for again in (
        lambda: invitations.decline(guest(wang), wang.id),
        lambda: invitations.accept(guest(wang), wang.id, Details(name="王芳")),
        lambda: invitations.pass_on(guest(wang), wang.id, BERG),
    ):
        with pytest.raises(Conflict, match="answered before"):
            again()
    for stranger in (VISITOR, SYSTEM, Actor("link", thing_id=wang.id, purpose="registration")):
        with pytest.raises(NotFound):
            invitations.decline(stranger, wang.id)


def test_an_invitation_is_passed_on_to_a_colleague_and_tells_nothing_of_them(event: Event):
    [wang] = ask(event, WANG, words=both("Welcome"))
    with pytest.raises(Invalid):
        invitations.pass_on(guest(wang), wang.id, Guest("Me", "WANG@example.org", "zh"))
    invitations.pass_on(guest(wang), wang.id, BERG)
    berg, _ = rows(event)
    assert (berg.state, berg.passed_on_by_id, berg.pool.key, berg.words.in_("en")) == (
        "open", wang.id, "delegation", "Welcome",
    )  # fmt: skip
    [carl] = [one for one in ask(event, Guest("Carl", "carl@example.org", "en")) if one.name == "Carl"]
    invitations.pass_on(guest(carl), carl.id, BERG)
    assert [one.name for one in rows(event)] == ["Anna Berg", "Carl", "王芳"], "she was invited already"
    invitations.accept(guest(berg), berg.id, Details(name="Anna Berg"))
    [dee] = [one for one in ask(event, Guest("Dee", "dee@example.org", "en")) if one.name == "Dee"]
    assert invitations.pass_on(guest(dee), dee.id, BERG).state == "passed_on"
    assert len(rows(event)) == 4


def test_a_colleague_whose_own_time_was_over_can_answer_the_letter_that_is_passed_on_to_them(event: Event):
    ask(event, BERG, answer_by=until(1))
    with clock.standing_at(clock.now() + timedelta(days=2)):
        _, wang = ask(event, WANG, answer_by=until(5))
        invitations.pass_on(guest(wang), wang.id, BERG)
        [berg] = [one for one in rows(event) if one.state == "open"]
        assert (berg.typed_address, berg.is_open) == (BERG.address, True)


def test_a_long_list_is_compared_with_the_registrations_at_once(event: Event):
    people = [Guest(f"Guest {number}", f"guest{number}@example.org", "en") for number in range(6)]
    for one in people:
        services.add_by_hand(SYSTEM, event.id, Details(name=one.name, address=one.address), "in_person")
    counts = []
    for number in (1, 6):
        with count_queries() as asked:
            assert invitations.invite(SYSTEM, event.id, "delegation", people[:number], until()) == 0
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_is_invited_again_has_more_time_and_no_second_letter_at_once(event: Event):
    ask(event, WANG)
    assert invitations.invite(SYSTEM, event.id, "delegation", [WANG], until(20)) == 0
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        assert invitations.invite(SYSTEM, event.id, "delegation", [WANG], until(20)) == 1
        [wang] = rows(event)
        assert wang.answer_by > until(15)
        invitations.accept(guest(wang), wang.id, Details(name="王芳"))
        assert invitations.invite(SYSTEM, event.id, "delegation", [WANG], until(20)) == 0


@pytest.mark.parametrize(
    ("guests", "told"),
    [
        ([], "at least one"),
        ([Guest("A", "a@example.org", "en"), Guest("B", "b@", "en", line=2)], "Line 2: “b@”"),
        ([Guest(" ", "a@example.org", "en", line=7)], "Line 7"),
        ([Guest("A", "a@example.org", "fr", line=1)], "en or zh"),
        ([Guest("A", f"a{n}@example.org", "en") for n in range(501)], "500"),
    ],
)
def test_a_wrong_line_stops_the_whole_list(event: Event, guests: list[Guest], told: str):
    with pytest.raises(Invalid, match=told):
        invitations.invite(SYSTEM, event.id, "delegation", guests, until())
    assert rows(event) == []
    assert letters("guest_invited") == []


def test_invitations_end_before_the_event_does_and_are_not_of_the_past(event: Event):
    for wrong in (clock.now() - timedelta(minutes=1), until(90)):
        with pytest.raises(Invalid) as refused:
            invitations.invite(SYSTEM, event.id, "delegation", [WANG], wrong)
        assert refused.value.field == "answer_by"
    events.cancel_event(SYSTEM, event.id)
    with pytest.raises(Conflict):
        invitations.invite(SYSTEM, event.id, "delegation", [WANG], until())


def test_who_has_not_answered_is_reminded_once_before_the_end_and_by_hand(event: Event, organiser: Actor):
    ask(event, WANG, BERG)
    assert invitations.remind(organiser, event.id) == 0, "they have just been written to"
    with clock.standing_at(until(7)):
        jobs.remind_guests()
    assert letters("guest_reminded") == []
    with clock.standing_at(until(9)):
        jobs.remind_guests()
        jobs.remind_guests()
        assert len(letters("guest_reminded")) == 2
        invitations.decline(guest(rows(event)[0]), rows(event)[0].id)
    with clock.standing_at(until(9) + timedelta(hours=2)):
        assert invitations.remind(organiser, event.id) == 1


def test_only_organisers_invite_and_take_back(event: Event, make_member: Make, organiser: Actor):
    [wang] = ask(event, WANG)
    for stranger in (make_member(), VISITOR, guest(wang)):
        for deed in (
            lambda actor: invitations.invite(actor, event.id, "delegation", [BERG], until()),
            lambda actor: invitations.withdraw(actor, wang.id),
            lambda actor: invitations.remind(actor, event.id),
        ):
            with pytest.raises(NotFound):
                deed(stranger)
    invitations.withdraw(organiser, wang.id)
    invitations.withdraw(organiser, wang.id)
    assert rows(event)[0].state == "withdrawn"
    with pytest.raises(Conflict):
        invitations.accept(guest(wang), wang.id, Details(name="王芳"))


def test_who_is_registered_already_is_not_registered_twice(event: Event):
    [wang] = ask(event, WANG)
    services.add_by_hand(SYSTEM, event.id, Details(name="王芳", address="wang@example.org"), "online")
    with pytest.raises(Conflict, match="already"):
        invitations.accept(guest(wang), wang.id, Details(name="王芳"))


def test_nobody_accepts_a_place_that_is_not_offered_any_more(event: Event):
    [wang] = ask(event, WANG)
    pool = queries.find_pool(event, "delegation")
    assert pool
    save_pool(SYSTEM, event.id, PoolPlan("in_person", pool.name, 1, "invitation", is_open=False), "delegation")
    with pytest.raises(Conflict, match="not offered any more"):
        invitations.accept(guest(wang), wang.id, Details(name="王芳"))
    assert rows(event)[0].state == "open"


@pytest.mark.parametrize(
    ("line", "name", "address", "language", "organisation"),
    [
        ("王芳, wang@example.org", "王芳", "wang@example.org", "en", ""),
        ("王芳 <wang@example.org>", "王芳", "wang@example.org", "en", ""),
        ("Anna Berg\tberg@example.org\tZH\tSome Network", "Anna Berg", "berg@example.org", "zh", "Some Network"),
        ("berg@example.org; Anna Berg; Network, Inc.", "Anna Berg", "berg@example.org", "en", "Network, Inc."),
        ('"Berg, Anna", berg@example.org', "Berg, Anna", "berg@example.org", "en", ""),
        ("王芳，wang@example.org，zh，救援中心", "王芳", "wang@example.org", "zh", "救援中心"),
        ("王芳；wang@example.org; 救援中心，北京", "王芳", "wang@example.org", "en", "救援中心，北京"),
        ("nobody", "nobody", "", "en", ""),
        ("a@b <c", "", "a@b <c", "en", ""),
        ("王芳\twang@example.org\t中文\t救援中心", "王芳", "wang@example.org", "zh", "救援中心"),
        ("Anna, berg@example.org, Chinese, Some Network", "Anna", "berg@example.org", "zh", "Some Network"),
        ("English, e@example.org", "English", "e@example.org", "en", ""),
    ],
)
def test_a_line_is_read_as_people_write_it(line, name, address, language, organisation):
    assert guest_lists.read(f"\n{line}\n\n", "en") == [Guest(name, address, language, organisation, 2)]


def test_what_stands_above_the_columns_says_what_they_are():
    table = io.BytesIO(
        "Our guests,,,,\n\n单位,语言,邮箱,姓,名\n救援中心,中文,wang@example.org,王,芳\n,,berg@example.org,,Anna\n"
        "网络,法文,li@example.org,李,雷\n,,nowhere,无,名".encode("gb18030")
    )
    text = guest_lists.written(table) + "\nAdded by hand, hand@example.org, zh, By hand"
    assert guest_lists.read(text, "en") == [
        Guest("王芳", "wang@example.org", "zh", "救援中心", 3),
        Guest("Anna", "berg@example.org", "en", "", 4),
        Guest("李雷", "li@example.org", "法文", "网络", 5),
        Guest("无名", "nowhere", "en", "", 6),
        Guest("Added by hand", "hand@example.org", "zh", "By hand", 7),
    ]
    again = guest_lists.read("Name, E-mail\nName, E-mail\nA, a@example.org", "en")
    assert [guest.address for guest in again] == ["E-mail", "a@example.org"]


def test_all_lines_that_are_wrong_are_told_at_once(event: Event):
    lines = ["Anna", "王芳, wang@", *(f"Guest {number}" for number in range(8)), "李雷, li@example.org"]
    with pytest.raises(Invalid) as refusal:
        ask(event, *guest_lists.read("\n".join(lines), "en"))
    assert refusal.value.message.startswith(
        "Line 1: “Anna” has no e-mail address. Line 2: “wang@” is not an e-mail address. Line 3:"
    )
    assert refusal.value.message.endswith("2 more lines are wrong.")
    assert rows(event) == []


def test_files_of_spreadsheets_become_a_list_to_look_at(event: Event, organiser: Actor, sign_in: Make):
    book = openpyxl.Workbook()
    book.active.append(["王芳", "wang@example.org", None, "zh"])
    workbook = io.BytesIO()
    book.save(workbook)
    desk = sign_in(organiser)
    for data, name in (
        (workbook.getvalue(), "a.xlsx"),
        ("王芳;wang@example.org;zh".encode("gb18030"), "a.csv"),
        ("\ufeff王芳,wang@example.org,zh".encode(), "a.csv"),
    ):
        token = desk.csrf(f"{ROOM}new/")
        sent = desk.post(f"{ROOM}new/", data={"csrf_token": token, "file": (io.BytesIO(data), name)})
        assert sent.status_code == 200
        assert guest_lists.read(filled(sent.text)["guests"][0], "en") == [
            Guest("王芳", "wang@example.org", "zh", line=1)
        ]
    for data, told in (
        (b"PK\x03\x04", "The workbook is damaged"),
        (b"\xff\xff\xff", "The file is neither in UTF-8 nor in GB 18030"),
        (b'"' + 200_000 * b"x", "The file is no list that can be read."),
    ):
        token = desk.csrf(f"{ROOM}new/")
        bad = desk.post(f"{ROOM}new/", data={"csrf_token": token, "file": (io.BytesIO(data), "a.csv")})
        assert (bad.status_code, told in bad.text) == (422, True), told
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        guest_lists.written(io.BytesIO(200_000 * b"a,a@b.org\n"))
    assert rows(event) == []


def test_the_desk_sends_lists_and_shows_what_came_of_them(event: Event, organiser: Actor, sign_in: Make):
    desk = sign_in(organiser)
    assert "Everybody whom you invite will be here" in desk.get(ROOM).text
    form = filled(desk.get(f"{ROOM}new/").text, guests="王芳, wang@example.org, zh\r\nAnna, anna@", words_en="Hello")
    assert form["pool"] == ["delegation"]
    wrong = desk.post(f"{ROOM}new/", data=form)
    assert (wrong.status_code, "Line 2: “anna@” is not an e-mail address." in wrong.text) == (422, True)
    assert "王芳, wang@example.org, zh" in wrong.text
    assert desk.post(f"{ROOM}new/", data={**form, "guests": "王芳, wang@example.org, zh"}).status_code == 303
    page = desk.get(ROOM).text
    assert "One invitation is on its way." in page
    assert "王芳" in page
    [wang] = rows(event)
    assert desk.submit(f"{ROOM}remind/", form_at=ROOM).status_code == 303
    assert "Nobody is to be reminded now" in desk.get(ROOM).text
    assert desk.submit(f"{ROOM}{wang.id}/withdraw/", form_at=ROOM).status_code == 303
    assert f"The invitation of {wang.name} is withdrawn." in desk.get(ROOM).text
    assert "王芳" in desk.get(f"{ROOM}?state=withdrawn").text
    assert "王芳" not in desk.get(f"{ROOM}?state=open").text


def test_the_list_asks_as_often_for_three_as_for_one(event: Event, organiser: Actor, sign_in: Make):
    desk = sign_in(organiser)

    def asked() -> int:
        with count_queries() as queries_made:
            assert desk.get(ROOM).status_code == 200
        return len(queries_made)

    ask(event, WANG)
    one = asked()
    ask(event, BERG, Guest("C", "c@example.org", "en"))
    assert asked() == one


def test_a_guest_answers_on_their_page_in_their_language(event: Event, client: Browser):
    (berg, wang) = ask(event, WANG, BERG, words=both("Bring boots", "请带靴子"))
    page = client.get(at(wang, "zh")).text
    assert "请带靴子" in page
    assert "邀请您参加：代表团。" in page
    form = filled(page)
    assert (form["name"], form["organisation"]) == (["王芳"], ["某网络"])
    missing = client.post(at(wang, "zh"), data=form)
    assert missing.status_code == 422
    done = client.post(at(wang, "zh"), data={**form, "consent": "y"})
    assert (done.status_code, "/zh/registrations/" in done.location) == (303, True)
    assert "报名成功" in client.get(done.location).text
    assert 'data-invitation-state="accepted"' in client.get(at(wang)).text
    late = client.post(at(wang), data={**form, "consent": "y", "csrf_token": client.csrf(at(berg))})
    assert late.status_code == 409
    page = client.get(at(berg)).text
    decline = at(berg).replace("/register/", "/decline/")
    assert client.submit(decline, {"reason": "x" * 501}, form_at=at(berg)).status_code == 422
    assert client.submit(decline, {"reason": "Travel"}, form_at=at(berg)).status_code == 303
    assert "You have declined this invitation." in client.get(at(berg)).text
    token = client.csrf("/en/links/")
    assert client.post(decline, data={"csrf_token": token}).status_code == 303


def test_a_guest_is_asked_whom_they_bring_where_others_are(event: Event, client: Browser):
    [wang] = ask(event, WANG)
    form = {**filled(client.get(at(wang)).text), "consent": "y", "companions": "Li\nSun\nMa"}
    assert "companions" not in filled(client.get(at(wang)).text)
    rights.set_rights(SYSTEM, event.id, RightsPlan(most_companions=2, counts_companions=False))
    assert "2 people at most" in client.get(at(wang)).text
    refused = client.post(at(wang), data=form)
    assert refused.status_code == 422
    assert "You can bring 2 people at most." in refused.text
    assert "Ma</textarea>" in refused.text
    assert client.post(at(wang), data={**form, "companions": "Li\n Sun "}).status_code == 303
    found = queries.find_registration(event.id, "wang@example.org")
    assert found is not None
    assert (found.companions, found.place.size) == (["Li", "Sun"], 1)


def test_a_guest_sends_a_colleague(event: Event, client: Browser):
    [wang] = ask(event, WANG)
    where = at(wang).replace("/register/", "/pass-on/")
    wrong = client.submit(where, {"name": "Li", "address": "li@", "language": "en"}, form_at=at(wang))
    assert wrong.status_code == 422
    own = client.submit(where, {"name": "Me", "address": "wang@example.org", "language": "en"}, form_at=at(wang))
    assert (own.status_code, "This is your own address." in own.text) == (422, True)
    sent = client.submit(where, {"name": "Li", "address": "li@example.org", "language": "en"}, form_at=at(wang))
    assert sent.status_code == 303
    assert "You have passed this invitation on" in client.get(at(wang)).text
    assert [one.name for one in rows(event)] == ["Li", "王芳"]


def test_a_wrong_link_opens_nothing(event: Event, client: Browser):
    [wang] = ask(event, WANG)
    token = links.make("event_invitation", wang.id, wang.link_number + 1)
    for wrong in (token, links.make("invitation", wang.id, wang.link_number), "x" * 43):
        for part in ("register/", ""):
            assert client.get(f"/en/invitations/{wrong}/{part}").status_code == 404
    whole = at(wang)
    assert client.get(whole.removesuffix("register/")).location == whole


def test_who_was_just_written_to_is_not_written_to_again_by_way_of_a_withdrawal(event: Event):
    ask(event, WANG)
    for _ in range(3):
        for row in rows(event):
            invitations.withdraw(SYSTEM, row.id)
        ask(event, WANG)
    assert len(rows(event)) == 1
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        ask(event, WANG)
    assert [row.state for row in rows(event)].count("open") == 1


def test_a_workbook_whose_cells_share_a_text_of_megabytes_is_a_short_list(app):
    """Five kilobytes that would unfold to gigabytes: each cell says no more than where the text is."""
    row = "<row>" + '<c t="s"><v>0</v></c>' * 8 + "</row>"
    parts = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="sheet.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst><si><t>{'w ' * 100_000}</t></si></sst>",
        "xl/sheet.xml": f"<worksheet><sheetData>{row * 300}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    out.seek(0)
    with app.test_request_context("/en/"):
        assert 0 < len(guest_lists.written(out)) < 300 * 8 * (guest_lists.LONGEST_CELL + 1)


def test_a_list_that_is_none_or_too_long_says_so(app):
    with app.test_request_context("/en/"):
        with pytest.raises(Invalid, match="no list that can be read"):
            guest_lists.written(io.BytesIO(b"Name," + b"x" * 200_000))
        with pytest.raises(Invalid, match="500 people at most"):
            guest_lists.written(io.BytesIO(b"A,a@example.org\n" * 600))
