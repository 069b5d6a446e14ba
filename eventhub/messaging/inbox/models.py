"""How far the mailbox is read, and the addresses at which nobody is reached."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventhub.foundation import clock
from eventhub.foundation.tables import Base, Record


class InboxFolder(Record):
    """A mailbox by a fingerprint of its address, and how far it is read.

    In a server's folder messages have rising numbers for as long as its `validity` is the same: all up to `last_uid`
    have been read. Whoever reads has it until `leased_until`; `error` is why the last reading ended early.
    """

    __tablename__ = "inbox_folders"

    name: Mapped[str] = mapped_column(unique=True)
    validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    leased_until: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    error: Mapped[str | None]


class InboxMessage(Base):
    """That a message was read, by a fingerprint of its Message-ID: none has an effect twice, wherever it lies."""

    __tablename__ = "inbox_messages"
    __table_args__ = (Index(None, "read_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    read_at: Mapped[datetime] = mapped_column(default=clock.now)


class MarkedAddress(Record):
    """An address, normalised, at which a letter of an organisation's has found nobody.

    One organisation does not learn by it to whom another has written.
    """

    __tablename__ = "marked_addresses"
    __table_args__ = (UniqueConstraint("organisation_id", "address"), Index(None, "address"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    address: Mapped[str]
    reason: Mapped[str]
