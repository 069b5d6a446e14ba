"""The feeds of an account and of an organiser: their addresses, what they hold, and what is wished of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from eventhub.accounts.models import Account
from eventhub.calendars import front, invitations, keys, queries, services
from eventhub.calendars.models import AnswerWish, CalendarKey
from eventhub.events import services as event_services
from eventhub.foundation import clock, links, logs
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Forbidden
from eventhub.organisations.models import Membership
from eventhub.programme import speakers
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import services as registration_services
from eventhub.registrations.queries import find_registration
from tests.calendars import readers
from tests.conftest import Browser, in_november_2026, make_public, on_postgres, on_sqlite, organisation_of
from tests.queries import count_queries

Make = Callable[..., Any]


def account_of(actor: Actor) -> Account:
    account = db.session.scalar(select(Account).where(Account.person_id == actor.person_id))
    assert account
    return account


def address_for(actor: Actor, kind: str, lang: str = "en") -> str:
    return f"/{lang}/calendar/{keys.token_of(keys.make_address(actor, kind))}.ics"


def register(event: Any, actor: Actor) -> None:
    address = account_of(actor).address
    registration_services.register(
        VISITOR, event.id, registration_services.Details(name="Anna", address=address), "in_person", ""
    )


@pytest.fixture
def member(make_member: Make) -> Actor:
    return make_member()


@pytest.fixture
def mine(make_event: Make, make_session: Make, member: Actor) -> list[Any]:
    """An event for which somebody has registered, one at which they speak, and one that is nothing to them."""
    first, second, other = (make_event(title, in_person=9) for title in ("First", "Second", "Other"))
    make_session(first, "Opening")
    make_session(first, "Debate")
    make_session(second, "Keynote", speakers=[SpeakerPlan("keynote", person_id=member.person_id)])
    make_session(second, "Closing")
    make_session(other, "Elsewhere")
    register(first, member)
    speakers.invite(SYSTEM, second.id, [member.person_id])
    return [first, second, other]


def told(answer: Any) -> dict[str, tuple[str, int]]:
    assert answer.status_code == 200
    return {one["summary"]: (one["status"], one["sequence"]) for one in readers.by_icalendar(answer.data)}


def test_the_feed_of_an_account_holds_what_somebody_registered_for_and_where_they_speak(
    mine: list[Any], member: Actor, client: Browser
) -> None:
    address = address_for(member, "mine")
    assert told(client.get(address)) == {
        "First": ("CONFIRMED", 1),  # which was of some hours, and is of whole days since it has a second session
        "Opening": ("CONFIRMED", 0),
        "Debate": ("CONFIRMED", 0),
        "Keynote": ("CONFIRMED", 0),
    }
    headers = client.get(address).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("private, no-cache", "no-referrer")
    registration = find_registration(mine[0].id, account_of(member).address)
    assert registration
    registration_services.cancel_registration(SYSTEM, registration.id)
    event_services.cancel_event(SYSTEM, mine[1].id)
    assert told(client.get(address)) == {
        "[Cancelled] First": ("CANCELLED", 2),
        "[Cancelled] Opening": ("CANCELLED", 1),
        "[Cancelled] Debate": ("CANCELLED", 1),
        "[Cancelled] Keynote": ("CANCELLED", 1),
    }
    assert told(client.get(f"{address}?hide=cancelled")) == {}


def test_somebody_who_speaks_where_they_are_registered_has_one_entry_of_each(
    mine: list[Any], member: Actor, client: Browser
) -> None:
    register(mine[1], member)
    body = client.get(address_for(member, "mine")).data
    uids = re.findall(rb"\r\nUID:(\S+)", body)
    assert len(uids) == len(set(uids)) == 6


def test_the_feed_of_an_organiser_holds_what_they_run_as_the_public_sees_it(
    make_event: Make, make_session: Make, member: Actor, client: Browser
) -> None:
    own = organisation_of(member)
    event = make_event("Ours", slug="ours", organisation=own, visibility="invitation")
    make_session(event, "Opening")
    make_event("Draft", organisation=own, published=False)
    make_event("Theirs")
    address = address_for(member, "run", "zh")
    assert list(told(client.get(address))) == ["研讨会：Ours", "场次：Opening"]
    # Whoever does not act for the organisation any more does not see it any more either, at once.
    use_case(lambda actor: db.session.delete(db.session.scalars(select(Membership)).one()))(SYSTEM)
    assert told(client.get(address)) == {}


@on_sqlite
def test_an_address_is_ended_at_once_and_for_ever(mine: list[Any], member: Actor, client: Browser) -> None:
    first = address_for(member, "mine")
    assert [client.get(first).status_code for _ in range(2)] == [200, 200]
    second = address_for(member, "mine")
    assert [client.get(one).status_code for one in (first, second, second)] == [404, 200, 200]
    keys.end_address(member, "mine")
    assert [client.get(one).status_code for one in (first, second)] == [404, 404]
    third = address_for(member, "mine")
    assert [client.get(one).status_code for one in (first, second, third)] == [404, 404, 200]
    key = keys.find_own_key(member, "mine")
    assert key
    other = links.make("desk_calendar", key.id, key.number)
    assert client.get(f"/en/calendar/{other}.ics").status_code == 404
    account = account_of(member)
    use_case(lambda actor: setattr(account, "confirmed_at", None))(SYSTEM)
    assert client.get(third).status_code == 404
    with pytest.raises(Forbidden):
        keys.make_address(VISITOR, "mine")


@on_postgres
@pytest.mark.parametrize("what", ["address", "wish"])
def test_what_is_asked_for_twice_at_once_is_there_once(
    what: str, make_event: Make, member: Actor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make_event(organisation=organisation_of(member))
    deeds = {
        "address": (keys, "_own_key", lambda: keys.make_address(member, "mine")),
        "wish": (invitations, "asks_for_answers", lambda: invitations.wish_answers(member, event.id, is_on=True)),
    }
    module, look, deed = deeds[what]
    looked, looking, errors = threading.Barrier(2), getattr(module, look), list[Exception]()

    def together(*args: Any, **how: Any) -> Any:
        found = looking(*args, **how)
        with suppress(threading.BrokenBarrierError):  # one of them waits for the other already, as it should
            looked.wait(1)
        return found

    def run() -> None:
        try:
            with app.app_context():
                deed()
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    monkeypatch.setattr(module, look, together)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    table = CalendarKey if what == "address" else AnswerWish
    assert db.session.scalar(select(func.count()).select_from(table)) == 1


@on_sqlite
def test_an_address_is_made_and_ended_on_the_page_of_ones_own(
    mine: list[Any], member: Actor, sign_in: Make, client: Browser
) -> None:
    browser = sign_in(member)
    for page, kind in (("/en/account/", "mine"), ("/en/organise/", "run")):
        assert "/en/calendar/" not in browser.get(page).get_data(as_text=True)
        made = browser.submit(f"/en/account/calendars/{kind}/", form_at=page)
        assert (made.status_code, made.location) == (303, f"{page}#subscribe")
        shown = browser.get(f"{page}?alarm=30&hide=cancelled&only=sessions&x=1")
        address = re.search(r'value="http://127\.0\.0\.1:8000(/en/calendar/[^"]+)"', shown.get_data(as_text=True))
        assert address
        assert address[1].endswith(".ics?alarm=30&amp;hide=cancelled&amp;only=sessions")
        assert shown.headers["Cache-Control"] == "private, no-store"
        plain = browser.get(f"{page}?profile=phone").get_data(as_text=True)
        assert ".ics?profile=phone" in plain
        assert 'value="phone" checked' in plain
        assert "<code>" not in plain.split('id="subscribe"', 1)[1], "nobody is to write an address by hand"
        assert client.get(address[1].replace("&amp;", "&")).status_code == 200
        browser.submit(f"/en/account/calendars/{kind}/end/", form_at=page)
        assert client.get(address[1].replace("&amp;", "&")).status_code == 404
    assert client.post("/en/account/calendars/mine/").status_code in {302, 400}


@on_sqlite
def test_options_stand_in_the_address(mine: list[Any], member: Actor, client: Browser) -> None:
    address = address_for(member, "mine")
    body = client.get(f"{address}?alarm=15").data
    found = {str(one["summary"]): one.walk("VALARM") for one in Calendar.from_ical(body).walk("VEVENT")}
    # Whole days begin at midnight, of which nobody wants to be told.
    assert [len(found[title]) for title in ("First", "Opening", "Debate", "Keynote")] == [0, 1, 1, 1]
    [alarm] = found["Opening"]
    assert (alarm["action"], alarm["description"], alarm["trigger"].dt) == (
        "DISPLAY", "Opening", timedelta(minutes=-15),
    )  # fmt: skip
    assert set(told(client.get(f"{address}?only=sessions"))) == {"Opening", "Debate", "Keynote"}
    alone = Calendar.from_ical(client.get(f"{address}?only=events&alarm=15").data).walk("VEVENT")
    assert [(str(one["summary"]), one.start, len(one.walk("VALARM"))) for one in alone] == [
        ("First", mine[0].starts_at, 1)
    ]
    year = mine[0].starts_at.year
    assert told(client.get(f"{address}?year={year + 3}")) == {}
    plainly = client.get(address)
    for odd in ("alarm=-1", "alarm=soon", "alarm=99999999", "alarm=١٥", "hide=all", "only=x", "year=0x", "profile=no"):
        assert client.get(f"{address}?{odd}").data == plainly.data
    phone = client.get(f"{address}?profile=phone&alarm=5").data
    assert b"LANGUAGE" not in phone
    assert phone.count(b"BEGIN:VALARM") == 3
    assert client.get(f"{address}?download=1").headers["Content-Disposition"].startswith("attachment;")
    event_services.cancel_event(SYSTEM, mine[0].id)
    assert client.get(f"{address}?alarm=15").data.count(b"BEGIN:VALARM") == 1


@in_november_2026
@on_sqlite
def test_a_year_is_one_of_the_clock_that_an_entry_shows(make_event: Make, member: Actor, client: Browser) -> None:
    first = {"starts": datetime(2028, 1, 1, 6), "ends": datetime(2028, 1, 1, 7)}
    register(make_event("New Year", **first), member)
    address = address_for(member, "mine")
    assert [list(told(client.get(f"{address}?year={year}"))) for year in (2027, 2028)] == [[], ["New Year"]]
    # No year is year none, and then the calendar is cut as it always is.
    with clock.standing_at(datetime(2029, 1, 1, tzinfo=UTC)):
        assert told(client.get(f"{address}?year=0")) == {}


@on_sqlite
def test_what_is_long_over_leaves_in_the_night(mine: list[Any], member: Actor, client: Browser) -> None:
    address = address_for(member, "mine")
    event_services.cancel_event(SYSTEM, mine[1].id)
    ended = mine[0].ends_at
    seen = []
    for days in (0, 31, 89, 92):
        with clock.standing_at(ended + timedelta(days=days)):
            first = client.get(address)
            assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
            seen.append(len(told(first)))
    assert seen == [4, 3, 3, 0]
    with clock.standing_at(ended + timedelta(days=400)):
        assert len(told(client.get(f"{address}?year={ended.year}"))) == 4
        assert b"BEGIN:VTIMEZONE" in client.get(address).data


@on_sqlite
def test_what_is_long_over_is_not_even_read(
    make_event: Make, make_session: Make, member: Actor, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An organisation of ten years has tens of thousands of entries, of which its people's feeds show the last."""
    event = make_event("Ours", organisation=organisation_of(member))
    make_session(event, "Opening")
    address, real, read = address_for(member, "run"), queries.list_components_of, list[int]()

    def count(*args: Any) -> Any:
        found = real(*args)
        read.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(queries, "list_components_of", count)
    assert len(told(client.get(address))) == 2
    with clock.standing_at(event.ends_at + timedelta(days=400)):
        assert told(client.get(address)) == {}
        assert len(told(client.get(f"{address}?year={event.ends_at.year}"))) == 2
        for other in (1, event.ends_at.year - 1, event.ends_at.year + 2, 9999):
            assert told(client.get(f"{address}?year={other}")) == {}
    assert read == [2, 0, 2, 0, 0, 0, 0]


