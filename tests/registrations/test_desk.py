"""The organiser's room: the list, one registration, the numbers of places, and the files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.registrations import pools, queries, services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Pool, Registration
from eventhub.registrations.visa.models import VisaRequest
from tests.conftest import Browser, on_sqlite
from tests.filled import filled

pytestmark = on_sqlite

Make = Callable[..., Any]


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event with two places in person."""
    made: Event = make_event("Roundtable", slug="roundtable", in_person=2, online=20)
    return made


@pytest.fixture
def organiser(event: Event, make_member: Make, sign_in: Make) -> Browser:
    """The browser of its organiser."""
    browser: Browser = sign_in(make_member("organiser", event.organisation))
    return browser


def enter(event: Event, name: str, pool: str = "in_person", **said: Any) -> Registration:
    """Register somebody."""
    address = said.pop("address", f"{name.split(maxsplit=1)[0].lower()}@example.org")
    services.register(SYSTEM, event.id, Details(name=name, address=address, **said), pool)
    registration = queries.find_registration(event.id, address)
    assert registration
    return registration


ROOM = "/en/organise/events/roundtable/registrations/"


def test_the_list_shows_how_every_place_stands(event: Event, organiser: Browser):
    assert "Everybody who registers will be here" in organiser.get(ROOM).text
    for name in ("Anna Berg", "王芳", "Carl Dee"):
        enter(event, name, address=f"{len(name)}@example.org", organisation="爱德基金会")
    page = organiser.get(ROOM).text
    assert all(word in page for word in ("Anna Berg", "王芳", "8@example.org", "number 1", "爱德基金会"))


def test_each_page_of_the_room_leads_to_the_others(event: Event, organiser: Browser, make_member: Make, sign_in: Make):
    names = ["All registrations", "Invitations", "Places and pools", "Form", "Consents", "How long data is kept",
             "What registrants may do", "Sessions with sign-up", "Letters for a visa"]  # fmt: skip

    def row(browser: Browser, address: str) -> list[tuple[str, str, str]]:
        page = browser.get(address).text
        nav = page[page.index('class="subrooms"') :]
        return re.findall(r'<a href="([^"]+)"( aria-current="page")?>([^<]+)</a>', nav[: nav.index("</nav>")])

    pages = row(organiser, ROOM)
    assert [name for _, _, name in pages] == names
    assert "<summary>Registrations: Consents</summary>" in organiser.get(f"{ROOM}consents/").text
    for address, _, name in pages:
        assert [one for _, is_here, one in row(organiser, address) if is_here] == [name]
    door = sign_in(make_member("check_in", event.organisation))
    assert {name for _, _, name in row(door, ROOM)} == {"All registrations", "Sessions with sign-up"}


def test_what_waits_for_a_decision_stands_first(event: Event, organiser: Browser, save: Make):
    row = enter(event, "Anna Berg")
    request = save(VisaRequest(event_id=event.id, registration_id=row.id, sealed="sealed", state="asked"))
    for address in (ROOM, OVERVIEW):
        assert "One person asks for a letter for a visa" in organiser.get(address).text
    request.sealed = None
    db.session.commit()
    for address in (ROOM, OVERVIEW):
        assert "asks for a letter for a visa" not in organiser.get(address).text
    assert "Not needed any more" in organiser.get(f"{ROOM}visa/").text


