"""One letter about a whole series, and the calendar that comes with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar
from sqlalchemy import insert, select

from eventhub.events import services as event_services
from eventhub.events.models import Event, Series
from eventhub.foundation import clock, links, outbox, work
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Invalid, NotFound, TooMany
from eventhub.messaging import mail
from eventhub.messaging.models import Letter
from eventhub.messaging.wordings import services as wordings
from eventhub.messaging.wordings.occasions import SERIES
from eventhub.privacy import services as privacy
from eventhub.registrations import access, own, pools
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as single
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.series import offers, own_views, services
from eventhub.registrations.series import queries as series_queries
from eventhub.registrations.series.models import SeriesRegistration
from eventhub.registrations.series.services import Wish
from eventhub.registrations.substitutes import Substitute, name_substitute
from tests.conftest import Browser, both, on_sqlite
from tests.messaging.conftest import plain

Make = Callable[..., Any]
DESK = "/en/organise/series/webinars/registrations/"


@pytest.fixture
def series(make_organisation: Make) -> Series:
    """A public series without an event."""
    return event_services.add_series(SYSTEM, make_organisation("Network").id, both("Webinars"), slug="webinars")


@pytest.fixture
def add(series: Series, make_event: Make) -> Make:
    """One more webinar of the series."""

    def make(title: str, week: int = 1, **values: Any) -> Event:
        starts = datetime.combine((clock.now() + timedelta(days=7 * week)).date(), datetime.min.time()).replace(hour=15)
        values = {"mode": "online", "starts": starts, "ends": starts + timedelta(hours=1), **values}
        values = {"organisation": series.organisation, **values}
        made: Event = make_event(title, series_id=series.id, **values)
        return made

    return make


def join(series: Series, *events: Event, wants_all: bool = False, **values: Any) -> SeriesRegistration:
    """Somebody who registers."""
    details = Details(**{"name": "Lin", "address": "Lin@example.org", **values})
    wishes = [Wish(event.id, "online") for event in events]
    services.register(VISITOR, series.id, details, wishes, wants_all=wants_all)
    db.session.rollback()
    found = series_queries.find(series.id, "lin@example.org")
    assert found
    return found


def entries(message: Any) -> dict[str, str]:
    """The entries of a letter's calendar: what each says of itself."""
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return {str(one["summary"]): str(one["status"]) for one in Calendar.from_ical(part.get_content()).walk("VEVENT")}


def holder(registration: SeriesRegistration) -> Actor:
    """Who came by the link."""
    return Actor("link", thing_id=registration.id, purpose="series_registration")


def test_one_letter_lists_all_with_their_links_and_dates(series: Series, add: Make, letters: Make, client: Any):
    year = clock.now().year + 1
    one = add("One", starts=datetime(year, 1, 12, 15), ends=None)
    two = add("Two", starts=datetime(year, 6, 15, 15), ends=None, online=0)
    join(series, one, two, country="CH", wants_all=True)
    (letter,) = letters()
    text = plain(letter)
    assert letter["Subject"] == "Your registration for the series: Webinars"
    assert letter["To"] == "Lin@example.org"
    assert "State: Confirmed: online" in text
    assert "State: On the waitlist: online, number 1" in text
    assert "Beijing time is 09:00 Geneva time, not 08:00." in text
    assert "we ask you by letter whether you want those too" in text
    assert entries(letter) == {"One": "CONFIRMED", "Two": "TENTATIVE"}
    for way in re.findall(r"http://[^/\s]+(/en/registrations/\S+)", text):
        assert client.get(way).status_code == 200
    assert len(re.findall(r"/en/registrations/", text)) == 3


@on_sqlite
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Your reply to this letter goes to the organisers."), ("zh", "直接回复此邮件，即可联系主办方。")],
)
def test_answers_go_to_whom_most_events_of_the_series_name(series: Series, add: Make, letters: Make, language, said):
    events = [add(f"{one}", contact_address=f"{one}@example.org") for one in ("first", "team")]
    events.append(add("Third", contact_address="team@example.org"))
    join(series, *events, language=language)
    (letter,) = letters()
    assert (letter["Reply-To"], said in plain(letter)) == ("team@example.org", True)


@on_sqlite
def test_answers_about_a_series_go_to_no_other_organiser(
    series: Series, add: Make, letters: Make, make_organisation: Make
):
    join(series, add("Theirs", organisation=make_organisation("Elsewhere")), add("Ours", contact_address=None))
    (letter,) = letters()
    assert (letter["Reply-To"], "Your reply" in plain(letter)) == (None, False)


