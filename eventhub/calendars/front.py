"""Feeds served before the application: what this process knows of one it may trust for a second.

Calendars ask for the same few feeds all day. A feed that was checked less than a second ago is sent from here,
without a request context, a session or the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app
from werkzeug.datastructures import Headers

from eventhub.calendars.feeds import Feed
from eventhub.foundation import web

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TRUST = 1.0  # seconds
ROOM = 32 * 1024 * 1024  # bytes of kept feeds in one process


class Memory:
    """The feeds that a process keeps, the most recently built last, and which address was found to be which."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[Hashable, Feed] = OrderedDict()
        self._addresses: dict[str, tuple[Hashable, float]] = {}
        self._lock = Lock()
        self._size = 0

    def trusted(self, address: str) -> Feed | None:
        """The feed at an address that was checked less than a second ago."""
        key, until = self._addresses.get(address, (None, 0.0))
        return self._feeds.get(key) if monotonic() < until else None

    def trust(self, address: str, key: Hashable) -> None:
        """Take the kept feed of a key for what the address serves, for a second."""
        self._addresses[address] = (key, monotonic() + TRUST)

    def distrust(self) -> None:
        """Look again at every address: this process has just changed something itself."""
        self._addresses.clear()

    def current(self, key: Hashable, revision: int, build: Callable[[], Feed]) -> Feed:
        """The kept feed of a key where it is of this revision, else one that is built now and kept."""
        known = self._feeds.get(key)
        if known and known.revision == revision:
            return known
        feed = build()
        with self._lock:
            if replaced := self._feeds.pop(key, None):
                self._size -= len(replaced.body)
            self._feeds[key] = feed
            self._size += len(feed.body)
            while self._size > ROOM and len(self._feeds) > 1:
                _, oldest = self._feeds.popitem(last=False)
                self._size -= len(oldest.body)
        return feed


class Front:
    """A WSGI application that answers for trusted feeds, and leaves all else to the one behind it."""

    def __init__(self, app: WSGIApplication, memory: Memory, protection: Iterable[tuple[str, str]]) -> None:
        self._app = app
        self._memory = memory
        self._protection = list(protection)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = environ["PATH_INFO"]
        if address.endswith(".ics"):
            environ.pop("HTTP_COOKIE", None)
            feed = self._memory.trusted(address)
            if feed and environ["REQUEST_METHOD"] in {"GET", "HEAD"} and not environ.get("QUERY_STRING"):
                status, headers, body = feed.answer(environ)
                start_response(status, headers + self._protection)
                return body
            start_response = _without_cookies(start_response)
        return self._app(environ, start_response)


def _without_cookies(start_response: StartResponse) -> StartResponse:
    """Answers that depend on no cookie and set none: no feed is another for somebody who has signed in.

    What looks at the session on the way would have caches keep one answer for each visitor.
    """

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
        kept = [(name, value) for name, value in headers if name not in {"Set-Cookie", "Vary"}]
        return start_response(status, [*kept, ("Vary", "Accept-Encoding")], *error)

    return start


def init_app(app: Flask) -> None:
    """Put the front before an application."""
    memory = app.extensions["eventhub_feeds"] = Memory()
    protection = Headers()
    web.protect(protection, app.extensions["eventhub_settings"])
    app.wsgi_app = Front(app.wsgi_app, memory, protection)  # type: ignore[method-assign]


def memory() -> Memory:
    """The feeds kept by the running application."""
    return cast(Memory, current_app.extensions["eventhub_feeds"])
