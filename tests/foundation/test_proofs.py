"""Strangers' forms: each costs a moment of calculating, or the answer to a question; what was paid is spent."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import altcha
import pytest
from flask import Flask
from limits.errors import StorageError
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from eventhub.events.models import Event
from eventhub.events.services import add_series
from eventhub.foundation import clock, proofs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import add_row, db
from eventhub.foundation.proofs import SpentProof
from eventhub.foundation.web import limiter
from eventhub.messaging.models import Letter
from eventhub.registrations.models import Pool, Registration
from eventhub.registrations.rights import RightsPlan, set_rights
from tests.conftest import Browser, both, on_sqlite
from tests.filled import filled

Make = Callable[..., Any]
LINKS = "/en/links/"
REGISTER = "/en/events/roundtable/register/"


@pytest.fixture(autouse=True)
def hard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that asks for a little work."""
    monkeypatch.setattr(app.extensions["eventhub_settings"], "proof_of_work", 30)
    limiter.reset()


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event to register for."""
    made: Event = make_event("Roundtable", slug="roundtable")
    return made


def asked(page: str) -> dict[str, Any]:
    """What a page's form asks for, and the fields that come with it."""
    found = re.search(r'data-challenge="([^"]+)"', page)
    token = re.search(r'name="asked" value="([^"]+)"', page)
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    sums = re.search(r"How much is (\d) plus (\d)\?", page)
    assert found
    assert token
    assert csrf
    assert sums
    return {
        "challenge": json.loads(html.unescape(found[1])),
        "fields": {"csrf_token": csrf[1], "asked": token[1]},
        "sum": str(int(sums[1]) + int(sums[2])),
    }


def solve(challenge: dict[str, Any]) -> str:
    """The solution as `proof.js` sends it."""
    found = altcha.solve_challenge_v1(challenge["challenge"], challenge["salt"], "SHA-256", challenge["maxNumber"])
    assert found
    names = ("algorithm", "challenge", "salt", "signature")
    payload = {**{name: challenge[name] for name in names}, "number": found.number}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def person(address: str = "anna@example.org") -> dict[str, str]:
    """What somebody fills in."""
    return {"name": "Anna", "address": address, "language": "en", "pool": "online", "consent": "y"}


@pytest.mark.usefixtures("event")
def test_a_solution_opens_each_form_once(client: Browser):
    form = asked(client.get(REGISTER).text)
    data = {**form["fields"], **person(), "proof": solve(form["challenge"])}
    assert client.post(REGISTER, data=data).status_code == 303
    again = client.post(REGISTER, data={**data, **person("other@example.org")})
    assert again.status_code == 422
    assert "Please send it once more." in again.text
    assert "other@example.org" in again.text
    assert 'id="answer-error">This form was open for long, or was sent before.' in again.text
    other_form = client.post(LINKS, data={**data, "address": "anna@example.org"})
    assert other_form.status_code == 422
    assert db.session.scalar(select(func.count(Registration.id))) == 1
    for address in (LINKS, "/en/sign-up/", "/en/reset/"):
        form = asked(client.get(address).text)
        data = {**form["fields"], "address": "anna@example.org"}
        assert client.post(address, data=data).status_code == 422
        assert client.post(address, data={**data, "proof": solve(form["challenge"])}).status_code == 303


@on_sqlite
def test_many_at_once_and_a_whole_series_cost_as_much(client: Browser, event: Event, make_event: Make):
    set_rights(SYSTEM, event.id, RightsPlan(has_delegations=True))
    series = add_series(SYSTEM, event.organisation_id, both("Webinars"), slug="webinars")
    webinar = make_event("Webinar", slug="webinar", series_id=series.id, organisation=event.organisation)
    several = {
        **person(),
        "own_pool": "absent",
        "declares": "y",
        "rows-0-name": "Wei",
        "rows-0-address": "wei@example.org",
    }
    chosen = {**person(), "extent": "some", "events": str(webinar.id), f"pool-{webinar.id.hex}": "online"}
    for address, said in ((f"{REGISTER}delegation/", several), ("/en/series/webinars/register/", chosen)):
        page = client.get(address).text
        data = filled(page, **said)
        assert client.post(address, data=data).status_code == 422
        assert db.session.scalar(select(func.count(Letter.id)).where(Letter.address == "anna@example.org")) == 0
        data["proof"] = [solve(asked(page)["challenge"])]
        done = client.post(address, data=data)
        assert done.status_code == 303, [line for line in done.text.splitlines() if "error" in line]
        again = client.post(address, data=data)
        assert (again.status_code, "Please send it once more." in again.text) == (422, True)
        db.session.execute(delete(Letter))
        db.session.commit()


