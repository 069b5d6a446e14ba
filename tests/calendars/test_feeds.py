"""Feeds over HTTP: what a calendar client gets, and what it gets the second time."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from eventhub.calendars import front, views
from eventhub.calendars.feeds import Feed
from eventhub.events import services as event_services
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.slugs import retire_slug
from eventhub.programme import services as programme_services
from eventhub.programme.plans import SpeakerPlan
from tests.calendars import readers
from tests.conftest import Browser, both, make_public

YEAR_AGO = "Mon, 24 Nov 2025 00:00:00 GMT"
Make = Callable[..., Any]


@pytest.fixture
def workshop(make_event: Make, make_session: Make) -> Any:
    """A published event with two sessions, as it has been for a minute."""
    with clock.standing_at(datetime.now(UTC) - timedelta(minutes=1)):
        event = make_event("Workshop, Beijing", slug="workshop")
        make_session(event, "Opening")
        make_session(event, "Panel")
    return event


def titles(response: Any) -> list[str]:
    return [entry["summary"] for entry in readers.by_icalendar(response.data)]


def test_a_feed_says_what_it_is_to_browsers_calendars_and_caches(workshop: Any, client: Browser) -> None:
    answer = client.get("/en/events/workshop/calendar.ics")
    assert answer.status_code == 200
    headers = dict(answer.headers)
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (
        headers["Content-Disposition"]
        == "inline; filename=\"workshop.ics\"; filename*=UTF-8''Workshop%2C%20Beijing.ics"
    )
    assert headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert headers["Vary"] == "Accept-Encoding, User-Agent"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["ETag"].startswith('"')
    assert headers["Last-Modified"]
    assert "Set-Cookie" not in headers
    assert int(headers["Content-Length"]) == len(answer.data)


def test_a_feed_is_in_the_language_of_its_address_whatever_the_browser_wants(workshop: Any, client: Browser) -> None:
    german = {"Accept-Language": "de"}
    assert titles(client.get("/en/events/workshop/calendar.ics", headers=german)) == [
        "Workshop, Beijing",
        "Opening",
        "Panel",
    ]
    assert titles(client.get("/zh/events/workshop/calendar.ics", headers=german)) == [
        "研讨会：Workshop, Beijing",
        "场次：Opening",
        "场次：Panel",
    ]


@pytest.mark.parametrize(("lang", "told"), [("en", "All details: "), ("zh", "详情：")])
def test_a_feed_describes_itself_and_names_its_page(workshop: Any, client: Browser, lang: str, told: str) -> None:
    head = Calendar.from_ical(client.get(f"/{lang}/events/workshop/calendar.ics").data)
    assert str(head["description"]) == str(head["x-wr-caldesc"])
    assert head["description"].endswith(told + head["url"])


@pytest.mark.parametrize("query", ["?download=1", "?download=1&utm_source=x"])
def test_a_download_is_an_attachment_with_the_same_bytes(query: str, workshop: Any, client: Browser) -> None:
    answer = client.get(f"/en/events/workshop/calendar.ics{query}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.data == client.get("/en/events/workshop/calendar.ics?profile=unknown").data


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"other", {etag}', '"other",W/{etag}', "*"])
def test_who_has_the_feed_already_gets_304_with_its_tag(known: str, workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    etag = client.get(address).headers["ETag"]
    answer = client.get(address, headers={"If-None-Match": known.format(etag=etag)})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    assert answer.headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert "Content-Type" not in answer.headers


def test_a_known_date_gets_304_unless_a_tag_says_otherwise(workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    date = client.get(address).headers["Last-Modified"]
    assert client.get(address, headers={"If-Modified-Since": date}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": YEAR_AGO}).status_code == 200
    assert client.get(address, headers={"If-Modified-Since": "yesterday"}).status_code == 200
    both_given = {"If-Modified-Since": date, "If-None-Match": '"other"'}
    assert client.get(address, headers=both_given).status_code == 200


def test_no_date_is_sent_that_the_clock_has_not_reached(make_event: Make, client: Browser) -> None:
    for number in range(3):
        make_event(f"Workshop {number}")
    answer = client.get("/en/calendar.ics")
    assert "Last-Modified" not in answer.headers
    later = {"If-Modified-Since": "Mon, 01 Jan 2125 00:00:00 GMT"}
    assert client.get("/en/calendar.ics", headers=later).status_code == 200
    assert client.get("/en/calendar.ics", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_compressed_feed_has_a_tag_of_its_own(workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    plain = client.get(address)
    zipped = client.get(address, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    again = {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]}
    assert client.get(address, headers=again).status_code == 304
    other = {"Accept-Encoding": "gzip", "If-None-Match": plain.headers["ETag"]}
    assert client.get(address, headers=other).status_code == 200
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_head_tells_what_get_would(workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    client.get(address)
    for query in ("?x", ""):  # from the application, then from the front
        answer = client.head(address + query)
        assert answer.data == b""
        assert int(answer.headers["Content-Length"]) == len(client.get(address).data)


def test_the_front_answers_with_the_headers_of_the_application(workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    first, second = client.get(address), client.get(address)
    assert sorted(first.headers) == sorted(second.headers)


def test_a_feed_cannot_be_written_to(workshop: Any, client: Browser) -> None:
    assert client.post("/en/events/workshop/calendar.ics").status_code == 405
    assert client.put("/en/events/workshop/calendar.ics").status_code == 405


def test_somebody_who_has_signed_in_gets_the_same_answer(
    workshop: Any, client: Browser, make_member: Make, sign_in: Make
) -> None:
    address = "/en/events/workshop/calendar.ics?x"
    mine, theirs = sign_in(make_member()).get(address), client.get(address)
    assert (mine.data, dict(mine.headers)) == (theirs.data, dict(theirs.headers))


@pytest.mark.parametrize(
    "address",
    [
        "/en/events/unknown/calendar.ics",
        "/en/events/workshop/sessions/unknown/calendar.ics",
        "/en/series/unknown/calendar.ics",
        "/en/people/unknown/calendar.ics",
        "/en/events/draft/calendar.ics",
        "/en/events/by-invitation/calendar.ics",
        "/fr/calendar.ics",
    ],
)
def test_unknown_and_hidden_feeds_are_not_there(
    address: str, workshop: Any, make_event: Make, make_session: Make, client: Browser
) -> None:
    make_session(make_event(slug="draft", published=False))
    make_event(slug="by-invitation", visibility="invitation")
    assert client.get(address).status_code == 404


def test_a_new_site_has_an_empty_feed_that_readers_accept(client: Browser) -> None:
    answer = client.get("/zh/calendar.ics")
    assert answer.status_code == 200
    assert b"BEGIN:VTIMEZONE" in answer.data
    assert readers.by_icalendar(answer.data) == []


def test_an_unlisted_event_is_served_by_its_link_and_listed_nowhere(
    make_event: Make, make_person: Make, make_session: Make, save: Make, client: Browser
) -> None:
    event = make_event("Quiet meeting", slug="quiet", visibility="unlisted")
    speaker = make_person(slug="wang-fang")
    make_session(event, "Closed talk", speakers=[SpeakerPlan("presenter", person_id=speaker.id)])
    assert titles(client.get("/en/events/quiet/calendar.ics")) == ["Quiet meeting", "Closed talk"]
    assert titles(client.get("/en/calendar.ics")) == []
    assert client.get("/en/people/wang-fang/calendar.ics").status_code == 404


def test_each_feed_shows_what_it_is_about(
    make_event: Make, make_session: Make, make_person: Make, make_organisation: Make, client: Browser
) -> None:
    organisation = make_organisation()
    series = event_services.add_series(SYSTEM, organisation.id, both("Webinars"), slug="webinars")
    other = event_services.add_series(SYSTEM, organisation.id, both("Also here"), slug="also-here")
    listed = event_services.Partners(also_listed=[other.id])
    event = make_event("First", slug="first", organisation=organisation, series_id=series.id, partners=listed)
    track = programme_services.save_track(SYSTEM, event.id, both("Trust"), slug="trust")
    speaker = make_person(slug="wang-fang")
    plan = [SpeakerPlan("keynote", person_id=speaker.id)]
    make_session(event, "Keynote", speakers=plan)
    make_session(event, "Breakout", track_id=track.id)
    seen = {
        path: titles(client.get(f"/en/{path}calendar.ics"))
        for path in (
            "",
            "events/first/",
            "events/first/sessions/keynote/",
            "events/first/tracks/trust/",
            "series/webinars/",
            "series/also-here/",
            "people/wang-fang/",
        )
    }
    assert seen == {
        "": ["First"],
        "events/first/": ["First", "Keynote", "Breakout"],
        "events/first/sessions/keynote/": ["Keynote"],
        "events/first/tracks/trust/": ["Breakout"],
        "series/webinars/": ["First"],
        "series/also-here/": ["First"],
        "people/wang-fang/": ["Keynote"],
    }


def test_the_feed_of_all_is_never_too_large_for_its_readers(
    make_event: Make, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = (datetime.now(UTC) + timedelta(days=30)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
    for day in range(12):
        hours = {"starts": start + timedelta(days=day), "ends": start + timedelta(days=day, hours=1)}
        make_event(f"Event {day}", description=both("words " * 100), **hours)
    assert len(titles(client.get("/en/calendar.ics"))) == 12
    monkeypatch.setattr(views, "LARGEST_OF_ALL", 10_000)
    found = client.get("/zh/calendar.ics")
    assert len(found.data) <= 10_000
    assert titles(found) == [f"研讨会：Event {day}" for day in range(len(titles(found)))]


def test_a_series_without_events_has_an_empty_feed_with_its_name(make_organisation: Make, client: Browser) -> None:
    event_services.add_series(SYSTEM, make_organisation().id, both("Webinars", "网络研讨会"), slug="webinars")
    calendar = Calendar.from_ical(client.get("/zh/series/webinars/calendar.ics").data)
    assert calendar["name"] == "网络研讨会"


def test_a_former_address_serves_the_feed_too(workshop: Any, client: Browser) -> None:
    use_case(lambda actor: retire_slug("events", "old-name", workshop.id))(SYSTEM)
    assert titles(client.get("/en/events/old-name/calendar.ics"))[0] == "Workshop, Beijing"
    assert titles(client.get("/en/events/old-name/sessions/panel/calendar.ics")) == ["Panel"]
    assert client.get("/en/events/old-name/sessions/none/calendar.ics").status_code == 404


def test_a_former_address_of_an_event_that_is_hidden_now_serves_nothing(workshop: Any, client: Browser) -> None:
    event_services.rename_event_slug(SYSTEM, workshop.id, "renamed")
    header = {column.name: getattr(workshop, column.name) for column in fields(event_services.Header)}
    event_services.change_event(SYSTEM, workshop.id, event_services.Header(**{**header, "visibility": "invitation"}))
    for slug in ("renamed", "workshop"):
        assert client.get(f"/en/events/{slug}/calendar.ics").status_code == 404


def test_a_feed_names_its_own_address_of_today_by_whichever_it_was_asked_for(workshop: Any, client: Browser) -> None:
    event_services.rename_event_slug(SYSTEM, workshop.id, "renamed")
    for slug in ("workshop", "renamed"):
        body = client.get(f"/en/events/{slug}/calendar.ics").data.replace(b"\r\n ", b"")
        assert b"SOURCE;VALUE=URI:http://127.0.0.1:8000/en/events/renamed/calendar.ics\r\n" in body
    body = client.get("/zh/calendar.ics").data
    assert b"SOURCE;VALUE=URI:http://127.0.0.1:8000/zh/calendar.ics\r\n" in body


def test_a_missing_translation_is_shown_in_the_other_language_and_says_so(
    make_event: Make, make_session: Make, client: Browser
) -> None:
    event = make_event(slug="first")
    session = make_session(event)
    programme_services.translate_session(SYSTEM, session.id, Translated.of(en="Only English"), session.abstract)
    make_public(event)
    calendar = Calendar.from_ical(client.get("/zh/events/first/calendar.ics").data)
    tags = {entry["summary"]: entry["summary"].params["LANGUAGE"] for entry in calendar.walk("VEVENT")}
    assert tags == {event.title.in_("zh"): "zh-Hans", "Only English": "en"}


def test_the_same_data_gives_the_same_bytes_after_a_restart(workshop: Any, app: Flask, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    before = client.get(address)
    app.extensions["eventhub_feeds"].__init__()
    after = client.get(address)
    assert (before.data, before.headers["ETag"]) == (after.data, after.headers["ETag"])


def test_a_feed_is_trusted_for_a_second_and_then_looked_at_again(
    workshop: Any, app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/en/events/workshop/calendar.ics"
    seconds = 1000.0
    monkeypatch.setattr(front, "monotonic", lambda: seconds)
    client.get(address)
    memory = app.extensions["eventhub_feeds"]
    assert memory.trusted(address) is not None
    # A change by another process: this one hears of it only when it looks.
    monkeypatch.setattr(front.Memory, "distrust", lambda self: None)
    event_services.cancel_event(SYSTEM, workshop.id)
    assert b"STATUS:CANCELLED" not in client.get(address).data
    seconds += 1.0
    assert client.get(address).data.count(b"STATUS:CANCELLED") == 3


def test_a_process_knows_its_own_changes_at_once(workshop: Any, client: Browser) -> None:
    address = "/en/events/workshop/calendar.ics"
    client.get(address)
    event_services.cancel_event(SYSTEM, workshop.id)
    assert client.get(address).data.count(b"STATUS:CANCELLED") == 3


def test_a_process_keeps_so_many_bytes_of_feeds_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "ROOM", 250)
    memory, built = front.Memory(), []

    def ask(key: str, revision: int = 1) -> Feed:
        def build() -> Feed:
            built.append((key, revision))
            return Feed(b"x" * 100, revision, datetime(2026, 1, 1, tzinfo=UTC), key, key)

        return memory.current(key, revision, build)

    for key, revision in [("a", 1), ("b", 1), ("a", 1), ("a", 2), ("c", 1), ("b", 1), ("a", 2)]:
        ask(key, revision)
    assert built == [("a", 1), ("b", 1), ("a", 2), ("c", 1), ("b", 1), ("a", 2)]
    # What one thread is about to send is not taken from it by another that fills the memory.
    known = ask("a", 2)
    for key in ("d", "e"):
        ask(key)
    assert known.answer({"REQUEST_METHOD": "GET"})
