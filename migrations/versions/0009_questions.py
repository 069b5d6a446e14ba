"""questions of the organisers, their answers, and forms that are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KINDS = (
    "'short_text', 'long_text', 'choice_one', 'choice_many', 'yes_no', 'number', 'date', 'country', 'organisation', "
    "'phone', 'file', 'consent'"
)


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", Json, nullable=False),
        sa.Column("help", Json, nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("condition_id", sa.Uuid(), nullable=True),
        sa.Column("condition_values", Json, nullable=False),
        sa.Column("seen_by", Json, nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_questions_kind")),
        sa.CheckConstraint("NOT is_sensitive OR keep_days IS NOT NULL", name=op.f("ck_questions_sensitive_ends")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_questions_event_id")),
        sa.ForeignKeyConstraint(["condition_id"], ["questions.id"], name=op.f("fk_questions_condition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index(op.f("ix_questions_event_id_position"), "questions", ["event_id", "position"])
    op.create_index(op.f("ix_questions_condition_id"), "questions", ["condition_id"])
    op.create_table(
        "answers",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IS NULL OR sealed IS NULL", name=op.f("ck_answers_open_or_sealed")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_answers_registration_id")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("registration_id", "question_id", name=op.f("uq_answers_registration_id_question_id")),
    )
    op.create_index(op.f("ix_answers_question_id"), "answers", ["question_id"])
    op.create_table(
        "chosen_options",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_chosen_options_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_chosen_options_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chosen_options")),
        sa.UniqueConstraint("answer_id", "key", name=op.f("uq_chosen_options_answer_id_key")),
    )
    op.create_index(op.f("ix_chosen_options_question_id_key"), "chosen_options", ["question_id", "key"])
    op.create_table(
        "form_templates",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_form_templates_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_templates")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_form_templates_organisation_id_name")),
    )


def downgrade() -> None:
    op.drop_table("form_templates")
    op.drop_table("chosen_options")
    op.drop_table("answers")
    op.drop_table("questions")
