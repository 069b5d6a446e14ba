"""By whose clock a registrant is written to: what is kept, who may change it, and that nobody gets another's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.people.models import Person
from eventhub.privacy import services as erasing
from eventhub.privacy.words import shown
from eventhub.registrations import clocks, delegations, invitations, personal, queries, services, substitutes
from eventhub.registrations.agreements import Agreement, Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.guest_lists import Guest
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.substitutes import Substitute
from tests.conftest import Browser, on_sqlite
from tests.filled import filled
from tests.queries import count_queries

Make = Callable[..., Any]
FORM = {
    "pool": "in_person", "name": "Ana", "address": "ana@example.org", "country": "US", "language": "en", "consent": "y",
}  # fmt: skip


def enter(event: Event, name: str = "ana", actor: Actor = VISITOR, **said: Any) -> Registration:
    """Register somebody, and give their registration."""
    services.register(actor, event.id, Details(name=name, address=f"{name}@example.org", **said), "in_person")
    return of(event, name)


def of(event: Event, name: str) -> Registration:
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def mine(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_what_somebody_chose_goes_before_their_account_their_country_and_nothing(make_event: Make, make_member: Make):
    event, member = make_event(), make_member()
    person = db.session.get(Person, member.person_id)
    services.register(member, event.id, Details(name="M", address=person.address, country="NP"), "in_person")
    one = queries.find_registration(event.id, person.address)
    assert (one.person_id, one.zone, one.own_zone) == (person.id, None, "Asia/Kathmandu")
    person.zone = "Africa/Casablanca"
    assert one.own_zone == "Africa/Casablanca"
    one.zone = "Australia/Lord_Howe"
    assert (one.own_zone, one.usual_zone) == ("Australia/Lord_Howe", "Africa/Casablanca")
    db.session.rollback()
    assert [enter(event, name, country=country).own_zone for name, country in (("u", "US"), ("n", None))] == [
        None,
        None,
    ]


def test_a_zone_is_one_that_there_is(make_event: Make):
    with pytest.raises(ValueError, match="Mars/Olympus"):
        enter(make_event(), zone="Mars/Olympus")
    assert enter(make_event(), zone="UTC").own_zone == "UTC"
    event = make_event(zone="Asia/Katmandu")
    one = enter(event, "former", zone="Asia/Calcutta")
    assert (event.zone, one.zone) == ("Asia/Kathmandu", "Asia/Kolkata"), "by the names of today"
    clocks.choose_zone(holder(one), one.id, "Asia/Katmandu")
    assert one.zone == event.zone


def test_who_comes_back_keeps_what_they_chose_until_they_choose_another(make_event: Make):
    event = make_event()
    one = enter(event, zone="Asia/Kathmandu")
    enter(event, zone="Asia/Tokyo")
    assert one.zone == "Asia/Kathmandu", "of somebody who is registered nobody's typing changes anything"
    services.cancel_registration(SYSTEM, one.id)
    assert enter(event).zone == "Asia/Kathmandu"
    services.cancel_registration(SYSTEM, one.id)
    assert enter(event, zone="Asia/Tokyo").zone == "Asia/Tokyo"


def test_the_person_chooses_by_their_link_and_nobody_else(make_event: Make, make_member: Make):
    event = make_event()
    one, other = enter(event), enter(event, "other")
    clocks.choose_zone(holder(one), one.id, "Asia/Kathmandu")
    version = one.version
    clocks.choose_zone(holder(one), one.id, "Asia/Kathmandu")
    assert (one.zone, one.version) == ("Asia/Kathmandu", version), "twice is as good as once"
    for stranger in (VISITOR, holder(other), make_member()):
        with pytest.raises(NotFound):
            clocks.choose_zone(stranger, one.id, "Asia/Tokyo")
    with pytest.raises(Invalid, match="Choose one from the list"):
        clocks.choose_zone(holder(one), one.id, "Mars/Olympus")
    assert of(event, "ana").zone == "Asia/Kathmandu"
    clocks.choose_zone(holder(one), one.id, None)
    assert of(event, "ana").zone is None


def test_a_substitute_has_their_own_clock_or_none(make_event: Make):
    event = make_event()
    former = enter(event, zone="Asia/Kathmandu", country="NP")
    substitutes.name_substitute(holder(former), former.id, Substitute("Wei", "wei@example.org", "zh"))
    wei = of(event, "wei")
    assert (wei.zone, wei.own_zone, former.zone) == (None, None, "Asia/Kathmandu")
    agreed = Agreement(purpose="event", wording="1", language="zh")
    told = Details(name="魏", agreements=[agreed], zone="Africa/Casablanca")
    substitutes.take_over(holder(wei), wei.id, told)
    assert of(event, "wei").zone == "Africa/Casablanca"


@pytest.mark.parametrize("own", ["in_person", ""])
def test_of_a_delegation_the_clock_is_the_contacts_alone(make_event: Make, own: str):
    event = make_event()
    contact = Details(name="Chen", address="chen@example.org", country="US", zone="America/Chicago")
    members = [Member(Details(name="a", address="a@example.org"), "in_person"), Member(Details(name="B"), "in_person")]
    delegations.register_delegation(VISITOR, event.id, contact, members, own)
    chen = of(event, "chen")
    (b,) = delegations.list_of_contact(chen)
    assert (chen.zone, of(event, "a").zone, b.zone) == ("America/Chicago", None, None)
    with pytest.raises(NotFound):  # no letter goes to them
        clocks.choose_zone(holder(b), b.id, "Asia/Tokyo")


def test_a_guest_and_whom_an_organiser_adds(make_event: Make):
    event = make_event()
    added = services.add_by_hand(SYSTEM, event.id, Details(name="Hand", address="hand@example.org"), "in_person")
    guests = [Guest("Berg", "berg@example.org", "en")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=3))
    asked = db.session.scalar(select(EventInvitation))
    guest = Actor("link", thing_id=asked.id, purpose="event_invitation")
    invitations.accept(guest, asked.id, Details(name="Berg", zone="Asia/Tokyo"))
    assert (added.zone, of(event, "berg").zone) == (None, "Asia/Tokyo")


def test_it_is_told_to_its_person_and_erased_with_them(make_event: Make, app: Any):
    event = make_event()
    one = enter(event, zone="Asia/Kathmandu")
    with app.test_request_context("/en/"):
        told = personal.told(one)["zone"]
        assert (told, shown("zone", told, event)) == ("Asia/Kathmandu", "Kathmandu time · Asia/Kathmandu")
    erasing.erase(holder(one), one.id)
    assert (one.zone, one.own_zone) == (None, None)


@on_sqlite
@pytest.mark.parametrize(
    ("address", "device", "kept"),
    [
        ("?zone=Asia/Kathmandu", "", "Asia/Kathmandu"),
        ("?zone=Asia/Kathmandu", "America/New_York", "Asia/Kathmandu"),
        ("", "America/New_York", "America/New_York"),
        ("?zone=all", "Africa/Casablanca", "Africa/Casablanca"),
        ("?zone=Mars/Olympus", "Etc/GMT+5", None),
        ("", "", None),
    ],
)
def test_a_registration_keeps_the_zone_that_its_page_showed(
    make_event: Make, client: Browser, address: str, device: str, kept: str | None
):
    event = make_event()
    sent = client.submit(
        f"/en/events/{event.slug}/register/{address}", {**FORM, **({"zone": device} if device else {})}
    )
    assert sent.status_code == 303
    assert ("zone" in sent.location) == bool(kept)
    assert of(event, "ana").zone == kept


@on_sqlite
def test_the_form_asks_for_the_devices_clock_only_where_no_other_is_known(
    make_event: Make, client: Browser, sign_in: Any, make_member: Make
):
    page = f"/en/events/{make_event().slug}/register/"
    assert 'data-device-clock="Asia/Shanghai"' in client.get(page).text
    assert "data-refused" in client.submit(page, {**FORM, "consent": ""}).text
    assert "data-refused" not in client.submit(page, {**FORM, "consent": "", "zone": "Asia/Tokyo"}).text
    assert "data-device-clock" not in client.get(f"{page}?zone=Asia/Tokyo").text
    member = make_member()
    known = sign_in(member)
    assert "data-device-clock" in known.get(page).text
    db.session.get(Person, member.person_id).zone = "Asia/Tokyo"
    db.session.commit()
    assert "data-device-clock" not in known.get(page).text


@on_sqlite
def test_on_their_page_people_see_which_clock_it_is_and_change_it(make_event: Make, client: Browser):
    event = make_event("Workshop")
    one = enter(event, country="NP")
    page = client.get(mine(one)).text
    assert chosen(page) == ("", "That of my country: Kathmandu time")
    assert "Where it has one clock" in page
    # The long list is one step away, without a script too.
    sent = client.submit(f"{mine(one)}clock/", {"zone": "all"}, form_at=mine(one))
    assert sent.location.endswith("?zone=all#clock")
    assert 'value="Australia/Lord_Howe"' in client.get(sent.location).text
    sent = client.submit(f"{mine(one)}clock/", {"zone": "Australia/Lord_Howe"}, form_at=mine(one))
    assert (sent.status_code, of(event, "ana").zone) == (303, "Australia/Lord_Howe")
    page = client.get(sent.location).text
    assert chosen(page)[0] == "Australia/Lord_Howe"
    assert "Lord Howe Island time</span>" in page
    assert "Where it has one clock" not in page
    # What the address asks for shows until it is saved, and the page says what letters go by meanwhile.
    page = client.get(f"{mine(one)}?zone=Asia/Tokyo").text
    assert chosen(page)[0] == "Asia/Tokyo"
    assert (
        "This page shows you Tokyo time. Our letters go by Lord Howe Island time until you save another clock." in page
    )
    assert "until you save" not in client.get(f"{mine(one)}?zone=Australia/Lord_Howe").text
    sent = client.submit(f"{mine(one)}clock/", {"zone": "Mars/Olympus"}, form_at=mine(one))
    assert "Choose one from the list." in client.get(sent.location).text
    client.submit(f"{mine(one)}clock/", {"zone": ""}, form_at=mine(one))
    assert of(event, "ana").zone is None
    services.cancel_registration(SYSTEM, one.id)
    assert 'id="zone"' not in client.get(mine(one)).text, "nothing more is told by a clock"


def chosen(page: str) -> tuple[str, str]:
    """The clock that the list of a page stands at: the first, where none is marked."""
    listed = page.split('<select id="zone"', 1)[1].split("</select>", maxsplit=1)[0]
    options = re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)</option>', listed)
    value, _, words = next((one for one in options if one[1]), options[0])
    return value, words


@on_sqlite
def test_the_words_say_where_a_clock_comes_from_and_no_query_more_is_asked(
    make_event: Make, make_member: Make, client: Browser
):
    event, member = make_event(), make_member()
    person = db.session.get(Person, member.person_id)
    services.register(member, event.id, Details(name="M", address=person.address, country="NP"), "in_person")
    theirs, stranger = queries.find_registration(event.id, person.address), enter(event, country="US")
    asked = []
    for one in (stranger, theirs):
        address = mine(one)
        client.get(address)
        with count_queries() as found:
            page = client.get(address).text
        asked.append(len(found))
        assert chosen(page)[0] == ""
    assert chosen(client.get(mine(stranger)).text)[1] == "Only that of the event"
    assert chosen(client.get(mine(theirs)).text)[1] == "That of my country: Kathmandu time"
    assert asked[0] == asked[1]
    db.session.get(Person, member.person_id).zone = "Asia/Tokyo"
    db.session.commit()
    assert chosen(client.get(mine(theirs)).text)[1] == "That of my account: Tokyo time"


@on_sqlite
def test_who_has_no_letters_of_their_own_chooses_for_the_page_alone(make_event: Make, client: Browser):
    event = make_event()
    contact = Details(name="Chen", address="chen@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, [Member(Details(name="B"), "in_person")], "")
    (b,) = delegations.list_of_contact(of(event, "chen"))
    page = client.get(mine(b)).text
    assert "Show times in" in page
    assert "/clock/" not in page
    assert client.submit(f"{mine(b)}clock/", {"zone": "Asia/Tokyo"}, form_at=mine(b)).status_code == 404


@on_sqlite
def test_a_guest_a_substitute_and_a_contact_tell_theirs_on_their_forms(make_event: Make, client: Browser):
    event = make_event()
    invitations.invite(
        SYSTEM, event.id, "in_person", [Guest("Berg", "berg@example.org", "en")], clock.now() + timedelta(days=3)
    )
    asked = db.session.scalar(select(EventInvitation))
    former = enter(event, zone="Asia/Kathmandu")
    substitutes.name_substitute(holder(former), former.id, Substitute("Wei", "wei@example.org", "en"))
    guest = f"/en/invitations/{links.make('event_invitation', asked.id, asked.link_number)}/register/"
    contact = f"/en/events/{event.slug}/register/delegation/"
    answer = {"name": "X", "language": "en", "consent": "y", "zone": "Africa/Casablanca"}
    several = {"address": "chen@example.org", "own_pool": "in_person", "declares": "y", "rows-0-name": "B"}
    for page, said in (
        (guest, answer),
        (f"{mine(of(event, 'wei'))}take-over/", answer),
        (contact, {**answer, **several, "pool": "in_person"}),
    ):
        shown_form = client.get(page).text
        assert "data-device-clock" in shown_form
        assert client.post(page, data=filled(shown_form, **said)).status_code == 303
    assert [of(event, name).zone for name in ("berg", "wei", "chen")] == ["Africa/Casablanca"] * 3
