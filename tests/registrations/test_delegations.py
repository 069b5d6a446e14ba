"""Delegations: several people by one contact, who learns nothing of who was there before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.i18n import Translated
from eventhub.messaging.models import Letter
from eventhub.registrations import access, delegations, group_personal, guest_lists, pools, queries, rights, services
from eventhub.registrations.agreements import Agreement, Details
from eventhub.registrations.delegations import InvalidRows, Member, PlacesMissing
from eventhub.registrations.models import COUNTING, Consent, Delegate, Place, Pool, Registration
from eventhub.registrations.pools import PoolPlan, save_pool
from eventhub.registrations.questions.models import Question
from eventhub.registrations.rights import RightsPlan
from tests.conftest import Browser, organisation_of
from tests.filled import begins_at, filled

Make = Callable[..., Any]
CONTACT = Details(
    name="陈静", address="chen@example.org", language="zh",
    agreements=[Agreement(purpose="delegation", wording="1", language="zh")],
)  # fmt: skip


def member(name: str, pool: str = "in_person", **values: Any) -> Member:
    """One of them; with an address where their name begins in lower case."""
    address = f"{name}@example.org" if name.islower() and name.isascii() else None
    return Member(Details(**{"name": name, "address": address, **values}), pool)


def send(event: Event, *names: str, own: str = "", most_waiting: int = 99, actor: Actor = VISITOR) -> dict[str, int]:
    """Register a delegation, and say what the contact is told."""
    members = [member(name) for name in names]
    told = delegations.register_delegation(actor, event.id, CONTACT, members, own, most_waiting)
    return dict(told.states)


def states(event: Event) -> list[tuple[str, str]]:
    """Everybody with the state of their place, in the order of the queue."""
    query = select(Registration.name, Place.state).join(Registration.places).join(Place.pool)
    rows = db.session.execute(query.where(Pool.event_id == event.id).order_by(Place.number))
    return [(row[0], row[1]) for row in rows]


def contact_of(event: Event) -> Registration:
    """The contact's registration."""
    found = queries.find_registration(event.id, "chen@example.org")
    assert found
    return found


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def letters() -> list[tuple[str, str]]:
    """Which letters were ordered, to whom."""
    rows = db.session.execute(select(Letter.kind, Letter.address).order_by(Letter.created_at, Letter.id))
    return sorted((row[0], row[1]) for row in rows)


