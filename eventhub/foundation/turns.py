"""The requests of one process take turns.

Python runs one thread at a time. Whoever has just heard from the database waits for the thread that runs meanwhile,
with all locks held, and those who wait for these locks wait as well. Where none of the requests begins before another
has ended, two hundred people who register at the same moment are all answered in three quarters of the time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A turn takes some thousandths of a second. Whoever needs longer, for a document or for another's answer, keeps nobody
# waiting for more than so many seconds.
PATIENCE = 0.05


class Turns:
    """Before an application: lets one request in after the other; what an answer tells bit by bit is outside."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer."""
        turn = self._take()
        try:
            return self._application(environ, start_response)
        finally:
            turn.release()

    def _take(self) -> threading.Lock:
        while not (turn := self._turn).acquire(timeout=PATIENCE):
            if turn is self._turn:
                # Whoever has it takes long: it is left to them, and all others stand in another line. Should two open
                # one at the same moment, two go in.
                self._turn = threading.Lock()
        return turn