@on_sqlite
def test_a_private_feed_asks_one_question_as_long_as_it_is_the_same(
    mine: list[Any], member: Actor, client: Browser, app: Flask
) -> None:
    registration = find_registration(mine[0].id, account_of(member).address)
    assert registration
    own = f"/en/calendar/{links.make('calendar', registration.id, registration.calendar_number)}.ics"
    for address in (address_for(member, "mine"), address_for(member, "run"), own, f"{own}?alarm=15"):
        # What is no option is not remembered: one link could fill the memory with addresses of any length.
        assert client.get(f"{address}{'&' if '?' in address else '?'}x={'y' * 999}").status_code == 200
        assert not any("yyy" in one for one, _ in app.extensions["eventhub_feeds"]._private.values())
        first = client.get(address)
        with count_queries() as asked:
            second = client.get(address)
        assert (len(asked), second.data, sorted(second.headers)) == (1, first.data, sorted(first.headers))
        # A process that had to forget the body knows its tag all the same.
        feeds = app.extensions["eventhub_feeds"]._feeds
        feeds.update({key: feed.forgotten() for key, feed in feeds.items()})
        with count_queries() as asked:
            assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert len(asked) == 1
        assert client.get(address).data == first.data


@on_sqlite
def test_however_many_ways_one_wishes_a_feed_those_of_others_are_not_forgotten_for_it(
    mine: list[Any], member: Actor, client: Browser, app: Flask
) -> None:
    memory, address = app.extensions["eventhub_feeds"], address_for(member, "mine")
    other = address_for(member, "run")
    memory.__init__()
    before = client.get(other).data
    shown = {wish: client.get(f"{address}?alarm={wish}").data for wish in range(30)}
    client.get(f"{address}?year=2031&x=1")
    assert len(memory._feeds) <= front.PLACES + 1 and len(memory._private) <= front.PLACES + 1
    with count_queries() as asked:
        assert client.get(other).data == before
    assert len(asked) == 1
    # Who shares a place with another wish is sent their own all the same.
    for wish, data in shown.items():
        assert f"TRIGGER:-PT{wish}M".encode() in data
        assert client.get(f"{address}?alarm={wish}").data == data


