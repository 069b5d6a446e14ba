"""Getting what lies at an address that somebody typed, without being led into our own network.

A name is resolved once for each hop, every address it has is looked at, and the connection is made to the very address
that was looked at: a name that means something else a moment later cannot lead elsewhere. The name itself is used only
as the `Host` and for TLS. No proxy of the environment is asked, and no address is ever logged but its host.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import structlog
from flask_babel import lazy_gettext as _l

from . import clock

log = structlog.get_logger()

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 10.0  # for all hops together
MOST_HOPS = 3  # redirects that are followed
LONGEST = 2000  # characters of an address
LONGEST_MARK = 200  # of what tells whether it is still the same
_SCHEMES = {"http": 80, "https": 443, "webcal": 443, "webcals": 443}
_AGENT = "EventHub"
# What of the whole IPv6 space is given out; everything that stands for an IPv4 address lies outside or is named below.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
_STAND_INS = tuple(
    ipaddress.IPv6Network(net) for net in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20", "64:ff9b::/96")
)
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")

# Why nothing came; kept by its key, and told in whichever language is read.
WORDS = {
    "no_address": _l("This is not an address. Write it as https://example.org/calendar.ics."),
    "scheme": _l("Only addresses that begin with https://, http:// or webcal:// are fetched."),
    "insecure": _l("The address must begin with https://."),
    "signed": _l("Leave the name and the password out of the address: they would be kept."),
    "port": _l("Nothing is fetched from this port."),
    "unknown": _l("There is no host of this name, or it does not answer."),
    "forbidden": _l("This address does not lie on the public internet. Nothing was fetched from it."),
    "unreachable": _l("The host cannot be reached, or broke off the connection."),
    "untrusted": _l("The host does not prove who it is: its certificate is not valid."),
    "slow": _l("The host took longer than ten seconds."),
    "large": _l("What lies there is larger than 2 MB."),
    "hops": _l("The address leads on to another one too often."),
    "gone": _l("Nothing lies at this address any more."),
    "refused": _l("The host does not let us read this. The address may have been withdrawn."),
    "busy": _l("The host asks to come back later."),
    "odd": _l("The host answered with something that cannot be read."),
}


# What will be no other way the next time.
_FOR_GOOD = {"no_address", "scheme", "insecure", "signed", "port", "forbidden"}


class Unfetched(Exception):
    """Nothing came from an address; `reason` is a key of WORDS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def message(self) -> str:
        """The reason in the reader's language."""
        return str(WORDS[self.reason])

    @property
    def is_for_good(self) -> bool:
        """Whether it is of no use to try once more."""
        return self.reason in _FOR_GOOD


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies at an address, and by what it is told next time whether it is still the same."""

    data: bytes
    etag: str = ""
    modified: str = ""


_admitted: frozenset[tuple[str, int]] = frozenset()


@contextmanager
def admitting(*places: tuple[str, int]) -> Iterator[None]:
    """Let these hosts and ports be fetched from though they are on this machine: for tests, and by no setting."""
    global _admitted  # noqa: PLW0603 - there is one way out
    before, _admitted = _admitted, frozenset(places)
    try:
        yield
    finally:
        _admitted = before


@dataclass(frozen=True, slots=True)
class _Target:
    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_secure else 'http'}://{host}:{self.port}{self.path}"


def check_address(address: str) -> None:
    """Raise Unfetched where an address is none that would ever be fetched; nothing is asked of the network."""
    _target(address)


def host_of(address: str) -> str:
    """The host of an address: all of it that may be shown to many, or logged."""
    with suppress(ValueError):
        return urlsplit(address.strip()).hostname or ""
    return ""


def fetch(address: str, *, etag: str = "", modified: str = "") -> Fetched | None:
    """What lies at an address; None where it is the same as when these marks came with it. Raises Unfetched.

    Plain GET over http and https (RFC 9110); at most three redirects, 2 MB, and ten seconds in all.
    """
    until = time.monotonic() + MOST_SECONDS
    target = _target(address)
    try:
        for _ in range(MOST_HOPS + 1):
            answer = _ask(target, until, etag, modified)
            if not isinstance(answer, str):
                return answer
            onward = _target(urljoin(target.address, answer))
            if target.is_secure and not onward.is_secure:
                raise Unfetched("forbidden")  # what is secret in the address would be told to everybody on the way
            target = onward
        raise Unfetched("hops")
    except Unfetched as error:
        log.info("fetching.failed", host=target.host, reason=error.reason)
        raise


def _target(address: str) -> _Target:
    address = address.strip()
    # A backslash, a blank or a control character is read one way by one parser and another way by the next.
    if not address or len(address) > LONGEST or re.search(r"[\x00-\x20\x7f\\]", address):
        raise Unfetched("no_address")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unfetched("no_address") from error
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES:
        raise Unfetched("scheme" if "://" in address or parts.scheme else "no_address")
    if "@" in parts.netloc:
        raise Unfetched("signed")
    try:
        name = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Unfetched("no_address") from error
    if not re.fullmatch(r"[0-9a-z._:-]{1,253}", name):
        raise Unfetched("no_address")
    port = _SCHEMES[scheme] if port is None else port
    # Mail servers and the like, which would take a request for one of their own, lie below.
    if port not in {80, 443} and port < 1024:
        raise Unfetched("port")
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return _Target(scheme != "http", name, port, quote(path, safe="/%?&=+:;,@!$'()*~-._[]|"))


def _ask(target: _Target, until: float, etag: str, modified: str) -> Fetched | str | None:
    """One GET: what came, None for the same as before, or the address that it leads on to."""
    headers = {"User-Agent": _AGENT, "Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "gzip"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": modified} if modified else {}
    with _watched(target, until) as connection:
        connection.request("GET", target.path, headers=headers)
        with connection.getresponse() as response:
            return _read(response)


@contextmanager
def _watched(target: _Target, until: float) -> Iterator[_Guarded]:
    """A connection with a deadline for the whole, and not for each piece: who sends a letter a second is cut off too.

    Whatever goes wrong in it is Unfetched.
    """
    connection = _Guarded(target, until)
    watch = threading.Timer(max(until - time.monotonic(), 0), connection.cut)
    watch.daemon = True
    watch.start()
    try:
        yield connection
        if connection.is_cut:
            raise Unfetched("slow")  # what came until then looks like all of it
    except ssl.SSLCertVerificationError as error:
        raise Unfetched("untrusted") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unfetched("slow" if time.monotonic() >= until - 0.05 else "unreachable") from error
    finally:
        watch.cancel()
        connection.close()


_REASONS = {401: "refused", 403: "refused", 404: "gone", 410: "gone", 429: "busy", 503: "busy"}


def _read(response: http.client.HTTPResponse) -> Fetched | str | None:
    if response.status == 304:
        return None
    if response.status in {301, 302, 303, 307, 308} and (onward := response.getheader("Location")):
        return onward
    if response.status != 200:
        raise Unfetched(_REASONS.get(response.status, "odd"))
    data = response.read(MOST_BYTES + 1)
    coding = (response.getheader("Content-Encoding") or "").strip().lower()
    if coding in {"gzip", "x-gzip"}:
        packed = zlib.decompressobj(31)
        try:
            data = packed.decompress(data, MOST_BYTES + 1)
        except zlib.error as error:
            raise Unfetched("odd") from error
        # What ends too soon, or goes on after its end as another packed piece may, is not all of a calendar.
        if (not packed.eof or packed.unused_data) and len(data) <= MOST_BYTES:
            raise Unfetched("odd")
    elif coding not in {"", "identity"}:
        raise Unfetched("odd")
    if len(data) > MOST_BYTES:
        raise Unfetched("large")
    if response.length:
        raise Unfetched("unreachable")  # it broke off in the middle: half a calendar would look like a shorter one
    return Fetched(data, _mark(response, "ETag"), _mark(response, "Last-Modified"))


def _mark(response: http.client.HTTPResponse, name: str) -> str:
    """A header to be said again next time; none where it could not be, or no database would keep it."""
    told = response.getheader(name) or ""
    return told if len(told) <= LONGEST_MARK and told.isascii() and told.isprintable() else ""


class _Guarded(http.client.HTTPConnection):
    """A connection to one of the addresses of a host that were looked at, and to no other."""

    def __init__(self, target: _Target, until: float) -> None:
        # By it the library knows which port need not stand in Host: hosts that sign or compare it take no other form.
        self.default_port = _SCHEMES["https" if target.is_secure else "http"]
        super().__init__(target.host, target.port, timeout=MOST_SECONDS)
        self._target, self._until = target, until
        self.is_cut = False
        self._line: socket.socket | None = None  # the library lets go of its own before all is read

    def connect(self) -> None:
        """Resolve, look, and connect to what was looked at (called by `request`)."""
        found = _resolved(self._target, self._until)
        if (self._target.host, self._target.port) not in _admitted and not all(map(is_public, found)):
            raise Unfetched("forbidden")
        error: OSError = OSError("no address")
        for address in found[:4]:
            try:
                plain = _connected(address, self._target.port, self._left())
                break
            except OSError as problem:
                error = problem
        else:
            raise error
        self.sock = self._line = plain
        if self._target.is_secure:
            secure = ssl.create_default_context().wrap_socket(
                plain, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self.sock = self._line = secure
            secure.do_handshake()
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        """End it from another thread, whatever it waits for."""
        self.is_cut = True
        if self._line is not None:
            with suppress(OSError):
                # Of the line itself: TLS would first forget that it is TLS, and read on in clear.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _connected(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to a numeric address; nothing is resolved any more."""
    plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        plain.settimeout(seconds)
        plain.connect((address, port))
    except OSError:
        plain.close()
        raise
    return plain