def test_a_draft_says_that_its_places_have_no_limit(event: Event, organiser: Browser, make_event: Make):
    draft = make_event("Draft", slug="draft", organisation=event.organisation, published=False)
    at = "/en/organise/events/draft/"
    assert "There is no limit to the places yet." in organiser.get(at).text
    pools.change_pools(SYSTEM, draft.id, {"in_person": 40, "online": None})
    assert "There is no limit to the places yet." not in organiser.get(at).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("words=anna", {"Anna Berg"}),
        ("words=芳", {"王芳"}),
        ("words=爱德", {"王芳"}),
        ("words=爱德+王", {"王芳"}),
        ("words=wang@", {"王芳"}),
        ("words=wang+FANG", {"王芳"}),
        ("words=wf", {"王芳"}),
        ("words=wangfang&pool=online", set()),
        ("words=%25", set()),
        ("words=ａｎｎａ", {"Anna Berg"}),
        ("pool=online", {"Dana Eck"}),
        ("state=waitlisted", {"Carl Dee"}),
        ("stakeholder_type=local_ngo", {"王芳"}),
        ("state=cancelled", {"Finn Gay"}),
        ("state=nonsense", {"Anna Berg", "王芳", "Carl Dee", "Dana Eck", "Finn Gay"}),
        ("page=99999999999999999999", set()),
        ("page=2", set()),
    ],
)
def test_the_list_is_searched_and_filtered(event: Event, organiser: Browser, query: str, found: set[str], monkeypatch):
    services.cancel_registration(SYSTEM, enter(event, "Finn Gay").id)
    enter(event, "Anna Berg")
    enter(event, "王芳", address="wang@example.org", organisation="爱德基金会", stakeholder_type="local_ngo")
    enter(event, "Carl Dee")
    enter(event, "Dana Eck", "online")
    monkeypatch.setattr(queries, "MOST_READ", 5)
    page = organiser.get(f"{ROOM}?{query}").text
    assert {name for name in ("Anna Berg", "王芳", "Carl Dee", "Dana Eck", "Finn Gay") if f">{name}<" in page} == found
    # Too many to be read one by one are still found by what they wrote.
    monkeypatch.setattr(queries, "MOST_READ", 4)
    assert organiser.get(f"{ROOM}?{query}").status_code == 200
    assert ">王芳<" not in organiser.get(f"{ROOM}?words=wf").text


def test_long_lists_come_in_pages(event: Event, organiser: Browser):
    for number in range(51):
        enter(event, f"Person{number:02} X", "online")
    first, second = organiser.get(ROOM).text, organiser.get(f"{ROOM}?page=2").text
    assert (first.count("@example.org"), second.count("@example.org")) == (50, 1)
    assert "Page 1 of 2" in first


def queries_of(browser: Browser, address: str) -> int:
    """How many statements a page needs."""
    seen: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert browser.get(address).status_code == 200
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)


@pytest.mark.parametrize("address", [ROOM, "/en/organise/events/roundtable/", "/en/events/roundtable/"])
def test_more_registrations_need_no_more_queries(event: Event, organiser: Browser, address: str):
    enter(event, "One X")
    queries_of(organiser, address)  # what a process keeps of a programme is read once
    one = queries_of(organiser, address)
    for name in ("Two X", "Three X", "Four X"):
        enter(event, name)
    assert queries_of(organiser, address) == one


ADDRESSES = ["", "new/", "places/", "{id}/"]
POSTS = ["{id}/cancel/", "{id}/switch/", "{id}/new-link/", "export/csv/", "export/xlsx/"]


@pytest.mark.parametrize(
    ("role", "is_own", "reads", "manages"),
    [
        ("administrator", True, 200, 200),
        ("check_in", True, 200, 403),
        ("translator", True, 403, 403),
        ("viewer", True, 403, 403),
        ("administrator", False, 404, 404),
    ],
)
def test_each_role_gets_as_far_as_its_rights(
    event: Event, make_member: Make, sign_in: Make, role: str, is_own: bool, reads: int, manages: int
):
    one = enter(event, "Anna Berg")
    browser = sign_in(make_member(role, event.organisation if is_own else None))
    got = [browser.get(ROOM + address.format(id=one.id)).status_code for address in ADDRESSES]
    assert got == [reads, manages, manages, manages]
    if manages != 200:
        token = browser.csrf("/en/account/")
        data = {"csrf_token": token, "pool": "online"}
        sent = {browser.post(ROOM + address.format(id=one.id), data=data).status_code for address in POSTS}
        assert sent == {manages}
    db.session.rollback()
    assert (one.place.state, one.place.pool.key, one.link_number) == ("confirmed", "in_person", 1)


def test_the_door_sees_names_but_no_addresses(event: Event, make_member: Make, sign_in: Make):
    enter(event, "Anna Berg", address="secret@example.org")
    browser = sign_in(make_member("check_in", event.organisation))
    assert "Anna Berg" in browser.get(ROOM).text
    assert "secret@" not in browser.get(ROOM).text
    assert "Anna Berg" not in browser.get(f"{ROOM}?words=secret").text
    assert "Export" not in browser.get(ROOM).text