def mine(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_all_get_places_in_their_order_and_letters_where_they_have_an_address(make_event: Make):
    event = make_event(in_person=3)
    assert send(event, "wei", "Fang", own="in_person") == {"confirmed": 3}
    assert states(event) == [("陈静", "confirmed"), ("wei", "confirmed"), ("Fang", "confirmed")]
    assert letters() == [
        ("confirmed", "chen@example.org"), ("confirmed", "wei@example.org"), ("delegation", "chen@example.org"),
    ]  # fmt: skip
    contact = contact_of(event)
    assert [one.name for one in delegations.list_of_contact(contact)] == ["Fang"]
    assert [one.name for one in delegations.list_named(contact)] == ["wei"]
    assert db.session.scalars(select(Consent.purpose)).all() == ["delegation"]
    assert [(one.contact.name, one.people) for one in delegations.list_delegations(event)] == [("陈静", 2)]


def test_where_places_are_missing_nothing_is_done_until_the_contact_agrees(make_event: Make):
    event = make_event(in_person=2)
    with pytest.raises(PlacesMissing) as refusal:
        send(event, "a", "b", "c", most_waiting=0)
    assert (refusal.value.told.people, refusal.value.told.waiting) == (3, 1)
    assert states(event) == []
    assert send(event, "a", "b", "c", most_waiting=1) == {"confirmed": 2, "waitlisted": 1}
    # The contact does not come, and has a place that was given up before it began: they take none.
    assert states(event)[1:] == [("a", "confirmed"), ("b", "confirmed"), ("c", "waitlisted")]
    assert contact_of(event).place.state == "cancelled"


def test_the_answer_is_the_same_for_who_is_registered_already(make_event: Make):
    known, unknown = make_event(in_person=2), make_event(in_person=1)
    services.register(VISITOR, known.id, Details(name="Known", address="a@example.org"), "in_person")
    assert send(known, "a", "b") == send(unknown, "a", "b") == {"confirmed": 1, "waitlisted": 1}
    # Who was there has their link; the place that was not needed is the next one's.
    assert dict(states(known))["b"] == "confirmed"
    assert dict(states(known))["Known"] == "confirmed"
    assert ("registered_again", "a@example.org") not in letters()  # one with it has just gone there
    # The contact sees the same of both, and whoever they cannot have registered stays.
    both = [contact_of(event) for event in (known, unknown)]
    assert [[one.name for one in delegations.list_named(one)] for one in both] == [["a", "b"], ["a", "b"]]
    for contact in both:
        for named in delegations.list_named(contact):
            delegations.cancel_delegate(holder(contact), contact.id, named.id)
    assert dict(states(known))["Known"] == "confirmed"
    assert dict(states(known))["b"] == "cancelled"
    assert set(dict(states(unknown)[1:]).values()) == {"cancelled"}


def test_a_contact_who_is_registered_keeps_what_they_said(make_event: Make):
    event = make_event()
    services.register(VISITOR, event.id, Details(name="Chen", address="Chen@example.org"), "online")
    send(event, "Fang", own="in_person")
    contact = contact_of(event)
    assert (contact.name, contact.place.pool.key, contact.language) == ("Chen", "online", "en")
    assert [one.name for one in delegations.list_of_contact(contact)] == ["Fang"]
    send(event, "Wei")
    assert letters().count(("delegation", "Chen@example.org")) == 1, "a mailbox is not filled by typing"
    services.cancel_registration(SYSTEM, contact.id)
    send(event, "Li")  # they do not come any more, and look after one more
    assert contact_of(event).name == "Chen"


def test_whatever_is_wrong_is_told_beside_each_and_nobody_is_registered(make_event: Make):
    event = make_event()
    rows = [member("a"), member("B", "balcony"), member("a"), member(" "), member("c", stakeholder_type="cartel")]
    with pytest.raises(InvalidRows) as refusal:
        delegations.register_delegation(VISITOR, event.id, CONTACT, rows)
    assert {row: error.field for row, error in refusal.value.rows.items()} == {
        1: "pool", 2: "address", 3: "name", 4: "stakeholder_type",
    }  # fmt: skip
    for many in ([], [member("A")] * 31):
        with pytest.raises(InvalidRows):
            delegations.register_delegation(VISITOR, event.id, CONTACT, many)
    assert states(event) == []
    rights.set_rights(SYSTEM, event.id, RightsPlan(has_delegations=False))
    with pytest.raises(Conflict):
        send(event, "a")


def test_places_are_held_until_the_contact_answers_for_those_without_an_address(make_event: Make):
    event = make_event(in_person=2)
    pool = queries.find_pool(event, "in_person")
    assert pool
    plan = {name: getattr(PoolPlan.of(pool), name) for name in PoolPlan.__slots__}
    save_pool(SYSTEM, event.id, PoolPlan(**{**plan, "hold_hours": 2}), "in_person")
    assert send(event, "a", "B", "C") == {"unverified": 2, "waitlisted": 1}
    contact = contact_of(event)
    assert delegations.confirm_all(holder(contact), contact.id) == 1
    assert dict(states(event)) == {"陈静": "cancelled", "a": "unverified", "B": "confirmed", "C": "waitlisted"}
    with clock.standing_at(clock.now() + timedelta(hours=3)):
        pools.promote_waiting(SYSTEM, event.id)
        # The next one is offered it, and their contact hears of it.
        assert dict(states(event))["C"] == "offered"
        assert ("offered", "chen@example.org") in letters()
        assert delegations.confirm_all(holder(contact), contact.id) == 1
    assert dict(states(event))["C"] == "confirmed"


def test_only_the_contact_looks_after_their_delegation(make_event: Make):
    event, other = make_event(in_person=4), make_event()
    send(event, "a", "B", "C")
    send(other, "D")
    contact, stranger = contact_of(event), contact_of(other)
    b = delegations.list_of_contact(contact)[0]
    with pytest.raises(NotFound):
        services.cancel_registration(holder(stranger), b.id)
    with pytest.raises(NotFound):
        delegations.cancel_delegate(holder(stranger), stranger.id, b.id)
    with pytest.raises(NotFound):
        delegations.cancel_delegate(holder(stranger), stranger.id, delegations.list_named(contact)[0].id)
    delegations.cancel_delegate(holder(contact), contact.id, b.id)
    assert dict(states(event))["B"] == "cancelled"
    assert delegations.has_delegation(contact)
    before = b.link_number
    access.rotate_link(holder(contact), contact.id)
    assert get(Registration, b.id).link_number == before + 1
    delegations.cancel_all(holder(contact), contact.id)
    assert set(dict(states(event)).values()) == {"cancelled"}
    assert not delegations.has_delegation(contact)


def test_what_is_kept_is_told_and_erased(make_event: Make):
    event = make_event()
    rights.set_rights(SYSTEM, event.id, RightsPlan(most_companions=2))
    send(event, "a", "B")
    services.register(
        VISITOR, event.id, Details(name="Z", address="z@example.org", companions=["Child", " "]), "in_person"
    )
    contact, a = contact_of(event), queries.find_registration(event.id, "a@example.org")
    assert a
    assert group_personal.told(contact)["delegates"] == [
        {"name": "a", "address": "a@example.org"}, {"name": "B", "address": None},
    ]  # fmt: skip
    assert group_personal.told(a)["registered_by_contact"] == "陈静"
    group_personal.erase(SYSTEM, a)
    assert db.session.scalars(select(Delegate)).all() == []
    z = queries.find_registration(event.id, "z@example.org")
    assert z
    assert group_personal.told(z)["companions"] == [{"name": "Child"}]
    group_personal.erase(SYSTEM, z)
    assert group_personal.told(z)["companions"] == [{"name": "–"}]
    assert z.place.size == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True, scope="session")
