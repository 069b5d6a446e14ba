"""The rules of registering for a series: all of it or some, in one transaction, and what follows later."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventhub.events import services as event_services
from eventhub.events.models import Event, Series
from eventhub.events.services import Header
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.registrations import clocks, pools, queries
from eventhub.registrations import services as single
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.models import Pool, Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.series import offers, personal, services
from eventhub.registrations.series import queries as series_queries
from eventhub.registrations.series.models import SeriesEntry, SeriesRegistration
from eventhub.registrations.series.services import Wish

from .conftest import holder, join, of, states

Make = Callable[..., Any]


def header_of(event: Event, **changed: Any) -> Header:
    """An event's header with something else in it."""
    names = Header.__dataclass_fields__
    return Header(**{**{name: getattr(event, name) for name in names}, **changed})


def entries(series: Series, name: str = "lin") -> dict[str, str]:
    """What somebody said about each event."""
    return {entry.event.slug: entry.answer for entry in of(series, name).entries}


def test_each_event_keeps_its_own_rules(series: Series, add: Make):
    free, full, asked = add("Free", 1), add("Full", 2, online=1), add("Asked", 3)
    held = add("Held", 4)
    single.register(VISITOR, full.id, Details(name="A", address="a@example.org"), "online")
    pools.save_pool(SYSTEM, asked.id, PoolPlan(mode="online", admission="approval"), "online")
    pools.save_pool(SYSTEM, held.id, PoolPlan(mode="online", hold_hours=24), "online")
    assert join(series, held, asked, full, free, country="CH") == ["unverified", "pending", "waitlisted", "confirmed"]
    assert states() == {"free": "confirmed", "full": "waitlisted", "asked": "pending", "held": "unverified"}
    found = of(series)
    assert (found.name, found.country, found.wants_all) == ("Lin", "CH", False)
    # Who has shown by the link that the address is theirs takes all that is held, and once more changes nothing.
    assert [services.confirm(holder(found), found.id) for _ in range(2)] == [1, 0]
    assert states()["held"] == "confirmed"


def test_all_or_nothing_and_the_refusal_names_the_event(series: Series, add: Make, make_event: Make):
    one, closed = add("One"), add("Closed", 2, registration_closes_at=clock.now() - timedelta(hours=1))
    with pytest.raises(Conflict, match="“Closed”: Registration for this event is not open"):
        join(series, one, closed)
    with pytest.raises(Conflict, match="does not belong to this series"):
        join(series, one, make_event("Elsewhere", mode="online"))
    with pytest.raises(Invalid, match="Choose how to take part") as refusal:
        services.register(
            VISITOR, series.id, Details(name="A", address="a@example.org"), [Wish(one.id, "x")], wants_all=False
        )
    assert refusal.value.field == f"pool-{one.id.hex}"
    with pytest.raises(Invalid, match="at least one"):
        join(series)
    with pytest.raises(Invalid):
        join(series, one, address="nobody")
    hidden = add("Hidden", 3, visibility="invitation")
    with pytest.raises(NotFound):
        join(series, one, hidden)
    assert db.session.scalar(select(func.count(Registration.id))) == 0
    assert db.session.scalar(select(func.count(SeriesRegistration.id))) == 0


def test_a_known_address_changes_nothing_and_is_not_told(series: Series, add: Make):
    one, two = add("One", 1, online=1), add("Two", 2)
    assert join(series, one, name="lin") == ["confirmed"]
    # Everybody hears what somebody new would: the one place is taken.
    assert join(series, one, two, name="lin", wants_all=True, organisation="Other") == ["waitlisted", "confirmed"]
    assert states() == {"one": "confirmed", "two": "confirmed"}
    found = of(series)
    assert (found.organisation, found.wants_all) == ("", True)
    assert queries.find_registration(one.id, "lin@example.org").organisation == ""  # type: ignore[union-attr]
    assert entries(series) == {"one": "chosen", "two": "chosen"}


