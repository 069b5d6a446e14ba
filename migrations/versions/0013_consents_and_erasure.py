"""what an event asks people to agree to, how long it keeps what they said, and who was erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
PURPOSES = "'co_organiser', 'transfer', 'list', 'recording', 'news'"


def upgrade() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    # Whoever is erased is looked for in both.
    op.create_index(op.f("ix_audit_entries_fact_event_id"), "audit_entries", ["fact", "event_id"])
    op.create_index(op.f("ix_letters_address"), "letters", ["address"])
    op.create_table(
        "consent_asks",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("sentence", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("with_address", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"purpose IN ({PURPOSES})", name=op.f("ck_consent_asks_purpose")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_consent_asks_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_asks")),
        sa.UniqueConstraint(
            "event_id", "purpose", "recipient", name=op.f("uq_consent_asks_event_id_purpose_recipient")
        ),
    )
    op.create_table(
        "consent_wordings",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sentence", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("with_address", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_consent_wordings_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_wordings")),
        sa.UniqueConstraint(
            "event_id",
            "purpose",
            "recipient",
            "digest",
            name=op.f("uq_consent_wordings_event_id_purpose_recipient_digest"),
        ),
    )
    op.create_table(
        "keepings",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_keepings_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keepings")),
        sa.UniqueConstraint("event_id", name=op.f("uq_keepings_event_id")),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_letters_address"), "letters")
    op.drop_index(op.f("ix_audit_entries_fact_event_id"), "audit_entries")
    op.drop_table("keepings")
    op.drop_table("consent_wordings")
    op.drop_table("consent_asks")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_column("erased_at")
