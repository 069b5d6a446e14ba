"""invitations by calendar, the mailbox that is read, and addresses at which nobody is reached"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_MOMENT = sa.DateTime(timezone=True)


def _record() -> list[sa.Column]:
    return [sa.Column("id", sa.Uuid(), nullable=False), sa.Column("created_at", _MOMENT, nullable=False)]


def upgrade() -> None:
    op.create_table(
        "calendar_invitations",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("organizer", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("answered_sequence", sa.Integer(), nullable=True),
        sa.CheckConstraint("method IN ('REQUEST', 'CANCEL')", name=op.f("ck_calendar_invitations_method")),
        sa.CheckConstraint(
            "answer IN ('accepted', 'declined', 'tentative')", name=op.f("ck_calendar_invitations_answer")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["calendar_entries.id"], name=op.f("fk_calendar_invitations_entry_id")),
        sa.PrimaryKeyConstraint("registration_id", "entry_id", name=op.f("pk_calendar_invitations")),
    )
    with op.batch_alter_table("calendar_invitations") as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_invitations_entry_id_answer"), ["entry_id", "answer"])
    op.create_table(
        "calendar_answer_wishes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_calendar_answer_wishes_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_calendar_answer_wishes")),
    )
    op.create_table(
        "inbox_folders",
        *_record(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", _MOMENT, nullable=True),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_folders")),
        sa.UniqueConstraint("name", name=op.f("uq_inbox_folders_name")),
    )
    op.create_table(
        "inbox_messages",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox_messages")),
    )
    with op.batch_alter_table("inbox_messages") as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_messages_read_at"), ["read_at"])
    op.create_table(
        "marked_addresses",
        *_record(),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_marked_addresses_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marked_addresses")),
        sa.UniqueConstraint("organisation_id", "address", name=op.f("uq_marked_addresses_organisation_id_address")),
    )
    with op.batch_alter_table("marked_addresses") as batch_op:
        batch_op.create_index(batch_op.f("ix_marked_addresses_address"), ["address"])


def downgrade() -> None:
    for table in (
        "marked_addresses",
        "inbox_messages",
        "inbox_folders",
        "calendar_answer_wishes",
        "calendar_invitations",
    ):
        op.drop_table(table)
