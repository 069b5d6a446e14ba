"""What whoever keeps the site running sees of it, and what nobody does."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event as listening

from eventhub.accounts.models import Account
from eventhub.foundation import clock, operations, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, use_case
from eventhub.foundation.lanes import Lane
from eventhub.foundation.timekeeping import ClockJob, Watch, WorkerSeen
from eventhub.foundation.work import OutboxRow, give_up
from eventhub.messaging import services
from eventhub.messaging.models import Letter
from eventhub.pages.operations import KINDS
from tests.conftest import Browser, on_sqlite

ADDRESS = "/en/operations/"


@pytest.fixture
def operator(make_person, save, app) -> Browser:
    """A browser in which the site's operator has signed in."""
    person = make_person(address_verified_at=clock.now())
    account = save(Account(person_id=person.id, address=person.address, confirmed_at=clock.now(), is_operator=True))
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = f"{account.id}:{account.session_number}"
    return browser


def put(save, number: int = 1, **values: object) -> list[OutboxRow]:
    """Work as it stands in the outbox."""
    values = {"kind": "letter", "payload": {"letter_id": str(uuid4())}, "attempts": 3, **values}
    return [save(OutboxRow(key=uuid4().hex, **values)) for _ in range(number)]


@on_sqlite
def test_only_the_operator_knows_of_the_page(client, operator, make_member, sign_in):
    assert client.get(ADDRESS).status_code == 302
    organiser = sign_in(make_member("administrator"))
    assert organiser.get(ADDRESS).status_code == 404
    token = organiser.csrf("/en/account/")
    assert organiser.post(f"{ADDRESS}again/", data={"csrf_token": token, "kind": "letter"}).status_code == 404
    assert operator.get(ADDRESS).status_code == 200
    assert f'href="{ADDRESS}"' in operator.get("/en/organise/").text


def test_the_page_tells_how_all_work_stands_and_names_nobody(operator, save):
    now = clock.now()
    put(save, 3, state="waiting", due_at=now - timedelta(hours=3), error="NotNow: 451 wait", kind="links")
    put(save, 1, state="leased", due_at=now + timedelta(minutes=1))
    put(save, 1, state="failed", error="550 5.1.1 <fang@ngo.example>: wang.fang@ngo.example “Fang” has moved")
    put(save, 1, state="failed", error="王芳@ngo.example 不存在, see https://mail.example/why?who=fang")
    put(save, 5, state="done")
    save(Lane(name="qq.com", slowness=4.0, free_at=now + timedelta(minutes=5)))
    save(WorkerSeen(name="one:1:aa", threads=4, seen_at=now))
    save(WorkerSeen(name="two:2:bb", threads=2, seen_at=now - timedelta(minutes=9)))
    save(Watch(name="clock", holder="one:1:aa"))
    save(ClockJob(name="foundation.outbox.sweep", moment=now, runner="one:1:aa", ended_at=now, error="LookupError"))
    page = operator.get(ADDRESS).text
    for told in ("Letters with links", "3 hours", "550 5.1.1", "has moved", "qq.com", "4.0 times", "one:1:aa",
                 "Has the clock", "Not heard of", "foundation.outbox.sweep", "LookupError"):  # fmt: skip
        assert told in page, told
    for hidden in ("fang@", "Fang", "王芳", "who="):
        assert hidden not in page, hidden
    figures = operator.get("/metrics").text
    assert 'eventhub_outbox_kind_rows{kind="links",state="retrying"} 3.0' in figures
    assert 'eventhub_outbox_kind_rows{kind="letter",state="failed"} 2.0' in figures
    assert 'eventhub_outbox_rows{state="failed"} 2.0' in figures
    assert "eventhub_workers 1.0" in figures
    assert 'eventhub_job_failed{job="foundation.outbox.sweep"} 1.0' in figures
    [late] = [line for line in figures.splitlines() if line.startswith("eventhub_outbox_oldest_seconds")]
    assert float(late.split()[1]) >= 3 * 3600


@on_sqlite
@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("550 5.1.1 Wang Fang: mailbox unavailable", "550 5.1.1 …: mailbox unavailable"),
        ("550 User wang.fang not found or 123456789 is full.", "550 User … not found or … is full."),
        ("KeyError: '王芳'; 王芳 不存在", "KeyError: …; …"),
        ("SMTPServerDisconnected: Connection unexpectedly closed", "SMTPServerDisconnected: Connection … closed"),
        ("TimeoutError: [Errno 110] Connection timed out", "TimeoutError: [Errno 110] Connection timed out"),
        ("the worker ended in the middle of it, every time", "the worker ended in the middle of it, every time"),
    ],
)  # fmt: skip
def test_a_reason_is_told_in_the_words_of_programs_and_no_others(error, told):
    assert operations.reason(error) == told


def test_what_was_given_up_is_tried_again_alone_or_all_of_a_kind(operator, save):
    use_case(lambda actor: services.order("password_changed", "reader@example.org", "en", account_id=uuid4()))(SYSTEM)
    [row] = db.session.query(OutboxRow).all()
    use_case(lambda actor: give_up(db.session.merge(row), "550 no"))(SYSTEM)
    assert db.session.query(Letter).one().state == "failed"
    operator.submit(f"{ADDRESS}again/", {"row": str(row.id)}, form_at=ADDRESS)
    assert db.session.query(Letter).one().state == "queued", "the organisers' list agrees"
    assert db.session.get(OutboxRow, row.id).state == "waiting"
    put(save, 2, state="failed", kind="links", payload={})
    put(save, 1, state="failed", kind="nothing", payload={})
    page = operator.submit(f"{ADDRESS}again/", {"kind": "links"}, form_at=ADDRESS)
    assert page.status_code == 303
    assert [work.failed for work in operations.work_by_kind() if work.kind in ("links", "nothing")] == [0, 1]
    assert operator.submit(f"{ADDRESS}again/", {"row": "nonsense"}, form_at=ADDRESS).status_code == 404


@on_sqlite
def test_the_page_and_the_figures_ask_as_often_for_three_as_for_one(operator, save):
    def count(address: str) -> int:
        asked = []
        listening.listen(db.engine, "before_cursor_execute", note := lambda *a: asked.append(a[2]))
        try:
            assert operator.get(address).status_code == 200
        finally:
            listening.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    def more() -> None:
        put(save, state="failed", kind=uuid4().hex, payload={})
        save(WorkerSeen(name=uuid4().hex, threads=1))
        save(ClockJob(name=uuid4().hex, moment=clock.now()))
        save(Lane(name=uuid4().hex, slowness=2.0))

    more()
    before = [count(ADDRESS), count("/metrics")]
    more()
    more()
    assert [count(ADDRESS), count("/metrics")] == before


def test_every_kind_of_work_has_a_word(app):
    assert {kind for kind in outbox._carriers if isinstance(kind, str)} == set(KINDS)