def test_again_tells_its_owner_and_fills_no_mailbox(series: Series, add: Make, letters: Make):
    one = add("One")
    join(series, one, language="zh")
    (letter,) = letters()
    assert letter["Subject"].startswith("您的系列报名：")
    join(series, one)
    assert letters() == []  # a double click
    with clock.standing_at(clock.now() + timedelta(minutes=21)):
        join(series, one)
        (letter,) = letters()
        assert letter["Subject"].startswith("您已报名")
        join(series, one, add("Two", 2))
        (letter,) = letters()
        assert "Two" in plain(letter)


def test_what_is_held_is_confirmed_and_the_rest_cancelled_by_one_letter_each(series: Series, add: Make, letters: Make):
    one, two = add("One"), add("Two", 2, online=1)
    pools.save_pool(SYSTEM, one.id, PoolPlan(mode="online", hold_hours=24), "online")
    found = join(series, one, two)
    single.register(VISITOR, two.id, Details(name="Kim", address="kim@example.org"), "online")
    first, _ = letters()
    assert "Some places are held for you only for a while." in plain(first)
    assert "until" in plain(first)
    services.confirm(holder(found), found.id)
    (letter,) = letters()
    assert letter["Subject"] == "Your places are confirmed: Webinars"
    services.cancel_rest(holder(found), found.id)
    said = {letter["To"]: letter for letter in letters()}
    assert said["Lin@example.org"]["Subject"] == "Your registrations are cancelled: Webinars"
    assert re.search(r"^One: .* \w+ time\r?$", plain(said["Lin@example.org"]), re.MULTILINE)
    assert said["kim@example.org"]["Subject"].startswith("A place has become free for you")  # the next in line
    assert set(entries(said["Lin@example.org"]).values()) == {"CANCELLED"}
    # A letter that is kept waiting does not tell what is not so any more.
    join(series, one)
    services.cancel_rest(holder(found), found.id)
    join(series, one)
    subjects = [letter["Subject"] for letter in letters()]
    assert "Your registrations are cancelled: Webinars" not in subjects


def test_offers_name_what_is_open_and_lead_to_a_button(series: Series, add: Make, letters: Make, client: Any):
    found = join(series, add("One"), wants_all=True)
    letters()
    add("Two", 2)
    three = add("Three", 3)
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        offers.offer_all()
        theirs = select(work.OutboxRow.is_bulk).join(Letter, Letter.outbox_id == work.OutboxRow.id)
        assert db.session.scalars(theirs.where(Letter.kind == "series_offered")).all() == [True]
        event_services.cancel_event(SYSTEM, three.id)
        mine = [letter for letter in letters() if letter["To"] == "Lin@example.org"]
    (letter,) = mine
    text = plain(letter)
    assert letter["Subject"] == "Added to the series: Webinars"
    assert "Two" in text
    assert "Three" not in text
    (way,) = re.findall(r"http://[^/\s]+(/en/registrations/series/\S+/events/\S+)", text)
    assert "Not this one" in client.get(way).get_data(as_text=True)
    # Who has answered meanwhile is not asked any more.
    four = add("Four", 4)
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        offers.offer_all()
        services.leave_out(holder(found), found.id, four.id)
        assert letters() == []


def test_links_are_sent_again_and_made_anew(series: Series, add: Make, letters: Make):
    found = join(series, add("One"))
    letters()
    access.ask_for_links(VISITOR, "lin@example.org", "en")
    (letter,) = letters()
    assert "These are your registrations for series." in plain(letter)
    assert links.make("series_registration", found.id, 1) in plain(letter)
    services.rotate_link(holder(found), found.id)
    (letter,) = letters()
    assert letter["Subject"] == "Your new link: Webinars"
    assert links.make("series_registration", found.id, 2) in plain(letter)
    services.cancel_rest(holder(found), found.id)
    letters()
    access.ask_for_links(VISITOR, "lin@example.org", "en")
    assert letters() == []  # nothing is left


def test_one_calendar_has_all_and_says_what_was_given_up(series: Series, add: Make, letters: Make, client: Any):
    one, two, three = add("One"), add("Two", 2, online=0), add("Three", 3)
    found = join(series, one, two, three)
    address = f"/en/calendar/{links.make('series_calendar', found.id, 1)}.ics"

    def read() -> dict[str, str]:
        answer = client.get(address)
        assert answer.mimetype == "text/calendar"
        calendar = Calendar.from_ical(answer.get_data())
        assert calendar["name"] == "Webinars"
        return {str(one["uid"]): f"{one['status']} {one['sequence']}" for one in calendar.walk("VEVENT")}

    before = read()
    assert sorted(value.split()[0] for value in before.values()) == ["CONFIRMED", "CONFIRMED", "TENTATIVE"]
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    services.leave_out(holder(found), found.id, three.id)
    after = read()
    uid = next(uid for uid in after if str(three.id) in uid)
    assert after[uid].startswith("CANCELLED")
    assert int(after[uid].split()[1]) > int(before[uid].split()[1])
    # The person's feed of one event says the same.
    row = next(row for row in series_queries.list_registrations(found) if row.event_id == three.id)
    single_feed = client.get(f"/en/calendar/{links.make('calendar', row.id, 1)}.ics").get_data(as_text=True)
    assert f"SEQUENCE:{after[uid].split()[1]}" in single_feed
    services.rotate_link(holder(found), found.id)
    assert client.get(address).status_code == 404


