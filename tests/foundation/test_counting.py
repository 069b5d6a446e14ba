"""Limits that one process counts by itself."""

from __future__ import annotations

import threading
import time

from limits import RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from eventhub.foundation import counting
from eventhub.foundation.counting import CalmMemory
from eventhub.foundation.web import limiter


def test_counts_start_no_thread_each(monkeypatch):
    started = []

    def start(timer):
        started.append(timer)

    monkeypatch.setattr(threading.Timer, "start", start)
    storage = CalmMemory()
    window = MovingWindowRateLimiter(storage)
    started.clear()
    hits = [window.hit(RateLimitItemPerSecond(3), "reader", str(number % 10)) for number in range(100)]
    assert hits.count(True) == 30
    assert len(started) == 1


def test_what_has_ended_is_forgotten(monkeypatch):
    monkeypatch.setattr(counting, "TIDIED_EVERY", 0.0)
    storage = CalmMemory()
    window, second = MovingWindowRateLimiter(storage), RateLimitItemPerSecond(1)
    assert window.hit(second, "old")
    assert not window.hit(second, "old")
    time.sleep(1.1)
    assert window.hit(second, "new")
    storage.timer.join(5)
    assert [key for key, events in storage.events.items() if events] == [second.key_for("new")]


def test_the_site_counts_so(app):
    assert isinstance(limiter.limiter.storage, CalmMemory)
