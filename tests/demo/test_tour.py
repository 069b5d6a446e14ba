"""Every kind of page with real rows behind it, on PostgreSQL: the tests of single pages ask SQLite alone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from html import unescape
from urllib.parse import urldefrag, urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from eventhub.accounts.models import Account
from eventhub.demo import loader
from eventhub.demo.people import SIGN_INS
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.organisations.actors import actor_of
from tests.conftest import in_november_2026, on_postgres

TODAY = date(2026, 11, 24)
# The first pages of a kind that a link leads to stand for all of it.
OF_A_KIND = 2
HREF = re.compile(r'href="(/[^"]*)"')


@in_november_2026
@on_postgres
def test_every_page_that_a_link_leads_to_is_there(app: Flask, sign_in) -> None:
    loader.load(SYSTEM, TODAY)
    address = next(one.email for one in SIGN_INS if one.email.startswith("organiser"))
    account = db.session.scalar(select(Account).where(Account.address == address))
    assert account
    browser, adapter = sign_in(actor_of(account.person_id)), app.url_map.bind("localhost")
    waiting, seen, kinds, wrong = ["/en/", "/en/organise/", "/zh/"], set[str](), Counter[str](), list[str]()
    while waiting:
        page = waiting.pop(0)
        path = urlsplit(page).path
        try:
            endpoint = adapter.match(path, method="GET")[0]
        except HTTPException:
            continue  # what only a form is sent to
        if page in seen or kinds[endpoint] == OF_A_KIND or endpoint == "static":
            continue
        seen.add(page)
        kinds[endpoint] += 1
        answer = browser.get(page)
        if answer.status_code >= 400:
            wrong.append(f"{answer.status_code} {page}")
        elif answer.mimetype == "text/html":
            found = [urldefrag(unescape(link)).url for link in HREF.findall(answer.get_data(as_text=True))]
            waiting += dict.fromkeys(found)
    assert wrong == []
    assert len(kinds) > 80, sorted(kinds)
