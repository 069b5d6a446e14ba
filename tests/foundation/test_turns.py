"""Requests of one process take turns, and nobody waits long for one that takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from eventhub.foundation import turns
from eventhub.foundation.turns import Turns


def ask(application: Any, path: str = "/", **environ: Any) -> list[bytes]:
    """What an application answers."""
    return list(application({"PATH_INFO": path, **environ}, lambda *_: None))


def answering(work: Callable[[str], None]) -> Turns:
    """An application that does some work for each answer."""

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        work(environ["PATH_INFO"])
        return [b"done"]

    return Turns(application)


def test_no_request_begins_before_another_has_ended():
    inside, most = 0, 0

    def work(path: str) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1

    application = answering(work)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: ask(application), range(64)))
    assert answers == [[b"done"]] * 64
    assert most == 1


def test_who_has_come_first_is_first():
    begun, goes_on, order = threading.Event(), threading.Event(), list[str]()

    def work(path: str) -> None:
        order.append(path)
        begun.set()
        assert goes_on.wait(10)

    application = answering(work)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(9) as threads:
        patch.setattr(turns, "PATIENCE", 10)
        threads.submit(ask, application, "0")
        assert begun.wait(10)
        for number in range(1, 9):
            threads.submit(ask, application, str(number))
            while len(application._line) < number:
                time.sleep(0.001)
        goes_on.set()
    assert order == [str(number) for number in range(9)]


def test_one_that_takes_long_is_passed_by_all_others():
    goes_on, begun, others = threading.Event(), threading.Event(), list[str]()

    def work(path: str) -> None:
        if path == "/long/":
            begun.set()
            assert goes_on.wait(10)
        else:
            others.append(path)

    application = answering(work)
    with ThreadPoolExecutor(4) as threads:
        long = threads.submit(ask, application, "/long/")
        assert begun.wait(10)
        for short in [threads.submit(ask, application, f"/{number}/") for number in range(9)]:
            assert short.result(10) == [b"done"]
        assert not long.done()
        goes_on.set()
        assert long.result(10) == [b"done"]
    assert sorted(others) == [f"/{number}/" for number in range(9)]


def test_one_that_fails_has_had_its_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 10)

    def work(path: str) -> None:
        if path == "/fails/":
            raise ZeroDivisionError

    application = answering(work)
    with pytest.raises(ZeroDivisionError):
        ask(application, "/fails/")
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ask, application).result(5) == [b"done"]


def test_what_is_told_bit_by_bit_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 10)
    application = Turns(lambda environ, start_response: iter([b"a", b"b"]))
    bits = iter(application({}, lambda *_: None))
    assert next(bits) == b"a"
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ask, application).result(5) == [b"a", b"b"]
    assert list(bits) == [b"b"]


class Body:
    """A request's body that comes bit by bit, when it is let."""

    def __init__(self, *bits: bytes) -> None:
        self.bits, self.asked, self.comes = list(bits), threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.asked.set()
        assert self.comes.wait(10)
        return self.bits.pop(0)[:size] if self.bits else b""


@pytest.mark.parametrize("length", [6, turns.MOST_READ + 1])
def test_a_body_that_comes_slowly_keeps_nobody_waiting(length: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 10)

    def application(environ: Any, start_response: Any) -> list[bytes]:
        return [environ["wsgi.input"].read(6) for _ in range(2)] if "CONTENT_LENGTH" in environ else [b"done"]

    taking_turns, body = Turns(application), Body(b"abc", b"def")
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(ask, taking_turns, CONTENT_LENGTH=str(length), **{"wsgi.input": body})
        assert body.asked.wait(10)
        assert threads.submit(ask, taking_turns).result(5) == [b"done"]
        body.comes.set()
        # What is short is there as a whole when its turn comes; of what is long it reads as it can.
        assert slow.result(5) == ([b"abcdef", b""] if length == 6 else [b"abc", b"def"])


@pytest.mark.parametrize("sent", [{"CONTENT_LENGTH": "9"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_who_goes_away_or_does_not_say_how_much_it_will_be_is_left_to_the_application(sent: dict[str, str]):
    class Gone:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    application = Turns(lambda environ, start_response: [type(environ["wsgi.input"]).__name__.encode()])
    assert ask(application, **sent, **{"wsgi.input": Gone()}) == [b"BytesIO" if "CONTENT_LENGTH" in sent else b"Gone"]


def test_the_application_takes_turns_behind_its_files(app: Flask):
    assert isinstance(app.wsgi_app.application, Turns)  # type: ignore[attr-defined]
