"""What letters cost: ten thousand written, kept and handed to a mail server by two workers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.to_groups import services
from eventhub.messaging.to_groups.services import GroupPlan

from . import content
from .report import Report
from .server import ROOT

MANY, WORKERS = int(os.environ.get("BENCH_LETTERS", "10000")), 2
TARGET = 150
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
    """A mail server on this machine that takes all letters, and counts them by their Message-ID."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ids: Counter[bytes] = Counter()
        self.connections = 0
        self.port = 0
        self.is_ready = threading.Event()

    def run(self) -> None:
        """Listen until the process ends."""
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self.is_ready.set()
        async with server:
            await server.serve_forever()

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
    content.fill_readers(SYSTEM, many)
    _forget_others(SYSTEM)
    event, actor = content.event_of(content.READERS), content.organiser()
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
    sink = Sink()
    sink.start()
    sink.is_ready.wait(10)
    environment = {**environment, "EVENTHUB_MAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
    os.environ["EVENTHUB_MAIL_URL"] = environment["EVENTHUB_MAIL_URL"]
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(WORKERS)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert b"ready" in worker.stdout.readline()
        before, began = sum(map(_cpu, workers)), time.perf_counter()
        services.release(actor, letter.id, many)
        released = time.perf_counter() - began
        while len(sink.ids) < many and time.perf_counter() - began < 900:
            time.sleep(0.05)
        took = time.perf_counter() - began
        cost = (sum(map(_cpu, workers)) - before) * 1000 / many
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
            assert worker.stdout
            worker.stdout.close()
    rate, doubled = len(sink.ids) / took, sum(sink.ids.values()) - len(sink.ids)
    report.fact(f"{many:,} letters released", f"{released:.1f} s")
    figure = f"{rate:.0f} a second, {cost:.1f} ms CPU of a worker each"
    report.fact(f"{many:,} letters, {WORKERS} workers", figure, f"≥ {TARGET}", good=rate >= TARGET)
    report.fact("doubled; connections", f"{doubled}; {sink.connections}", "0", good=doubled == 0)


def _cpu(worker: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{worker.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
