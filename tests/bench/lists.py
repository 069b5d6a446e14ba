"""What long lists cost: fifty thousand registrations looked through and exported, ten thousand imported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.registrations.exchange import columns, orders, services, tables
from eventhub.registrations.exchange.choices import Choices
from eventhub.registrations.exchange.models import MOST_PEOPLE, ExportOrder
from eventhub.registrations.exchange.survey import survey
from eventhub.registrations.exports import columns_of
from tests.queries import count_queries

from . import content
from .laying_out import signed_in
from .load import Connection, Measured, Visitor, together
from .report import Report
from .server import Server

MANY, TURNS = 50_000, 20
ROOM = f"/en/organise/events/{content.LONG}/registrations/"
LOOKS = {
    "first page": "",
    "page 900": "?page=900",
    "a name in Chinese": "?words=%E7%8E%8B%E8%8A%B3499",
    "a name that nobody has": "?words=nobody",
    "an address": "?words=person49@long",
    "the waitlist": "?state=waitlisted&page=50",
    "confirmed, by name": "?state=confirmed&words=berg",
}


def lists(report: Report, ours: Server) -> None:
    """All of it."""
    content.fill_long(SYSTEM, MANY)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    cookies = together(signed_in(ours))
    for name, query in LOOKS.items():

        async def look(query: str = query) -> Measured:
            measured = Measured(0)
            visitor = Visitor(await Connection.to(ours.port), cookies)
            began = time.perf_counter()
            for _ in range(TURNS):
                start = time.perf_counter()
                await visitor.get(ROOM + query)
                measured.times.append(time.perf_counter() - start)
            measured.seconds = time.perf_counter() - began
            return measured

        before = ours.cpu()
        measured = together(look())
        p95 = measured.within(95)
        cost = (ours.cpu() - before) * 1000 / TURNS
        report.line(f"list of {MANY:,}: {name}", measured, cost, None, "p95 ≤ 300 ms", good=p95 <= 300)
    browser = current_app.test_client()
    for key, value in cookies.items():
        browser.set_cookie(key, value, domain="bench.example.org")
    with count_queries() as asked:
        browser.get(ROOM + LOOKS["the waitlist"], base_url="http://bench.example.org")
    report.fact("queries of a page of it", str(len(asked.statements)), "≤ 12", good=0 < len(asked.statements) <= 12)
    for file_format in ("csv", "xlsx"):
        _export(report, file_format)
    _import(report)


def _export(report: Report, file_format: str) -> None:
    event, actor = content.event_of(content.LONG), content.organiser()
    order_id = orders.order(actor, event.id, file_format, list(columns_of(actor, event))).id
    with _more_memory() as grown:
        began = time.perf_counter()
        orders.carry_out({"order_id": str(order_id)}, order_id)
        took = time.perf_counter() - began
    order = db.session.get(ExportOrder, order_id, populate_existing=True)
    assert order
    assert (order.state, order.done) == ("ready", MANY)
    report.fact(f"export of {MANY:,} as {file_format}", f"{took:.1f} s", "≤ 20 s", good=took <= 20)
    report.fact("what it takes of memory", f"{grown[0]:.0f} MB", "≤ 50 MB", good=grown[0] <= 50)


def _import(report: Report) -> None:
    event, actor = content.event_of(content.IMPORTED), content.organiser()
    rows = "".join(f"王芳{n},new{n}@example.org,Network {n % 99},中国\n" for n in range(MOST_PEOPLE))
    began = time.perf_counter()
    table = tables.pasted(f"姓名,邮箱,单位,国家\n{rows}")
    found, has_heading = columns.guess(table, [])
    choices = Choices(columns=found, has_heading=has_heading, pool="in_person")
    kept = services.keep_list(actor, event.id, table, choices)
    done = services.carry_out(actor, kept.id, survey(event, table, choices).fingerprint)
    took = time.perf_counter() - began
    assert done.added == MOST_PEOPLE
    report.fact(f"import of {MOST_PEOPLE:,}", f"{took:.1f} s", "≤ 60 s", good=took <= 60)


@contextmanager
def _more_memory() -> Iterator[list[float]]:
    """How many megabytes more this process held at most than before."""
    grown: list[float] = []
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _held("VmRSS")
    yield grown
    grown.append(_held("VmHWM") - before)


def _held(name: str) -> float:
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) / 1024
