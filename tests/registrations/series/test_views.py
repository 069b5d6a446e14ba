"""The pages of a series' registration, as people use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from eventhub.accounts import sessions
from eventhub.events import listings
from eventhub.events import services as event_services
from eventhub.events.models import Event, Series
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.registrations import limits, pools, queries
from eventhub.registrations import services as single
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Consent, Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.questions.queries import values_of
from eventhub.registrations.questions.services import QuestionPlan, save_question
from eventhub.registrations.series import offers, services
from eventhub.registrations.series.models import SeriesRegistration
from tests.conftest import Browser, both, on_sqlite
from tests.queries import count_queries

from .conftest import form, join, of, page_of, states

pytestmark = on_sqlite

Make = Callable[..., Any]
REGISTER = "/en/series/webinars/register/"


def text_of(response: Any) -> str:
    """The text of a page."""
    return str(response.get_data(as_text=True))


def ask(event: Event, label: str, **plan: Any) -> Any:
    """Ask something of those who register for an event."""
    return save_question(SYSTEM, event.id, QuestionPlan(**{"kind": "short_text", "label": both(label), **plan}))


def test_somebody_takes_two_of_three(client: Browser, series: Series, add: Make):
    one, _, three = add("One"), add("Two", 2), add("Three", 3, mode="hybrid", in_person=0)
    assert "Register once for all or some of 3 events" in text_of(client.get("/en/series/webinars/"))
    page = text_of(client.get(REGISTER + "?zone=Africa/Nairobi"))
    assert " checked" not in page.split('id="events"')[1].split('name="name"')[0]  # nothing is ticked before they do
    assert "10:00" in page  # 15:00 in Beijing
    assert "You would wait for a place." in page
    sent = form(one, three, extent="", address="lin@example.org")
    refused = client.submit(REGISTER, sent)
    assert refused.status_code == 422
    assert "Please choose in person or online." in text_of(refused)
    assert "Lin Hua 林华" in text_of(refused)
    sent[f"pool-{three.id.hex}"] = "in_person"
    answered = client.submit(REGISTER + "?zone=Africa/Nairobi", sent)
    assert answered.status_code == 303
    page = text_of(client.get(answered.location))
    assert 'data-registration-status="confirmed"' in page.split("<main")[1].split(">")[0]
    assert 'data-event="three" data-registration-status="waitlisted"' in page
    assert "/registrations/" not in page.split("<main")[1]
    assert "lin@example.org" not in page
    assert states() == {"one": "confirmed", "three": "waitlisted"}
    found = of(series)
    assert (found.name, found.zone, found.wants_all) == ("Lin Hua 林华", "Africa/Nairobi", False)
    assert {row.wording for row in db.session.scalars(select(Consent))} == {"2026-11-series"}


def test_the_page_that_answers_says_the_same_of_an_address_that_is_known(client: Browser, series: Series, add: Make):
    add("One")
    names = ("new", "known", "known")
    answers = [client.submit(REGISTER, form(extent="all", address=f"{one}@example.org")).location for one in names]
    assert len(set(answers)) == 1
    assert of(series, "known").wants_all


def test_what_is_missing_is_said_and_nothing_typed_is_lost(client: Browser, series: Series, add: Make):
    one = add("One")
    page = text_of(client.submit(REGISTER, form(extent="", name="", consent="", address="x")))
    for said in ("Please choose.", "Please write a name", "Without your agreement"):
        assert said in page
    page = text_of(client.submit(REGISTER, form(extent="some", name="<b>龑 䶮 𠮷")))
    assert "Please tick at least one event." in page
    assert "&lt;b&gt;龑 䶮 𠮷" in page
    assert client.submit(REGISTER, form(extent="some", events=[str(uuid4()), "x"])).status_code == 422
    # What fills in every field is told what it wants to hear, and nothing is kept.
    trapped = client.submit(REGISTER, form(one, homepage="http://example.org"))
    assert "registered" in trapped.location
    assert db.session.scalar(select(func.count(SeriesRegistration.id))) == 0


def test_questions_come_in_a_second_step_for_chosen_events_alone(client: Browser, series: Series, add: Make):
    one, two = add("One"), add("Two", 2)
    first, second = ask(one, "Your diet", is_required=True), ask(one, "Your wish")
    ask(two, "Your train", is_required=True)
    sent = form(one, address="lin@example.org")
    page = client.submit(REGISTER, sent)
    assert page.status_code == 200
    text = text_of(page)
    assert "One of your events has a few questions." in text
    assert "Your diet" in text
    assert "Your train" not in text
    assert 'class="error"' not in text  # nobody is blamed for what they see for the first time
    assert db.session.scalar(select(func.count(Registration.id))) == 0
    sent |= {"asked_for": str(one.id), first.field_name: "", second.field_name: "Quiet"}
    page = client.submit(REGISTER, sent)
    assert page.status_code == 422
    assert "Please answer this question." in text_of(page)
    # Who ticks one more meanwhile is asked for that as well, and loses nothing.
    more = client.submit(REGISTER, sent | {first.field_name: "Rice", "events": [str(one.id), str(two.id)]})
    assert more.status_code == 200
    assert "Your train" in text_of(more)
    assert "Rice" in text_of(more)
    assert client.submit(REGISTER, sent | {first.field_name: "Rice"}).status_code == 303
    row = queries.find_registration(one.id, "lin@example.org")
    assert row
    assert values_of(row.id) == {first.id: "Rice", second.id: "Quiet"}


def test_what_cannot_be_registered_for_here_says_why(
    client: Browser, series: Series, add: Make, make_event: Make, make_organisation: Make
):
    guest = make_event("Elsewhere", organisation=make_organisation("Consortium"), slug="elsewhere", mode="online")
    listings.list_event(SYSTEM, series.id, "elsewhere")
    add("Later", 2, registration_opens_at=clock.now() + timedelta(days=1))
    postponed = add("Postponed", 3)
    event_services.postpone_event(SYSTEM, postponed.id)
    add("Closed", 4, registration_closes_at=clock.now() - timedelta(days=1))
    add("Undated", 5, starts=None, ends=None, registration_closes_at=clock.now() - timedelta(days=1))
    invited = add("Invited", 6)
    pools.save_pool(SYSTEM, invited.id, PoolPlan(mode="online", admission="invitation"), "online")
    add("Secret", 7, visibility="invitation")
    page = client.get(REGISTER)
    text = text_of(page)
    assert 'data-registration-status="refused"' in text
    for said in (
        "Organised by Consortium: please register on its own page.",
        "Registration opens:",
        "Postponed; the new date is not known yet.",
        "Registration is closed.",
        "Date to be announced",
    ):
        assert said in text
    assert "Secret" not in text
    assert "Register once" not in text_of(client.get("/en/series/webinars/"))
    token = client.csrf("/en/links/")
    assert client.post(REGISTER, data={"csrf_token": token, **form(guest)}).status_code == 409
    here = clock.wall(clock.now(), "Asia/Shanghai")
    running = add("Running", 0, starts=here - timedelta(minutes=9), ends=here + timedelta(hours=1))
    text = text_of(client.get(REGISTER))
    assert "It has begun already." in text
    assert "The whole series: the event that is open now" in text
    # Another organiser's event cannot be sent along.
    assert client.submit(REGISTER, form(running, guest, address="lin@example.org")).status_code == 303
    assert states() == {"running": "confirmed"}
    assert client.get("/en/series/nowhere/register/").status_code == 404
    assert client.get("/en/series/webinars/registered/?p=x&p=1.c.online").status_code == 302


def test_an_event_that_closes_meanwhile_is_named(client: Browser, series: Series, add: Make, monkeypatch: Any):
    one, two = add("One"), add("Two", 2)

    def closed(*_: Any, **__: Any) -> None:
        raise Conflict("“Two”: Registration for this event is not open.")

    with monkeypatch.context() as patch:
        patch.setattr(services, "register", closed)
        page = client.submit(REGISTER, form(one, two))
    assert page.status_code == 409
    assert "“Two”: Registration for this event is not open." in text_of(page)

    def too_many(address: str) -> None:
        raise TooMany("Very many.")

    monkeypatch.setattr(limits, "count_registration", too_many)
    assert client.submit(REGISTER, form(one)).status_code == 429


def test_ones_own_page_shows_all_and_changes_it(client: Browser, series: Series, add: Make):
    one, two, three = add("One"), add("Two", 2, online=0), add("Three", 3)
    ask(three, "Your diet", is_required=True)
    join(series, one, two, wants_all=True, country="CH")
    mine = page_of(of(series))
    page = client.get(mine)
    text = text_of(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "You are number 1 on the waitlist for places online." in text
    assert "Geneva time" in text
    assert "/en/calendar/" in text
    # Details once for all, in one zone of their own.
    data = {"name": "林", "organisation": "Network", "language": "zh", "country": "SG", "stakeholder_type": ""}
    assert client.submit(mine, {**data, "zone": "Africa/Nairobi"}).status_code == 303
    found = of(series)
    assert (found.name, found.zone, found.wants_all) == ("林", "Africa/Nairobi", False)
    assert "Nairobi time" in text_of(client.get(mine))
    assert client.submit(mine, {**data, "name": ""}).status_code == 422
    # One event more: asked what it asks, and by a click of their own.
    take = f"{mine}events/{three.id}/"
    page = client.submit(take, {"pool": "online"})
    assert page.status_code == 422
    assert "Please answer this question." in text_of(page)
    question = client.get(take).get_data(as_text=True).split('name="question-')[1].split('"')[0]
    assert client.submit(take, {"pool": "online", f"question-{question}": "Rice"}).status_code == 303
    assert "You are registered for this event." in text_of(client.get(take, follow_redirects=True))
    assert states() == {"one": "confirmed", "two": "waitlisted", "three": "confirmed"}
    # One less, then the rest, each after a look; what is not theirs is left alone.
    assert client.submit(f"{mine}events/{one.id}/leave-out/", form_at=mine).status_code == 303
    assert "You do not take part in “One”. The other events stay as they are." in text_of(client.get(mine))
    assert client.submit(f"{mine}events/{uuid4()}/leave-out/", form_at=mine).status_code == 303
    assert "Two" in text_of(client.get(f"{mine}cancel/"))
    assert states()["two"] == "waitlisted"  # a look at it changes nothing
    assert client.submit(f"{mine}cancel/").status_code == 303
    assert set(states().values()) == {"cancelled"}
    assert "There is nothing to cancel." in text_of(client.get(f"{mine}cancel/", follow_redirects=True))
    assert "You are registered for none of its events now." in text_of(client.get(mine))
    # From another page that still stood open: once it was done already, then one has begun that cannot be given up.
    client.submit(f"{mine}cancel/", form_at=mine)
    assert "Your registrations are cancelled already. There is nothing more you need" in text_of(client.get(mine))
    assert client.submit(take, {"pool": "online", f"question-{question}": "Rice"}).status_code == 303
    with clock.standing_at(clock.now() + timedelta(days=30)):
        client.submit(f"{mine}cancel/", form_at=mine)
        page = text_of(client.get(mine))
    assert ("There is nothing to cancel." in page, "cancelled already" in page) == (True, False)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Please begin with the country code, as in +86 10 1234 5678."),
        ("zh", "请在号码前加上国际区号，例如 +86 10 1234 5678。"),
    ],
)
def test_a_telephone_number_asked_later_takes_the_code_of_the_country_told_for_the_series(
    client: Browser, series: Series, add: Make, lang: str, words: str
):
    one, two = add("One"), add("Two", 2)
    phone = ask(two, "Your telephone", kind="phone")
    join(series, one, name="chege", country="KE")
    join(series, one)
    number = {"pool": "online", phone.field_name: "079 123 45 67"}
    take = f"events/{two.id}/"
    assert client.submit(page_of(of(series, "chege"), lang) + take, number).status_code == 303
    [row] = db.session.scalars(select(Registration).where(Registration.event_id == two.id))
    assert values_of(row.id) == {phone.id: {"typed": "079 123 45 67", "number": "+254791234567"}}
    # Where nobody told their country, the number has to say it.
    mine = page_of(of(series), lang) + take
    refused = client.submit(mine, number)
    assert (refused.status_code, words in text_of(refused)) == (422, True)
    assert client.submit(mine, {**number, phone.field_name: "+254 79 123 45 67"}).status_code == 303


def test_a_save_over_another_and_a_refusal_lose_nothing(
    client: Browser, series: Series, add: Make, monkeypatch: pytest.MonkeyPatch
):
    join(series, add("One"))
    two = add("Two", 2)
    found = of(series)
    mine, old = page_of(found), found.version
    data = {"organisation": "", "language": "en", "country": "", "zone": "", "stakeholder_type": ""}
    assert client.submit(mine, {**data, "name": "First"}).status_code == 303
    page = client.submit(mine, {**data, "name": "Second", "version": str(old), "read": "{}"})
    assert page.status_code == 409
    assert "First" in text_of(page)
    assert "Second" in text_of(page)
    for refusal, status in ((Conflict("It has closed."), 409), (Invalid("pool", "It is gone."), 422)):

        def refuse(*_: Any, refusal: Exception = refusal, **__: Any) -> None:
            raise refusal

        monkeypatch.setattr(services, "take", refuse)
        page = client.submit(f"{mine}events/{two.id}/", {"pool": "online"})
        assert page.status_code == status
        assert str(refusal) in text_of(page)


def test_a_link_confirms_all_that_is_held_and_can_be_ended(client: Browser, series: Series, add: Make):
    one, two = add("One"), add("Two", 2)
    for event in (one, two):
        pools.save_pool(SYSTEM, event.id, PoolPlan(mode="online", hold_hours=24), "online")
    join(series, one, two)
    mine = page_of(of(series))
    assert "2 places are held for you." in text_of(client.get(mine))
    assert set(states().values()) == {"unverified"}
    client.submit(f"{mine}confirm/", form_at=mine)
    assert "All 2 places are yours." in text_of(client.get(mine))
    assert set(states().values()) == {"confirmed"}
    client.submit(f"{mine}confirm/", form_at=mine)
    assert "There is no place to confirm any more." in text_of(client.get(mine))
    assert client.submit(f"{mine}new-link/", form_at=mine).status_code == 200
    assert client.get(mine).status_code == 404
    assert client.get(page_of(of(series))).status_code == 200


def test_an_offer_is_taken_or_left_by_a_click(client: Browser, series: Series, add: Make):
    join(series, add("One"), wants_all=True)
    two, three = add("Two", 2), add("Three", 3)
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        offers.offer_all()
    mine = page_of(of(series))
    assert text_of(client.get(mine)).count("Not this one") == 2
    client.get(f"{mine}events/{two.id}/")
    assert states() == {"one": "confirmed"}  # a program that checks letters opens every link
    assert client.submit(f"{mine}events/{two.id}/", {"pool": "online"}).status_code == 303
    assert client.submit(f"{mine}events/{three.id}/leave-out/", form_at=mine).status_code == 303
    assert states() == {"one": "confirmed", "two": "confirmed"}
    assert "Not this one" not in text_of(client.get(mine))
    assert "is not open" in text_of(client.get(f"{mine}events/{uuid4()}/", follow_redirects=True))


def test_ones_own_page_leads_to_the_series_where_one_may_see_it(client: Browser, series: Series, add: Make):
    join(series, add("One"))
    page, way = page_of(of(series)), '<a class="tap" href="/en/series/webinars/'
    assert way in text_of(client.get(page))
    series.visibility = "invitation"
    db.session.commit()
    assert way not in text_of(client.get(page))


def test_private_pages_of_others_are_not_there(client: Browser, series: Series, add: Make):
    join(series, add("One"))
    found, row = of(series), db.session.scalars(select(Registration)).one()
    wrong = [
        links.make("registration", found.id, 1),
        links.make("series_calendar", found.id, 1),
        links.make("series_registration", found.id, 2),
        links.make("series_registration", row.id, 1),
        "x" * 43,
    ]
    for token in wrong:
        assert client.get(f"/en/registrations/series/{token}/").status_code == 404
    token = links.make("series_registration", found.id, 1)
    assert client.get(f"/en/calendar/{token}.ics").status_code == 404
    assert client.get(f"/en/registrations/{token}/").status_code == 404


def test_pages_ask_the_same_number_of_questions(
    client: Browser, series: Series, add: Make, make_member: Make, sign_in: Make, organisation: Any
):
    browser = sign_in(make_member("organiser", organisation))
    seen = []
    for number in range(1, 4):
        event = add(f"Event{number}", number, online=2)
        ask(event, "Your diet")
        for name in ("lin", "kim", "ada"):
            join(series, event, name=name, wants_all=name == "lin")
        if number not in {1, 3}:
            continue
        mine = page_of(of(series))
        calendar = links.make("series_calendar", of(series).id, 1)
        counts = []
        for address in (REGISTER, mine, f"{mine}cancel/", f"/en/calendar/{calendar}.ics", "/en/series/webinars/"):
            client.get(address)
            with count_queries() as found:
                assert client.get(address).status_code == 200
            counts.append(len(found))
        with count_queries() as found:
            assert browser.get("/en/organise/series/webinars/registrations/").status_code == 200
        seen.append([*counts, len(found)])
    assert seen[0] == seen[1]


def test_the_desk_shows_ones_own_events_alone(
    client: Browser, series: Series, add: Make, make_member: Make, make_organisation: Make, sign_in: Make,
    organisation: Any, monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    other = make_organisation("Consortium")
    one, two = add("One"), add("Two", 2, online=1)
    theirs = add("Theirs", 3, organisation=other)
    join(series, one, two, wants_all=True, organisation="=Formula", country="KE", stakeholder_type="academia")
    join(series, two, theirs, name="kim")
    single.add_by_hand(SYSTEM, one.id, Details(name="Without Address"), "online")
    single.register(VISITOR, one.id, Details(name="Gone", address="gone@example.org"), "online")
    gone = queries.find_registration(one.id, "gone@example.org")
    single.cancel_registration(SYSTEM, gone.id)  # type: ignore[union-attr]
    desk = "/en/organise/series/webinars/registrations/"
    browser = sign_in(make_member("organiser", organisation))
    page = text_of(browser.get(desk))
    assert "3 people" in page
    assert "Theirs" not in page
    assert "2 of your 2" in page
    assert "Whole series" in page
    assert page.index("lin@example.org") < page.index("kim@example.org")
    assert "gone@example.org" not in page
    assert desk in text_of(browser.get("/en/organise/events/one/registrations/"))
    assert desk in text_of(browser.get("/en/organise/series/webinars/"))
    with monkeypatch.context() as patch:
        patch.setattr(sessions, "UNASKED", 2)
        assert browser.submit(f"{desk}export/", form_at=desk).location.startswith("/en/account/make-sure/")
    rows = text_of(browser.submit(f"{desk}export/", form_at=desk)).splitlines()
    assert rows[0].endswith('"Number of events","One","Two"') or rows[0].endswith("Number of events,One,Two")
    assert "'=Formula" in rows[1]
    assert "On the waitlist · Online" in "".join(rows)
    assert "Theirs" not in "".join(rows)
    noted = db.session.scalars(select(AuditEntry.event_id).where(AuditEntry.fact == "RegistrationsExported")).all()
    assert set(noted) == {one.id, two.id}
    # The other organiser sees theirs, and not who wants the whole series of somebody else.
    page = text_of(sign_in(make_member("organiser", other)).get(desk))
    assert "kim@example.org" in page
    assert "lin@example.org" not in page
    assert "Whole series" not in page
    # A viewer, a stranger, and who has not signed in.
    viewer = sign_in(make_member("viewer", organisation))
    assert viewer.get(desk).status_code == 404
    token = viewer.csrf("/en/links/")
    assert viewer.post(f"{desk}export/", data={"csrf_token": token}).status_code == 404
    assert client.get(desk).status_code == 302


def test_a_series_of_which_nobody_has_chosen_anything(
    sign_in: Make, make_member: Make, series: Series, organisation: Any
):
    page = text_of(sign_in(make_member("organiser", organisation)).get("/en/organise/series/webinars/registrations/"))
    assert "Everybody who registers will be here" in page


def test_whoever_is_in_china_agrees_once_to_what_is_sent_abroad(
    client: Browser, series: Series, organisation: Any, add: Make
):
    organisation.country = "CH"
    db.session.commit()
    one, two, later = add("One"), add("Two", 2), add("Later", 3)
    page = text_of(client.get(REGISTER))
    [box] = re.findall(r'name="(agree-transfer-[^"]+)"', page)  # the same words of both events are asked once
    [words] = re.findall(rf'name="{box}"[^>]* value="([^"]+)"', page)
    sent = form(one, two, extent="", address="lin@example.org", country="CN")
    refused = client.submit(REGISTER, sent)
    assert (refused.status_code, states()) == (422, {})
    assert "Without your agreement to this" in text_of(refused)
    assert client.submit(REGISTER, {**sent, box: words}).status_code == 303
    assert client.submit(REGISTER, form(one, extent="", address="ada@example.org", country="KE")).status_code == 303
    agreed = select(Registration.name, Event.slug).join(Consent, Consent.registration_id == Registration.id)
    agreed = agreed.join(Event, Event.id == Registration.event_id).where(Consent.purpose == "transfer")
    assert sorted(slug for _, slug in db.session.execute(agreed)) == ["one", "two"]
    more = f"{page_of(of(series))}events/{later.id}/"
    assert "Without your agreement to this" in text_of(client.submit(more, {"pool": "online"}))
    assert client.submit(more, {"pool": "online", box: words}).status_code == 303
    assert states()["later"] == "confirmed"
