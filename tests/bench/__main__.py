"""What the product costs, beside a bare Flask application on the same servers in the same run.

Both run in two server processes, as in production, on this machine only, which they share with the database and
the load generator: rates are for comparison, processor time is what a request costs wherever it is served.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg
import structlog

from eventhub.app import create_app
from eventhub.config import load_settings
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.memory import loading_for_good

from . import content
from .content import CONGRESS, WORKSHOP
from .laying_out import laying_out
from .letters import beside_letters, letters
from .lists import MANY, lists
from .load import CONNECTIONS, Connection, drive, get, together
from .registering import crowd, door, registrations, session_crowd
from .reminders import reminders
from .report import Report
from .server import PROCESSES, ROOT, Server, run

POSTGRES = os.environ.get("EVENTHUB_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
EVENT = f"/en/events/{CONGRESS}/"
FEED = f"{EVENT}calendar.ics"
PROGRAMME = f"{EVENT}programme/?day=all"
# So many events fill every list that is shown in pages: beside them, others only lengthen what is searched.
FULL = 60
# So many people whose calendars ask in turn for what is their own.
OWN = 200
_DAY = re.compile(r'href="[^"]*/programme/\?[^"]*day=(\d{4}-\d\d-\d\d)')


@contextlib.contextmanager
def scratch_database(folder: Path) -> Iterator[str]:
    """An empty database that is gone afterwards: of PostgreSQL where it answers, else a file."""
    name = f"eventhub_bench_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        print("PostgreSQL does not answer: measured on SQLite instead, to which the targets do not apply.")
        yield f"sqlite:///{folder}/bench.db"
        return
    with server:
        server.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def warm(server: Server, *paths: str) -> None:
    """Let every process of a server answer once, so that what it keeps is there."""

    async def ask() -> None:
        for path in paths:
            connections = [await Connection.to(server.port) for _ in range(CONNECTIONS)]
            for _ in range(2):
                await asyncio.gather(*(connection.ask(get(path)) for connection in connections))
            for connection in connections:
                connection.close()

    together(ask())


def fetch(server: Server, path: str, **headers: str) -> tuple[float, int, bytes, bytes]:
    """One answer on a connection of its own: its seconds, status, head and body."""

    async def ask() -> tuple[float, int, bytes, bytes]:
        connection = await Connection.to(server.port)
        began = time.perf_counter()
        status, head, body = await connection.ask(get(path, **headers), keep=True)
        took = time.perf_counter() - began
        connection.close()
        return took, status, head, body

    return together(ask())


def main() -> None:
    """Measure everything and print it."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, scratch_database(Path(name)) as database:
        folder, report = Path(name), Report()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("EVENTHUB_")},
            "EVENTHUB_DATABASE_URL": database,
            "EVENTHUB_DATA_DIR": str(folder),
            "EVENTHUB_BASE_URL": "http://bench.example.org",  # as in production: logs as JSON, no comforts
            "EVENTHUB_SECRET_KEY": uuid4().hex,
            "EVENTHUB_MAIL_URL": "smtp://127.0.0.1:9",  # nobody sends: the worker is off
            "EVENTHUB_RATE_LIMIT_FACTOR": "1000000",
            "EVENTHUB_PROOF_OF_WORK": "20",  # what the server does for it is the same, however long browsers calculate
            "BENCH_BODY": str(folder / "body"),
            "BENCH_OWN_BODY": str(folder / "own-body"),
        }
        os.environ.update({key: value for key, value in environment.items() if key.startswith("EVENTHUB_")})
        upgrade = [sys.executable, "-m", "eventhub.cli", "db", "upgrade"]
        subprocess.run(upgrade, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=120)
        # As pip does when it installs, whatever the environment says of imports: no server compiles at its start.
        compileall.compile_dir(ROOT / "eventhub", quiet=1)
        with loading_for_good():
            app = create_app(load_settings())  # what is measured here in this process, a server does alike
        quiet = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=quiet)
        with app.app_context():
            if sys.argv[1:] == ["letters"]:
                content.fill_network(SYSTEM)
                letters(report, environment)
                db.engine.dispose()
                return
            content.fill(SYSTEM)
            content.fill_small(SYSTEM)
            content.surround(SYSTEM, FULL)
            print(f"filled in {time.perf_counter() - began:.0f} s; {PROCESSES} server processes, {CONNECTIONS} clients")
            with Server("wsgi:app", environment, folder / "log") as ours:
                start = ours.first_answer(get(EVENT))
                _, _, _, body = fetch(ours, FEED)
                (folder / "body").write_bytes(body)
                tokens = content.own_calendars(SYSTEM, WORKSHOP, OWN)
                (folder / "own-body").write_bytes(fetch(ours, f"/en/calendar/{tokens[0]}.ics")[3])
                # By as many as the server has by itself it would be slower: its requests take no turns.
                with Server("tests.bench.bare:app", environment, folder / "bare-log", threads=2) as bare:
                    bare.first_answer(get("/page"))
                    report.head()
                    report.fact("start to first answer", f"{start:.2f} s", "≤ 2 s", good=start <= 2)
                    measure(report, environment, ours, bare, len(body), tokens)
            if not sys.argv[1:]:
                letters(report, environment)
            db.engine.dispose()
    print(f"\n{report.missed} targets missed; {time.perf_counter() - began:.0f} s in all")


