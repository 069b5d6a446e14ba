"""The rules of registering: who gets which place, in which order, and who learns what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.events.services import Header
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from eventhub.people.models import Person
from eventhub.registrations import access, moves, pools, queries, services
from eventhub.registrations.agreements import Agreement, Description, Details
from eventhub.registrations.models import Consent, Place, Pool, Registration
from eventhub.registrations.services import Outcome

Make = Callable[..., Any]
CONFIRMED, WAITLISTED = Outcome("in_person", "confirmed"), Outcome("in_person", "waitlisted")


def details(address: str | None = None, **values: Any) -> Details:
    """What somebody typed."""
    return Details(**{"name": "Li Wei", "address": address or f"{uuid4().hex}@example.org", **values})


def join(event: Event, *names: str, pool: str = "in_person") -> list[str]:
    """Register people one after the other, and say what each got."""
    return [services.register(VISITOR, event.id, details(f"{name}@example.org"), pool).state for name in names]


def standing(event: Event, key: str = "in_person") -> dict[str, str]:
    """Who holds which state in a pool, in the order of their numbers."""
    rows = db.session.execute(
        select(Registration.address, Place.state)
        .join(Place.registration)
        .join(Place.pool)
        .where(Pool.event_id == event.id, Pool.key == key)
        .order_by(Place.number)
    )
    return {address.partition("@")[0]: state for address, state in rows}


def of(event: Event, name: str) -> Registration:
    """The registration of one of them."""
    registration = queries.find_registration(event.id, f"{name}@example.org")
    assert registration
    return registration


def holder(registration: Registration) -> Actor:
    """Who came by the registration's private link."""
    return Actor("link", thing_id=registration.id, purpose="registration")


def facts(name: str) -> list[dict[str, Any]]:
    """What was announced under a name, in order."""
    query = select(AuditEntry.data).where(AuditEntry.fact == name).order_by(AuditEntry.created_at)
    return list(db.session.scalars(query))


def test_a_pool_gives_its_places_and_then_queues(make_event: Make):
    event = make_event(in_person=2)
    assert join(event, "a", "b", "c", "d") == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert [queries.position_of(of(event, name).place) for name in "abcd"] == [None, None, 1, 2]
    assert sorted(queries.positions(event).values()) == [1, 2]
    assert [fact["state"] for fact in facts("PlaceTaken")] == ["confirmed", "confirmed", "waitlisted", "waitlisted"]


def test_a_pool_without_a_limit_is_never_full(make_event: Make):
    event = make_event()
    assert set(join(event, *"abcdef", pool="online")) == {"confirmed"}
    assert [seats.left for seats in queries.list_seats(event)] == [None, None]


def test_a_registration_keeps_what_was_said_and_agreed_to(make_event: Make):
    event = make_event()
    said = {"organisation": "爱德基金会", "stakeholder_type": "national_ngo", "country": "CN", "language": "zh"}
    agreed = Agreement(purpose="event", wording="1", language="zh")
    services.register(VISITOR, event.id, details(" Ａ@Example.ORG ", **said, agreements=[agreed]), "online")
    registration = of(event, "a")
    assert {key: getattr(registration, key) for key in said} == said
    assert (registration.typed_address, registration.person_id) == ("A@Example.ORG", None)
    consent = db.session.scalars(select(Consent)).one()
    assert (consent.registration_id, consent.purpose, consent.wording, consent.language) == (
        registration.id, "event", "1", "zh",
    )  # fmt: skip


@pytest.mark.parametrize("again", ["a@example.org", "A@EXAMPLE.org", " ａ@example.org "])
def test_registering_twice_changes_nothing_and_answers_as_to_a_newcomer(make_event: Make, again: str):
    event = make_event(in_person=1)
    assert services.register(VISITOR, event.id, details("a@example.org"), "in_person") == CONFIRMED
    assert services.register(VISITOR, event.id, details(again, name="Mallory"), "in_person") == WAITLISTED
    assert (standing(event), of(event, "a").name) == ({"a": "confirmed"}, "Li Wei")
    assert facts("RegisteredAgain") == [{"event_id": str(event.id), "registration_id": str(of(event, "a").id)}]


