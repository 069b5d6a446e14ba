"""What letters say about delegations, and about places that pass to somebody else."""

from __future__ import annotations

from collections import defaultdict
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from eventhub.events import services as events
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.messaging.queries import has_letter_since
from eventhub.registrations import delegations, moves, queries, rights, services, substitutes
from eventhub.registrations.agreements import Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.models import Registration
from eventhub.registrations.rights import RightsPlan
from eventhub.registrations.substitutes import Substitute
from tests.messaging.conftest import plain

SITE = "http://127.0.0.1:8000"


@pytest.fixture
def deliver(letters):
    """The letters written since the last time, by whom they went to."""

    def read() -> dict[str, list[EmailMessage]]:
        by_reader: dict[str, list[EmailMessage]] = defaultdict(list)
        for letter in letters():
            by_reader[letter["To"]].append(letter)
        return by_reader

    return read


def of(event, name: str) -> Registration:
    found = queries.find_registration(event.id, f"{name}@example.org")
    assert found
    return found


def holder(registration: Registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def link_of(registration: Registration, lang: str = "en") -> str:
    return f"{SITE}/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def send(event, *names: str, contact: str = "Chen Jing", language: str = "en", own: str = "") -> None:
    """A delegation; those in lower case have an address."""
    details = [Details(name=n, address=f"{n}@example.org" if n.islower() else None, language="zh") for n in names]
    head = Details(name=contact, address="c@example.org", language=language)
    members = [Member(one, "in_person") for one in details]
    delegations.register_delegation(VISITOR, event.id, head, members, own, 99)


def calendar_of(message) -> Any:
    """The attached calendar."""
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_content())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_contact_gets_the_link_and_the_numbers(make_event, deliver, lang: str):
    event = make_event(in_person=1)
    send(event, "a", "B", language=lang)
    letter = deliver()["c@example.org"][0]
    said = {
        "en": ("You have registered 2 people", "one of them may have to wait"),
        "zh": ("您已为 2 人报名", "1 人可能需要候补"),
    }
    assert all(words in plain(letter) for words in said[lang])
    assert link_of(of(event, "c"), lang) in plain(letter)
    assert calendar_of(letter).walk("VEVENT")


def test_a_delegate_with_an_address_hears_who_has_registered_them(make_event, deliver):
    event = make_event(in_person=5)
    send(event, "a", contact="陈静")
    send(make_event(), "b", contact="http://evil.example")
    sent = deliver()
    assert "陈静已为您所在的代表团报名" in plain(sent["a@example.org"][0])
    assert "有人已为您所在的代表团报名" in plain(sent["b@example.org"][0])
    assert "evil" not in plain(sent["b@example.org"][0])


def test_what_becomes_of_who_has_no_address_reaches_their_contact(make_event, deliver):
    event = make_event(in_person=1)
    send(event, "B", "Li 龑", "http://evil.example/X", contact="Chen")
    contact = of(event, "c")
    deliver()
    for one in list(delegations.list_of_contact(contact))[:2]:
        services.cancel_registration(SYSTEM, one.id)
    texts = [plain(letter) for letter in deliver()["c@example.org"]]
    about = [text for text in texts if "This is about" in text]
    assert len(about) == 4, texts
    assert sum("This is about Li 龑 of your delegation" in text for text in about) == 2
    assert sum("This is about somebody of your delegation" in text for text in about) == 1
    assert all(link_of(contact) in text for text in about if "moved up" in text)
    assert "evil" not in "".join(texts)
    assert all("Dear Chen" in text for text in about)


def test_who_passes_a_place_on_and_who_gets_it(make_event, deliver):
    event = make_event(in_person=1)
    services.register(VISITOR, event.id, Details(name="Ann", address="a@example.org"), "in_person")
    deliver()
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, Substitute("魏", "w@example.org", "zh"))
    sent = deliver()
    (former,), (other,) = sent["a@example.org"], sent["w@example.org"]
    assert "Somebody else comes in your stead" in plain(former)
    assert "/registrations/" not in plain(former)
    assert calendar_of(former).walk("VEVENT")[0]["STATUS"] == "CANCELLED"
    assert link_of(of(event, "w"), "zh") in plain(other)
    assert "Ann" not in plain(other)
    assert calendar_of(other).walk("VEVENT")


