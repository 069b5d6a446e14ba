"""What letters cost: ten thousand written, kept and handed to a mail server by two workers; and what the web feels."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.to_groups import services
from eventhub.messaging.to_groups.models import GroupLetter
from eventhub.messaging.to_groups.services import GroupPlan

from . import content
from .load import drive, get, together
from .report import Report
from .server import ROOT, Server

MANY, WORKERS = int(os.environ.get("BENCH_LETTERS", "10000")), 2
TARGET = 150
# Letters a second, where mail servers take no more.
THROTTLED = 30
_TICKS = os.sysconf("SC_CLK_TCK")
WORKER = """
import time
from eventhub.foundation.memory import loading_for_good

with loading_for_good():
    from eventhub.app import create_app
    from eventhub.foundation import outbox

    app = create_app()
with app.app_context():
    print("ready", flush=True)
    while True:
        outbox.drain()
        time.sleep(0.02)
"""


class Sink(threading.Thread):
    """A mail server on this machine that takes all letters, or so many a second, and counts their Message-IDs."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__(daemon=True)
        self.gap, self.next = 1 / most if most else 0, 0.0
        self.ids: Counter[bytes] = Counter()
        self.connections = 0
        self.port = 0
        self.is_ready = threading.Event()
        self.start()
        self.is_ready.wait(10)

    def run(self) -> None:
        """Listen until the process ends."""
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self.is_ready.set()
        async with server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # of a worker that was ended while it spoke
            await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 sink ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                now = time.monotonic()
                self.next = max(now, self.next + self.gap)
                await asyncio.sleep(self.next - now)
                at = text.index(b"Message-ID:")
                self.ids[text[at : text.index(b"\r\n", at)]] += 1
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()


@use_case
def _forget_others(actor: Actor) -> None:
    """What was measured before has left work that nobody carried out."""
    db.session.execute(sa.delete(OutboxRow))


def letters(report: Report, environment: dict[str, str], many: int = MANY) -> None:
    """From the click that releases them to the last that was taken."""
    actor, letter = _readied(content.READERS, many)
    sink = Sink()
    with _sending(environment, sink) as workers:
        before, began = sum(map(_cpu, workers)), time.perf_counter()
        services.release(actor, letter.id, many)
        released = time.perf_counter() - began
        while len(sink.ids) < many and time.perf_counter() - began < 900:
            time.sleep(0.05)
        took = time.perf_counter() - began
        cost = (sum(map(_cpu, workers)) - before) * 1000 / many
    rate, doubled = len(sink.ids) / took, sum(sink.ids.values()) - len(sink.ids)
    report.fact(f"{many:,} letters released", f"{released:.1f} s")
    figure = f"{rate:.0f} a second, {cost:.1f} ms CPU of a worker each"
    report.fact(f"{many:,} letters, {WORKERS} workers", figure, f"≥ {TARGET}", good=rate >= TARGET)
    report.fact("doubled; connections", f"{doubled}; {sink.connections}", "0", good=doubled == 0)


def beside_letters(report: Report, environment: dict[str, str], ours: Server, seconds: float = 6) -> None:
    """A page that all ask for at once, without and with letters that go out meanwhile, at the pace they are taken."""
    page, many = get(f"/en/events/{content.CONGRESS}/"), int(THROTTLED * seconds * 3)
    actor, letter = _readied("readers-beside", many)
    together(drive(ours.port, page, seconds=1))
    alone = together(drive(ours.port, page, seconds=seconds))
    sink = Sink(THROTTLED)
    with _sending(environment, sink):
        services.release(actor, letter.id, many)
        while len(sink.ids) < THROTTLED:
            time.sleep(0.05)
        before = len(sink.ids)
        beside = together(drive(ours.port, page, seconds=seconds))
        rate = (len(sink.ids) - before) / beside.seconds
    ratio = beside.within(95) / alone.within(95)
    report.line("event page, no letters", alone, 0)
    report.line(f"event page, {rate:.0f} letters a second", beside, 0)
    figure = f"{alone.within(95):.0f}, {beside.within(95):.0f} ms: {ratio:.2f} times"
    report.fact("95 in 100 answered within", figure, "≤ 1.5 times", good=ratio <= 1.5)


def _readied(slug: str, many: int) -> tuple[Actor, GroupLetter]:
    """A letter to so many people, ready to be released."""
    content.fill_readers(SYSTEM, many, slug)
    _forget_others(SYSTEM)
    event, actor = content.event_of(slug), content.organiser()
    words = {
        "subject": Translated.of(en="Before you come to {event}", zh="行前须知：{event}"),
        "text": Translated.of(
            en="Dear **{name}**,\n\n- bring a card\n- come by bus\n\nSee you {when} at {where}.",
            zh="**{name}**，您好：\n\n- 请携带名片\n- 请乘公交前来\n\n{when}，{where}见。",
        ),
    }
    letter = services.add_letter(actor, event.id, GroupPlan(**words))
    services.make_ready(actor, letter.id)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return actor, letter


@contextmanager
def _sending(environment: dict[str, str], sink: Sink) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Workers that hand letters to a mail server, until the end."""
    mail = {"EVENTHUB_MAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
    os.environ.update(mail)
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], env={**environment, **mail}, cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(WORKERS)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert b"ready" in worker.stdout.readline()
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
            assert worker.stdout
            worker.stdout.close()


def _cpu(worker: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{worker.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
