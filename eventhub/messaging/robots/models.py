"""An organisation's robots, and what they were asked to say."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventhub.foundation import sealing
from eventhub.foundation.tables import Record, Row, one_of
from eventhub.organisations.models import Organisation

# How each chat wants to be written to; `json` is for programs of one's own.
KINDS = ("wecom", "dingtalk", "feishu", "slack", "json")
OCCASIONS = ("published", "released", "hotfix", "cancelled", "counts")
STATES = ("waiting", "delivered", "failed")
SEAL = "robots"


class Robot(Row):
    """A robot in a group of some chat: what it tells, in which language, and whether it is paused.

    Whoever knows its address may speak in that group: address and secret are sealed, and shown to nobody again; what
    is shown is the `host`. `failures` counts the attempts in vain since the last that was taken.
    """

    __tablename__ = "robots"
    __table_args__ = (one_of("kind", KINDS),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    host: Mapped[str]
    sealed_address: Mapped[str]
    sealed_secret: Mapped[str | None]
    language: Mapped[str]
    occasions: Mapped[list[str]] = mapped_column(default=list)
    failures: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()

    @property
    def address(self) -> str | None:
        """Where it is written to; None where this site's key has been lost."""
        return sealing.unseal(SEAL, self.sealed_address, f"{self.id}:address")

    @property
    def secret(self) -> str:
        """What its messages are signed with, if anything."""
        return (sealing.unseal(SEAL, self.sealed_secret, f"{self.id}:secret") or "") if self.sealed_secret else ""

    def take(self, address: str, secret: str) -> None:
        """Have it speak at this address, and sign with this secret, if any."""
        self.sealed_address = sealing.seal(SEAL, address, f"{self.id}:address")
        self.sealed_secret = sealing.seal(SEAL, secret, f"{self.id}:secret") if secret else None


class RobotDelivery(Record):
    """One message of a robot: on which occasion, about which event, and what came of it."""

    __tablename__ = "robot_deliveries"
    __table_args__ = (one_of("state", STATES), Index(None, "robot_id", "created_at"))

    robot_id: Mapped[UUID] = mapped_column(ForeignKey("robots.id"))
    occasion: Mapped[str]
    event_id: Mapped[UUID | None]
    release_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None]
    ended_at: Mapped[datetime | None]
