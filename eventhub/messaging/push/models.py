"""The devices on which registrants want to be told."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation import sealing
from eventhub.foundation.tables import Record

SEAL = "push"


class PushSubscription(Record):
    """A browser that shows what concerns one registration: where it is reached, and the keys by which only it reads.

    Whoever knows its address may call it: address and keys are sealed; the `mark` is a digest of the address, by which
    the browser itself is known again, and the `host` that of its maker's service. `site_key` is the beginning of our
    public key that it was told. `failures` counts the attempts in vain since the last that was taken.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (UniqueConstraint("registration_id", "mark"),)

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"))
    mark: Mapped[str]
    host: Mapped[str]
    sealed: Mapped[str]
    site_key: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    def take(self, endpoint: str, theirs: str, auth: str) -> None:
        """Have it reached at this address, by these keys."""
        self.sealed = sealing.seal(SEAL, json.dumps([endpoint, theirs, auth]), f"{self.id}")

    @property
    def reached(self) -> tuple[str, str, str] | None:
        """Its address and keys; None where this site's own key has been lost."""
        text = sealing.unseal(SEAL, self.sealed, f"{self.id}")
        if text is None:
            return None
        endpoint, theirs, auth = json.loads(text)
        return endpoint, theirs, auth
