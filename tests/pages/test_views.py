"""Home and the privacy notice."""

from __future__ import annotations

from datetime import datetime

import pytest

from eventhub.events.models import Series
from tests.conftest import both, on_sqlite

pytestmark = on_sqlite


def test_home_shows_what_comes_what_was_and_the_series(client, make_event, make_organisation, save):
    make_event("Coming")
    make_event("Gone", starts=datetime(2019, 10, 23, 9), ends=datetime(2019, 10, 23, 17))
    make_event("Secret", visibility="unlisted")
    save(Series(slug="webinars", title=both("Webinars"), organisation_id=make_organisation().id))
    save(Series(slug="quiet", title=both("Quiet"), organisation_id=make_organisation().id, visibility="unlisted"))
    html = client.get("/en/").get_data(as_text=True)
    assert [word in html for word in ("Coming</a>", "Gone</a>", "Webinars</a>", "Secret", "Quiet")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_are_there_without_anything_in_the_database(client, lang):
    for address in (f"/{lang}/", f"/{lang}/privacy/", f"/{lang}/events/"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("wish", "chosen", "goes_to"),
    [("zh-TW,zh;q=0.9,en;q=0.8", None, "/zh/"), ("fr-CH,fr;q=0.9", None, "/en/"), ("en", "zh", "/zh/"),
     ("zh-CN", "en", "/en/"), ("zh", "klingon", "/zh/"), ("en;q=0.3,zh-Hans;q=0.7", None, "/zh/"),
     ("zh;q=0,en", None, "/en/"), ("", None, "/en/")],
)  # fmt: skip
def test_the_bare_address_leads_to_the_readers_language(client, wish, chosen, goes_to):
    if chosen:
        client.set_cookie("language", chosen)
    answer = client.get("/", headers={"Accept-Language": wish})
    assert (answer.status_code, answer.headers["Location"]) == (302, goes_to)
    assert "Accept-Language" in answer.headers["Vary"]


def test_only_a_language_that_the_browser_does_not_ask_for_is_remembered(client):
    wish = {"Accept-Language": "en"}
    assert "Set-Cookie" not in client.get("/en/", headers=wish).headers
    cookie = client.get("/zh/", headers=wish).headers["Set-Cookie"]
    assert cookie.startswith("language=zh;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/", headers=wish).headers["Location"] == "/zh/"
    client.get("/en/", headers=wish)
    assert client.get("/", headers=wish).headers["Location"] == "/en/"
