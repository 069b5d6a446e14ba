"""A feed as it is sent: its bytes, its headers, and the answer to somebody who has them already."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Hashable
from copy import copy
from datetime import datetime
from functools import lru_cache
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


# Inside WeChat a page is sent in its place.
VARY = "Accept-Encoding, User-Agent"

# The forms of a feed, by how its address ends.
TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "jcal": "application/calendar+json",
    "jscal": "application/jscalendar+json;type=group",
}


class Feed:
    """One feed in one language at one revision.

    Of one that was forgotten, the tags are left: they tell whoever has it already that nothing has changed.
    """

    def __init__(
        self,
        body: bytes,
        revision: Hashable,
        changed_at: datetime,
        slug: str,
        name: str,
        *,
        form: str = "ics",
        personal: bool = False,
    ) -> None:
        self.body: bytes | None = body
        self.size = len(body)
        self.revision = revision
        self._changed_at = changed_at
        self._gzipped: bytes | None = None
        self._digest = hashlib.sha256(body).hexdigest()[:32]
        self.type = TYPES[form]
        self._names = f"filename=\"{slug}.{form}\"; filename*=UTF-8''{quote(name, safe='')}.{form}"
        self._rules = PERSONAL if personal else PUBLIC

    def forgotten(self) -> Feed:
        """The same with its tags alone: whoever is just sending this one has its bytes still."""
        tags = copy(self)
        tags.body = tags._gzipped = None
        return tags

    def _bytes(self, *, zipped: bool) -> bytes | None:
        """The body, compressed where asked: once, and to the same bytes each time."""
        body = self.body
        if not zipped or body is None:
            return body
        found = self._gzipped
        if found is None:
            found = self._gzipped = gzip.compress(body, compresslevel=5, mtime=0)
        return found

    def answer(self, environ: WSGIEnvironment, *, download: bool = False) -> Answer | None:
        """Status, headers and body for a GET or HEAD of this feed (RFC 9110 §13.2.2); None where it was forgotten.

        A compressed answer has an ETag of its own, since it is other bytes.
        """
        zipped = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag, headers = self._headers(zipped=zipped)
        # Two changes in one second move the date ahead of the clock; until it is true, the ETag alone tells.
        changed_at = self._changed_at if self._changed_at <= clock.now() else None
        if _is_known(environ, etag, changed_at):
            return "304 NOT MODIFIED", headers, []  # without what describes a body (RFC 9110 §15.4.5)
        body = self._bytes(zipped=zipped)
        if body is None:
            return None
        headers = [
            *headers,
            ("Content-Type", self.type),
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
            ("Vary", VARY),
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
