"""certificates of people who came without a registration"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.add_column(sa.Column("walk_in_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_certificates_walk_in_id"), "walk_ins", ["walk_in_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_certificates_walk_in_id"), ["walk_in_id"])


def downgrade() -> None:
    # Nobody else's certificate can say whose these were.
    op.execute("DELETE FROM certificates WHERE walk_in_id IS NOT NULL")
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificates_walk_in_id"))
        batch_op.drop_constraint(batch_op.f("fk_certificates_walk_in_id"), type_="foreignkey")
        batch_op.drop_column("walk_in_id")
