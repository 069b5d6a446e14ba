"""Which sessions with sign-up stand in one registrant's own feed, and how surely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from eventhub.calendars import holders, queries
from eventhub.calendars.attachments import attachment_for
from eventhub.calendars.ical import Standing
from eventhub.calendars.models import CalendarHolder
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import get
from eventhub.programme import services as programme
from eventhub.programme.plans import plan_of
from eventhub.registrations import services
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import find_registration
from eventhub.registrations.sign_ups import services as sign_ups
from tests.conftest import Browser, make_public, on_postgres
from tests.races import side_by_side

Make = Callable[..., Any]
Told = dict[str, tuple[str, int]]


@pytest.fixture
def event(make_event: Make) -> Any:
    with clock.standing_at(datetime.now(UTC) - timedelta(hours=1)):
        return make_event("Workshop", slug="workshop")


def register(event: Any, name: str) -> Registration:
    address = f"{name}@example.org"
    services.register(VISITOR, event.id, services.Details(name=name, address=address), "in_person")
    found = find_registration(event.id, address)
    assert found
    return found


def told(client: Browser, one: Registration) -> Told:
    """Status and sequence of each session in somebody's feed, which a letter's file says alike."""
    token = links.make("calendar", one.id, one.calendar_number)
    body = client.get(f"/en/calendar/{token}.ics").data
    letter = attachment_for(one.event_id, "en", registration_id=one.id) or b""
    assert body.split(b"BEGIN:VEVENT")[1:] == letter.split(b"BEGIN:VEVENT")[1:]
    entries = [entry for entry in Calendar.from_ical(body).walk("VEVENT") if entry["uid"].startswith("session")]
    assert len({str(entry["uid"]) for entry in entries}) == len(entries)
    return {str(e["summary"]): (str(e["status"]), int(e["sequence"])) for e in entries}


def test_my_feed_has_of_sessions_with_sign_up_those_that_i_have_chosen(
    event: Any, make_session: Make, client: Browser
) -> None:
    make_session(event, "Plenary")
    group, other = (make_session(event, title, has_sign_up=True, capacity=1) for title in ("Group", "Other"))
    ana, bo = register(event, "ana"), register(event, "bo")
    assert told(client, ana).keys() == {"Plenary"}
    for one in (ana, bo):
        sign_ups.sign_up(SYSTEM, one.id, group.id)
    sign_ups.sign_up(SYSTEM, bo.id, other.id)
    assert {title: status for title, (status, _) in told(client, ana).items()} == {
        "Plenary": "CONFIRMED", "Group": "CONFIRMED",
    }  # fmt: skip
    assert {title: status for title, (status, _) in told(client, bo).items()} == {
        "Plenary": "CONFIRMED", "Group": "TENTATIVE", "Other": "CONFIRMED",
    }  # fmt: skip
    before = told(client, bo)
    sign_ups.give_up(SYSTEM, ana.id, group.id)
    after = told(client, bo)
    assert after["Group"][0] == "CONFIRMED"
    assert after["Group"][1] > before["Group"][1]
    mine = told(client, ana)
    assert mine["[Cancelled] Group"][0] == "CANCELLED"
    sign_ups.sign_up(SYSTEM, ana.id, group.id)
    assert told(client, ana)["Group"][0] == "TENTATIVE"
    assert told(client, ana)["Group"][1] > mine["[Cancelled] Group"][1]
    services.cancel_registration(SYSTEM, bo.id)
    assert {status for status, _ in told(client, bo).values()} == {"CANCELLED"}
    assert told(client, ana)["Group"][0] == "CONFIRMED"


def test_a_session_that_moves_goes_or_is_open_to_all_does_so_in_my_feed(
    event: Any, make_session: Make, client: Browser
) -> None:
    group, other = (make_session(event, title, has_sign_up=True) for title in ("Group", "Other"))
    ana, bo = register(event, "ana"), register(event, "bo")
    sign_ups.sign_up(SYSTEM, ana.id, group.id)
    before = told(client, ana)["Group"][1]
    assert group.starts
    programme.move_session(SYSTEM, group.id, group.starts + timedelta(hours=3))
    make_public(event)
    assert told(client, ana)["Group"] == ("CONFIRMED", before + 1)
    programme.cancel_session(SYSTEM, group.id)
    assert told(client, ana)["[Cancelled] Group"][0] == "CANCELLED"
    assert told(client, bo) == {}
    sign_ups.sign_up(SYSTEM, ana.id, other.id)
    sign_ups.give_up(SYSTEM, ana.id, other.id)
    left = told(client, ana)["[Cancelled] Other"][1]
    programme.change_session(SYSTEM, other.id, replace(plan_of(other), has_sign_up=False))
    make_public(event)
    assert told(client, bo).keys() == {"Other"}
    assert told(client, ana)["Other"][0] == "CONFIRMED"
    assert told(client, ana)["Other"][1] > left


@on_postgres
@pytest.mark.parametrize("known", [0, 1])
def test_two_changes_at_the_same_moment_are_two_revisions(
    known: int, event: Any, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a release takes a session away from somebody who chooses another one just then."""
    ana_id = register(event, "ana").id
    shares = queries.shares_of_registration(ana_id)
    now = [*shares]
    monkeypatch.setattr(queries, "shares_of_registration", lambda _: tuple(now))

    def follow(standing: Standing) -> None:
        now[:] = [replace(share, standing=standing) for share in shares]
        holders.follow_registration(SYSTEM, ana_id)

    for _ in range(known):
        holders.follow_registration(SYSTEM, ana_id)
    assert side_by_side(app, lambda: follow(Standing.WAITING), lambda: follow(Standing.CANCELLED)) == []
    assert get(CalendarHolder, ana_id).revision == known + 2
