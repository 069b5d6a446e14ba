"""clocks of registrants"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"

# Who has chosen a zone for a series has chosen it for their places at its events.
CHOSEN = """
    UPDATE registrations SET zone = (
        SELECT series_registrations.zone FROM series_registrations
        JOIN events ON events.series_id = series_registrations.series_id
        WHERE events.id = registrations.event_id AND series_registrations.address = registrations.address
    ) WHERE address IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("zone", sa.Text(), nullable=True))
    op.execute(CHOSEN)


def downgrade() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_column("zone")
