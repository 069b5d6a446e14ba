"""What a use-case refuses, in terms of the field; the edge turns it into a page or JSON."""

from __future__ import annotations

from collections.abc import Sequence


class DomainError(Exception):
    """A refusal that its reader can understand: `message` is already in the reader's language."""

    status = 400
    code = "refused"

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(DomainError):
    """There is no such thing, or not for this actor: the two read the same."""

    status = 404
    code = "not_found"


class NoLink(NotFound):
    """A private link that opens nothing: one that never did and one that does not any more read the same."""


class Forbidden(DomainError):
    """The actor may see the thing but not do this to it."""

    status = 403
    code = "forbidden"


class Conflict(DomainError):
    """The thing is not, or no longer, in a state in which this can be done."""

    status = 409
    code = "conflict"


class Stale(Conflict):
    """Somebody saved the row since the actor read it; `details` may hold both versions."""

    code = "stale"


class Invalid(DomainError):
    """A value that cannot be; `field` says which input it came from, and `others` what else of the same form cannot."""

    status = 422
    code = "invalid"

    def __init__(self, field: str, message: str, others: Sequence[Invalid] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.others = others


class Unreadable(Invalid):
    """A file that cannot be read at all."""

    def __init__(self, message: str) -> None:
        super().__init__("file", message)


class Unavailable(DomainError):
    """It cannot be had just now, for a reason that lies with the site."""

    status = 503
    code = "unavailable"


class TooMany(DomainError):
    """Asked too often; the actor may come back later."""

    status = 429
    code = "too_many"
