"""own reasons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # Of reasons that were kept before, nobody knows any more who wrote them: they stay with the organisers.
    with op.batch_alter_table("session_roles") as batch_op:
        batch_op.add_column(sa.Column("is_reason_own", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("session_roles") as batch_op:
        batch_op.drop_column("is_reason_own")
