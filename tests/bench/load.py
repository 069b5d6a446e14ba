"""A load generator for one machine: HTTP/1.1 over kept connections, answers read into one buffer and thrown away."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median, quantiles
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlencode

CONNECTIONS = 16
Found = TypeVar("Found")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=\r\n]+)=([^;\r\n]*)", re.IGNORECASE)


class Connection(asyncio.BufferedProtocol):
    """One connection on which one request is asked at a time."""

    def __init__(self) -> None:
        self._view = memoryview(bytearray(256 * 1024))
        self._head = bytearray()
        self._left = -1  # bytes of the body still to come; none known while the head is read
        self._kept: bytearray | None = None
        self._answer: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._method = b""

    @classmethod
    async def to(cls, port: int) -> Connection:
        """A connection to a server on this machine."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, request: bytes, *, keep: bool = False) -> tuple[int, bytes, bytes]:
        """The status, the head and, where it is kept, the body of the answer."""
        assert self._transport
        if self._transport.is_closing():
            raise ConnectionResetError("the server closed the connection: nothing was asked on it for too long")
        self._head.clear()
        self._left, self._kept, self._method = -1, bytearray() if keep else None, request[:4]
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answer
        return int(self._head[9:12]), bytes(self._head), bytes(self._kept or b"")

    def close(self) -> None:
        """End the connection."""
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server closed the connection"))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, count: int) -> None:
        body = self._view[:count]
        if self._left < 0:
            self._head += body
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            body = memoryview(bytes(self._head[end + 4 :]))
            del self._head[end + 2 :]
            length = _LENGTH.search(self._head)
            has_none = bytes(self._head[9:12]) in {b"304", b"204"} or self._method == b"HEAD"
            if length is None and not has_none:
                self.connection_lost(ValueError("an answer without a length"))
                return
            self._left = 0 if has_none or length is None else int(length[1])
        self._left -= len(body)
        if self._kept is not None:
            self._kept += body
        if self._left == 0 and self._answer and not self._answer.done():
            self._answer.set_result(None)


def together(coroutine: Coroutine[Any, Any, Found]) -> Found:
    """What comes of a coroutine and of all that it waits for."""
    return asyncio.run(coroutine)


def get(path: str, **headers: str) -> bytes:
    """A GET request for a path."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()


@dataclass
class Measured:
    """How many answers came in how many seconds, and what each took."""

    seconds: float
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def median(self) -> float:
        """Milliseconds that half of the answers took at most."""
        return median(self.times) * 1000

    def within(self, percent: int) -> float:
        """Milliseconds that so many percent of the answers took at most."""
        return quantiles(self.times, n=100, method="inclusive")[percent - 1] * 1000


async def drive(port: int, *requests: bytes, seconds: float = 2.5, most: int = 20_000) -> Measured:
    """Ask the same, or some things in turn, on several connections: for some seconds or so many times, at most."""
    measured, in_turn = Measured(0), cycle(requests)
    connections = [await Connection.to(port) for _ in range(CONNECTIONS)]
    began = time.perf_counter()

    async def repeat(connection: Connection) -> None:
        while (start := time.perf_counter()) < began + seconds and len(measured.times) < most:
            status, _, _ = await connection.ask(next(in_turn))
            measured.times.append(time.perf_counter() - start)
            measured.statuses[status] += 1

    await asyncio.gather(*map(repeat, connections))
    measured.seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return measured


class Visitor:
    """Somebody with a browser of their own, who fills in forms."""

    def __init__(self, connection: Connection, cookies: Mapping[str, str] = MappingProxyType({})) -> None:
        self._connection = connection
        self.cookies = dict(cookies)

    async def get(self, path: str) -> str:
        """The page at a path; ValueError where it is not there."""
        status, body = await self._ask(get(path, **self._cookie()))
        if status != 200:
            raise ValueError(f"{path} answers {status}")
        return body.decode()

    async def post(self, path: str, form: dict[str, str]) -> int:
        """The status of the answer to a form."""
        status, _ = await self._send(path, form)
        return status

    async def ask_json(self, path: str, form: dict[str, str]) -> Any:
        """What a form is answered with, as a script asks it; ValueError where it is refused."""
        status, body = await self._send(path, form, Accept="application/json")
        if status != 200:
            raise ValueError(f"{path} answers {status}: {body[:500]!r}")
        return json.loads(body)

    async def _send(self, path: str, form: dict[str, str], **headers: str) -> tuple[int, bytes]:
        body = urlencode(form).encode()
        head = get(
            path, Content_Type="application/x-www-form-urlencoded", Content_Length=str(len(body)),
            **self._cookie(), **headers,
        )  # fmt: skip
        return await self._ask(b"POST" + head[3:] + body)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        status, head, body = await self._connection.ask(request, keep=True)
        self.cookies.update({name.decode(): value.decode() for name, value in _COOKIE.findall(head)})
        return status, body

    def _cookie(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs} if pairs else {}