@pytest.mark.parametrize(
    ("mode", "pool", "words"),
    [
        ("hybrid", "in_person", "The place in person is yours if you take it"),
        ("hybrid", "online", "The place online is yours if you take it"),
        ("online", "online", "The place is yours if you take it"),  # there is but one way
    ],
)
def test_who_is_named_hears_how_they_would_take_part(make_event, deliver, mode: str, pool: str, words: str):
    event = make_event(in_person=1, online=1, mode=mode)
    services.register(VISITOR, event.id, Details(name="Ann", address="a@example.org"), pool)
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, Substitute("Wei", "w@example.org", "en"))
    assert words in " ".join(plain(deliver()["w@example.org"][0]).split())


def test_a_letter_about_a_place_that_was_taken_meanwhile_is_not_sent(make_event, deliver):
    event = make_event(in_person=1)
    services.register(VISITOR, event.id, Details(name="Ann", address="a@example.org"), "in_person")
    a = of(event, "a")
    substitutes.name_substitute(holder(a), a.id, Substitute("W", "w@example.org", "en"))
    w = of(event, "w")
    substitutes.take_over(holder(w), w.id, Details(name="W"))
    assert [letter["Subject"].partition(":")[0] for letter in deliver()["w@example.org"]] == ["You have a place"]


def test_a_contact_who_passes_their_place_on_keeps_their_link(make_event, deliver):
    event = make_event(in_person=5)
    send(event, "B", own="in_person")
    deliver()
    c = of(event, "c")
    substitutes.name_substitute(holder(c), c.id, Substitute("W", "w@example.org", "en"))
    assert link_of(c) in plain(deliver()["c@example.org"][0])


@pytest.mark.parametrize("name", ["Ann", "http://evil.example"])
def test_organisers_are_asked_and_their_refusal_is_told(make_event, deliver, name: str):
    event = make_event(in_person=1)
    silent = make_event(in_person=1, contact_address=None)
    asked_at = {}
    for one in (event, silent):
        rights.set_rights(SYSTEM, one.id, RightsPlan(substitutes="approval"))
        services.register(VISITOR, one.id, Details(name=name, address="a@example.org"), "in_person")
        a, asked_at[one.id] = of(one, "a"), clock.now()
        substitutes.name_substitute(holder(a), a.id, Substitute("W", "w@example.org", "en"))
    sent = deliver()
    (asked,) = sent["contact@example.org"]
    # A letter about somebody to the organisers is none to them: whoever has lost their link gets it all the same.
    assert not has_letter_since(of(event, "a").id, asked_at[event.id])
    assert f"/organise/events/{event.slug}/registrations/substitutes/" in plain(asked)
    assert "evil" not in plain(asked)
    assert ("Ann would like" in plain(asked)) == (name == "Ann")
    substitutes.decide(SYSTEM, substitutes.list_wishes(event)[0].id, lets_in=False)
    assert "The place stays yours" in plain(deliver()["a@example.org"][0])
    assert "w@example.org" not in sent


def test_a_contact_who_does_not_come_hears_what_becomes_of_the_event(make_event, deliver):
    event = make_event(in_person=5)
    send(event, "B")
    deliver()
    events.cancel_event(SYSTEM, event.id)
    assert "will not take place" in plain(deliver()["c@example.org"][0])


def test_a_contact_hears_where_organisers_move_somebody_who_has_no_address(make_event, deliver):
    event = make_event(in_person=5)
    send(event, "B", contact="Chen")
    deliver()
    (delegate,) = delegations.list_of_contact(of(event, "c"))
    moves.switch_pool(SYSTEM, delegate.id, "online")
    (letter,) = deliver()["c@example.org"]
    assert "From now on you take part online." in plain(letter)
    assert "This is about B of your delegation" in plain(letter)
    moves.switch_pool(holder(of(event, "c")), delegate.id, "in_person")
    assert deliver() == {}  # they did it themself
