"""calendars elsewhere: which entries sessions and events are, and which are followed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def _kept() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _origin() -> list[sa.Column]:
    return [
        *_kept(),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("properties", _JSON, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "session_origins",
        *_origin(),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_origins_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_origins")),
        sa.UniqueConstraint("session_id", name=op.f("uq_session_origins_session_id")),
    )
    op.create_table(
        "event_origins",
        *_origin(),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("foreign_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_event_origins_series_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_origins_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_origins")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_origins_event_id")),
        sa.UniqueConstraint("series_id", "foreign_id", name=op.f("uq_event_origins_series_id_foreign_id")),
    )
    op.create_table(
        "calendar_subscriptions",
        *_kept(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changes", _JSON, nullable=False),
        sa.Column("reading", _JSON, nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_calendar_subscriptions_state")),
        sa.CheckConstraint("(event_id IS NULL) <> (series_id IS NULL)", name=op.f("ck_calendar_subscriptions_whose")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_calendar_subscriptions_event_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_calendar_subscriptions_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_subscriptions")),
    )
    with op.batch_alter_table("calendar_subscriptions") as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_subscriptions_state_due_at"), ["state", "due_at"])
        batch_op.create_index(batch_op.f("ix_calendar_subscriptions_event_id"), ["event_id"])
        batch_op.create_index(batch_op.f("ix_calendar_subscriptions_series_id"), ["series_id"])


def downgrade() -> None:
    op.drop_table("calendar_subscriptions")
    op.drop_table("event_origins")
    op.drop_table("session_origins")
