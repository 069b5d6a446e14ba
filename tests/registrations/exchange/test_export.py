"""Files of registrations: at once, or made by the worker; theirs alone who asked, for a day, after a password."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from eventhub.accounts import sessions
from eventhub.events.models import Event
from eventhub.foundation import clock, files, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.files import StoredFile
from eventhub.foundation.outbox import drain
from eventhub.foundation.work import OutboxRow
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Details
from eventhub.registrations.exchange import export_desk, jobs, orders, personal, queries
from eventhub.registrations.exchange.models import ExportOrder
from eventhub.registrations.models import Registration
from tests.conftest import Browser
from tests.phones import IN_WECHAT
from tests.registrations.exchange.conftest import ROOM, send

Make = Callable[..., Any]
NAMES = ("=1+1", "龑 䶮 𠮷", "Anna")


@pytest.fixture
def people(event: Event, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three who are registered, where two are many."""
    for number, name in enumerate(NAMES):
        registering.register(SYSTEM, event.id, Details(name=name, address=f"p{number}@example.org"), "online")
    monkeypatch.setattr(export_desk, "AT_ONCE", 2)
    monkeypatch.setattr(sessions, "UNASKED", 2)
    monkeypatch.setattr(orders, "STRIDE", 1)
    return list(NAMES)


def asked(browser: Browser, file_format: str, **data: Any) -> str:
    """Ask for a file that takes longer; the address of its page."""
    answer = browser.submit(f"{ROOM}export/{file_format}/", data, form_at=f"{ROOM}export/")
    assert answer.status_code == 303, answer.text
    address: str = answer.location
    return address


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_inside_wechat_no_list_is_taken_and_the_page_says_why(organiser: Browser, event: Event, file_format: str):
    registering.register(SYSTEM, event.id, Details(name="Anna", address="anna@example.org"), "online")
    sent = {"csrf_token": organiser.csrf(f"{ROOM}export/")}
    answer = organiser.post(f"{ROOM}export/{file_format}/", data=sent, headers=IN_WECHAT[1])
    assert (answer.status_code, answer.location) == (303, f"{ROOM}export/")
    assert "WeChat cannot save files. Tap ···" in organiser.get(answer.location, headers=IN_WECHAT[1]).text
    db.session.rollback()
    taken = select(AuditEntry).where(AuditEntry.fact == "RegistrationsExported")
    assert db.session.scalar(taken) is None, "nothing was taken"
    with organiser.post(f"{ROOM}export/{file_format}/", data=sent) as plain:
        assert "attachment" in plain.headers["Content-Disposition"]
    db.session.rollback()
    assert db.session.scalar(taken)


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_a_long_list_is_made_by_the_worker_and_taken_after_a_password(
    organiser: Browser, people: list[str], file_format: str
):
    address = asked(organiser, file_format, columns=["name", "state", "none of ours"])
    page = organiser.get(address)
    assert page.headers["Refresh"] == "2"
    assert "0 of 3 rows" in page.text
    assert organiser.submit(f"{address}file/", form_at=f"{ROOM}export/").status_code == 404
    drain()
    page = organiser.get(address)
    assert "Refresh" not in page.headers
    assert "asked for your password" in page.text
    sure = organiser.submit(f"{address}file/", form_at=address)
    assert sure.location.startswith("/en/account/make-sure/")
    assert organiser.submit(sure.location, {"password": "wrong"}).status_code == 422
    back = organiser.submit(sure.location, {"password": "correct horse battery"})
    assert back.location == address
    with organiser.submit(f"{address}file/", form_at=address) as answer:
        assert answer.headers["Cache-Control"] == "private, no-store"
        data = answer.data
    guarded = ["'=1+1", *NAMES[1:]]
    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert rows == [["Name", "State"], *([name, "Confirmed"] for name in guarded)]
    elif file_format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        assert sheet
        assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
            [name, "Confirmed"] for name in NAMES
        ]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    else:
        assert json.loads(data) == [{"Name": name, "State": "Confirmed"} for name in NAMES]
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.fact == "RegistrationsExported")).all()
    assert [(line.data["rows"], line.data["format"], line.actor_kind) for line in lines] == [(3, file_format, "member")]


