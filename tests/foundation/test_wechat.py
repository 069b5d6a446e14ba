"""Inside WeChat no file is sent: a page says how to have it in a browser, and nobody else gets that page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventhub.foundation import documents, fragments, links
from eventhub.foundation.actor import VISITOR
from eventhub.foundation.db import db
from eventhub.registrations import services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Registration
from tests.conftest import Browser, on_sqlite
from tests.phones import IN_WECHAT, SAFARI

pytestmark = on_sqlite

PDF, FEED, OF_SESSION = "programme.pdf", "calendar.ics", "sessions/opening/calendar.ics"


@pytest.fixture
def event(make_event: Any, make_session: Any) -> Any:
    made = make_event("Workshop", slug="workshop")
    make_session(made, "Opening")
    return made


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were set, each into the same few bytes."""
    found: list[str] = []

    def setting(template: str, order: Any) -> tuple[bytes, list[str]]:
        found.append(template)
        return b"%PDF-1.7", []

    monkeypatch.setattr(documents, "_set", setting)
    return found


def address_in(page: str) -> str:
    found = re.search(r'id="file-address"[^>]*>([^<]+)</textarea>', page)
    assert found
    return unescape(found[1])


@pytest.mark.usefixtures("event", "pressed")
@pytest.mark.parametrize("reader", IN_WECHAT)
@pytest.mark.parametrize(("lang", "word"), [("en", "Open this in your browser"), ("zh", "请在浏览器中打开")])
@pytest.mark.parametrize(
    "file", [PDF, f"{PDF}?form=both", FEED, f"{FEED}?profile=phone", "calendar.jcal", "calendar.jscal", OF_SESSION]
)
def test_a_page_stands_in_for_a_file_inside_wechat(
    client: Browser, file: str, lang: str, word: str, reader: dict[str, str]
) -> None:
    address = f"/{lang}/events/workshop/{file}"
    plain = client.get(address, headers=SAFARI)
    again = client.get(address, headers=SAFARI)  # of a feed, from the front
    answer = client.get(address, headers=reader)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "private, no-store", "no cache gives it to another in place of the file"
    assert not {"Content-Disposition", "ETag", "Last-Modified", "Access-Control-Allow-Origin"} & set(
        answer.headers.keys()
    )
    page = answer.get_data(as_text=True)
    assert word in page
    assert "点击右上角 ···，选择“在浏览器打开”" in page
    assert address_in(page) == f"http://127.0.0.1:8000{address}"
    assert 'src="data:image/png;base64,' in page
    assert "webcal:" not in page
    assert "WeChat" not in plain.get_data(as_text=True)
    for one in (plain, again):
        assert (one.status_code, one.data) == (200, plain.data)
        assert one.mimetype in {
            "application/pdf",
            "text/calendar",
            "application/calendar+json",
            "application/jscalendar+json",
        }
    for one in (plain, again, answer):
        assert "User-Agent" in one.headers["Vary"], "no cache gives the file to WeChat"


@pytest.mark.usefixtures("event", "pressed")
@pytest.mark.parametrize("file", [PDF, FEED])
def test_neither_a_head_nor_a_condition_nor_a_range_gets_a_file_past_it(client: Browser, file: str) -> None:
    address = f"/en/events/workshop/{file}"
    known = client.get(address, headers=SAFARI).headers["ETag"]
    inside = IN_WECHAT[0]
    whole = client.get(address, headers=inside)
    head = client.head(address, headers=inside)
    assert (head.status_code, head.mimetype, head.data) == (200, "text/html", b"")
    for asked in ({"If-None-Match": known}, {"If-None-Match": "*"}, {"Range": "bytes=0-3"}):
        answer = client.get(address, headers={**inside, **asked})
        assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "text/html", len(whole.data))
    assert client.get(address, headers={**SAFARI, "If-None-Match": known}).status_code == 304


def test_an_address_that_no_code_holds_is_shown_without_one(client: Browser, event: Any) -> None:
    address = f"/en/events/workshop/{FEED}?profile=phone&{'x' * 2400}"
    answer = client.get(address, headers=IN_WECHAT[0])
    assert answer.status_code == 200
    assert (address_in(answer.text), "<figure" in answer.text) == (f"http://127.0.0.1:8000{address}", False)


def test_what_is_not_there_is_not_explained(client: Browser, event: Any) -> None:
    for address in (f"/en/events/none/{FEED}", f"/en/calendar/{'a' * 43}.ics", f"/en/events/none/{PDF}"):
        assert client.get(address, headers=IN_WECHAT[0]).status_code == 404


def test_no_document_is_set_for_a_reader_who_cannot_save_it(client: Browser, event: Any, pressed: list[str]) -> None:
    client.get(f"/en/events/workshop/{PDF}", headers=IN_WECHAT[0])
    assert pressed == []
    client.get(f"/en/events/workshop/{PDF}", headers=SAFARI)
    assert pressed == ["programme/programme.typ"]


