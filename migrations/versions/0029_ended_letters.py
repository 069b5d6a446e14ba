"""ended letters"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0026"


def upgrade() -> None:
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
