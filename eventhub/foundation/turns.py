"""The requests of one process take turns.

Python runs one thread at a time. Whoever has just heard from the database waits for the thread that runs meanwhile,
with all locks held, and those who wait for these locks wait as well. Where none of the requests begins before another
has ended, two hundred people who register at the same moment are all answered in three quarters of the time.
"""

from __future__ import annotations

import io
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A turn takes some thousandths of a second. Whoever has had it for so many seconds, for a document or for another's
# answer, is passed by.
PATIENCE = 0.05
# So many bytes of a request are read before its turn; what is longer has none, for it takes as long as its line does.
MOST_READ = 64 * 1024


class Turns:
    """Before an application: lets one request in after the other; what an answer tells bit by bit is outside."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._guard = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._whose: threading.Lock | None = None
        self._since = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer."""
        if not _is_read(environ):
            return self._application(environ, start_response)
        turn = self._wait()
        try:
            return self._application(environ, start_response)
        finally:
            with self._guard:
                if self._whose is turn:
                    self._next()

    def _wait(self) -> threading.Lock:
        """A turn, when it has come: a lock that is opened for whoever waits there."""
        turn = threading.Lock()
        turn.acquire()
        with self._guard:
            self._line.append(turn)
            if self._whose is None:
                self._next()
        # The more of them wait, the longer each sleeps before it looks who takes long: some look in time.
        while not turn.acquire(timeout=PATIENCE * (1 + len(self._line) / 10)):
            with self._guard:
                if self._whose is not turn and time.monotonic() - self._since >= PATIENCE:
                    self._next()
        return turn

    def _next(self) -> None:
        self._whose = self._line.popleft() if self._line else None
        if self._whose is not None:
            self._since = time.monotonic()
            self._whose.release()


def _is_read(environ: WSGIEnvironment) -> bool:
    """Whether all of a request is here, of which the body is read now where it is short."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length:
        return "HTTP_TRANSFER_ENCODING" not in environ
    if not length.isdecimal() or int(length) > MOST_READ:
        return False
    parts, left = [], int(length)
    with suppress(OSError):  # whoever has gone is missed by the application, which counts
        while left and (part := environ["wsgi.input"].read(left)):
            parts.append(part)
            left -= len(part)
    environ["wsgi.input"] = io.BytesIO(b"".join(parts))
    return True