def measure(
    report: Report, environment: dict[str, str], ours: Server, bare: Server, size: int, tokens: list[str]
) -> None:
    """All cases, one after the other, or those whose names are given."""
    cases: dict[str, Callable[[], None]] = {
        "pages": lambda: pages(report, ours, bare),
        "feeds": lambda: feeds(report, ours, bare, size),
        "own_feeds": lambda: own_feeds(report, ours, bare, tokens),
        "laying_out": lambda: laying_out(report, ours),
        "registrations": lambda: registrations(report, ours, bare),
        "door": lambda: door(report, ours),
        "crowd": lambda: crowd(report, ours),
        "session_crowd": lambda: session_crowd(report, ours),
        "lists": lambda: lists(report, ours),
        "reminders": lambda: reminders(report, MANY),
        "beside_letters": lambda: beside_letters(report, environment, ours),
        "others": lambda: others(report, ours, bare),
    }
    for name in sys.argv[1:] or cases:
        cases[name]()
    memory = max(ours.memory())
    report.fact("memory of a process after the run", f"{memory:.0f} MB", "≤ 150 MB", good=memory <= 150)
    report.fact("the same of the bare application", f"{max(bare.memory()):.0f} MB")


def pages(report: Report, ours: Server, bare: Server) -> None:
    """The pages of one event."""
    cold = [fetch(ours, PROGRAMME)[0] * 1000 for _ in range(4)]
    worst = max(cold)
    report.fact("programme of 1,000 sessions, cold", f"{worst:.0f} ms", "≤ 400 ms", good=worst <= 400)
    content.release_a_change(SYSTEM, 7)
    anew = max(fetch(ours, PROGRAMME)[0] * 1000 for _ in range(4))
    report.fact("the same after a release of one change", f"{anew:.0f} ms", "≤ 400 ms", good=anew <= 400)
    day = _DAY.search(fetch(ours, PROGRAMME)[3].decode())
    assert day
    one_day = f"{EVENT}programme/?day={day[1]}"
    warm(bare, "/page")
    page, cpu = run(drive(bare.port, get("/page")), bare)
    report.line("bare: one query, one template", page, cpu)
    for name, path, most in (
        ("event page", EVENT, 8),
        ("event page in Chinese", EVENT.replace("/en/", "/zh/"), 8),
        ("programme of 1,000 sessions, warm", PROGRAMME, 20),
        ("one day of it", one_day, 10),
    ):
        warm(ours, path)
        measured, cpu = run(drive(ours.port, get(path)), ours)
        assert set(measured.statuses) == {200}, measured.statuses
        report.line(name, measured, cpu, measured.rate / page.rate, f"≤ {most} ms of CPU", good=cpu <= most)