def test_a_change_goes_to_all_that_is_to_come(series: Series, add: Make):
    one, two = add("One"), add("Two", 2)
    join(series, one, two)
    found = of(series)
    description = Description(name="Lin 林", organisation="Network", country="CN", language="zh")
    version = found.version
    services.change(holder(found), found.id, description, wants_all=True, version=version)
    rows = db.session.scalars(select(Registration)).all()
    assert {(row.name, row.organisation, row.country, row.language) for row in rows} == {
        ("Lin 林", "Network", "CN", "zh")
    }
    assert of(series).wants_all
    with pytest.raises(Stale):
        services.change(holder(found), found.id, description, wants_all=True, version=version)
    services.change(holder(found), found.id, description, wants_all=True)  # says nothing new, and announces nothing
    assert db.session.scalar(select(func.count()).where(AuditEntry.fact == "SeriesRegistrationChanged")) == 1
    with pytest.raises(NotFound):
        services.change(VISITOR, found.id, description, wants_all=False)


def test_one_event_more_and_one_less(series: Series, add: Make):
    one, two = add("One"), add("Two", 2, online=1)
    pools.save_pool(SYSTEM, two.id, PoolPlan(mode="online", capacity=1, hold_hours=24), "online")
    join(series, one)
    found = of(series)
    # The link has shown that the address is theirs: nothing is held for them to confirm.
    assert services.take(holder(found), found.id, two.id, "online").state == "confirmed"
    assert states() == {"one": "confirmed", "two": "confirmed"}
    assert join(series, two, name="kim") == ["waitlisted"]
    services.leave_out(holder(found), found.id, two.id)
    assert (states(), states("kim")) == ({"one": "confirmed", "two": "cancelled"}, {"two": "offered"})
    assert entries(series) == {"one": "chosen", "two": "not_wanted"}


def test_the_rest_is_cancelled_in_one_go(series: Series, add: Make):
    here = clock.wall(clock.now(), "Asia/Shanghai")
    # With an end of its own: without one it would be over with its day, which after midnight was yesterday.
    begun = add("Begun", 0, starts=here - timedelta(hours=1), ends=here + timedelta(hours=1))
    one, two, gone, later = (
        add(title, week, online=1) for week, title in enumerate(["One", "Two", "Gone", "Later"], 1)
    )
    join(series, begun, one, two, gone, later, wants_all=True)
    join(series, one, two, name="kim")
    event_services.cancel_event(SYSTEM, gone.id)
    event_services.postpone_event(SYSTEM, later.id)
    found = of(series)
    assert services.cancel_rest(holder(found), found.id) == 3
    # What has begun, and what will not take place, stays as it was; the next in line have their places at once.
    assert states() == {
        "begun": "confirmed", "one": "cancelled", "two": "cancelled", "gone": "confirmed", "later": "cancelled",
    }  # fmt: skip
    assert states("kim") == {"one": "confirmed", "two": "confirmed"}
    assert not of(series).wants_all
    assert services.cancel_rest(holder(found), found.id) == 0
    with pytest.raises(NotFound):
        services.cancel_rest(VISITOR, found.id)
    with pytest.raises(NotFound):
        services.confirm(VISITOR, found.id)


def test_whose_address_a_stranger_wrote_is_not_asked_again_and_again(series: Series, add: Make):
    one = add("One")
    pools.save_pool(SYSTEM, one.id, PoolPlan(mode="online", hold_hours=24), "online")
    join(series, one, wants_all=True)
    add("Two", 2)
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        offers.offer_all()
        assert "two" not in entries(series)
        found = of(series)
        services.confirm(holder(found), found.id)
        offers.offer_all()
        assert entries(series)["two"] == "offered"


