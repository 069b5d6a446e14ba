"""ended letters, and turns in lanes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.add_column(sa.Column("turns", JSON, nullable=False, server_default="{}"))
    op.create_table(
        "ended_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_letters")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_ended_letters_organisation_id")
        ),
        sa.UniqueConstraint("organisation_id", "mark", name=op.f("uq_ended_letters_organisation_id_mark")),
    )


def downgrade() -> None:
    op.drop_table("ended_letters")
    with op.batch_alter_table("outbox_lanes") as batch_op:
        batch_op.drop_column("turns")