@pytest.mark.usefixtures("people")
def test_a_file_is_its_askers_alone_and_gone_after_a_day(
    event: Event, organiser: Browser, make_member: Make, sign_in: Make, client: Browser, make_event: Make
):
    address = asked(organiser, "csv")
    drain()
    colleague = sign_in(make_member("organiser", event.organisation))
    assert colleague.get(address).status_code == 404
    assert "/sign-in/" in client.get(address).location
    row = db.session.scalars(select(ExportOrder)).one()
    stored = queries.file_of(row)
    assert organiser.get(f"/files/{stored.id}/{stored.name}").status_code == 404
    make_event("Other", slug="other", organisation=event.organisation)
    assert organiser.get(address.replace("/roundtable/", "/other/")).status_code == 404
    path = files.path_of(stored)
    with clock.standing_at(clock.now() + timedelta(hours=24)):
        assert organiser.get(address).status_code == 404
        jobs.forget_lists()
    assert not path.exists()
    assert db.session.scalars(select(StoredFile)).all() == []
    assert "ListsForgotten" in db.session.scalars(select(AuditEntry.fact)).all()


@pytest.mark.usefixtures("people")
def test_what_a_worker_left_half_done_is_done_anew_and_once(olga: Actor, event: Event, monkeypatch: pytest.MonkeyPatch):
    order = orders.order(olga, event.id, "csv", ["name"])

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(orders, "_count", die)
        with pytest.raises(KeyboardInterrupt):
            drain()
    assert drain() == 0
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        assert drain() == 1
        orders.carry_out({"order_id": str(order.id)}, order.id)
    assert db.session.get(ExportOrder, order.id, populate_existing=True).state == "ready"  # type: ignore[union-attr]
    assert len(db.session.scalars(select(StoredFile)).all()) == 1


@pytest.mark.usefixtures("people")
def test_who_may_not_have_it_any_more_gets_nothing(olga: Actor, event: Event, organiser: Browser):
    order = orders.order(olga, event.id, "csv", ["name"])
    address = f"{ROOM}exports/{order.id}/"
    monkey = pytest.MonkeyPatch()
    monkey.setattr(orders, "actor_of", lambda _: Actor("member"))
    drain()
    monkey.undo()
    assert "could not be written" in organiser.get(address).text
    assert organiser.submit(f"{address}drop/", form_at=f"{ROOM}export/").status_code == 303
    assert organiser.get(address).status_code == 404
    again = db.session.scalars(select(OutboxRow).where(OutboxRow.kind == orders.WORK)).one()
    outbox.again(SYSTEM, again.id)
    assert drain() == 1


@pytest.mark.usefixtures("people")
def test_whoever_is_erased_takes_the_lists_of_the_event_along(event: Event, organiser: Browser):
    send(organiser, "Name\nAnna\n")
    asked(organiser, "csv")
    drain()
    one = db.session.scalars(select(Registration).limit(1)).one()
    paths = [files.path_of(file) for file in db.session.scalars(select(StoredFile))]
    assert len(paths) == 2
    assert personal.told(one) == {}
    personal.erase(SYSTEM, one)
    assert not any(path.exists() for path in paths)


def test_a_short_list_comes_at_once_with_the_columns_that_were_ticked(event: Event, organiser: Browser):
    registering.register(SYSTEM, event.id, Details(name="Anna", address="a@example.org"), "online")
    ticked = {"columns": ["name", "pool"]}
    with organiser.submit(f"{ROOM}export/json/", ticked, form_at=f"{ROOM}export/") as answer:
        assert json.loads(answer.data) == [{"Name": "Anna", "Takes part": "Online"}]
    assert db.session.scalars(select(ExportOrder)).all() == []
