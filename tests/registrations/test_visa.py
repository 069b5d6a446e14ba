"""Letters of invitation for a visa: who asks, who sees what stands in a passport, and when it is gone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import format_date
from eventhub.registrations import moves, rights, substitutes
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registering
from eventhub.registrations.models import Registration
from eventhub.registrations.visa import jobs, personal, policy, queries, services
from eventhub.registrations.visa.models import VisaRequest
from eventhub.registrations.visa.queries import Passport
from tests.conftest import on_sqlite, organisation_of
from tests.phones import IN_WECHAT
from tests.queries import count_queries

pytestmark = on_sqlite

ROOM = "/en/organise/events/workshop/registrations/visa/"
TYPED = {
    "full_name": "ZHANG WEI #panic() 龑",
    "nationality": "CN",
    "number": "ｅ １２３４-5678",
    "born": "1980-10-03",
    "arrives": "2027-03-09",
    "leaves": "2027-03-12",
    "embassy": "Embassy of Switzerland, Beijing",
}
PASSPORT = Passport(
    full_name="ZHANG WEI", nationality="CN", number="E12345678", born=date(1980, 10, 3), arrives=date(2027, 3, 9),
    leaves=date(2027, 3, 12), embassy="Embassy of Switzerland",
)  # fmt: skip


@pytest.fixture
def event(make_event: Any, make_member: Any) -> Any:
    """An event of tomorrow that offers letters and keeps passports for ten days."""
    nine = datetime.combine((clock.now() + timedelta(days=1)).date(), time(9))
    days = {"starts": nine, "ends": nine + timedelta(hours=8)}
    made = make_event("Workshop", slug="workshop", in_person=2, organisation=organisation_of(make_member()), **days)
    services.change_plan(SYSTEM, made.id, is_offered=True, keep_days=10)
    return made


@pytest.fixture
def enter(event: Any) -> Any:
    """Register somebody."""

    def make(name: str, pool: str = "in_person") -> Registration:
        address = f"{uuid4().hex[:8]}@example.org"
        registering.register(SYSTEM, event.id, registering.Details(name=name, address=address), pool)
        found = registrations.find_registration(event.id, address)
        assert found
        return found

    return make


@pytest.fixture
def desk(event: Any, make_member: Any, sign_in: Any) -> Any:
    """An organiser's browser."""
    return sign_in(make_member("organiser", event.organisation))


@pytest.fixture
def later() -> Iterator[Any]:
    """Let so many days go by."""
    standing: list[Any] = []

    def go(days: int) -> None:
        standing.append(clock.standing_at(clock.now() + timedelta(days=days)))
        standing[-1].__enter__()

    yield go
    for one in reversed(standing):
        one.__exit__(None, None, None)


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def link_of(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def text_of(answer: Any) -> str:
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)


def test_a_letter_is_asked_for_issued_and_had(client, desk, event, enter):
    wang = enter("Wang Fang")
    at = link_of(wang)
    assert "Ask for a letter" in client.get(at).text
    assert client.get(f"{at}invitation-letter.pdf").status_code == 404
    answer = client.submit(f"{at}visa/", TYPED)
    assert answer.status_code == 303
    page = client.get(at).text
    assert "The organisers look at it" in page
    assert "E1234-5678" not in page
    assert "E1234-5678" not in client.get(f"{at}visa/").text
    assert client.get(f"{at}invitation-letter.pdf").status_code == 404
    request = db.session.scalars(select(VisaRequest)).one()
    seen = desk.get(f"{ROOM}{request.id}/").text
    assert all(
        said in seen for said in ("ZHANG WEI #panic() 龑", "E1234-5678", "3 October 1980", "Embassy of Switzerland")
    )
    assert "ZHANG" in text_of(desk.get(f"{ROOM}{request.id}/letter.pdf"))
    assert "Waits for you" in desk.get(ROOM).text
    assert f'name="version" value="{request.version}"' in seen
    seen_at = {"version": request.version}
    assert desk.submit(f"{ROOM}{request.id}/issue/", seen_at, form_at=f"{ROOM}{request.id}/").status_code == 303
    text = text_of(client.get(f"{at}invitation-letter.pdf"))
    assert all(said in text for said in ("ZHANG WEI #panic() 龑", "3 October 1980", "E1234-5678", "Workshop", "9–12"))
    chinese = text_of(client.get(f"{link_of(wang, 'zh')}invitation-letter.pdf"))
    assert all(said in chinese for said in ("邀请函", "1980年10月3日", "龑", "诚邀"))
    assert "Letter as PDF" in client.get(at).text
    kept = str(db.session.connection().exec_driver_sql("SELECT * FROM visa_requests").all())
    kept += str([one.data for one in db.session.scalars(select(AuditEntry))])
    assert not any(said in kept for said in ("ZHANG", "E1234", "1980", "Embassy"))