def test_delegations_of_any_size_never_take_a_place_too_many(make_event: Make):
    """Random delegations, cancellations and rooms: as many as fit, in strict order; these rules are ours in Python."""
    dice = random.Random(11)
    for _ in range(3):
        event = make_event(in_person=dice.randint(1, 6))
        for number in range(4):
            names = [
                f"p{dice.randint(0, 9)}" if dice.random() < 0.5 else f"N{number}{i}" for i in range(dice.randint(1, 7))
            ]
            send(event, *dict.fromkeys(names), own=dice.choice(("", "in_person")))
            everybody = list(db.session.scalars(select(Registration).where(Registration.event_id == event.id)))
            for registration in dice.sample(everybody, k=min(2, len(everybody))):
                services.cancel_registration(SYSTEM, registration.id)
            if dice.random() < 0.3:
                pool = queries.find_pool(event, "in_person")
                assert pool
                pools.change_pools(SYSTEM, event.id, {"in_person": (pool.capacity or 0) + dice.randint(1, 3)})
            query = select(Place, Pool).join(Place.pool).where(Pool.event_id == event.id, Pool.key == "in_person")
            rows = db.session.execute(query.order_by(Place.number)).all()
            capacity = rows[0][1].capacity
            taken = [place for place, _ in rows if place.state in COUNTING]
            waiting = [place for place, _ in rows if place.state == "waitlisted"]
            assert len(taken) <= capacity
            assert not waiting or len(taken) == capacity, "a place is free while somebody waits"
            assert not waiting or max(one.number for one in taken) < waiting[0].number, "somebody was overtaken"
            db.session.rollback()


def test_delegations_at_once_share_the_places_there_are(app: Flask, make_event: Make):
    event = make_event(in_person=10)
    event_id = event.id
    db.session.rollback()

    def arrive(number: int) -> None:
        with app.app_context():
            contact = Details(name=f"c{number}", address=f"c{number}@example.org")
            members = [member(f"P{number}-{i}") for i in range(4)]
            delegations.register_delegation(VISITOR, event_id, contact, members, "", 99)

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(arrive, range(6)))
    by_state = [state for name, state in states(event) if name.startswith("P")]
    assert by_state == ["confirmed"] * 10 + ["waitlisted"] * 14


def form_of(client: Browser, event: Event, **changes: Any) -> dict[str, Any]:
    """The form as a browser would send it, with its contact filled in."""
    page = client.get(f"/en/events/{event.slug}/register/delegation/").text
    said = {
        "name": "陈静", "address": "chen@example.org", "language": "zh", "own_pool": "absent", "pool": "in_person",
        "consent": "y", "declares": "y", "rows-0-name": "龑 䶮 𠮷", "rows-0-address": "",
        "rows-1-name": "<b>{event.__class__}</b>", "rows-1-address": "b@example.org", **changes,
    }  # fmt: skip
    return filled(page, **said)


