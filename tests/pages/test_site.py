"""What machines read of the site."""

from __future__ import annotations

import re
from datetime import datetime
from urllib import robotparser
from xml.etree import ElementTree as ET

import pytest

from eventhub.events.services import publish_event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.pages import site

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def test_search_engines_stay_off_private_links_and_calendars_come_in(client):
    robots = robotparser.RobotFileParser()
    robots.parse(client.get("/robots.txt").get_data(as_text=True).splitlines())
    secret = ["/en/registrations/abc/", "/zh/calendar/abc.ics", "/en/join/abc/", "/zh/organise/", "/en/letters/abc/"]
    assert [robots.can_fetch("Googlebot", address) for address in secret] == [False] * 5
    assert robots.can_fetch("Google-Calendar-Importer", "/zh/calendar/abc.ics")
    assert all(robots.can_fetch("Googlebot", address) for address in ("/en/", "/en/events/x/", "/zh/calendar.ics"))
    assert robots.site_maps()


def test_a_weakness_can_be_told_to_somebody_and_the_note_has_not_expired(client):
    lines = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").text.splitlines())
    assert lines["Contact"].startswith("mailto:")
    assert clock.now() < datetime.fromisoformat(lines["Expires"])


def addresses(body: bytes) -> list[str]:
    root = ET.fromstring(body)
    return [re.sub("^http://[^/]+", "", loc.text or "") for loc in root.iterfind(".//s:loc", NAMES)]


def test_the_map_lists_public_pages_in_the_languages_they_have(client, make_event):
    make_event(slug="both")
    for slug, values in (("hidden", {"visibility": "unlisted"}), ("invited", {"visibility": "invitation"}),
                         ("draft", {"published": False})):  # fmt: skip
        make_event(slug=slug, **values)
    publish_event(SYSTEM, make_event(slug="english", published=False).id, languages=["en"])
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    assert addresses(answer.data) == [
        "/en/", "/zh/", "/en/events/", "/zh/events/", "/en/events/both/", "/zh/events/both/", "/en/events/english/",
    ]  # fmt: skip
    alternates = ET.fromstring(answer.data).findall(".//x:link[@hreflang='zh-Hans']", NAMES)
    assert len(alternates) == 6


def test_a_map_that_is_too_long_becomes_several(client, make_event, monkeypatch):
    monkeypatch.setattr(site, "EVENTS_A_PAGE", 2)
    for number in range(5):
        make_event(slug=f"event-{number}")
    pages = addresses(client.get("/sitemap.xml").data)
    assert pages == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap-3.xml"]
    found = [address for page in pages for address in addresses(client.get(page).data)]
    assert len(found) == len(set(found)) == 4 + 10
    assert client.get("/sitemap-4.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


@pytest.mark.parametrize("address", ["/robots.txt", "/sitemap.xml", "/.well-known/security.txt"])
def test_what_machines_read_may_be_kept_by_caches(client, address):
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