@on_sqlite
def test_the_feeds_of_few_and_of_many_events_ask_as_much(
    make_event: Make, make_session: Make, member: Actor, client: Browser, app: Flask
) -> None:
    asked = []
    addresses = [address_for(member, kind) for kind in ("mine", "run")]
    for number in (1, 1, 2):
        for _ in range(number):
            event = make_event(organisation=organisation_of(member), in_person=5)
            make_session(event, speakers=[SpeakerPlan("keynote", person_id=member.person_id)])
            speakers.invite(SYSTEM, event.id, [member.person_id])
            register(event, member)
        for address in (*addresses, f"/en/events/{event.slug}/calendar.jscal"):
            with count_queries() as queries:
                assert client.get(address).status_code == 200
            asked.append(len(queries))
    # The first time there is none yet of which the process could ask whether it is the same.
    assert asked[3:6] == asked[6:]


@on_sqlite
def test_no_token_of_a_feed_comes_into_a_log(
    mine: list[Any], member: Actor, client: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    address = address_for(member, "mine")
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    for query in ("", "?alarm=15", f"?next={token}"):
        client.get(address + query)
    client.get(f"/en/calendar/{token[:-1]}.ics")
    said = capsys.readouterr()
    assert token not in said.err + said.out
    assert token not in logs.scrub(f"GET {address}?alarm=15")


@on_sqlite
def test_a_mended_account_changes_its_feed_only_where_something_changed(
    mine: list[Any], member: Actor, client: Browser
) -> None:
    address = address_for(member, "mine")
    etag = client.get(address).headers["ETag"]
    event_services.cancel_event(SYSTEM, mine[2].id)  # nothing to them
    services.tidy(SYSTEM)
    assert client.get(address).headers["ETag"] == etag
    make_public(mine[0])
    event_services.cancel_event(SYSTEM, mine[0].id)
    assert client.get(address).headers["ETag"] != etag