def test_a_delegation_by_the_form_and_its_page(make_event: Make, client: Browser):
    event = make_event(in_person=5)
    assert "Register a delegation" in client.get(f"/en/events/{event.slug}/register/").text
    at = f"/en/events/{event.slug}/register/delegation/"
    wrong = client.post(at, data=form_of(client, event, **{"rows-2-address": "nowhere", "rows-2-organisation": "Org"}))
    assert wrong.status_code == 422
    assert 'id="rows-2-address-error"' in wrong.text
    assert 'id="rows-2-name-error"' in wrong.text
    chinese = client.post(at.replace("/en/", "/zh/"), data=form_of(client, event, **{"rows-2-address": "nowhere"}))
    assert "邮箱（3）</a>：" in chinese.text
    assert "龑 䶮 𠮷" in wrong.text
    twice = client.post(at, data=form_of(client, event, **{"rows-0-address": "B@example.org"}))
    assert (twice.status_code, 'id="rows-1-address-error"' in twice.text) == (422, True)
    # What is wrong in a row is told where the page begins too, as by all other forms.
    told = twice.text.split('role="alert"', 1)[1].split("</div>", 1)[0]
    assert '<a href="#rows-1-address">E-mail address (2)</a>: This address stands here twice.' in told
    assert client.post(at, data=form_of(client, event, declares="") | {"declares": ""}).status_code == 422
    done = client.post(at, data=form_of(client, event))
    assert done.status_code == 303
    assert "/registrations/" not in done.location
    page = client.get(done.location).text
    assert 'data-registration-status="confirmed"' in page
    assert "places for 2 people" in page
    contact = contact_of(event)
    page = client.get(mine(contact)).text
    assert "You look after your delegation here" in page
    assert "龑 䶮 𠮷" in page
    assert "&lt;b&gt;{event.__class__}&lt;/b&gt;" in page
    own = re.search(r'href="(/en/registrations/[\w-]{43}/)"><b><bdi>龑', page)
    assert own
    assert client.get(own[1]).status_code == 200
    # Somebody without an address has a ticket by the page to which their contact's leads.
    assert client.get(f"{own[1]}ticket/").status_code == 200
    named = db.session.scalars(select(Delegate)).one()
    client.submit(f"{mine(contact)}delegates/{named.id}/cancel/", form_at=mine(contact))
    assert f"{escape(named.name)} does not come." in client.get(mine(contact)).text
    sent = client.submit(f"{mine(contact)}delegates/cancel/", form_at=mine(contact))
    assert sent.status_code == 303
    assert set(dict(states(event)).values()) == {"cancelled"}
    assert client.get(f"{mine(contact)}delegates/cancel/").status_code == 303
    page = client.get(f"/en/events/{event.slug}/registered/delegation/?waitlisted=x")
    assert page.status_code == 302


def test_whoever_registers_people_in_china_agrees_to_what_is_sent_abroad(
    make_event: Make, make_organisation: Make, client: Browser
):
    organisation = make_organisation()
    organisation.country = "CH"
    db.session.commit()
    event = make_event(in_person=5, organisation=organisation)
    at = f"/en/events/{event.slug}/register/delegation/"
    [box] = re.findall(r'name="(agree-transfer-[^"]+)"', client.get(at).text)
    [words] = re.findall(rf'name="{box}"[^>]* value="([^"]+)"', client.get(at).text)
    said = form_of(client, event, **{"rows-0-country": "CN"})
    refused = client.post(at, data={name: value for name, value in said.items() if name != box})
    assert (refused.status_code, states(event)) == (422, [])
    assert "Without your agreement to this" in refused.text
    assert client.post(at, data={**form_of(client, event, **{"rows-0-country": "CN"}), box: words}).status_code == 303
    agreed = select(Registration.name).join(Consent, Consent.registration_id == Registration.id)
    # Whoever has an address agrees by themself.
    assert set(db.session.scalars(agreed.where(Consent.purpose == "transfer"))) == {"陈静", "龑 䶮 𠮷"}


def test_the_form_asks_before_anybody_waits(make_event: Make, client: Browser):
    event = make_event(in_person=1)
    at = f"/en/events/{event.slug}/register/delegation/"
    asked = client.post(at, data=form_of(client, event))
    assert asked.status_code == 409
    assert "Of 2 people, 1 would have to wait" in asked.text
    assert states(event) == []
    assert client.post(at, data=form_of(client, event, go_on="1")).status_code == 303
    assert [state for _, state in states(event)] == ["cancelled", "confirmed", "waitlisted"]