def test_what_is_kept_of_a_page_is_the_same_inside_and_outside(
    app: Flask, client: Browser, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [f"/en/events/workshop/{page}" for page in ("", "programme/", "changes/", "register/", "sessions/opening/")]

    def look(reader: dict[str, str]) -> list[tuple[int, int]]:
        texts = [client.get(page, headers=reader).get_data(as_text=True) for page in pages]
        return [(text.count("WeChat"), text.count(" target=")) for text in texts]

    def fresh() -> None:
        monkeypatch.setattr(fragments, "_parts", fragments.Shelf(2**20))

    fresh()
    outside = look(SAFARI)
    inside = look(IN_WECHAT[0])
    fresh()
    assert look(IN_WECHAT[1]) == inside, "whoever comes first"
    assert look(SAFARI) == outside
    assert [words for words, _ in outside] == [windows for _, windows in inside] == [0] * len(pages)
    assert (inside[1][0] > 0, outside[3][1]) == (True, 1), "the programme's files, and a window of the form"


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize(
    ("file", "kind", "back"),
    [
        ("schedule.json", "application/json", ""),
        ("schedule.xml", "application/xml", ""),
        ("changes.atom", "application/atom+xml", "changes/"),
    ],
)
def test_what_programs_read_is_explained_to_people_inside_and_sent_elsewhere(
    client: Browser, file: str, kind: str, back: str
) -> None:
    address = f"/zh/events/workshop/{file}"
    inside, outside = (client.get(address, headers=reader) for reader in (IN_WECHAT[0], SAFARI))
    assert (inside.mimetype, address_in(inside.text)) == ("text/html", f"http://127.0.0.1:8000{address}")
    assert f'href="/zh/events/workshop/{back}">返回</a>' in inside.text
    assert outside.mimetype == kind
    for one in (inside, outside):
        assert "User-Agent" in one.headers["Vary"]
    known = {**IN_WECHAT[0], "If-None-Match": outside.headers["ETag"]}
    assert client.get(address, headers=known).status_code == 200
    pages = ("programme/", "changes/")
    led = [
        link
        for page in pages
        for link in re.findall(
            r'<a [^>]*href="([^"]+)"', client.get(f"/zh/events/workshop/{page}", headers=IN_WECHAT[0]).text
        )
    ]
    assert [link for link in led if re.search("schedule|atom", link)] == [], "but they are no pages to be led to"


def test_every_page_that_explains_leads_back_to_another(client: Browser, event: Any) -> None:
    services.register(VISITOR, event.id, Details(name="Lin", address="a@example.org"), "in_person")
    registration = db.session.scalars(select(Registration)).one()
    token = links.make("calendar", registration.id, registration.calendar_number)
    for feed in ("/zh/calendar.ics", f"/zh/calendar/{token}.ics"):
        alone = client.get(feed, headers=IN_WECHAT[0]).text
        assert address_in(alone).endswith(feed)
        assert '<a class="button" href="/zh/">' in alone
        before = {**IN_WECHAT[0], "Referer": "http://127.0.0.1:8000/zh/account/"}
        assert '<a class="button" href="/zh/account/">返回</a>' in client.get(feed, headers=before).text


def back_from(client: Browser, file: str, before: str = "") -> str:
    """Where the page in place of a file leads back to."""
    answer = client.get(file, headers={**IN_WECHAT[0], **({"Referer": before} if before else {})})
    found = re.search(r'<a class="button" href="([^"]+)">返回</a>', answer.text)
    return unescape(found[1]) if found else ""


def test_the_way_back_leads_to_where_the_file_was_tapped(client: Browser, event: Any) -> None:
    programme, site = "/zh/events/workshop/programme/", "http://127.0.0.1:8000"
    file = f"/zh/events/workshop/{PDF}"
    assert back_from(client, file, f"{site}{programme}?day=2026-01-02&zone=x") == f"{programme}?day=2026-01-02&zone=x"
    foreign = ("https://evil.example/zh/", "http://127.0.0.1:8000.evil.example/zh/", f"{site}//evil.example/zh/",
               f"{site}/xx/", "//evil.example/zh/", "javascript:alert(1)")  # fmt: skip
    assert {back_from(client, file, one) for one in ("", *foreign)} == {programme}
    services.register(VISITOR, event.id, Details(name="Lin", address="a@example.org"), "in_person")
    registration = db.session.scalars(select(Registration)).one()
    mine = f"/zh/registrations/{links.make('registration', registration.id, registration.link_number)}/"
    # No private page tells its address to the next one.
    assert back_from(client, f"{mine}ticket.pdf") == f"{mine}ticket/"