def feeds(report: Report, ours: Server, bare: Server, size: int) -> None:
    """The feed of 1,000 sessions, whole, known already, compressed, and after a change."""
    warm(ours, FEED, f"{FEED}?profile=phone")
    warm(bare, "/constant", "/empty")
    _, _, head, _ = fetch(ours, FEED)
    etag = re.search(rb"\r\netag: *([^\r\n]+)", head, re.IGNORECASE)
    assert etag
    for name, theirs, request in (
        (f"feed of 1,000 sessions, {size // 1000} kB", "/constant", get(FEED)),
        ("the same for phones", "/constant", get(f"{FEED}?profile=phone")),
        ("feed that is known already (304)", "/empty", get(FEED, If_None_Match=etag[1].decode())),
        ("feed compressed", None, get(FEED, Accept_Encoding="gzip")),
    ):
        measured, cpu = run(drive(ours.port, request), ours)
        assert set(measured.statuses) == {304 if "304" in name else 200}, measured.statuses
        if theirs is None:
            report.line(name, measured, cpu)
            continue
        constant, bare_cpu = run(drive(bare.port, get(theirs)), bare)
        ratio = measured.rate / constant.rate
        report.line(f"bare: {'a constant body' if theirs == '/constant' else 'an empty one'}", constant, bare_cpu)
        report.line(name, measured, cpu, ratio, "≥ 0.8 of bare", good=ratio >= 0.8)
    first = []
    for number in range(1, 6):
        content.release_a_change(SYSTEM, number)
        time.sleep(1.1)  # a process may trust what it knows for a second
        took, _, _, body = fetch(ours, FEED)
        assert f"Session {number}: what we learnt".encode() in body
        first.append(took * 1000)
    report.fact(
        "feed, first answer after a release", f"{median(first):.0f} ms, at worst {max(first):.0f} ms",
        "≤ 50 ms", good=median(first) <= 50,
    )  # fmt: skip


def own_feeds(report: Report, ours: Server, bare: Server, tokens: list[str]) -> None:
    """Private feeds of many people in turn, whole, and as calendars ask for them each hour: none is trusted unasked."""
    addresses = [f"/en/calendar/{token}.ics" for token in tokens]
    warm(ours, *addresses)
    warm(bare, f"/own/{WORKSHOP}")
    etags = {}
    for address in addresses:
        found = re.search(rb"\r\netag: *([^\r\n]+)", fetch(ours, address)[2], re.IGNORECASE)
        assert found
        etags[address] = found[1].decode()
    for name, status, theirs, requests in (
        ("private feeds of 200 people", 200, get(f"/own/{WORKSHOP}"), [get(one) for one in addresses]),
        (
            "those that are known already (304)",
            304,
            get(f"/own/{WORKSHOP}", If_None_Match=f'"{WORKSHOP}"'),
            [get(one, If_None_Match=etags[one]) for one in addresses],
        ),
    ):
        measured, cpu = run(drive(ours.port, *requests), ours)
        assert set(measured.statuses) == {status}, measured.statuses
        plainly, bare_cpu = run(drive(bare.port, theirs), bare)
        ratio = measured.rate / plainly.rate
        report.line("bare: one indexed query, " + ("a body" if status == 200 else "none"), plainly, bare_cpu)
        report.line(name, measured, cpu, ratio, "≥ 0.8 of bare", good=ratio >= 0.8)
        if status == 304:
            # Milliseconds of one core in each second.
            share = 10_000 / 3600 * cpu / 10
            report.fact("10,000 who ask hourly cost of a core", f"{share:.2f} %", "≤ 1 %", good=share <= 1)


def others(report: Report, ours: Server, bare: Server) -> None:
    """The same pages beside ten and beside ten thousand other events."""
    costs: dict[str, list[float]] = {}
    cases = {"event page": EVENT, "list of events": "/en/events/", "home": "/en/"}
    there = 0
    warm(bare, "/page")
    page, _ = run(drive(bare.port, get("/page")), bare)
    for count in (10, 10_000):
        content.surround(SYSTEM, count - there)
        there = count
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        for name, path in cases.items():
            warm(ours, path)
            measured, cpu = run(drive(ours.port, get(path), seconds=1.5), ours)
            assert set(measured.statuses) == {200}, measured.statuses
            report.line(f"{name} beside {count:,} events", measured, cpu, measured.rate / page.rate)
            costs.setdefault(name, []).append(cpu)
    for name, (few, many) in costs.items():
        ratio = many / few
        report.fact(f"{name}: 10,000 beside 10", f"{ratio:.2f} times the CPU", "≤ 1.25", good=ratio <= 1.25)


if __name__ == "__main__":
    main()
