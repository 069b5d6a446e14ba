"""The demo as somebody meets it inside WeChat: no link leads to a file, or to another application."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from html import unescape
from urllib.parse import urldefrag, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from eventhub.attendance import tickets
from eventhub.demo import loader
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme.models import Speaker
from eventhub.registrations.models import Registration
from tests.conftest import in_november_2026, on_sqlite
from tests.phones import IN_WECHAT, SAFARI

pytestmark = [in_november_2026, on_sqlite]

TODAY = date(2026, 11, 24)
# The first pages of a kind that a link leads to stand for all of it.
OF_A_KIND = 2
LINK = re.compile(r"<a [^>]*>")
HREF = re.compile(r'href="([^"]*)"')
# What shows there as it does anywhere.
SHOWN = {"text/html", "image/jpeg", "image/png", "image/webp"}


def own_pages() -> list[str]:
    """Of somebody with a ticket, and of a speaker."""
    registration = next(
        one
        for one in db.session.scalars(select(Registration))
        if not one.event.is_over() and any(tickets.has_ticket(place) for place in one.places)
    )
    speaker = db.session.scalars(select(Speaker).where(Speaker.address.is_not(None))).first()
    assert speaker
    of_registration = links.make("registration", registration.id, registration.link_number)
    return [
        f"registrations/{of_registration}/",
        f"speak/{links.make('speaker', speaker.id, speaker.link_number)}/",
    ]


@pytest.mark.parametrize(("lang", "reader"), [("en", IN_WECHAT[0]), ("zh", IN_WECHAT[1])])
def test_no_link_leads_to_a_file(app: Flask, client, lang: str, reader: dict[str, str]) -> None:
    loader.load(SYSTEM, TODAY)
    adapter = app.url_map.bind("localhost")
    own = [f"/{lang}/{page}" for page in own_pages()]
    waiting, seen, kinds, wrong = [*own, f"/{lang}/"], set[str](), Counter[str](), list[str]()
    explained = set[str]()
    while waiting:
        page = waiting.pop(0)
        try:
            endpoint = adapter.match(urlsplit(page).path, method="GET")[0]
        except HTTPException:
            continue  # what only a form is sent to
        if page in seen or kinds[endpoint] == OF_A_KIND or page.startswith(f"/{'en' if lang == 'zh' else 'zh'}/"):
            continue
        seen.add(page)
        kinds[endpoint] += 1
        answer = client.get(page, headers=reader, follow_redirects=True)
        if answer.mimetype not in SHOWN or "attachment" in answer.headers.get("Content-Disposition", ""):
            wrong.append(f"{page} from {endpoint}: {answer.mimetype}")
        if answer.mimetype != "text/html":
            continue
        html = answer.get_data(as_text=True)
        if 'id="file-address"' in html:
            explained.add(endpoint)
        for link in LINK.findall(html):
            [href] = HREF.findall(link) or [""]
            if re.search(" download| target=", link) or href.startswith(("webcal:", "data:", "blob:")):
                wrong.append(f"{page}: {link}")
            if href.startswith("/"):
                waiting.append(urldefrag(unescape(href)).url)
    assert wrong == []
    assert {"attendance.ticket_pdf", "programme.programme_pdf"} <= explained
    assert {"privacy.mine", "programme.speak", "programme.session", "events.series", "people.person"} <= kinds.keys()
    ticket = f"{own[0]}ticket.pdf"
    assert client.get(ticket, headers=SAFARI).mimetype == "application/pdf"
