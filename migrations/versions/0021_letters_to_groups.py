"""words of letters, letters to groups, and the pace at which mail goes out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.add_column(sa.Column("lane", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("is_bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("is_parked", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("outbox") as batch_op:
        for column in ("lane", "is_bulk", "is_parked"):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_index(
            batch_op.f("ix_outbox_state_is_parked_is_bulk_due_at"), ["state", "is_parked", "is_bulk", "due_at"]
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_lane_is_parked_is_bulk_due_at"), ["lane", "is_parked", "is_bulk", "due_at"]
        )
    op.create_table(
        "outbox_lanes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slowness", sa.Double(), nullable=False),
        sa.Column("has_parked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_lanes")),
        sa.UniqueConstraint("name", name=op.f("uq_outbox_lanes_name")),
    )
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_lanes_has_parked_free_at"), ["has_parked", "free_at"])

    op.create_table(
        "letter_choices",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_number", sa.Integer(), nullable=False),
        *_row("letter_choices"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_letter_choices_organisation_id")
        ),
        sa.UniqueConstraint("organisation_id", "address", name=op.f("uq_letter_choices_organisation_id_address")),
    )
    with op.batch_alter_table("letter_choices") as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_choices_address"), ["address"])
    op.create_table(
        "letter_wordings",
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("subject", _JSON, nullable=False),
        sa.Column("text", _JSON, nullable=False),
        *_row("letter_wordings"),
        sa.CheckConstraint("(event_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_letter_wordings_scope")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_letter_wordings_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_letter_wordings_organisation_id")
        ),
        sa.UniqueConstraint("scope_id", "occasion", name=op.f("uq_letter_wordings_scope_id_occasion")),
    )
    op.create_table(
        "group_letters",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject", _JSON, nullable=False),
        sa.Column("text", _JSON, nullable=False),
        sa.Column("group", _JSON, nullable=False),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("scheduled", sa.DateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("readied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("readied_by_id", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        *_row("group_letters"),
        sa.CheckConstraint("state IN ('draft', 'ready', 'released', 'stopped')", name=op.f("ck_group_letters_state")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_group_letters_event_id")),
    )
    with op.batch_alter_table("group_letters") as batch_op:
        batch_op.create_index(batch_op.f("ix_group_letters_event_id_created_at"), ["event_id", "created_at"])
    op.create_table(
        "group_recipients",
        sa.Column("group_letter_id", sa.Uuid(), nullable=False),
        sa.Column("who_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        *_row("group_recipients")[1:],
        sa.CheckConstraint(
            "state IN ('waiting', 'written', 'left', 'unwanted', 'stopped')", name=op.f("ck_group_recipients_state")
        ),
        sa.ForeignKeyConstraint(
            ["group_letter_id"], ["group_letters.id"], name=op.f("fk_group_recipients_group_letter_id")
        ),
        sa.UniqueConstraint("group_letter_id", "who_id", name=op.f("uq_group_recipients_group_letter_id_who_id")),
    )
    with op.batch_alter_table("group_recipients") as batch_op:
        columns = ["group_letter_id", "state", "who_id"]
        batch_op.create_index(batch_op.f("ix_group_recipients_group_letter_id_state_who_id"), columns)
        batch_op.create_index(batch_op.f("ix_group_recipients_who_id"), ["who_id"])
        batch_op.create_index(batch_op.f("ix_group_recipients_letter_id"), ["letter_id"])


def _row(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    for table in ("group_recipients", "group_letters", "letter_wordings", "letter_choices", "outbox_lanes"):
        op.drop_table(table)
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_due_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_state_is_parked_is_bulk_due_at"))
        for column in ("is_parked", "is_bulk", "lane"):
            batch_op.drop_column(column)
