"""what some forms of calendars say besides, and the keys to people's own feeds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    with op.batch_alter_table("calendar_components") as batch_op:
        # Those that there are say nothing besides until they are written anew, in the night.
        batch_op.add_column(sa.Column("extras", _JSON, nullable=False, server_default=sa.text("'{}'")))
    with op.batch_alter_table("calendar_components") as batch_op:
        batch_op.alter_column("extras", server_default=None)
    op.create_table(
        "calendar_keys",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('mine', 'run')", name=op.f("ck_calendar_keys_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_keys")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_calendar_keys_person_id_kind")),
    )


def downgrade() -> None:
    op.drop_table("calendar_keys")
    with op.batch_alter_table("calendar_components") as batch_op:
        batch_op.drop_column("extras")
