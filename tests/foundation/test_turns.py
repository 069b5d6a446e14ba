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


def ask(application: Any, path: str = "/") -> list[bytes]:
    """What an application answers."""
    return list(application({"PATH_INFO": path}, lambda *_: None))


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
        time.sleep(0.001)
        inside -= 1

    application = answering(work)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(application), range(40)))
    assert answers == [[b"done"]] * 40
    assert most == 1


def test_one_that_takes_long_lets_all_others_pass_in_a_line_of_their_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
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


def test_the_application_takes_turns_behind_its_files(app: Flask):
    assert isinstance(app.wsgi_app.application, Turns)  # type: ignore[attr-defined]
