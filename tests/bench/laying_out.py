"""What it costs to lay out a programme: the editor, a drag, the conflicts, a release."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask import current_app
from flask.testing import FlaskClient

from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.programme import conflicts, releases
from tests.queries import count_queries

from . import content
from .content import CONGRESS, ONE_DAY
from .load import Connection, Measured, Visitor, together
from .report import Report
from .server import Server

TURNS = 15
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
VENDOR = Path(__file__).parents[2] / "eventhub" / "static" / "vendor"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
_CARD = re.compile(r"data-session='([^']*)'")
# Usable is a page on which each session that its window shows of the day stands in the grid: then it can be dragged,
# and is not before. Whole it is when those farther down stand there too.
_USABLE = """
(() => {
  let due = null;
  const HALF_HOURS = 1800000;
  const read = () => {
    const data = document.getElementById("editor").dataset;
    const grid = JSON.parse(data.grid);
    const begin = Date.parse(`${grid.day}T00:00Z`) + grid.first * 2 * HALF_HOURS;
    due = [...document.getElementById("editor-list").children].map(({ dataset }) => {
      const { id, starts } = JSON.parse(dataset.session);
      return { id, down: (Date.parse(`${starts}Z`) - begin) / HALF_HOURS * Number(data.halfHour) };
    });
  };
  const look = () => {
    const column = document.querySelector("#editor-grid .ec-body .ec-day");
    const there = new Set([...document.querySelectorAll("#editor-grid [data-card]")].map((card) => card.dataset.card));
    if (document.readyState !== "loading" && column && there.size) {
      if (!due) read();
      const top = column.getBoundingClientRect().top;
      const shown = due.filter(({ down }) => top + down < innerHeight);
      if (!window.usableAt && shown.every(({ id }) => there.has(id))) {
        Object.assign(window, { usableAt: performance.now(), shown: shown.length });
      }
      if (window.usableAt && due.every(({ id }) => there.has(id))) {
        window.wholeAt = performance.now();
        return;
      }
    }
    requestAnimationFrame(look);
  };
  look();
})();
"""


def laying_out(report: Report, ours: Server) -> None:
    """All of it, for a day of the large event and for the same day by itself."""
    events = {f"{days * content.ROOMS * content.SLOTS:,} sessions": slug
              for days, slug in ((1, ONE_DAY), (content.DAYS, CONGRESS))}  # fmt: skip
    cookies = together(signed_in(ours))
    _editor(report, ours, events, cookies)
    _queries(report, events, cookies)
    _in_chromium(report, ours, cookies)
    _conflicts(report)
    _desk(report, ours, cookies)
    _releases(report)


async def signed_in(ours: Server) -> dict[str, str]:
    """The cookies of the organiser's browser."""
    visitor = Visitor(await Connection.to(ours.port))
    token = _TOKEN.search(await visitor.get("/en/sign-in/"))
    assert token
    form = {"csrf_token": token[1], "address": content.ORGANISER, "password": content.PASSWORD}
    assert await visitor.post("/en/sign-in/", form) == 303
    return visitor.cookies


def _first_day(slug: str) -> date:
    event = content.event_of(slug)
    assert event.starts
    return event.starts.date()


def _editor_of(slug: str) -> str:
    return f"/en/organise/events/{slug}/programme/editor/"