def test_who_wants_the_whole_is_asked_about_what_is_added(series: Series, add: Make, make_event: Make):
    join(series, add("One"), wants_all=True)
    join(series, add("Two", 2), name="kim")
    join(series, add("Three", 3), name="ada", wants_all=True)
    single.register(VISITOR, add("Four", 4).id, Details(name="Ada", address="ada@example.org"), "online")
    draft = add("Draft", 5, published=False)
    late = add("Late", 6, registration_opens_at=clock.now() + timedelta(days=1))
    add("Secret", 7, visibility="unlisted")
    elsewhere = make_event("Elsewhere", mode="online")

    def asked() -> list[list[str]]:
        offers.offer_all()
        found = [
            sorted(get(Event, UUID(event_id)).title.in_("en") for event_id in data["event_ids"])
            for data in db.session.scalars(select(AuditEntry.data).where(AuditEntry.fact == "SeriesEventsOffered"))
        ]
        db.session.rollback()
        return sorted(found)

    assert asked() == []  # whoever publishes several in a row writes one letter
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        assert asked() == [["Four", "Three", "Two"], ["One", "Two"]]
        assert len(asked()) == 2  # nobody is asked twice
    assert states() == {"one": "confirmed"}  # and nobody is registered by that
    assert entries(series, "ada")["four"] == "chosen"
    assert entries(series)["two"] == "offered"
    # What is published, opens by the clock or moves into the series is found like what was there.
    event_services.publish_event(SYSTEM, draft.id)
    event_services.change_event(SYSTEM, elsewhere.id, header_of(elsewhere, series_id=series.id))
    with clock.standing_at(clock.now() + timedelta(days=2)):
        later = ["Draft", "Elsewhere", "Late"]
        assert asked() == [later, later, ["Four", "Three", "Two"], ["One", "Two"]]
        assert entries(series)["late"] == "offered"
    found = of(series)
    services.leave_out(holder(found), found.id, late.id)
    assert entries(series)["late"] == "not_wanted"
    assert "secret" not in entries(series)


def test_what_somebody_took_by_themself_is_not_offered(series: Series, add: Make):
    join(series, add("One"), wants_all=True)
    single.register(VISITOR, add("Two", 2).id, Details(name="Lin", address="lin@example.org"), "online")
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        offers.offer_all()
    assert entries(series) == {"one": "chosen", "two": "chosen"}
    assert db.session.scalar(select(func.count()).where(AuditEntry.fact == "SeriesEventsOffered")) == 0


def test_an_event_that_leaves_the_series_stays_with_its_people(series: Series, add: Make):
    one, two = add("One"), add("Two", 2)
    join(series, one, two)
    event_services.change_event(SYSTEM, two.id, header_of(two, series_id=None))
    found = of(series)
    assert services.cancel_rest(holder(found), found.id) == 2
    with pytest.raises(Conflict):
        services.take(holder(found), found.id, two.id, "online")


def test_links_are_made_void_together(series: Series, add: Make):
    join(series, add("One"))
    found = of(series)
    services.rotate_link(holder(found), found.id)
    row = db.session.scalars(select(Registration)).one()
    again = of(series)
    assert (again.link_number, again.calendar_number, row.link_number, row.calendar_number) == (2, 2, 2, 2)


def test_what_is_known_of_a_person_and_its_end(series: Series, add: Make):
    one, two = add("One"), add("Two", 2)
    join(series, one, two, wants_all=True, country="KE")
    rows = [queries.find_registration(event.id, "lin@example.org") for event in (one, two)]
    told = personal.told(rows[0])["series_registrations"]  # type: ignore[arg-type]
    assert [(one["series"], one["address"], one["country"], one["wants_all"]) for one in told] == [
        ("Webinars", "lin@example.org", "KE", True)
    ]
    assert sorted(told[0]["events"].split(", ")) == ["One", "Two"]
    personal.erase(SYSTEM, rows[0])  # type: ignore[arg-type]
    assert of(series)  # the other registration is still there
    db.session.rollback()
    take_away = select(Registration).where(Registration.event_id == one.id)

    def forget(actor: Any) -> None:
        row = db.session.scalars(take_away).one()
        row.address = row.typed_address = None

    use_case(forget)(SYSTEM)
    personal.erase(SYSTEM, get(Registration, rows[1].id))  # type: ignore[union-attr]
    assert db.session.scalar(select(func.count(SeriesRegistration.id))) == 0
    assert db.session.scalar(select(func.count(SeriesEntry.id))) == 0
    gone = db.session.scalars(take_away).one()
    assert personal.told(gone) == {}
    personal.erase(SYSTEM, gone)