def test_visitors_are_led_to_sign_in(event: Event, client: Browser):
    assert "/en/sign-in/" in client.get(ROOM).location


def test_a_registration_of_another_event_is_not_there(event: Event, organiser: Browser, make_event: Make):
    other = enter(make_event(), "Anna Berg")
    assert organiser.get(f"{ROOM}{other.id}/").status_code == 404


def test_an_organiser_changes_moves_cancels_and_sends_the_link(event: Event, organiser: Browser):
    one = enter(event, "Anna Berg")
    address = f"{ROOM}{one.id}/"
    assert organiser.submit(address, {"name": "Anna B.", "language": "zh", "country": "CH"}).location == address
    assert (one.name, one.country) == ("Anna B.", "CH")
    assert organiser.submit(address, {"name": "", "language": "zh"}).status_code == 422
    organiser.submit(f"{address}switch/", {"pool": "online"}, form_at=address)
    assert one.place.pool.key == "online"
    organiser.submit(f"{address}switch/", {"pool": "balcony"}, form_at=address)
    assert "Choose how to take part" in organiser.get(address).text
    organiser.submit(f"{address}new-link/", form_at=address)
    assert one.link_number == 2
    for shown in (organiser.get(address).text, organiser.get(address.replace("/en/", "/zh/", 1)).text):
        asked = shown.split(f'{address.split("/", 2)[2]}cancel/"', 1)[1].split("</form>", 1)[0]
        assert re.search(
            r'<noscript><label class="check small"><input type="checkbox" required><span>.*Anna B\.', asked
        )
    organiser.submit(f"{address}cancel/", form_at=address)
    assert one.place.state == "cancelled"
    assert "Cancel the registration" not in organiser.get(address).text


def test_an_organiser_registers_somebody_by_hand(event: Event, organiser: Browser):
    given = {"pool": "in_person", "name": "陈静", "language": "zh", "address": ""}
    assert organiser.submit(f"{ROOM}new/", given).status_code == 303
    one = db.session.scalars(select(Registration)).one()
    assert (one.name, one.address, one.place.state) == ("陈静", None, "confirmed")
    assert "no letters go" in organiser.get(f"{ROOM}{one.id}/").text
    enter(event, "Anna Berg")
    known = organiser.submit(f"{ROOM}new/", {**given, "address": "Anna@example.org"})
    assert (known.status_code, "registered under this address already" in known.text) == (409, True)
    wrong = organiser.submit(f"{ROOM}new/", {**given, "address": "anna@"})
    assert (wrong.status_code, 'id="address-error"' in wrong.text) == (422, True)


def test_an_organiser_sets_how_many_places_there_are(event: Event, organiser: Browser):
    for name in ("A X", "B X", "C X"):
        enter(event, name)
    address = f"{ROOM}places/in_person/"
    form = filled(organiser.get(address).text)
    assert organiser.post(address, data={**form, "capacity": "3"}).status_code == 303
    assert queries.positions(event) == {}
    assert {pool.key: pool.capacity for pool in db.session.scalars(select(Pool))} == {"in_person": 3, "online": 20}
    form = filled(organiser.get(address).text)
    for typed in ("-1", "many"):
        wrong = organiser.post(address, data={**form, "capacity": typed})
        assert (wrong.status_code, f'value="{typed}"' in wrong.text) == (422, True)


RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://evil.example")', "王芳", "2024-01-01", "007"]


@pytest.fixture
def risky(event: Event) -> None:
    """People who call themselves like formulas."""
    for number, name in enumerate(RISKY):
        services.register(SYSTEM, event.id, Details(name=name, address=f"n{number}@example.org"), "online")


def test_a_file_names_languages_and_tells_the_hour_with_its_zone(event: Event, organiser: Browser):
    enter(event, "王芳", address="wang@example.org", language="zh")
    text = organiser.submit(f"{ROOM}export/csv/", form_at=ROOM).data.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["Language of letters"] == "中文"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d \+0800", row["Registered at"])


