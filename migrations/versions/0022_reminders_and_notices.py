"""rules that remind people, and changes gathered before they are told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
_AT = sa.DateTime(timezone=True)


def _kept(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    ]


def upgrade() -> None:
    op.create_table(
        "reminder_rules",
        *_kept("reminder_rules"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("is_after", sa.Boolean(), nullable=False),
        sa.Column("at_clock", sa.Text(), nullable=True),
        sa.Column("is_own_clock", sa.Boolean(), nullable=False),
        sa.Column("pools", _JSON, nullable=False),
        sa.Column("reaches_late", sa.Boolean(), nullable=False),
        sa.Column("note", _JSON, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.Column("removed_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_reminder_rules_event_id")),
        sa.CheckConstraint(
            "occasion IN ('event', 'session', 'registration_closes', 'invitation', 'offer', 'answer')",
            name=op.f("ck_reminder_rules_occasion"),
        ),
        sa.CheckConstraint(
            "audience IN ('registrants', 'signed_up', 'speakers', 'moderators', 'guests')",
            name=op.f("ck_reminder_rules_audience"),
        ),
        sa.CheckConstraint("unit IN ('minutes', 'hours', 'days')", name=op.f("ck_reminder_rules_unit")),
    )
    op.create_index(op.f("ix_reminder_rules_event_id"), "reminder_rules", ["event_id"])
    op.create_table(
        "reminder_rounds",
        *_kept("reminder_rounds"),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_at", _AT, nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["reminder_rules.id"], name=op.f("fk_reminder_rounds_rule_id")),
        sa.UniqueConstraint(
            "rule_id",
            "occasion_id",
            "occasion_at",
            "due_at",
            name=op.f("uq_reminder_rounds_rule_id_occasion_id_occasion_at_due_at"),
        ),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_reminder_rounds_state")),
    )
    op.create_index(op.f("ix_reminder_rounds_event_id_due_at"), "reminder_rounds", ["event_id", "due_at"])
    op.create_table(
        "reminders",
        *_kept("reminders"),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_at", _AT, nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["reminder_rules.id"], name=op.f("fk_reminders_rule_id")),
        sa.ForeignKeyConstraint(["round_id"], ["reminder_rounds.id"], name=op.f("fk_reminders_round_id")),
        sa.UniqueConstraint(
            "rule_id",
            "recipient_id",
            "occasion_id",
            "occasion_at",
            name=op.f("uq_reminders_rule_id_recipient_id_occasion_id_occasion_at"),
        ),
    )
    op.create_index(op.f("ix_reminders_round_id_batch_id"), "reminders", ["round_id", "batch_id"])
    op.create_index(op.f("ix_reminders_recipient_id"), "reminders", ["recipient_id"])
    op.create_table(
        "notice_plans",
        *_kept("notice_plans"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_notice_plans_event_id")),
        sa.UniqueConstraint("event_id", name=op.f("uq_notice_plans_event_id")),
    )
    op.create_table(
        "notice_gatherings",
        *_kept("notice_gatherings"),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("was", _JSON, nullable=True),
        sa.Column("told_number", sa.Integer(), nullable=True),
        sa.Column("silent_number", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_notice_gatherings_event_id")),
        sa.UniqueConstraint("event_id", name=op.f("uq_notice_gatherings_event_id")),
    )
    op.create_table(
        "change_notices",
        *_kept("change_notices"),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("was", _JSON, nullable=True),
        sa.Column("from_number", sa.Integer(), nullable=True),
        sa.Column("to_number", sa.Integer(), nullable=True),
        sa.Column("changes", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_change_notices_event_id")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_change_notices_outbox_id")),
    )
    op.create_index(op.f("ix_change_notices_event_id_created_at"), "change_notices", ["event_id", "created_at"])


def downgrade() -> None:
    op.drop_table("change_notices")
    op.drop_table("notice_gatherings")
    op.drop_table("notice_plans")
    op.drop_table("reminders")
    op.drop_table("reminder_rounds")
    op.drop_table("reminder_rules")
