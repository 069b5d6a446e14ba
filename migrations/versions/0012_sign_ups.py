"""lists on which registrants sign up for sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sign_up_sheets",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("is_seated", sa.Boolean(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'gone', 'free')", name=op.f("ck_sign_up_sheets_state")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_sign_up_sheets_event_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_sign_up_sheets_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_up_sheets")),
        sa.UniqueConstraint("session_id", name=op.f("uq_sign_up_sheets_session_id")),
    )
    op.create_index(op.f("ix_sign_up_sheets_event_id_starts_at"), "sign_up_sheets", ["event_id", "starts_at"])
    op.create_table(
        "sign_ups",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("takes_place", sa.Boolean(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('confirmed', 'waitlisted', 'cancelled')", name=op.f("ck_sign_ups_state")),
        sa.CheckConstraint(
            "ended_by IN ('person', 'organisers', 'place', 'session', 'freedom')", name=op.f("ck_sign_ups_ended_by")
        ),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_sign_ups_registration_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sign_up_sheets.id"], name=op.f("fk_sign_ups_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("registration_id", "sheet_id", name=op.f("uq_sign_ups_registration_id_sheet_id")),
    )
    op.create_index(op.f("ix_sign_ups_sheet_id_state_number"), "sign_ups", ["sheet_id", "state", "number"])
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("signed_up", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.alter_column("signed_up", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("signed_up")
    op.drop_table("sign_ups")
    op.drop_table("sign_up_sheets")
