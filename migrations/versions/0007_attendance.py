"""doors and who came through them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "doors",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("link_number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_doors_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doors")),
    )
    op.create_index(op.f("ix_doors_event_id_created_at"), "doors", ["event_id", "created_at"], unique=False)

    op.create_table(
        "walk_ins",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("pool_key", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_walk_ins_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
    )
    op.create_index(op.f("ix_walk_ins_event_id"), "walk_ins", ["event_id"], unique=False)

    op.create_table(
        "arrivals",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("walk_in_id", sa.Uuid(), nullable=True),
        sa.Column("who_id", sa.Uuid(), nullable=False),
        sa.Column("where_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("door_id", sa.Uuid(), nullable=True),
        sa.Column("door_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('door', 'desk', 'platform')", name=op.f("ck_arrivals_source")),
        sa.CheckConstraint("way IN ('ticket', 'name', 'join')", name=op.f("ck_arrivals_way")),
        sa.ForeignKeyConstraint(["door_id"], ["doors.id"], name=op.f("fk_arrivals_door_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_arrivals_event_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_arrivals_registration_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_arrivals_session_id")),
        sa.ForeignKeyConstraint(["walk_in_id"], ["walk_ins.id"], name=op.f("fk_arrivals_walk_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_door_id"), "arrivals", ["door_id"], unique=False)
    op.create_index(op.f("ix_arrivals_event_id_changed_at"), "arrivals", ["event_id", "changed_at"], unique=False)
    op.create_index(op.f("ix_arrivals_session_id"), "arrivals", ["session_id"], unique=False)
    op.create_index(
        op.f("ix_arrivals_who_id_where_id_made_at"), "arrivals", ["who_id", "where_id", "made_at"], unique=False
    )
    op.create_index(
        "uq_arrivals_who_id_where_id",
        "arrivals",
        ["who_id", "where_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL AND NOT is_repeat"),
        postgresql_where=sa.text("undone_at IS NULL AND NOT is_repeat"),
    )


def downgrade() -> None:
    op.drop_table("arrivals")
    op.drop_table("walk_ins")
    op.drop_table("doors")
