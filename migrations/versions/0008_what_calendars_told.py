"""what calendars told each registrant and speaker"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "calendar_holders",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_calendar_holders")),
    )
    # So far one was added to the sequence of what was called off, and no more: nobody's falls by this.
    op.execute("INSERT INTO calendar_holders (holder_id, told, revision) SELECT id, '', 1 FROM registrations")
    op.execute("INSERT INTO calendar_holders (holder_id, told, revision) SELECT id, '', 1 FROM speakers")


def downgrade() -> None:
    op.drop_table("calendar_holders")
