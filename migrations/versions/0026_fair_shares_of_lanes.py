"""fair shares of lanes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

NONE = "00000000000000000000000000000000"
BEFORE, NOW = ["lane", "is_parked", "is_bulk", "due_at"], ["lane", "is_parked", "is_bulk", "bulk_id", "due_at"]


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.add_column(sa.Column("bulk_id", sa.Uuid(), nullable=False, server_default=NONE))
        batch_op.drop_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_due_at"))
        batch_op.create_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_bulk_id_due_at"), NOW)
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.add_column(sa.Column("last_bulk_id", sa.Uuid(), nullable=False, server_default=NONE))


def downgrade() -> None:
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.drop_column("last_bulk_id")
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_bulk_id_due_at"))
        batch_op.create_index(batch_op.f("ix_outbox_lane_is_parked_is_bulk_due_at"), BEFORE)
        batch_op.drop_column("bulk_id")
