"""invitations to events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "event_invitations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("typed_address", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_number", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("passed_on_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'passed_on', 'withdrawn')",
            name=op.f("ck_event_invitations_state"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_invitations_event_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_event_invitations_pool_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_event_invitations_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["passed_on_by_id"], ["event_invitations.id"], name=op.f("fk_event_invitations_passed_on_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_invitations")),
    )
    with op.batch_alter_table("event_invitations") as batch_op:
        batch_op.create_index(batch_op.f("ix_event_invitations_event_id_created_at"), ["event_id", "created_at"])
        batch_op.create_index(batch_op.f("ix_event_invitations_event_id_address"), ["event_id", "address"])
        batch_op.create_index(batch_op.f("ix_event_invitations_answer_by"), ["answer_by"])


def downgrade() -> None:
    op.drop_table("event_invitations")