def test_rows_are_added_and_filled_from_a_pasted_list(make_event: Make, client: Browser):
    event = make_event()
    at = f"/en/events/{event.slug}/register/delegation/"
    more = client.post(at, data=form_of(client, event, add_row="rows"))
    assert (more.status_code, begins_at(more.text)) == (200, ["rows-3-name"])
    listed = "王芳\twang@example.org\t爱德\n\nLi Wei\n" + "\n".join(f"Person {n}" for n in range(40))
    page = client.post(at, data=form_of(client, event, paste=listed, paste_rows="y"))
    assert page.status_code == 200
    values = filled(page.text)
    assert (values["rows-2-name"], values["rows-2-address"]) == (["王芳"], ["wang@example.org"])
    assert values["rows-2-organisation"] == ["爱德"]
    assert "rows-29-name" in values
    assert "rows-30-name" not in values
    assert "30 people at most" in page.text
    assert "Person 39" in values["paste"][0]
    assert client.post(at, data=form_of(client, event, homepage="x")).status_code == 303
    assert states(event) == []


def test_a_pasted_list_is_read_as_people_write_it():
    lines = (
        "赵四，zs＠example.org\n王芳 wf@example.org\n龑（y@example.org），爱德\nJean <jl@example.org>\n李、雷\nno @ all"
    )
    people = [(one.name, one.address, one.organisation) for one in guest_lists.read(lines, "zh")]
    assert people == [
        ("赵四", "zs＠example.org", ""),
        ("王芳", "wf@example.org", ""),
        ("龑", "y@example.org", "爱德"),
        ("Jean", "jl@example.org", ""),
        ("李、雷", "", ""),
        ("", "no @ all", ""),
    ]


def test_what_must_be_answered_is_asked_of_each(make_event: Make, client: Browser, save: Make):
    event = make_event()
    text = {"label": Translated.of(en="Visa?", zh="签证？"), "event_id": event.id}
    save(Question(kind="short_text", is_required=True, position=1, **text))
    save(Question(kind="consent", is_required=True, position=2, **text))
    save(trip := Question(kind="yes_no", position=3, **text))
    save(Question(kind="country", is_required=True, position=4, condition_id=trip.id, condition_values=["yes"], **text))
    at = f"/en/events/{event.slug}/register/delegation/"
    question = db.session.scalar(select(Question).where(Question.kind == "short_text"))
    assert question
    name = question.field_name
    page = client.get(at).text
    assert f'data-if="rows-2-{trip.field_name}"' in page
    rows = page.split('<fieldset class="person"')[1:]
    assert [row.split("</fieldset")[0].count(">required<") for row in rows] == [0, 0, 0]
    assert "required with a name" in rows[0]
    trip_of = f"rows-%s-{trip.field_name}"
    silent = {trip_of % row: "no" for row in range(3)}
    sent = client.post(at, data=form_of(client, event, **silent, **{f"rows-0-{name}": "yes"}))
    assert sent.status_code == 422
    assert f'id="rows-1-{name}-error"' in sent.text
    assert f'id="rows-0-{name}-error"' not in sent.text
    assert f'id="{name}-error"' not in sent.text, "who does not come is asked nothing"
    said = {**silent, f"rows-0-{name}": "yes", f"rows-1-{name}": "no"}
    where = client.post(at, data=form_of(client, event, **{**said, trip_of % 0: "yes"}))
    assert re.findall(r'id="(rows-\d+)-[^"]+-error"', where.text) == ["rows-0"]
    assert client.post(at, data=form_of(client, event, **said)).status_code == 303


def test_the_desk_shows_who_belongs_to_which_delegation(make_event: Make, make_member: Make, sign_in: Make):
    actor = make_member()
    event = make_event(organisation=organisation_of(actor))
    send(event, "B", "C")
    services.register(VISITOR, event.id, Details(name="Alone", address="alone@example.org"), "online")
    browser = sign_in(actor)
    at = f"/en/organise/events/{event.slug}/registrations/"
    assert browser.get(at).text.count("Delegation of 陈静") == 2
    page = browser.get(f"{at}?delegation={contact_of(event).id}").text
    assert "3 registrations" in page
    assert "Alone" not in page
    assert "4 registrations" in browser.get(f"{at}?delegation=x").text
    one = delegations.list_of_contact(contact_of(event))[0]
    assert "Delegation of 陈静" in browser.get(f"{at}{one.id}/").text
    exported = browser.submit(f"{at}export/csv/", form_at=at).text
    assert exported.count("陈静") == 3


def test_letters_reach_whoever_looks_after_somebody(make_event: Make):
    event = make_event(in_person=1)
    send(event, "B", "C")
    services.cancel_registration(SYSTEM, delegations.list_of_contact(contact_of(event))[0].id)
    assert [kind for kind, to in letters() if to == "chen@example.org"] == ["cancelled", "delegation", "promoted"]
    assert [one.id for one in queries.list_of_address("chen@example.org")] == [contact_of(event).id]