def test_a_tag_in_an_address_is_another_mailbox(make_event: Make):
    event = make_event()
    join(event, "a", "a+news")
    assert len(standing(event)) == 2


def test_one_address_registers_once_for_both_pools(make_event: Make):
    event = make_event(in_person=1, online=1)
    join(event, "a")
    assert services.register(VISITOR, event.id, details("a@example.org"), "online") == Outcome("online", "confirmed")
    assert standing(event, "online") == {}


def test_whoever_comes_back_queues_at_the_end_with_the_same_links(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b")
    before = of(event, "a")
    first = (before.id, before.link_number, before.place.id)
    services.cancel_registration(holder(before), before.id)
    agreed = Agreement(purpose="event", wording="1", language="en")
    for _ in range(2):
        services.register(VISITOR, event.id, details("a@example.org", name="Li W.", agreements=[agreed]), "in_person")
    back = of(event, "a")
    assert (back.id, back.link_number, back.place.id) == first
    assert (back.name, standing(event)) == ("Li W.", {"b": "confirmed", "a": "waitlisted"})
    assert len(facts("PlaceTaken")) == 3


def test_coming_back_renews_what_was_agreed_to(make_event: Make):
    event = make_event()
    agreed = Agreement(purpose="event", wording="1", language="en")
    services.register(VISITOR, event.id, details("a@example.org", agreements=[agreed]), "online")
    services.cancel_registration(SYSTEM, of(event, "a").id)
    services.register(VISITOR, event.id, details("a@example.org", agreements=[agreed]), "in_person")
    assert db.session.scalars(select(Consent.wording)).all() == ["1"]
    assert (standing(event, "online"), standing(event)) == ({}, {"a": "confirmed"})


def test_a_freed_place_goes_to_the_first_in_line(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b", "c")
    services.cancel_registration(holder(of(event, "a")), of(event, "a").id)
    assert standing(event) == {"a": "cancelled", "b": "confirmed", "c": "waitlisted"}
    assert [fact["registration_id"] for fact in facts("PlacePromoted")] == [str(of(event, "b").id)]


def test_whoever_gives_up_waiting_frees_no_place(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b", "c")
    services.cancel_registration(SYSTEM, of(event, "b").id)
    assert standing(event) == {"a": "confirmed", "b": "cancelled", "c": "waitlisted"}


def test_cancelling_twice_is_as_good_as_once(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b", "c")
    for _ in range(2):
        services.cancel_registration(SYSTEM, of(event, "a").id)
    assert standing(event) == {"a": "cancelled", "b": "confirmed", "c": "waitlisted"}
    assert len(facts("PlaceCancelled")) == 1


def test_more_places_promote_exactly_as_many_in_order_and_fewer_drop_nobody(make_event: Make):
    event = make_event(in_person=3)
    join(event, *"abcdefg")
    pools.change_pools(SYSTEM, event.id, {"in_person": 1})
    assert list(standing(event).values()).count("confirmed") == 3
    pools.change_pools(SYSTEM, event.id, {"in_person": 3})
    assert list(standing(event).values()).count("confirmed") == 3
    pools.change_pools(SYSTEM, event.id, {"in_person": 5})
    assert standing(event) == {**dict.fromkeys("abcde", "confirmed"), "f": "waitlisted", "g": "waitlisted"}
    pools.change_pools(SYSTEM, event.id, {"in_person": None})
    assert set(standing(event).values()) == {"confirmed"}
    assert [fact["capacity"] for fact in facts("CapacityChanged")] == [3, 1, 3, 5, None]


def test_the_same_capacity_again_is_no_change(make_event: Make):
    event = make_event(in_person=3)
    pools.change_pools(SYSTEM, event.id, {"in_person": 3})
    assert len(facts("CapacityChanged")) == 1


@pytest.mark.parametrize("wrong", [{"in_person": -1}, {"balcony": 3}])
def test_a_capacity_that_cannot_be_is_refused(make_event: Make, wrong: dict[str, int]):
    event = make_event(in_person=3)
    with pytest.raises(Invalid):
        pools.change_pools(SYSTEM, event.id, wrong)


def test_switching_gives_the_old_place_to_the_next_and_queues_behind_everybody(make_event: Make):
    event = make_event(in_person=1, online=1)
    join(event, "a", "b")
    join(event, "c", pool="online")
    a = of(event, "a")
    assert moves.switch_pool(holder(a), a.id, "online").state == "waitlisted"
    assert (standing(event), standing(event, "online")) == ({"b": "confirmed"}, {"c": "confirmed", "a": "waitlisted"})
    c = of(event, "c")
    moves.switch_pool(holder(c), c.id, "in_person")
    assert standing(event, "online") == {"a": "confirmed"}
    assert [fact["state"] for fact in facts("PlaceChanged")] == ["waitlisted", "waitlisted"]


def test_switching_to_where_one_is_changes_nothing(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a")
    assert moves.switch_pool(holder(a), a.id, "in_person").number == 1
    assert facts("PlaceChanged") == []


def test_a_cancelled_registration_cannot_switch(make_event: Make):
    event = make_event(in_person=1, online=1)
    join(event, "a")
    services.cancel_registration(SYSTEM, of(event, "a").id)
    with pytest.raises(Conflict):
        moves.switch_pool(holder(of(event, "a")), of(event, "a").id, "online")


@pytest.mark.parametrize("key", ["balcony", "in_person"])
def test_a_pool_that_the_event_does_not_offer_is_refused(make_event: Make, key: str):
    event = make_event(mode="online")
    with pytest.raises(Invalid) as refusal:
        services.register(VISITOR, event.id, details(), key)
    assert refusal.value.field == "pool"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("address", "nobody"),
        ("address", None),
        ("stakeholder_type", "cartel"),
        ("language", "tlh"),
    ],
)
def test_a_value_that_cannot_be_is_named(make_event: Make, field: str, value: str | None):
    event = make_event()
    given = {"name": "Li Wei", "address": "a@example.org", field: value}
    with pytest.raises(Invalid) as refusal:
        services.register(VISITOR, event.id, Details(**given), "online")  # type: ignore[arg-type]
    assert refusal.value.field == field


def _closed(event: Event) -> None:
    events.cancel_event(SYSTEM, event.id)


def _postponed(event: Event) -> None:
    events.postpone_event(SYSTEM, event.id)


def _with(event: Event, **header: Any) -> None:
    values = {name: getattr(event, name) for name in Header.__dataclass_fields__}
    events.change_event(SYSTEM, event.id, Header(**{**values, **header}))


def _window_over(event: Event) -> None:
    _with(event, registration_closes_at=clock.now() - timedelta(hours=1))


def _window_to_come(event: Event) -> None:
    _with(event, registration_opens_at=clock.now() + timedelta(hours=1))


@pytest.mark.parametrize("close", [_window_over, _window_to_come])
def test_a_closed_window_keeps_newcomers_out_and_moves_the_queue_on(make_event: Make, close: Callable[[Event], None]):
    event = make_event(in_person=1, online=1)
    join(event, "a", "b")
    close(event)
    with pytest.raises(Conflict):
        join(event, "c")
    services.cancel_registration(holder(of(event, "a")), of(event, "a").id)
    assert standing(event) == {"a": "cancelled", "b": "confirmed"}


@pytest.mark.parametrize("close", [_closed, _postponed])
def test_an_event_that_does_not_take_place_registers_moves_and_promotes_nobody(
    make_event: Make, close: Callable[[Event], None]
):
    event = make_event(in_person=1, online=1)
    join(event, "a", "b")
    close(event)
    with pytest.raises(Conflict):
        join(event, "c")
    b = of(event, "b")
    with pytest.raises(Conflict):
        moves.switch_pool(holder(b), b.id, "online")
    services.cancel_registration(holder(of(event, "a")), of(event, "a").id)
    pools.change_pools(SYSTEM, event.id, {"in_person": 5})
    assert standing(event) == {"a": "cancelled", "b": "waitlisted"}


def test_an_event_that_is_over_registers_nobody(make_event: Make):
    event = make_event()
    with clock.standing_at(clock.now() + timedelta(days=60)), pytest.raises(Conflict):
        join(event, "a")


def test_an_event_that_opens_again_promotes_before_anybody_else_comes(make_event: Make):
    event = make_event(in_person=1)
    join(event, "a", "b")
    _postponed(event)
    services.cancel_registration(SYSTEM, of(event, "a").id)
    events.publish_event(SYSTEM, event.id)
    assert standing(event) == {"a": "cancelled", "b": "confirmed"}


def test_nobody_overtakes_those_who_wait_since_before_the_doors_opened(make_event: Make, make_member: Make):
    event = make_event(in_person=1, registration_opens_at=clock.now() + timedelta(hours=1))
    for name in "ab":
        services.add_by_hand(SYSTEM, event.id, details(f"{name}@example.org"), "in_person")
    services.cancel_registration(SYSTEM, of(event, "a").id)
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        assert join(event, "c") == ["waitlisted"]
    assert standing(event) == {"a": "cancelled", "b": "confirmed", "c": "waitlisted"}


def test_an_event_that_nobody_may_see_is_not_there(make_event: Make):
    for hidden in (make_event(published=False), make_event(visibility="invitation")):
        with pytest.raises(NotFound):
            join(hidden, "a")
    with pytest.raises(NotFound):
        services.register(VISITOR, uuid4(), details(), "online")


def test_an_organiser_adds_people_with_and_without_an_address(
    make_event: Make, make_organisation: Make, make_member: Make
):
    owner = make_organisation()
    event, organiser = make_event(organisation=owner, in_person=1), make_member("organiser", owner)
    nobody = services.add_by_hand(organiser, event.id, Details(name="陈静"), "in_person")
    somebody = services.add_by_hand(organiser, event.id, details("b@example.org"), "in_person")
    assert (nobody.address, nobody.place.state, somebody.place.state) == (None, "confirmed", "waitlisted")
    with pytest.raises(Conflict):
        services.add_by_hand(organiser, event.id, details("B@example.org"), "online")
    services.cancel_registration(organiser, somebody.id)
    assert services.add_by_hand(organiser, event.id, details("b@example.org"), "online").id == somebody.id


def test_an_organiser_adds_nobody_to_an_event_that_does_not_take_place(make_event: Make):
    event = make_event(online=5)
    join(event, "a", pool="online")
    _closed(event)
    with pytest.raises(Conflict):
        services.add_by_hand(SYSTEM, event.id, details(), "online")
    with pytest.raises(Conflict):
        moves.switch_pool(SYSTEM, of(event, "a").id, "in_person")


def test_somebody_signed_in_registers_as_themself_under_their_own_address_only(make_event: Make, make_member: Make):
    event, member = make_event(), make_member()
    own = get(Person, member.person_id).address
    services.register(member, event.id, details(own), "online")
    services.register(member, event.id, details("friend@example.org"), "online")
    mine = queries.find_registration(event.id, own or "")
    assert mine and mine.person_id == member.person_id
    assert of(event, "friend").person_id is None
    assert services.change_registration(member, mine.id, Description(name="Me")).name == "Me"
    with pytest.raises(NotFound):
        services.change_registration(member, of(event, "friend").id, Description(name="Me"))


def test_a_description_changes_by_the_link_and_says_which_parts_did(make_event: Make):
    event = make_event()
    join(event, "a")
    a = of(event, "a")
    read = a.version
    services.change_registration(holder(a), a.id, Description(name="Li Wei", country="CN", language="zh"), read)
    services.change_registration(holder(a), a.id, Description(name="Li Wei", country="CN", language="zh"))
    assert [fact["fields"] for fact in facts("RegistrationChanged")] == [["country", "language"]]
    with pytest.raises(Stale):
        services.change_registration(holder(a), a.id, Description(name="Li"), read)
    with pytest.raises(Invalid):
        services.change_registration(holder(a), a.id, Description(name=""))


def test_a_new_link_ends_the_old_ones(make_event: Make):
    event = make_event()
    join(event, "a")
    a = of(event, "a")
    access.rotate_link(holder(a), a.id)
    assert (of(event, "a").link_number, of(event, "a").calendar_number) == (2, 2)
    assert facts("LinkRotated") == [{"event_id": str(event.id), "registration_id": str(a.id)}]


def test_links_are_asked_for_alike_for_every_address(make_event: Make):
    event = make_event()
    join(event, "a")
    for typed in ("A@example.org ", "stranger@example.org"):
        access.ask_for_links(VISITOR, typed, "zh")
    asked = [(fact["address"], fact["language"]) for fact in facts("LinksAskedFor")]
    assert asked == [("a@example.org", "zh"), ("stranger@example.org", "zh")]
    assert [row.event_id for row in queries.list_of_address("a@example.org")] == [event.id]
    with pytest.raises(Invalid):
        access.ask_for_links(VISITOR, "nobody", "en")


def stranger() -> Actor:
    """Who holds the link of something else."""
    return Actor("link", thing_id=uuid4(), purpose="registration")


ATTEMPTS: dict[str, Callable[..., Any]] = {
    "change_registration": lambda actor, event, one: services.change_registration(actor, one, Description(name="X")),
    "switch_pool": lambda actor, event, one: moves.switch_pool(actor, one, "online"),
    "cancel_registration": lambda actor, event, one: services.cancel_registration(actor, one),
    "rotate_link": lambda actor, event, one: access.rotate_link(actor, one),
    "add_by_hand": lambda actor, event, one: services.add_by_hand(actor, event, details(), "online"),
    "change_pools": lambda actor, event, one: pools.change_pools(actor, event, {"online": 1}),
    "ensure_pools": lambda actor, event, one: pools.ensure_pools(actor, event),
    "promote_waiting": lambda actor, event, one: pools.promote_waiting(actor, event),
    "note_export": lambda actor, event, one: access.note_export(actor, event, "csv"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_nothing_of_it_is_there_for_others(make_event: Make, make_member: Make, attempt: Callable[..., Any]):
    event = make_event(in_person=1)
    join(event, "a")
    a = of(event, "a").id
    calendar = Actor("link", thing_id=a, purpose="calendar")
    others = (VISITOR, stranger(), calendar, make_member("administrator"), make_member("viewer", event.organisation))
    for actor in others:
        with pytest.raises((NotFound, Forbidden)) as refusal:
            attempt(actor, event.id, a)
        assert refusal.type is NotFound
    assert standing(event) == {"a": "confirmed"}


def test_an_export_leaves_a_line_with_its_size(make_event: Make):
    event = make_event()
    join(event, "a", "b")
    access.note_export(SYSTEM, event.id, "csv")
    assert facts("RegistrationsExported") == [{"event_id": str(event.id), "rows": 2, "format": "csv"}]


def capacities(event_id: UUID) -> dict[str, int | None]:
    """The pools of an event with their capacities."""
    return {pool.key: pool.capacity for pool in db.session.scalars(select(Pool).where(Pool.event_id == event_id))}


def test_an_event_has_the_pools_of_its_mode(make_event: Make):
    online = make_event(mode="online")
    assert capacities(online.id) == {"online": None}
    _with(online, mode="hybrid")
    assert capacities(online.id) == {"in_person": None, "online": None}


def test_a_copy_has_its_originals_capacities_where_asked_for(make_event: Make):
    event = make_event(in_person=30, online=60)
    assert capacities(events.copy_event(SYSTEM, event.id, ["pools"]).id) == {"in_person": 30, "online": 60}
    assert capacities(events.copy_event(SYSTEM, event.id, []).id) == {"in_person": None, "online": None}


def test_a_pool_that_is_offered_no_more_keeps_its_people_and_promotes_nobody(make_event: Make):
    event = make_event(in_person=1, online=5)
    join(event, "a", "b")
    _with(event, mode="online")
    services.cancel_registration(SYSTEM, of(event, "a").id)
    assert standing(event) == {"a": "cancelled", "b": "waitlisted"}
    assert [seats.pool.key for seats in queries.list_seats(get(Event, event.id))] == ["in_person", "online"]
    moves.switch_pool(SYSTEM, of(event, "b").id, "online")
    assert [seats.pool.key for seats in queries.list_seats(get(Event, event.id))] == ["online"]


def test_capacities_may_be_set_for_a_pool_to_come(make_event: Make):
    event = make_event(mode="online", in_person=3)
    assert capacities(event.id) == {"online": None, "in_person": 3}


@pytest.mark.usefixtures("make_event")
def test_a_registration_that_is_not_there_is_neither_confirmed_nor_cancelled():
    for act in (services.confirm, services.cancel_registration):
        with pytest.raises(NotFound):
            act(SYSTEM, uuid4())
