"""hours of events"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("events") as batch_op:
        batch_op.create_index(batch_op.f("ix_events_starts"), ["starts"])
        batch_op.create_index(batch_op.f("ix_events_ends_at"), ["ends_at"])


def downgrade() -> None:
    with op.batch_alter_table("events") as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_ends_at"))
        batch_op.drop_index(batch_op.f("ix_events_starts"))
