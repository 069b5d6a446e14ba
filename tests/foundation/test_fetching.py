"""What is fetched from addresses that people type, and what never is."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from eventhub.foundation import fetching
from eventhub.foundation.fetching import Fetched, Unfetched, admitting, fetch
from tests.sites import Site, say

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What names mean: each time they are asked for the next of these, the last for ever."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look(host: str, port: int, **how: Any) -> Any:
        if host not in known:
            return real(host, port, **how)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", look)
    return known


# Each is written into an address beside the port of a listener that must hear nothing.
TARGETS = [
    "http://127.0.0.1:{port}/", "http://127.0.0.2:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://017700000001:{port}/", "http://0177.0.0.1:{port}/",
    "http://0.0.0.0:{port}/", "http://0:{port}/", "http://localhost:{port}/", "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/", "http://①②⑦.0.0.1:{port}/", "http://127。0。0。1:{port}/",
    "http://[::1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/", "http://[fe80::1%25lo]:{port}/", "http://[fc00::1]:{port}/",
    "http://[ff02::1]:{port}/", "http://10.0.0.1:{port}/", "http://172.16.0.1:{port}/", "http://192.168.1.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/", "http://100.64.0.1:{port}/", "http://100.100.100.200:{port}/",
    "http://224.0.0.1:{port}/", "http://255.255.255.255:{port}/", "http://192.0.0.1:{port}/", "http://198.18.0.1:{port}/",
    "http://240.0.0.1:{port}/", "http://192.88.99.1:{port}/", "webcal://127.0.0.1:{port}/", "https://127.0.0.1:{port}/",
    "http://public.example.org@127.0.0.1:{port}/", "http://me:secret@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@public.example.org/", "file:///etc/passwd", "file://127.0.0.1:{port}/etc/passwd",
    "gopher://127.0.0.1:{port}/_x", "ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/", "data:text/calendar,x",
    "//127.0.0.1:{port}/", "127.0.0.1:{port}/", "http://127.0.0.1:25/", "http://127.0.0.1:99999/",
    "http://127.0.0.1:{port}/\r\nHost: public.example.org", "http:///", "http://[::1", "", "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_no_spelling_of_an_inner_address_is_ever_connected_to(site, target):
    with pytest.raises(Unfetched):
        fetch(target.format(port=site.port))
    assert site.connections == 0


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "223.5.5.5", "2606:4700::1111", "2400:3200::1"],
)
def test_what_lies_on_the_public_internet_may_be_fetched(address):
    assert fetching.is_public(address)


def test_a_name_is_looked_at_as_it_is_connected_to(site, names):
    # Every answer counts, also beside a public one, and what the name means afterwards makes no difference.
    names["inner.example.org"] = [["127.0.0.1"]]
    names["both.example.org"] = [["192.0.2.1", "127.0.0.1"]]
    names["mapped.example.org"] = [["::ffff:127.0.0.1"]]
    for name in list(names):
        with pytest.raises(Unfetched, match="forbidden"):
            fetch(f"http://{name}:{site.port}/")
    assert site.connections == 0


def test_a_name_that_changes_is_connected_to_as_it_was_looked_at(names, monkeypatch):
    names["turning.example.org"] = [["1.1.1.1"], ["127.0.0.1"]]
    reached: list[tuple[str, int]] = []

    def connect(address: str, port: int, _: float) -> Any:
        reached.append((address, port))
        raise ConnectionRefusedError

    monkeypatch.setattr(fetching, "_connected", connect)
    with pytest.raises(Unfetched, match="unreachable"):
        fetch("http://turning.example.org/")
    assert reached == [("1.1.1.1", 80)]
    with pytest.raises(Unfetched, match="forbidden"):
        fetch("http://turning.example.org/")
    assert len(reached) == 1


def test_every_hop_is_looked_at(site, names):
    names["feeds.example.org"] = [["127.0.0.1"]]
    canary = Site()
    with admitting(("feeds.example.org", site.port)):
        for onward in (
            f"http://127.0.0.1:{canary.port}/", f"//127.1:{canary.port}/", f"http://[::ffff:7f00:1]:{canary.port}/",
            "file:///etc/passwd", f"gopher://127.0.0.1:{canary.port}/", f"http://x@127.0.0.1:{canary.port}/",
        ):  # fmt: skip
            site.answer = lambda handler, onward=onward: say(handler, 302, Location=onward)
            with pytest.raises(Unfetched):
                fetch(f"http://feeds.example.org:{site.port}/a")
    assert canary.connections == 0
    canary.server.shutdown()
    canary.server.server_close()


@pytest.fixture
def feed(site: Site, names: dict[str, list[list[str]]]) -> Iterator[str]:
    """The address of the site by a name, which may be fetched."""
    names["feeds.example.org"] = [["127.0.0.1"]]
    with admitting(("feeds.example.org", site.port)):
        yield f"http://feeds.example.org:{site.port}/calendar.ics?key=secret"


def test_what_comes_and_how_it_is_asked_for(site, feed):
    site.answer = lambda handler: say(handler, 200, BODY, ETag='"1"', Last_Modified="Mon, 01 Mar 2027 00:00:00 GMT")
    found = fetch(feed)
    assert found == Fetched(BODY, '"1"', "Mon, 01 Mar 2027 00:00:00 GMT")
    site.answer = lambda handler: say(handler, 304)
    assert fetch(feed, etag=found.etag, modified=found.modified) is None
    first, again = site.requests
    assert (first["path"], first["host"]) == ("/calendar.ics?key=secret", f"feeds.example.org:{site.port}")
    assert "cookie" not in first
    assert "authorization" not in first
    assert (again["if-none-match"], again["if-modified-since"]) == (found.etag, found.modified)


@pytest.mark.parametrize("mark", ['"a\0b"', '"\x85"', '"' + "x" * 300 + '"'])
def test_a_mark_that_cannot_be_kept_or_said_again_is_none(site, feed, mark):
    site.answer = lambda handler: say(handler, 200, BODY, ETag=mark, Last_Modified=mark)
    assert fetch(feed) == Fetched(BODY)


def test_three_hops_and_no_more(site, feed):
    def lead_on(handler: Any) -> None:
        number = int(handler.path.strip("/") or 0) if handler.path[1:].isdecimal() else 0
        say(handler, 302, Location=f"/{number + 1}") if number < hops else say(handler, 200, BODY)

    site.answer = lead_on
    hops = 3
    assert fetch(feed) == Fetched(BODY)
    hops = 4
    with pytest.raises(Unfetched, match="hops"):
        fetch(feed)


def drip(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):  # the reader goes away
        while not stopped.wait(0.02):
            handler.wfile.write(b"x")


stopped = threading.Event()
PACKED = gzip.compress(b"0" * 50_000_000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda handler: say(handler, 200, b"x" * (fetching.MOST_BYTES + 1)), "large"),
        (lambda handler: say(handler, 200, PACKED, Content_Encoding="gzip"), "large"),
        (lambda handler: say(handler, 200, b"x", Content_Encoding="gzip"), "odd"),
        (lambda handler: say(handler, 200, gzip.compress(BODY) * 2, Content_Encoding="gzip"), "odd"),
        (lambda handler: say(handler, 200, BODY, Content_Encoding="br"), "odd"),
        (lambda handler: say(handler, 200, BODY, Content_Length="1000"), "unreachable"),
        (lambda handler: say(handler, 302), "odd"),
        (lambda handler: say(handler, 404), "gone"),
        (lambda handler: say(handler, 403), "refused"),
        (lambda handler: say(handler, 503), "busy"),
        (lambda handler: say(handler, 500), "odd"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "unreachable"),
        (lambda handler: None, "unreachable"),
        (drip, "slow"),
    ],
    ids=[
        "large",
        "bomb",
        "not packed",
        "packed in pieces",
        "coding",
        "broken off",
        "nowhere",
        "404",
        "403",
        "503",
        "500",
        "nonsense",
        "silent",
        "slow",
    ],
)
def test_what_cannot_be_used_is_told_by_its_reason(site, feed, answer, reason, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.4)
    site.answer = answer
    with pytest.raises(Unfetched) as refusal:
        fetch(feed)
    assert refusal.value.reason == reason


def test_what_is_packed_is_unpacked(site, feed):
    site.answer = lambda handler: say(handler, 200, gzip.compress(BODY), Content_Encoding="gzip")
    assert fetch(feed) == Fetched(BODY)


def test_no_log_tells_an_address(site, feed, monkeypatch):
    site.answer = lambda handler: say(handler, 404)
    monkeypatch.setattr(fetching, "log", structlog.get_logger())  # the module's own may have been bound for good before
    with structlog.testing.capture_logs() as logs, pytest.raises(Unfetched):
        fetch(feed)
    assert logs == [{"event": "fetching.failed", "host": "feeds.example.org", "reason": "gone", "log_level": "info"}]


def test_what_is_posted_is_answered_once_and_leads_nowhere(site, feed, names, monkeypatch):
    site.answer = lambda handler: say(handler, 302, b"moved", Location=f"http://127.0.0.1:{site.port}/elsewhere")
    assert fetching.post(feed, b"{}", {"Content-Type": "application/json"}) == fetching.Posted(302, b"moved")
    assert (site.connections, site.bodies) == (1, [b"{}"])
    site.answer = lambda handler: say(handler, 200, b"x" * 50_000)
    assert len(fetching.post(feed, b"{}", {}).body) == fetching.MOST_ANSWER
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.3)
    site.answer = lambda handler: threading.Event().wait(2)
    with pytest.raises(Unfetched) as refusal:
        fetching.post(feed, b"{}", {})
    assert refusal.value.reason == "slow"
    with pytest.raises(Unfetched) as refusal:
        fetching.post("http://public.example.org/", b"{}", {})
    assert refusal.value.reason == "insecure"