def _resolved(target: _Target, until: float) -> list[str]:
    """The addresses of a host; the system's own search cannot be ended, so it is left behind when time is up."""
    answers: SimpleQueue[Iterable[Any] | OSError | UnicodeError] = SimpleQueue()

    def look() -> None:
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look, daemon=True).start()
    try:
        answer = answers.get(timeout=max(until - time.monotonic(), 0.001))
    except Empty as error:
        raise Unfetched("slow") from error
    if isinstance(answer, Exception):
        raise Unfetched("unknown") from answer
    return list(dict.fromkeys(str(entry[4][0]) for entry in answer))


def is_public(address: str) -> bool:
    """Whether a numeric address lies on the public internet, and stands for no other that might not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False  # with a zone, as `fe80::1%eth0`
    if found.is_multicast or not found.is_global:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found not in _RELAYS
    return found in _GIVEN_OUT and not any(found in net for net in _STAND_INS)


@dataclass(frozen=True, slots=True)
class Posted:
    """How a host answered what was posted to it: the status, the beginning of the body, and its `Retry-After`."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def pause(self) -> float:
        """For how many seconds it wants to be left alone, a day at most (RFC 9110 §10.2.3); none where it says none."""
        told = self.retry_after.strip()
        if told.isascii() and told.isdigit():
            return min(float(told), MOST_PAUSE)
        try:
            until = parsedate_to_datetime(told)
            seconds = (until.astimezone(UTC) - clock.now()).total_seconds()
        except (ValueError, OverflowError):
            return 0
        return min(max(seconds, 0), MOST_PAUSE)


def is_later(status: int) -> bool:
    """Whether a host that answers so may take the same another time (RFC 9110 §15)."""
    return status in {408, 425, 429} or status >= 500


MOST_ANSWER = 16 * 1024
MOST_PAUSE = 24 * 3600.0


def check_secure(address: str) -> None:
    """Raise Unfetched where an address is none that would ever be posted to; nothing is asked of the network."""
    target = _target(address)
    if not target.is_secure and (target.host, target.port) not in _admitted:
        raise Unfetched("insecure")


def post(address: str, body: bytes, headers: dict[str, str]) -> Posted:
    """Post something to an address, and say how it was answered. Raises Unfetched.

    Plain POST over https alone (RFC 9110); no redirect is followed, and ten seconds are all it may take.
    """
    check_secure(address)
    target = _target(address)
    try:
        with _watched(target, time.monotonic() + MOST_SECONDS) as connection:
            connection.request("POST", target.path, body=body, headers={"User-Agent": _AGENT, **headers})
            with connection.getresponse() as response:
                later = (response.getheader("Retry-After") or "")[:64]
                return Posted(response.status, response.read(MOST_ANSWER), later)
    except Unfetched as error:
        log.info("fetching.unposted", host=target.host, reason=error.reason)
        raise
