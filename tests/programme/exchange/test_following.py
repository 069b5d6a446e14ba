"""Calendars from addresses: looked at, taken over, and followed into the draft and never further."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event, Series
from eventhub.foundation import clock, fetching
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import Stale
from eventhub.foundation.fetching import Fetched, Unfetched
from eventhub.programme import queries, services
from eventhub.programme.exchange import jobs, subscriptions
from eventhub.programme.exchange.models import EventOrigin, SessionOrigin, Subscription
from eventhub.programme.plans import plan_of
from eventhub.programme.public import public_state
from tests.conftest import Browser, both, make_public, on_sqlite, organisation_of
from tests.queries import count_queries

NINE = datetime(2027, 3, 10, 9)
HOUR = timedelta(hours=1)
ADDRESS = "https://calendars.example.org/private/secret-key.ics"


def entry(uid: str, title: str, hour: int = 9, sequence: int = 0, stamp: str = "20270101T000000Z", **more: str) -> str:
    lines = {
        "UID": f"{uid}@x", "SEQUENCE": str(sequence), "DTSTAMP": stamp, "SUMMARY": title,
        "DTSTART;TZID=Asia/Shanghai": f"20270310T{hour:02}0000", "DTEND;TZID=Asia/Shanghai": f"20270310T{hour:02}3000",
        **more,
    }  # fmt: skip
    return "BEGIN:VEVENT\r\n" + "".join(f"{name}:{value}\r\n" for name, value in lines.items()) + "END:VEVENT\r\n"


def calendar(*entries: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(entries) + "END:VCALENDAR\r\n").encode()


class Elsewhere:
    """What lies at the address: what is asked of it, and what it answers."""

    def __init__(self) -> None:
        self.says: bytes | str | None = calendar()
        self.asked: list[tuple[str, str, str]] = []

    def fetch(self, address: str, *, etag: str = "", modified: str = "") -> Fetched | None:
        self.asked.append((address, etag, modified))
        if isinstance(self.says, str):
            raise Unfetched(self.says)
        return None if self.says is None else Fetched(self.says, f'"{len(self.asked)}"', "")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    made = Elsewhere()
    monkeypatch.setattr(fetching, "fetch", made.fetch)
    return made


@pytest.fixture
def now() -> Iterator[Callable[[float], None]]:
    """Stands at a moment, so many hours after noon of the first of March."""
    noon = clock.instant(datetime(2027, 3, 1, 12), "UTC")
    with clock.standing_at(noon):
        yield lambda hours: setattr(clock, "_fixed", noon + timedelta(hours=hours))


@pytest.fixture
def organiser(make_member: Callable[..., Actor], now: Any) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Meeting", organisation=organisation_of(organiser), starts=NINE, ends=NINE + 8 * HOUR)


def follow(desk: Browser, event: Event, elsewhere: Elsewhere, *entries: str) -> Subscription:
    elsewhere.says = calendar(*entries)
    at = f"/en/organise/events/{event.slug}/programme/import/"
    answer = desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = desk.get(answer.location).get_data(as_text=True)
    assert "secret-key" not in page
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)
    assert seen
    assert desk.submit(answer.location, {"seen": seen[1], "follow": "y"}).status_code == 303
    return only()


def only() -> Subscription:
    db.session.expire_all()
    return db.session.scalars(sa.select(Subscription)).one()


def drafts(event: Event) -> dict[str, Any]:
    db.session.expire_all()
    return {one.title.in_("en"): one for one in queries.list_sessions(event) if one.state != "deleted"}


def told(row: Subscription) -> list[tuple[str, str]]:
    return [(one["what"], one["title"]["texts"]["en"]) for one in row.changes]


def test_a_calendar_is_followed_into_the_draft_and_no_further(desk, event, elsewhere, now):
    row = follow(desk, event, elsewhere, entry("a", "Opening"), entry("b", "Panel", 11))
    assert sorted(drafts(event)) == ["Opening", "Panel"]
    assert (row.host, "secret-key" in row.address) == ("calendars.example.org", False)
    make_public(event)
    seen = public_state(event)

    elsewhere.says = calendar(entry("a", "Opening", 10, 1), entry("b", "Panel", 11), entry("c", "Closing", 16))
    now(0.5)
    jobs.refresh_calendars()
    assert len(elsewhere.asked) == 1, "it is not due yet"
    now(1.1)
    jobs.refresh_calendars()
    assert elsewhere.asked[1:] == [(ADDRESS, '"1"', "")]
    assert drafts(event)["Opening"].starts == NINE + HOUR
    assert told(only()) == [("new", "Closing"), ("changed", "Opening")]
    assert public_state(event) == seen
    page = desk.get(f"/zh/organise/calendars/{row.id}/").get_data(as_text=True)
    assert "Closing" in page
    now(2.2)
    elsewhere.says = None
    jobs.refresh_calendars()
    row = only()
    assert (row.checked_at, told(row)[1]) == (clock.now(), ("changed", "Opening"))
    assert not any("secret" in str(one.data) for one in db.session.scalars(sa.select(AuditEntry)))


def test_what_was_changed_here_stays_and_both_versions_are_shown(desk, event, elsewhere, now, organiser):
    row = follow(desk, event, elsewhere, entry("a", "Opening"), entry("b", "Panel", 11), entry("d", "Lunch", 13))
    opening, panel = drafts(event)["Opening"], drafts(event)["Panel"]
    services.change_session(
        organiser, opening.id, replace(plan_of(opening), starts=NINE + 3 * HOUR, ends=NINE + 4 * HOUR)
    )
    services.delete_session(organiser, panel.id)
    now(1.1)
    elsewhere.says = calendar(entry("a", "Welcome", 10), entry("b", "Panel", 12), entry("d", "Lunch", 13))
    jobs.refresh_calendars()
    here = drafts(event)
    assert sorted(here) == ["Lunch", "Welcome"], "a title that nobody touched follows, and what was deleted stays so"
    assert here["Welcome"].starts == NINE + 3 * HOUR
    assert told(only()) == [("changed", "Welcome"), ("held", "Welcome")]
    address = f"/en/organise/calendars/{row.id}/"
    page = desk.get(address).get_data(as_text=True)
    assert "Wed 10 Mar 12:00" in page
    assert "Wed 10 Mar 10:00" in page
    # The same again is no news; who wants the calendar's version takes it over.
    now(2.2)
    jobs.refresh_calendars()
    assert only().changed_at == clock.now() - 1.1 * HOUR
    session = drafts(event)["Welcome"]
    data = {"thing": str(session.id), "version": str(session.version)}
    assert desk.submit(f"{address}take-over/", {**data, "version": "1"}, form_at=address).status_code == 303
    assert drafts(event)["Welcome"].starts == NINE + 3 * HOUR, "somebody had saved it since"
    assert desk.submit(f"{address}take-over/", data, form_at=address).status_code == 303
    assert drafts(event)["Welcome"].starts == NINE + HOUR
    assert "as it has it" in desk.get(address).get_data(as_text=True)
    assert told(only()) == [("changed", "Welcome")], "nothing waits any more"


def test_what_everybody_would_see_at_once_waits_for_a_person(desk, event, elsewhere, now, organiser):
    follow(desk, event, elsewhere, entry("a", "Opening"), entry("b", "Panel", 11))
    opening = drafts(event)["Opening"]
    services.change_session(organiser, opening.id, replace(plan_of(opening), title=both("Opening", "开幕")))
    make_public(event)
    now(1.1)
    elsewhere.says = calendar(entry("a", "开幕式"), entry("b", "Panel", 11, STATUS="CANCELLED"))
    jobs.refresh_calendars()
    assert {one.state for one in drafts(event).values()} == {"scheduled"}
    assert [session.title.texts.get("zh") for session in public_state(event).sessions] == ["开幕", None]
    assert ("cancelled", "Panel") in told(only())
    now(2.2)
    elsewhere.says = calendar(entry("b", "Panel", 11, STATUS="CANCELLED"))
    jobs.refresh_calendars()
    assert told(only()) == [("gone", "Opening"), ("cancelled", "Panel")]
    page = desk.get(f"/en/organise/events/{event.slug}/").get_data(as_text=True)
    assert "The calendar of calendars.example.org has changes that wait for you" in page
    address = f"/en/organise/calendars/{only().id}/"
    desk.submit(f"{address}seen/", form_at=address)
    assert "wait for you" not in desk.get(f"/en/organise/events/{event.slug}/").get_data(as_text=True)
    # Of an event that is over nothing is to come.
    with clock.standing_at(event.ends_at + HOUR):
        jobs.refresh_calendars()
    assert only().state == "paused"


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ("gone", "gone"),
        ("forbidden", "forbidden"),
        (b"<html>Sign in</html>", "unreadable"),
        (calendar(entry("a", "Opening"), entry("b", "")), "errors"),
        (calendar(*(entry(str(n), "x", RRULE="FREQ=DAILY") for n in range(5))), "unreadable"),
    ],
    ids=["gone", "forbidden", "page", "errors", "endless"],
)
@on_sqlite
def test_a_failure_is_told_and_changes_nothing(desk, event, elsewhere, now, says, problem):
    row = follow(desk, event, elsewhere, entry("a", "Begin"))
    elsewhere.says = says
    now(1.1)
    jobs.refresh_calendars()
    assert (only().problem, only().failures, sorted(drafts(event))) == (problem, 1, ["Begin"])
    for lang in ("en", "zh"):
        assert 'role="alert"' in desk.get(f"/{lang}/organise/calendars/{row.id}/").get_data(as_text=True)
    hours = 1.1
    for pause in (1, 2, 4, 8, 16, 24, 24, 24, 24, 24, 24):
        now(hours + pause - 0.2)
        jobs.refresh_calendars()
        hours += pause + 0.1
        now(hours)
        jobs.refresh_calendars()
    assert (only().failures, only().state) == (12, "paused")
    elsewhere.says = calendar(entry("a", "Begin"))
    address = f"/en/organise/calendars/{row.id}/"
    desk.submit(f"{address}resume/", form_at=address)
    jobs.refresh_calendars()
    assert (only().failures, only().state, only().problem) == (0, "active", "")


@on_sqlite
def test_of_two_equal_hours_the_one_that_is_meant_is_kept_until_it_is_imported(
    desk, make_event, organiser, elsewhere, now
):
    night, zurich = datetime(2027, 10, 31), {"organisation": organisation_of(organiser), "zone": "Europe/Zurich"}
    event = make_event("Night", starts=night, ends=night + 8 * HOUR, **zurich)
    hours = entry("a", "Watch").replace(";TZID=Asia/Shanghai", "")
    hours = hours.replace(":20270310T090000", ":20271031T013000Z").replace(":20270310T093000", ":20271031T020000Z")
    follow(desk, event, elsewhere, hours)
    assert drafts(event)["Watch"].starts_at == clock.instant(datetime(2027, 10, 31, 1, 30), "UTC")
    # And what was read is what is here: a new title follows, and nothing is held back.
    now(1.1)
    elsewhere.says = calendar(hours.replace("Watch", "Night watch").replace("T013000Z", "T003000Z"))
    jobs.refresh_calendars()
    assert told(only()) == [("changed", "Night watch")]
    assert drafts(event)["Night watch"].starts_at == clock.instant(datetime(2027, 10, 31, 0, 30), "UTC")


def test_an_event_of_another_zone_reads_its_calendar_anew(desk, event, elsewhere, now, organiser):
    row = follow(desk, event, elsewhere, entry("a", "Opening"))
    at = f"/en/organise/calendars/{row.id}/"
    events.change_event(SYSTEM, event.id, services_header(get(Event, event.id), zone="Europe/Zurich"))
    opening = drafts(event)["Opening"]
    services.change_session(SYSTEM, opening.id, replace(plan_of(opening), starts=NINE + HOUR, ends=NINE + 2 * HOUR))
    opening = drafts(event)["Opening"]
    page = desk.get(at).get_data(as_text=True)
    assert "as it has it" not in page
    assert "another time zone" in page
    with pytest.raises(Stale):
        subscriptions.take_over(organiser, row.id, opening.id, opening.version)
    now(1.1)
    jobs.refresh_calendars()
    assert elsewhere.asked[1:] == [(ADDRESS, "", "")], "the same calendar says other hours now"
    assert told(only()) == [("held", "Opening")]
    assert "Wed 10 Mar 02:00" in desk.get(at).get_data(as_text=True)
    subscriptions.take_over(organiser, row.id, opening.id, opening.version)
    assert drafts(event)["Opening"].starts_at == clock.instant(NINE, "Asia/Shanghai")


def test_what_was_read_before_the_zone_changed_is_read_again(desk, event, elsewhere, now, monkeypatch):
    follow(desk, event, elsewhere, entry("a", "Opening"))
    now(1.1)
    elsewhere.says = calendar(entry("a", "Opening", 10))
    read = jobs._read

    def meanwhile(row_id: Any, data: bytes) -> Any:
        monkeypatch.setattr(jobs, "_read", read)
        found = read(row_id, data)
        events.change_event(SYSTEM, event.id, services_header(get(Event, event.id), zone="Europe/Zurich"))
        return found

    monkeypatch.setattr(jobs, "_read", meanwhile)
    jobs.refresh_calendars()
    assert drafts(event)["Opening"].starts == NINE, "ten o'clock in Shanghai is not ten o'clock in Zurich"
    assert (len(elsewhere.asked), told(only())) == (3, [("held", "Opening")])


@on_sqlite
def test_what_waits_for_a_person_waits_until_they_have_seen_it_or_it_is_so_no_more(desk, event, elsewhere, now):
    a, b, c = (entry(uid, uid.upper(), 9 + n) for n, uid in enumerate("abc"))
    follow(desk, event, elsewhere, a, b, c)
    seen = []
    off = entry("a", "A", 9, STATUS="CANCELLED")
    for hour, says in enumerate(
        [(off, b), (off, b, entry("d", "D", 13)), (off, c, entry("d", "E", 13)), (a, c, entry("d", "F", 13))], 1
    ):
        now(hour * 1.1)
        elsewhere.says = calendar(*says)
        jobs.refresh_calendars()
        seen.append(told(only()))
    assert seen == [
        [("cancelled", "A"), ("gone", "C")],
        [("new", "D"), ("cancelled", "A"), ("gone", "C")],
        [("changed", "E"), ("gone", "B"), ("cancelled", "A")],
        [("changed", "F"), ("gone", "B")],
    ]
    services.cancel_session(SYSTEM, drafts(event)["B"].id)
    now(6)
    elsewhere.says = calendar(a, c, entry("d", "G", 13))
    jobs.refresh_calendars()
    assert told(only()) == [("changed", "G")], "what is called off here is missed there by nobody"


def test_a_lease_is_one_workers(desk, event, elsewhere, now):
    follow(desk, event, elsewhere, entry("a", "Opening"))
    now(1.1)
    first = subscriptions.lease_next(SYSTEM)
    assert first is not None
    assert "reading" in sa.inspect(first).unloaded, "all that a calendar says is of no use where it is the same"
    lease = first.due_at
    assert subscriptions.lease_next(SYSTEM) is None
    now(1.3)
    second = subscriptions.lease_next(SYSTEM)
    assert second is not None
    until = second.due_at
    subscriptions.fail(SYSTEM, first.id, lease, "gone")
    assert only().failures == 0, "who comes back after the lease changes nothing"
    subscriptions.fail(SYSTEM, first.id, until, "gone")
    assert only().failures == 1


def test_it_can_be_paused_and_removed_by_those_who_may(desk, event, elsewhere, now, make_member, sign_in):
    row = follow(desk, event, elsewhere, entry("a", "Opening"))
    address = f"/en/organise/calendars/{row.id}/"
    stranger = sign_in(make_member("organiser"))
    assert stranger.get(address).status_code == 404
    for deed in ("pause", "resume", "remove", "take-over"):
        data = {"csrf_token": stranger.csrf("/en/organise/new-series/")}
        assert stranger.post(f"{address}{deed}/", data=data).status_code == 404
    desk.submit(f"{address}pause/", form_at=address)
    now(5)
    jobs.refresh_calendars()
    assert len(elsewhere.asked) == 1
    desk.submit(f"{address}remove/", form_at=address)
    assert db.session.scalars(sa.select(Subscription)).all() == []
    assert sorted(drafts(event)) == ["Opening"]


@on_sqlite
def test_an_address_is_refused_beside_its_field(desk, event, elsewhere):
    at = f"/en/organise/events/{event.slug}/programme/import/"
    for address, word in (
        ("", "not an address"),
        ("file:///etc/passwd", "https://"),
        ("https://me:pw@x.org/", "password"),
    ):
        answer = desk.submit(f"{at}address/", {"address": address}, form_at=at)
        assert answer.status_code == 422
        assert word in answer.get_data(as_text=True)
    elsewhere.says = "forbidden"
    answer = desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at.replace("/en/", "/zh/"))
    assert (answer.status_code, "public internet" in answer.get_data(as_text=True)) == (422, True)
    elsewhere.says = b"<html>"
    assert "perhaps a page to sign in" in desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at).get_data(
        as_text=True
    )


def test_slow_hosts_leave_threads_for_all_others(desk, event, elsewhere, monkeypatch):
    at = f"/en/organise/events/{event.slug}/programme/import/"
    held = [subscriptions._turns.acquire(blocking=False) for _ in range(subscriptions.MOST_AT_ONCE)]
    try:
        answer = desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at)
    finally:
        for _ in held:
            subscriptions._turns.release()
    assert (answer.status_code, "try again in a moment" in answer.get_data(as_text=True)) == (422, True)
    elsewhere.says = "forbidden"
    assert desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at).status_code == 422
    elsewhere.says = calendar(entry("a", "Opening", 10))
    assert desk.submit(f"{at}address/", {"address": ADDRESS}, form_at=at).status_code == 303, "and each turn ends"


def test_an_older_version_changes_nothing_and_what_is_unknown_is_kept(desk, event, elsewhere):
    more = {"X-COLOUR": "red", "X-WHO;CN=Ann": "mailto:ann@example.org", "X-MEET": "https://meet.example.org/1"}
    follow(desk, event, elsewhere, entry("a", "Opening", 10, 2, "20270201T000000Z", **more))
    (origin,) = db.session.scalars(sa.select(SessionOrigin)).all()
    assert (origin.sequence, origin.stamp, origin.properties) == (2, "20270201T000000Z", ["X-COLOUR:red"])
    for sequence, stamp in ((1, "20270301T000000Z"), (2, "20270101T000000Z")):
        follow(desk, event, elsewhere, entry("a", "Old", 9, sequence, stamp))
        assert sorted(drafts(event)) == ["Opening"]
    follow(desk, event, elsewhere, entry("a", "New", 9, 3, "20270101T000000Z"))
    assert sorted(drafts(event)) == ["New"]


@pytest.fixture
def series(organiser: Actor) -> Series:
    return events.add_series(SYSTEM, organisation_of(organiser), both("Webinars"))


def take(desk: Browser, series: Series, status: int = 303, **data: Any) -> str:
    at = f"/en/organise/series/{series.slug}/import/"
    answer = desk.submit(at, {"address": ADDRESS, "zone": "Asia/Shanghai"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = desk.get(answer.location).get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)
    assert seen
    assert desk.submit(answer.location, {"seen": seen[1], **data}).status_code == status
    return page


def of_series(series: Series) -> dict[str, Event]:
    db.session.expire_all()
    return {one.title.in_("en"): one for one in db.session.scalars(sa.select(Event).filter_by(series_id=series.id))}


def test_a_calendar_becomes_the_events_of_a_series(desk, series, elsewhere, now):
    elsewhere.says = calendar(entry("a", "First"), entry("b", "Second", 11, LOCATION="Hotel"))
    take(desk, series, follow="y")
    found = of_series(series)
    assert {(one.status, one.starts, one.venue.in_("en")) for one in found.values()} == {
        ("draft", NINE, ""), ("draft", NINE + 2 * HOUR, "Hotel"),
    }  # fmt: skip
    assert sorted(db.session.scalars(sa.select(EventOrigin.foreign_id))) == ["a@x", "b@x"]
    page = take(desk, series)
    assert "The series is as the calendar has it." in page
    events.publish_event(SYSTEM, found["Second"].id)
    # A draft follows; what is public, and what is called off, waits.
    now(1.1)
    elsewhere.says = calendar(entry("a", "First", 10), entry("b", "Second", 12, 1), entry("c", "Third", 15))
    jobs.refresh_calendars()
    found = of_series(series)
    assert [found[name].starts for name in ("First", "Second", "Third")] == [
        NINE + HOUR, NINE + 2 * HOUR, NINE + 6 * HOUR,
    ]  # fmt: skip
    assert told(only()) == [("changed", "First"), ("held", "Second"), ("new", "Third")]
    address = f"/en/organise/calendars/{only().id}/"
    data = {"thing": str(found["Second"].id), "version": str(found["Second"].version)}
    desk.submit(f"{address}take-over/", data, form_at=address)
    assert of_series(series)["Second"].starts == NINE + 3 * HOUR
    assert told(only()) == [("changed", "First"), ("new", "Third")], "nothing waits any more"
    elsewhere.says = calendar(entry("b", "Second", 12, 2, STATUS="CANCELLED"))
    page = take(desk, series)
    assert of_series(series)["Second"].status == "published", "only what is ticked is announced"
    page = take(desk, series, cancel=str(found["Second"].id))
    assert "The calendar calls these off." in page
    assert of_series(series)["Second"].status == "cancelled"


@on_sqlite
def test_what_is_over_is_not_missed(desk, series, elsewhere, now):
    weekly = entry("a", "Weekly", RRULE="FREQ=WEEKLY").replace("20270310T", "20260304T")
    elsewhere.says = calendar(weekly, entry("b", "Coming"))
    take(desk, series, follow="y")
    now(24 * 7)
    elsewhere.says = calendar(weekly)
    jobs.refresh_calendars()
    assert told(only()) == [("new", "Weekly"), ("gone", "Coming")]


@on_sqlite
def test_an_event_that_came_from_another_series_is_known_by_its_entry_here(desk, series, elsewhere, now, organiser):
    elsewhere.says = calendar(entry("a", "First"))
    take(desk, series)
    other = events.add_series(SYSTEM, organisation_of(organiser), both("Elsewhere"))
    moved = of_series(series)["First"]
    events.change_event(SYSTEM, moved.id, services_header(moved, series_id=other.id))
    take(desk, other, follow="y")
    now(1.1)
    elsewhere.says = calendar(entry("a", "Welcome", 10))
    jobs.refresh_calendars()
    assert {title: event.id for title, event in of_series(other).items()} == {"Welcome": moved.id}


@on_sqlite
def test_few_and_many_events_that_are_the_same_ask_as_much(desk, series, elsewhere, now):
    asked, entries = [], [entry(uid, uid.upper(), 9 + number) for number, uid in enumerate("abcdef")]
    for hour, number in enumerate((2, 3, 6), 1):
        elsewhere.says = calendar(*entries[:number])
        take(desk, series, follow="y")
        now(2 * hour)
        with count_queries() as queries:
            jobs.refresh_calendars()
        asked.append(len(queries))
        assert told(only()) == []
    assert asked[1] == asked[2]


def days(uid: str, title: str, first: str, after: str = "", **more: str) -> str:
    lines = {"UID": f"{uid}@x", "DTSTAMP": "20270101T000000Z", "SUMMARY": title, "DTSTART;VALUE=DATE": first, **more}
    if after:
        lines["DTEND;VALUE=DATE"] = after
    return "BEGIN:VEVENT\r\n" + "".join(f"{name}:{value}\r\n" for name, value in lines.items()) + "END:VEVENT\r\n"


@on_sqlite
def test_whole_days_are_events_at_hours_that_are_assumed_until_somebody_sets_them(desk, series, elsewhere, now):
    """Days have no zone, whatever the calendar says of its other entries; the day after the last is not one of them."""
    weekly = days("d", "Weekly", "20270308", RRULE="FREQ=WEEKLY;UNTIL=20270322", EXDATE="20270315")
    one, same, length = (
        days("a", "Three days", "20270310", "20270313"),
        days("b", "One day", "20270310", "20270310"),
        days("c", "Two days", "20270310", DURATION="P2D"),
    )
    elsewhere.says = calendar("X-WR-TIMEZONE:America/New_York\r\n", one, same, length, weekly)
    page = take(desk, series, follow="y")
    assert "The series is as the calendar has it." not in page
    query = sa.select(Event.title, Event.starts, Event.ends).where(Event.series_id == series.id)
    found = sorted((str(title.in_("en")), starts, ends) for title, starts, ends in db.session.execute(query))
    assert found == [
        ("One day", NINE, NINE + 9 * HOUR),
        ("Three days", NINE, NINE + 57 * HOUR),
        ("Two days", NINE, NINE + 33 * HOUR),
        ("Weekly", NINE - 48 * HOUR, NINE - 39 * HOUR),
        ("Weekly", NINE + 288 * HOUR, NINE + 297 * HOUR),
    ]
    event = of_series(series)["Three days"]
    header = services_header(event, starts=NINE + 5 * HOUR, ends=NINE + 56 * HOUR)
    events.change_event(SYSTEM, event.id, header)
    assert "The series is as the calendar has it." in take(desk, series)
    # Another day comes at the hours that were set here, and so does it to somebody who only looks.
    now(1.1)
    elsewhere.says = calendar(days("a", "Three days", "20270311", "20270314"), same, length, weekly)
    jobs.refresh_calendars()
    event = of_series(series)["Three days"]
    assert (event.starts, event.ends) == (NINE + 29 * HOUR, NINE + 80 * HOUR)
    assert told(only()) == [("changed", "Three days")]


def services_header(event: Event, **changes: Any) -> events.Header:
    return events.Header(**{**{one.name: getattr(event, one.name) for one in fields(events.Header)}, **changes})


@on_sqlite
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (days("a", "A", "20270310", "20270309"), "It ends before it begins"),
        (days("a", "A", "20270310", DTEND="20270310T120000Z"), "Its end (DTEND) cannot be read"),
        (days("a", "A", "20270230", "20270309"), "Its start (DTSTART) cannot be read"),
    ],
)
def test_days_that_cannot_be_are_told(desk, series, elsewhere, lines, said):
    elsewhere.says = calendar(lines)
    assert said in take(desk, series, 409)
    assert of_series(series) == {}


@on_sqlite
def test_who_imports_events_is_told_of_the_addresses_of_meetings(desk, series, elsewhere):
    elsewhere.says = calendar(entry("a", "First", DESCRIPTION="Join: https://zoom.us/j/1?pwd=secret"))
    assert "which everybody will see: First" in take(desk, series)


@on_sqlite
def test_a_new_event_is_as_the_newest_one_but_no_part_of_what_that_was_part_of(
    desk, series, elsewhere, make_event, organiser
):
    week = make_event("Partnership week")  # of an organisation that runs none of these
    former = make_event("Side event", organisation=organisation_of(organiser), kind="side_event")
    header = services_header(former, series_id=series.id, parent_id=week.id, parent_dates=both("3–7 February 2020"))
    events.change_event(SYSTEM, former.id, header)
    elsewhere.says = calendar(entry("a", "First"))
    take(desk, series)
    first = of_series(series)["First"]
    assert (first.kind, first.parent_id, first.parent_dates.in_("en")) == ("side_event", None, "")


@on_sqlite
def test_a_series_is_imported_as_a_whole_or_not_at_all(desk, series, elsewhere):
    elsewhere.says = calendar(entry("a", "First"), entry("b", "", 11))
    page = take(desk, series, 409)
    assert "Line 11" in page
    assert of_series(series) == {}