def test_many_at_once_wait_in_no_circle(app: Flask, series: Series, add: Make):
    """Series registrations in either order, single ones and cancellations: none fails, and nobody is one too many."""
    events = [add(f"Event{number}", number + 1, online=4) for number in range(4)]
    ids, series_id = [event.id for event in events], series.id
    db.session.rollback()

    def act(number: int) -> str:
        with app.app_context():
            try:
                details = Details(name="A", address=f"p{number % 12}@example.org")
                if number % 3 == 0:
                    order = ids[:3] if number % 2 else ids[2::-1]
                    wishes = [Wish(event_id, "online") for event_id in order]
                    services.register(VISITOR, series_id, details, wishes, wants_all=True)
                elif number % 3 == 1:
                    # The same address for other events of the series at the same moment.
                    details = Details(name="A", address=f"p{(number - 1) % 12}@example.org")
                    services.register(VISITOR, series_id, details, [Wish(ids[3], "online")], wants_all=False)
                else:
                    single.register(VISITOR, ids[number % 4], details, "online")
                    row = queries.find_registration(ids[number % 4], f"p{number % 12}@example.org")
                    if number % 4 == 3 and row:
                        single.cancel_registration(SYSTEM, row.id)
            except Exception as error:  # noqa: BLE001 - whatever it was, the test shall show it
                return repr(error)
            return "done"

    with ThreadPoolExecutor(6) as crowd:
        assert set(crowd.map(act, range(36))) == {"done"}
    db.session.rollback()
    for pool in db.session.scalars(select(Pool)).all():
        assert queries.seats_of(pool).taken <= 4
    assert db.session.scalar(select(func.count()).select_from(Registration)) > 15


def test_two_first_ones_of_one_address_are_one(series: Series, add: Make, monkeypatch: pytest.MonkeyPatch):
    join(series, add("One"))
    found, looks = series_queries.find, iter([True])
    monkeypatch.setattr(
        series_queries, "find", lambda *args, **how: None if next(looks, False) else found(*args, **how)
    )
    assert join(series, add("Two", 2)) == ["confirmed"]  # the other one was not there yet when it looked
    assert sorted(entries(series)) == ["one", "two"]


def test_the_zone_of_a_series_is_that_of_its_events_too(series: Series, add: Make):
    one, two, three = add("One", 1), add("Two", 2), add("Three", 3)
    wishes = [Wish(event.id, "online") for event in (one, two)]
    details = Details(name="Lin", address="lin@example.org")
    services.register(VISITOR, series.id, details, wishes, wants_all=False, zone="Asia/Kathmandu")
    found = of(series)
    services.take(holder(found), found.id, three.id, "online")

    def zones() -> dict[str, str | None]:
        rows = db.session.execute(select(Event.slug, Registration.zone).join(Registration.event))
        return {row[0]: row[1] for row in rows}

    assert zones() == dict.fromkeys(("one", "two", "three"), "Asia/Kathmandu")
    alone = queries.find_registration(two.id, "lin@example.org")
    clocks.choose_zone(SYSTEM, alone.id, "Asia/Tokyo")
    said = Description(name="Lin")
    services.change(holder(found), found.id, said, wants_all=True, zone="Asia/Kathmandu")
    assert zones()["two"] == "Asia/Tokyo", "what was not changed for all stays as it is for one"
    services.change(holder(found), found.id, said, wants_all=True, zone=None)
    assert zones() == dict.fromkeys(("one", "two", "three"))
