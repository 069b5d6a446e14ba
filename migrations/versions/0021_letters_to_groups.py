"""words of letters, letters to groups, and the pace at which mail goes out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0017"

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
        sa.Column("slowness", sa.Float(), nullable=False),
        sa.Column("has_parked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_lanes")),
        sa.UniqueConstraint("name", name=op.f("uq_outbox_lanes_name")),
    )
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_lanes_has_parked_free_at"), ["has_parked", "free_at"])


def downgrade() -> None:
    op.drop_table("outbox_lanes")
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_due_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_state_is_parked_is_bulk_due_at"))
        for column in ("is_parked", "is_bulk", "lane"):
            batch_op.drop_column(column)
