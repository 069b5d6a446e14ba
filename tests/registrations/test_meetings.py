"""Where things meet that a person may do or have done to them: each by itself is tested beside its own module."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from eventhub.attendance import services as attendance
from eventhub.attendance.certificates import services as certificates
from eventhub.attendance.papers.bearers import Choice, list_bearers
from eventhub.attendance.services import Scan
from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict
from eventhub.messaging import services as messaging
from eventhub.messaging import sign_up_letters
from eventhub.messaging.models import Letter
from eventhub.privacy import services as privacy
from eventhub.registrations import (
    delegations,
    group_personal,
    own,
    pools,
    queries,
    queue,
    rights,
    services,
    substitutes,
)
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.exchange import services as lists
from eventhub.registrations.exchange.choices import Choices
from eventhub.registrations.exchange.survey import survey
from eventhub.registrations.exchange.tables import Table
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.rights import RightsPlan
from eventhub.registrations.series import people as series_people
from eventhub.registrations.series import services as in_series
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.sign_ups import queries as sign_ups
from eventhub.registrations.sign_ups import services as signing
from eventhub.registrations.substitutes import Substitute
from eventhub.registrations.visa import services as visa
from eventhub.registrations.visa.models import VisaRequest
from tests.conftest import both, on_sqlite
from tests.registrations.test_visa import PASSPORT

Make = Callable[..., Any]
# What holds here is said in Python: one database shows it.
pytestmark = on_sqlite


def join(event: Event, name: str, pool: str = "in_person", **said: Any) -> Registration:
    details = Details(**{"name": name.title(), "address": f"{name}@example.org", **said})
    services.register(VISITOR, event.id, details, pool)
    return of(event, name)


def of(event: Event, name: str) -> Registration:
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def send(event: Event, *names: str) -> Registration:
    """Chen, who does not come, names some people: those in capitals have no address."""
    members = [
        Member(Details(name=name, address=None if name.isupper() else f"{name}@example.org"), "in_person")
        for name in names
    ]
    contact = Details(name="Chen", address="chen@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, members, most_waiting=99)
    return of(event, "chen")


def letters(kind: str) -> list[str]:
    return sorted(db.session.scalars(select(Letter.address).where(Letter.kind == kind)))


def after(event: Event) -> Any:
    return clock.standing_at((event.ends_at or clock.now()) + timedelta(days=1))


def soon(event: Event, hours: int = 1) -> Any:
    return clock.standing_at((event.starts_at or clock.now()) - timedelta(hours=hours))


def test_who_is_erased_is_no_delegate_without_an_address(make_event: Make):
    event = make_event(in_person=9)
    contact = send(event, "a", "B")
    with after(event):
        privacy.erase(own.holder(of(event, "a")), of(event, "a").id)
        assert [one.name for one in delegations.list_of_contact(contact)] == ["B"]
        assert [one["name"] for one in group_personal.told(contact)["delegates"]] == ["B"]
        assert [one.people for one in delegations.list_delegations(event)] == [1]
        privacy.erase(own.holder(contact), contact.id)
        assert delegations.list_delegations(event) == []


def test_of_an_erased_contact_nothing_is_left_and_nobody_waits_for_their_answer(make_event: Make):
    event = make_event()
    pools.save_pool(SYSTEM, event.id, PoolPlan(mode="in_person", capacity=1, promotion="offer"), "in_person")
    join(event, "first")
    contact = send(event, "B", "C")
    b, c = delegations.list_of_contact(contact)
    services.cancel_registration(SYSTEM, of(event, "first").id)
    assert (b.place.state, letters("offered")) == ("offered", ["chen@example.org"])
    privacy.erase(own.holder(contact), contact.id)
    assert letters("offered") == []
    services.cancel_registration(SYSTEM, b.id)
    assert c.place.state == "confirmed"


def test_nobody_has_to_be_able_to_cancel_to_be_erased(make_event: Make):
    event = make_event(in_person=9)
    a = join(event, "a")
    rights.set_rights(SYSTEM, event.id, RightsPlan(cancel_hours=48))
    with soon(event):
        privacy.erase(own.holder(a), a.id)
    assert (a.name, a.place.state) == ("", "cancelled")


def test_a_delegate_who_names_their_contact_makes_nobody_their_own_contact(make_event: Make):
    event = make_event(in_person=9)
    contact = send(event, "a", "B")
    substitutes.name_substitute(
        own.holder(of(event, "a")), of(event, "a").id, Substitute("X", "chen@example.org", "en")
    )
    assert (contact.contact_id, contact.place.state) == (None, "unverified")


def test_passports_go_when_the_place_does_however_that_comes_about(make_event: Make):
    event = make_event(in_person=2, online=9)
    visa.change_plan(SYSTEM, event.id, is_offered=True, keep_days=30)
    own_pool = pools.save_pool(SYSTEM, event.id, PoolPlan(mode="in_person", name=both("Hall")))
    a, b = join(event, "a"), join(event, "b", own_pool.key)
    requests = [visa.ask(own.holder(one), one.id, PASSPORT).id for one in (a, b)]
    substitutes.name_substitute(own.holder(a), a.id, Substitute("X", "x@example.org", "en"))
    assert [db.session.get_one(VisaRequest, one).sealed is None for one in requests] == [True, False]
    pools.save_pool(SYSTEM, event.id, PoolPlan(mode="online", name=both("Hall")), own_pool.key)
    assert db.session.get_one(VisaRequest, requests[1]).sealed is None


def test_a_substitute_whom_a_list_brings_back_comes_for_themself(make_event: Make, make_member: Make):
    event = make_event(in_person=9, slug="roundtable")
    olga = make_member("organiser", event.organisation)
    send(event, "a")
    substitutes.name_substitute(own.holder(of(event, "a")), of(event, "a").id, Substitute("X", "x@example.org", "en"))
    services.cancel_registration(SYSTEM, of(event, "x").id)
    table = Table([(1, ["Name", "Address"]), (2, ["Xu", "x@example.org"])])
    choices = Choices(columns=["name", "address"], has_heading=True, pool="in_person", take_back=True)
    kept = lists.keep_list(olga, event.id, table, choices)
    lists.carry_out(olga, kept.id, survey(event, table, choices).fingerprint)
    x = of(event, "x")
    assert (x.place.state, x.substitute_for_id, x.contact_id) == ("confirmed", None, None)
    assert x.verified_at is not None


def test_very_many_places_given_at_once_are_told_to_contacts_too(make_event: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "MANY", 0)
    event = make_event(in_person=1)
    join(event, "first")
    b = delegations.list_of_contact(send(event, "B"))[0]
    services.cancel_registration(SYSTEM, of(event, "first").id)
    messaging.spread_places(SYSTEM, [b.place.id], b.id)
    assert letters("promoted") == ["chen@example.org"]


@pytest.fixture
def series(make_event: Make, make_organisation: Make) -> tuple[Any, Event, Event]:
    """Two webinars of a series."""
    organisation = make_organisation("Network")
    made = events.add_series(SYSTEM, organisation.id, both("Webinars"), slug="webinars")
    starts = clock.now().replace(tzinfo=None, hour=15, minute=0, second=0, microsecond=0)
    first, second = (
        make_event(
            name, slug=name, series_id=made.id, organisation=organisation, mode="online",
            starts=starts + timedelta(days=days), ends=starts + timedelta(days=days, hours=1),
        )
        for name, days in (("one", 7), ("two", 14))
    )  # fmt: skip
    return made, first, second


def enter(series: Any, name: str, *events: Event) -> tuple[SeriesRegistration, Actor]:
    wishes = [in_series.Wish(event.id, "online") for event in events]
    in_series.register(VISITOR, series.id, Details(name=name, address=f"{name}@example.org"), wishes, wants_all=False)
    query = select(SeriesRegistration).where(SeriesRegistration.address == f"{name}@example.org")
    found = db.session.scalars(query).one()
    return found, Actor("link", thing_id=found.id, purpose="series_registration")


def test_a_place_to_be_taken_over_does_not_hold_up_the_rest_of_a_series(series: tuple[Any, Event, Event]):
    of_it, one, two = series
    pools.save_pool(SYSTEM, two.id, PoolPlan(mode="online", hold_hours=24), "online")
    a = join(one, "a", "online")
    lin, holder = enter(of_it, "lin", two)
    substitutes.name_substitute(own.holder(a), a.id, Substitute("Lin", "lin@example.org", "en"))
    assert of(two, "lin").place.state == "unverified"
    assert in_series.confirm(holder, lin.id) == 1
    assert [of(event, "lin").place.state for event in (one, two)] == ["unverified", "confirmed"]


def test_what_nobody_may_do_any_more_at_one_event_of_a_series_is_done_at_the_others(series: tuple[Any, Event, Event]):
    of_it, one, two = series
    lin, holder = enter(of_it, "lin", one, two)
    rights.set_rights(SYSTEM, one.id, RightsPlan(cancel_hours=48, change_hours=48))
    with soon(one):
        in_series.change(holder, lin.id, Description(name="Lin Hua"), wants_all=False)
        assert [of(event, "lin").name for event in (one, two)] == ["lin", "Lin Hua"]
        assert in_series.cancel_rest(holder, lin.id) == 1
        assert [of(event, "lin").place.state for event in (one, two)] == ["confirmed", "cancelled"]
        with pytest.raises(Conflict):
            in_series.leave_out(holder, lin.id, one.id)


def test_who_is_erased_stands_in_no_list_of_a_series(series: tuple[Any, Event, Event]):
    of_it, one, two = series
    enter(of_it, "lin", one)
    enter(of_it, "wu", one, two)
    with after(one):
        privacy.erase(own.holder(of(one, "lin")), of(one, "lin").id)
        rows = list(series_people.rows_of([one, two]))
    assert [row[0] for row in rows[1:]] == ["wu"]


def test_sessions_are_chosen_by_who_comes_and_lists_name_nobody_who_was_erased(make_event: Make, make_session: Make):
    event = make_event(in_person=9)
    session = make_session(event, kind="breakout", has_sign_up=True, capacity=5)
    a, b = join(event, "a"), join(event, "b")
    substitutes.name_substitute(own.holder(a), a.id, Substitute("X", "x@example.org", "en"))
    with pytest.raises(Conflict):
        signing.sign_up(own.holder(of(event, "x")), of(event, "x").id, session.id)
    signing.sign_up(own.holder(b), b.id, session.id)
    with after(event):
        privacy.erase(own.holder(b), b.id)
        stand = sign_ups.get_stand_of(event, session.id)
        named = [list(sign_ups.all_of(event, None)), sign_ups.list_page(stand, "", 1, in_addresses=True).items]
        assert (stand.signed_up, named, sign_ups.count_rows(event, session.id)) == (1, [[], []], 0)


def test_of_the_sessions_of_a_delegate_without_an_address_the_contact_hears(make_event: Make, make_session: Make):
    event = make_event(in_person=9)
    session = make_session(event, kind="breakout", has_sign_up=True, capacity=5)
    b = delegations.list_of_contact(send(event, "B"))[0]
    signing.sign_up(own.holder(b), b.id, session.id)
    assert letters("sign_ups") == ["chen@example.org"]
    letter = db.session.scalars(select(Letter).where(Letter.kind == "sign_ups")).one()
    draft = sign_up_letters.draft(letter)
    assert "This is about B of your delegation" in str(draft.blocks[0])
    assert "Chen" in draft.greeting


def test_nobody_prints_a_badge_or_a_certificate_without_a_name(make_event: Make):
    event = make_event(in_person=9)
    a, b = join(event, "a"), join(event, "b")
    with clock.standing_at(event.starts_at or clock.now()):
        for one in (a, b):
            attendance.check_in(SYSTEM, event.id, Scan(id=uuid4(), made_at=clock.now(), who_id=one.id))
    with after(event):
        assert certificates.issue_certificates(SYSTEM, event.id) == 2
        privacy.erase(own.holder(a), a.id)
        assert certificates.issue_certificates(SYSTEM, event.id) == 0
        assert [one.latin for one in list_bearers(event, Choice())] == ["B"]


def test_links_of_a_series_that_are_made_void_leave_none_of_a_delegate_good(series: tuple[Any, Event, Event]):
    of_it, one, _ = series
    lin, holder = enter(of_it, "lin", one)
    members = [Member(Details(name="B"), "online")]
    delegations.register_delegation(VISITOR, one.id, Details(name="Lin", address="lin@example.org"), members)
    b = delegations.list_of_contact(of(one, "lin"))[0]
    in_series.rotate_link(holder, lin.id)
    assert (of(one, "lin").link_number, b.link_number) == (2, 2)