def test_another_name_of_the_series_comes_to_whoever_has_the_calendar_already(series: Series, add: Make, client: Any):
    found, now = join(series, add("One")), clock.now()
    address = f"/en/calendar/{links.make('series_calendar', found.id, 1)}.ics"
    with clock.standing_at(now + timedelta(minutes=1)):
        known = client.get(address).headers
        by_tag, by_date = {"If-None-Match": known["ETag"]}, {"If-Modified-Since": known["Last-Modified"]}
        assert [client.get(address, headers=one).status_code for one in (by_tag, by_date)] == [304, 304]
    with clock.standing_at(now + timedelta(minutes=2)):
        event_services.change_series(SYSTEM, series.id, both("Evenings"), series.description, series.note)
        for headers in (by_tag, by_date):
            answer = client.get(address, headers=headers)
            assert (answer.status_code, Calendar.from_ical(answer.data)["name"]) == (200, "Evenings")


def test_letters_that_cannot_be_delivered_stand_on_the_desk_of_their_series(
    series: Series,
    add: Make,
    make_event: Make,
    make_member: Make,
    make_organisation: Make,
    sign_in: Make,
    monkeypatch: pytest.MonkeyPatch,
):
    join(series, add("First"))
    other = event_services.add_series(SYSTEM, series.organisation_id, both("Others"), slug="others")
    elsewhere = make_event("Elsewhere", series_id=other.id, organisation=series.organisation, mode="online")
    sun = Details(name="Sun", address="sun@example.org")
    services.register(VISITOR, other.id, sun, [Wish(elsewhere.id, "online")], wants_all=False)
    monkeypatch.setattr(work, "MOST_ATTEMPTS", 1)

    def refuse(*_: Any) -> None:
        raise OSError("550 no such mailbox")

    with monkeypatch.context() as without_server:
        without_server.setattr(mail, "hand_over", refuse)
        outbox.drain()
    # Of other series very many failed since.
    one = db.session.scalars(select(Letter).where(Letter.address == "sun@example.org")).one()
    told = {"kind": one.kind, "address": one.address, "language": "en", "state": "failed", "data": one.data}
    many = [{**told, "id": uuid4(), "created_at": clock.now() + timedelta(hours=1)} for _ in range(1001)]
    use_case(lambda actor: db.session.execute(insert(Letter), many))(SYSTEM)
    organiser = sign_in(make_member("organiser", series.organisation))
    page = organiser.get(DESK).text
    assert "lin@example.org" in page.lower()
    assert "sun@example.org" not in page
    assert "550 no such mailbox" in page
    letter = db.session.scalars(select(Letter).where(Letter.address.ilike("lin@%"))).one()
    again = f"/en/organise/series/webinars/messages/{letter.id}/"
    stranger = sign_in(make_member("organiser", make_organisation("Stranger")))
    assert stranger.post(again, data={"csrf_token": stranger.csrf("/en/account/")}).status_code == 404
    wrong = f"/en/organise/series/others/messages/{letter.id}/"
    assert organiser.submit(wrong, form_at=DESK).status_code == 303
    assert db.session.get(Letter, letter.id, populate_existing=True).state == "failed"
    assert organiser.submit(again, form_at=DESK).status_code == 303
    outbox.drain()
    db.session.refresh(letter)
    assert letter.state == "sent"
    assert "550" not in organiser.get(DESK).text