def _editor(report: Report, ours: Server, events: dict[str, str], cookies: dict[str, str]) -> None:
    """The editor's page, and one session after the other dragged to and fro, as one organiser alone does it."""
    costs: dict[str, list[tuple[float, float]]] = {}
    for size, slug in events.items():
        day = _first_day(slug)

        async def open_and_drag(slug: str = slug, day: date = day) -> tuple[Measured, float, Measured, float]:
            visitor = Visitor(await Connection.to(ours.port), cookies)
            address = f"{_editor_of(slug)}?day={day}"
            page = await visitor.get(address)  # each process once, so that it knows its templates
            for _ in range(4):
                await Visitor(await Connection.to(ours.port), cookies).get(address)

            async def open_it() -> None:
                nonlocal page
                page = await visitor.get(address)

            opened, opening = await _turns(ours, open_it)
            token, cards = _TOKEN.search(page), [json.loads(card) for card in _CARD.findall(page)]
            assert token
            by = timedelta(minutes=5)
            turn = 0

            async def drag() -> None:
                nonlocal turn, by
                card = cards[turn % len(cards)]
                form = _moved(card, by) | {"csrf_token": token[1], "day": day.isoformat()}
                answer = await visitor.ask_json(f"{_editor_of(slug)}place/", form)
                (cards[turn % len(cards)],) = answer["sessions"]
                turn, by = turn + 1, -by
                assert answer["conflicts"]

            dragged, dragging = await _turns(ours, drag)
            return opened, opening, dragged, dragging

        opened, opening, dragged, dragging = together(open_and_drag())
        report.line(f"editor, a day of 200 of {size}", opened, opening)
        good = dragged.median <= 100
        report.line(f"drag saved, conflicts anew, of {size}", dragged, dragging, None, "≤ 100 ms", good=good)
        costs.setdefault("the editor's page", []).append((opened.median, opening))
        costs.setdefault("a drag", []).append((dragged.median, dragging))
    for name, ((few, few_cpu), (many, many_cpu)) in costs.items():
        # A median of a machine that others use as well is not to be blamed on the sessions of other days.
        ratio = min(many / few, many_cpu / few_cpu)
        report.fact(f"{name}: of 1,000 beside of 200", f"{ratio:.2f} times", "≤ 1.25", good=ratio <= 1.25)


async def _turns(ours: Server, do: Callable[[], Any]) -> tuple[Measured, float]:
    measured, before, began = Measured(0), ours.cpu(), time.perf_counter()
    for _ in range(TURNS):
        start = time.perf_counter()
        await do()
        measured.times.append(time.perf_counter() - start)
    measured.seconds = time.perf_counter() - began
    return measured, (ours.cpu() - before) * 1000 / TURNS


def _moved(card: dict[str, Any], by: timedelta) -> dict[str, str]:
    hours = {
        name: (datetime.fromisoformat(card[name]) + by).isoformat(timespec="minutes") for name in ("starts", "ends")
    }
    return {"session": card["id"], "version": str(card["version"]), "room_id": card["room"] or "", **hours}


def _queries(report: Report, events: dict[str, str], cookies: dict[str, str]) -> None:
    """How much the same requests ask of the database."""
    counts: dict[str, list[int]] = {}
    browser = current_app.test_client()
    for name, value in cookies.items():
        browser.set_cookie(name, value)
    for slug in events.values():
        day = _first_day(slug)
        _asked(browser, f"{_editor_of(slug)}?day={day}")  # a process asks some things only once
        queries, page = _asked(browser, f"{_editor_of(slug)}?day={day}")
        counts.setdefault("the editor's page", []).append(queries)
        token, card = _TOKEN.search(page), json.loads(_CARD.findall(page)[0])
        assert token
        form = _moved(card, timedelta(minutes=5)) | {"csrf_token": token[1], "day": day.isoformat()}
        counts.setdefault("a drag", []).append(_asked(browser, f"{_editor_of(slug)}place/", form)[0])
    for name, (few, many) in counts.items():
        report.fact(f"queries of {name}, of 200 and of 1,000", f"{few} and {many}", "equal", good=few == many)


