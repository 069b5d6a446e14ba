"""Feeds served before the application: what this process knows of one it may trust for a second.

Calendars ask for the same few feeds all day. A feed that was checked less than a second ago is sent from here,
without a request context, a session or the database. A private one is never trusted: one question tells whether it
may still be read and is the same, and only then it is sent from here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from flask import Flask, current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers

from eventhub.calendars.feeds import TYPES, VARY, Answer, Feed
from eventhub.foundation import web, wechat
from eventhub.foundation.db import reader

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TRUST = 1.0  # seconds
ROOM = 16 * 1024 * 1024  # bytes of kept feeds in one process
MOST_TAGS = 50_000  # of feeds of which only these are left: so many subscribers are told that nothing has changed
# Of one private feed so many are kept, in however many ways it is wished: its holder has others' forgotten for no more.
PLACES = 6
SUFFIXES = tuple(f".{form}" for form in TYPES)

# What a private feed depends on, asked of the database: another answer, another feed.
Question = Callable[[Connection], Hashable]


def place_of(address: str) -> tuple[str, int]:
    """The key of a private feed by its address: what is wished there chooses one of a few places."""
    path, _, wishes = address.partition("?")
    return path, crc32(wishes.encode()) % PLACES


class Memory:
    """The feeds that a process keeps, the most recently built last, and which address was found to be which."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[Hashable, Feed] = OrderedDict()
        self._whole: OrderedDict[Hashable, None] = OrderedDict()
        self._addresses: dict[str, tuple[Hashable, float]] = {}
        self._private: OrderedDict[Hashable, tuple[str, Question]] = OrderedDict()
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

    def asked(self, address: str, engine: Callable[[], Engine]) -> Feed | None:
        """The private feed at an address, where one question says that it is the same and may still be read."""
        key = place_of(address)
        kept, question = self._private.get(key, ("", None))
        feed = self._feeds.get(key)
        if feed is None or question is None or kept != address:
            return None
        with engine().connect() as connection:
            return feed if question(connection) == feed.revision else None

    def ask(self, address: str, question: Question) -> None:
        """Take the kept feed of a private address for what it serves, as long as the question's answer is the same.

        The address was found to be genuine; it is in the answer with its own number, for others may have its place.
        """
        key = place_of(address)
        with self._lock:
            self._private[key] = (address, question)
            self._private.move_to_end(key)
            while len(self._private) > MOST_TAGS:
                self._private.popitem(last=False)

    def current(self, key: Hashable, revision: Hashable, build: Callable[[], Feed]) -> Feed:
        """The kept feed of a key where it is of this revision, else one that is built now and kept."""
        known = self._feeds.get(key)
        if known and known.body is not None and known.revision == revision:
            return known
        feed = build()
        with self._lock:
            self._drop(key)
            self._feeds.pop(key, None)
            self._feeds[key], self._whole[key] = feed, None
            self._size += feed.size
            while self._size > ROOM and len(self._whole) > 1:
                oldest = next(iter(self._whole))
                self._drop(oldest)
                self._feeds[oldest] = self._feeds[oldest].forgotten()
            while len(self._feeds) > MOST_TAGS:
                self._drop(next(iter(self._feeds)))
                self._feeds.popitem(last=False)
        return feed

    def _drop(self, key: Hashable) -> None:
        if key in self._whole:
            del self._whole[key]
            self._size -= self._feeds[key].size


class Front:
    """A WSGI application that answers for trusted feeds, and leaves all else to the one behind it."""

    def __init__(
        self,
        app: WSGIApplication,
        memory: Memory,
        protection: Iterable[tuple[str, str]],
        engine: Callable[[], Engine],
    ) -> None:
        self._app = app
        self._memory = memory
        self._protection = list(protection)
        self._engine = engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = environ["PATH_INFO"]
        if address.endswith(SUFFIXES):
            environ.pop("HTTP_COOKIE", None)
            is_for_reader = environ["REQUEST_METHOD"] in {"GET", "HEAD"} and not wechat.is_asked_by(environ)
            if is_for_reader and (answer := self._answer(address, environ)):
                status, headers, body = answer
                own = {name for name, _ in headers}
                start_response(status, headers + [one for one in self._protection if one[0] not in own])
                return body
            start_response = _without_cookies(start_response)
        return self._app(environ, start_response)

    def _answer(self, address: str, environ: WSGIEnvironment) -> Answer | None:
        if query := environ.get("QUERY_STRING"):
            address = f"{address}?{query}"
        feed = self._memory.trusted(address)
        if feed is None:
            try:
                feed = self._memory.asked(address, self._engine)
            except OperationalError:
                return None  # the application says what is wrong
        return feed.answer(environ) if feed else None


def _without_cookies(start_response: StartResponse) -> StartResponse:
    """Answers that depend on no cookie and set none: no feed is another for somebody who has signed in.

    What looks at the session on the way would have caches keep one answer for each visitor.
    """

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
        kept = [(name, value) for name, value in headers if name not in {"Set-Cookie", "Vary"}]
        return start_response(status, [*kept, ("Vary", VARY)], *error)

    return start


def init_app(app: Flask) -> None:
    """Put the front before an application."""
    memory = app.extensions["eventhub_feeds"] = Memory()
    protection = Headers()
    web.protect(protection, app.extensions["eventhub_settings"])

    @cache
    def engine() -> Engine:
        with app.app_context():
            return reader()

    app.wsgi_app = Front(app.wsgi_app, memory, protection, engine)  # type: ignore[method-assign]


def memory() -> Memory:
    """The feeds kept by the running application."""
    return cast(Memory, current_app.extensions["eventhub_feeds"])