@on_sqlite
@pytest.mark.usefixtures("event")
def test_without_javascript_a_question_stands_in_for_it_under_a_stricter_limit(
    client: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(app.extensions["eventhub_settings"], "rate_limit_factor", 2 / proofs.MOST_ANSWERS)
    page = client.get(REGISTER).text
    assert re.search(r"<noscript>\s*<div class=\"field\">\s*<label for=\"answer\">How much is", page)
    form = asked(page)
    wrong = client.post(REGISTER, data={**form["fields"], **person(), "answer": "1"})
    assert (wrong.status_code, "Please answer the question" in wrong.text) == (422, True)
    assert 'id="answer-error">Please answer the question' in wrong.text
    assert 'aria-describedby="answer-help answer-error" aria-invalid="true"' in wrong.text
    assert "<noscript>" not in wrong.text
    form = asked(wrong.text)
    answered = {**form["fields"], **person(), "answer": "".join(chr(ord(d) + 0xFEE0) for d in form["sum"])}
    unfinished = client.post(REGISTER, data={**answered, "name": ""})
    assert form["fields"]["asked"] in unfinished.text
    assert client.post(REGISTER, data=answered).status_code == 303
    spent = client.post(REGISTER, data={**answered, **person("other@example.org")})
    assert (spent.status_code, "Please send it once more." in spent.text) == (422, True)
    form = asked(client.get(REGISTER).text)
    more = client.post(REGISTER, data={**form["fields"], **person("b@example.org"), "answer": form["sum"]})
    assert (more.status_code, "without JavaScript" in more.text) == (429, True)


SPOILT: list[Callable[[dict[str, Any]], Any]] = [
    lambda payload: {**payload, "number": payload["number"] + 1},
    lambda payload: {**payload, "number": str(payload["number"])},
    lambda payload: {**payload, "salt": payload["salt"].replace("form=links", "form=register")},
    lambda payload: {**payload, "salt": payload["salt"].replace("expires=", "expires=9")},
    lambda payload: {**payload, "signature": "0" * 64},
    lambda payload: {**payload, "algorithm": "SHA-1"},
    lambda payload: {name: value for name, value in payload.items() if name != "salt"},
    lambda payload: [payload],
    lambda payload: None,
    lambda payload: "[" * 1500,
]


@on_sqlite
def test_what_is_no_solution_is_none(client: Browser):
    form = asked(client.get(LINKS).text)
    payload = json.loads(base64.b64decode(solve(form["challenge"])))
    sent = [base64.b64encode(json.dumps(spoil(payload)).encode()).decode() for spoil in SPOILT]
    for proof in (*sent, "%%%", "龑", "x" * 5000):
        answer = client.post(LINKS, data={**form["fields"], "address": "a@example.org", "proof": proof})
        assert answer.status_code == 422, proof
    for token in ("", "x", "a.b.c.d", f"{form['fields']['asked']}0", "龑.1.2.3"):
        data = {**form["fields"], "asked": token, "answer": form["sum"], "address": "a@example.org"}
        assert client.post(LINKS, data=data).status_code == 422
    with clock.standing_at(clock.now() - 2 * proofs.GOOD_FOR):
        old = asked(client.get(LINKS).text)
    data = {**old["fields"], "address": "a@example.org"}
    assert client.post(LINKS, data={**data, "proof": solve(old["challenge"])}).status_code == 422
    assert client.post(LINKS, data={**data, "answer": old["sum"]}).status_code == 422
    assert db.session.scalar(select(func.count(SpentProof.id))) == 0


@on_sqlite
def test_it_becomes_harder_for_a_network_that_sends_more_and_more(client: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proofs, "STEP", 2)
    token = client.csrf(LINKS)
    hard = []
    for _ in range(2 * proofs.MOST_TIMES + 1):
        hard.append(asked(client.get(LINKS).text)["challenge"]["maxNumber"])
        client.post(LINKS, data={"csrf_token": token, "address": "a@example.org"})
    assert hard[:4] == [30, 30, 60, 60]
    assert hard[-1] == 30 * proofs.MOST_TIMES


def test_one_solution_sent_twice_at_once_pays_for_one(app: Flask, client: Browser):
    form = asked(client.get(LINKS).text)
    with app.test_request_context(method="POST", data={"proof": solve(form["challenge"])}):
        first, second = proofs.look_at("links"), proofs.look_at("links")
        assert proofs.spending(proofs.SYSTEM, first, lambda: "done") == "done"
        with pytest.raises(proofs.Invalid):
            proofs.spending(proofs.SYSTEM, second, lambda: "done")
    with clock.standing_at(clock.now() + timedelta(days=1)):
        proofs.forget_spent()
    assert db.session.scalar(select(func.count(SpentProof.id))) == 0


def test_what_else_a_database_refuses_is_not_taken_for_a_proof_that_was_spent(
    app: Flask, client: Browser, event: Event
):
    form = asked(client.get(LINKS).text)
    with app.test_request_context(method="POST", data={"proof": solve(form["challenge"])}):
        proof = proofs.look_at("links")
        with pytest.raises(IntegrityError):
            proofs.spending(SYSTEM, proof, lambda: add_row(Pool, event_id=event.id, key="online", mode="online"))
        assert db.session.scalar(select(func.count(SpentProof.id))) == 0
        assert proofs.spending(SYSTEM, proof, lambda: "done") == "done"


@on_sqlite
def test_forms_are_read_where_nobody_can_count(client: Browser, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> None:
        raise StorageError(ConnectionError())

    monkeypatch.setattr(limiter.limiter, "get_window_stats", fail)
    assert asked(client.get(LINKS).text)["challenge"]["maxNumber"] == 30


@on_sqlite
def test_a_site_may_ask_for_nothing(app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app.extensions["eventhub_settings"], "proof_of_work", 0)
    assert "data-challenge" not in client.get(LINKS).text
    assert client.submit(LINKS, {"address": "a@example.org"}).status_code == 303
