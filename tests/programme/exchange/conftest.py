"""What is asked for by the tests of files: words without a database, and an event as far as readers look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel

from eventhub.programme.exchange.entries import Entry, Reading
from eventhub.programme.exchange.reading import read


@pytest.fixture
def words() -> Iterator[None]:
    """A request in which words are English, without an application around it."""
    bare = Flask("bare")
    Babel(bare)
    bare.extensions["eventhub_settings"] = SimpleNamespace(calendar_domain="events.example.org")
    with bare.test_request_context():
        yield


@pytest.fixture
def read_file(words: None) -> Callable[..., Reading]:
    """Read a file for an event in Beijing in March 2027, or in another zone."""

    def make(data: bytes | str, zone: str = "Asia/Shanghai") -> Reading:
        event: Any = SimpleNamespace(
            zone=zone, starts_at=datetime(2027, 3, 10, 1, tzinfo=UTC), ends_at=datetime(2027, 3, 12, 9, tzinfo=UTC)
        )
        return read(data.encode() if isinstance(data, str) else data, event)

    return make


@pytest.fixture
def one(read_file: Callable[..., Reading]) -> Callable[..., Entry]:
    """The only entry of a file, in which nothing is wrong."""

    def make(data: bytes | str, zone: str = "Asia/Shanghai") -> Entry:
        reading = read_file(data, zone)
        assert reading.problems == ()
        (entry,) = reading.entries
        return entry

    return make