def test_the_organisation_s_words_stand_in_letters_about_a_series(
    series: Series, add: Make, letters: Make, make_member: Make, sign_in: Make
):
    first = add("First")
    words = both("Good that you come to all of {event}, {name}.", "{name}，欢迎参加“{event}”全部活动。")
    wordings.save_wording(SYSTEM, series.organisation, "series_registered", both("Welcome to {event}", "欢迎"), words)
    registration = join(series, first)
    [letter] = letters()
    assert letter["Subject"] == "Welcome to Webinars"
    told = plain(letter)
    assert "Good that you come to all of Webinars, Lin." in told
    assert "This is how you are registered" not in told
    assert "Event: First" in told
    assert "/registrations/series/" in told, "facts and the own link stay"
    for wrong in "{when}", "{where}", "{contact}":
        with pytest.raises(Invalid):
            wordings.save_wording(SYSTEM, series.organisation, "series_registered", both("A"), both(wrong))
    with pytest.raises(NotFound):
        wordings.save_wording(SYSTEM, first, "series_registered", both("A"), both("B"))
    desk = sign_in(make_member("administrator", series.organisation))
    room = f"/zh/organise/organisations/{series.organisation.slug}/letters/"
    assert "发给报名系列活动的人" in desk.get(room).get_data(as_text=True)
    for occasion in SERIES:
        page = desk.get(f"{room}{occasion}/?language=zh").get_data(as_text=True)
        assert ("系列活动" in page, "First" in page) == (True, True), occasion
        assert links.make("series_registration", registration.id, 1) not in page
    form = {"who": str(registration.id), "language": "zh"}
    desk.submit(f"{room}series_registered/test/", form, form_at=f"{room}series_registered/")
    [test] = letters()
    assert "Lin，欢迎参加“Webinars（中文）”全部活动。" in plain(test)


def test_a_test_letter_goes_with_the_one_whose_name_it_shows(
    series: Series, add: Make, letters: Make, make_member: Make
):
    registration = join(series, add("First"))
    wordings.save_wording(SYSTEM, series.organisation, "series_registered", both("Welcome, {name}"), both("Glad."))
    desk = make_member("administrator", series.organisation)
    wordings.send_test(desk, series.organisation, "series_registered", registration.id, "en")
    letters()
    subjects = select(Letter.subject).where(Letter.kind == "test")
    assert db.session.scalars(subjects).all() == ["Test: Welcome, Lin"]
    privacy.erase(SYSTEM, series_queries.list_registrations(registration)[0].id)
    assert db.session.scalars(subjects).all() == []


def own_page(registration: Registration, lang: str = "en") -> str:
    """The address of the page of a registration for one event."""
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_the_page_of_one_event_leads_back_to_the_series_by_letter_alone(
    series: Series, add: Make, letters: Make, client: Browser
):
    join(series, add("One"), add("Two", 2), language="zh")
    one = registrations.list_of_address("lin@example.org")[-1]
    letters()
    page = client.get(own_page(one)).text
    assert "This event belongs to your registration for the series “Webinars”." in page
    # Whoever was given the link to one event has not got the others by it.
    assert "/registrations/series/" not in page
    assert client.submit(f"{own_page(one)}series-link/", form_at=own_page(one)).status_code == 303
    assert "A letter with all your links is on its way to Lin@example.org." in client.get(own_page(one)).text
    [letter] = letters()
    assert letter["To"] == "lin@example.org"
    [way] = re.findall(r"http://[^/]+(/zh/registrations/series/\S+)", plain(letter))
    assert "Two" in client.get(way).text
    # Who has given up this event gets back to the others; where nothing is to come, nothing is sent.
    single.cancel_registration(SYSTEM, one.id)
    assert "发送系列报名链接" in client.get(own_page(one, "zh")).text
    with clock.standing_at(clock.now() + timedelta(days=30)):
        assert "Send me the link to the series" not in client.get(own_page(one)).text
        assert client.submit(f"{own_page(one)}series-link/", form_at=f"{own_page(one)}data/erase/").status_code == 404


def test_the_page_of_who_was_passed_a_place_leads_to_nobody_else_s_series(
    series: Series, add: Make, letters: Make, client: Browser
):
    event = add("One", online=2)
    join(series, event, add("Two", 2))
    [giver] = [one for one in registrations.list_of_address("lin@example.org") if one.event_id == event.id]
    letters()
    name_substitute(own.holder(giver), giver.id, Substitute("Kim", "kim@example.org", "en"))
    other = registrations.find_registration(event.id, "kim@example.org")
    assert other
    letters()
    page = client.get(own_page(other)).text
    assert "Webinars" not in page
    assert client.submit(f"{own_page(other)}series-link/", form_at=own_page(other)).status_code == 404
    assert letters() == []
    # They have registered for the series by themselves: theirs is theirs.
    join(series, add("Three", 3), name="Kim", address="kim@example.org")
    letters()
    client.submit(f"{own_page(other)}series-link/", form_at=own_page(other))
    assert [letter["To"] for letter in letters()] == ["kim@example.org"]


def test_a_link_to_the_series_is_not_sent_again_and_again(series: Series, add: Make, client: Browser, monkeypatch):
    join(series, add("One"))
    [one] = registrations.list_of_address("lin@example.org")

    def refuse(address: str) -> None:
        raise TooMany("Several letters have been sent.")

    monkeypatch.setattr(own_views, "count_letter", refuse)
    client.submit(f"{own_page(one)}series-link/", form_at=own_page(one))
    page = client.get(own_page(one)).text
    assert "Several letters have been sent." in page
    assert "is on its way" not in page
