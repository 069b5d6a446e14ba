"""delegations, companions, substitutes, and what registrants may do themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("contact_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("substitute_for_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("companions", Json, nullable=False, server_default="[]"))
        batch_op.create_foreign_key(batch_op.f("fk_registrations_contact_id"), "registrations", ["contact_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_substitute_for_id"), "registrations", ["substitute_for_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_registrations_contact_id"), ["contact_id"])
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.alter_column("companions", server_default=None)
    with op.batch_alter_table("places") as batch_op:
        batch_op.add_column(sa.Column("size", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("places") as batch_op:
        batch_op.alter_column("size", server_default=None)
    op.create_table(
        "delegates",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("typed_address", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["registrations.id"], name=op.f("fk_delegates_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegates")),
        sa.UniqueConstraint("contact_id", "address", name=op.f("uq_delegates_contact_id_address")),
    )
    op.create_table(
        "substitutions",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("typed_address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_substitutions_event_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_substitutions_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutions")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_substitutions_registration_id")),
    )
    with op.batch_alter_table("substitutions") as batch_op:
        batch_op.create_index(batch_op.f("ix_substitutions_event_id_created_at"), ["event_id", "created_at"])
    op.create_table(
        "registration_rights",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("change_hours", sa.Integer(), nullable=True),
        sa.Column("switch_hours", sa.Integer(), nullable=True),
        sa.Column("cancel_hours", sa.Integer(), nullable=True),
        sa.Column("substitutes", sa.Text(), nullable=False),
        sa.Column("substitute_hours", sa.Integer(), nullable=True),
        sa.Column("has_delegations", sa.Boolean(), nullable=False),
        sa.Column("most_companions", sa.Integer(), nullable=False),
        sa.Column("counts_companions", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("substitutes IN ('yes', 'approval', 'no')", name=op.f("ck_registration_rights_substitutes")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_registration_rights_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_rights")),
        sa.UniqueConstraint("event_id", name=op.f("uq_registration_rights_event_id")),
    )


def downgrade() -> None:
    op.drop_table("registration_rights")
    op.drop_table("substitutions")
    op.drop_table("delegates")
    with op.batch_alter_table("places") as batch_op:
        batch_op.drop_column("size")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index(batch_op.f("ix_registrations_contact_id"))
        batch_op.drop_constraint(batch_op.f("fk_registrations_substitute_for_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_registrations_contact_id"), type_="foreignkey")
        batch_op.drop_column("companions")
        batch_op.drop_column("substitute_for_id")
        batch_op.drop_column("contact_id")
