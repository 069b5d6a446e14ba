"""layouts of documents, printed badges, certificates, and letters for a visa"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "layouts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("letterhead", JSON, nullable=False),
        sa.Column("logo_id", sa.Uuid(), nullable=True),
        sa.Column("signature_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["logo_id"], ["files.id"], name=op.f("fk_layouts_logo_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_layouts_organisation_id")),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["files.id"], name=op.f("fk_layouts_signature_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layouts")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_layouts_organisation_id")),
    )
    op.create_table(
        "certificate_plans",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("least_sessions", sa.Integer(), nullable=False),
        sa.Column("least_share", sa.Integer(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("text", JSON, nullable=False),
        sa.Column("speaking_text", JSON, nullable=False),
        sa.Column("signatory", JSON, nullable=False),
        sa.Column("signatory_title", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("form IN ('en', 'zh', 'both')", name=op.f("ck_certificate_plans_form")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_certificate_plans_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_plans")),
        sa.UniqueConstraint("event_id", name=op.f("uq_certificate_plans_event_id")),
    )
    op.create_table(
        "printed_badges",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("who_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_printed_badges_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed_badges")),
        sa.UniqueConstraint("event_id", "who_id", name=op.f("uq_printed_badges_event_id_who_id")),
    )
    op.create_table(
        "visa_plans",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_visa_plans_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visa_plans")),
        sa.UniqueConstraint("event_id", name=op.f("uq_visa_plans_event_id")),
    )
    op.create_table(
        "certificates",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("speaker_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('attendance', 'speaking')", name=op.f("ck_certificates_kind")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_certificates_event_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_certificates_registration_id")
        ),
        sa.ForeignKeyConstraint(["speaker_id"], ["speakers.id"], name=op.f("fk_certificates_speaker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_certificates_code_digest")),
    )
    op.create_index(
        op.f("ix_certificates_event_id_created_at"), "certificates", ["event_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_certificates_registration_id"), "certificates", ["registration_id"], unique=False)
    op.create_index(op.f("ix_certificates_speaker_id"), "certificates", ["speaker_id"], unique=False)
    op.create_table(
        "visa_requests",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'issued', 'declined')", name=op.f("ck_visa_requests_state")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_visa_requests_event_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_visa_requests_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visa_requests")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_visa_requests_registration_id")),
    )
    op.create_index(
        op.f("ix_visa_requests_event_id_created_at"), "visa_requests", ["event_id", "created_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("visa_requests")
    op.drop_table("certificates")
    op.drop_table("visa_plans")
    op.drop_table("printed_badges")
    op.drop_table("certificate_plans")
    op.drop_table("layouts")