@pytest.mark.parametrize("reader", IN_WECHAT)
def test_inside_wechat_a_letter_is_explained_to_both(client, desk, event, enter, reader):
    at = link_of(enter("Wang Fang"))
    client.submit(f"{at}visa/", TYPED)
    request = db.session.scalars(select(VisaRequest)).one()
    services.issue(SYSTEM, request.id, request.version)
    for browser in (client, desk):
        browser.environ_base["HTTP_USER_AGENT"] = reader["User-Agent"]
    assert "WeChat cannot save files." in desk.get(f"{ROOM}{request.id}/").text
    assert re.findall(r'<a class="([^"]+)" href="[^"]+letter.pdf"', client.get(at).text) == ["button"]
    for browser, letter in ((desk, f"{ROOM}{request.id}/letter.pdf"), (client, f"{at}invitation-letter.pdf")):
        answer = browser.get(letter)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert f">http://127.0.0.1:8000{letter}</textarea>" in answer.text
        assert f'<a class="button" href="{letter.rpartition("/")[0]}/">Back</a>' in answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"full_name": ""}, "This field is required"),
        ({"number": "12"}, "letters and digits"),
        ({"born": "3.10.1980"}, "Write the day as"),
        ({"born": "2100-01-01"}, "date of birth again"),
        ({"leaves": "2027-03-08"}, "before the first"),
        ({"nationality": "XX"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(client, event, enter, wrong, said):
    at = f"{link_of(enter('Wang'))}visa/"
    answer = client.submit(at, {**TYPED, **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Embassy of Switzerland, Beijing" in answer.text


def test_only_who_has_a_place_in_a_room_asks_and_only_where_letters_are_offered(client, event, enter, app):
    first, online = enter("First"), enter("Online", "online")
    enter("Second")
    waiting = enter("Waiting")
    for one in (online, waiting):
        assert client.get(f"{link_of(one)}visa/").status_code == 404
        assert "Letter for a visa" not in client.get(link_of(one)).text
        with app.test_request_context("/en/"), pytest.raises(Conflict):
            services.ask(holder(one), one.id, PASSPORT)
    for actor in (VISITOR, SYSTEM, holder(online)):
        with pytest.raises(NotFound):
            services.ask(actor, first.id, PASSPORT)
    with app.test_request_context("/en/"):
        for passport in (
            Passport(**{**_said(), "embassy": ""}), Passport(**{**_said(), "born": date(1899, 1, 1)}),
        ):  # fmt: skip
            with pytest.raises(Invalid):
                services.ask(holder(first), first.id, passport)
        with pytest.raises(Invalid):
            services.change_plan(SYSTEM, event.id, is_offered=True, keep_days=0)
    services.change_plan(SYSTEM, event.id, is_offered=False, keep_days=10)
    assert client.get(f"{link_of(first)}visa/").status_code == 404


def _said() -> dict[str, Any]:
    return {name: getattr(PASSPORT, name) for name in PASSPORT.__dataclass_fields__}


def test_passports_are_gone_when_that_was_promised(event, enter, later):
    wang = enter("Wang")
    request = services.ask(holder(wang), wang.id, PASSPORT)
    services.change_plan(SYSTEM, event.id, is_offered=True, keep_days=300)
    later(10)
    jobs.erase_passports()
    assert queries.passport_of(request) == PASSPORT
    later(2)
    jobs.erase_passports()
    request = db.session.scalars(select(VisaRequest)).one()
    assert (request.sealed, request.erased_at is None) == (None, False)
    assert "passport_number" not in personal.told(wang)["visa_letter"][0]
    assert services.erase_due(SYSTEM, event.id) == 0


def test_they_are_gone_at_once_when_nobody_needs_them(client, desk, event, enter, app):
    wang, li = enter("Wang"), enter("Li")
    request = services.ask(holder(wang), wang.id, PASSPORT)
    services.issue(SYSTEM, request.id)
    services.issue(SYSTEM, request.id)
    assert personal.told(wang)["visa_letter"][0]["passport_number"] == "E12345678"
    assert client.submit(f"{link_of(wang)}visa/withdraw/", form_at=link_of(wang)).status_code == 303
    assert client.get(f"{link_of(wang)}invitation-letter.pdf").status_code == 404
    with app.test_request_context("/en/"), pytest.raises(Conflict):
        services.issue(SYSTEM, request.id)
    assert "data are erased, or" in _followed(desk, f"{ROOM}{request.id}/issue/")
    assert "are erased" in desk.get(f"{ROOM}{request.id}/").text
    assert desk.get(f"{ROOM}{request.id}/letter.pdf").status_code == 404
    again = services.ask(holder(wang), wang.id, PASSPORT)
    assert (again.id, again.state, again.erased_at) == (request.id, "asked", None)
    assert desk.submit(f"{ROOM}{again.id}/decline/", form_at=f"{ROOM}{again.id}/").status_code == 303
    page = desk.get(ROOM).text
    assert f"The request of {again.registration.name} is declined" in page
    assert f'data-label="Asked on">{format_date(clock.wall(again.created_at, event.zone), "en")}<' in page
    db.session.expire_all()
    services.decline(SYSTEM, again.id)
    other = services.ask(holder(li), li.id, PASSPORT)
    registering.cancel_registration(SYSTEM, li.id)
    for row in (again, other):
        assert db.session.get(VisaRequest, row.id, populate_existing=True).sealed is None
    with pytest.raises(NotFound):
        personal.erase(VISITOR, wang)
    services.ask(holder(wang), wang.id, PASSPORT)
    personal.erase(holder(wang), wang)
    assert [one.state for one in queries.list_requests(event)] == ["asked", "asked"]
    services.withdraw(holder(wang), wang.id)
    assert "has not" not in client.get(link_of(wang)).text
    assert personal.told(enter("Nobody", "online")) == {}
    personal.erase(SYSTEM, enter("Nobody else", "online"))


def test_who_goes_online_or_whose_event_is_called_off_needs_no_visa(event, enter):
    wang, li = enter("Wang"), enter("Li")
    requests = [services.ask(holder(one), one.id, PASSPORT).id for one in (wang, li)]
    moves.switch_pool(SYSTEM, wang.id, "online")
    assert [db.session.get_one(VisaRequest, one).sealed is None for one in requests] == [True, False]
    events.cancel_event(SYSTEM, event.id)
    assert [db.session.get_one(VisaRequest, one).sealed is None for one in requests] == [True, True]


def test_what_was_not_looked_at_is_not_issued(desk, event, enter):
    wang = enter("Wang")
    request = services.ask(holder(wang), wang.id, PASSPORT)
    read = {"version": request.version}
    services.ask(holder(wang), wang.id, replace(PASSPORT, full_name="SOMEBODY ELSE"))
    answer = desk.submit(f"{ROOM}{request.id}/issue/", read, form_at=f"{ROOM}{request.id}/")
    assert answer.location.endswith(f"{ROOM}{request.id}/")
    assert "Other data were sent meanwhile." in desk.get(answer.location).text
    assert db.session.get_one(VisaRequest, request.id, populate_existing=True).state == "asked"


def test_whoever_passes_their_place_on_needs_no_visa(client, event, enter):
    wang = enter("Wang")
    rights.set_rights(SYSTEM, event.id, rights.RightsPlan(substitutes="yes"))
    request = services.ask(holder(wang), wang.id, PASSPORT)
    services.issue(SYSTEM, request.id)
    substitutes.name_substitute(holder(wang), wang.id, substitutes.Substitute("Li", "li@example.org", "en"))
    assert db.session.get_one(VisaRequest, request.id, populate_existing=True).sealed is None


def test_whoever_has_signed_in_asks_for_themself_alone(event, enter, make_person):
    wang = enter("Wang")
    person, other = make_person(), make_person()
    wang.person_id = person.id
    assert policy.may_ask(Actor("member", person_id=person.id), wang)
    assert not policy.may_ask(Actor("member", person_id=other.id), wang)
    db.session.rollback()


def _followed(desk: Any, address: str) -> str:
    desk.submit(address, form_at=ROOM)
    return str(desk.get(ROOM).text)


def test_only_organisers_of_the_event_see_them(event, enter, make_event, make_member, sign_in):
    wang = enter("Wang")
    request = services.ask(holder(wang), wang.id, PASSPORT)
    for role in ("viewer", "translator", "check_in"):
        browser = sign_in(make_member(role, event.organisation))
        for at in (ROOM, f"{ROOM}{request.id}/", f"{ROOM}{request.id}/letter.pdf"):
            assert browser.get(at).status_code == 403
    other = make_event(slug="other")
    stranger = sign_in(make_member("organiser", other.organisation))
    assert stranger.get(f"{ROOM}{request.id}/").status_code == 404
    assert stranger.get(f"/en/organise/events/other/registrations/visa/{request.id}/").status_code == 404
    for do in (services.issue, services.decline):
        with pytest.raises(NotFound):
            do(VISITOR, request.id)


def test_a_sealed_passport_opens_for_its_own_registration_alone(event, enter, save):
    wang, li = enter("Wang"), enter("Li")
    request = services.ask(holder(wang), wang.id, PASSPORT)
    moved = save(VisaRequest(event_id=event.id, registration_id=li.id, sealed=request.sealed))
    assert queries.passport_of(request) == PASSPORT
    assert queries.passport_of(moved) is None


def test_the_plan_is_kept_on_its_page_which_asks_no_more_for_many(desk, event, enter):
    assert desk.submit(ROOM, {"is_offered": "y", "keep_days": "400"}).status_code == 422
    assert desk.submit(ROOM, {"is_offered": "y", "keep_days": "20"}).status_code == 303
    plan = queries.find_plan(event)
    assert plan is not None
    assert (plan.is_offered, plan.keep_days) == (True, 20)
    assert desk.submit(ROOM, {"is_offered": "y", "keep_days": "21", "version": "1"}).status_code in {303, 409}
    one, two = enter("One"), enter("Two")
    services.ask(holder(one), one.id, PASSPORT)
    with count_queries() as few:
        desk.get(ROOM)
    services.ask(holder(two), two.id, PASSPORT)
    with count_queries() as many:
        desk.get(ROOM)
    assert len(few) == len(many)
