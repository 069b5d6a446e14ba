"""work that was tried in vain"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    tried = sa.text("error IS NOT NULL")
    op.create_index("ix_outbox_tried", "outbox", ["id"], sqlite_where=tried, postgresql_where=tried)


def downgrade() -> None:
    op.drop_index("ix_outbox_tried", "outbox")
