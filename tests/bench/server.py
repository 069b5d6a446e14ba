"""Starting a WSGI application as in production, and reading what it costs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

from .load import Measured, together

ROOT = Path(__file__).parents[2]
PROCESSES = 2
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """An application in two server processes on a port of its own; it ends with its context."""

    def __init__(self, target: str, environment: dict[str, str], log: Path, threads: int | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = log
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1", "--no-log",
                "--workers", str(PROCESSES), "--port", str(self.port), target,
                *(["--blocking-threads", str(threads)] if threads else []),
            ],
            env=environment, cwd=ROOT, stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # its session holds what it started, and nothing else

    def first_answer(self, request: bytes) -> float:
        """Seconds from the start to the first answer that is right; TimeoutError after half a minute."""
        while time.perf_counter() < self._began + 30:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
                    connection.sendall(request)
                    if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                        return time.perf_counter() - self._began
            except ConnectionError:
                pass
            time.sleep(0.01)
        raise TimeoutError(f"the server does not answer: {self._log.read_text()[-3000:]}")

    def cpu(self) -> float:
        """Seconds of processor time that all its processes have used so far."""
        ticks = 0
        for process in self._processes():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS

    def memory(self) -> list[float]:
        """Megabytes that each of its processes holds."""
        found = []
        for process in self._processes()[1:]:
            status = Path(f"/proc/{process}/status").read_text()
            found.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
        return found

    def _processes(self) -> list[int]:
        """The process that starts the others, and those that it started."""
        first, found = self._process.pid, [self._process.pid]
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(file.read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            if parent == first:
                found.append(int(file.parent.name))
        return found


def run(coroutine: Coroutine[Any, Any, Measured], server: Server) -> tuple[Measured, float]:
    """What was measured, and the milliseconds of processor time that each answer cost the server."""
    before = server.cpu()
    measured = together(coroutine)
    cpu = (server.cpu() - before) * 1000 / max(1, len(measured.times))
    return measured, cpu
