"""A feed as it is sent: its bytes, its headers, and the answer to somebody who has them already."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.http import http_date, is_resource_modified, parse_accept_header

from eventhub.foundation import clock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Answer = tuple[str, list[tuple[str, str]], list[bytes]]

PUBLIC = (("Cache-Control", "public, max-age=300, must-revalidate"),)
PERSONAL = (
    ("Cache-Control", "private, no-cache"),
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer"),
)


class Feed:
    """One feed in one language at one revision."""

    def __init__(
        self, body: bytes, revision: int, changed_at: datetime, slug: str, name: str, *, personal: bool = False
    ) -> None:
        self.body = body
        self.revision = revision
        self._changed_at = changed_at
        self._digest = hashlib.sha256(body).hexdigest()[:32]
        self._names = f"filename=\"{slug}.ics\"; filename*=UTF-8''{quote(name, safe='')}.ics"
        self._rules = PERSONAL if personal else PUBLIC

    @cached_property
    def gzipped(self) -> bytes:
        """The body compressed, made when somebody asks for it; the same body gives the same bytes."""
        return gzip.compress(self.body, compresslevel=5, mtime=0)

    def answer(self, environ: WSGIEnvironment, *, download: bool = False) -> Answer:
        """Status, headers and body for a GET or HEAD of this feed (RFC 9110 §13.2.2).

        A compressed answer has an ETag of its own, since it is other bytes.
        """
        zipped = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag, headers = self._headers(zipped=zipped)
        # Two changes in one second move the date ahead of the clock; until it is true, the ETag alone tells.
        changed_at = self._changed_at if self._changed_at <= clock.now() else None
        if _is_known(environ, etag, changed_at):
            return "304 NOT MODIFIED", headers, []  # without what describes a body (RFC 9110 §15.4.5)
        body = self.gzipped if zipped else self.body
        headers = [
            *headers,
            ("Content-Type", "text/calendar; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Disposition", f"{'attachment' if download else 'inline'}; {self._names}"),
        ]
        if changed_at:
            headers.append(("Last-Modified", http_date(changed_at)))
        if zipped:
            headers.append(("Content-Encoding", "gzip"))
        return "200 OK", headers, [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _headers(self, *, zipped: bool) -> tuple[str, list[tuple[str, str]]]:
        etag = f'"{self._digest}{"-gzip" if zipped else ""}"'
        return etag, [
            ("ETag", etag),
            ("Vary", "Accept-Encoding"),
            *self._rules,
        ]


def _is_known(environ: WSGIEnvironment, etag: str, changed_at: datetime | None) -> bool:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known == etag:
        return True  # the common case, without taking a list of tags apart
    if known is None and "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    return not is_resource_modified(environ, etag.strip('"'), last_modified=changed_at)


@lru_cache(1024)
def _takes_gzip(accepted: str) -> bool:
    return any(coding.lower() == "gzip" and quality > 0 for coding, quality in parse_accept_header(accepted))