@pytest.mark.usefixtures("risky")
def test_a_csv_file_opens_in_excel_and_holds_no_formula(event: Event, organiser: Browser):
    answer = organiser.submit(f"{ROOM}export/csv/", form_at=ROOM)
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="roundtable-registrations.csv"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    guarded = [f"'{name}" if name[0] in "=+-@" else name for name in RISKY]
    assert sorted(row["Name"] for row in rows) == sorted(guarded)
    assert {(row["State"], row["Takes part"]) for row in rows} == {("Confirmed", "Online")}


def test_no_cell_begins_like_a_command(event: Event, organiser: Browser):
    one = enter(event, "Anna Berg")
    one_name = {"\tTAB": "'\tTAB", "\rCR": "'\rCR"}
    for name, guarded in one_name.items():
        services.change_registration(SYSTEM, one.id, services.Description(name=name))
        text = organiser.submit(f"{ROOM}export/csv/", form_at=ROOM).data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert rows[1][0] == guarded


@pytest.mark.usefixtures("risky")
def test_a_workbook_holds_text_alone(event: Event, organiser: Browser):
    pools.change_pools(SYSTEM, event.id, {"in_person": 0})
    enter(event, "Late X", country="CN", stakeholder_type="un_agency")
    with organiser.submit(f"{ROOM}export/xlsx/", form_at=ROOM) as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet
    rows = list(sheet.iter_rows(min_row=2))
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert {row[0].value for row in rows} == {*RISKY, "Late X"}
    late = next(row for row in rows if row[0].value == "Late X")
    assert [cell.value for cell in late[3:9]] == [
        "UN agency", "China", "English", "In person", "On the waitlist", "1",
    ]  # fmt: skip


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_is_written_into_the_audit(event: Event, organiser: Browser, file_format: str):
    enter(event, "Anna Berg")
    organiser.submit(f"{ROOM}export/{file_format}/", form_at=ROOM).close()
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.fact == "RegistrationsExported")).one()
    assert (line.actor_kind, line.event_id, line.data["rows"], line.data["format"]) == (
        "member", event.id, 1, file_format,
    )  # fmt: skip
    assert organiser.get(f"{ROOM}export/{file_format}/").status_code == 405


OVERVIEW = "/en/organise/events/roundtable/"


def test_the_overview_counts_and_draws_and_warns(event: Event, organiser: Browser):
    assert "Nobody has registered yet" in organiser.get(OVERVIEW).text
    with clock.standing_at(clock.now() - timedelta(days=4)):
        enter(event, "A X")
    enter(event, "B X")
    page = organiser.get(OVERVIEW).text
    assert 'points="0,100 20,50 40,50 60,50 80,50 100,0"' in page
    assert "All places in person are taken" in page
    enter(event, "C X")
    assert "One person is waiting for a place in person" in organiser.get(OVERVIEW).text
    pools.change_pools(SYSTEM, event.id, {"in_person": 40, "online": 2})
    enter(event, "D X", "online")
    page = organiser.get(OVERVIEW).text
    assert ("waiting for a place" in page, "One place is left online" in page) == (False, True)


def test_people_in_a_pool_that_is_no_longer_offered_are_pointed_out(event: Event, organiser: Browser):
    enter(event, "A X")
    values = {name: getattr(event, name) for name in events.Header.__dataclass_fields__}
    events.change_event(SYSTEM, event.id, events.Header(**{**values, "mode": "online"}))
    assert "no longer takes place" in organiser.get(OVERVIEW).text


def test_roles_without_names_see_no_numbers_on_the_overview(event: Event, make_member: Make, sign_in: Make):
    enter(event, "A X")
    page = sign_in(make_member("viewer", event.organisation)).get(OVERVIEW).text
    assert "Registrations over time" not in page
    assert ROOM not in page


def test_an_event_that_is_only_online_has_one_number_of_places(make_event: Make, make_member: Make, sign_in: Make):
    online = make_event(mode="online", slug="webinar")
    browser = sign_in(make_member("organiser", online.organisation))
    address = "/en/organise/events/webinar/registrations/places/"
    assert "places/in_person/" not in browser.get(address).text
    assert browser.get(f"{address}in_person/").status_code == 404
    form = filled(browser.get(f"{address}online/").text)
    assert browser.post(f"{address}online/", data={**form, "capacity": "7"}).status_code == 303
    assert {pool.key: pool.capacity for pool in db.session.scalars(select(Pool))} == {"online": 7}
