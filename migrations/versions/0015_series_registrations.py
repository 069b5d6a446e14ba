"""registrations for series"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TYPES = (
    "'government', 'national_ngo', 'local_ngo', 'international_ngo', 'un_agency', 'international_org', "
    "'red_cross_red_crescent', 'foundation_donor', 'enterprise', 'academia', 'media', 'embassy', 'religious', "
    "'military', 'other', 'individual'"
)


def upgrade() -> None:
    op.create_table(
        "series_registrations",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("typed_address", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("stakeholder_type", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("wants_all", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_number", sa.Integer(), nullable=False),
        sa.Column("calendar_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"stakeholder_type IN ({TYPES})", name=op.f("ck_series_registrations_stakeholder_type")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_registrations_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_registrations")),
        sa.UniqueConstraint("series_id", "address", name=op.f("uq_series_registrations_series_id_address")),
    )
    op.create_table(
        "series_entries",
        sa.Column("series_registration_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('chosen', 'offered', 'not_wanted')", name=op.f("ck_series_entries_answer")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_series_entries_event_id")),
        sa.ForeignKeyConstraint(
            ["series_registration_id"],
            ["series_registrations.id"],
            name=op.f("fk_series_entries_series_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_entries")),
        sa.UniqueConstraint(
            "series_registration_id", "event_id", name=op.f("uq_series_entries_series_registration_id_event_id")
        ),
    )
    with op.batch_alter_table("series_registrations") as batch_op:
        batch_op.create_index(batch_op.f("ix_series_registrations_address"), ["address"])
    with op.batch_alter_table("series_entries") as batch_op:
        batch_op.create_index(batch_op.f("ix_series_entries_event_id"), ["event_id"])


def downgrade() -> None:
    op.drop_table("series_entries")
    op.drop_table("series_registrations")