def _asked(browser: FlaskClient, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """How many queries a request takes in this process, and its answer."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a context of its own needs the thing itself
    how: dict[str, Any] = {"method": "POST", "data": form, "headers": {"Accept": "application/json"}} if form else {}
    with app.app_context(), count_queries() as queries:
        answer = browser.open(path, **how)
    assert answer.status_code == 200, answer.text
    return len(queries), answer.text


def _in_chromium(report: Report, ours: Server, cookies: dict[str, str]) -> None:
    """From the last byte of the editor's page until what its window shows stands in the grid; nothing is in a cache."""
    name = "editor usable in Chromium, after its answer"
    if not CHROMIUM or not VENDOR.is_dir():
        lacking = "no Chromium was found" if not CHROMIUM else "the front-end files are not installed"
        report.fact(name, f"not measured: {lacking}", "≤ 400 ms")
        return
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{ours.port}{_editor_of(CONGRESS)}?day={_first_day(CONGRESS)}"
    answered, loaded, usable, whole, shown = [], [], [], [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for _ in range(6):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies(
                [{"name": key, "value": value, "domain": "127.0.0.1", "path": "/"} for key, value in cookies.items()]
            )
            page = context.new_page()
            page.add_init_script(_USABLE)
            page.goto(address)
            while not page.evaluate(
                "window.wholeAt"
            ):  # asked like this, for what waits by itself is not let in by ours
                page.wait_for_timeout(20)
            timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
            answered.append(timing["responseEnd"])
            loaded.append(timing["loadEventEnd"])
            usable.append(page.evaluate("window.usableAt"))
            whole.append(page.evaluate("window.wholeAt"))
            shown = page.evaluate("window.shown")
            context.close()
        browser.close()
    took = median(end - begin for begin, end in zip(answered[1:], usable[1:], strict=True))
    report.fact(name, f"{took:.0f} ms, with {shown} sessions in the window", "≤ 400 ms", good=took <= 400)
    times = (f"{median(column[1:]):.0f}" for column in (answered, usable, loaded, whole))
    report.fact("since the click: answered, usable, loaded, whole day", f"{', '.join(times)} ms")


@contextmanager
def _timed(found: list[tuple[float, float]]) -> Iterator[None]:
    """Note how long something took in this process, and how much of that its own processor time was."""
    began, used = time.perf_counter(), time.process_time()
    yield
    found.append(((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000))


def _told(found: list[tuple[float, float]]) -> tuple[float, str]:
    took, used = (median(column) for column in zip(*found, strict=True))
    return took, f"{took:.0f} ms, of these {used:.0f} ms of our CPU"


def _conflicts(report: Report) -> None:
    """Every conflict of the large event."""
    found: list[tuple[float, float]] = []
    actor, count = content.organiser(), 0
    for _ in range(6):
        db.session.rollback()
        event = content.event_of(CONGRESS)
        with _timed(found):
            count = len(conflicts.find(event, actor=actor))
    took, told = _told(found[1:])
    report.fact(f"full conflict scan, {count:,} found", told, "≤ 300 ms", good=took <= 300)


def _desk(report: Report, ours: Server, cookies: dict[str, str]) -> None:
    """The pages of the desk that tell what waits in the large event."""
    for name, path in (("desk: overview", ""), ("desk: all sessions", "programme/"),
                       ("desk: what a release would change", "programme/release/")):  # fmt: skip

        async def open_it(path: str = path) -> tuple[Measured, float]:
            visitor = Visitor(await Connection.to(ours.port), cookies)
            for _ in range(4):
                await Visitor(await Connection.to(ours.port), cookies).get(f"/en/organise/events/{CONGRESS}/{path}")

            async def ask() -> None:
                await visitor.get(f"/en/organise/events/{CONGRESS}/{path}")

            return await _turns(ours, ask)

        report.line(f"{name}, of 1,000", *together(open_it()))


def _releases(report: Report) -> None:
    """Releases of the large event: of one change, of all, and the first of all."""
    actor = content.organiser()

    def release() -> None:
        releases.release(actor, content.event_of(CONGRESS).id)

    release()  # what was dragged before
    for name, prepare in (
        ("release of one change", lambda turn: content.change_a_session(SYSTEM, 20 + turn)),
        ("release in which all sessions moved", lambda turn: content.move_all(SYSTEM, (5, -5)[turn % 2])),
    ):
        found: list[tuple[float, float]] = []
        for turn in range(4):
            prepare(turn)
            with _timed(found):
                release()
        took, told = _told(found)
        report.fact(name, told, "≤ 2 s", good=took <= 2000)
